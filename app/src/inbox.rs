//! What operators do with the messages that providers pushed. Each is also a public POST address below `/studio`, so
//! each asks first who acts, and that they showed lately who they are.

use identity::MessageId;
use leptos::prelude::*;

use crate::AppError;

/// What of the inbox a page shows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct InboxShown {
    /// All messages that are kept, and not only those to look at.
    pub(crate) all: bool,
    /// From the message after this one on.
    pub(crate) after: Option<MessageId>,
}

impl InboxShown {
    /// Reads the query of an address, whatever stands there.
    pub(crate) fn of_address(query: &str) -> Self {
        let pairs = identity::form_pairs(query);
        let one = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
        Self {
            all: one("all") == Some("1"),
            after: one("after").and_then(|id| Some(MessageId(id.parse().ok()?))),
        }
    }

    /// Where it stands.
    pub(crate) fn address(self) -> String {
        let all = self.all.then(|| "all=1".to_owned());
        let after = self.after.map(|after| format!("after={}", after.0));
        let parts: Vec<String> = all.into_iter().chain(after).collect();
        match parts.is_empty() {
            true => crate::STUDIO_INBOX.to_owned(),
            false => format!("{}?{}", crate::STUDIO_INBOX, parts.join("&")),
        }
    }
}

/// Takes a message again; of one that is held, that is the operator's yes. One that is done already is no error.
/// Answers 303.
#[server(prefix = "/studio", endpoint = "inbox/replay")]
pub async fn replay_message(id: String, list: Option<String>) -> Result<(), AppError> {
    let back = InboxShown::of_address(&list.unwrap_or_default()).address();
    let Some(operator) = crate::operator_or_step_up(&back).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let by = operator.operator(&*visit, None);
    if let Some(message) = ports.inbox.named(&id).await.map_err(|error| visit.refuse(&error.into()))? {
        ports.inbox.replay_later(&message, &by).await.map_err(|error| visit.refuse(&error.into()))?;
    }
    visit.see_other(&back);
    Ok(())
}

/// The operator's yes to all messages that are held, up to the one of this id, the newest that they were shown. Answers
/// 303.
#[server(prefix = "/studio", endpoint = "inbox/replay-held")]
pub async fn replay_held(up_to: String, list: Option<String>) -> Result<(), AppError> {
    let back = InboxShown::of_address(&list.unwrap_or_default()).address();
    let Some(operator) = crate::operator_or_step_up(&back).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let by = operator.operator(&*visit, None);
    if let Some(up_to) = up_to.parse().ok().map(MessageId) {
        ports.inbox.replay_held_later(up_to, &by).await.map_err(|error| visit.refuse(&error.into()))?;
    }
    visit.see_other(&back);
    Ok(())
}

/// Throws a message away. Answers 303.
#[server(prefix = "/studio", endpoint = "inbox/drop")]
pub async fn drop_message(id: String, list: Option<String>) -> Result<(), AppError> {
    let back = InboxShown::of_address(&list.unwrap_or_default()).address();
    let Some(operator) = crate::operator_or_step_up(&back).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let by = operator.operator(&*visit, None);
    if let Some(message) = ports.inbox.named(&id).await.map_err(|error| visit.refuse(&error.into()))? {
        ports.inbox.throw_away(&message, &by).await.map_err(|error| visit.refuse(&error.into()))?;
    }
    visit.see_other(&back);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_of_the_inbox_is_found_again_and_nothing_else_is() {
        let after = "after=0198a7f0-22d4-7e19-8b3c-6d10f9e5a487";
        for query in ["all=1", after, &format!("all=1&{after}")] {
            assert_eq!(InboxShown::of_address(query).address(), format!("/studio/inbox?{query}"));
        }
        for odd in ["", "all=2", "after=x", "//evil.example", "q=a"] {
            assert_eq!(InboxShown::of_address(odd).address(), "/studio/inbox", "{odd}");
        }
    }
}
