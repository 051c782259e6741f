//! WorkOS, Logto, Keycloak, Zitadel, Okta, and security event tokens.

use super::*;

#[test]
fn workos_says_all_of_the_user() {
    let body = json!({
        "id": "event_1", "event": "user.updated", "created_at": "2026-11-30T00:00:05Z",
        "data": {
            "object": "user", "id": "user_1", "email": "ada@example.com", "email_verified": true, "first_name": "Ada",
            "last_name": null, "profile_picture_url": null, "updated_at": "2026-11-30T00:00:00Z",
        },
    });
    let heard = heard("workos", body.clone());
    assert_eq!((heard.reference.as_str(), &heard.claims["given_name"]), ("user_1", &json!("Ada")));
    assert_eq!(heard.extent, full(["email", "email_verified", "given_name", "family_name", "picture"]));
    assert_eq!(heard.at.unwrap().timestamp(), 1_795_996_800);
    let deleted = super::heard("workos", with(&body, json!({"event": "user.deleted"})));
    assert_eq!((deleted.standing, deleted.at.unwrap().timestamp()), (Some(Standing::Deleted), 1_795_996_805));
    assert_eq!(said("workos", with(&body, json!({"event": "dsync.user.deleted"}))), Said::Ignored);
}

fn logto() -> Json {
    json!({
        "event": "User.Data.Updated", "createdAt": "2026-11-30T00:00:00Z", "hookId": "h", "method": "PATCH",
        "path": "/users/u1", "status": 200, "params": {"userId": "u1"}, "matchedRoute": "/users/:userId",
        "data": {
            "id": "u1", "username": "ada", "primaryEmail": null, "primaryPhone": "+44", "name": "Ada", "avatar": null,
            "customData": {"plan": "x"}, "profile": {"familyName": "Lovelace", "preferredUsername": "nick"}, "isSuspended": true,
        },
    })
}

#[test]
fn what_logto_s_data_is_follows_from_the_path() {
    let message = one("logto", logto());
    let Said::Heard(whole) = message.said else { panic!("a whole user") };
    assert_eq!((whole.reference.as_str(), whole.standing), ("u1", Some(Standing::Blocked)));
    assert_eq!(
        (&whole.claims["preferred_username"], &whole.claims["family_name"]),
        (&json!("ada"), &json!("Lovelace"))
    );
    assert!(message.id.len() == 64 && message.id != one("logto", with(&logto(), json!({"hookId": "i"}))).id);
    let profile = with(
        &logto(),
        json!({"path": "/users/u1/profile", "data": {"givenName": "Ada", "preferredUsername": "nick"}}),
    );
    let Said::Changed(part) = said("logto", profile) else { panic!("a part") };
    assert_eq!(
        (claims(&part), part.extent, part.standing),
        (json!({"given_name": "Ada"}), Extent::Partial, None)
    );
    let custom = json!({"path": "/users/u1/custom-data", "data": {"id": "u2", "name": "Eve", "primaryEmail": "e", "isSuspended": true}});
    let custom = heard("logto", with(&logto(), custom));
    assert_eq!((custom.reference.as_str(), custom.standing, custom.claims.len()), ("u1", None, 1));
    assert_eq!(custom.claims["customData"]["name"], "Eve");
    let other =
        heard("logto", with(&logto(), json!({"path": "/users/u1/password", "data": {"hasPassword": true}})));
    assert_eq!((other.claims.len(), other.standing), (0, None));
}

#[test]
fn logto_names_one_person_or_none() {
    let gone = json!({"event": "User.Deleted", "data": null, "method": "DELETE"});
    assert_eq!(heard("logto", with(&logto(), gone)).standing, Some(Standing::Deleted));
    let two = with(&logto(), json!({"params": {"userId": "u2"}}));
    assert_eq!(said("logto", two), Said::Unreadable(Unreadable::NoReference));
    let none = with(&logto(), json!({"params": null, "data": null}));
    assert_eq!(said("logto", none), Said::Unreadable(Unreadable::NoReference));
    let made = json!({"event": "PostRegister", "createdAt": "2026-11-30T00:00:00Z", "userId": "u1", "user": logto()["data"]});
    assert_eq!(heard("logto", made).reference, "u1");
    for kind in ["PostSignIn", "Role.Deleted", "Organization.Membership.Updated"] {
        assert_eq!(said("logto", with(&logto(), json!({"event": kind}))), Said::Ignored);
    }
}

