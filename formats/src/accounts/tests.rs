//! What each interface says of an account.

use identity::{Extent, Standing, Timestamp};
use serde_json::{Value as Json, json};

use super::*;

fn read(of: Interface, record: Json) -> Result<Heard, NoAccount> {
    account(of, record.as_object().unwrap(), None, Timestamp::UNIX_EPOCH)
}

fn clears(heard: &Heard, claim: &str) -> bool {
    heard.extent.clears(claim)
}

#[test]
fn each_interface_says_who_is_who_and_how_they_stand() {
    use Interface::*;
    use Standing::*;
    for (of, record, reference, standing) in [
        (Keycloak, json!({"id": "k", "username": "ada", "enabled": true}), "k", Present),
        (Keycloak, json!({"id": "k", "username": "ada", "enabled": false}), "k", Blocked),
        (Auth0, json!({"user_id": "auth0|1", "email": "a@b.c"}), "auth0|1", Present),
        (Auth0, json!({"user_id": "auth0|1", "email": "a@b.c", "blocked": true}), "auth0|1", Blocked),
        (Kinde, json!({"id": "kp_1", "email": "a@b.c", "is_suspended": true}), "kp_1", Blocked),
        (Okta, json!({"id": "00u", "status": "SUSPENDED", "profile": {"login": "a"}}), "00u", Blocked),
        (Okta, json!({"id": "00u", "status": "DEPROVISIONED", "profile": {"login": "a"}}), "00u", Blocked),
        (Okta, json!({"id": "00u", "status": "LOCKED_OUT", "profile": {"login": "a"}}), "00u", Present),
        (Entra, json!({"id": "oid", "accountEnabled": false}), "oid", Blocked),
        (Zitadel, json!({"userId": "2", "state": "USER_STATE_INACTIVE", "human": {}}), "2", Blocked),
        (Zitadel, json!({"userId": "2", "state": "USER_STATE_INITIAL", "human": {}}), "2", Present),
        (Authentik, json!({"pk": 1, "uid": "ff", "username": "ada", "is_active": false}), "ff", Blocked),
        (Scim, json!({"id": "s", "userName": "ada", "active": true}), "s", Present),
    ] {
        let heard = read(of, record).unwrap();
        assert_eq!((&*heard.reference, heard.standing), (reference, Some(standing)), "{of}");
        assert!(matches!(heard.extent, Extent::Full(_)), "{of}");
    }
}

#[test]
fn a_source_clears_only_what_it_speaks_of() {
    let keycloak = read(Interface::Keycloak, json!({"id": "k", "username": "ada", "enabled": true})).unwrap();
    assert!(clears(&keycloak, "email") && clears(&keycloak, "family_name") && !clears(&keycloak, "picture"));
    let okta = read(Interface::Okta, json!({"id": "o", "profile": {"login": "a"}})).unwrap();
    assert!(clears(&okta, "given_name") && !clears(&okta, "name") && !clears(&okta, "picture"));
    let entra = read(Interface::Entra, json!({"id": "o", "displayName": "Ada"})).unwrap();
    assert!(clears(&entra, "email") && !clears(&entra, "email_verified"));
    let authentik = read(Interface::Authentik, json!({"uid": "u", "username": "ada", "name": ""})).unwrap();
    assert!(clears(&authentik, "name") && !clears(&authentik, "given_name"));
}

#[test]
fn facts_stand_under_the_names_of_openid_connect() {
    let human = json!({
        "profile": {"givenName": "Ada", "familyName": "Lovelace", "displayName": "Ada L", "avatarUrl": "https://p"},
        "email": {"email": "ada@example.com", "isVerified": true}, "phone": {"phone": "+1"},
    });
    let user =
        json!({"userId": "2", "state": "USER_STATE_ACTIVE", "preferredLoginName": "ada", "human": human});
    let claims = read(Interface::Zitadel, user).unwrap().claims;
    for (claim, value) in [
        ("given_name", json!("Ada")),
        ("name", json!("Ada L")),
        ("preferred_username", json!("ada")),
        ("picture", json!("https://p")),
        ("email_verified", json!(true)),
        ("phone_number", json!("+1")),
    ] {
        assert_eq!(claims.get(claim), Some(&value), "{claim}");
    }
    let okta = json!({"id": "o", "profile": {"login": "a", "email": "a@b.c", "firstName": "A", "mobilePhone": "+2"}});
    let claims = read(Interface::Okta, okta).unwrap().claims;
    assert_eq!((&claims["email"], &claims["phone_number"]), (&json!("a@b.c"), &json!("+2")));
    let graph = json!({"id": "oid-1", "mail": "a@b.c", "userPrincipalName": "a@t", "accountEnabled": true});
    let claims = read(Interface::Entra, graph).unwrap().claims;
    assert_eq!((&claims["oid"], &claims["email"]), (&json!("oid-1"), &json!("a@b.c")));
}

#[test]
fn another_member_may_name_the_account() {
    let user = json!({"pk": 7, "uid": "ff", "uuid": "u-u", "username": "ada", "email": "a@b.c"});
    for (member, reference) in [("pk", "7"), ("uuid", "u-u"), ("username", "ada"), ("email", "a@b.c")] {
        let heard =
            account(Interface::Authentik, user.as_object().unwrap(), Some(member), Timestamp::UNIX_EPOCH);
        assert_eq!(heard.unwrap().reference, reference);
    }
}

#[test]
fn machines_are_no_people_and_what_has_no_id_is_no_account() {
    for (of, record) in [
        (Interface::Zitadel, json!({"userId": "3", "machine": {"name": "m"}})),
        (Interface::Authentik, json!({"uid": "u", "type": "service_account", "username": "m"})),
        (Interface::Keycloak, json!({"id": "k", "username": "m", "serviceAccountClientId": "c"})),
    ] {
        assert_eq!(read(of, record), Err(NoAccount::NoPerson), "{of}");
    }
    for id in [json!(null), json!(""), json!({"a": 1}), json!("x".repeat(256))] {
        let record = json!({"id": id, "username": "ada"});
        assert_eq!(read(Interface::Keycloak, record), Err(NoAccount::Unreadable), "{id}");
    }
}

#[test]
fn secrets_and_what_changes_at_each_log_in_are_left_out() {
    let user = json!({
        "user_id": "auth0|1", "email": "a@b.c", "logins_count": 5, "last_login": "2026-01-01T00:00:00Z",
        "identities": [{"provider": "google-oauth2", "user_id": "7", "access_token": "s3cret"}],
    });
    let heard = read(Interface::Auth0, user).unwrap();
    assert!(!heard.claims.contains_key("logins_count") && !heard.claims.contains_key("last_login"));
    assert!(!serde_json::to_string(&heard.claims).unwrap().contains("s3cret"));
    assert_eq!(heard.linked, ["google-oauth2|7"], "the second account is no deletion");
}
