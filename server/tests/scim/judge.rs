//! scim2-tester, which others wrote, asks whether we are a SCIM server. Installed once, beside what cargo builds.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Mutex;

use super::{TOKEN, app_on};
use crate::support::databases::{Database, Kind};

const CLI: &str = "scim2-cli==0.6.0";
const TESTER: &str = "scim2-tester==0.5.2";

/// The command `scim2`.
fn scim2() -> PathBuf {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = INSTALLING.lock().unwrap();
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("scim2-tester-0.5.2");
    let program = home.join("bin/scim2");
    if !program.exists() {
        let missing = "Python cannot make a virtual environment. `apt-get install python3-venv` helps.";
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home).output();
        assert!(made.is_ok_and(|output| output.status.success()), "{missing}");
        let mut install = Command::new(home.join("bin/pip"));
        let output = install.args(["install", "--quiet", CLI, TESTER]).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    program
}

async fn judged(kind: Kind) {
    let database = Database::fresh(kind).await;
    let (app, _) = app_on(&database).await;
    let url = format!("{}/scim/v2/main", app.site);
    let judge = move || {
        let mut judge = Command::new(scim2());
        judge.args(["--url", &url, "test"]).stdin(Stdio::null());
        // Only through the variable: arguments are seen by everybody on the machine.
        judge.env("SCIM_CLI_HEADERS", format!("Authorization: Bearer {TOKEN}")).output().unwrap()
    };
    let output = tokio::task::spawn_blocking(judge).await.unwrap();
    let verdict = String::from_utf8_lossy(&output.stdout);
    let complaint = String::from_utf8_lossy(&output.stderr);
    // A line for each check, and further ones with what it saw.
    let (mut good, mut others) = (0, Vec::new());
    for line in verdict.lines().skip(1).filter(|line| !line.is_empty() && !line.starts_with(' ')) {
        match line.split(' ').next() {
            Some("SUCCESS" | "COMPLIANT" | "ACCEPTABLE") => good += 1,
            _ => others.push(line),
        }
    }
    // We answer 501 to `.search`, as a server may; whatever is skipped makes its exit status 1.
    assert_eq!(others, ["SKIPPED search_with_attributes"], "{verdict}{complaint}");
    assert!(good > 60, "{verdict}{complaint}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim2_tester_finds_nothing_to_complain_of_on_sqlite() {
    judged(Kind::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim2_tester_finds_nothing_to_complain_of_on_postgres() {
    judged(Kind::Postgres).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim2_tester_finds_nothing_to_complain_of_on_mariadb() {
    judged(Kind::MariaDb).await;
}

#[cfg(feature = "mongodb")]
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn scim2_tester_finds_nothing_to_complain_of_on_mongodb() {
    judged(Kind::MongoDb).await;
}
