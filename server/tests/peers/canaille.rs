//! Canaille, which others wrote, as an OpenID Provider that keeps its people here by SCIM. Its `externalId` is an id of its
//! own; what its log-ins call somebody is the user name. Full run only; installed once, beside what cargo builds.

use std::io::{BufRead, BufReader, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::sync::Mutex;

use serde_json::{Value as Json, json};

use super::walk::Page;
use crate::operator::{data, users};
use crate::support::app::{Plan, TestApp};
use crate::support::browser::{Answer, Browser};

const PACKAGES: [&str; 4] =
    ["canaille[oidc,scim,server]==0.3.6", "pytest-iam==0.3.0", "scim2-client<0.8", "scim2-models<0.7"];
const SECRET: &str = "canaille-secret";
const TOKEN: &str = "a-token-of-the-directory";

/// The Python that has it.
fn python() -> PathBuf {
    static INSTALLING: Mutex<()> = Mutex::new(());
    let _one_at_a_time = INSTALLING.lock().unwrap();
    let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("canaille-0.3.6");
    if !home.join("bin/canaille").exists() {
        let missing = "Python cannot make a virtual environment. `apt-get install python3-venv` helps.";
        let made = Command::new("python3").args(["-m", "venv", "--clear"]).arg(&home).output();
        assert!(made.is_ok_and(|output| output.status.success()), "{missing}");
        let mut install = Command::new(home.join("bin/pip"));
        let output = install.args(["install", "--quiet"]).args(PACKAGES).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    home.join("bin/python")
}

/// One that serves until this is dropped.
struct Canaille {
    child: Child,
    answers: BufReader<ChildStdout>,
    issuer: String,
}

impl Canaille {
    /// It lets this site's application in, and keeps its people there.
    fn of(site: &str) -> Self {
        let settings = json!({
            "secret": SECRET, "token": TOKEN, "scim": format!("{site}/scim/v2/main"),
            "redirect_uri": format!("{site}/auth/callback"),
        });
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/canaille_server.py");
        let mut command = Command::new(python());
        command.arg(script).arg(settings.to_string()).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let answers = BufReader::new(child.stdout.take().unwrap());
        let mut started = Self { child, answers, issuer: String::new() };
        started.issuer = started.answer()["issuer"].as_str().unwrap().to_owned();
        started
    }

    /// Does something to somebody there; its own id of them.
    fn order(&mut self, what: &str, user: &str, with: &Json) -> Json {
        let order = json!({ "do": what, "user": user, "with": with });
        writeln!(self.child.stdin.as_ref().unwrap(), "{order}").unwrap();
        self.answer()
    }

    fn answer(&mut self) -> Json {
        let mut line = String::new();
        self.answers.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }
}

impl Drop for Canaille {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// Logs in by Canaille's own two pages: what our callback answers.
async fn log_in(browser: &Browser, user: &str) -> Answer {
    let page = Page::open(browser, &browser.leave("").await).await;
    let page = page.submit(&[("login", user)]).await;
    let page = page.submit(&[("password", "a password of theirs")]).await;
    browser.get(page.home()).await
}

/// Everybody here.
fn people(app: &TestApp) -> Vec<Json> {
    data(&users(app, &["export"])).lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn canaille_keeps_its_people_here_who_log_in_there() {
    let plan = Plan::new().await;
    let mut canaille = Canaille::of(&plan.site);
    let app = plan
        .set("OIDC_ISSUER_URL", &canaille.issuer)
        .set("OIDC_CLIENT_ID", "sparekey")
        .set("OIDC_CLIENT_SECRET", SECRET)
        .set("OIDC_SCIM_TOKEN", TOKEN)
        .set("OIDC_SCIM_SUBJECT", "userName")
        .start()
        .await;
    let ada = json!({
        "formatted_name": "Ada Lovelace", "given_name": "Ada", "family_name": "Lovelace",
        "emails": ["ada@example.com"], "password": "a password of theirs",
    });
    let its_id = canaille.order("make", "ada", &ada)["id"].as_str().unwrap().to_owned();
    assert_ne!(its_id, "ada", "its externalId is not its subject");
    let [made] = &people(&app)[..] else { panic!("one person") };
    assert_eq!((&made["email"], &made["family_name"]), (&json!("ada@example.com"), &json!("Lovelace")));
    assert_eq!(made["identities"][0]["subject"], "ada");
    assert!(!made.to_string().to_lowercase().contains("password"), "{made}");

    let browser = app.browser();
    assert_eq!(log_in(&browser, "ada").await.location(), "/dashboard");
    assert_eq!(json!(browser.user_id().await), made["id"], "who logs in is whom SCIM made");
    canaille.order("change", "ada", &json!({ "family_name": "King", "formatted_name": "Ada King" }));
    assert_eq!(people(&app)[0]["family_name"], "King");
    canaille.order("lock", "ada", &Json::Null);
    assert!(!browser.is_signed_in().await, "whoever is locked there is out at once");
    assert_eq!(people(&app)[0]["status"], "tombstone");
    canaille.order("unlock", "ada", &Json::Null);
    assert_eq!(people(&app)[0]["status"], "active");
    let browser = app.browser();
    assert_eq!(log_in(&browser, "ada").await.location(), "/dashboard");

    // Another user name is another subject: the old account is gone, and the new one waits for its person.
    canaille.order("change", "ada", &json!({ "user_name": "adele" }));
    assert!(!browser.is_signed_in().await);
    assert_eq!(people(&app)[0]["status"], "tombstone");
    let waiting = data(&users(&app, &["waiting"]));
    assert!(waiting.contains("adele") && waiting.lines().count() == 1, "{waiting}");
    let browser = app.browser();
    assert_eq!(log_in(&browser, "adele").await.location(), "/dashboard");
    let adele = browser.user_id().await;
    assert_ne!(json!(adele), made["id"], "nobody gets somebody else's user by a name");
    assert_eq!(data(&users(&app, &["waiting"])), "");

    canaille.order("delete", "adele", &Json::Null);
    assert!(!browser.is_signed_in().await);
    let gone = people(&app).into_iter().find(|one| one["id"] == json!(adele)).unwrap();
    assert_eq!(gone["status"], "tombstone");
    canaille.order("make", "adele", &ada);
    let back = people(&app).into_iter().find(|one| one["id"] == json!(adele)).unwrap();
    assert_eq!(back["status"], "active", "made again there, they are the user they were");
}
