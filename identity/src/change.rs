//! What a write changed: history, kept so that everything can be undone. What people read of it is derived,
//! see [`crate::history`].

use serde::{Deserialize, Serialize};

use crate::claims::Claims;
use crate::field::Field;
use crate::hold::{Held, Hold};
use crate::ids::Timestamp;
use crate::origin::Origin;
use crate::user::{Fact, Identity, Standing};

/// Whose a change is: an identity, as it was called then.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// The operator keeps something as it is from now on, or does not any more.
    Held { held: Held, from: Option<Hold>, to: Option<Hold> },
    /// The account of the identity was made at its provider by a switch of ours.
    AccountMade,
    /// The operator invited the user to log in at the provider of this name.
    Invited { provider: String },
    /// An undo took the user away (true), or brought them back.
    Withdrawn { to: bool },
}

impl What {
    /// What changed, where it can be held.
    pub(crate) fn held(&self) -> Option<Held> {
        match self {
            Self::Fact { field, .. } => Some(Held::Field(*field)),
            Self::Standing { .. } => Some(Held::Standing),
            _ => None,
        }
    }
}
