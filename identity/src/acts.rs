//! What the operator, or a user of themselves, decides: a status, unlinking, forgetting, letting go of holds. Pure
//! decisions.

use crate::change::{Change, IdentityName, What};
use crate::decision::{Decision, Ends, Write};
use crate::hold::{Held, Hold, Holds};
use crate::ids::Timestamp;
use crate::link_rules::names_of_user;
use crate::origin::Origin;
use crate::user::{Identity, Standing, User};
use crate::{Code, Entry, Erase, IssuerAlias, LogLine};

/// Shuts a user out, with all their sessions, or lets them in again. A status that is so already stays.
pub fn set_disabled(user: Option<&User>, to: bool, reason: Option<&str>, origin: &Origin) -> Decision {
    let Some(user) = user.filter(|user| user.is_disabled != to) else { return Decision::Leave };
    let mut user = next(user, origin);
    user.is_disabled = to;
    let what = What::Disabled { to, reason: reason.map(str::to_owned) };
    let change = Change { version: user.version, identity: None, what, origin: origin.clone() };
    let ends = if to { vec![Ends::OfUser { user: user.id, except: None }] } else { Vec::new() };
    Write { ends, ..Write::new(user, vec![change]) }.into()
}

/// Notes that a user was invited to log in at another provider.
pub fn invite(user: Option<&User>, provider: &str, origin: &Origin) -> Decision {
    let Some(user) = user.filter(|user| !user.is_withdrawn) else { return Decision::Leave };
    let user = next(user, origin);
    let what = What::Invited { provider: provider.to_owned() };
    let change = Change { version: user.version, identity: None, what, origin: origin.clone() };
    Write::new(user, vec![change]).into()
}

/// Takes an identity away from its user, with the sessions that began by it. Never the last one, nor the last that its
/// provider still has, which would lock the user out for good (`identity_last`); one that is not there any more stays
/// so.
pub fn unlink(user: Option<&User>, issuer: &str, subject: &str, origin: &Origin) -> Decision {
    let Some(user) = user else { return Decision::Leave };
    let Some(identity) = user.identity(issuer, subject).cloned() else { return Decision::Leave };
    let present = |one: &&Identity| one.standing == Standing::Present;
    let is_last_present = present(&&identity) && user.identities.iter().filter(present).count() == 1;
    if user.identities.len() == 1 || is_last_present {
        return Decision::Refuse(Code::IdentityLast);
    }
    // Those that come forward by it, so that the history can tell the order as it was.
    let behind: Vec<Identity> =
        user.ranked().skip_while(|one| !one.is(issuer, subject)).skip(1).cloned().collect();
    let mut user = next(user, origin);
    user.identities.retain(|one| !one.is(issuer, subject));
    let ends = Ends::OfIdentity { issuer: issuer.to_owned(), subject: subject.to_owned() };
    let change = |identity: &Identity, what| Change {
        version: user.version,
        identity: Some(identity.into()),
        what,
        origin: origin.clone(),
    };
    let left = change(&identity, What::Unlinked(Box::new(identity.clone())));
    let came = behind.iter().map(|one| change(one, What::CameForward { from: one.last_login_at }));
    let changes = std::iter::once(left).chain(came).collect();
    Write { ends: vec![ends], ..Write::new(user, changes) }.into()
}

/// Forgets a user, if there is one; with the line of the operators' log, where an operator does it. `entries`
/// are the accounts of the user as their providers call them, each with its issuer: they go too, and must never come back
/// by themselves, under whichever name an issuer has.
pub fn erase(
    user: Option<&User>,
    entries: &[(String, Entry)],
    aliases: &[IssuerAlias],
    at: Timestamp,
    log: Option<LogLine>,
) -> Decision {
    let Some(user) = user else { return Decision::Leave };
    let names = names_of_user(user, entries, aliases);
    let entries = entries.iter().map(|(_, entry)| entry.id).collect();
    Decision::Erase(Box::new(Erase { names, entries, at, log }))
}

/// Lets what is held follow the provider again: this, or all of it; of this provider's identities, or of all.
pub fn release(user: Option<&User>, held: Option<Held>, provider: Option<&str>, origin: &Origin) -> Decision {
    let Some(user) = user else { return Decision::Leave };
    let mut user = next(user, origin);
    let (mut changes, version) = (Vec::new(), user.version);
    let theirs = user.identities.iter_mut().filter(|one| provider.is_none_or(|name| name == one.provider));
    for identity in theirs {
        let name = IdentityName::from(&*identity);
        let (gone, kept) = std::mem::take(&mut identity.holds)
            .into_iter()
            .partition(|(what, _): &(Held, Hold)| held.is_none_or(|held| goes_with(*what, held)));
        identity.holds = kept;
        let gone: Holds = gone;
        changes.extend(gone.into_iter().map(|(held, hold)| Change {
            version,
            identity: Some(name.clone()),
            what: What::Held { held, from: Some(hold), to: None },
            origin: origin.clone(),
        }));
    }
    match changes.is_empty() {
        true => Decision::Leave,
        false => Write::new(user, changes).into(),
    }
}

/// Whether it is the other, or the flag that keeps it.
fn goes_with(one: Held, other: Held) -> bool {
    match (one, other) {
        (Held::Field(one), Held::Field(of)) => one == of || one.vouches_for() == Some(of),
        (one, of) => one == of,
    }
}

/// The user one version on.
fn next(user: &User, origin: &Origin) -> User {
    let updated_at = user.updated_at.max(origin.received_at);
    User { version: user.version + 1, updated_at, ..user.clone() }
}

/// A user as it was before a write, given all of the write's changes. What no change holds (`last_seen_at`, counts)
/// stays as it is.
pub fn before(user: &User, changes: &[Change]) -> User {
    let mut user = user.clone();
    for change in changes.iter().rev() {
        match (&change.what, &change.identity) {
            (What::Disabled { to, .. }, _) => user.is_disabled = !to,
            (What::Withdrawn { to }, _) => user.is_withdrawn = !to,
            (What::Unlinked(identity), _) => user.identities.push(Identity::clone(identity)),
            (What::Linked, Some(name)) => user.identities.retain(|one| !one.is(&name.issuer, &name.subject)),
            (what, Some(name)) => {
                if let Some(identity) = user.identity_mut(&name.issuer, &name.subject) {
                    take_back(identity, what);
                }
            }
            (_, None) => {}
        }
    }
    user.version = changes.first().map_or(user.version, |change| change.version - 1);
    user
}

fn take_back(identity: &mut Identity, what: &What) {
    match what {
        What::Fact { field, from: Some(from), .. } => drop(identity.facts.insert(*field, from.clone())),
        What::Fact { field, from: None, .. } => drop(identity.facts.remove(field)),
        What::Claims { from, to } => {
            identity.claims.retain(|name, _| !to.contains_key(name));
            identity.claims.extend(from.clone());
        }
        What::Standing { from, .. } => (identity.standing, identity.standing_at) = *from,
        What::CameForward { from } => identity.last_login_at = *from,
        What::Held { held, from: Some(from), .. } => drop(identity.holds.insert(*held, from.clone())),
        What::Held { held, from: None, .. } => drop(identity.holds.remove(held)),
        What::Linked
        | What::Unlinked(_)
        | What::Disabled { .. }
        | What::AccountMade
        | What::Invited { .. }
        | What::Withdrawn { .. } => {}
    }
}

#[cfg(test)]
mod tests;
