//! What a person is called.

use identity::{Field, User};

/// The name, or what comes nearest; none where nothing was ever stated.
pub(crate) fn full_name(user: &User) -> Option<String> {
    let text = |field| user.text(field);
    let both = || match (text(Field::GivenName), text(Field::FamilyName)) {
        (Some(given), Some(family)) => Some(format!("{given} {family}")),
        (given, family) => given.or(family),
    };
    text(Field::Name).or_else(both).or_else(|| text(Field::PreferredUsername)).or_else(|| text(Field::Email))
}

/// How to greet them.
pub(crate) fn called(user: &User) -> Option<String> {
    user.text(Field::GivenName).or_else(|| full_name(user))
}
