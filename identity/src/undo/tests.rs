//! Undo by example and by property. The helpers speak of Ada at a few providers, whose numbers are their names.

use std::collections::BTreeMap;

use chrono::DateTime;
use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::{Value as Json, json};
use uuid::Uuid;

use super::*;
use crate::ids::RunId;
use crate::merge::merge;
use crate::{Actor, Decision, Extent, Observation, Source, Status, UserId, acts};

fn second(seconds: i64) -> Timestamp {
    DateTime::from_timestamp(1_795_000_000 + seconds, 0).unwrap()
}

const ID: UserId = UserId(Uuid::from_u128(1));
const RUN: RunId = RunId(Uuid::from_u128(2));

/// What a webhook of a provider says, at this second, as part of a run or of none.
fn said(at: i64, provider: usize, run: Option<RunId>, claims: Json) -> Observation {
    let time = second(at);
    Observation {
        provider: format!("p{provider}"),
        issuer: format!("https://{provider}.example"),
        subject: "ada".into(),
        origin: Origin { at: time, received_at: time, source: Source::Webhook, actor: None, run },
        extent: Extent::Partial,
        claims: claims.as_object().unwrap().clone(),
        standing: None,
    }
}

fn login(at: i64, provider: usize, claims: Json) -> Observation {
    let said = said(at, provider, None, claims);
    Observation {
        origin: Origin { source: Source::Login, ..said.origin.clone() },
        standing: Some(Standing::Present),
        ..said
    }
}

fn full(said: Observation) -> Observation {
    let all = Field::ALL.iter().map(ToString::to_string).chain(["team".into()]);
    Observation { extent: Extent::Full(all.collect()), standing: Some(Standing::Present), ..said }
}

fn stands(at: i64, run: Option<RunId>, standing: Standing) -> Observation {
    Observation { standing: Some(standing), ..said(at, 1, run, json!({})) }
}

fn operator(at: i64) -> Origin {
    Origin::of_operator(Some(Actor::Cli("op".into())), second(at))
}

/// A user and all that changed of them, newest write first.
#[derive(Clone, Debug, Default)]
struct Story {
    user: Option<User>,
    history: Vec<Change>,
}

impl Story {
    fn of(said: &[Observation]) -> Self {
        let mut story = Self::default();
        said.iter().for_each(|one| story.hears(one));
        story
    }

    fn hears(&mut self, said: &Observation) {
        self.keeps(merge(self.user.as_ref(), said, ID));
    }

    fn keeps(&mut self, write: Write) {
        self.user = Some(write.user);
        self.history.splice(..0, write.changes);
    }

    fn user(&self) -> &User {
        self.user.as_ref().unwrap()
    }

    /// What an undo of these would be.
    fn judged(&self, at: i64, picked: &dyn Fn(&Change) -> bool, terms: Terms) -> Undone {
        undo(self.user(), &self.history, picked, &|_| None, terms, &operator(at))
    }

    /// Undoes what a run did, as part of another.
    fn undoes(&mut self, at: i64, run: RunId, by: RunId, terms: Terms) -> Vec<Left> {
        let origin = Origin { run: Some(by), ..operator(at) };
        let picked = |change: &Change| change.origin.run == Some(run);
        let undone = undo(self.user(), &self.history, &picked, &|_| None, terms, &origin);
        undone.write.into_iter().for_each(|write| self.keeps(write));
        undone.left
    }

    fn text(&self, field: Field) -> Option<String> {
        self.user().text(field)
    }

    fn email(&self) -> (Option<String>, Option<bool>) {
        let profile = self.user().profile();
        let flag = profile.get(&Field::EmailVerified).and_then(|shown| shown.value.flag());
        (self.text(Field::Email), flag)
    }
}

const BY: RunId = RunId(Uuid::from_u128(3));
const AGAIN: RunId = RunId(Uuid::from_u128(4));

fn email(address: &str, verified: bool) -> Json {
    json!({ "email": address, "email_verified": verified })
}

