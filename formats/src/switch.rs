//! The plan of a switch, `sparekey.switch/1`: JSON Lines with a head, a line for each user, and an end that says how
//! many there are and the SHA-256 of all before it.

use std::io::{self, BufRead, Write};

use identity::{Actor, RunId, Timestamp, UserId};
use ring::digest::{Context, SHA256};
use serde::{Deserialize, Serialize};

/// How a user will be known at the other provider.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Rung {
    /// By a file that says who has which subject there.
    Mapping,
    /// By the same subject: only the issuer's name changes.
    SameSubject,
    /// By our id of the user, which an account there bears: after an import of a file of ours.
    CarriedClaim,
    /// By our id of the user, which the other provider takes as that of an account made for them.
    ChosenSubject,
    /// By the id that the other provider gives to an account made for them, which bears ours.
    ReturnedId,
    /// By an e-mail address that they have shown to be theirs on both sides, and that somebody signs for.
    VerifiedEmail,
    /// By an address that is good once.
    Invite,
}

impl Rung {
    /// All of them.
    pub const ALL: &'static [Rung] = <Rung as strum::VariantArray>::VARIANTS;

    /// Whether accounts are made for it.
    pub fn makes_accounts(self) -> bool {
        matches!(self, Self::ChosenSubject | Self::ReturnedId)
    }

    /// Whether it cannot be planned without a look at the accounts that are there.
    pub fn looks_there(self) -> bool {
        matches!(self, Self::CarriedClaim | Self::ChosenSubject | Self::ReturnedId | Self::VerifiedEmail)
    }

    /// Whether it lets somebody in on less than that an account is known to be theirs.
    pub fn is_less_than_a_login(self) -> bool {
        matches!(self, Self::VerifiedEmail | Self::Invite)
    }
}

/// Why a user is left out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, strum::Display)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum LeftOut {
    /// They have an identity there already.
    Already,
    /// None of the rungs reaches them.
    NoWayIn,
    /// Their provider has blocked or deleted the account.
    NotPresent,
    /// The subject is another user's identity there.
    Taken,
    /// Another user of this plan has the same subject.
    Twice,
    /// An account there has their user name or e-mail address.
    ThereAlready,
    /// The other provider cannot hold the account.
    Unfit,
    /// No log-in has shown the e-mail address to be theirs.
    NotVerified,
    /// Somebody else has their e-mail address, here or there.
    NotUnique,
    /// They may be an operator or a viewer, who is let in by no address.
    Operator,
}

/// A provider's name in the settings, and its issuer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[allow(missing_docs, reason = "each is the member of its name")]
pub struct Party {
    pub provider: String,
    pub issuer: String,
}

/// The first line.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Head {
    /// [`SCHEMA`].
    pub schema: String,
    /// The run that applying it is, however often it is begun.
    pub run: RunId,
    /// From where.
    pub from: Party,
    /// To where.
    pub to: Party,
    /// The rungs, in the order in which they were tried.
    pub by: Vec<Rung>,
    /// Into which connection or organization accounts go, where that is not the only one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// Who signs for addresses, and until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sign_off: Option<SignOff>,
    /// When it was made.
    pub made_at: Timestamp,
    /// Who has which identities, besides those of `to`.
    pub people: String,
}

/// That people may be known by their verified e-mail address.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignOff {
    /// Why that is enough, in the operator's words.
    pub text: String,
    /// From then on it is not.
    pub until: Timestamp,
    /// Who says so.
    pub actor: Actor,
}

/// One user: a rung and the subject there, or why they are left out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlanLine {
    /// Who.
    pub user: UserId,
    /// How they will be known.
    pub rung: Option<Rung>,
    /// As whom, where that is known before there is an account.
    pub subject: Option<String>,
    /// Whether the account was there when the plan was made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub is_there: bool,
    /// The digest of the address by which they will be known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub email: Option<String>,
    /// Why they are left out.
    pub left_out: Option<LeftOut>,
}

impl PlanLine {
    /// A user of whom nothing is said yet.
    pub fn new(user: UserId) -> Self {
        Self { user, rung: None, subject: None, is_there: false, email: None, left_out: None }
    }
}

#[derive(Serialize, Deserialize)]
struct End {
    end: u64,
    sha256: String,
}

/// The name of the format.
pub const SCHEMA: &str = "sparekey.switch/1";
/// No line is longer, in bytes.
const LONGEST: u64 = 64 * 1024;

/// Why a plan cannot be read.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the sentence of each says what it means")]
pub enum PlanError {
    #[error("the plan cannot be read")]
    Io(#[from] io::Error),
    #[error("this is no plan of a switch, or one of another version")]
    NoPlan,
    #[error("line {0} of the plan cannot be read")]
    Line(u64),
    #[error("the plan was cut short, or is not as it was written: make a new one")]
    Edited,
}

/// Writes a plan.
pub struct PlanWriter<W> {
    out: W,
    digest: Context,
    users: u64,
}

impl<W: Write> PlanWriter<W> {
    /// Begins it.
    ///
    /// # Errors
    /// It cannot be written; so all methods.
    pub fn new(out: W, head: &Head) -> io::Result<Self> {
        let mut writer = Self { out, digest: Context::new(&SHA256), users: 0 };
        writer.line(head)?;
        Ok(writer)
    }

    /// One user.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn user(&mut self, line: &PlanLine) -> io::Result<()> {
        self.users += 1;
        self.line(line)
    }

