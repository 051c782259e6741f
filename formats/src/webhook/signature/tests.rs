//! Deliveries signed by others' libraries (`vectors.json` says by which, and how), and what must not be believed.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::super::{Delivery, Format};
use super::*;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(seconds, 0).unwrap()
}

/// A delivery as it was made, and what it must be verified with.
fn verified(format: Format, headers: &Json, body: &str, secrets: &[&str], now: i64) -> Result<(), Refused> {
    let header = |name: &str| headers.get(name).and_then(Json::as_str);
    Delivery { header: &header, body: body.as_bytes(), issuer: "https://one.example" }.verify(
        format,
        secrets,
        at(now),
    )
}

struct Vector {
    format: Format,
    headers: Json,
    body: String,
    secret: String,
    now: i64,
}

fn vectors() -> Vec<Vector> {
    let all: Vec<Json> = serde_json::from_str(include_str!("../vectors.json")).unwrap();
    let vector = |one: &Json| Vector {
        format: one["format"].as_str().unwrap().parse().unwrap(),
        headers: one["headers"].clone(),
        body: one["body"].as_str().unwrap().to_owned(),
        secret: one["secret"].as_str().unwrap().to_owned(),
        now: one["now"].as_i64().unwrap(),
    };
    all.iter().map(vector).collect()
}

impl Vector {
    fn verified(&self, secrets: &[&str]) -> Result<(), Refused> {
        verified(self.format, &self.headers, &self.body, secrets, self.now)
    }
}

#[test]
fn what_others_signed_is_believed_by_either_of_two_secrets() {
    assert!(vectors().len() >= 8);
    for vector in vectors() {
        assert_eq!(vector.verified(&[&vector.secret]), Ok(()), "{}", vector.format);
        assert_eq!(vector.verified(&["whsec_b3RoZXI=", &vector.secret]), Ok(()), "{}", vector.format);
        assert_eq!(vector.verified(&[&vector.secret, "whsec_b3RoZXI="]), Ok(()), "{}", vector.format);
        assert_eq!(vector.verified(&["whsec_b3RoZXI="]), Err(Refused::WrongSignature), "{}", vector.format);
    }
}

#[test]
fn a_changed_body_or_header_is_not_believed() {
    for vector in vectors() {
        let body = vector.body.replace("user", "uses");
        let result = verified(vector.format, &vector.headers, &body, &[&vector.secret], vector.now);
        assert_eq!(result, Err(Refused::WrongSignature), "{}", vector.format);
        for name in vector.headers.as_object().unwrap().keys() {
            let mut headers = vector.headers.clone();
            headers.as_object_mut().unwrap().remove(name);
            let result = verified(vector.format, &headers, &vector.body, &[&vector.secret], vector.now);
            assert_eq!(result, Err(Refused::NoSignature), "{} {name}", vector.format);
        }
    }
}

#[test]
fn the_signed_time_must_be_now_and_where_none_is_signed_age_does_not_count() {
    for vector in vectors() {
        let has_time = !matches!(vector.format, Format::Logto | Format::Keycloak);
        for (off, in_time) in
            [(-300, true), (300, true), (-301, !has_time), (301, !has_time), (1_000_000, !has_time)]
        {
            let now = vector.now + off;
            let result = verified(vector.format, &vector.headers, &vector.body, &[&vector.secret], now);
            assert_eq!(
                result,
                if in_time { Ok(()) } else { Err(Refused::WrongTime) },
                "{} {off}",
                vector.format
            );
        }
    }
}