#[test]
fn a_value_comes_back_as_it_was_and_whatever_is_stated_later_replaces_it() {
    let wrong = said(10, 1, Some(RUN), json!({ "name": "Eve", "team": "b" }));
    let mut story = Story::of(&[login(1, 1, json!({ "name": "Ada", "team": "a" })), wrong.clone()]);
    assert_eq!(story.undoes(20, RUN, BY, Terms::default()), []);
    assert_eq!(story.text(Field::Name).as_deref(), Some("Ada"));
    assert_eq!(story.user().identities[0].claims["team"], "a");
    let fact = &story.user().identities[0].facts[&Field::Name];
    assert_eq!(fact.source, Source::Login, "from whom it was");
    // The same message once more, or an older one that was late, brings nothing back.
    for late in [wrong.clone(), said(5, 1, None, json!({ "name": "Eve", "team": "b" }))] {
        story.hears(&late);
        assert_eq!(story.text(Field::Name).as_deref(), Some("Ada"));
        assert_eq!(story.user().identities[0].claims["team"], "a");
    }
    story.hears(&full(said(11, 1, None, json!({ "name": "Eve" }))));
    assert_eq!(story.text(Field::Name).as_deref(), Some("Eve"), "the provider says so again");
}

#[test]
fn a_value_that_has_changed_again_since_is_left_unless_it_is_asked_for() {
    let story = Story::of(&[
        login(1, 1, json!({ "name": "Ada", "locale": "en" })),
        said(10, 1, Some(RUN), json!({ "name": "Eve", "locale": "fr" })),
        said(12, 1, None, json!({ "name": "Ada Lovelace" })),
    ]);
    let mut left_alone = story.clone();
    let left = left_alone.undoes(20, RUN, BY, Terms::default());
    assert_eq!(left_alone.text(Field::Name).as_deref(), Some("Ada Lovelace"));
    assert_eq!(left_alone.text(Field::Locale).as_deref(), Some("en"), "the other one comes back");
    let is_name = |left: &Left| matches!(left.what, What::Fact { field: Field::Name, .. });
    assert!(left.iter().any(is_name) && left.iter().all(|left| left.why == Why::ChangedSince), "{left:?}");
    let mut taken = story;
    assert_eq!(taken.undoes(20, RUN, BY, Terms { even_if_changed: true, hold: false }), []);
    assert_eq!(taken.text(Field::Name).as_deref(), Some("Ada"));
}

#[test]
fn an_e_mail_comes_back_with_the_flag_that_it_had() {
    let run = |address: &str, flag| said(10, 1, Some(RUN), email(address, flag));
    for was in [true, false] {
        for flag in [true, false] {
            let mut story = Story::of(&[login(1, 1, email("ada@a", was)), run("eve@a", flag)]);
            // Verified since, which says nothing of the e-mail before it.
            story.hears(&login(12, 1, email("eve@a", true)));
            story.undoes(20, RUN, BY, Terms::default());
            assert_eq!(story.email(), (Some("ada@a".into()), Some(was)), "{was} {flag}");
        }
    }
    let mut first = Story::of(&[login(1, 1, json!({})), run("eve@a", true)]);
    first.undoes(20, RUN, BY, Terms::default());
    assert_eq!(first.email(), (None, None));
}

#[test]
fn a_flag_never_comes_back_beside_another_e_mail() {
    let mut story = Story::of(&[
        login(1, 1, email("ada@a", true)),
        said(10, 1, Some(RUN), email("ada@a", false)),
        login(12, 1, email("eve@a", false)),
    ]);
    let left = story.undoes(20, RUN, BY, Terms { even_if_changed: true, hold: false });
    assert_eq!(story.email(), (Some("eve@a".into()), Some(false)));
    assert_eq!(left.len(), 1, "{left:?}");
}

#[test]
fn a_standing_comes_back_and_a_later_word_of_the_provider_counts() {
    let mut story = Story::of(&[login(1, 1, json!({})), stands(10, Some(RUN), Standing::Deleted)]);
    assert_eq!(story.user().status(), Status::Tombstone);
    story.undoes(20, RUN, BY, Terms::default());
    assert_eq!(story.user().status(), Status::Active);
    let mut held = story.clone();
    story.hears(&stands(10, None, Standing::Deleted));
    assert_eq!(story.user().status(), Status::Active, "the same message once more");
    story.hears(&stands(30, None, Standing::Deleted));
    assert_eq!(story.user().status(), Status::Tombstone);
    // Taking the undo back puts them out again, with their sessions.
    let picked = |change: &Change| change.origin.run == Some(BY);
    let write = held.judged(40, &picked, Terms::default()).write.unwrap();
    let ends = Ends::OfIdentity { issuer: "https://1.example".into(), subject: "ada".into() };
    assert_eq!((write.user.status(), &write.ends), (Status::Tombstone, &vec![ends]));
    held.keeps(write);
}

