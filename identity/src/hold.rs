//! Holds: what of an identity the operator keeps as it is, whatever its provider says next.

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::field::Field;
use crate::ids::{RunId, Timestamp};
use crate::origin::Actor;

/// What can be held. As text the name of the field, or `standing`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Held {
    /// A field.
    Field(Field),
    /// What the provider says of the account.
    Standing,
}

/// Since when something is held, and by whom.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    /// When it was set.
    pub at: Timestamp,
    /// Who set it.
    pub actor: Option<Actor>,
    /// The undo that set it.
    pub run: Option<RunId>,
}

/// What is held of one identity.
pub type Holds = BTreeMap<Held, Hold>;

impl fmt::Display for Held {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Held::Field(field) => field.fmt(f),
            Held::Standing => f.write_str("standing"),
        }
    }
}

/// The text names nothing that can be held.
#[derive(Debug, thiserror::Error)]
#[error("neither `standing` nor the name of a field")]
pub struct NotHeld;

impl FromStr for Held {
    type Err = NotHeld;

    fn from_str(text: &str) -> Result<Self, NotHeld> {
        match text {
            "standing" => Ok(Held::Standing),
            field => field.parse().map(Held::Field).map_err(|_| NotHeld),
        }
    }
}

impl Serialize for Held {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Held {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_held_is_read_back_from_its_text() {
        for held in Field::ALL.iter().map(|field| Held::Field(*field)).chain([Held::Standing]) {
            assert_eq!(held.to_string().parse::<Held>().unwrap(), held);
            assert_eq!(serde_json::json!(held), held.to_string());
        }
        let holds: Holds =
            [(Held::Standing, Hold { at: Timestamp::UNIX_EPOCH, actor: None, run: None })].into();
        let json = serde_json::to_string(&holds).unwrap();
        assert_eq!(serde_json::from_str::<Holds>(&json).unwrap(), holds);
        for odd in ["", "Standing", "department"] {
            assert!(odd.parse::<Held>().is_err(), "{odd}");
        }
    }
}
