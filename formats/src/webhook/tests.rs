//! What each provider's deliveries say, and the trap of each.

mod others;

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;
use crate::heard::full;
use identity::{Extent, Standing};

const ISSUER: &str = "https://one.example";

fn read(format: &str, body: &Json) -> Result<Vec<Message>, Unreadable> {
    let header = |name: &str| (name == "webhook-id").then_some("msg_1");
    let body = body.to_string();
    Delivery { header: &header, body: body.as_bytes(), issuer: ISSUER }.read(format.parse().unwrap())
}

fn one(format: &str, body: Json) -> Message {
    let mut all = read(format, &body).unwrap_or_else(|error| panic!("{body}: {error}"));
    assert_eq!(all.len(), 1, "{body}");
    all.remove(0)
}

fn said(format: &str, body: Json) -> Said {
    one(format, body).said
}

/// What is heard, in full or as a part.
fn heard(format: &str, body: Json) -> Heard {
    match said(format, body.clone()) {
        Said::Heard(heard) | Said::Changed(heard) => heard,
        other => panic!("{body}: {other:?}"),
    }
}

/// Members of an object with others in their place; null takes one away.
fn with(body: &Json, changes: Json) -> Json {
    let mut body = body.clone();
    for (name, value) in changes.as_object().unwrap() {
        match value {
            Json::Null => body.as_object_mut().unwrap().remove(name),
            value => body.as_object_mut().unwrap().insert(name.clone(), value.clone()),
        };
    }
    body
}

fn claims(heard: &Heard) -> Json {
    Json::Object(heard.claims.clone())
}

#[test]
fn what_is_no_object_is_not_understood_in_any_format() {
    for format in <Format as strum::VariantArray>::VARIANTS {
        for body in [json!(null), json!([]), json!("x"), json!(1)] {
            assert_eq!(read(&format.to_string(), &body), Err(Unreadable::NotAnObject), "{format}");
        }
        let bytes = b"{\"type\": \"\xff\"}";
        let delivery = Delivery { header: &|_| None, body: bytes, issuer: ISSUER };
        assert_eq!(delivery.read(*format), Err(Unreadable::NotAnObject), "{format}");
        assert!(read(&format.to_string(), &json!({})).is_err(), "{format}");
    }
}

fn kinde() -> Json {
    json!({
        "type": "user.updated", "event_id": "event_1", "event_timestamp": "2026-11-30T00:00:00Z", "source": "admin",
        "timestamp": "2026-11-30T00:00:01Z",
        "data": {"user": {
            "id": "kp_1", "email": "ada@example.com", "first_name": "Ada", "last_name": "Lovelace", "username": "ada",
            "phone": null, "is_suspended": false, "is_password_reset_requested": false,
            "organizations": [{"code": "org_1", "roles": null, "permissions": null}],
        }},
    })
}

#[test]
fn kinde_says_a_part_of_the_user() {
    let message = one("kinde", kinde());
    assert_eq!((message.id.as_str(), message.kind.as_str()), ("event_1", "user.updated"));
    assert_eq!(message.at.unwrap().to_rfc3339(), "2026-11-30T00:00:00+00:00");
    let Said::Changed(heard) = message.said else { panic!("a part") };
    assert_eq!(
        (heard.reference.as_str(), &heard.extent, heard.standing),
        ("kp_1", &Extent::Partial, Some(Standing::Present))
    );
    assert_eq!(
        (&heard.claims["given_name"], &heard.claims["preferred_username"]),
        (&json!("Ada"), &json!("ada"))
    );
    assert_eq!(heard.claims["organizations"][0]["code"], "org_1");
    let suspended = with(&kinde(), json!({"data": {"user": {"id": "kp_1", "is_suspended": true}}}));
    assert_eq!(super::tests::heard("kinde", suspended).standing, Some(Standing::Blocked));
    let deleted = with(&kinde(), json!({"type": "user.deleted", "data": {"user": {"id": "kp_1"}}}));
    assert_eq!(super::tests::heard("kinde", deleted).standing, Some(Standing::Deleted));
}

#[test]
fn another_token_of_the_kinde_tenant_is_no_webhook() {
    for changes in [
        json!({"sub": "kp_1"}),
        json!({"aud": ["https://one.example"]}),
        json!({"aud": []}),
        json!({"nonce": "n"}),
        json!({"type": null}),
        json!({"event_id": null}),
        json!({"data": null}),
        json!({"data": "x"}),
    ] {
        assert_eq!(
            read("kinde", &with(&kinde(), changes.clone())),
            Err(Unreadable::AnotherToken),
            "{changes}"
        );
    }
    let id_token =
        json!({"sub": "kp_1", "aud": ["client"], "iss": ISSUER, "email": "ada@example.com", "iat": 1});
    assert_eq!(read("kinde", &id_token), Err(Unreadable::AnotherToken));
}

