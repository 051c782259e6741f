//! Each admin interface as its provider speaks it: pages, limits, tokens, one account by id.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::{Duration, Instant};

use identity::{Account, Accounts, Claims, Code, Next, Standing};
use provider::admin::AdminInterface;
use serde_json::json;
use server::{Config, System};

use crate::support::admin::{Admin, Fault};

/// Where each interface is, below the origin of the scripted one, and by which preset it is known.
pub(super) const ALL: [(&str, &str); 8] = [
    ("keycloak", "/admin/realms/acme"),
    ("kinde", "/kinde/api/v1"),
    ("okta", "/okta/api/v1"),
    ("auth0", "/auth0/api/v2"),
    ("zitadel", "/zitadel/v2"),
    ("authentik", "/api/v3"),
    ("entra", "/graph/v1.0"),
    ("plain", "/scim/v2"),
];

fn interface(admin: &Admin, preset: &str, path: &str, settings: &[(&str, &str)]) -> AdminInterface {
    let mut all = admin.settings(preset, path);
    all.extend(settings.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())));
    all.retain(|_, value| !value.is_empty());
    let config = Config::parse(|name| all.get(name).cloned(), false).unwrap();
    AdminInterface::new(&config.providers[0], Arc::new(System)).unwrap().unwrap()
}

async fn keycloak(admin: &Admin) -> AdminInterface {
    interface(admin, "keycloak", "/admin/realms/acme", &[])
}

/// The whole list, and how many pages it had.
async fn read(of: &AdminInterface) -> (Vec<Account>, usize, Option<String>) {
    let (mut all, mut cursor, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = of.page(cursor.as_deref()).await.unwrap();
        all.extend(page.accounts);
        pages += 1;
        match page.next {
            Next::Page(next) => cursor = Some(next),
            Next::End(since) => return (all, pages, since),
            Next::Expired => panic!("nothing is so old"),
        }
    }
}

#[tokio::test]
async fn every_interface_lists_everybody_by_pages_and_finds_one_by_id() {
    for (preset, path) in ALL {
        let admin = Admin::start(7).await;
        admin.script().page = if preset == "keycloak" { 0 } else { 3 };
        let of = interface(&admin, preset, path, &[]);
        let (accounts, _, _) = read(&of).await;
        let mut ids: Vec<&str> = accounts.iter().map(|one| one.reference.as_str()).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), 7, "{preset}: {ids:?}");
        let first = accounts.iter().find(|one| one.reference == "id-000000").unwrap();
        assert_eq!(first.standing, Some(Standing::Present), "{preset}");
        assert_eq!(first.claims["email"], "user0@example.com", "{preset}");
        let name = if preset == "authentik" { "name" } else { "given_name" };
        assert_eq!(first.claims[name], "Given0", "{preset}");
        assert!(first.extent.clears("email"), "{preset}");
        let found = of.by_id("id-000000", &first.claims).await.unwrap().unwrap();
        assert_eq!((&found.reference, &found.claims["email"]), (&first.reference, &first.claims["email"]));
        let known = json!({ "pk": 99 }).as_object().unwrap().clone();
        assert_eq!(of.by_id("nobody", &known).await.unwrap(), None, "{preset}");
    }
}

/// A proxy's, or that of an address which is wrong.
#[tokio::test]
async fn a_404_that_is_not_in_the_interface_s_own_words_says_nothing_of_anybody() {
    let further = [("plain", "/clerk/v1"), ("plain", "/workos/user_management")];
    for (preset, path) in ALL.into_iter().chain(further) {
        let admin = Admin::start(1).await;
        let of = interface(&admin, preset, path, &[]);
        let known = json!({ "pk": 99 }).as_object().unwrap().clone();
        for words in
            [json!({}), json!({ "error": "not found" }), json!({ "detail": "Not Found", "status": 404 })]
        {
            admin.script().missing = Some(words);
            let error = of.by_id("nobody", &known).await.unwrap_err();
            assert_eq!(error.code, Code::AnswerUnexpected, "{preset} {path}");
        }
        admin.script().missing = None;
        assert_eq!(of.by_id("nobody", &known).await.unwrap(), None, "{preset} {path}");
    }
}

