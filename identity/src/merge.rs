//! The one way in: an observation and the user it is about make the user as it is now, and the changes.
//! Pure; every rule of it is a property test below.

use std::collections::BTreeSet;

use crate::Code;
use crate::change::{Change, What};
use crate::claims::{Claims, Source, fit, without_tokens};
use crate::decision::{Decision, Ends, Write};
use crate::field::{Field, Value};
use crate::hold::Held;
use crate::ids::{Timestamp, UserId};
use crate::observation::{Extent, Observation, silent};
use crate::origin::Origin;
use crate::user::{Fact, Facts, Identity, Standing, User};

/// Claims of the protocol itself, which differ from token to token and say nothing of the person: RFC 7519 4.1,
/// OpenID Connect Core 2, Session Management 3, and what Entra and Kinde add.
const PROTOCOL: [&str; 23] = [
    "acr",
    "aio",
    "amr",
    "at_hash",
    "aud",
    "auth_time",
    "azp",
    "c_hash",
    "events",
    "exp",
    "iat",
    "iss",
    "jti",
    "nbf",
    "nonce",
    "rat",
    "rh",
    "s_hash",
    "session_state",
    "sid",
    "typ",
    "uti",
    "ver",
];

/// What is kept of the claims of one identity, in bytes of JSON: all that a provider says must fit into the row or
/// document of a user, or they could never be written again.
const CLAIMS: usize = 512 * 1024;

/// What becomes of the owner of the observed identity: it is merged into them. Where nobody owns it, it joins the
/// user `link`, or a new one starts under the id `fresh`.
///
/// Refused where the identity is another user's than `link` (`identity_taken`), and where `link` is gone
/// (`signed_out`).
pub fn merge_or_link(
    user: Option<&User>,
    observation: &Observation,
    fresh: UserId,
    link: Option<UserId>,
) -> Decision {
    match (user, link) {
        (Some(user), Some(link)) if user.id != link => Decision::Refuse(Code::IdentityTaken),
        (None, Some(_)) => Decision::Refuse(Code::SignedOut),
        _ => merge(user, observation, fresh).into(),
    }
}

/// As [`merge_or_link`], but leaves whoever would stay as they are: a message that is heard again writes nothing.
pub fn merge_news(
    user: Option<&User>,
    observation: &Observation,
    fresh: UserId,
    link: Option<UserId>,
) -> Decision {
    match merge_or_link(user, observation, fresh, link) {
        Decision::Keep(write) if user.is_some_and(|user| is_old_news(user, &write)) => Decision::Leave,
        decision => decision,
    }
}

/// Whether a write would change nothing but the version.
fn is_old_news(user: &User, write: &Write) -> bool {
    let nothing_but_version = User { version: write.user.version, ..user.clone() };
    write.changes.is_empty() && write.ends.is_empty() && write.user == nothing_but_version
}

/// Merges an observation into the user it is about.
///
/// `user` is the owner of the observed identity, the user whom the identity shall join, or none: then a new
/// one starts under the id `fresh`.
pub fn merge(user: Option<&User>, observation: &Observation, fresh: UserId) -> Write {
    let origin = &observation.origin;
    let mut user = user.cloned().unwrap_or_else(|| User::new(fresh, origin.received_at));
    user.version += 1;
    let (issuer, subject) = (&observation.issuer, &observation.subject);
    let before = user.identity(issuer, subject).cloned();
    let order = ranking(&user);
    let is_login = origin.source == Source::Login && !user.is_disabled;
    if before.is_none() {
        user.identities.push(first_seen(observation));
    }
    if let Some(identity) = user.identity_mut(issuer, subject) {
        observe(identity, observation, is_login);
    }
    if is_login {
        user.last_login_at = later(user.last_login_at, origin.received_at);
        user.login_count += 1;
    }
    let after = user.identity(issuer, subject);
    let mut whats = after.map(|after| differences(before.as_ref(), after)).unwrap_or_default();
    if let Some(before) = &before
        && ranking(&user) != order
    {
        whats.push(What::CameForward { from: before.last_login_at });
    }
    let mut ends = Vec::new();
    if after.is_some_and(|after| after.standing != Standing::Present) {
        ends.push(Ends::OfIdentity { issuer: issuer.clone(), subject: subject.clone() });
    }
    let name = after.map(Into::into);
    let change =
        |what| Change { version: user.version, identity: name.clone(), what, origin: as_stated(origin) };
    let changes: Vec<Change> = whats.into_iter().map(change).collect();
    if changes.iter().any(|change| !matches!(change.what, What::CameForward { .. })) {
        user.updated_at = user.updated_at.max(origin.received_at);
    }
    Write { ends, ..Write::new(user, changes) }
}

