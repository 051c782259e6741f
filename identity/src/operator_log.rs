//! What operators did and looked at: who, what, whom, why, when, in which request. A line is written in the same step as
//! the act; nothing changes or takes one away. Written as obligations.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{Actor, StoreError, Timestamp, UserId};

/// What an operator did.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumIter,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Act {
    /// Shut a user out.
    Disable,
    /// Let a user in again.
    Enable,
    /// Ended one session of a user.
    EndSession,
    /// Ended all sessions of a user.
    EndSessions,
    /// Linked an identity to a user.
    Link,
    /// Took an identity away from a user.
    Unlink,
    /// Forgot a user.
    Erase,
    /// Invited a user to log in by another provider.
    Invite,
    /// Looked at the claims of a user as they were received.
    LookAtClaims,
    /// Took users out, as a file.
    Export,
    /// Took users in, out of a file.
    Import,
    /// Let a run that was held be applied.
    ApproveRun,
    /// Took back what was written.
    Undo,
    /// Let a field follow its provider again.
    ReleaseHold,
    /// Let a message that was held or quarantined be applied.
    ReplayMessage,
    /// Forgot a message.
    DropMessage,
    /// Said that an issuer is another one under a new name, or took that back.
    Alias,
    /// Moved users to another provider.
    Switch,
    /// Let people be known by their verified e-mail at a switch.
    SignOff,
}

/// One line of the log.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogLine {
    /// A UUIDv7: lines sort by when they were written.
    pub id: Uuid,
    /// When.
    pub at: Timestamp,
    /// Who.
    pub actor: Actor,
    /// What.
    pub act: Act,
    /// Whom; none where it is about several or nobody.
    pub user: Option<UserId>,
    /// Why, in the operator's own words.
    pub reason: Option<String>,
    /// More about the act: a provider, a run, the filters of an export. Never what a provider said of a person.
    pub detail: Option<String>,
    /// The id of the request, as the process log has it; none for a command.
    pub request: Option<String>,
}

/// The store of the operators' log.
#[async_trait]
pub trait OperatorLog: Send + Sync {
    /// Writes a line that goes with no write of a user. A line with an id that is there already stays as it is.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database does not answer within two seconds.
    async fn note(&self, line: &LogLine) -> Result<(), StoreError>;

    /// At most `limit` lines, newest first, those before the line `before`.
    ///
    /// # Errors
    /// As [`OperatorLog::note`]; [`StoreError::Unreadable`] where the database holds what we did not write.
    async fn lines(&self, before: Option<Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError>;

    /// At most `limit` lines about this user, newest first, those before the line `before`.
    ///
    /// # Errors
    /// As [`OperatorLog::lines`].
    async fn lines_about(
        &self,
        user: UserId,
        before: Option<Uuid>,
        limit: u32,
    ) -> Result<Vec<LogLine>, StoreError>;

    /// At most `limit` lines in the order in which they were written, those after the line `after`: all of it by
    /// pages. Fewer than `limit` means that there are no more.
    ///
    /// # Errors
    /// As [`OperatorLog::lines`].
    async fn lines_after(&self, after: Option<Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError>;
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    #[test]
    fn an_act_is_one_short_word_everywhere() {
        for act in Act::iter() {
            let word = act.to_string();
            assert_eq!((word.parse(), serde_json::json!(act)), (Ok(act), serde_json::json!(word)));
            assert!(word.len() <= 32, "{word}");
        }
    }
}
