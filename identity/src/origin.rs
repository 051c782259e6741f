//! Where a statement comes from: when it was made, by whom, in which piece of work.

use std::fmt;
use std::str::FromStr;

use chrono::SubsecRound;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::claims::Source;
use crate::ids::{RunId, Timestamp, UserId};

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
    use uuid::Uuid;

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