/// The identities in the order in which the profile asks them.
fn ranking(user: &User) -> Vec<(String, String)> {
    if user.identities.len() < 2 {
        return Vec::new();
    }
    user.ranked().map(|one| (one.issuer.clone(), one.subject.clone())).collect()
}

fn as_stated(origin: &Origin) -> Origin {
    Origin { at: origin.stated_at(), ..origin.clone() }
}

fn first_seen(observation: &Observation) -> Identity {
    let origin = &observation.origin;
    Identity {
        provider: observation.provider.clone(),
        issuer: observation.issuer.clone(),
        subject: observation.subject.clone(),
        facts: Facts::new(),
        claims: Claims::new(),
        claim_times: Default::default(),
        standing: Standing::Present,
        standing_at: observation.standing.map_or(Timestamp::UNIX_EPOCH, |_| origin.stated_at()),
        first_seen_at: origin.received_at,
        last_seen_at: origin.received_at,
        last_login_at: None,
        observed_at: origin.stated_at(),
        holds: Default::default(),
    }
}

/// Brings the observed identity up to date. Each field, each claim and the standing stay as they are where they
/// were stated later; an equal time is merged.
fn observe(identity: &mut Identity, observation: &Observation, is_login: bool) {
    let origin = &observation.origin;
    let at = origin.stated_at();
    identity.last_seen_at = identity.last_seen_at.max(origin.received_at);
    identity.provider.clone_from(&observation.provider);
    if is_login {
        identity.last_login_at = later(identity.last_login_at, origin.received_at);
    }
    state_facts(identity, observation);
    state_claims(identity, observation, at);
    if let Some(stated) = observation.standing
        && at >= identity.standing_at
        && !identity.keeps(Held::Standing)
        && may_follow(identity.standing, stated, observation)
    {
        (identity.standing, identity.standing_at) = (stated, at);
    }
    identity.observed_at = identity.observed_at.max(at);
}

/// Who is deleted stays so until they log in or a list has them again.
fn may_follow(known: Standing, stated: Standing, observation: &Observation) -> bool {
    let is_listed = matches!(observation.extent, Extent::Full(_));
    known != Standing::Deleted
        || stated == Standing::Deleted
        || is_listed
        || observation.origin.source == Source::Login
}

/// Writes what is stated over what was, but for what is held. Silence clears only in a full observation.
fn state_facts(identity: &mut Identity, observation: &Observation) {
    let at = observation.origin.stated_at();
    let stated = observation.stated();
    let fact = |value| Fact { value, at, source: observation.origin.source };
    let held: BTreeSet<Field> =
        Field::ALL.iter().copied().filter(|field| identity.keeps(Held::Field(*field))).collect();
    let facts = &mut identity.facts;
    let is_open = |facts: &Facts, field: Field| {
        !held.contains(&field) && facts.get(&field).is_none_or(|known| known.at <= at)
    };
    for &field in Field::ALL {
        let known = facts.get(&field).and_then(|known| known.value.clone());
        match field.vouches_for() {
            None => match stated.get(&field) {
                Some(value) if is_open(facts, field) => {
                    let flag = field.vouched_by().filter(|_| known.as_ref() != Some(value));
                    facts.insert(field, fact(Some(value.clone())));
                    // A new value starts without the word of whoever vouched for the old one.
                    if let Some(flag) = flag {
                        facts.insert(flag, fact(Some(Value::Flag(false))));
                    }
                }
                None if observation.extent.clears(field.as_str()) && is_open(facts, field) => {
                    facts.insert(field, fact(None));
                }
                _ => {}
            },
            Some(of) => {
                let value = facts.get(&of).and_then(|fact| fact.value.as_ref());
                let vouched = match stated.get(&field) {
                    // Heard only beside the value that it vouches for.
                    Some(flag) if stated.get(&of) == value => Some(flag.clone()),
                    None if value.is_some() && stated.get(&of) == value => {
                        let silenced = observation.extent.clears(field.as_str()) || known.is_none();
                        silenced.then_some(Value::Flag(false))
                    }
                    _ => None,
                };
                match (vouched, value) {
                    (Some(flag), Some(_)) if is_open(facts, field) => {
                        facts.insert(field, fact(Some(flag)));
                    }
                    (_, None) if known.is_some() => {
                        facts.insert(field, fact(None));
                    }
                    _ => {}
                }
            }
        }
    }
}

