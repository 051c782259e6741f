//! What may be there only once at a target. 16 bytes for each, so that a million users take little.

use std::collections::HashSet;
use std::hash::{DefaultHasher, Hash, Hasher};

use identity::Field;

use super::loss::{LeftOut, Losses};
use super::person;
use crate::UserLine;

/// The names, addresses and numbers that are in the file already, compared without regard to case.
#[derive(Default)]
pub(super) struct Taken(HashSet<u128>);

impl Taken {
    /// Whether it was free; it is taken from now on.
    fn take(&mut self, kind: Field, text: &str) -> bool {
        let half = |salt: u8| {
            let mut hasher = DefaultHasher::new();
            (salt, kind.as_str(), text.to_lowercase()).hash(&mut hasher);
            u128::from(hasher.finish())
        };
        self.0.insert(half(0) << 64 | half(1))
    }

    /// Two users with one address are two people; a target that knows people by their address would make one
    /// of them. The second one is left out.
    pub(super) fn email(&mut self, address: &str) -> Result<(), LeftOut> {
        match self.take(Field::Email, address) {
            true => Ok(()),
            false => Err(LeftOut("another user has this e-mail address")),
        }
    }

    /// A number by which the target would know the user, if nobody else has it.
    pub(super) fn phone(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Option<(String, bool)> {
        let (number, verified) = person::phone(user, losses)?;
        if self.take(Field::PhoneNumber, &number) {
            return Some((number, verified));
        }
        losses.no_place(Field::PhoneNumber);
        None
    }

    /// A user name that is nobody else's and cannot be mistaken for an address or for an id of ours.
    pub(super) fn username<'a>(
        &mut self,
        user: &'a UserLine,
        fits: impl Fn(&str) -> bool,
        losses: &mut Losses<'_>,
    ) -> Option<&'a str> {
        let name = user.preferred_username.as_deref()?;
        let plain = !name.contains('@') && uuid::Uuid::try_parse(name).is_err() && fits(name);
        if plain && self.take(Field::PreferredUsername, name) {
            return Some(name);
        }
        losses.no_place(Field::PreferredUsername);
        None
    }
}
