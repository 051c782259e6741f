//! What a reader of the profile sees change, derived from what was kept by identity: also when another identity
//! comes to the front. Nothing of it is stored.

use crate::change::{Change, IdentityName, Origin, What};
use crate::field::{Field, Value};
use crate::user::{Profile, Status, User};

/// One difference that a reader sees.
#[derive(Clone, Debug, PartialEq)]
pub struct Seen {
    /// What is different.
    pub what: SeenWhat,
    /// Who said so, and when.
    pub origin: Origin,
    /// The provider that the write was about, as it was called then; none where the user itself changed.
    pub provider: Option<String>,
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
}

/// What a reader saw change, newest first. `user` is as it is now; `changes` are all those of its newest writes, newest
/// write first. The first write of a user is seen too: everything came to be.
pub fn seen(user: &User, changes: &[Change]) -> Vec<Seen> {
    let mut now = user.clone();
    let mut all = Vec::new();
    for write in changes.chunk_by(|one, other| one.version == other.version) {
        let then = crate::acts::before(&now, write);
        all.extend(difference(&then, &now, write));
        now = then;
    }
    all
}

fn difference(then: &User, now: &User, write: &[Change]) -> Vec<Seen> {
    let Some(origin) = write.first().map(|change| &change.origin) else { return Vec::new() };
    let name = write.iter().find_map(|change| change.identity.as_ref());
    let seen = |what| Seen { what, origin: origin.clone(), provider: name.map(|name| name.provider.clone()) };
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
        _ => None,
    });
    let (from, to) = (then.status(), now.status());
    let status = (from != to).then(|| seen(SeenWhat::Status { from, to }));
    status.into_iter().chain(links).chain(fields).collect()
}

#[cfg(test)]
mod tests;
