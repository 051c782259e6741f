//! Logging out: here first, and always.

use super::*;

#[tokio::test]
async fn logging_out_ends_the_session_here_and_then_leads_to_the_provider() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    let url = stage.login.log_out(&session).await.unwrap();
    assert_eq!(url.as_deref(), Some("https://main.example/logout?of=ada"));
    assert_eq!(stage.diary.read(), ["end", "goodbye"]);
    assert!(stage.viewer(&session).await.is_none());
}

#[tokio::test]
async fn logging_out_twice_or_of_nothing_succeeds_and_leads_nowhere() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    stage.login.log_out(&session).await.unwrap();
    stage.diary.read();
    assert_eq!(stage.login.log_out(&session).await.unwrap(), None);
    assert_eq!(stage.diary.read(), ["end"]);
}

#[tokio::test]
async fn the_other_sessions_stay() {
    let stage = Stage::new();
    let (one, two) = (stage.sign_in().await, stage.sign_in().await);
    stage.login.log_out(&one).await.unwrap();
    assert!(stage.viewer(&two).await.is_some());
}

#[tokio::test]
async fn a_provider_that_left_the_settings_takes_no_part() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    stage.store.change(|session| session.provider = "gone".into());
    assert_eq!(stage.login.log_out(&session).await.unwrap(), None);
    assert_eq!(stage.diary.read(), ["end"]);
}

#[tokio::test]
async fn another_issuer_under_the_same_name_takes_no_part() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    stage.main().move_to("https://new.example");
    assert_eq!(stage.login.log_out(&session).await.unwrap(), None);
    assert_eq!(stage.diary.read(), ["end"]);
}

#[tokio::test]
async fn a_session_that_cannot_be_read_any_more_ends_all_the_same() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    stage.store.become_unreadable();
    assert_eq!(stage.login.log_out(&session).await.unwrap(), None);
    assert!(stage.store.sessions().is_empty());
}
