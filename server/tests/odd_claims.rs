//! Claims that are odd and that nobody needs: they never cost a log-in, and what can be read of them is kept.
//! What a check rests on is refused when it is odd.

use dev_provider::{Endpoint, Person};
use sea_orm::ConnectionTrait;
use serde_json::{Value, json};

use crate::operator::{data, users};
use crate::support::app::{ADA, TestApp};

/// Adds members, as they are written, to a JSON object.
fn joined(object: &[u8], members: &[u8]) -> Vec<u8> {
    [&object[..object.len() - 1], b",", members, b"}"].concat()
}

/// An application whose provider adds these members to what userinfo answers.
async fn told(content_type: Option<&'static str>, members: impl Into<Vec<u8>>) -> TestApp {
    let app = TestApp::start().await;
    let members = members.into();
    app.provider.rewrite(Endpoint::Userinfo, content_type, move |body| joined(&body, &members));
    app
}

/// An application whose provider adds these members to its ID tokens.
async fn stated(members: &'static str) -> TestApp {
    let app = TestApp::start().await;
    app.provider.rewrite_id_tokens(move |claims| joined(&claims, members.as_bytes()));
    app
}

/// The one line of the command line's export.
fn exported(app: &TestApp) -> String {
    data(&users(app, &["export"]))
}

/// The user as `/api/me` shows it, and the claims that are kept.
async fn signed_in(app: &TestApp) -> (Value, Value) {
    let browser = app.signed_in(ADA).await;
    let me = browser.get("/api/me").await.json();
    let exported: Value = serde_json::from_str(&exported(app)).unwrap();
    (me, exported["identities"][0]["claims"].clone())
}

