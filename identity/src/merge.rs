//! The one way in: an observation and the user it is about make the user as it is now, and the changes.
//! Pure; every rule of it is a property test below.

use crate::observation::{Extent, Observation, Source, silent, without_tokens};
use crate::user::{Change, Fact, Field, Identity, Status, Timestamp, User, UserId, Value};

/// A user after an observation, and what it changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Merged {
    pub user: User,
    pub changes: Vec<Change>,
}

/// Merges an observation into the user it is about.
///
/// `user` is the owner of the observed identity, the user whom the identity shall join, or none: then a new
/// one starts under the id `fresh`.
pub fn merge(user: Option<User>, observation: &Observation, fresh: UserId) -> Merged {
    let before = user;
    let mut user = before.clone().unwrap_or_else(|| newcomer(fresh, observation.received_at));
    let is_login = observation.source == Source::Login && user.status != Status::Disabled;
    observe(&mut user, observation, is_login);
    if is_login {
        user.last_login_at = later(user.last_login_at, observation.received_at);
        user.login_count += 1;
        if user.status == Status::Tombstone {
            user.status = Status::Active;
        }
    }
    user.version += 1;
    let changes = differences(before.as_ref(), &user, observation);
    if !changes.is_empty() {
        user.updated_at = user.updated_at.max(observation.received_at);
    }
    Merged { user, changes }
}

/// A user with another status, as the operator wants it; none where it is so already.
pub fn set_status(mut user: User, status: Status, now: Timestamp) -> Option<Merged> {
    if user.status == status {
        return None;
    }
    let from = std::mem::replace(&mut user.status, status);
    user.version += 1;
    user.updated_at = user.updated_at.max(now);
    let change = status_change(from, status, now, Source::Operator, None, user.version);
    Some(Merged { user, changes: vec![change] })
}

fn newcomer(id: UserId, now: Timestamp) -> User {
    User {
        id,
        status: Status::Active,
        identities: Vec::new(),
        created_at: now,
        updated_at: now,
        last_login_at: None,
        login_count: 0,
        version: 0,
    }
}

/// Brings the observed identity up to date, or adds it.
fn observe(user: &mut User, observation: &Observation, is_login: bool) {
    let known = |one: &Identity| one.issuer == observation.issuer && one.subject == observation.subject;
    let at = match user.identities.iter().position(known) {
        Some(at) => at,
        None => {
            user.identities.push(first_seen(observation));
            user.identities.len() - 1
        }
    };
    let identity = &mut user.identities[at];
    identity.last_seen_at = identity.last_seen_at.max(observation.received_at);
    identity.provider.clone_from(&observation.provider);
    if is_login {
        identity.last_login_at = later(identity.last_login_at, observation.received_at);
    }
    // Strictly older than what we know: it changes no field. Equal is merged.
    if observation.stated_at() >= identity.observed_at {
        identity.observed_at = observation.stated_at();
        state(identity, observation);
    }
}

fn first_seen(observation: &Observation) -> Identity {
    Identity {
        provider: observation.provider.clone(),
        issuer: observation.issuer.clone(),
        subject: observation.subject.clone(),
        facts: Default::default(),
        claims: Default::default(),
        first_seen_at: observation.received_at,
        last_seen_at: observation.received_at,
        last_login_at: None,
        observed_at: observation.stated_at(),
    }
}

/// Writes what is stated over what was. Silence clears only in a full observation.
fn state(identity: &mut Identity, observation: &Observation) {
    let stated = observation.stated();
    if observation.extent == Extent::Full {
        identity.facts.retain(|field, _| stated.contains_key(field));
        identity.claims.clear();
    }
    for flag in Field::CLAIMS {
        let Some(of) = flag.vouches_for() else { continue };
        let Some(value) = stated.get(&of) else { continue };
        let same = identity.facts.get(&of).is_some_and(|known| known.value == *value);
        // A full observation has taken the flag away, whether or not the value is the same.
        let vouched = same && identity.facts.contains_key(&flag);
        if !vouched && !stated.contains_key(&flag) {
            identity.facts.insert(flag, fact(Value::Flag(false), observation));
        }
    }
    for (field, value) in stated {
        identity.facts.insert(field, fact(value, observation));
    }
    for (name, value) in without_tokens(observation.claims.clone()) {
        if !silent(&value) || !identity.claims.contains_key(&name) {
            identity.claims.insert(name, value);
        }
    }
}

fn fact(value: Value, observation: &Observation) -> Fact {
    Fact { value, at: observation.stated_at(), source: observation.source }
}

fn later(known: Option<Timestamp>, now: Timestamp) -> Option<Timestamp> {
    Some(known.map_or(now, |known| known.max(now)))
}

/// What a reader of the profile sees differ.
fn differences(before: Option<&User>, after: &User, observation: &Observation) -> Vec<Change> {
    let old = before.map(User::profile).unwrap_or_default();
    let new = after.profile();
    let provider = Some(observation.provider.clone());
    let mut changes: Vec<Change> = Field::CLAIMS
        .into_iter()
        .filter_map(|field| {
            let from = old.get(&field).map(|shown| shown.fact.value.clone());
            let to = new.get(&field).map(|shown| shown.fact.value.clone());
            let (at, source, provider) = (observation.stated_at(), observation.source, provider.clone());
            (from != to).then_some(Change { field, from, to, at, source, provider, version: after.version })
        })
        .collect();
    if let Some(before) = before.filter(|before| before.status != after.status) {
        let (at, source) = (observation.stated_at(), observation.source);
        changes.push(status_change(before.status, after.status, at, source, provider, after.version));
    }
    changes
}

fn status_change(
    from: Status,
    to: Status,
    at: Timestamp,
    source: Source,
    provider: Option<String>,
    version: i64,
) -> Change {
    let text = |status: Status| Some(Value::Text(status.to_string()));
    Change { field: Field::Status, from: text(from), to: text(to), at, source, provider, version }
}

#[cfg(test)]
mod tests;
