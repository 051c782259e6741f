//! What is proved by the provider's keys: Kinde's webhooks, and security event tokens.

use identity::{Field, MessageState, Standing};
use serde_json::{Value as Json, json};

use super::{Push, app, processed};
use crate::support::app::{ADA, CLIENT_ID, GRACE, TestApp};

fn of_kinde(id: &str, kind: &str, user: Json) -> Json {
    json!({"type": kind, "event_id": id, "event_timestamp": chrono::Utc::now().to_rfc3339(), "source": "admin",
        "data": {"user": user}})
}

async fn send(app: &TestApp, token: &str) -> (u16, String) {
    let answer = Push::new(token).by(app).await;
    (answer.status.as_u16(), answer.code().to_owned())
}

#[tokio::test]
async fn kinde_s_webhooks_are_believed_and_its_other_tokens_are_not() {
    let app = app("kinde", "").await;
    let header = json!({"typ": "JWT"});
    let user = json!({"id": "kp_1", "first_name": "Ada", "last_name": "Lovelace", "is_suspended": false});
    let made = of_kinde("event_1", "user.created", user.clone());
    assert_eq!(send(&app, &app.provider.sign(&header, &made)).await.0, 200);
    assert_eq!(app.user("kp_1").await.unwrap().text(Field::GivenName).as_deref(), Some("Ada"));
    let suspended = of_kinde("event_2", "user.updated", json!({"id": "kp_1", "is_suspended": true}));
    assert_eq!(send(&app, &app.provider.sign(&header, &suspended)).await.0, 200);
    assert_eq!(app.identity("kp_1").await.standing, Standing::Blocked);
    assert_eq!(app.state_of("event_2").await, processed());

    // The ID token of a real log-in, signed by the same keys.
    let signed_in = app.signed_in(GRACE).await;
    let store = app.store().await;
    let user = app.user(GRACE).await.unwrap();
    let session = store.sessions.list(user.id, chrono::Utc::now()).await.unwrap().remove(0);
    let tokens = store.sessions.tokens(&session.id).await.unwrap().unwrap();
    assert_eq!(send(&app, &tokens.id_token.unwrap()).await, (401, "another_token".into()));
    assert!(signed_in.is_signed_in().await);
    // One that has all of a webhook, and is a token for something else beside.
    for member in ["sub", "aud", "nonce"] {
        let mut token = of_kinde("event_3", "user.deleted", json!({"id": GRACE}));
        token[member] = json!(CLIENT_ID);
        assert_eq!(
            send(&app, &app.provider.sign(&header, &token)).await,
            (401, "another_token".into()),
            "{member}"
        );
    }
    // Another tenant's: its own keys made it.
    let elsewhere = dev_provider::start(dev_provider::Settings::for_site(&app.site)).await.unwrap();
    elsewhere.rotate_keys();
    let token = elsewhere.sign(&header, &of_kinde("event_4", "user.deleted", json!({"id": GRACE})));
    assert_eq!(send(&app, &token).await.0, 401);
    for odd in ["", "no token", "a.b.c", "{}"] {
        assert_eq!(send(&app, odd).await.0, 401, "{odd:?}");
    }
    assert_eq!(app.state_of("event_4").await, None);
    assert_eq!(app.identity(GRACE).await.standing, Standing::Present);
}

#[tokio::test]
async fn keys_that_cannot_be_had_are_no_fault_of_the_sender() {
    for format in ["kinde", "set"] {
        let app = app(format, "").await;
        let token = app
            .provider
            .sign(&json!({"typ": "JWT"}), &of_kinde("event_1", "user.created", json!({"id": "kp_1"})));
        app.provider.stop().await;
        let answer = Push::new(token).by(&app).await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("retry-after").is_empty()),
            (503, false),
            "{format}"
        );
    }
}

fn event_token(app: &TestApp, id: &str, events: Json) -> Json {
    json!({"iss": app.provider.issuer(), "aud": CLIENT_ID, "iat": chrono::Utc::now().timestamp(), "jti": id,
        "events": events})
}

