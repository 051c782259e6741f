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
    assert_eq!(stage.diary.read(), ["end at https://main.example: Some(\"ada\") Some(\"sid\")", "spend"]);
    assert_eq!(say("a").await, None);
    assert!(stage.diary.read().is_empty());
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

#[tokio::test]
async fn a_token_that_met_no_database_does_its_work_the_next_time() {
    let stage = Stage::new();
    stage.store.go_down();
    stage.main().will_say(Ok(token("a")));
    assert_eq!(code(stage.login.logged_out_at_provider("main", "token").await), Code::DatabaseUnavailable);
    stage.store.come_back();
    for ended in [Some(1), None] {
        stage.main().will_say(Ok(token("a")));
        assert_eq!(stage.login.logged_out_at_provider("main", "token").await.unwrap(), ended);
    }
}
