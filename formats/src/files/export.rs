//! Our users as files that other providers take, one user at a time, and what is lost on the way.
//!
//! Our user id goes out as the id where the target takes one. A required name may be made up; an e-mail address
//! or a telephone number never is. Nothing goes out as verified that was not. Who is not let in here goes out
//! blocked, or not at all where the target has no place for that.

mod account;
mod cells;
mod cognito;
mod csv;
mod entra;
mod firebase;
mod hosted;
mod keycloak;
mod loss;
mod okta;
mod operator_log;
mod person;
mod scim;
mod taken;
mod zitadel;

use std::io;

use crate::UserLine;
pub use account::{KEYCLOAK_MARK, chosen_subject, new_account, our_id};
pub use loss::{Kind, Loss, Summary};
use loss::{LeftOut, Losses};
pub use operator_log::{operator_log_heading, operator_log_json, operator_log_row};
use taken::Taken;

/// What is written.
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
    /// `sparekey.user/1`, one user a line. Loses nothing.
    Sparekey,
    /// The body of `POST /admin/realms/{realm}/partialImport`.
    Keycloak,
    /// The file of a bulk import job.
    Auth0,
    /// NDJSON of the bulk import.
    Kinde,
    /// CSV of "Import users from CSV".
    Okta,
    /// CSV of "Bulk invite": accounts without a password come in as guests.
    Entra,
    /// CSV of a user import job.
    Cognito,
    /// JSON of `firebase auth:import`.
    Firebase,
    /// JSON of Clerk's migration tool.
    Clerk,
    /// The body of the Admin API's `ImportData`.
    Zitadel,
    /// A `ListResponse` of RFC 7644.
    Scim,
    /// For people and spreadsheets.
    Csv,
}

impl Format {
    /// All of them.
    pub const ALL: &'static [Format] = <Format as strum::VariantArray>::VARIANTS;
}

/// What a file cannot know from the users alone.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The realm at Keycloak, the id of the organization at Zitadel; of Entra the address where guests arrive.
    pub into: Option<String>,
    /// Cognito: the user pool's own header, as `GetCSVHeader` gives it; its order differs from pool to pool.
    pub columns: Option<Vec<String>>,
}

/// An option without which a format cannot be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
    /// Zitadel's organization.
    Organization,
    /// Where Entra's guests arrive.
    Arrival,
    /// A column of Cognito's header that every pool has.
    Column(&'static str),
}

impl std::fmt::Display for Missing {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Missing::Organization => f.write_str("zitadel needs the id of the organization to import into"),
            Missing::Arrival => f.write_str("entra needs the address where invited guests arrive"),
            Missing::Column(name) => write!(f, "the header has no column {name}; take the user pool's own"),
        }
    }
}

impl std::error::Error for Missing {}

/// Where the bytes go: [`Files::start`] once for each file, then its bytes.
pub trait Files {
    /// A new file, by its name without a folder.
    fn start(&mut self, name: &str) -> io::Result<()>;
    /// The next bytes of the file that was started last.
    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()>;
}

/// How a file is put together, and how much the target takes in one.
struct Layout {
    extension: &'static str,
    head: Vec<u8>,
    between: &'static str,
    /// What ends a file that holds so many users.
    tail: fn(u64) -> String,
    /// Most users and most bytes in one file.
    users: u64,
    bytes: usize,
}

impl Layout {
    fn lines(extension: &'static str, head: Vec<u8>) -> Self {
        Self { extension, head, between: "", tail: |_| String::new(), users: u64::MAX, bytes: usize::MAX }
    }

    fn json(head: impl Into<String>, tail: fn(u64) -> String) -> Self {
        let head = head.into().into_bytes();
        Self { extension: "json", head, between: ",\n", tail, users: u64::MAX, bytes: usize::MAX }
    }

    fn at_most(self, users: u64, bytes: usize) -> Self {
        Self { users, bytes, ..self }
    }
}

/// One format's way to write a user: the bytes, what was lost, or why they cannot be held.
trait Target {
    fn layout(&self) -> Layout;
    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut>;
}

/// Writes users, one after the other, split at the target's limits.
pub struct Export {
    format: Format,
    target: Box<dyn Target + Send>,
    layout: Layout,
    summary: Summary,
    /// Of the file that is being written: users and bytes so far.
    users: u64,
    bytes: usize,
}

