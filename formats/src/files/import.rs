//! What other providers write about their users, one record at a time: a record is a person's subject, claims in
//! OpenID Connect's names, standing, and the fields that the source speaks of; what cannot be read is a problem
//! with its line or number, and the others go on.
//!
//! Memory is bounded whatever the file: a record is at most [`LARGEST`] bytes, a row at most [`COLUMNS`] cells.
//! Password hashes, one-time secrets and recovery tokens are dropped before anything else is looked at.

mod encoding;
mod json;
mod reader;
mod rows;
mod secrets;
mod source;
mod sources;
mod times;

use std::io::BufRead;

use identity::{Claims, Extent, Standing, Timestamp};

use crate::UserLine;
pub use reader::Import;
pub(crate) use secrets::without_secrets;
pub(crate) use source::{PLAIN, Source, Unfit, blocked_where, text_at};
pub(crate) use sources::of as source_of;

/// Most bytes of one record.
pub const LARGEST: usize = 4 << 20;
/// Most columns of a file of rows.
pub const COLUMNS: usize = 4096;

/// What is read.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "snake_case")]
pub enum Format {
    /// `sparekey.user/1`, one user a line.
    Sparekey,
    /// A realm as `kc.sh export` writes it, the body of a partial import, or a list of users.
    Keycloak,
    /// The NDJSON of an export job, its CSV, or the array of an import job.
    Auth0,
    /// `users.ndjson` of Kinde's export, or CSV.
    Kinde,
    /// CSV in the columns of Okta's template, or users as its API lists them.
    Okta,
    /// CSV of "Download users", "Bulk create" or "Bulk invite", or users as Microsoft Graph lists them.
    Entra,
    /// CSV of a user import job, or users as `ListUsers` does.
    Cognito,
    /// JSON or headerless CSV of `firebase auth:export`, of 28 or 52 columns.
    Firebase,
    /// CSV of the dashboard, JSON of the migration tool or of the Backend API.
    Clerk,
    /// The table `auth.users` as CSV or JSON, or users as the Admin API lists them.
    Supabase,
    /// A `ListResponse`, or `User` resources.
    Scim,
    /// A table with headings in OpenID Connect's names or the usual words for them.
    Csv,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Format] = <Format as strum::VariantArray>::VARIANTS;
}

/// What the file does not say itself.
#[derive(Clone, Debug)]
pub struct Options {
    /// The column or member that is the subject, where it is not the format's own id.
    pub subject: Option<String>,
    /// Now: a ban that has ended is none.
    pub now: Timestamp,
}

/// Where in the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The line on which it begins, from 1.
    Line(u64),
    /// Its number in an array, from 1, and the line on which it begins.
    Number(u64, u64),
}

impl std::fmt::Display for Place {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Place::Line(line) => write!(f, "line {line}"),
            Place::Number(number, line) => write!(f, "number {number} (line {line})"),
        }
    }
}

/// What cannot be read, and why. Holds no value of the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// None where it is the file as a whole.
    pub place: Option<Place>,
    /// A sentence for the operator.
    pub reason: String,
}

impl Problem {
    fn of_file(reason: impl Into<String>) -> Self {
        Self { place: None, reason: reason.into() }
    }

    fn at(place: Place, reason: impl Into<String>) -> Self {
        Self { place: Some(place), reason: reason.into() }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.place {
            Some(place) => write!(f, "{place}: {}", self.reason),
            None => f.write_str(&self.reason),
        }
    }
}

impl std::error::Error for Problem {}

/// One person as one source has them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// Where it stands in the file.
    pub place: Place,
    /// The provider's own id of the account; none where the format has none.
    pub subject: Option<String>,
    /// The profile in OpenID Connect's names, and all else as it was received.
    pub claims: Claims,
    /// The fields that the source speaks of: of these, silence means that there is none.
    pub extent: Extent,
    /// What it says of the account; none where it does not speak of that.
    pub standing: Option<Standing>,
    /// When the account was made there.
    pub created_at: Option<Timestamp>,
    /// When it was last used there.
    pub last_login_at: Option<Timestamp>,
}

/// What was read.
#[derive(Clone, Debug, PartialEq)]
pub enum Item {
    /// A person at another provider.
    Record(Box<Record>),
    /// A user of ours, with their ids and identities.
    Line(Place, Box<UserLine>),
    /// An account that is no person, such as a service's own.
    NoPerson(Place),
}

/// The next value or row and where it begins, or what is wrong with it; none at the end.
type Next<T> = Option<Result<(Place, T), Problem>>;

/// Reads a file, record by record.
pub fn read<R: BufRead>(from: R, format: Format, options: Options) -> Import<R> {
    Import::new(from, format, options)
}

#[cfg(test)]
mod tests;