#[tokio::test]
async fn a_claim_that_is_there_twice() {
    for app in [
        told(None, r#""nickname":"A","nickname":"A","x":{"a":1},"x":{"a":1}"#).await,
        stated(r#""nickname":"A","nickname":"A","x":{"a":1},"x":{"a":1}"#).await,
    ] {
        let (_, claims) = signed_in(&app).await;
        assert_eq!((&claims["nickname"], &claims["x"]), (&json!("A"), &json!({"a":1})));
    }
    for app in [
        told(None, r#""x":1,"x":2,"y":{"a":1,"a":2}"#).await,
        stated(r#""x":1,"x":2,"y":{"a":1,"a":2}"#).await,
    ] {
        let (_, claims) = signed_in(&app).await;
        assert_eq!((&claims["x"], &claims["y"]), (&json!(2), &json!({"a":2})));
    }
    // Ada's own is there already.
    let (me, claims) = signed_in(&told(None, r#""email":"eve@example.com""#).await).await;
    assert_eq!(claims.get("email"), Some(&json!("ada@example.com")), "the ID token's stays");
    assert_eq!(me["email"], "ada@example.com");
}

#[tokio::test]
async fn what_a_check_rests_on_is_refused_when_it_is_there_twice_and_differs() {
    for members in [r#""sub":"dev|0002""#, r#""iss":"https://evil.example","iss":"https://good.example""#] {
        let app = told(None, members).await;
        assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "duplicate_member"), "{members}");
    }
    for members in
        [r#""sub":"dev|0002""#, r#""aud":"other""#, r#""nonce":"n""#, r#""exp":99999999999"#, r#""sid":"s""#]
    {
        let app = stated(members).await;
        assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "duplicate_member"), "{members}");
    }
    let same = format!(r#""sub":"{ADA}""#);
    signed_in(&told(None, same).await).await;
}

#[tokio::test]
async fn userinfo_in_latin_1() {
    for (content_type, name) in [
        (None, "J\u{fffd}rg"),
        (Some("application/json;charset=ISO-8859-1"), "Jörg"),
        (Some("text/plain"), "J\u{fffd}rg"),
    ] {
        let (me, claims) = signed_in(&told(content_type, b"\"nickname\":\"J\xf6rg\"".to_vec()).await).await;
        assert_eq!(claims["nickname"], name, "{content_type:?}");
        assert_eq!(me["email"], "ada@example.com");
    }
    // A letter cut in half, as bytes and as an escape.
    let (_, claims) =
        signed_in(&told(None, b"\"nickname\":\"J\xc3\",\"x\":\"\\ud83d\"".to_vec()).await).await;
    assert_eq!((&claims["nickname"], &claims["x"]), (&json!("J\u{fffd}"), &json!("\u{fffd}")));
}

#[tokio::test]
async fn a_subject_that_is_no_utf8_is_refused() {
    for content_type in [None, Some("application/json;charset=ISO-8859-1")] {
        let app = TestApp::start().await;
        app.provider.rewrite(Endpoint::Userinfo, content_type, |_| b"{\"sub\":\"dev|\xf6\"}".to_vec());
        assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "userinfo_malformed"));
    }
}

#[tokio::test]
async fn what_cannot_be_read_counts_as_absent() {
    let deep = format!(r#""deep":{}{},"name":"Ada""#, "[".repeat(130), "]".repeat(130));
    let deep: &'static str = deep.leak();
    for app in [told(None, deep).await, stated(deep).await] {
        let (me, claims) = signed_in(&app).await;
        assert_eq!((claims.get("deep"), me["email"].as_str()), (None, Some("ada@example.com")));
    }
}

#[tokio::test]
async fn numbers_keep_all_their_digits() {
    let numbers = [
        r#""a":9007199254740993"#,
        r#""b":123456789012345678901234567890"#,
        r#""c":0.12345678901234567890123"#,
    ];
    let members: &'static str = numbers.join(",").leak();
    for app in [told(None, members).await, stated(members).await] {
        app.signed_in(ADA).await;
        let exported = exported(&app);
        assert!(numbers.iter().all(|number| exported.contains(number)), "{exported}");
    }
    let app = told(None, r#""a":1e400"#).await;
    app.signed_in(ADA).await;
    assert!(exported(&app).contains(r#""a":1e+400"#), "{}", exported(&app));
}

#[tokio::test]
async fn a_picture_that_does_not_fit_is_left_out_and_the_name_is_kept() {
    let picture = format!(r#""picture":"data:image/png;base64,{}""#, "A".repeat(1_100_000));
    let (me, claims) = signed_in(&told(None, picture).await).await;
    assert_eq!((claims.get("picture"), &me["picture"]), (None, &Value::Null));
    assert_eq!(me["name"], "Ada Lovelace");
    let small = format!(r#""picture":"data:image/png;base64,{}""#, "A".repeat(60_000));
    let (me, _) = signed_in(&told(None, small).await).await;
    assert!(me["picture"].as_str().unwrap().len() > 60_000);
}

#[tokio::test]
async fn userinfo_is_read_up_to_4_mib() {
    let of = |size: usize| format!(r#""x":"{}""#, "A".repeat(size));
    signed_in(&told(None, of(4 * 1024 * 1024 - 4096)).await).await;
    let app = told(None, of(4 * 1024 * 1024)).await;
    assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "answer_too_large"));
}

#[tokio::test]
async fn what_the_database_does_not_take_of_one_person_locks_nobody_out() {
    let app = TestApp::start().await;
    let database = sea_orm::Database::connect(app.setting("DATABASE_URL")).await.unwrap();
    let small = "CREATE TRIGGER small BEFORE INSERT ON identities WHEN length(NEW.claims) > 2000 \
                 BEGIN SELECT RAISE(ABORT, 'too large'); END";
    let never = "CREATE TRIGGER never BEFORE INSERT ON identities WHEN NEW.subject = 'never' \
                 BEGIN SELECT RAISE(ABORT, 'never'); END";
    for trigger in [small, never] {
        database.execute_unprepared(trigger).await.unwrap();
    }
    let large = Person::new("large").named("Ada", "Large").with("groups", vec!["a group of many"; 300]);
    app.provider.set_person(large);
    app.provider.set_person(Person::new("never"));
    let browser = app.signed_in("large").await;
    assert_eq!(browser.get("/api/me").await.json()["name"], "Ada Large", "the profile is kept");
    let refused = app.browser().try_as("never").await;
    assert_eq!(refused.verdict(), (500, "record_refused"), "{refused:?}");
    assert_eq!(app.browser().get("/readyz").await.status, 200);
    app.signed_in(ADA).await;
    app.signed_in("large").await;
}
