//! What each deed comes to, by example, and that nothing is done without a line in the log.

use super::*;
use crate::merge::merge;
use crate::{Source, Standing, Status, Timestamp};

const ISSUER: &str = "https://one.example";

fn second(seconds: i64) -> Timestamp {
    Timestamp::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

fn id(number: u128) -> UserId {
    UserId(uuid::Uuid::from_u128(number))
}

fn login(subject: &str) -> Observation {
    let (at, source) = (second(0), Source::Login);
    Observation {
        provider: "main".into(),
        issuer: ISSUER.into(),
        subject: subject.into(),
        origin: Origin { at, received_at: at, source, actor: None, run: None },
        extent: Extent::Partial,
        claims: serde_json::from_str(r#"{"email":"ada@example.com"}"#).unwrap(),
        standing: Some(Standing::Present),
    }
}

fn user(subjects: &[&str]) -> User {
    let all = subjects.iter().map(|subject| login(subject));
    all.fold(None, |user: Option<User>, login| Some(merge(user.as_ref(), &login, id(1)).user)).unwrap()
}

fn by(actor: Actor) -> Operator {
    Operator { actor, reason: Some("asked by letter".into()), request: Some("r".into()) }
}

fn line(act: Act, actor: Actor) -> LogLine {
    let (reason, request) = (Some("asked by letter".into()), Some("r".into()));
    LogLine { id: id(9).0, at: second(9), actor, act, user: Some(id(1)), reason, detail: None, request }
}

fn done(user: Option<&User>, deed: &Deed, actor: Actor) -> Decision {
    decide(user, id(1), deed, &by(actor.clone()), &line(deed.act(), actor))
}

fn unlink(subject: &str) -> Deed {
    Deed::Unlink { issuer: ISSUER.into(), subject: subject.into() }
}

fn link(subject: &str) -> Deed {
    Deed::Link { provider: "other".into(), issuer: ISSUER.into(), subject: subject.into() }
}

fn cli() -> Actor {
    Actor::Cli("grace".into())
}

#[test]
fn each_deed_that_changes_something_carries_one_line_and_no_other_does() {
    let ada = user(&["ada", "lovelace"]);
    for deed in [Deed::Disable, Deed::EndSessions, unlink("ada"), link("third")] {
        let Decision::Keep(write) = done(Some(&ada), &deed, cli()) else { panic!("{deed:?}") };
        let log = write.log.unwrap();
        assert_eq!((log.act, log.actor, log.user), (deed.act(), cli(), Some(ada.id)));
        assert_eq!(log.reason.as_deref(), Some("asked by letter"));
        assert_eq!(write.user.version, ada.version + 1);
        assert!(write.changes.iter().all(|change| change.origin.actor == Some(cli())));
    }
    for nothing in [Deed::Enable, unlink("nobody"), link("ada")] {
        assert!(matches!(done(Some(&ada), &nothing, cli()), Decision::Leave), "{nothing:?}");
    }
    for deed in [Deed::Disable, Deed::Enable, Deed::EndSessions, unlink("ada"), link("ada"), Deed::Erase] {
        assert!(matches!(done(None, &deed, cli()), Decision::Leave), "{deed:?}");
    }
}

#[test]
fn who_is_disabled_is_out_and_who_is_enabled_may_come_back() {
    let ada = user(&["ada"]);
    let Decision::Keep(write) = done(Some(&ada), &Deed::Disable, cli()) else { panic!() };
    assert_eq!(write.user.status(), Status::Disabled);
    assert_eq!(write.ends, [Ends::OfUser { user: ada.id, except: None }]);
    assert!(matches!(done(Some(&write.user), &Deed::Disable, cli()), Decision::Leave), "a form posted twice");
    let Decision::Keep(back) = done(Some(&write.user), &Deed::Enable, cli()) else { panic!() };
    assert_eq!(back.user.status(), Status::Active);
}

#[test]
fn an_erase_leaves_a_line_with_nothing_of_the_person() {
    let ada = user(&["ada"]);
    let Decision::Erase(erase) = done(Some(&ada), &Deed::Erase, cli()) else { panic!() };
    assert_eq!(erase.log, Some(line(Act::Erase, cli())));
    assert_eq!(erase.at, second(9));
    assert!(!format!("{:?}", erase.log).contains("ada@example.com"));
}

#[test]
fn nobody_disables_or_erases_themselves() {
    let ada = user(&["ada", "lovelace"]);
    for deed in [Deed::Disable, Deed::Erase] {
        let refused = done(Some(&ada), &deed, Actor::User(ada.id));
        assert!(matches!(refused, Decision::Refuse(Code::Denied)), "{deed:?}");
        assert!(!matches!(done(Some(&ada), &deed, Actor::User(id(2))), Decision::Refuse(_)), "{deed:?}");
    }
    assert!(matches!(done(Some(&ada), &Deed::EndSessions, Actor::User(ada.id)), Decision::Keep(_)));
}

#[test]
fn the_last_identity_stays_and_another_users_is_not_taken() {
    let ada = user(&["ada"]);
    assert!(matches!(done(Some(&ada), &unlink("ada"), cli()), Decision::Refuse(Code::IdentityLast)));
    let other = User { id: id(2), ..user(&["other"]) };
    assert!(matches!(done(Some(&other), &link("other"), cli()), Decision::Refuse(Code::IdentityTaken)));
    let Decision::Keep(write) = done(Some(&ada), &link("second"), cli()) else { panic!() };
    let linked = write.user.identity(ISSUER, "second").unwrap();
    assert_eq!((linked.provider.as_str(), linked.last_login_at), ("other", None));
    assert_eq!(write.log.unwrap().detail.as_deref(), Some("other"));
}