#[test]
fn kinde_s_other_events_are_ignored_and_an_odd_user_is_kept_aside() {
    for kind in ["user.authenticated", "organization.created", "role.updated"] {
        assert_eq!(said("kinde", with(&kinde(), json!({"type": kind}))), Said::Ignored);
    }
    for data in [
        json!({}),
        json!({"user": {}}),
        json!({"user": {"id": ""}}),
        json!({"user": {"id": 1}}),
        json!({"user": {"id": "x".repeat(256)}}),
    ] {
        assert_eq!(
            said("kinde", with(&kinde(), json!({"data": data}))),
            Said::Unreadable(Unreadable::NoReference),
            "{data}"
        );
    }
}

#[test]
fn standard_webhooks_are_told_by_their_type() {
    let body =
        |kind: &str, data: Json| json!({"type": kind, "timestamp": "2026-11-30T00:00:00Z", "data": data});
    let heard = heard(
        "standard",
        body("user.updated", json!({"sub": "ada", "id": "other", "name": "Ada", "email_verified": true})),
    );
    assert_eq!(
        (heard.reference.as_str(), &heard.claims["name"], heard.extent.clone()),
        ("ada", &json!("Ada"), Extent::Partial)
    );
    assert_eq!(super::tests::heard("standard", body("users_created", json!({"id": "ada"}))).reference, "ada");
    let gone = super::tests::heard("standard", body("account.deleted", json!({"sub": "ada"})));
    assert_eq!((gone.standing, gone.at.unwrap().timestamp()), (Some(Standing::Deleted), 1_795_996_800));
    for (kind, data) in [
        ("session.deleted", json!({"sub": "ada"})),
        ("organization.deleted", json!({"id": "org"})),
        ("user.signed_in", json!({"sub": "ada"})),
        ("user.deleted", json!({"object": "session", "id": "sess_1", "user_id": "ada"})),
        ("organizationMembership.deleted", json!({"object": "organization_membership", "id": "1"})),
    ] {
        assert_eq!(said("standard", body(kind, data)), Said::Ignored, "{kind}");
    }
    assert_eq!(said("standard", body("user.updated", json!({}))), Said::Unreadable(Unreadable::NoReference));
    assert_eq!(
        said("standard", body("user.updated", json!({"sub": "", "id": "x"}))),
        Said::Unreadable(Unreadable::NoReference)
    );
    assert_eq!(one("standard", body("user.updated", json!({"sub": "ada"}))).id, "msg_1");
}

fn clerk() -> Json {
    json!({
        "type": "user.updated", "object": "event", "timestamp": 1_795_996_800_123_i64, "instance_id": "ins_1",
        "data": {
            "object": "user", "id": "user_1", "first_name": "Ada", "last_name": null, "username": null, "password_enabled": true,
            "image_url": "https://example.com/a.png", "banned": false, "locked": true, "updated_at": 1_795_996_799_000_i64,
            "primary_email_address_id": "idn_2", "primary_phone_number_id": null,
            "email_addresses": [
                {"id": "idn_1", "email_address": "old@example.com", "verification": {"status": "verified"}},
                {"id": "idn_2", "email_address": "ada@example.com", "verification": {"status": "unverified"}},
            ],
            "phone_numbers": [{"id": "idn_3", "phone_number": "+44", "verification": {"status": "verified"}}],
        },
    })
}

#[test]
fn clerk_s_user_is_whole_and_its_primary_addresses_count() {
    let message = one("standard", clerk());
    let Said::Heard(heard) = message.said else { panic!("a whole user") };
    assert_eq!(heard.at.unwrap().timestamp_millis(), 1_795_996_799_000);
    assert_eq!(
        (&heard.claims["email"], &heard.claims["email_verified"]),
        (&json!("ada@example.com"), &json!(false))
    );
    assert_eq!((heard.claims.get("phone_number"), heard.standing), (None, Some(Standing::Present)));
    assert!(heard.extent != Extent::Partial);
    let mut banned = clerk();
    banned["data"]["banned"] = json!(true);
    assert_eq!(super::tests::heard("standard", banned).standing, Some(Standing::Blocked));
    let deleted = with(
        &clerk(),
        json!({"type": "user.deleted", "data": {"object": "user", "id": "user_1", "deleted": true}}),
    );
    assert_eq!(super::tests::heard("standard", deleted).standing, Some(Standing::Deleted));
}

fn auth0() -> Json {
    json!({
        "id": "evt_1", "specversion": "1.0", "source": "urn:auth0:acme.auth0app.com", "type": "user.updated",
        "time": "2026-11-30T00:00:00.123Z", "a0tenant": "acme", "a0stream": "est_1",
        "data": {"object": {
            "user_id": "auth0|1", "email": "ada@example.com", "email_verified": true, "username": "ada", "blocked": false,
            "created_at": "2026-01-01T00:00:00Z", "phone_number": "+44", "phone_verified": false,
            "identities": [
                {"connection": "db", "provider": "auth0", "user_id": "1", "isSocial": false},
                {"connection": "google-oauth2", "provider": "google-oauth2", "user_id": "77", "isSocial": true, "access_token": "t0ken"},
                {"connection": "sms", "provider": "sms", "user_id": "sms|5"}, {"provider": "github", "user_id": 9},
            ],
        }},
    })
}

