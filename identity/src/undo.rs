//! Taking back what was written, person by person. A pure decision: of the user as they are and what changed of them
//! since, it says what comes back, what is left as it is, and why.
//!
//! A value comes back as it was, from whom it was, and a little newer than what it replaces: so neither what was taken
//! back nor anything older brings the other value again, and whatever is stated later does.

use std::collections::BTreeSet;

use chrono::TimeDelta;

use crate::acts::before;
use crate::change::{Change, IdentityName, What};
use crate::claims::{Claims, Source};
use crate::decision::{Ends, Write};
use crate::field::{Field, Value};
use crate::hold::{Held, Hold};
use crate::ids::Timestamp;
use crate::merge::differences;
use crate::origin::Origin;
use crate::user::{Fact, Identity, Standing, User};

/// How an undo is meant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terms {
    /// Values come back also where they have changed again since.
    pub even_if_changed: bool,
    /// What comes back is kept against whatever the provider says next.
    pub hold: bool,
}

/// What an undo makes of one user.
#[derive(Clone, Debug)]
pub struct Undone {
    /// What is written; none where nothing comes back.
    pub write: Option<Write>,
    /// What stays as it is, in the order in which it changed, the newest first.
    pub left: Vec<Left>,
}

/// A change that is not taken back.
#[derive(Clone, Debug, PartialEq)]
pub struct Left {
    /// Of which identity; none of the user's own.
    pub identity: Option<IdentityName>,
    /// What had changed.
    pub what: What,
    /// Why it stays.
    pub why: Why,
}

/// Why a change is not taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display)]
pub enum Why {
    /// The value has changed again since.
    #[strum(to_string = "it has changed again since")]
    ChangedSince,
    /// Somebody logged in by the identity.
    #[strum(to_string = "somebody has logged in by it")]
    LoggedIn,
    /// The identity left the user since.
    #[strum(to_string = "the identity is not this user's any more")]
    Unlinked,
    /// The identity is another user's by now.
    #[strum(to_string = "the identity is another user's by now")]
    Taken,
    /// Whoever the identity is of was erased since.
    #[strum(to_string = "the person was erased since")]
    Erased,
}

/// Takes back what is picked of a user's changes.
///
/// `history` has the changes of the user's newest writes, newest write first, each write whole, down to the oldest that
/// is picked. `why_not` says why an identity that left cannot come back: it is another user's, or erased. A user who
/// came to be by what is picked and never logged in is withdrawn; one who logged in stays.
pub fn undo(
    user: &User,
    history: &[Change],
    picked: &dyn Fn(&Change) -> bool,
    why_not: &dyn Fn(&Identity) -> Option<Why>,
    terms: Terms,
    origin: &Origin,
) -> Undone {
    let mut undo = Undo {
        user: user.clone(),
        left: Vec::new(),
        since: BTreeSet::new(),
        is_status_since: false,
        back: BTreeSet::new(),
        terms,
        why_not,
    };
    let mut now = user.clone();
    for write in history.chunk_by(|one, other| one.version == other.version) {
        let then = before(&now, write);
        let of_write: Vec<&Change> = write.iter().filter(|change| picked(change)).collect();
        for change in of_write.iter().rev() {
            undo.take_back(change, &of_write, &then);
        }
        write.iter().filter(|change| !picked(change)).for_each(|change| undo.note(change));
        now = then;
    }
    let Undo { user: mut now, left, back, .. } = undo;
    if terms.hold {
        hold(user, &mut now, &back, origin);
    }
    Undone { write: write(user, now, origin), left }
}

/// The user on their way back.
struct Undo<'a> {
    user: User,
    left: Vec<Left>,
    /// What a provider changed since.
    since: BTreeSet<((String, String), Key)>,
    /// Whether the operator shut the user out or let them in since, by an act and not by an undo.
    is_status_since: bool,
    /// What is as it was, by this undo or before it.
    back: BTreeSet<((String, String), Held)>,
    terms: Terms,
    why_not: &'a dyn Fn(&Identity) -> Option<Why>,
}