#[tokio::test]
async fn clerk_and_workos_list_everybody_too() {
    for (path, count, size, pages) in [("/clerk/v1", Some(7), 0, 1), ("/workos/user_management", None, 3, 3)]
    {
        let admin = Admin::start(7).await;
        admin.script().page = size;
        let of = interface(&admin, "plain", path, &[]);
        assert_eq!(of.count().await.unwrap(), count, "{path}");
        let (accounts, read, _) = read(&of).await;
        assert_eq!((accounts.len(), read), (7, pages), "{path}");
        let claims = &accounts[0].claims;
        assert_eq!(
            (&claims["email"], &claims["email_verified"]),
            (&json!("user0@example.com"), &json!(true))
        );
        assert_eq!(
            (&claims["given_name"], accounts[0].standing),
            (&json!("Given0"), Some(Standing::Present))
        );
        assert!(accounts[0].extent.clears("email") && !accounts[0].extent.clears("locale"), "{path}");
        let found = of.by_id("id-000003", &Claims::new()).await.unwrap().unwrap();
        assert_eq!(found.claims["email"], "user3@example.com", "{path}");
        assert_eq!(of.by_id("nobody", &Claims::new()).await.unwrap(), None, "{path}");
    }
    let admin = Admin::start(1).await;
    admin.script().people[0].is_enabled = false;
    let (accounts, ..) = read(&interface(&admin, "plain", "/clerk/v1", &[])).await;
    assert_eq!(accounts[0].standing, Some(Standing::Blocked), "banned there");
}

#[tokio::test]
async fn whoever_is_blocked_there_is_so_here() {
    for (preset, path) in ALL.into_iter().filter(|(preset, _)| *preset != "okta") {
        let admin = Admin::start(2).await;
        admin.script().people[1].is_enabled = false;
        let (accounts, ..) = read(&interface(&admin, preset, path, &[])).await;
        let one = accounts.iter().find(|one| one.reference == "id-000001").unwrap();
        assert_eq!(one.standing, Some(Standing::Blocked), "{preset}");
    }
    let admin = Admin::start(2).await;
    admin.script().people[1].is_enabled = false;
    let of = interface(&admin, "okta", "/okta/api/v1", &[]);
    assert_eq!(read(&of).await.0.len(), 1, "Okta's list leaves out who was deactivated");
    let one = of.by_id("id-000001", &Claims::new()).await.unwrap().unwrap();
    assert_eq!(one.standing, Some(Standing::Blocked), "but they are not gone");
}

#[tokio::test]
async fn those_that_count_say_how_many_there_are() {
    for (preset, path) in ALL {
        let admin = Admin::start(5).await;
        let expected = (!["kinde", "okta", "entra"].contains(&preset)).then_some(5);
        assert_eq!(interface(&admin, preset, path, &[]).count().await.unwrap(), expected, "{preset}");
    }
}

#[tokio::test]
async fn each_provider_is_asked_for_tokens_in_its_own_words() {
    for (preset, path) in ALL {
        let admin = Admin::start(1).await;
        read(&interface(&admin, preset, path, &[])).await;
        let origin = urlencoded(&admin.origin);
        let further = match preset {
            "auth0" => format!("&audience={origin}%2Fauth0%2Fapi%2Fv2%2F"),
            "kinde" => format!("&audience={origin}%2Fapi"),
            "entra" => format!("&scope={origin}%2F.default"),
            "okta" => "&scope=okta.users.read".to_owned(),
            "zitadel" => "&scope=openid+urn%3Azitadel%3Aiam%3Aorg%3Aproject%3Aid%3Azitadel%3Aaud".to_owned(),
            "authentik" => "&scope=goauthentik.io%2Fapi".to_owned(),
            _ => String::new(),
        };
        assert_eq!(admin.script().forms, [format!("grant_type=client_credentials{further}")], "{preset}");
    }
}

fn urlencoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

/// Okta takes no secret of a service account.
#[tokio::test]
async fn a_service_account_proves_itself_by_the_client_s_key() {
    let admin = Admin::start(2).await;
    let pem = crate::peers::private_key();
    let by_key = [("OIDC_CLIENT_KEY", pem.as_str()), ("OIDC_ADMIN_CLIENT_SECRET", "")];
    assert_eq!(read(&interface(&admin, "okta", "/okta/api/v1", &by_key)).await.0.len(), 2);
    let form: BTreeMap<String, String> =
        url::form_urlencoded::parse(admin.script().forms[0].as_bytes()).into_owned().collect();
    assert_eq!((form["client_id"].as_str(), form["scope"].as_str()), ("scanner", "okta.users.read"));
    assert_eq!(form["client_assertion_type"], "urn:ietf:params:oauth:client-assertion-type:jwt-bearer");
    let payload = form["client_assertion"].split('.').nth(1).unwrap();
    let claims = base64::Engine::decode(&base64::prelude::BASE64_URL_SAFE_NO_PAD, payload).unwrap();
    let claims: serde_json::Value = serde_json::from_slice(&claims).unwrap();
    assert_eq!((claims["iss"].as_str(), claims["sub"].as_str()), (Some("scanner"), Some("scanner")));
}

