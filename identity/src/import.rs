//! Users as another database of ours had them, and how they stand to those that are here. Pure decisions.

use crate::change::{Change, What};
use crate::decision::{Decision, Write};
use crate::ids::UserId;
use crate::merge::differences;
use crate::origin::Origin;
use crate::user::{Identity, User};

/// What became of a user who was to be taken in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TakenIn {
    /// They were not here and are now.
    New,
    /// They are here, just so.
    Same,
    /// They are here, and have gone on since: they stay as they are.
    Newer,
    /// They are here, and are not as the other database had them: they stay as they are.
    Other,
    /// One of their identities, by its number from 1, belongs to another user.
    IdentityTaken(usize, UserId),
    /// They were erased here.
    Erased,
}

/// Takes in a user as another database had them, if they are not here. Whoever is here stays as they are.
pub fn take_in(user: Option<&User>, given: &User, origin: &Origin) -> Decision {
    if user.is_some() {
        return Decision::Leave;
    }
    let user = User { version: 1, ..given.clone() };
    let change = |identity: Option<&Identity>, what| Change {
        version: user.version,
        identity: identity.map(Into::into),
        what,
        origin: origin.clone(),
    };
    let came = |one| differences(None, one).into_iter().map(move |what| change(Some(one), what));
    let mut changes: Vec<Change> = user.identities.iter().flat_map(came).collect();
    if user.is_disabled {
        changes.push(change(None, What::Disabled { to: true, reason: None }));
    }
    if user.identities.is_empty() {
        changes.push(change(None, What::Withdrawn { to: false }));
    }
    Write::new(user, changes).into()
}

/// How the user who is here stands to the one who was given.
pub fn compare(user: &User, given: &User) -> TakenIn {
    let has = |one: &Identity| user.identity(&one.issuer, &one.subject).is_some();
    let went_on = user.created_at == given.created_at
        && user.updated_at >= given.updated_at
        && user.last_login_at >= given.last_login_at
        && user.login_count >= given.login_count;
    if told(user) == told(given) {
        TakenIn::Same
    } else if went_on && given.identities.iter().all(has) {
        TakenIn::Newer
    } else {
        TakenIn::Other
    }
}

/// What a line tells of a user.
fn told(user: &User) -> impl PartialEq {
    let profile = user.profile().into_iter().map(|(field, shown)| (field, shown.value.clone()));
    let mut identities: Vec<_> = user
        .identities
        .iter()
        .map(|one| {
            let names = (one.issuer.clone(), one.subject.clone(), one.provider.clone());
            (names, one.standing, one.first_seen_at, one.last_seen_at, one.claims.clone())
        })
        .collect();
    identities.sort_by(|one, other| one.0.cmp(&other.0));
    let times = (user.created_at, user.updated_at, user.last_login_at);
    (user.id, user.is_disabled, times, user.login_count, profile.collect::<Vec<_>>(), identities)
}

#[cfg(test)]
mod tests;
