//! What operators do with the messages that providers pushed. Each is also a public POST address below `/studio`, so
//! each asks first who acts, and that they showed lately who they are.

use leptos::prelude::*;

use crate::AppError;

/// Takes a message again; of one that is held, that is the operator's yes. One that is done already is no error.
/// Answers 303.
#[server(prefix = "/studio", endpoint = "inbox/replay")]
pub async fn replay_message(id: String) -> Result<(), AppError> {
    let Some(operator) = crate::operator_or_step_up(crate::STUDIO_INBOX).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let by = operator.operator(&*visit, None);
    if let Some(message) = ports.inbox.named(&id).await.map_err(|error| visit.refuse(&error.into()))? {
        ports.inbox.replay_later(&message, &by).await.map_err(|error| visit.refuse(&error.into()))?;
    }
    visit.see_other(crate::STUDIO_INBOX);
    Ok(())
}

/// The operator's yes to all messages that are held, up to the one of this id, the newest that they were shown. Answers
/// 303.
#[server(prefix = "/studio", endpoint = "inbox/replay-held")]
pub async fn replay_held(up_to: String) -> Result<(), AppError> {
    use identity::MessageId;
    let Some(operator) = crate::operator_or_step_up(crate::STUDIO_INBOX).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let by = operator.operator(&*visit, None);
    if let Some(up_to) = up_to.parse().ok().map(MessageId) {
        ports.inbox.replay_held_later(up_to, &by).await.map_err(|error| visit.refuse(&error.into()))?;
    }
    visit.see_other(crate::STUDIO_INBOX);
    Ok(())
}

/// Throws a message away. Answers 303.
#[server(prefix = "/studio", endpoint = "inbox/drop")]
pub async fn drop_message(id: String) -> Result<(), AppError> {
    let Some(operator) = crate::operator_or_step_up(crate::STUDIO_INBOX).await? else { return Ok(()) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let by = operator.operator(&*visit, None);
    if let Some(message) = ports.inbox.named(&id).await.map_err(|error| visit.refuse(&error.into()))? {
        ports.inbox.throw_away(&message, &by).await.map_err(|error| visit.refuse(&error.into()))?;
    }
    visit.see_other(crate::STUDIO_INBOX);
    Ok(())
}