#[test]
fn who_was_shut_out_again_since_stays_out_and_is_told() {
    let acted = |story: &mut Story, at: i64, to: bool| {
        let Decision::Keep(write) = acts::set_disabled(story.user.as_ref(), to, None, &operator(at)) else {
            panic!("nothing to do at {at}")
        };
        story.keeps(*write);
    };
    let of_the_hour = |change: &Change| change.origin.received_at <= second(20);
    let by_hand = |change: &Change| of_the_hour(change) && change.identity.is_none();
    let mut story = Story::of(&[login(1, 1, json!({ "name": "Ada" }))]);
    acted(&mut story, 10, true);
    let only = story.judged(50, &by_hand, Terms::default());
    assert!(!only.write.unwrap().user.is_disabled && only.left.is_empty());
    acted(&mut story, 30, false);
    let nothing = story.judged(50, &by_hand, Terms::default());
    assert!(nothing.write.is_none() && nothing.left.is_empty(), "they may enter already");
    acted(&mut story, 40, true);
    let since = story.judged(50, &by_hand, Terms::default());
    assert!(since.write.is_none(), "whoever was shut out for something else stays out");
    assert_eq!(since.left.iter().map(|left| left.why).collect::<Vec<_>>(), [Why::ChangedSince]);
    let all_the_same = story.judged(50, &by_hand, Terms { even_if_changed: true, hold: false });
    assert!(!all_the_same.write.unwrap().user.is_disabled);
}

#[test]
fn what_is_back_already_is_held_too() {
    let mut story = Story::of(&[login(1, 1, json!({ "name": "Ada" }))]);
    story.hears(&said(10, 1, Some(RUN), json!({ "name": "Eve" })));
    story.undoes(20, RUN, BY, Terms::default());
    story.undoes(21, RUN, AGAIN, Terms { hold: true, even_if_changed: false });
    assert!(story.user().identities[0].holds.contains_key(&Held::Field(Field::Name)));
    story.hears(&said(30, 1, None, json!({ "name": "Eve" })));
    assert_eq!(story.text(Field::Name).as_deref(), Some("Ada"));
}

#[test]
fn what_comes_back_is_held_where_it_is_asked_for_until_it_is_released() {
    let wrong = json!({ "name": "Eve", "email": "eve@a", "email_verified": true });
    let mut story = Story::of(&[
        login(1, 1, json!({ "name": "Ada", "email": "ada@a", "email_verified": true, "locale": "en" })),
        said(10, 1, Some(RUN), wrong.clone()),
    ]);
    story.undoes(20, RUN, BY, Terms { hold: true, even_if_changed: false });
    let holds: Vec<Held> = story.user().identities[0].holds.keys().copied().collect();
    assert_eq!(holds, [Held::Field(Field::Email), Held::Field(Field::Name)]);
    for next in [login(30, 1, wrong.clone()), full(said(31, 1, None, wrong.clone()))] {
        story.hears(&next);
        assert_eq!(story.text(Field::Name).as_deref(), Some("Ada"));
        assert_eq!(story.email(), (Some("ada@a".into()), Some(true)));
    }
    assert_eq!(story.text(Field::Locale), None, "what is not held goes on");
    let released =
        crate::acts::release(story.user.as_ref(), Some(Held::Field(Field::Name)), Some("p1"), &operator(40));
    let Decision::Keep(write) = released else { panic!("{released:?}") };
    story.keeps(*write);
    story.hears(&login(50, 1, wrong));
    assert_eq!(story.text(Field::Name).as_deref(), Some("Eve"));
    assert_eq!(story.text(Field::Email).as_deref(), Some("ada@a"));
    // An undo of the undo lets go of what it held.
    story.undoes(60, BY, AGAIN, Terms::default());
    assert!(story.user().identities[0].holds.is_empty());
    assert_eq!(story.text(Field::Email).as_deref(), Some("eve@a"));
}

#[test]
fn who_came_to_be_by_the_run_and_never_logged_in_goes_and_can_come_back() {
    let mut story = Story::of(&[said(10, 1, Some(RUN), json!({ "name": "Ada" }))]);
    let was = story.user().clone();
    assert_eq!(story.undoes(20, RUN, BY, Terms::default()), []);
    assert!(story.user().is_withdrawn && story.user().identities.is_empty());
    assert_eq!(story.undoes(21, RUN, BY, Terms::default()), [], "twice is once");
    assert_eq!(story.undoes(30, BY, AGAIN, Terms::default()), []);
    assert_eq!((story.user().is_withdrawn, &story.user().identities), (false, &was.identities));
    // And go once more.
    story.undoes(40, AGAIN, RunId(Uuid::from_u128(5)), Terms::default());
    assert!(story.user().is_withdrawn);
}

