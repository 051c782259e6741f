//! The user of a line. A line says what shows and what each provider sent, not which identity logged in last nor when
//! each fact was stated: that is filled in so that the user shows what the line says.

use std::collections::BTreeSet;

use chrono::{DateTime, Datelike, DurationRound, TimeDelta};
use identity::merge::merge;
use identity::{
    Claims, Extent, Fact, Field, Identity, Observation, Origin, Source, Status, Timestamp, User, Value,
};
use serde_json::json;

use super::{IdentityLine, UserLine};
use crate::heard::is_reference;

/// Why a line is no user's. The sentences hold no value of the line.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence of each says what it means")]
pub enum LineError {
    #[error(
        "an identity has no provider or issuer, a subject that is not of 1 to 255 bytes, or a NUL in a name"
    )]
    Nameless,
    #[error("an identity is there twice")]
    Twice,
    #[error("it has a profile and no identity that could have stated it")]
    Unstated,
    #[error("its status and the standings of its identities contradict each other")]
    Status,
    #[error("a time lies beyond the years 1970 to 9999")]
    Time,
}

impl UserLine {
    /// The user of this line, never written yet: ids, identities, claims, standings, times, counts and status are the
    /// line's. A fact counts as stated when its identity was last heard of, but not later than `now`, by an import; of
    /// several identities the one in front is the one whose claims say most of the profile.
    ///
    /// # Errors
    /// The line contradicts itself, or holds what no store keeps.
    pub fn to_user(&self, now: Timestamp) -> Result<User, LineError> {
        let mut user = User::new(self.id, time(self.created_at)?);
        let mut names = BTreeSet::new();
        for line in &self.identities {
            if !names.insert((&line.issuer, &line.subject)) {
                return Err(LineError::Twice);
            }
            user = with_identity(&user, line, now)?;
        }
        user.identities
            .sort_by_cached_key(|one| (one.first_seen_at, one.issuer.clone(), one.subject.clone()));
        user.is_disabled = self.status == Status::Disabled;
        user.updated_at = time(self.updated_at)?;
        user.last_login_at = self.last_login_at.map(time).transpose()?;
        // What a database can count to.
        user.login_count = self.login_count.min(i64::MAX as u64);
        user.version = 1;
        if user.status() != self.status {
            return Err(LineError::Status);
        }
        let shown = self.shown();
        match front(&user, &shown) {
            Some(front) => {
                user.identities[front].last_login_at = user.last_login_at;
                show(&mut user, front, &shown);
            }
            None if shown.stated().is_empty() => {}
            None => return Err(LineError::Unstated),
        }
        Ok(user)
    }

    /// The profile of the line, read as any claims are.
    fn shown(&self) -> Observation {
        let stated = |field: &Field| Some((field.as_str().to_owned(), json!(self.value(*field)?)));
        observed(Field::ALL.iter().filter_map(stated).collect(), self.created_at)
    }
}

fn observed(claims: Claims, at: Timestamp) -> Observation {
    Observation {
        provider: String::new(),
        issuer: String::new(),
        subject: String::new(),
        origin: Origin { at, received_at: at, source: Source::Import, actor: None, run: None },
        extent: Extent::Partial,
        claims,
        standing: None,
    }
}

/// To the microsecond, which every database keeps, and within the years that every database knows.
fn time(at: Timestamp) -> Result<Timestamp, LineError> {
    let is_known = (1970..=9999).contains(&at.year());
    let at = is_known.then(|| DateTime::duration_trunc(at, TimeDelta::microseconds(1)));
    at.and_then(Result::ok).ok_or(LineError::Time)
}

fn with_identity(user: &User, line: &IdentityLine, now: Timestamp) -> Result<User, LineError> {
    let is_name = |name: &str| !name.is_empty() && !name.contains('\0');
    if !is_name(&line.provider) || !is_name(&line.issuer) || !is_reference(&line.subject) {
        return Err(LineError::Nameless);
    }
    let (first_seen_at, last_seen_at) = (time(line.first_seen_at)?, time(line.last_seen_at)?);
    let said = Observation {
        provider: line.provider.clone(),
        issuer: line.issuer.clone(),
        subject: line.subject.clone(),
        standing: Some(line.standing),
        ..observed(line.claims.clone().unwrap_or_default(), last_seen_at.min(now))
    };
    let mut user = merge(Some(user), &said, user.id).user;
    if let Some(identity) = user.identities.last_mut() {
        (identity.first_seen_at, identity.last_seen_at) = (first_seen_at, last_seen_at);
    }
    Ok(user)
}

/// Which identity is in front: without a log-in the rank decides, else of those that were heard of since the last one
/// the one whose claims say most of what shows.
fn front(user: &User, shown: &Observation) -> Option<usize> {
    let ranked: Vec<&Identity> = user.ranked().collect();
    let first = ranked.first()?;
    let stated = shown.stated();
    let says = |one: &Identity| {
        let agrees = |(field, value): &(&Field, &Value)| {
            one.facts.get(field).is_some_and(|fact| fact.value.as_ref() == Some(value))
        };
        stated.iter().filter(agrees).count()
    };
    let front = match user.last_login_at {
        None => first,
        // The last of equals is taken, so the one that ranks highest comes last.
        Some(at) => ranked.iter().rev().max_by_key(|one| (one.last_seen_at >= at, says(one)))?,
    };
    user.identities.iter().position(|one| one.is(&front.issuer, &front.subject))
}

/// Has the user show this profile, by as few facts as can be: what another identity fills in is left to it.
fn show(user: &mut User, front: usize, shown: &Observation) {
    let stated = shown.stated();
    let fact = |value: &Value, at| Fact { value: Some(value.clone()), at, source: Source::Import };
    let of = |user: &User, field| user.profile().get(&field).map(|shown| shown.value.clone());
    for &field in Field::ALL.iter().filter(|field| field.vouches_for().is_none()) {
        match stated.get(&field) {
            wanted if of(user, field).as_ref() == wanted => {}
            Some(wanted) => {
                let front = &mut user.identities[front];
                front.facts.insert(field, fact(wanted, front.observed_at));
            }
            None => {
                for one in &mut user.identities {
                    one.facts.remove(&field);
                }
            }
        }
    }
    for &flag in Field::ALL {
        let Some(value) = flag.vouches_for() else { continue };
        let owner = user
            .profile()
            .get(&value)
            .map(|shown| (shown.identity.issuer.clone(), shown.identity.subject.clone()));
        for one in &mut user.identities {
            let is_owner = owner.as_ref().is_some_and(|(issuer, subject)| one.is(issuer, subject));
            match stated.get(&flag).filter(|_| is_owner) {
                Some(wanted)
                    if one.facts.get(&flag).and_then(|known| known.value.as_ref()) != Some(wanted) =>
                {
                    one.facts.insert(flag, fact(wanted, one.observed_at));
                }
                None if is_owner || !one.facts.contains_key(&value) => drop(one.facts.remove(&flag)),
                _ => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