    /// Ends it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn end(mut self) -> io::Result<W> {
        let end = End { end: self.users, sha256: hex(self.digest.clone().finish().as_ref()) };
        self.line(&end)?;
        self.out.flush()?;
        Ok(self.out)
    }

    fn line(&mut self, line: &impl Serialize) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(line)?;
        bytes.push(b'\n');
        self.digest.update(&bytes);
        self.out.write_all(&bytes)
    }
}

/// Reads a plan: its head, then its users. Whoever does something by it reads it to its end first, for only there it is
/// known to be as it was written.
pub struct PlanReader<R> {
    from: R,
    digest: Context,
    number: u64,
    users: u64,
    is_over: bool,
}

impl<R: BufRead> PlanReader<R> {
    /// Reads the head.
    ///
    /// # Errors
    /// It is no plan.
    pub fn new(from: R) -> Result<(Head, Self), PlanError> {
        let mut reader = Self { from, digest: Context::new(&SHA256), number: 0, users: 0, is_over: false };
        let line = reader.next_line()?;
        let head: Head = serde_json::from_slice(&line).map_err(|_| PlanError::NoPlan)?;
        reader.digest.update(&line);
        match head.schema == SCHEMA {
            true => Ok((head, reader)),
            false => Err(PlanError::NoPlan),
        }
    }

    fn next_line(&mut self) -> Result<Vec<u8>, PlanError> {
        let mut line = Vec::new();
        self.number += 1;
        io::Read::take(&mut self.from, LONGEST).read_until(b'\n', &mut line)?;
        Ok(line)
    }

    fn step(&mut self) -> Result<Option<PlanLine>, PlanError> {
        let line = self.next_line()?;
        if line.is_empty() {
            return Err(PlanError::Edited);
        }
        if let Ok(end) = serde_json::from_slice::<End>(&line) {
            let is_whole = end.end == self.users
                && end.sha256 == hex(self.digest.clone().finish().as_ref())
                && self.next_line()?.is_empty();
            return if is_whole { Ok(None) } else { Err(PlanError::Edited) };
        }
        let user = serde_json::from_slice(&line).map_err(|_| PlanError::Line(self.number))?;
        self.digest.update(&line);
        self.users += 1;
        Ok(Some(user))
    }
}

impl<R: BufRead> Iterator for PlanReader<R> {
    type Item = Result<PlanLine, PlanError>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.is_over {
            return None;
        }
        let step = self.step().transpose();
        self.is_over = !matches!(step, Some(Ok(_)));
        step
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn head() -> Head {
        let party = |name: &str| Party { provider: name.into(), issuer: format!("https://{name}.example") };
        Head {
            schema: SCHEMA.into(),
            run: RunId(Uuid::from_u128(1)),
            from: party("a"),
            to: party("b"),
            by: vec![Rung::Mapping, Rung::SameSubject],
            into: Some("acme".into()),
            sign_off: Some(SignOff {
                text: "they have all moved their mail".into(),
                until: "2027-01-01T00:00:00Z".parse().unwrap(),
                actor: Actor::Cli("ada".into()),
            }),
            made_at: "2026-11-30T10:00:00Z".parse().unwrap(),
            people: "00".into(),
        }
    }

    fn lines() -> Vec<PlanLine> {
        let line = |user, rung, subject: Option<&str>, left_out| PlanLine {
            rung,
            subject: subject.map(str::to_owned),
            is_there: subject.is_some(),
            left_out,
            ..PlanLine::new(UserId(Uuid::from_u128(user)))
        };
        vec![
            line(1, Some(Rung::SameSubject), Some("a|\n\"ü"), None),
            line(2, None, None, Some(LeftOut::NoWayIn)),
        ]
    }

    fn written() -> Vec<u8> {
        let mut writer = PlanWriter::new(Vec::new(), &head()).unwrap();
        lines().iter().for_each(|line| writer.user(line).unwrap());
        writer.end().unwrap()
    }

    fn read(plan: &[u8]) -> Result<(Head, Vec<PlanLine>), PlanError> {
        let (head, lines) = PlanReader::new(plan)?;
        Ok((head, lines.collect::<Result<_, _>>()?))
    }

    #[test]
    fn a_plan_is_read_back() {
        assert_eq!(read(&written()).unwrap(), (head(), lines()));
    }

    #[test]
    fn a_plan_that_was_cut_edited_or_added_to_is_refused() {
        let plan = String::from_utf8(written()).unwrap();
        let ends: Vec<usize> = plan.match_indices('\n').map(|(at, _)| at + 1).collect();
        for end in &ends[..ends.len() - 1] {
            assert!(read(&plan.as_bytes()[..*end]).is_err());
        }
        for edited in [
            plan.replace("no_way_in", "already"),
            plan.replace("https://b", "https://c"),
            plan.replacen(plan.lines().nth(1).unwrap(), "", 1),
            format!("{plan}{{}}\n"),
            plan.replace(r#""end":2"#, r#""end":3"#),
        ] {
            assert!(read(edited.as_bytes()).is_err(), "{edited}");
        }
        assert!(matches!(read(b"{\"schema\":\"sparekey.user/1\"}\n"), Err(PlanError::NoPlan)));
        assert!(matches!(read(plan.replace("switch/1", "switch/2").as_bytes()), Err(PlanError::NoPlan)));
    }
}
