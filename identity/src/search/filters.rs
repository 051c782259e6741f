//! What must be so of a user who is looked for. Its words are those of an address.

use chrono::{NaiveDate, TimeDelta};

use super::day::{Day, micros};
use crate::{Standing, Status, Timestamp};

/// What must be so of a user; all of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[expect(missing_docs, reason = "each is the parameter of its name")]
pub struct Filters {
    pub status: Option<Status>,
    pub provider: Option<String>,
    pub verified: Option<Verified>,
    pub login: Option<LastLogin>,
    /// The first day that a user was first heard of, UTC.
    pub from: Option<NaiveDate>,
    /// The last one.
    pub to: Option<NaiveDate>,
    pub several: bool,
    pub online: bool,
    pub hold: bool,
    pub standing: Option<Standing>,
}

macro_rules! words {
    ($(#[$doc:meta])* $name:ident { $($(#[$of:meta])* $word:ident,)* }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::IntoStaticStr,
            strum::VariantArray,
        )]
        #[strum(serialize_all = "snake_case")]
        pub enum $name { $($(#[$of])* $word,)* }
    };
}

pub(super) use words;

words! {
    /// What is known of an e-mail.
    Verified {
        /// The provider vouches for it.
        Yes,
        /// It does not.
        No,
        /// There is no e-mail.
        None,
    }
}

words! {
    /// When somebody last logged in.
    LastLogin {
        /// Since midnight, UTC.
        Today,
        /// Within seven times 24 hours.
        #[strum(serialize = "7d")]
        Week,
        /// Within thirty times 24 hours.
        #[strum(serialize = "30d")]
        Month,
        /// Before that.
        Older,
        /// There was none.
        Never,
    }
}

impl Filters {
    /// Whether nothing is asked.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// The first and the last microsecond of the last log-in.
    pub fn seen(&self, now: Timestamp) -> Option<(i64, i64)> {
        let ago = |days| micros(now - TimeDelta::days(days));
        Some(match self.login? {
            LastLogin::Today => (Day::new(now.date_naive()).first, i64::MAX),
            LastLogin::Week => (ago(7), i64::MAX),
            LastLogin::Month => (ago(30), i64::MAX),
            LastLogin::Older => (1, ago(30) - 1),
            LastLogin::Never => (0, 0),
        })
    }

    /// The first and the last microsecond in which a user was first heard of.
    pub fn created(&self) -> Option<(i64, i64)> {
        if self.from.is_none() && self.to.is_none() {
            return None;
        }
        let first = self.from.map_or(1, |day| Day::new(day).first);
        Some((first, self.to.map_or(i64::MAX, |day| Day::new(day).last)))
    }
}
