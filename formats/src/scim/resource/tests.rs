//! What is taken from a client, kept, and shown.

use chrono::DateTime;
use proptest::prelude::*;

use super::*;

fn read(body: Json) -> Result<Resource, Error> {
    Resource::read(body, Reference::ExternalId)
}

fn meta() -> Meta {
    let at = |text: &str| DateTime::parse_from_rfc3339(text).unwrap().to_utc();
    Meta {
        id: "0198f".into(),
        location: "https://example.com/scim/v2/main/Users/0198f".into(),
        created: at("2026-11-21T10:00:00Z"),
        last_modified: at("2026-11-22T10:00:00.5Z"),
    }
}

/// What Entra sends when it makes a user.
fn entra() -> Json {
    json!({
        "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
        "externalId": "0a21f0f2", "userName": "Test_User@testuser.com", "active": true,
        "displayName": "lennay", "emails": [{"primary": true, "type": "work", "value": "Test_User@testuser.com"}],
        "meta": {"resourceType": "User"},
        "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
        "roles": [],
    })
}

#[test]
fn a_user_is_echoed_as_sent_beside_what_the_server_adds() {
    let shown = read(entra()).unwrap().shown(&meta());
    assert_eq!(
        Json::Object(shown.clone()),
        json!({
            "schemas": [USER, "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
            "id": "0198f", "externalId": "0a21f0f2", "userName": "Test_User@testuser.com", "active": true,
            "displayName": "lennay", "emails": [{"primary": true, "type": "work", "value": "Test_User@testuser.com"}],
            "name": {"formatted": "givenName familyName", "familyName": "familyName", "givenName": "givenName"},
            "meta": {
                "resourceType": "User", "created": "2026-11-21T10:00:00Z", "lastModified": "2026-11-22T10:00:00.500Z",
                "location": "https://example.com/scim/v2/main/Users/0198f", "version": shown["meta"]["version"],
            },
        })
    );
    assert_eq!(Resource::kept(read(entra()).unwrap().attributes().clone()), read(entra()).unwrap());
}

/// Okta's documented request to make a user, and the one of RFC 7643 8.2, in short.
#[test]
fn what_okta_and_the_specification_send_is_kept_but_for_the_server_s_own() {
    let okta = json!({
        "schemas": [USER], "userName": "test.user@okta.local", "name": {"givenName": "Test", "familyName": "User"},
        "emails": [{"primary": true, "value": "test.user@okta.local", "type": "work"}], "displayName": "Test User",
        "locale": "en-US", "externalId": "00ujl29u0le5T6Aj10h7", "groups": [], "password": "1mz050nq", "active": true,
    });
    let full = json!({
        "schemas": [USER], "id": "2819c223", "externalId": "701984", "userName": "bjensen@example.com", "active": true,
        "name": {"formatted": "Ms. Barbara J Jensen, III", "familyName": "Jensen", "honorificPrefix": "Ms."},
        "emails": [{"value": "babs@jensen.org", "type": "home"}],
        "addresses": [{"type": "work", "country": "USA", "formatted": "100 Universal City Plaza\nHollywood", "primary": true}],
        "ims": [{"value": "someaimhandle", "type": "aim"}], "roles": [{"value": "r"}], "x509Certificates": [{"value": "MIID"}],
        "phoneNumbers": [{"value": "tel:+1-201-555-0123;ext=1", "type": "work"}], "password": "t1meMa$heen",
        "meta": {"resourceType": "User", "version": "W/\"a330bc54f0671c9\""},
    });
    for (sent, gone) in [(okta, vec!["groups", "password"]), (full, vec!["id", "meta", "password"])] {
        let mut expected = sent.clone();
        expected.as_object_mut().unwrap().retain(|name, _| !gone.contains(&name.as_str()));
        assert_eq!(Json::Object(read(sent).unwrap().attributes().clone()), expected);
    }
}

#[test]
fn names_are_known_whatever_their_case_and_flags_may_be_texts() {
    let body = json!({
        "USERNAME": "ada", "externalid": "1", "Active": "False", "Name": {"FAMILYNAME": "Lovelace", "Nick": "A"},
        "emails": {"VALUE": "a@example.com", "Primary": "True"}, "phonenumbers": [{"value": "(0) 20 7946"}],
    });
    let expected = json!({
        "userName": "ada", "externalId": "1", "active": false, "name": {"familyName": "Lovelace", "Nick": "A"},
        "emails": [{"value": "a@example.com", "primary": true}], "phoneNumbers": [{"value": "(0) 20 7946"}],
    });
    let resource = read(body).unwrap();
    assert_eq!(Json::Object(resource.attributes().clone()), expected);
    assert!(!resource.is_active());
}

#[test]
fn text_stays_text_where_it_is_no_flag() {
    let resource = read(json!({"userName": "True", "externalId": "False", "title": "true"})).unwrap();
    assert_eq!(resource.attributes()["userName"], "True");
    assert_eq!(resource.reference(Reference::ExternalId), Some("False"));
    assert!(resource.is_active());
}

#[test]
fn no_password_and_nothing_of_the_server_s_is_kept() {
    let body = json!({
        "userName": "ada", "externalId": "1", "password": "s3cret", "id": "theirs", "meta": {"version": "1"},
        "urn:x:2.0:User": {"Password": "s3cret", "kept": {"passWord": ["s3cret"], "x": 1}},
    });
    let resource = read(body).unwrap();
    assert_eq!(
        Json::Object(resource.attributes().clone()),
        json!({"userName": "ada", "externalId": "1", "active": true, "urn:x:2.0:User": {"kept": {"x": 1}}})
    );
    let schemas = resource.shown(&meta())["schemas"].clone();
    assert_eq!(schemas, json!([USER, "urn:x:2.0:User"]));
}

#[test]
fn a_user_without_a_name_or_a_reference_is_refused() {
    let long = "x".repeat(256);
    for (body, code) in [
        (json!({"externalId": "1"}), "invalid_value"),
        (json!({"userName": "ada"}), "invalid_value"),
        (json!({"userName": "", "externalId": "1"}), "invalid_value"),
        (json!({"userName": "ada", "externalId": ""}), "invalid_value"),
        (json!({"userName": "ada", "externalId": "a\0"}), "invalid_value"),
        (json!({"userName": "ada", "externalId": long}), "invalid_value"),
        (json!({"userName": "ada", "externalId": null}), "invalid_value"),
        (json!({"userName": "ada", "externalId": 1}), "invalid_value"),
        (json!({"userName": "ada", "externalId": "1", "active": 1}), "invalid_value"),
        (json!({"userName": "ada", "externalId": "1", "emails": "a@example.com"}), "invalid_value"),
        (json!({"userName": "ada", "externalId": "1", "emails": [{"value": 1}]}), "invalid_value"),
        (json!({"userName": "ada", "externalId": "1", "name": [{"givenName": "A"}]}), "invalid_value"),
        (json!({"userName": "ada", "USERNAME": "eve", "externalId": "1"}), "invalid_syntax"),
        (json!([]), "invalid_syntax"),
        (json!(null), "invalid_syntax"),
    ] {
        assert_eq!(read(body.clone()).expect_err("refused").code, code, "{body}");
    }
    assert!(Resource::read(json!({"userName": "ada"}), Reference::UserName).is_ok());
    assert!(Resource::read(json!({"userName": long}), Reference::UserName).is_err());
}

#[test]
fn a_user_is_bounded() {
    let with = |count: usize, size: usize| {
        let photos = vec![json!({"value": "x".repeat(size)}); count];
        read(json!({"userName": "ada", "externalId": "1", "photos": photos}))
            .err()
            .map(|error| (error.status, error.code))
    };
    assert_eq!((with(200, 1), with(201, 1)), (None, Some((413, "too_large"))));
    assert_eq!((with(1, 250 * 1024), with(1, 256 * 1024)), (None, Some((413, "too_large"))));
    let named = |count: usize| {
        let mut user = json!({"userName": "ada", "externalId": "1"});
        user["urn:x:y"] = Json::Object((0..count).map(|n| (format!("k{n}"), json!(true))).collect());
        let body = super::super::body(user.to_string().as_bytes()).err();
        (body.or(read(user).err())).map(|error| (error.status, error.code))
    };
    assert_eq!((named(4990), named(5000)), (None, Some((413, "too_large"))));
}

#[test]
fn of_several_primary_values_one_stays() {
    let emails = json!([{"value": "a", "primary": true}, {"value": "b", "primary": true}]);
    let kept = read(json!({"userName": "ada", "externalId": "1", "emails": emails})).unwrap();
    let kept =
        kept.attributes()["emails"].as_array().unwrap().iter().filter(|one| one["primary"] == true).count();
    assert_eq!(kept, 1);
}

#[test]
fn a_version_is_that_of_the_content_and_weak() {
    let (one, same) = (read(entra()).unwrap(), read(entra()).unwrap());
    let mut other = entra();
    other["active"] = json!(false);
    assert_eq!(version(&one), version(&same));
    assert_ne!(version(&one), version(&read(other).unwrap()));
    assert!(version(&one).starts_with("W/\"") && version(&one).ends_with('"'));
}

#[test]
fn if_match_lets_the_same_version_pass_and_no_other() {
    for (header, passes) in [
        (None, true),
        (Some("*"), true),
        (Some("W/\"a\""), true),
        (Some("\"a\""), true),
        (Some(" \"b\" , W/\"a\" "), true),
        (Some("W/\"b\""), false),
        (Some("a"), false),
        (Some(""), false),
    ] {
        assert_eq!(if_match(header, "W/\"a\""), passes, "{header:?}");
    }
}

proptest! {
    #[test]
    fn what_is_kept_is_read_as_it_was(name in "\\PC{1,20}", extra in "[a-z]{1,8}", text in any::<String>(), flag in any::<bool>()) {
        let body = json!({"userName": name, "externalId": "1", extra: text, "active": flag.to_string()});
        if let Ok(once) = read(body) {
            let twice = read(Json::Object(once.attributes().clone()));
            prop_assert_eq!(twice, Ok(once));
        }
    }
}