impl Undo<'_> {
    /// Takes one change back. `of_write` are all that are picked of the same write; `then` is the user before it.
    fn take_back(&mut self, change: &Change, of_write: &[&Change], then: &User) {
        match (&change.what, &change.identity) {
            (What::Disabled { to, .. }, _) => self.take_back_status(change, *to),
            // Of somebody who never had an identity nothing else tells that they came to be, or went.
            (What::Withdrawn { to: false }, _) => self.withdraw_if_bare(),
            (What::Withdrawn { to: true }, _) => {
                let had_one = |one: &&Change| matches!(one.what, What::Unlinked(_));
                self.user.is_withdrawn &= of_write.iter().any(had_one);
            }
            (What::CameForward { .. }, _) => {}
            (What::Unlinked(identity), _) => self.link_again(change, identity),
            (What::Linked, Some(name)) => self.unlink(change, name),
            (_, Some(name)) if came_by(of_write, name) => {}
            (what, Some(name)) => {
                for what in one_by_one(what) {
                    self.take_back_value(&what, name, of_write, then);
                }
            }
            (_, None) => {}
        }
    }

    fn take_back_status(&mut self, change: &Change, to: bool) {
        if self.user.is_disabled == to {
            match self.is_status_since && !self.terms.even_if_changed {
                true => self.leave(change, Why::ChangedSince),
                false => self.user.is_disabled = !to,
            }
        }
    }

    fn take_back_value(&mut self, what: &What, name: &IdentityName, of_write: &[&Change], then: &User) {
        let Some(key) = Key::of(what) else { return };
        let is_same = |left: &Left| {
            left.identity.as_ref().is_some_and(|of| are_one(of, name))
                && Key::of(&left.what).is_some_and(|left| left == key || left.goes_with(&key))
        };
        let leave = |why| Left { identity: Some(name.clone()), what: what.clone(), why };
        let is_open = match self.terms.even_if_changed {
            true => Open::Always,
            false if self.since.contains(&(pair(name), key.clone())) => Open::Never,
            false => Open::Unchanged,
        };
        let Some(identity) = self.user.identity_mut(&name.issuer, &name.subject) else {
            self.left.push(leave(Why::Unlinked));
            return;
        };
        let then = then.identity(&name.issuer, &name.subject);
        match restore(identity, what, then, of_write, is_open) {
            // Whatever came in between, it is where it began.
            true => {
                self.left.retain(|left| !is_same(left));
                self.back.extend(what.held().map(|held| (pair(name), held)));
            }
            false => self.left.push(leave(Why::ChangedSince)),
        }
    }

    /// Notes what was changed by others than the operator, who may have undone and done again.
    fn note(&mut self, change: &Change) {
        self.is_status_since |= matches!(change.what, What::Disabled { .. }) && change.origin.run.is_none();
        if let Some(name) = change.identity.as_ref().filter(|_| change.origin.source != Source::Operator) {
            let keys = one_by_one(&change.what).into_iter().filter_map(|what| Key::of(&what));
            self.since.extend(keys.map(|key| (pair(name), key)));
        }
    }

    fn leave(&mut self, change: &Change, why: Why) {
        self.left.push(Left { identity: change.identity.clone(), what: change.what.clone(), why });
    }

    fn link_again(&mut self, change: &Change, identity: &Identity) {
        if self.user.identity(&identity.issuer, &identity.subject).is_some() {
            return;
        }
        if let Some(why) = (self.why_not)(identity) {
            return self.leave(change, why);
        }
        self.user.identities.push(identity.clone());
        self.user.is_withdrawn = false;
    }

    /// Whoever logged in by an identity since it came keeps it; and nobody who ever logged in is left without one.
    fn unlink(&mut self, change: &Change, name: &IdentityName) {
        let Some(identity) = self.user.identity(&name.issuer, &name.subject) else {
            // It is gone, with all that there was of it.
            self.left.retain(|left| !left.identity.as_ref().is_some_and(|of| are_one(of, name)));
            return;
        };
        let since = identity.last_login_at.is_some_and(|at| at > change.origin.received_at);
        let is_last = self.user.identities.len() == 1;
        if (since && !self.terms.even_if_changed) || (is_last && self.user.login_count > 0) {
            return self.leave(change, Why::LoggedIn);
        }
        self.user.identities.retain(|one| !one.is(&name.issuer, &name.subject));
        self.withdraw_if_bare();
    }

    fn withdraw_if_bare(&mut self) {
        self.user.is_withdrawn = self.user.identities.is_empty() && self.user.login_count == 0;
    }
}

/// Whether the identity itself came with what is picked: then it goes or stays with all that it came with.
fn came_by(of_write: &[&Change], name: &IdentityName) -> bool {
    let is_it = |one: &&&Change| one.identity.as_ref().is_some_and(|of| are_one(of, name));
    of_write.iter().filter(is_it).any(|one| one.what == What::Linked)
}

/// A provider may be called otherwise by now.
fn are_one(one: &IdentityName, other: &IdentityName) -> bool {
    pair(one) == pair(other)
}

fn pair(name: &IdentityName) -> (String, String) {
    (name.issuer.clone(), name.subject.clone())
}

/// What a value is known by within an identity.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Field(Field),
    Claim(String),
    Standing,
    Held(Held),
}

