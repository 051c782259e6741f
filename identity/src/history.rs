//! What a reader of the profile sees change, derived from what was kept by identity: also when another identity
//! comes to the front. Nothing of it is stored.

use crate::change::{Change, IdentityName, What};
use crate::field::{Field, Value};
use crate::origin::Origin;
use crate::user::{Profile, Status, User};

/// One difference that a reader sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What is different.
    pub what: SeenWhat,
    /// Who said so, and when.
    pub origin: Origin,
    /// The identity that the write was about, as it was called then; none where the user itself changed.
    pub identity: Option<IdentityName>,
    /// The version of the user that the write made.
    pub version: i64,
}

/// A page of what a reader saw change, newest first; what one write changed stands together.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct HistoryPage {
    /// What they saw.
    pub seen: Vec<Seen>,
    /// The next page is of the writes before this version; none where there is none.
    pub older: Option<i64>,
    /// Whether there are older writes that no page looks back to.
    pub is_cut: bool,
}

/// What a reader sees differ.
#[derive(Clone, Debug, PartialEq)]
#[allow(missing_docs, reason = "`from` is what was seen before, `to` what is seen since")]
pub enum SeenWhat {
    /// A field of the profile.
    Field { field: Field, from: Option<Value>, to: Option<Value> },
    /// Whether the user may enter.
    Status { from: Status, to: Status },
    /// A provider was linked.
    Linked(IdentityName),
    /// A provider was unlinked.
    Unlinked(IdentityName),
    /// They were invited to log in at the provider of this name.
    Invited(String),
}

/// What a reader saw change, newest first. `user` is as it is now; `changes` are all those of its newest writes, newest
/// write first. The first write of a user is seen too: everything came to be.
pub fn seen(user: &User, changes: &[Change]) -> Vec<Seen> {
    back(&mut user.clone(), changes)
}

/// As [`seen`]; `user` is left as it was before the oldest of these writes.
pub(crate) fn back(user: &mut User, changes: &[Change]) -> Vec<Seen> {
    let mut all = Vec::new();
    for write in changes.chunk_by(|one, other| one.version == other.version) {
        let then = crate::acts::before(user, write);
        all.extend(difference(&then, user, write));
        *user = then;
    }
    all
}

fn difference(then: &User, now: &User, write: &[Change]) -> Vec<Seen> {
    let Some(Change { origin, version, .. }) = write.first() else { return Vec::new() };
    let name = write.iter().find_map(|change| change.identity.as_ref());
    let seen = |what| Seen { what, origin: origin.clone(), identity: name.cloned(), version: *version };
    let (old, new) = (then.profile(), now.profile());
    let value = |profile: &Profile<'_>, field: Field| profile.get(&field).map(|shown| shown.value.clone());
    let fields = Field::ALL.iter().filter_map(|&field| {
        let (from, to) = (value(&old, field), value(&new, field));
        (from != to).then(|| seen(SeenWhat::Field { field, from, to }))
    });
    let links = write.iter().filter_map(|change| match (&change.what, &change.identity) {
        // The first one is no link: with it the user came to be.
        (What::Linked, Some(name)) if !then.identities.is_empty() => {
            Some(seen(SeenWhat::Linked(name.clone())))
        }
        (What::Unlinked(_), Some(name)) => Some(seen(SeenWhat::Unlinked(name.clone()))),
        (What::Invited { provider }, _) => Some(seen(SeenWhat::Invited(provider.clone()))),
        _ => None,
    });
    let (from, to) = (then.status(), now.status());
    let status = (from != to).then(|| seen(SeenWhat::Status { from, to }));
    status.into_iter().chain(links).chain(fields).collect()
}

#[cfg(test)]
mod tests;