#[test]
fn who_has_logged_in_since_stays_as_they_are() {
    let mut story = Story::of(&[said(10, 1, Some(RUN), json!({ "name": "Ada" })), login(12, 1, json!({}))]);
    let left = story.undoes(20, RUN, BY, Terms { even_if_changed: true, hold: false });
    assert_eq!(
        left.iter().map(|left| (&left.what, left.why)).collect::<Vec<_>>(),
        [(&What::Linked, Why::LoggedIn)]
    );
    assert_eq!(story.text(Field::Name).as_deref(), Some("Ada"));
}

#[test]
fn an_identity_that_joined_leaves_unless_somebody_has_logged_in_by_it() {
    let joined = |since: &[Observation]| {
        let mut story =
            Story::of(&[login(1, 1, json!({})), said(10, 2, Some(RUN), json!({ "name": "Ada" }))]);
        since.iter().for_each(|said| story.hears(said));
        let left = story.undoes(20, RUN, BY, Terms::default());
        (story.user().identities.len(), left.len(), story)
    };
    let (identities, left, mut story) = joined(&[]);
    assert_eq!((identities, left), (1, 0));
    story.undoes(30, BY, AGAIN, Terms::default());
    assert_eq!(story.user().identities.len(), 2, "the undo of the undo links it again");
    let (identities, left, _) = joined(&[login(12, 2, json!({}))]);
    assert_eq!((identities, left), (2, 1));
}

#[test]
fn an_identity_that_left_comes_back_unless_it_is_anothers_by_now() {
    let mut story = Story::of(&[login(1, 1, json!({})), login(2, 2, json!({ "name": "Ada" }))]);
    let origin = Origin { run: Some(RUN), ..operator(5) };
    let Decision::Keep(write) = acts::unlink(story.user.as_ref(), "https://2.example", "ada", &origin) else {
        panic!()
    };
    story.keeps(*write);
    let picked = |change: &Change| change.origin.run == Some(RUN);
    let taken =
        undo(story.user(), &story.history, &picked, &|_| Some(Why::Taken), Terms::default(), &operator(9));
    assert!(taken.write.is_none() && taken.left[0].why == Why::Taken, "{taken:?}");
    assert_eq!(story.undoes(9, RUN, BY, Terms::default()), []);
    assert_eq!(story.text(Field::Name).as_deref(), Some("Ada"));
}

#[test]
fn a_status_comes_back() {
    let mut story = Story::of(&[login(1, 1, json!({}))]);
    let origin = Origin { run: Some(RUN), ..operator(5) };
    let Decision::Keep(write) = acts::set_disabled(story.user.as_ref(), true, None, &origin) else {
        panic!()
    };
    story.keeps(*write);
    story.undoes(9, RUN, BY, Terms::default());
    assert_eq!(story.user().status(), Status::Active);
    let picked = |change: &Change| change.origin.run == Some(BY);
    let write = story.judged(12, &picked, Terms::default()).write.unwrap();
    assert_eq!(write.ends, [Ends::OfUser { user: ID, except: None }]);
    assert_eq!(write.user.status(), Status::Disabled);
}

/// All that an undo is to bring back: values, claims, standings, holds, who is there and whether they may enter.
fn meant(user: &User) -> impl PartialEq + std::fmt::Debug + use<> {
    let of_fact = |(field, fact): (&Field, &Fact)| Some((*field, fact.value.clone()?));
    let one = |one: &Identity| {
        let facts: Vec<(Field, Value)> = one.facts.iter().filter_map(of_fact).collect();
        let holds: Vec<Held> = one.holds.keys().copied().collect();
        (one.issuer.clone(), (one.standing, facts, one.claims.clone(), holds))
    };
    let identities: BTreeMap<_, _> = user.identities.iter().map(one).collect();
    (user.is_disabled, user.is_withdrawn, identities)
}