impl Key {
    /// Of a claim, the only one that is named.
    fn of(what: &What) -> Option<Self> {
        match what {
            What::Fact { field, .. } => Some(Self::Field(*field)),
            What::Claims { from, to } => from.keys().chain(to.keys()).next().cloned().map(Self::Claim),
            What::Standing { .. } => Some(Self::Standing),
            What::Held { held, .. } => Some(Self::Held(*held)),
            What::Linked
            | What::Unlinked(_)
            | What::CameForward { .. }
            | What::Disabled { .. }
            | What::AccountMade
            | What::Invited { .. }
            | What::Withdrawn { .. } => None,
        }
    }

    /// Whether it is the flag that vouches for the other.
    fn goes_with(&self, other: &Key) -> bool {
        match (self, other) {
            (Self::Field(flag), Self::Field(of)) => flag.vouches_for() == Some(*of),
            _ => false,
        }
    }
}

/// Claims, each by itself.
fn one_by_one(what: &What) -> Vec<What> {
    let What::Claims { from, to } = what else { return vec![what.clone()] };
    let side = |claims: &Claims, name: &String| -> Claims {
        claims.get(name).map(|value| (name.clone(), value.clone())).into_iter().collect()
    };
    let names = from.keys().chain(to.keys().filter(|name| !from.contains_key(*name)));
    names.map(|name| What::Claims { from: side(from, name), to: side(to, name) }).collect()
}

/// Whether a value may be taken back that is not as it was.
#[derive(Clone, Copy)]
enum Open {
    /// Whatever it is now.
    Always,
    /// Where it is what the change made of it.
    Unchanged,
    /// A provider has changed it since.
    Never,
}

impl Open {
    fn if_unchanged(self, is_unchanged: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Unchanged => is_unchanged,
            Self::Never => false,
        }
    }
}

/// Gives an identity back what it had before one change; whether it has that then.
fn restore(
    identity: &mut Identity,
    what: &What,
    then: Option<&Identity>,
    of_write: &[&Change],
    open: Open,
) -> bool {
    match what {
        What::Fact { field, from, to } => match field.vouches_for() {
            None => restore_value(identity, *field, (from, to), then, open),
            Some(of) if of_write.iter().any(|one| is_of_field(one, of)) => true,
            Some(of) => restore_flag(identity, (*field, of), (from, to), then, open),
        },
        What::Claims { from, to } => restore_claim(identity, from, to, open),
        What::Standing { from: (from, _), to: (to, _) } => {
            if identity.standing != *from && open.if_unchanged(identity.standing == *to) {
                (identity.standing, identity.standing_at) = (*from, after(identity.standing_at));
            }
            identity.standing == *from
        }
        What::Held { held, from, to } => {
            if open.if_unchanged(identity.holds.get(held) == to.as_ref()) {
                identity.holds.remove(held);
                identity.holds.extend(from.clone().map(|from| (*held, from)));
            }
            identity.holds.get(held) == from.as_ref()
        }
        What::Linked
        | What::Unlinked(_)
        | What::CameForward { .. }
        | What::Disabled { .. }
        | What::AccountMade
        | What::Invited { .. }
        | What::Withdrawn { .. } => true,
    }
}

type FromTo<'a> = (&'a Option<Fact>, &'a Option<Fact>);

/// A value, with the flag that vouched for it then; whether it is as it was.
fn restore_value(
    identity: &mut Identity,
    field: Field,
    (from, to): FromTo<'_>,
    then: Option<&Identity>,
    open: Open,
) -> bool {
    let now = value(identity.facts.get(&field));
    if now == value(from.as_ref()) {
        return true;
    }
    if !open.if_unchanged(now == value(to.as_ref())) {
        return false;
    }
    set(identity, field, from.as_ref());
    if let Some(flag) = field.vouched_by() {
        set(identity, flag, then.and_then(|then| then.facts.get(&flag)));
    }
    true
}

/// A flag alone, beside the very value that it spoke of; whether it is as it was.
fn restore_flag(
    identity: &mut Identity,
    (flag, of): (Field, Field),
    (from, to): FromTo<'_>,
    then: Option<&Identity>,
    open: Open,
) -> bool {
    let now = value(identity.facts.get(&flag));
    let spoke_of = then.and_then(|then| value(then.facts.get(&of)));
    if spoke_of != value(identity.facts.get(&of)) {
        return false;
    }
    if now != value(from.as_ref()) && open.if_unchanged(now == value(to.as_ref())) {
        set(identity, flag, from.as_ref());
    }
    value(identity.facts.get(&flag)) == value(from.as_ref())
}

/// One claim; whether it is as it was.
fn restore_claim(identity: &mut Identity, from: &Claims, to: &Claims, open: Open) -> bool {
    let Some(name) = from.keys().chain(to.keys()).next() else { return true };
    let now = identity.claims.get(name);
    if now == from.get(name) {
        return true;
    }
    if !open.if_unchanged(now == to.get(name)) {
        return false;
    }
    let at = identity.claim_times.get(name).copied().unwrap_or(identity.observed_at);
    identity.claim_times.insert(name.clone(), after(at));
    identity.claims.remove(name);
    identity.claims.extend(from.clone());
    true
}