#[tokio::test]
async fn a_security_event_token_is_answered_202_and_a_wrong_one_400_with_its_error() {
    let app = app("set", "").await;
    let header = json!({"typ": "secevent+jwt"});
    let subject =
        |sub: &str| json!({"subject": {"format": "iss_sub", "iss": app.provider.issuer(), "sub": sub}});
    let risc = |event: &str| format!("https://schemas.openid.net/secevent/risc/event-type/{event}");
    let (ada, grace) = (app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let revoked = event_token(&app, "j1", json!({risc("sessions-revoked"): subject(ADA)}));
    let token = app.provider.sign(&header, &revoked);
    assert_eq!(Push::new(token.clone()).by(&app).await.status, 202);
    assert!(!ada.is_signed_in().await && grace.is_signed_in().await);
    ada.log_in_as(ADA).await;
    assert_eq!(Push::new(token).by(&app).await.status, 202);
    assert!(ada.is_signed_in().await, "the same token ends no session that began since");

    let several =
        json!({risc("account-disabled"): subject(GRACE), risc("account-purged"): subject("unknown")});
    let token = app.provider.sign(&header, &event_token(&app, "j2", several));
    assert_eq!(Push::new(token).by(&app).await.status, 202);
    assert_eq!(app.identity(GRACE).await.standing, Standing::Blocked);
    assert!(!grace.is_signed_in().await);
    let purged = format!("j2#{}", risc("account-purged"));
    assert_eq!(app.state_of(&purged).await.map(|state| state.0), Some(MessageState::Processed));

    let wrong = |changes: Json| {
        let mut token = event_token(&app, "j3", json!({risc("account-purged"): subject(ADA)}));
        token.as_object_mut().unwrap().extend(changes.as_object().unwrap().clone());
        app.provider.sign(&header, &token)
    };
    for (token, error) in [
        (wrong(json!({"iss": "https://evil.example"})), "invalid_issuer"),
        (wrong(json!({"aud": "another"})), "invalid_audience"),
        (wrong(json!({"events": {}})), "invalid_request"),
        (wrong(json!({"jti": null})), "invalid_request"),
        ("no token".to_owned(), "invalid_request"),
    ] {
        let answer = Push::new(token).by(&app).await;
        assert_eq!((answer.status.as_u16(), answer.json()["err"].as_str()), (400, Some(error)), "{answer:?}");
    }
    let foreign = json!({risc("account-purged"): {"subject": {"format": "iss_sub", "iss": "https://evil.example", "sub": ADA}}});
    let token = app.provider.sign(&header, &event_token(&app, "j4", foreign));
    assert_eq!(Push::new(token).by(&app).await.status, 202, "kept, and looked at by somebody");
    assert_eq!(app.state_of("j4").await.map(|state| state.0), Some(MessageState::Quarantined));
    assert_eq!(app.identity(ADA).await.standing, Standing::Present);
}

#[tokio::test]
async fn zitadel_s_webhooks_are_believed_as_jwts_of_its_keys_and_its_other_tokens_are_not() {
    let app = app("zitadel", "").await;
    let header = json!({"typ": "JWT"});
    let event = |sequence: u64, name: &str| {
        json!({"aggregateID": "z-1", "aggregateType": "user", "resourceOwner": "o", "instanceID": "i", "version": "v2",
            "sequence": sequence, "event_type": "user.human.added", "created_at": chrono::Utc::now().to_rfc3339(),
            "userID": "the-administrator", "event_payload": {"userName": "ada", "firstName": name}})
    };
    assert_eq!(send(&app, &app.provider.sign(&header, &event(1, "Ada"))).await.0, 200);
    assert_eq!(app.user("z-1").await.unwrap().text(Field::GivenName).as_deref(), Some("Ada"));
    for member in ["sub", "aud", "nonce"] {
        let mut token = event(2, "Eve");
        token[member] = json!(CLIENT_ID);
        let refused = send(&app, &app.provider.sign(&header, &token)).await;
        assert_eq!(refused, (401, "another_token".into()), "{member}");
    }
    let elsewhere = dev_provider::start(dev_provider::Settings::for_site(&app.site)).await.unwrap();
    elsewhere.rotate_keys();
    assert_eq!(send(&app, &elsewhere.sign(&header, &event(3, "Eve"))).await.0, 401);
    assert_eq!(send(&app, &event(4, "Eve").to_string()).await.0, 401, "bare JSON proves nothing");
    assert_eq!(app.user("z-1").await.unwrap().text(Field::GivenName).as_deref(), Some("Ada"));
}