/// The claims as received; see [`Identity::claim_times`].
fn state_claims(identity: &mut Identity, observation: &Observation, at: Timestamp) {
    let newest = identity.observed_at;
    let stated = without_tokens(observation.claims.clone());
    let cleared = match &observation.extent {
        Extent::Partial => None,
        Extent::Full(claims) => Some(claims),
    };
    let names = identity.claims.keys().chain(stated.keys()).chain(cleared.into_iter().flatten());
    let names: BTreeSet<String> = names.cloned().collect();
    for name in names {
        let is_there = identity.claims.contains_key(&name);
        let known = identity.claim_times.get(&name).copied().or(is_there.then_some(newest));
        let said = stated.get(&name);
        let is_silent = said.is_none_or(silent);
        let is_stated = known.is_none_or(|known| known <= at)
            && match is_silent {
                false => true,
                true => observation.extent.clears(&name) || (said.is_some() && !is_there),
            };
        let time = if is_stated { Some(at) } else { known };
        match (is_stated, said) {
            (true, Some(value)) => {
                identity.claims.insert(name.clone(), value.clone());
            }
            (true, None) => {
                identity.claims.remove(&name);
            }
            (false, _) => {}
        }
        // The usual time needs no entry; that of a claim that is gone always does.
        match time {
            Some(time) if time != newest.max(at) || !identity.claims.contains_key(&name) => {
                identity.claim_times.insert(name, time);
            }
            _ => {
                identity.claim_times.remove(&name);
            }
        }
    }
    for name in fit(&mut identity.claims, CLAIMS, &[]) {
        identity.claim_times.entry(name).or_insert(newest.max(at));
    }
}

fn later(known: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    Some(known.map_or(now, |known| known.max(now)))
}

/// What of an identity is different. A fact that was stated again is no change.
pub(crate) fn differences(before: Option<&Identity>, after: &Identity) -> Vec<What> {
    let mut whats = Vec::new();
    if before.is_none() {
        whats.push(What::Linked);
    }
    let known = |facts: Option<&Facts>, field| facts.and_then(|facts| facts.get(&field)).cloned();
    for &field in Field::ALL {
        let from = known(before.map(|before| &before.facts), field);
        let to = known(Some(&after.facts), field);
        let value = |fact: &Option<Fact>| fact.as_ref().and_then(|fact| fact.value.clone());
        if value(&from) != value(&to) {
            whats.push(What::Fact { field, from, to });
        }
    }
    let nothing = Claims::new();
    let claims = before.map_or(&nothing, |before| &before.claims);
    let (from, to) = (apart(claims, &after.claims), apart(&after.claims, claims));
    if !from.is_empty() || !to.is_empty() {
        whats.push(What::Claims { from, to });
    }
    let present = (Standing::Present, after.standing_at);
    let from = before.map_or(present, |before| (before.standing, before.standing_at));
    if from.0 != after.standing {
        whats.push(What::Standing { from, to: (after.standing, after.standing_at) });
    }
    whats
}

/// What of `one` is not the same in `other`.
fn apart(one: &Claims, other: &Claims) -> Claims {
    let differs =
        |(name, value): &(&String, _)| other.get(*name) != Some(*value) && !PROTOCOL.contains(&name.as_str());
    one.iter().filter(differs).map(|(name, value)| (name.clone(), value.clone())).collect()
}

#[cfg(test)]
mod tests;