impl Export {
    /// An export that has not begun: nothing is written before the first user, or [`Export::end`].
    pub fn new(format: Format, options: Options) -> Result<Self, Missing> {
        let target: Box<dyn Target + Send> = match format {
            Format::Sparekey => Box::new(Ours),
            Format::Keycloak => Box::new(keycloak::Keycloak::new(options.into)),
            Format::Auth0 => Box::new(hosted::Auth0::default()),
            Format::Kinde => Box::new(hosted::Kinde::default()),
            Format::Clerk => Box::new(hosted::Clerk::default()),
            Format::Okta => Box::new(okta::Okta::default()),
            Format::Entra => Box::new(entra::Entra::new(options.into)?),
            Format::Cognito => Box::new(cognito::Cognito::new(options.columns)?),
            Format::Firebase => Box::new(firebase::Firebase::default()),
            Format::Zitadel => Box::new(zitadel::Zitadel::new(options.into)?),
            Format::Scim => Box::new(scim::Scim::default()),
            Format::Csv => Box::new(csv::Csv),
        };
        let layout = target.layout();
        Ok(Self { format, target, layout, summary: Summary::default(), users: 0, bytes: 0 })
    }

    /// Whether the target takes only so much in one file.
    pub fn may_split(&self) -> bool {
        self.layout.users < u64::MAX || self.layout.bytes < usize::MAX
    }

    /// Writes one user; says what was lost.
    pub fn user(&mut self, user: &UserLine, files: &mut dyn Files) -> io::Result<Vec<Loss>> {
        let mut found = Vec::new();
        let written = self.target.user(user, &mut Losses::new(user, &mut found));
        let largest = self.layout.bytes.saturating_sub(self.layout.head.len() + TAIL);
        let written = written.and_then(|bytes| match bytes.len() <= largest {
            true => Ok(bytes),
            false => Err(LeftOut("the record is larger than a file may be there")),
        });
        self.summary.users += 1;
        match written {
            Ok(bytes) => {
                self.put(&bytes, files)?;
                self.summary.written += 1;
            }
            Err(LeftOut(why)) => found = vec![Loss { user: user.id, kind: Kind::LeftOut, what: why }],
        }
        self.summary.count(&found);
        Ok(found)
    }

    /// Ends the last file. An export of nobody is a file of its format, too.
    pub fn end(mut self, files: &mut dyn Files) -> io::Result<Summary> {
        if self.summary.files == 0 {
            self.start(files)?;
        }
        files.bytes((self.layout.tail)(self.users).as_bytes())?;
        Ok(self.summary)
    }

    fn put(&mut self, bytes: &[u8], files: &mut dyn Files) -> io::Result<()> {
        let between = if self.users > 0 { self.layout.between } else { "" };
        let after = self.bytes.saturating_add(between.len() + bytes.len() + TAIL);
        let full = self.users == self.layout.users || (self.users > 0 && after > self.layout.bytes);
        if full {
            files.bytes((self.layout.tail)(self.users).as_bytes())?;
        }
        if full || self.summary.files == 0 {
            self.start(files)?;
        } else {
            files.bytes(between.as_bytes())?;
            self.bytes += between.len();
        }
        files.bytes(bytes)?;
        self.bytes += bytes.len();
        self.users += 1;
        Ok(())
    }

    fn start(&mut self, files: &mut dyn Files) -> io::Result<()> {
        self.summary.files += 1;
        (self.users, self.bytes) = (0, self.layout.head.len());
        files.start(&format!("{}-{:04}.{}", self.format, self.summary.files, self.layout.extension))?;
        files.bytes(&self.layout.head)
    }
}

/// No tail is longer.
const TAIL: usize = 64;

/// Our own line.
struct Ours;

impl Target for Ours {
    fn layout(&self) -> Layout {
        Layout::lines("jsonl", Vec::new())
    }

    fn user(&mut self, user: &UserLine, _: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        json_line(user)
    }
}

fn json(value: &impl serde::Serialize) -> Result<Vec<u8>, LeftOut> {
    serde_json::to_vec(value).map_err(|_| LeftOut("the record cannot be written as JSON"))
}

fn json_line(value: &impl serde::Serialize) -> Result<Vec<u8>, LeftOut> {
    let mut line = json(value)?;
    line.push(b'\n');
    Ok(line)
}

#[cfg(test)]
mod tests;