#[tokio::test]
async fn kinde_says_of_one_person_whether_the_address_was_verified() {
    let admin = Admin::start(2).await;
    let of = interface(&admin, "kinde", "/kinde/api/v1", &[]);
    assert!(!read(&of).await.0[0].claims.contains_key("email_verified"), "not of everybody");
    let one = of.by_id("id-000001", &Claims::new()).await.unwrap().unwrap();
    assert_eq!(one.claims["email_verified"], true);
    assert_eq!(admin.asked("/identities"), 1);
}

#[tokio::test]
async fn a_token_that_ends_on_the_way_is_renewed() {
    let admin = Admin::start(450).await;
    admin.script().faults = [Some(Fault::TokensEnd), None, None].into();
    let (accounts, pages, _) = read(&keycloak(&admin).await).await;
    assert_eq!((accounts.len(), pages), (450, 3));
    assert_eq!(admin.script().forms.len(), 2, "one token, and another when it was refused");
}

#[tokio::test]
async fn a_short_lived_token_is_renewed_before_it_ends() {
    let admin = Admin::start(450).await;
    admin.script().token_life = 1;
    admin.script().faults = [Some(Fault::Slow(600)), Some(Fault::Slow(600))].into();
    assert_eq!(read(&keycloak(&admin).await).await.0.len(), 450);
    assert!(admin.script().forms.len() >= 2);
    assert!(admin.script().asked.iter().all(|line| !line.contains("token-")));
}

#[tokio::test]
async fn a_token_of_one_s_own_is_used_as_it_is_and_named_when_it_is_refused() {
    let admin = Admin::start(2).await;
    let own = |preset, path, token| {
        let settings =
            [("OIDC_ADMIN_CLIENT_ID", ""), ("OIDC_ADMIN_CLIENT_SECRET", ""), ("OIDC_ADMIN_TOKEN", token)];
        interface(&admin, preset, path, &settings)
    };
    for (preset, path) in [("okta", "/okta/api/v1"), ("authentik", "/api/v3")] {
        assert_eq!(read(&own(preset, path, "static")).await.0.len(), 2);
    }
    assert_eq!(admin.script().forms.len(), 0);
    let refused = own("keycloak", "/admin/realms/acme", "wrong").page(None).await.unwrap_err();
    let sentence = std::error::Error::source(&refused).unwrap().to_string();
    assert_eq!(refused.code, Code::ClientRefused);
    assert!(sentence.contains("OIDC_ADMIN_TOKEN") && !sentence.contains("wrong"), "{sentence}");
}

#[tokio::test]
async fn too_many_requests_are_waited_for_as_long_as_the_provider_says() {
    let admin = Admin::start(3).await;
    let too_many = |header, value: &str| Some(Fault::Status(429, vec![(header, value.to_owned())]));
    admin.script().faults = [too_many("retry-after", "1"), too_many("ratelimit-reset", "1"), None].into();
    let start = Instant::now();
    assert_eq!(read(&keycloak(&admin).await).await.0.len(), 3);
    assert!(start.elapsed() >= Duration::from_secs(2), "{:?}", start.elapsed());
    assert_eq!(admin.asked("/users?first=0"), 3);
}

#[tokio::test]
async fn half_of_an_allowance_is_left_to_others() {
    let admin = Admin::start(450).await;
    admin.script().headers = vec![
        ("x-ratelimit-limit", "10".to_owned()),
        ("x-ratelimit-remaining", "4".to_owned()),
        ("x-ratelimit-reset", "1".to_owned()),
    ];
    let start = Instant::now();
    assert_eq!(read(&keycloak(&admin).await).await.1, 3);
    assert!(
        start.elapsed() >= Duration::from_secs(2),
        "before each page but the first: {:?}",
        start.elapsed()
    );
}

#[tokio::test]
async fn a_fault_on_the_line_is_tried_again_and_one_that_stays_is_told() {
    let admin = Admin::start(3).await;
    let bad = || Some(Fault::Status(502, Vec::new()));
    admin.script().faults = [bad(), None].into();
    assert_eq!(read(&keycloak(&admin).await).await.0.len(), 3);
    admin.script().faults = [Some(Fault::Status(500, Vec::new()))].into();
    let error = keycloak(&admin).await.page(None).await.unwrap_err();
    assert_eq!(error.code, Code::ProviderUnavailable);
    admin.script().faults = [Some(Fault::Status(403, Vec::new()))].into();
    let error = keycloak(&admin).await.page(None).await.unwrap_err();
    assert_eq!(error.code, Code::ClientRefused);
}

