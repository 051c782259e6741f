//! The commands as somebody at a terminal meets them: in the wrong folder, before `head`, with odd names, and among
//! other users of the machine.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use dev_provider::Person;

use crate::operator::{data, users};
use crate::support::app::{ADA, TestApp};
use crate::support::databases::{Database, Kind};
use crate::support::process::{Serving, free_port, run, sparekey};

const READING: &[&[&str]] = &[
    &["users", "list"],
    &["users", "export"],
    &["users", "export", "--format", "keycloak", "--into", "acme"],
    &["users", "show", "--issuer", "https://op.example", "--subject", "x"],
    &["users", "disable", "00000000-0000-0000-0000-000000000000"],
];

fn said(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

fn is_told_there_is_none(folder: &Path, settings: &[(&str, &str)], arguments: &[&str]) {
    let output = run(folder, settings, arguments);
    assert_eq!(output.status.code(), Some(1), "{arguments:?} {}", said(&output));
    assert!(output.stdout.is_empty());
    let sentence = "sparekey: there is no database yet; `sparekey serve` or `sparekey migrate` makes it\n";
    assert_eq!(said(&output), sentence);
}

#[test]
fn arguments_that_cannot_be_read_act_on_no_terminal() {
    let folder = tempfile::tempdir().unwrap();
    for odd in ["\u{9b}31m", "\u{202e}x", "\u{7f}", "\u{1b}]0;x\u{7}"] {
        for arguments in [&["users", "show", odd][..], &["users", "list", "--status", odd], &[odd]] {
            let output = run(folder.path(), &[], arguments);
            let said = said(&output);
            assert_eq!(output.status.code(), Some(2), "{said}");
            assert!(!said.chars().any(|c| c.is_control() && c != '\n'), "{said:?}");
            assert!(!said.contains(odd), "{said:?}");
        }
    }
    let help = run(folder.path(), &[], &["users", "--help"]);
    assert!(help.status.success() && help.stdout.starts_with(b"See, export"), "{help:?}");
}

#[tokio::test]
async fn in_the_wrong_folder_nothing_is_made_and_the_sentence_says_so() {
    for arguments in READING {
        for url in ["", "sqlite:other.db", "file:./dev.db", "sqlite://a b.db?mode=rwc"] {
            let folder = tempfile::tempdir().unwrap();
            is_told_there_is_none(folder.path(), &[("DATABASE_URL", url)], arguments);
            assert!(names(folder.path()).is_empty(), "{:?}", names(folder.path()));
        }
    }
    let mut kinds = vec![Kind::Postgres, Kind::MariaDb];
    #[cfg(feature = "mongodb")]
    kinds.push(Kind::MongoDb);
    for kind in kinds {
        let (folder, db) = (tempfile::tempdir().unwrap(), Database::fresh(kind).await);
        is_told_there_is_none(folder.path(), &[("DATABASE_URL", &db.url)], &["users", "list"]);
        is_told_there_is_none(folder.path(), &[("DATABASE_URL", &db.url)], &["users", "list"]);
    }
}

#[test]
fn a_database_is_where_its_name_says_whatever_letters_that_has() {
    for (url, name) in [
        ("sqlite://my users.db?mode=rwc", "my users.db"),
        ("sqlite:my users.db", "my users.db"),
        ("sqlite://my%20users.db", "my users.db"),
        ("sqlite://what%3F.db", "what?.db"),
        ("sqlite://a#1.db", "a#1.db"),
        ("sqlite://a:b.db", "a:b.db"),
        ("file:./dev.db", "dev.db"),
        ("file:./my 50% é.db?connection_limit=1", "my 50% é.db"),
        ("file:what%3F.db", "what%3F.db"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let settings = [("DATABASE_URL", url)];
        let made = run(folder.path(), &settings, &["migrate"]);
        assert!(made.status.success(), "{url}: {}", said(&made));
        assert_eq!(names(folder.path()), [name], "{url}");
        let listed = run(folder.path(), &settings, &["users", "list"]);
        assert!(listed.status.success() && listed.stdout.is_empty(), "{url}: {}", said(&listed));
        assert_eq!(names(folder.path()), [name], "{url}");
    }
}

#[test]
fn a_folder_that_is_not_there_is_not_a_database_that_is_yet_to_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let output = run(folder.path(), &[("DATABASE_URL", "sqlite:no/where.db")], &["migrate"]);
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(
        said(&output),
        "sparekey: no/where.db cannot be made: No such file or directory (os error 2)\n"
    );
}

#[tokio::test]
async fn an_error_of_the_database_is_said_once() {
    let folder = tempfile::tempdir().unwrap();
    let nobody = format!("postgres://u:hunter2@127.0.0.1:{}/db", free_port());
    let output = run(folder.path(), &[("DATABASE_URL", &nobody)], &["users", "list"]);
    assert_eq!(output.status.code(), Some(1));
    let sentence = "sparekey: the database cannot be opened: no connection to the database: Connection refused (os \
                    error 111)\n";
    assert_eq!(said(&output), sentence);
}

#[tokio::test]
async fn a_reader_that_goes_ends_it_quietly() {
    let app = TestApp::start().await;
    app.signed_in(ADA).await;
    let folder = tempfile::tempdir().unwrap();
    let settings = [("DATABASE_URL", app.setting("DATABASE_URL"))];
    for arguments in
        [&["users", "list"][..], &["users", "export"], &["users", "export", "--format", "csv"], &["check"]]
    {
        let (reader, writer) = std::io::pipe().unwrap();
        drop(reader);
        let mut command = sparekey(folder.path(), &settings, arguments);
        let child = command.stdin(Stdio::null()).stdout(writer).stderr(Stdio::piped()).spawn().unwrap();
        let output = child.wait_with_output().unwrap();
        assert_eq!(said(&output), "", "{arguments:?}");
        assert_eq!(output.status.code(), Some(1), "{arguments:?}: not all of it was written");
    }
    let (reader, writer) = std::io::pipe().unwrap();
    drop(reader);
    let mut faulty = sparekey(folder.path(), &[("DATABASE_URL", "oracle:x")], &["users", "list"]);
    assert_eq!(faulty.stderr(writer).status().unwrap().code(), Some(78), "nobody is there to be told");
}

#[tokio::test]
async fn a_value_may_begin_with_a_hyphen() {
    let app = TestApp::start().await;
    app.provider.set_person(Person::new("-AbC").named("Ada", "Lovelace"));
    app.signed_in("-AbC").await;
    let issuer = app.provider.issuer();
    let shown = data(&users(&app, &["show", "--issuer", issuer, "--subject", "-AbC"]));
    assert!(shown.contains(r#""subject":"-AbC""#), "{shown}");
    let exported = data(&users(&app, &["export", "--format", "zitadel", "--into", "-42"]));
    assert!(exported.contains(r#""orgId":"-42""#), "{exported}");
}

/// Erases the line, in C0 and in C1; turns what follows around; hides; ends the line.
const ODD: &str = "Ada\u{1b}[2K\u{9b}2K\u{7f}\u{202e}\u{2066}\u{200b}\u{feff}\u{2028}\u{e0041}";

fn is_harmless(text: &str) -> bool {
    !text.chars().any(|c| (c.is_control() && c != '\n' && c != '\t') || ODD[3..].contains(c) && !c.is_ascii())
}

#[tokio::test]
async fn no_name_acts_on_the_terminal() {
    let app = TestApp::start().await;
    app.provider.set_person(Person::new("x").named(ODD, "Žofie").mail("ada@example.com"));
    let id = app.signed_in("x").await.user_id().await;
    let listed = data(&users(&app, &["list"]));
    assert!(is_harmless(&listed) && listed.contains("Žofie"), "{listed:?}");
    assert_eq!(listed.lines().count(), 1);
    let mut formats = vec![vec!["show", &id], vec!["export"]];
    for format in ["keycloak", "auth0", "scim"] {
        formats.push(vec!["export", "--into", "acme", "--format", format]);
    }
    for arguments in formats {
        let shown = data(&users(&app, &arguments));
        assert!(is_harmless(&shown), "{arguments:?} {shown:?}");
        for line in shown.lines().filter(|_| arguments[1..].is_empty() || arguments[0] == "show") {
            let user: serde_json::Value = serde_json::from_str(line).unwrap();
            assert_eq!(user["given_name"], ODD);
        }
    }
}

#[test]
fn no_sentence_acts_on_the_terminal() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:no/{ODD}.db");
    let output = run(folder.path(), &[("DATABASE_URL", &url)], &["migrate"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(is_harmless(&said(&output)) && said(&output).contains("Ada"), "{:?}", said(&output));
    let settings = [("SITE_URL", "http://localhost:3000"), ("OIDC_ISSUER_URL", "http://127.0.0.1:1")];
    let label =
        [("OIDC_CLIENT_ID", "x"), ("OIDC_LABEL", "\u{202e}\u{200b}"), ("SESSION_SECRET", &*"07".repeat(32))];
    let checked = run(folder.path(), &[&settings[..], &label].concat(), &["check"]);
    assert!(is_harmless(&String::from_utf8(checked.stdout).unwrap()));
}

#[tokio::test]
async fn a_database_that_takes_no_log_in_is_bad() {
    let folder = tempfile::tempdir().unwrap();
    let check = |url: &str| {
        let output = run(folder.path(), &[("DATABASE_URL", url)], &["check"]);
        (output.status.code(), String::from_utf8(output.stdout).unwrap())
    };
    let made = run(folder.path(), &[("DATABASE_URL", "sqlite:dev.db?mode=rwc")], &["migrate"]);
    assert!(made.status.success(), "{}", said(&made));
    let (status, told) = check("sqlite:dev.db?mode=rwc");
    assert!(status == Some(0) && told.contains("sqlite answers, takes writes and is up to date"), "{told}");
    let (status, told) = check("sqlite:dev.db?mode=ro");
    assert!(status == Some(1) && told.contains("BAD  sqlite answers, but takes no log-in"), "{told}");
}

/// Under a umask that takes nothing away.
fn openhanded(command: &Command) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", r#"umask 0; exec "$0" "$@""#]).arg(command.get_program()).args(command.get_args());
    shell.current_dir(command.get_current_dir().unwrap()).env_clear();
    shell.envs(command.get_envs().filter_map(|(name, value)| Some((name, value?))));
    shell
}

fn mode(file: &Path) -> u32 {
    std::fs::metadata(file).unwrap().permissions().mode() & 0o777
}

#[tokio::test]
async fn what_holds_peoples_data_is_for_its_owner_alone() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let port = free_port();
    let mut command = openhanded(&sparekey(folder.path(), &[("DATABASE_URL", "file:./dev.db")], &["serve"]));
    let serving = Serving::run(&format!("http://localhost:{port}"), port, &mut command).await;
    serving.browser().log_in_as(ADA).await;
    for file in ["dev.db", "dev.db-wal", "dev.db-shm", ".sparekey-dev-secret"] {
        assert_eq!(mode(&folder.path().join(file)), 0o600, "{file}");
    }
    let arguments = ["users", "export", "--format", "csv", "--out", "out", "--report", "lost"];
    std::fs::create_dir(folder.path().join("out")).unwrap();
    std::fs::write(folder.path().join("out/csv-0001.csv.partial"), "left by another").unwrap();
    let settings = [("DATABASE_URL", "file:./dev.db")];
    let exported = openhanded(&sparekey(folder.path(), &settings, &arguments)).output().unwrap();
    assert!(exported.status.success(), "{}", said(&exported));
    for file in ["out/csv-0001.csv", "lost"] {
        assert_eq!(mode(&folder.path().join(file)), 0o600, "{file}");
    }
    let check = |word: &str| {
        let output = run(folder.path(), &settings, &["check"]);
        String::from_utf8(output.stdout).unwrap().contains(word)
    };
    assert!(!check("chmod 600"));
    std::fs::set_permissions(folder.path().join("dev.db-wal"), std::fs::Permissions::from_mode(0o644))
        .unwrap();
    assert!(check("dev.db-wal holds people's data and is open to others: chmod 600 ./dev.db-wal"));
}
