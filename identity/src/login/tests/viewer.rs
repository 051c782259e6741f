//! Who is looking: limits to the microsecond, the grain of the last use, who is shut out.

use super::*;

#[tokio::test]
async fn a_session_shows_its_user() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    let viewer = stage.viewer(&session).await.unwrap();
    assert_eq!((viewer.user, viewer.session.id), (stage.user(), session.digest()));
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn nobody_looks_through_a_session_that_is_not_there() {
    let stage = Stage::new();
    stage.sign_in().await;
    assert!(stage.viewer(&stage.world.secret()).await.is_none());
    assert!(stage.diary.read().is_empty());
}

#[tokio::test]
async fn a_session_lives_to_just_before_the_idle_limit() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    stage.world.pass(IDLE - MICRO);
    assert!(stage.viewer(&session).await.is_some());
}

#[tokio::test]
async fn a_session_ends_at_the_idle_limit() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    stage.world.pass(IDLE);
    assert!(stage.viewer(&session).await.is_none());
    assert_eq!(stage.diary.read(), ["end"]);
    assert!(stage.store.sessions().is_empty());
}

#[tokio::test]
async fn use_keeps_a_session_alive_up_to_the_absolute_limit_and_no_further() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    let step = IDLE / 2;
    for _ in 1..20 {
        stage.world.pass(step);
        assert!(stage.viewer(&session).await.is_some());
    }
    stage.world.pass(step - MICRO);
    assert!(stage.viewer(&session).await.is_some());
    stage.world.pass(MICRO);
    assert!(stage.viewer(&session).await.is_none());
    assert!(stage.store.sessions().is_empty());
}

#[tokio::test]
async fn the_ceiling_that_the_provider_named_holds() {
    let stage = Stage::new();
    let mut answer = stage.main().redeemed("ada", stage.now(), claims(json!({})));
    answer.session_expiry = Some(stage.now() + SECOND);
    stage.main().will_answer(Ok(answer));
    let session = stage.sign_in().await;
    stage.world.pass(SECOND - MICRO);
    assert!(stage.viewer(&session).await.is_some());
    stage.world.pass(MICRO);
    assert!(stage.viewer(&session).await.is_none());
}

#[tokio::test]
async fn the_last_use_is_written_at_a_grain_of_a_tenth_of_the_idle_limit() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    let start = stage.now();
    stage.world.pass(IDLE / 10 - MICRO);
    stage.viewer(&session).await.unwrap();
    assert_eq!(stage.store.sessions()[0].last_used_at, start);
    stage.world.pass(MICRO);
    stage.viewer(&session).await.unwrap();
    assert_eq!(stage.store.sessions()[0].last_used_at, start + IDLE / 10);
    stage.viewer(&session).await.unwrap();
    assert_eq!(stage.diary.read(), ["touch"]);
}

#[tokio::test]
async fn whoever_is_shut_out_is_out_at_the_next_request() {
    for status in [Status::Disabled, Status::Tombstone] {
        let stage = Stage::new();
        let session = stage.sign_in().await;
        stage.store.make(status);
        assert!(stage.viewer(&session).await.is_none());
        assert!(stage.store.sessions().is_empty());
        // Letting them in again does not bring the session back.
        stage.store.make(Status::Active);
        assert!(stage.viewer(&session).await.is_none());
    }
}

#[tokio::test]
async fn a_session_that_cannot_be_read_is_said_to_be() {
    let stage = Stage::new();
    let session = stage.sign_in().await;
    stage.store.become_unreadable();
    assert_eq!(code(stage.login.viewer(&session).await), Code::Internal);
}
