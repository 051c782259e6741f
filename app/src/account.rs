//! What people do with their own sessions. Each is also a public POST address under `/auth`, so each asks who
//! is looking first; they act on that person's sessions and on nobody else's.

use leptos::prelude::*;

use crate::AppError;

/// Ends one of one's own sessions, named by its digest. One that is gone already is no error. Answers 303.
#[server(prefix = "/auth", endpoint = "sessions/end")]
pub async fn end_session(session: String) -> Result<(), AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let viewer = crate::require_viewer().await?;
    crate::journey::end_one(&ports.directory, &*visit, &viewer, &session).await
}

/// Ends all of one's own sessions but the one that asks. Answers 303.
#[server(prefix = "/auth", endpoint = "sessions/end-others")]
pub async fn end_other_sessions() -> Result<(), AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let viewer = crate::require_viewer().await?;
    crate::journey::end_others(&ports.directory, &*visit, &viewer).await
}

/// Ends all of one's own sessions, then logs out at the provider. Answers 303.
#[server(prefix = "/auth", endpoint = "logout-everywhere")]
pub async fn log_out_everywhere() -> Result<(), AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let viewer = crate::require_viewer().await?;
    crate::journey::goodbye_everywhere(&ports, &*visit, &viewer).await
}

/// Forgets whoever asks, who has just shown who they are and typed the word. Answers 303.
#[server(prefix = "/auth", endpoint = "erase")]
pub async fn erase_account(word: String) -> Result<(), AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let viewer = crate::require_viewer().await?;
    if !crate::require::is_fresh_or_step_up(&viewer, crate::ACCOUNT_ERASE)? {
        return Ok(());
    }
    crate::journey::erase(&ports.directory, &*visit, &viewer, &word).await
}
