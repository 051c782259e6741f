//! Accounts that are made at each provider's admin interface: found again, nobody else's taken for ours, taken back.

use super::*;

/// The settings of a provider `b` at each scripted interface.
fn at(admin: &Admin, of: &str) -> Vec<(&'static str, String)> {
    let origin = &admin.origin;
    let (preset, issuer, base) = match of {
        "keycloak" => ("keycloak", admin.issuer(), format!("{origin}/admin/realms/acme")),
        "auth0" => ("auth0", origin.clone(), format!("{origin}/auth0/api/v2")),
        "zitadel" => ("zitadel", origin.clone(), format!("{origin}/zitadel/v2")),
        "kinde" => ("kinde", origin.clone(), format!("{origin}/kinde/api/v1")),
        "okta" => ("okta", origin.clone(), format!("{origin}/okta/api/v1")),
        "clerk" => ("plain", origin.clone(), format!("{origin}/clerk/v1")),
        _ => ("plain", origin.clone(), format!("{origin}/workos/user_management")),
    };
    vec![
        ("OIDC_PROVIDERS", "b".to_owned()),
        ("OIDC_B_ISSUER_URL", issuer),
        ("OIDC_B_CLIENT_ID", "sparekey".to_owned()),
        ("OIDC_B_CLIENT_SECRET", "secret".to_owned()),
        ("OIDC_B_PRESET", preset.to_owned()),
        ("OIDC_B_ADMIN_URL", base),
        ("OIDC_B_ADMIN_TOKEN", "static".to_owned()),
    ]
}