#[test]
fn the_published_vector_of_standard_webhooks_is_believed() {
    let headers = json!({
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek", "webhook-timestamp": "1614265330",
        "webhook-signature": "v1a,x v1,AAAA v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    });
    for secret in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"] {
        let result =
            verified(Format::Standard, &headers, r#"{"test": 2432232314}"#, &[secret], 1_614_265_330);
        assert_eq!(result, Ok(()));
    }
    let spaces = verified(
        Format::Standard,
        &headers,
        r#"{"test":2432232314}"#,
        &["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"],
        1_614_265_330,
    );
    assert_eq!(spaces, Err(Refused::WrongSignature));
}

#[test]
fn headers_of_two_families_do_not_make_one_proof() {
    let vector = vectors().into_iter().find(|one| one.headers.get("svix-id").is_some()).unwrap();
    let mut headers = vector.headers.clone();
    headers["webhook-id"] = json!("msg_other");
    let result = verified(Format::Standard, &headers, &vector.body, &[&vector.secret], vector.now);
    assert_eq!(result, Err(Refused::NoSignature));
}

#[test]
fn a_static_header_is_compared_with_and_without_its_scheme() {
    for format in [Format::Auth0, Format::Okta] {
        for (header, secret, believed) in [
            ("Bearer s3cret", "s3cret", true),
            ("bearer s3cret", "s3cret", true),
            ("s3cret", "s3cret", true),
            ("s3cret", "Bearer s3cret", true),
            ("Bearer s3cret", "Bearer s3cret", true),
            ("Bearer s3cre", "s3cret", false),
            ("Bearer s3crets", "s3cret", false),
            ("Basic s3cret", "s3cret", false),
            ("Bearer ", "s3cret", false),
            ("Bearer ", "Bearer ", false),
            ("", "s3cret", false),
        ] {
            let result = verified(format, &json!({"authorization": header}), "{}", &[secret], 0);
            assert_eq!(result.is_ok(), believed, "{header:?} {secret:?}");
        }
        assert_eq!(verified(format, &json!({}), "{}", &["s3cret"], 0), Err(Refused::NoSignature));
    }
}

#[test]
fn without_a_secret_nothing_is_believed() {
    for vector in vectors() {
        assert_eq!(vector.verified(&[]), Err(Refused::NoSecret), "{}", vector.format);
        assert_eq!(vector.verified(&[""]), Err(Refused::NoSecret), "{}", vector.format);
    }
    let standard = &vectors()[0];
    assert_eq!(standard.verified(&["whsec_"]), Err(Refused::NoSecret));
    assert_eq!(standard.verified(&["whsec_???"]), Err(Refused::NoSecret));
    assert_eq!(verified(Format::Okta, &json!({"authorization": ""}), "{}", &[""], 0), Err(Refused::NoSecret));
}

#[test]
fn tokens_are_not_verified_here() {
    for format in [Format::Kinde, Format::Set] {
        assert_eq!(verified(format, &json!({}), "{}", &["s3cret"], 0), Err(Refused::NeedsKeys));
    }
}

#[test]
fn headers_that_are_none_are_refused() {
    let vector = vectors().into_iter().find(|one| one.format == Format::Zitadel).unwrap();
    let signed = vector.headers["zitadel-signature"].as_str().unwrap();
    let signature = signed.split_once("v1=").unwrap().1;
    for (header, refused) in [
        (format!("t={},v1=00,v1={signature}", vector.now), None),
        (format!("v1={signature},v0=x,t={}", vector.now), None),
        (format!("t={0},t={0},v1={signature}", vector.now), Some(Refused::NoSignature)),
        (format!("v1={signature}"), Some(Refused::NoSignature)),
        (format!("t={}", vector.now), Some(Refused::NoSignature)),
        (format!("t=+{},v1={signature}", vector.now), Some(Refused::NoSignature)),
        (format!("t=99999999999999999999,v1={signature}"), Some(Refused::NoSignature)),
        (format!("t=,v1={signature}"), Some(Refused::NoSignature)),
        (format!("t={},v1=zz", vector.now), Some(Refused::WrongSignature)),
        (format!("t={},v1=", vector.now), Some(Refused::WrongSignature)),
        (format!("t={},v1={}", vector.now, &signature[..62]), Some(Refused::WrongSignature)),
    ] {
        let result = verified(
            vector.format,
            &json!({"zitadel-signature": header}),
            &vector.body,
            &[&vector.secret],
            vector.now,
        );
        assert_eq!(result.err(), refused, "{header}");
    }
}

proptest! {
    #[test]
    fn no_header_makes_the_verifier_panic_or_believe(text in "\\PC{0,80}", near in "t=[0-9é]{0,22},? ?v1=[0-9a-fA-Fé]{0,70}") {
        for format in ["standard", "auth0", "workos", "logto", "keycloak", "zitadel", "okta"] {
            for text in [&text, &near] {
                let names = ["webhook-id", "webhook-timestamp", "webhook-signature", "authorization", "workos-signature", "zitadel-signature", "logto-signature-sha-256", "x-keycloak-signature"];
                let headers: Json = names.iter().map(|name| ((*name).to_owned(), json!(text))).collect::<serde_json::Map<_, _>>().into();
                let secrets = ["another secret", "whsec_AAAA"];
                let result = verified(format.parse().unwrap(), &headers, "body", &secrets, 0);
                prop_assert!(result.is_err());
            }
        }
    }
}
