//! What a write changed: history, kept so that everything can be undone. What people read of it is derived,
//! see [`crate::history`].

use std::fmt;
use std::str::FromStr;

use chrono::SubsecRound;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use crate::claims::{Claims, Source};
use crate::field::Field;
use crate::user::{Fact, Identity, Standing, Timestamp, UserId};

/// One piece of work that made many observations: a scan, an import, an undo. A UUIDv7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Uuid);

/// Who did what no provider said. As text `user:` and our id, or `cli:` and the system's name of whoever ran
/// the command.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Actor {
    /// A person who was signed in.
    User(UserId),
    /// Whoever ran a command.
    Cli(String),
}

/// Where a statement comes from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Origin {
    /// When the source says that it said so. A clock that runs ahead is not believed: see
    /// [`Origin::stated_at`].
    pub at: Timestamp,
    /// When we heard it.
    pub received_at: Timestamp,
    /// Who said it.
    pub source: Source,
    /// None for a provider.
    pub actor: Option<Actor>,
    /// None for a log-in, a refresh and a single message.
    pub run: Option<RunId>,
}

impl Origin {
    /// A statement of the operator's own, as of now.
    pub fn of_operator(actor: Option<Actor>, now: Timestamp) -> Self {
        Self { at: now, received_at: now, source: Source::Operator, actor, run: None }
    }

    /// When the source said so, to the microsecond: never later than the receipt, or one clock that runs ahead would
    /// silence whatever comes after.
    pub fn stated_at(&self) -> Timestamp {
        self.at.min(self.received_at).trunc_subsecs(6)
    }
}

/// Whose a change is: an identity, as it was called then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct IdentityName {
    /// The provider's name in the settings.
    pub provider: String,
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
}

impl From<&Identity> for IdentityName {
    fn from(one: &Identity) -> Self {
        Self { provider: one.provider.clone(), issuer: one.issuer.clone(), subject: one.subject.clone() }
    }
}

/// One thing that a write changed.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The version of the user that the write made.
    pub version: i64,
    /// None where the user itself changed.
    pub identity: Option<IdentityName>,
    /// What changed, from what to what.
    pub what: What,
    /// Who said so, and when.
    pub origin: Origin,
}

/// What changed, with all that undoing it takes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(missing_docs, reason = "`from` is what was before, `to` what is since")]
pub enum What {
    /// A field of an identity.
    Fact { field: Field, from: Option<Fact>, to: Option<Fact> },
    /// Claims as received, those that differ; absent on the side on which they are not.
    Claims { from: Claims, to: Claims },
    /// What the provider says of the account, and since when.
    Standing { from: (Standing, Timestamp), to: (Standing, Timestamp) },
    /// The identity joined the user.
    Linked,
    /// The identity left the user, as it was then.
    Unlinked(Box<Identity>),
    /// The identity moved before others, by a log-in or because another one left; its last log-in was then.
    CameForward { from: Option<Timestamp> },
    /// The operator shut the user out (true) or let them in again, and why.
    Disabled { to: bool, reason: Option<String> },
}

impl fmt::Display for Actor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Actor::User(id) => write!(f, "user:{id}"),
            Actor::Cli(name) => write!(f, "cli:{name}"),
        }
    }
}

/// The text is none that an actor has.
#[derive(Debug, thiserror::Error)]
#[error("neither `user:` and an id nor `cli:` and a name")]
pub struct NoActor;

impl FromStr for Actor {
    type Err = NoActor;

    fn from_str(text: &str) -> Result<Self, NoActor> {
        match text.split_once(':') {
            Some(("user", id)) => Ok(Actor::User(UserId(id.parse().map_err(|_| NoActor)?))),
            Some(("cli", name)) => Ok(Actor::Cli(name.to_owned())),
            _ => Err(NoActor),
        }
    }
}

impl Serialize for Actor {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Actor {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        String::deserialize(from)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_actor_is_read_back_from_its_text() {
        let id = UserId(Uuid::from_u128(7));
        for actor in [Actor::User(id), Actor::Cli("ada".into()), Actor::Cli("a:b".into())] {
            assert_eq!(actor.to_string().parse::<Actor>().unwrap(), actor);
            let json = serde_json::to_string(&actor).unwrap();
            assert_eq!(serde_json::from_str::<Actor>(&json).unwrap(), actor);
        }
        for odd in ["", "ada", "user:ada", "root:ada"] {
            assert!(odd.parse::<Actor>().is_err(), "{odd}");
        }
    }
}