fn keycloak() -> Json {
    json!({
        "uid": "e1", "time": 1_795_996_800_123_i64, "realmId": "acme", "type": "admin.USER-UPDATE", "operationType": "UPDATE",
        "resourceType": "USER", "resourcePath": "users/ada-id", "resourceId": "ada-id", "details": {},
        "authDetails": {"realmId": "master", "clientId": "c", "userId": "admin-id", "username": "admin"},
        "representation": r#"{"id":"x","username":"ada","email":"ada@example.com","emailVerified":true,"enabled":false,"credentials":[{"value":"s3cret"}]}"#,
    })
}

#[test]
fn an_administrator_at_keycloak_is_not_the_one_it_is_about() {
    let message = one("keycloak", keycloak());
    let Said::Changed(heard) = message.said else { panic!("a part") };
    assert_eq!(
        (heard.reference.as_str(), heard.standing, heard.extent.clone()),
        ("ada-id", Some(Standing::Blocked), Extent::Partial)
    );
    assert_eq!(
        (&heard.claims["preferred_username"], &heard.claims["email_verified"]),
        (&json!("ada"), &json!(true))
    );
    assert!(!claims(&heard).to_string().contains("s3cret"));
    assert_eq!((message.id.as_str(), message.at.unwrap().timestamp_millis()), ("e1", 1_795_996_800_123));
    let deleted =
        with(&keycloak(), json!({"type": "admin.USER-DELETE", "resourceId": null, "representation": null}));
    let deleted = super::heard("keycloak", deleted);
    assert_eq!((deleted.reference.as_str(), deleted.standing), ("ada-id", Some(Standing::Deleted)));
    for changes in [
        json!({"resourceId": "eve-id"}),
        json!({"resourceId": null, "resourcePath": null}),
        json!({"resourceId": null, "resourcePath": "users/ada-id/logout"}),
        json!({"resourceId": null, "resourcePath": "users/"}),
    ] {
        let said = said("keycloak", with(&keycloak(), changes.clone()));
        assert_eq!(said, Said::Unreadable(Unreadable::NoReference), "{changes}");
    }
}

#[test]
fn a_person_at_keycloak_is_whom_it_is_about() {
    let by_person = |kind: &str, details: Json| {
        with(
            &keycloak(),
            json!({"type": kind, "details": details, "resourcePath": null, "resourceId": null, "representation": null}),
        )
    };
    let heard = heard(
        "keycloak",
        by_person("access.UPDATE_PROFILE", json!({"updated_first_name": "Ada", "previous_first_name": "A"})),
    );
    assert_eq!((heard.reference.as_str(), claims(&heard)), ("admin-id", json!({"given_name": "Ada"})));
    let heard =
        super::heard("keycloak", by_person("access.VERIFY_EMAIL", json!({"email": "ada@example.com"})));
    assert_eq!(claims(&heard), json!({"email": "ada@example.com", "email_verified": true}));
    let heard = super::heard("keycloak", by_person("access.DELETE_ACCOUNT", json!({})));
    assert_eq!(heard.standing, Some(Standing::Deleted));
    let heard = super::heard("keycloak", by_person("access.USER_DISABLED_BY_PERMANENT_LOCKOUT", json!({})));
    assert_eq!(heard.standing, Some(Standing::Blocked));
    for kind in [
        "access.LOGIN",
        "access.UPDATE_PROFILE_ERROR",
        "access.LOGOUT",
        "admin.GROUP_MEMBERSHIP-DELETE",
        "admin.USER-ACTION",
        "system.X",
    ] {
        assert_eq!(said("keycloak", by_person(kind, json!({}))), Said::Ignored, "{kind}");
    }
    let failed = with(&by_person("access.DELETE_ACCOUNT", json!({})), json!({"error": "user_not_found"}));
    assert_eq!(said("keycloak", failed), Said::Ignored);
}

#[test]
fn a_bearer_token_of_keycloak_is_bound_to_one_body() {
    // printf '{}' | openssl dgst -sha256
    let payload =
        json!({"request_body_sha256": "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"});
    assert!(is_body_of(payload.as_object().unwrap(), b"{}"));
    assert!(!is_body_of(payload.as_object().unwrap(), b"{} "));
    assert!(!is_body_of(&serde_json::Map::new(), b"{}"));
}