#[test]
fn auth0_says_all_of_the_user_and_who_is_one_with_it() {
    let message = one("auth0", auth0());
    let Said::Heard(heard) = message.said else { panic!("a whole user") };
    assert_eq!((heard.reference.as_str(), heard.standing), ("auth0|1", Some(Standing::Present)));
    assert_eq!(heard.linked, ["google-oauth2|77", "sms|5", "github|9"]);
    assert_eq!(
        (&heard.claims["preferred_username"], &heard.claims["phone_number_verified"]),
        (&json!("ada"), &json!(false))
    );
    assert!(!claims(&heard).to_string().contains("t0ken"));
    assert_eq!(message.at.unwrap().timestamp_millis(), 1_795_996_800_123);
    for (blocked, standing) in [(json!(true), Standing::Blocked), (json!(null), Standing::Present)] {
        let mut body = auth0();
        body["data"]["object"]["blocked"] = blocked;
        assert_eq!(super::tests::heard("auth0", body).standing, Some(standing));
    }
    let deleted = super::tests::heard("auth0", with(&auth0(), json!({"type": "com.auth0.user.deleted"})));
    assert_eq!((deleted.standing, deleted.claims.len()), (Some(Standing::Deleted), 0));
    assert_eq!(said("auth0", with(&auth0(), json!({"a0purpose": "test"}))), Said::Ignored);
    assert_eq!(said("auth0", with(&auth0(), json!({"type": "organization.deleted"}))), Said::Ignored);
}

fn any_json() -> impl Strategy<Value = Json> {
    let names = [
        "type",
        "event",
        "event_type",
        "eventType",
        "id",
        "sub",
        "data",
        "user",
        "object",
        "identities",
        "provider",
        "user_id",
        "event_id",
        "uid",
        "time",
        "timestamp",
        "representation",
        "resourcePath",
        "authDetails",
        "userId",
        "params",
        "path",
        "aggregateID",
        "aggregateType",
        "sequence",
        "event_payload",
        "events",
        "target",
        "uuid",
        "jti",
        "sub_id",
        "format",
        "iss",
        "email_addresses",
        "primary_email_address_id",
        "profile",
        "primaryEmail",
        "createdAt",
        "updated_at",
    ];
    let kinds = [
        "user.updated",
        "user.deleted",
        "User.Data.Updated",
        "admin.USER-UPDATE",
        "access.UPDATE_PROFILE",
        "user",
        "User",
        "user.human.added",
        "user.lifecycle.suspend",
        "users/x",
        "iss_sub",
        ISSUER,
        "2026-11-30T00:00:00Z",
        "{\"enabled\":0}",
        "é",
        "",
    ];
    let leaf = prop_oneof![
        prop::sample::select(kinds.to_vec()).prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        any::<f64>().prop_map(Json::from),
        any::<bool>().prop_map(Json::from),
        Just(Json::Null),
    ];
    leaf.prop_recursive(4, 64, 8, move |inner| {
        let name = prop::sample::select(names.to_vec()).prop_map(str::to_owned);
        let object = prop::collection::hash_map(name, inner.clone(), 0..12);
        prop_oneof![
            3 => object.prop_map(|object| Json::Object(object.into_iter().collect())),
            1 => prop::collection::vec(inner, 0..4).prop_map(Json::from),
        ]
    })
}

#[test]
fn a_delivery_of_several_messages_comes_apart_into_those_that_it_says() {
    let okta = json!({"eventId": "x", "data": {"events": [
        {"uuid": "1", "eventType": "group.add", "target": []}, {"uuid": "2", "eventType": "group.add", "target": []}]}});
    let set = json!({"jti": "j", "iat": 1_795_996_800, "events": {"urn:a": {}, "urn:b": {}}});
    for (format, body) in [(Format::Okta, okta), (Format::Set, set)] {
        let bytes = body.to_string().into_bytes();
        let delivery = Delivery { header: &|_| None, body: &bytes, issuer: ISSUER };
        let all = delivery.split(format).unwrap();
        let messages: Vec<Message> = all.iter().map(|(message, _)| message.clone()).collect();
        assert_eq!((all.len(), messages), (2, delivery.read(format).unwrap()));
        for (message, part) in all {
            let part = part.unwrap();
            let alone = Delivery { header: &|_| None, body: &part, issuer: ISSUER }.split(format).unwrap();
            let [(only, None)] = &alone[..] else { panic!("{alone:?}") };
            assert_eq!((&only.kind, &only.said), (&message.kind, &message.said));
        }
    }
}

proptest! {
    #[test]
    fn no_body_makes_a_reader_panic_and_whoever_is_named_can_be(body in any_json()) {
        for format in <Format as strum::VariantArray>::VARIANTS {
            for message in read(&format.to_string(), &body).unwrap_or_default() {
                if let Said::Heard(heard) | Said::Changed(heard) = message.said {
                    prop_assert!(crate::heard::is_reference(&heard.reference));
                }
            }
        }
    }
}
