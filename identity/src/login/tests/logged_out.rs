//! A provider says that somebody logged out there.

use super::*;
use crate::LoggedOut;

fn token(jti: &str) -> LoggedOut {
    LoggedOut {
        issuer: "https://main.example".into(),
        subject: Some("ada".into()),
        sid: Some("sid".into()),
        jti: jti.into(),
        until: Timestamp::UNIX_EPOCH,
    }
}

#[tokio::test]
async fn a_logout_token_ends_what_it_names_and_is_taken_once() {
    let stage = Stage::new();
    let say = async |jti| {
        stage.main().will_say(Ok(token(jti)));
        stage.login.logged_out_at_provider("main", "token").await.unwrap()
    };
    assert_eq!(say("a").await, Some(1));
    assert_eq!(stage.diary.read(), ["spend", "end at https://main.example: Some(\"ada\") Some(\"sid\")"]);
    assert_eq!(say("a").await, None);
    assert_eq!(stage.diary.read(), ["spend"]);
    assert_eq!(say("b").await, Some(1));
}

#[tokio::test]
async fn a_token_that_is_not_believed_ends_nothing() {
    let stage = Stage::new();
    stage.main().will_say(Err(Code::SignatureInvalid));
    let refused = stage.login.logged_out_at_provider("main", "token").await;
    assert_eq!(code(refused), Code::SignatureInvalid);
    assert_eq!(code(stage.login.logged_out_at_provider("nobody", "token").await), Code::ProviderUnknown);
    assert!(stage.diary.read().is_empty());
}
