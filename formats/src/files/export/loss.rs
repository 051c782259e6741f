//! What a target could not take: said of each user, and counted.

use std::collections::BTreeMap;

use identity::{Field, UserId};
use serde::Serialize;

use crate::UserLine;

/// What kind of thing was lost.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, strum::Display, strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Kind {
    /// The user is in, without an e-mail address: they may have no way to log in there.
    NoEmail,
    /// An address or number that nobody vouched for.
    NotVerified,
    /// The user has no surname.
    NoSurname,
    /// A name that the target requires and that had to be made.
    NameMade,
    /// A field for which the target has no place, or none that its value fits.
    NoPlace,
    /// The target cannot hold the user without a lie: they are not in the file.
    LeftOut,
}

/// One thing that was lost of one user.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// Whose.
    pub user: UserId,
    /// Of what kind.
    pub kind: Kind,
    /// The field, in OpenID Connect's names, or the reason. Never a value.
    pub what: &'static str,
}

/// How many came through, and how often what was lost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Users that were to be written.
    pub users: u64,
    /// Users that were.
    pub written: u64,
    /// Files that were begun.
    pub files: u64,
    /// By kind and what.
    pub losses: BTreeMap<(Kind, &'static str), u64>,
}

impl Summary {
    pub(super) fn count(&mut self, losses: &[Loss]) {
        for loss in losses {
            *self.losses.entry((loss.kind, loss.what)).or_default() += 1;
        }
    }

    /// Whether anything at all was lost.
    pub fn is_complete(&self) -> bool {
        self.losses.is_empty()
    }
}

/// Why a user is not in the file.
#[derive(Debug)]
pub(super) struct LeftOut(pub(super) &'static str);

/// What is lost of one user, as it is found.
pub(super) struct Losses<'a> {
    user: &'a UserLine,
    found: &'a mut Vec<Loss>,
}

impl<'a> Losses<'a> {
    pub(super) fn new(user: &'a UserLine, found: &'a mut Vec<Loss>) -> Self {
        Self { user, found }
    }

    pub(super) fn add(&mut self, kind: Kind, what: &'static str) {
        let loss = Loss { user: self.user.id, kind, what };
        if !self.found.contains(&loss) {
            self.found.push(loss);
        }
    }

    pub(super) fn no_place(&mut self, field: Field) {
        self.add(Kind::NoPlace, field.as_str());
    }

    /// Everything that is known of the user and not among the fields that the target holds; and what is not
    /// known at all.
    pub(super) fn besides(&mut self, held: &[Field]) {
        let user = self.user;
        for field in Field::ALL.iter().copied().filter(|field| says(user, *field) && !held.contains(field)) {
            self.no_place(field);
        }
        if user.email.is_none() {
            self.add(Kind::NoEmail, Field::Email.as_str());
        } else if held.contains(&Field::Email) && user.email_verified != Some(true) {
            self.add(Kind::NotVerified, Field::Email.as_str());
        }
        if held.contains(&Field::PhoneNumber)
            && user.phone_number.is_some()
            && user.phone_number_verified != Some(true)
        {
            self.add(Kind::NotVerified, Field::PhoneNumber.as_str());
        }
        if held.contains(&Field::FamilyName) && user.family_name.is_none() {
            self.add(Kind::NoSurname, Field::FamilyName.as_str());
        }
    }
}

/// Whether something of a user goes where this field has no place.
fn says(user: &UserLine, field: Field) -> bool {
    match field {
        Field::EmailVerified => user.email.is_some() && user.email_verified == Some(true),
        Field::Name => user.name.is_some() && !names_say(user),
        Field::PhoneNumberVerified => user.phone_number.is_some() && user.phone_number_verified == Some(true),
        other => user.value(other).is_some(),
    }
}

/// Whether given name and surname say all that the full name says.
fn names_say(user: &UserLine) -> bool {
    let parts = [user.given_name.as_deref(), user.family_name.as_deref()];
    let parts: Vec<&str> = parts.into_iter().flatten().collect();
    user.name.as_deref() == Some(&*parts.join(" "))
}