fn zitadel() -> Json {
    json!({
        "aggregateID": "ada-id", "aggregateType": "user", "resourceOwner": "org", "instanceID": "i", "version": "v2", "sequence": 7,
        "event_type": "user.human.profile.changed", "created_at": "2026-11-30T00:00:00.5Z", "userID": "admin-id",
        "event_payload": {"displayName": "Ada", "preferredLanguage": "en", "encodedHash": "s3cret"},
    })
}

#[test]
fn zitadel_s_aggregate_is_whom_it_is_about_and_its_user_who_did_it() {
    let message = one("zitadel", zitadel());
    assert_eq!(message.id, "ada-id:7");
    let Said::Changed(heard) = message.said else { panic!("a part") };
    assert_eq!(
        (heard.reference.as_str(), claims(&heard)),
        ("ada-id", json!({"name": "Ada", "locale": "en"}))
    );
    for (kind, standing) in [
        ("user.removed", Some(Standing::Deleted)),
        ("user.deactivated", Some(Standing::Blocked)),
        ("user.locked", Some(Standing::Blocked)),
        ("user.reactivated", Some(Standing::Present)),
        ("user.unlocked", Some(Standing::Present)),
        ("user.human.email.verified", None),
    ] {
        let heard =
            super::heard("zitadel", with(&zitadel(), json!({"event_type": kind, "event_payload": null})));
        assert_eq!(
            (heard.reference.as_str(), heard.standing, heard.claims.len()),
            ("ada-id", standing, 0),
            "{kind}"
        );
    }
    let removed =
        super::heard("zitadel", with(&zitadel(), json!({"event_type": "user.human.phone.removed"})));
    assert_eq!((removed.claims.len(), removed.extent), (0, full(["phone_number", "phone_number_verified"])));
    assert_eq!(
        said("zitadel", with(&zitadel(), json!({"aggregateType": "org", "event_type": "user.removed"}))),
        Said::Ignored
    );
    assert_eq!(
        said("zitadel", with(&zitadel(), json!({"event_type": "user.human.password.changed"}))),
        Said::Ignored
    );
    assert_eq!(read("zitadel", &with(&zitadel(), json!({"sequence": null}))), Err(Unreadable::NotThisFormat));
}

fn okta(kind: &str, changes: Json) -> Json {
    let event = json!({
        "uuid": format!("u-{kind}"), "published": "2026-11-30T00:00:00.000Z", "eventType": kind, "outcome": {"result": "SUCCESS"},
        "actor": {"id": "00uadmin", "type": "User", "alternateId": "admin@example.com"},
        "target": [{"id": "app1", "type": "AppInstance"}, {"id": "00uada", "type": "User", "alternateId": "ada@example.com"}],
    });
    with(&event, changes)
}