/// What happens, at which of three identities.
type Step = (usize, usize, &'static str, bool);

fn steps() -> impl Strategy<Value = Vec<Step>> {
    vec((0..3usize, 0..6usize, prop::sample::select(vec!["a", "b", "c"]), any::<bool>()), 1..14)
}

fn observed(at: i64, (who, kind, word, is_run): Step) -> Observation {
    let mut claims = json!({
        "name": word, "email": format!("{word}@a"), "email_verified": word != "b", "team": word,
    });
    if word == "c" {
        for name in ["name", "email_verified", "team"] {
            claims.as_object_mut().unwrap().remove(name);
        }
    }
    let said = said(at, who, is_run.then_some(RUN), claims);
    match kind {
        0 => full(said),
        1 => Observation { standing: Some(Standing::Blocked), ..said },
        2 => Observation { standing: Some(Standing::Deleted), ..said },
        _ => said,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_run_that_came_last_is_taken_back_whole_and_done_again(before in steps(), run in steps()) {
        let mut story = Story::default();
        story.hears(&login(0, 0, json!({ "name": "Ada" })));
        for (at, step) in before.iter().enumerate() {
            story.hears(&observed(at as i64 + 1, (step.0, step.1, step.2, false)));
        }
        let was = meant(story.user());
        for (at, step) in run.iter().enumerate() {
            story.hears(&observed(at as i64 + 100, (step.0, step.1, step.2, true)));
        }
        let then = meant(story.user());
        prop_assert_eq!(story.undoes(200, RUN, BY, Terms::default()), []);
        prop_assert_eq!(meant(story.user()), was);
        // What was taken back is said once more, as it was: nothing of it returns.
        let mut again = story.clone();
        prop_assert_eq!(again.undoes(210, RUN, AGAIN, Terms::default()), [], "twice is once");
        prop_assert_eq!(again.user().version, story.user().version);
        prop_assert_eq!(story.undoes(220, BY, AGAIN, Terms::default()), []);
        prop_assert_eq!(meant(story.user()), then);
    }

    #[test]
    fn what_was_undone_does_not_return_by_being_heard_again(run in steps()) {
        let mut story = Story::default();
        for who in 0..3 {
            story.hears(&login(who as i64, who, json!({ "name": "Ada", "email": "ada@a", "team": "t" })));
        }
        let said: Vec<_> =
            run.iter().enumerate().map(|(at, step)| observed(at as i64 + 100, (step.0, step.1, step.2, true))).collect();
        said.iter().for_each(|one| story.hears(one));
        story.undoes(200, RUN, BY, Terms::default());
        let undone = story.user().clone();
        for one in &said {
            story.hears(one);
        }
        for (old, new) in undone.identities.iter().zip(&story.user().identities) {
            // *Blocked* does not follow *deleted*: where that was taken back, it does.
            let is_plain = run.iter().all(|step| step.1 != 2);
            prop_assert!(!is_plain || old.standing == new.standing);
            for (field, fact) in &old.facts {
                // What the run never touched may be stated by it once more.
                let touched = story.history.iter().any(|change| {
                    change.origin.run == Some(RUN)
                        && change.identity.as_ref().is_some_and(|name| name.issuer == old.issuer)
                        && matches!(&change.what, What::Fact { field: of, .. } if of == field)
                });
                if touched && fact.at >= second(100) {
                    prop_assert_eq!(&new.facts[field].value, &fact.value, "{}", field);
                }
            }
        }
    }

    #[test]
    fn what_others_said_meanwhile_stays(steps in steps(), even in any::<bool>()) {
        let mut story = Story::default();
        story.hears(&login(0, 0, json!({ "name": "Ada" })));
        for (at, step) in steps.iter().enumerate() {
            story.hears(&observed(at as i64 * 2 + 1, *step));
        }
        let before = story.user().clone();
        let picked = |change: &Change| change.origin.run == Some(RUN);
        let undone = story.judged(200, &picked, Terms { even_if_changed: even, hold: false });
        let after = undone.write.as_ref().map_or(&before, |write| &write.user);
        for one in &before.identities {
            let Some(now) = after.identity(&one.issuer, &one.subject) else { continue };
            for &field in Field::ALL {
                // Who spoke last of a value, and of a value with its flag.
                let last = story.history.iter().find(|change| {
                    change.identity.as_ref().is_some_and(|name| name.issuer == one.issuer)
                        && matches!(&change.what, What::Fact { field: of, .. } if *of == field)
                });
                let is_others = last.is_none_or(|last| last.origin.run.is_none());
                if is_others && !even && field.vouches_for().is_none() {
                    prop_assert_eq!(value(now.facts.get(&field)), value(one.facts.get(&field)), "{}", field);
                }
                // A flag vouches for no e-mail that it was not stated of.
                if value(now.facts.get(&Field::Email)).is_none() {
                    prop_assert_eq!(value(now.facts.get(&Field::EmailVerified)), None);
                }
            }
        }
    }
}
