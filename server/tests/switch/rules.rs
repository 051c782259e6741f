//! What is arranged for identities that are nobody's yet: issuers under another name, verified e-mail addresses that
//! somebody signed for, invitations of a plan; all through the real binary and HTTP.

use identity::{Message, MessageState};

use super::*;
use crate::invitation::take_up;
use crate::store::messages::message;

const PLAN: [&str; 8] = ["switch", "plan", "--from", "main", "--to", "second", "--out", "plan"];

/// The settings of the application, with its named provider.
fn own(app: &TestApp) -> Vec<(&'static str, &str)> {
    let mut all = vec![("OIDC_PROVIDERS", "second"), ("SITE_URL", app.site.as_str())];
    for name in ["OIDC_SECOND_ISSUER_URL", "OIDC_SECOND_CLIENT_ID"] {
        all.push((name, app.setting(name)));
    }
    all
}

async fn acts(app: &TestApp) -> Vec<(String, Option<String>, Option<String>)> {
    let lines = app.store().await.log.lines(None, 20).await.unwrap();
    lines.into_iter().map(|line| (line.act.to_string(), line.reason, line.detail)).collect()
}

#[tokio::test]
async fn whoever_logs_in_under_the_new_name_of_an_issuer_is_who_has_the_same_subject_under_the_old_one() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let before = people(&app, folder);
    let (old, new) =
        (app.setting("OIDC_ISSUER_URL").to_owned(), app.setting("OIDC_SECOND_ISSUER_URL").to_owned());
    let alias = |arguments: &[&str]| sparekey(&app, folder, &[], &[&["alias"], arguments].concat());
    assert_eq!(data(&alias(&["list"])), "", "there is none by default");
    refused(&alias(&["add", &new, "--of", "https://nobody.example"]), "nobody has an identity");
    refused(&alias(&["add", &new, "--of", &new]), "one name");
    refused(&alias(&["add", "second", "--of", &old]), "no issuer");
    assert!(well(&alias(&["add", &new, "--of", &old, "--reason", "a custom domain"])).contains("2 users"));
    let listed = data(&alias(&["list"]));
    assert!(listed.starts_with(&format!("{new}\t{old}\t")), "{listed}");
    let said = acts(&app).await;
    let reason = Some("a custom domain".to_owned());
    assert_eq!(said[0], ("alias".to_owned(), reason, Some(format!("{new} is {old}"))));

    let browser = app.browser();
    log_in_at(&browser, "second", ADA).await;
    assert_eq!(browser.user_id().await, before[0].0);
    assert_eq!(people(&app, folder)[0].1, [format!("main {ADA}"), format!("second {ADA}")]);
    // Whoever is nobody under either name starts as always.
    log_in_at(&app.browser(), "second", "dev|0006").await;
    assert_eq!(people(&app, folder).len(), 3);
    well(&alias(&["remove", &new]));
    refused(&alias(&["remove", &new]), "no other name");
    let stranger = app.browser();
    log_in_at(&stranger, "second", GRACE).await;
    assert_ne!(stranger.user_id().await, before[1].0, "without an alias two issuers are two");
}

#[tokio::test]
async fn whoever_was_erased_under_one_name_of_an_issuer_comes_back_under_no_other_but_by_a_log_in() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let (old, new) =
        (app.setting("OIDC_ISSUER_URL").to_owned(), app.setting("OIDC_SECOND_ISSUER_URL").to_owned());
    well(&sparekey(&app, folder, &[], &["alias", "add", &new, "--of", &old]));
    let ada = people(&app, folder)[0].0.clone();
    // What the provider pushed of them under its new name, and of somebody else.
    let store = app.store().await;
    let open = |of: &str| {
        let about = Some(identity::Digest::of_pair(&new, of));
        Message { provider: "second".to_owned(), about, ..message(of, 1) }
    };
    for message in [open(ADA), open(GRACE)] {
        store.messages.keep(&message).await.unwrap();
    }
    well(&sparekey(&app, folder, &[], &["users", "erase", &ada, "--yes"]));
    let left = store.messages.page(MessageState::OPEN, None, None, 9).await.unwrap();
    assert_eq!(left.iter().map(|one| one.sender_id.as_str()).collect::<Vec<_>>(), [GRACE]);
    let file = format!("id,email,sub\n,ada@example.com,{ADA}\n,kim@example.com,dev|0777\n");
    std::fs::write(folder.join("people.csv"), file).unwrap();
    let import =
        ["users", "import", "--format", "csv", "--provider", "second", "--subject", "sub", "people.csv"];
    sparekey(&app, folder, &[], &import);
    let subjects: Vec<String> = people(&app, folder).into_iter().flat_map(|(_, all)| all).collect();
    assert!(!subjects.iter().any(|one| one.ends_with(ADA)), "{subjects:?}");
    assert!(subjects.contains(&"second dev|0777".to_owned()), "{subjects:?}");
    log_in_at(&app.browser(), "second", ADA).await;
    assert_eq!(people(&app, folder).len(), 3);
}

