//! Writing is a decision: a pure function of the user that was read says what becomes of it. The store reads,
//! asks, and keeps the answer in one atomic step; see [`Users::write`](crate::Users::write).

use crate::change::{Change, What};
use crate::{Code, Digest, Erase, LogLine, Session, User, UserId};

/// What becomes of what was read.
#[derive(Clone, Debug)]
pub enum Decision {
    /// It stays as it is.
    Leave,
    /// This is kept.
    Keep(Box<Write>),
    /// It is forgotten: user, identities, changes, sessions, entries and the messages about them; the ledger keeps that
    /// it was.
    Erase(Box<Erase>),
    /// It stays as it is, and whoever asked is told why.
    Refuse(Code),
}

/// A user as it is to be kept, and all that goes with it in the same step.
#[derive(Clone, Debug)]
pub struct Write {
    /// One version on.
    pub user: User,
    /// What the write changes, all of this version.
    pub changes: Vec<Change>,
    /// The session that starts, before others end.
    pub starts: Option<Session>,
    /// The sessions that end.
    pub ends: Vec<Ends>,
    /// The line of the operators' log, where an operator did it.
    pub log: Option<LogLine>,
}

/// Which sessions end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ends {
    /// This one.
    One(Digest),
    /// Those of the user, but this one.
    OfUser {
        /// Whose.
        user: UserId,
        /// The one that goes on.
        except: Option<Digest>,
    },
    /// Those of the user that were used longest ago, where there are more than `at_most` beside `except`.
    Oldest {
        /// Whose.
        user: UserId,
        /// The one that starts: it goes on, whatever clock says when others were used.
        except: Digest,
        /// How many others go on.
        at_most: u32,
    },
    /// Those that began by this identity.
    OfIdentity {
        /// `iss`.
        issuer: String,
        /// `sub`.
        subject: String,
    },
}

/// What was done.
#[derive(Clone, Debug)]
pub enum Written {
    /// Nothing; what was read.
    Left(Option<User>),
    /// This was kept.
    Kept(Box<Write>),
    /// This user was forgotten.
    Erased(User),
    /// Nothing, and why.
    Refused(Code),
}

impl Write {
    /// A user and its changes; sessions stay as they are.
    pub fn new(user: User, changes: Vec<Change>) -> Self {
        Self { user, changes, starts: None, ends: Vec::new(), log: None }
    }

    /// Whether the write links an identity that was nobody's.
    pub fn links(&self) -> bool {
        self.changes.iter().any(|change| change.what == What::Linked)
    }
}

impl From<Write> for Decision {
    fn from(write: Write) -> Self {
        Self::Keep(Box::new(write))
    }
}