fn is_of_field(change: &Change, of: Field) -> bool {
    matches!(&change.what, What::Fact { field, .. } if *field == of)
}

fn value(fact: Option<&Fact>) -> Option<&Value> {
    fact.and_then(|fact| fact.value.as_ref())
}

/// Writes a fact as it was, newer than what it replaces. Where there was none, that is kept as a time: nothing older
/// brings it back.
fn set(identity: &mut Identity, field: Field, to: Option<&Fact>) {
    let now = identity.facts.get(&field);
    let Some(source) = to.or(now).map(|fact| fact.source) else { return };
    let times = now.map(|now| after(now.at)).into_iter().chain(to.map(|to| to.at));
    let at = times.max().unwrap_or(Timestamp::UNIX_EPOCH);
    let fact = Fact { value: to.and_then(|to| to.value.clone()), at, source };
    identity.facts.insert(field, fact);
}

/// The least later.
fn after(at: Timestamp) -> Timestamp {
    at + TimeDelta::microseconds(1)
}

/// Holds what came back, and what was back already.
fn hold(was: &User, now: &mut User, back: &BTreeSet<((String, String), Held)>, origin: &Origin) {
    let hold = Hold { at: origin.received_at, actor: origin.actor.clone(), run: origin.run };
    for identity in &mut now.identities {
        let Some(was) = was.identity(&identity.issuer, &identity.subject) else { continue };
        let changed: Vec<Held> = differences(Some(was), identity).iter().filter_map(What::held).collect();
        let of_it = back.iter().filter(|((issuer, subject), _)| identity.is(issuer, subject));
        let held: Vec<Held> = of_it.map(|(_, held)| *held).chain(changed).collect();
        for held in held {
            identity.holds.entry(held).or_insert_with(|| hold.clone());
        }
    }
}

/// The write that makes `back` of `was`; none where nothing is otherwise.
fn write(was: &User, back: User, origin: &Origin) -> Option<Write> {
    let user = User { version: was.version + 1, updated_at: was.updated_at.max(origin.received_at), ..back };
    let (mut whats, mut ends) = (Vec::new(), Vec::new());
    for identity in &user.identities {
        let known = was.identity(&identity.issuer, &identity.subject);
        let mut of_one = differences(known, identity);
        of_one.extend(known.map(|known| of_holds(known, identity)).into_iter().flatten());
        if known.is_some_and(|known| known.standing != identity.standing)
            && identity.standing != Standing::Present
        {
            ends.push(of_identity(identity));
        }
        whats.extend(of_one.into_iter().map(|what| (Some(IdentityName::from(identity)), what)));
    }
    let gone = |one: &&Identity| user.identity(&one.issuer, &one.subject).is_none();
    let (gone, stay): (Vec<&Identity>, Vec<&Identity>) = was.ranked().partition(|one| gone(one));
    for identity in &gone {
        ends.push(of_identity(identity));
        whats.push((Some(IdentityName::from(*identity)), What::Unlinked(Box::new((*identity).clone()))));
    }
    if let Some(first) = gone.first() {
        // Those that come forward by it, so that the history can tell the order as it was.
        let came = stay.into_iter().filter(|one| one.is_behind(first));
        whats.extend(
            came.map(|one| (Some(IdentityName::from(one)), What::CameForward { from: one.last_login_at })),
        );
    }
    if was.is_disabled != user.is_disabled {
        whats.push((None, What::Disabled { to: user.is_disabled, reason: None }));
        if user.is_disabled {
            ends.push(Ends::OfUser { user: user.id, except: None });
        }
    }
    if was.is_withdrawn != user.is_withdrawn {
        whats.push((None, What::Withdrawn { to: user.is_withdrawn }));
    }
    if whats.is_empty() {
        return None;
    }
    let version = user.version;
    let change = |(identity, what)| Change { version, identity, what, origin: origin.clone() };
    Some(Write { ends, ..Write::new(user, whats.into_iter().map(change).collect()) })
}

fn of_identity(identity: &Identity) -> Ends {
    Ends::OfIdentity { issuer: identity.issuer.clone(), subject: identity.subject.clone() }
}

fn of_holds(was: &Identity, is: &Identity) -> Vec<What> {
    let all: BTreeSet<Held> = was.holds.keys().chain(is.holds.keys()).copied().collect();
    let one = |held: Held| {
        let (from, to) = (was.holds.get(&held).cloned(), is.holds.get(&held).cloned());
        (from != to).then_some(What::Held { held, from, to })
    };
    all.into_iter().filter_map(one).collect()
}

#[cfg(test)]
mod tests;
