//! Whoever was invited.

use super::*;
use crate::{Invitation, Run, RunId, RunKind, RunState, Secret, World};

/// Ada is there, by the provider `main`, and invited to `other`.
async fn invited(run: Option<RunId>) -> (Stage, Secret) {
    let stage = Stage::with(&["main", "other"]);
    stage.sign_in().await;
    let invitation = Invitation {
        user: stage.user().id,
        provider: "other".into(),
        issuer: "https://other.example".into(),
        run,
    };
    let secret = stage.world.secret();
    let ticket = Ticket {
        kind: TicketKind::Invitation,
        key: secret.digest(),
        holder: None,
        content: serde_json::to_vec(&invitation).unwrap(),
        expires_at: stage.now() + Invitation::LASTS,
    };
    stage.store.keep(ticket);
    (stage, secret)
}

/// Begins and comes back.
async fn come(stage: &Stage, secret: &Secret) -> Result<Signed, LoginError> {
    stage.login.accept(secret, &stage.browser).await?;
    let state = stage.providers[1].asked().state.expose().to_owned();
    stage.login.finish(stage.arrival(1, &state)).await
}

#[tokio::test]
async fn the_log_in_joins_the_user_and_their_other_sessions_end() {
    let (stage, secret) = invited(None).await;
    let old = stage.store.sessions();
    let session = come(&stage, &secret).await.unwrap().session.unwrap();
    assert_eq!(stage.user().identities.len(), 2);
    let left: Vec<_> = stage.store.sessions().into_iter().map(|one| one.id).collect();
    assert_eq!((old.len(), left), (1, vec![session.digest()]));
    assert_eq!(code(come(&stage, &secret).await), Code::InvitationUsed);
}

#[tokio::test]
async fn a_week_later_it_is_too_late_also_for_whoever_left_before() {
    let (stage, secret) = invited(None).await;
    stage.world.pass(Invitation::LASTS - SECOND);
    stage.login.accept(&secret, &stage.browser).await.unwrap();
    let state = stage.providers[1].asked().state.expose().to_owned();
    stage.world.pass(SECOND);
    assert_eq!(code(stage.login.finish(stage.arrival(1, &state)).await), Code::InvitationExpired);
    assert_eq!(code(come(&stage, &secret).await), Code::InvitationExpired);
    assert_eq!(stage.user().identities.len(), 1);
}

#[tokio::test]
async fn a_log_in_that_is_refused_uses_nothing() {
    let (stage, secret) = invited(None).await;
    stage.providers[1].will_answer(Err(Code::NonceMismatch));
    assert_eq!(code(come(&stage, &secret).await), Code::NonceMismatch);
    come(&stage, &secret).await.unwrap();
}

#[tokio::test]
async fn another_issuer_under_the_same_name_was_not_meant() {
    let (stage, secret) = invited(None).await;
    stage.providers[1].move_to("https://else.example");
    assert_eq!(code(come(&stage, &secret).await), Code::InvitationUnknown);
}

#[tokio::test]
async fn of_a_switch_that_was_taken_back_none_counts() {
    let run = RunId(uuid::Uuid::from_u128(7));
    let (stage, secret) = invited(Some(run)).await;
    stage.store.undone(Run {
        id: run,
        kind: RunKind::Switch,
        provider: None,
        actor: None,
        about: None,
        state: RunState::Undone,
        counts: Default::default(),
        started_at: stage.now(),
        finished_at: None,
    });
    assert_eq!(code(come(&stage, &secret).await), Code::InvitationUnknown);
    let (stage, secret) = invited(Some(run)).await;
    come(&stage, &secret).await.unwrap();
}

#[test]
fn an_invitation_is_a_change_of_the_user_and_ends_sessions_by_the_deed_alone() {
    let origin = Origin::of_operator(None, Timestamp::UNIX_EPOCH);
    let user = User::new(UserId(Default::default()), Timestamp::UNIX_EPOCH);
    let Decision::Keep(write) = crate::acts::invite(Some(&user), "other", &origin) else { panic!() };
    assert_eq!(write.changes[0].what, What::Invited { provider: "other".into() });
    assert!(write.ends.is_empty());
    assert!(matches!(crate::acts::invite(None, "other", &origin), Decision::Leave));
}