#[test]
fn okta_s_events_are_several_and_each_is_about_its_target() {
    let events = json!([
        okta("user.lifecycle.suspend", json!({})),
        okta("user.account.update_profile", json!({})),
        okta("user.lifecycle.delete.initiated", json!({})),
        okta("user.lifecycle.deactivate", json!({"outcome": {"result": "FAILURE"}})),
        okta("user.lifecycle.activate", json!({"target": null})),
        okta(
            "user.lifecycle.deactivate",
            json!({"target": [{"id": "a", "type": "User"}, {"id": "b", "type": "User"}]})
        ),
        okta("user.session.start", json!({})),
    ]);
    let all = read(
        "okta",
        &json!({"eventType": "com.okta.event_hook", "eventId": "e", "data": {"events": events}}),
    )
    .unwrap();
    let standings: Vec<_> = all
        .iter()
        .map(|message| match &message.said {
            Said::Changed(heard) | Said::Heard(heard) => {
                assert_eq!(heard.reference, "00uada");
                format!("{:?}", heard.standing)
            }
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(
        standings,
        [
            "Some(Blocked)",
            "None",
            "Some(Deleted)",
            "Ignored",
            "Unreadable(NoReference)",
            "Unreadable(NoReference)",
            "Ignored"
        ]
    );
    assert_eq!(all[0].id, "u-user.lifecycle.suspend");
    assert_eq!(read("okta", &json!({"data": {}})), Err(Unreadable::NotThisFormat));
}

#[test]
fn okta_s_question_is_answered_with_what_it_asked() {
    assert_eq!(challenge(Some("Abc-1")), Some(json!({"verification": "Abc-1"})));
    let long = "x".repeat(1025);
    for odd in [None, Some(""), Some("a b"), Some("é"), Some("a\n"), Some(long.as_str())] {
        assert_eq!(challenge(odd), None, "{odd:?}");
    }
}

const RISC: &str = "https://schemas.openid.net/secevent/risc/event-type/";
const CAEP: &str = "https://schemas.openid.net/secevent/caep/event-type/";

fn set(event: String, detail: Json) -> Json {
    json!({
        "iss": "https://sender.example", "jti": "j1", "iat": 1_795_996_810, "aud": "client", "events": {event: detail},
        "sub_id": {"format": "iss_sub", "iss": ISSUER, "sub": "ada"},
    })
}

#[test]
fn a_security_event_says_what_became_of_the_account() {
    for (event, standing) in [
        ("account-disabled", Standing::Blocked),
        ("account-enabled", Standing::Present),
        ("account-purged", Standing::Deleted),
    ] {
        let heard = heard("set", set(format!("{RISC}{event}"), json!({})));
        assert_eq!((heard.reference.as_str(), heard.standing), ("ada", Some(standing)), "{event}");
    }
    let caep = set(format!("{CAEP}session-revoked"), json!({"event_timestamp": 1_795_996_800}));
    let message = one("set", caep);
    assert_eq!(
        (message.said, message.at.unwrap().timestamp()),
        (Said::SessionsEnded("ada".into()), 1_795_996_800)
    );
    let claims_changed =
        heard("set", set(format!("{CAEP}token-claims-change"), json!({"claims": {"name": "Ada"}})));
    assert_eq!(claims(&claims_changed), json!({"name": "Ada"}));
    assert_eq!(said("set", set(format!("{CAEP}credential-change"), json!({}))), Said::Ignored);
    assert_eq!(
        said(
            "set",
            set(
                "https://schemas.openid.net/secevent/ssf/event-type/verification".into(),
                json!({"state": "x"})
            )
        ),
        Said::Ignored
    );
}

#[test]
fn the_subject_of_a_security_event_is_this_issuer_s() {
    let kind = format!("{RISC}account-purged");
    let body = set(kind.clone(), json!({}));
    let subject = |subject: Json| said("set", with(&body, json!({"sub_id": subject})));
    let other = json!({"format": "iss_sub", "iss": "https://other.example", "sub": "ada"});
    assert_eq!(subject(other), Said::Unreadable(Unreadable::AnotherIssuer));
    for odd in [
        json!({"format": "email", "email": "ada@example.com"}),
        json!({"format": "iss_sub", "sub": "ada"}),
        json!({"format": "iss_sub", "iss": ISSUER}),
        json!({"iss": ISSUER, "sub": "ada"}),
    ] {
        assert_eq!(subject(odd.clone()), Said::Unreadable(Unreadable::NoReference), "{odd}");
    }
    let complex = json!({"format": "complex", "user": {"format": "iss_sub", "iss": ISSUER, "sub": "ada"}, "session": {"format": "opaque", "id": "s"}});
    assert!(matches!(subject(complex), Said::Heard(heard) if heard.reference == "ada"));
    let older = json!({"subject": {"subject_type": "iss-sub", "iss": ISSUER, "sub": "eve"}});
    let older = with(&set(kind, older), json!({"sub_id": null, "sub": "someone"}));
    assert_eq!(heard("set", older).reference, "eve");
}

#[test]
fn several_events_of_one_token_are_several_messages() {
    let mut body = set(format!("{RISC}account-disabled"), json!({}));
    body["events"][format!("{CAEP}session-revoked")] = json!({});
    let all = read("set", &body).unwrap();
    assert!(all.len() == 2 && all[0].id != all[1].id && all.iter().all(|one| one.id.starts_with("j1#")));
    for changes in [json!({"events": {}}), json!({"events": null}), json!({"events": "x"})] {
        assert_eq!(read("set", &with(&body, changes)), Err(Unreadable::AnotherToken));
    }
    assert_eq!(read("set", &with(&body, json!({"jti": null}))), Err(Unreadable::NotThisFormat));
}