#[tokio::test]
async fn an_id_is_one_segment_of_a_path_whatever_it_holds() {
    let admin = Admin::start(1).await;
    let of = keycloak(&admin).await;
    for odd in ["../../realms/other", "a/b", "a?b#c", "%2e%2e"] {
        assert_eq!(of.by_id(odd, &Claims::new()).await.unwrap(), None, "{odd}");
    }
    for step in [".", "..", ""] {
        assert!(of.by_id(step, &Claims::new()).await.is_err(), "{step:?} names nobody");
    }
    assert!(admin.script().asked.iter().all(|line| !line.contains("/realms/other")));
}

#[tokio::test]
async fn graph_s_empty_pages_are_passed_over_and_who_was_removed_is_gone() {
    let admin = Admin::start(7).await;
    let of = interface(&admin, "entra", "/graph/v1.0", &[]);
    let (accounts, _, since) = read(&of).await;
    assert_eq!(accounts.iter().filter(|one| one.reference == "id-000000").count(), 3, "as Graph sent them");
    assert_eq!(accounts[0].claims["oid"], "id-000000");
    admin.script().removed = vec!["id-000003".to_owned()];
    let since = since.unwrap();
    let page = of.page(Some(&since)).await.unwrap();
    let gone: Vec<_> = page.accounts.iter().map(|one| (&*one.reference, one.standing)).collect();
    assert_eq!(gone, [("id-000003", Some(Standing::Deleted))]);
    assert!(matches!(page.next, Next::End(Some(next)) if next.contains("$deltatoken=next")));
    let old = since.replace("first", "old");
    assert_eq!(of.page(Some(&old)).await.unwrap().next, Next::Expired);
    let elsewhere = of.page(Some("https://graph.example/v1.0/users/delta?x")).await.unwrap_err();
    assert_eq!(elsewhere.code, Code::AnswerUnexpected, "our token goes to no other host");
}

#[tokio::test]
async fn auth0_s_export_is_read_as_it_arrives_and_taken_up_where_it_was_left() {
    let admin = Admin::start(1200).await;
    admin.script().linked.insert("id-000002".to_owned(), "google-oauth2|7".to_owned());
    let of = interface(&admin, "auth0", "/auth0/api/v2", &[]);
    let first = of.page(None).await.unwrap();
    let Next::Page(cursor) = &first.next else { panic!("{:?}", first.next) };
    assert_eq!(first.accounts.len(), 500);
    assert_eq!(first.accounts[2].linked, ["google-oauth2|7"]);
    assert!(!format!("{:?}", first.accounts[2].claims).contains("s3cret"));
    // Another process goes on.
    let second = interface(&admin, "auth0", "/auth0/api/v2", &[]).page(Some(cursor)).await.unwrap();
    assert_eq!(second.accounts[0].reference, "id-000500");
    assert_eq!(of.page(Some(cursor)).await.unwrap().accounts, second.accounts);
    assert_eq!(of.page(Some("job_2:500")).await.unwrap().next, Next::Expired, "the job is forgotten");
    assert_eq!(read(&of).await.0.len(), 1200);
}

#[tokio::test]
async fn authentik_says_which_member_is_the_subject() {
    let admin = Admin::start(2).await;
    let subject = async |mode| {
        admin.script().sub_mode = mode;
        let of = interface(&admin, "authentik", "/api/v3", &[]);
        Ok::<_, identity::ProviderError>(of.page(None).await?.accounts[1].reference.clone())
    };
    for (mode, expected) in [
        (None, "id-000001"),
        (Some("hashed_user_id"), "id-000001"),
        (Some("user_id"), "2"),
        (Some("user_uuid"), "uuid-id-000001"),
        (Some("user_username"), "user000001"),
        (Some("user_email"), "user1@example.com"),
    ] {
        assert_eq!(subject(mode).await.unwrap(), expected, "{mode:?}");
    }
    assert_eq!(subject(Some("new")).await.unwrap_err().code, Code::AnswerUnexpected);
    let of = interface(&admin, "authentik", "/api/v3", &[]);
    admin.script().sub_mode = None;
    assert!(of.by_id("id-000001", &Claims::new()).await.is_err(), "never listed: nothing is said");
}
