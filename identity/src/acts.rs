//! What the operator, or a user of themselves, decides: a status, unlinking, forgetting. Pure decisions.

use crate::Code;
use crate::change::{Change, Origin, What};
use crate::decision::{Decision, Ends, Write};
use crate::user::{Identity, Standing, User};

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

/// Forgets a user, if there is one.
pub fn erase(user: Option<&User>) -> Decision {
    user.map_or(Decision::Leave, |_| Decision::Erase)
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
        What::Linked | What::Unlinked(_) | What::Disabled { .. } => {}
    }
}

#[cfg(test)]
mod tests;