#[tokio::test]
async fn a_plan_invites_whom_it_cannot_reach_and_going_on_invites_nobody_twice() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let own = own(&app);
    let before = people(&app, folder);
    let kept = app.signed_in(GRACE).await;
    std::fs::write(folder.join("mapping"), format!("user,subject\n{},x\n", before[0].0)).unwrap();
    let plan = [&PLAN[..], &["--by", "mapping,invite", "--mapping", "mapping"]].concat();
    let told = well(&sparekey(&app, folder, &own, &plan));
    assert!(told.contains("1  mapping") && told.contains("1  invite"), "{told}");
    refused(&sparekey(&app, folder, &own, &["switch", "apply", "plan"]), "--invitations");
    let apply = ["switch", "apply", "plan", "--invitations", "list"];
    let told = well(&sparekey(&app, folder, &own, &apply));
    assert!(told.contains("invited 1") && told.contains("joined 1"), "{told}");
    assert!(kept.is_signed_in().await, "sessions live on through a switch");
    let list = std::fs::read_to_string(folder.join("list")).unwrap();
    let line = list.strip_prefix("user,address,until\n").unwrap().trim_end();
    let parts: Vec<&str> = line.split(',').collect();
    assert_eq!(parts[0], before[1].0);
    // Killed while it wrote: the line that was broken off is written anew, and no other.
    std::fs::write(folder.join("list"), format!("{list}0198f2c4,http")).unwrap();
    assert!(well(&sparekey(&app, folder, &own, &apply)).contains("already 2"));
    assert_eq!(std::fs::read_to_string(folder.join("list")).unwrap(), list);
    let run = run_of(&told);
    let seen = sparekey(&app, folder, &own, &["switch", "verify", &run]);
    assert!(String::from_utf8_lossy(&seen.stdout).contains("has not come yet"), "{}", said(&seen));
    let browser = app.browser();
    take_up(&browser, parts[1].strip_prefix(&app.site).unwrap(), "dev|0006").await.location();
    assert_eq!(browser.user_id().await, before[1].0);
    assert!(!kept.is_signed_in().await);
}

#[tokio::test]
async fn an_invitation_of_a_switch_that_was_taken_back_is_none() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let own = own(&app);
    well(&sparekey(&app, folder, &own, &[&PLAN[..], &["--by", "invite"]].concat()));
    let told = well(&sparekey(&app, folder, &own, &["switch", "apply", "plan", "--invitations", "list"]));
    let list = std::fs::read_to_string(folder.join("list")).unwrap();
    let address = list.lines().nth(1).unwrap().split(',').nth(1).unwrap().to_owned();
    let address = address.strip_prefix(&app.site).unwrap();
    assert_eq!(app.browser().get(address).await.status, 200);
    well(&sparekey(&app, folder, &own, &["switch", "undo", &run_of(&told)]));
    assert_eq!(app.browser().get(address).await.verdict(), (400, "invitation_unknown"));
    let again = sparekey(&app, folder, &own, &["switch", "apply", "plan", "--invitations", "list"]);
    refused(&again, "taken back");
}

#[tokio::test]
async fn whoever_may_be_an_operator_is_neither_invited_nor_known_by_an_address() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let mut own = own(&app);
    own.push(("OPERATORS", "main/email:ada@example.com"));
    let told = well(&sparekey(&app, folder, &own, &[&PLAN[..], &["--by", "invite"]].concat()));
    assert!(told.contains("1  invite") && told.contains("1  left out: operator"), "{told}");
}

/// An application whose second provider has a scripted admin interface.
async fn with_interface() -> (TestApp, Admin) {
    let admin = Admin::start(0).await;
    let plan = Plan::new().await.and("second").await;
    let plan = plan
        .set("OIDC_SECOND_ADMIN_URL", &format!("{}/clerk/v1", admin.origin))
        .set("OIDC_SECOND_ADMIN_TOKEN", "static")
        .set("OIDC_SECOND_SCAN_SECONDS", "0");
    let app = plan.start().await;
    for subject in [ADA, GRACE] {
        log_in_at(&app.browser(), "main", subject).await;
    }
    (app, admin)
}

fn with_admin(app: &TestApp) -> Vec<(&'static str, &str)> {
    let mut all = own(app);
    for name in ["OIDC_SECOND_ADMIN_URL", "OIDC_SECOND_ADMIN_TOKEN"] {
        all.push((name, app.setting(name)));
    }
    all
}