fn lent<'a>(all: &'a [(&'static str, String)]) -> Vec<(&'static str, &'a str)> {
    all.iter().map(|(name, value)| (*name, &**value)).collect()
}

const PLAN: [&str; 10] =
    ["switch", "plan", "--from", "main", "--to", "b", "--into", "people", "--out", "plan"];

/// At which interfaces, by which rung, and what a subject there begins with.
const EACH: [(&str, &str, &str); 6] = [
    ("auth0", "chosen_subject", "auth0|"),
    ("zitadel", "chosen_subject", ""),
    ("kinde", "returned_id", "kp_"),
    ("okta", "returned_id", "00u"),
    ("clerk", "returned_id", "user_"),
    ("workos", "returned_id", "user_01"),
];

#[tokio::test(flavor = "multi_thread")]
async fn everybody_gets_an_account_at_each_provider_once_and_loses_it_by_undo() {
    for (of, rung, prefix) in EACH {
        let (app, folder) = (two().await, tempfile::tempdir().unwrap());
        let folder = folder.path();
        let admin = Admin::start(1).await;
        // Grace's address is somebody else's there.
        admin.script().people[0].email = "grace@example.com".to_owned();
        let all = at(&admin, of);
        let more = lent(&all);
        let before = people(&app, folder);
        let ada = before[0].0.clone();
        let told = well(&sparekey(&app, folder, &more, &PLAN));
        assert!(told.contains(&format!("1  {rung}")), "{of}: {told}");
        assert!(told.contains("1  left out: there_already"), "{of}: {told}");
        assert_eq!(admin.script().people.len(), 1, "{of}: a plan changes nothing there");

        let told = well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]));
        let run = run_of(&told);
        let made = admin.script().people[1].clone();
        let subject = if prefix == "auth0|" { format!("auth0|{ada}") } else { made.id.clone() };
        assert!(made.id.starts_with(prefix) && made.email == "ada@example.com", "{of}: {made:?}");
        assert_eq!(people(&app, folder)[0].1, [format!("main {ADA}"), format!("b {subject}")], "{of}");
        assert!(well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"])).contains("already 1"));
        assert_eq!(admin.script().people.len(), 2, "{of}: twice is once");
        let told = well(&sparekey(&app, folder, &more, &["switch", "verify", &run]));
        assert!(told.contains("1 of 1 can get in"), "{of}: {told}");

        // The answer was lost, or whoever asked was killed, before the identity was written: it is found again.
        well(&sparekey(&app, folder, &more, &["switch", "undo", &run]));
        assert_eq!((people(&app, folder), admin.script().people.len()), (before.clone(), 2), "{of}");
        std::fs::remove_file(folder.join("plan")).unwrap();
        let told = well(&sparekey(&app, folder, &more, &PLAN));
        assert!(told.contains(&format!("1  {rung}")), "{of}: {told}");
        let run = run_of(&well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"])));
        assert_eq!(people(&app, folder)[0].1[1], format!("b {subject}"), "{of}");
        // It was there before this run, so this run's undo leaves it.
        let told = well(&sparekey(&app, folder, &more, &["switch", "undo", &run, "--accounts"]));
        assert!(told.contains("1 identities taken away, 0 left, 0 accounts"), "{of}: {told}");
        assert_eq!((people(&app, folder), admin.script().people.len()), (before, 2), "{of}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_made_when_somebody_was_killed_is_found_again_and_goes_by_undo() {
    for (of, _, _) in EACH {
        let (app, folder) = (two().await, tempfile::tempdir().unwrap());
        let folder = folder.path();
        let admin = Admin::start(0).await;
        let all = at(&admin, of);
        let more = lent(&all);
        well(&sparekey(&app, folder, &more, &PLAN));
        // The first account is made, and the interface goes away before the second.
        admin.script().unfit = Some("grace@example.com".to_owned());
        let killed = sparekey(&app, folder, &more, &["switch", "apply", "plan", "--strict"]);
        refused(&killed, "1 are left out");
        admin.script().unfit = None;
        // As if the identity had not been written before the death.
        let ada = people(&app, folder)[0].clone();
        let subject = ada.1[1].strip_prefix("b ").unwrap().to_owned();
        let issuer = all.iter().find(|(name, _)| *name == "OIDC_B_ISSUER_URL").unwrap().1.clone();
        let unlink = ["users", "unlink", &ada.0, "--issuer", &issuer, "--subject", &subject];
        well(&sparekey(&app, folder, &more, &unlink));
        let told = well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]));
        assert!(told.contains("joined 2"), "{of}: {told}");
        assert_eq!(admin.script().people.len(), 2, "{of}: nobody has two");
        let told = well(&sparekey(&app, folder, &more, &["switch", "undo", &run_of(&told), "--accounts"]));
        assert!(told.contains("2 identities taken away, 0 left, 2 accounts"), "{of}: {told}");
        assert!(admin.script().people.is_empty(), "{of}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_killed_while_an_account_is_made_goes_on_and_nobody_has_two() {
    let each = EACH.iter().map(|(of, ..)| (*of, false)).chain([("keycloak", false), ("keycloak", true)]);
    for (of, one_by_one) in each {
        let (app, folder) = (two().await, tempfile::tempdir().unwrap());
        let folder = folder.path();
        let admin = Admin::start(0).await;
        admin.script().manages_users_only = one_by_one;
        let all = at(&admin, of);
        let more = lent(&all);
        let before = people(&app, folder);
        well(&sparekey(&app, folder, &more, &PLAN));
        admin.script().is_silent = true;
        let mut child = command(&app, folder, &more, &["switch", "apply", "plan"]).spawn().unwrap();
        eventually("an account is made", || async { !admin.script().people.is_empty() }).await;
        child.kill().unwrap();
        child.wait().unwrap();
        admin.script().is_silent = false;
        assert_eq!(people(&app, folder), before, "{of}: the identity was to be written next");
        let told = well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]));
        assert!(told.contains("joined 2"), "{of}: {told}");
        assert_eq!(admin.script().people.len(), 2, "{of}: nobody has two");
        let run = run_of(&told);
        let told = well(&sparekey(&app, folder, &more, &["switch", "verify", &run]));
        assert!(told.contains("2 of 2 can get in"), "{of}: {told}");
        let told = well(&sparekey(&app, folder, &more, &["switch", "undo", &run, "--accounts"]));
        assert!(told.contains("2 identities taken away, 0 left, 2 accounts"), "{of}: {told}");
        assert!(admin.script().people.is_empty() && people(&app, folder) == before, "{of}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn without_the_right_to_import_keycloak_makes_one_account_after_the_other() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let admin = Admin::start(0).await;
    admin.script().manages_users_only = true;
    let all = at(&admin, "keycloak");
    let more = lent(&all);
    let chosen = [&PLAN[..8], &["--by", "chosen_subject", "--out", "plan"]].concat();
    refused(&sparekey(&app, folder, &more, &chosen), "manage-realm");
    let told = well(&sparekey(&app, folder, &more, &PLAN));
    assert!(told.contains("2  returned_id"), "{told}");
    let told = well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]));
    let ids: Vec<String> = admin.script().people.iter().map(|one| format!("b {}", one.id)).collect();
    let joined: Vec<String> = people(&app, folder).iter().map(|(_, all)| all[1].clone()).collect();
    assert_eq!(joined, ids);
    let run = run_of(&told);
    assert!(well(&sparekey(&app, folder, &more, &["switch", "verify", &run])).contains("2 of 2"));
    // Somebody else's id in the account of Ada.
    admin.script().people[0].mark = Some(people(&app, folder)[1].0.clone());
    refused(&sparekey(&app, folder, &more, &["switch", "verify", &run]), "1 cannot get in");
    let told = well(&sparekey(&app, folder, &more, &["switch", "undo", &run, "--accounts"]));
    assert!(told.contains("2 identities taken away, 0 left, 1 accounts"), "{told}");
    assert_eq!(admin.script().people.len(), 1, "an account that bears another's id stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keycloak_that_drops_our_mark_is_left_as_it_was() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let admin = Admin::start(0).await;
    (admin.script().manages_users_only, admin.script().drops_attributes) = (true, true);
    let all = at(&admin, "keycloak");
    let more = lent(&all);
    well(&sparekey(&app, folder, &more, &PLAN));
    refused(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]), "sparekey_user");
    assert!(admin.script().people.is_empty());
    admin.script().drops_attributes = false;
    assert!(well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"])).contains("joined 2"));
}