const SIGNED: [&str; 6] =
    ["--by", "verified_email", "--sign-off", "they moved their mail", "--until", "2999-12-31"];

fn account(number: usize, email: &str) -> Person {
    Person { email: email.to_owned(), ..Person::new(number) }
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_that_somebody_signed_for_leads_to_its_user_once() {
    let (app, admin) = with_interface().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let own = with_admin(&app);
    let before = people(&app, folder);
    for lacking in [&SIGNED[..2], &SIGNED[..4], &["--sign-off", "x", "--until", "2999-12-31"]] {
        assert_eq!(sparekey(&app, folder, &own, &[&PLAN[..], lacking].concat()).status.code(), Some(1));
    }
    let over = [&PLAN[..], &SIGNED[..5], &["2020-01-01"]].concat();
    refused(&sparekey(&app, folder, &own, &over), "over already");
    admin.script().people = vec![account(1, "ADA@example.com")];
    let told = well(&sparekey(&app, folder, &own, &[&PLAN[..], &SIGNED].concat()));
    assert!(told.contains("2  verified_email"), "{told}");
    let plan = std::fs::read_to_string(folder.join("plan")).unwrap();
    assert!(!plan.contains("example.com"), "no address stands in it");
    let told = well(&sparekey(&app, folder, &own, &["switch", "apply", "plan"]));
    assert!(told.contains("by_email 2"), "{told}");
    let line = acts(&app).await.into_iter().find(|(act, ..)| act == "sign_off").unwrap();
    assert_eq!(line.1.as_deref(), Some("they moved their mail"));
    well(&sparekey(&app, folder, &own, &["switch", "apply", "plan"]));
    assert_eq!(acts(&app).await.iter().filter(|(act, ..)| act == "sign_off").count(), 1, "once a switch");

    // At the second provider Ada has another subject, and the same verified address.
    let there = &app.others["second"];
    there.set_person(dev_provider::Person::new("else").named("Ada", "L").mail("Ada@example.com"));
    let browser = app.browser();
    log_in_at(&browser, "second", "else").await;
    assert_eq!(browser.user_id().await, before[0].0);
    // It has led: the next with that address is nobody's.
    there.set_person(dev_provider::Person::new("thief").named("A", "L").mail("ada@example.com"));
    let thief = app.browser();
    log_in_at(&thief, "second", "thief").await;
    assert_ne!(thief.user_id().await, before[0].0);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_address_leads_nowhere_where_it_is_not_verified_or_not_alone_or_taken_back() {
    let (app, admin) = with_interface().await;
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let own = with_admin(&app);
    let before = people(&app, folder);
    // At the plan: two accounts there have Grace's.
    admin.script().people =
        vec![account(1, "ada@example.com"), account(2, "grace@example.com"), account(3, "Grace@example.com")];
    let told = well(&sparekey(&app, folder, &own, &[&PLAN[..], &SIGNED].concat()));
    assert!(told.contains("1  verified_email") && told.contains("1  left out: not_unique"), "{told}");
    let told = well(&sparekey(&app, folder, &own, &["switch", "apply", "plan"]));
    let there = &app.others["second"];
    let comes = async |subject: &str, verified: bool| {
        let person = dev_provider::Person::new(subject).named("Ada", "L").mail("ada@example.com");
        there.set_person(if verified { person } else { person.with("email_verified", false) });
        let browser = app.browser();
        log_in_at(&browser, "second", subject).await;
        browser.user_id().await == before[0].0
    };
    assert!(!comes("unverified", false).await);
    let erase = async |subject: &str| {
        let all = people(&app, folder);
        let (id, _) = all.iter().find(|(_, all)| all[0] == format!("second {subject}")).unwrap();
        well(&sparekey(&app, folder, &[], &["users", "erase", id, "--yes"]));
    };
    // A stranger here has the address now: whose it is cannot be told.
    assert!(!comes("second-one", true).await, "the stranger from before has the same address");
    erase("unverified").await;
    erase("second-one").await;
    // At the log-in: two accounts there have it.
    admin.script().people.push(account(4, "ADA@EXAMPLE.COM"));
    assert!(!comes("third", true).await);
    erase("third").await;
    admin.script().people.pop();
    assert!(comes("fourth", true).await, "alone on both sides, it leads");
    // Taken back, no address leads anywhere.
    well(&sparekey(&app, folder, &own, &["switch", "undo", &run_of(&told)]));
    assert_eq!(app.store().await.link_rules.rules(None, None, 9).await.unwrap(), []);
}