#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_bear_our_ids_are_known_by_them_and_two_that_bear_one_are_nobodys() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let admin = Admin::start(3).await;
    let before = people(&app, folder);
    // As after an import of `users export --format kinde`.
    for (account, user) in [(0, 0), (1, 1), (2, 1)] {
        admin.script().people[account].mark = Some(before[user].0.clone());
    }
    let all = at(&admin, "kinde");
    let more = lent(&all);
    let told = well(&sparekey(
        &app,
        folder,
        &more,
        &[&PLAN[..8], &["--by", "carried_claim", "--out", "plan"]].concat(),
    ));
    assert!(told.contains("1  carried_claim") && told.contains("1  left out: twice"), "{told}");
    let told = well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]));
    assert_eq!(people(&app, folder)[0].1[1], "b id-000000");
    let told = well(&sparekey(&app, folder, &more, &["switch", "undo", &run_of(&told), "--accounts"]));
    assert!(told.contains("1 identities taken away, 0 left, 0 accounts"), "{told}");
    assert_eq!(admin.script().people.len(), 3, "what was there before stays");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_provider_that_does_not_answer_leaves_nothing_half_done_that_the_same_command_does_not_finish() {
    let (app, folder) = (two().await, tempfile::tempdir().unwrap());
    let folder = folder.path();
    let admin = Admin::start(0).await;
    let all = at(&admin, "workos");
    let before = people(&app, folder);
    let nobody: Vec<(&'static str, String)> =
        all.iter().map(|(name, value)| (*name, value.replace(&admin.origin, "http://127.0.0.1:9"))).collect();
    // The plan cannot be made, and no file is left.
    refused(&sparekey(&app, folder, &lent(&nobody), &PLAN), "cannot be read");
    assert!(!folder.join("plan").exists());
    let more = lent(&all);
    well(&sparekey(&app, folder, &more, &PLAN));
    // It is out when the plan is applied: the list and the settings still say where it is.
    for _ in 0..10 {
        admin.script().faults.push_back(Some(crate::support::admin::Fault::Status(500, vec![])));
    }
    refused(&sparekey(&app, folder, &more, &["switch", "apply", "plan"]), "the same command goes on");
    assert_eq!(people(&app, folder), before);
    admin.script().faults.clear();
    assert!(well(&sparekey(&app, folder, &more, &["switch", "apply", "plan"])).contains("joined 2"));
}
