//! The server functions of the journey. Each is also a public POST address under `/auth`, so each answers for
//! itself; what they do is `identity::Login`'s, what they answer with is `Visit`'s.

use leptos::prelude::*;

use crate::AppError;

/// Sends the browser to the provider, or to the choice of one. Answers 303.
#[server(prefix = "/auth", endpoint = "begin")]
pub async fn begin_login(asked: identity::LoginRequest) -> Result<(), AppError> {
    let (login, visit) = (crate::login()?, crate::visit()?);
    crate::journey::begin(&login, &*visit, asked).await
}

/// Finishes a log-in: code exchange, checks, upsert, session. Answers 303 to where the visitor was going.
#[server(prefix = "/auth", endpoint = "finish")]
pub async fn finish_login(provider: String, response: String) -> Result<(), AppError> {
    let (login, visit) = (crate::login()?, crate::visit()?);
    crate::journey::arrive(&login, &*visit, provider, response).await
}

/// Starts a log-in at a further provider, whose identity joins the user who is signed in. Whoever has not shown lately
/// who they are does that first: a stolen session must not become a log-in for ever. Answers 303.
#[server(prefix = "/auth", endpoint = "link")]
pub async fn link_provider(provider: String) -> Result<(), AppError> {
    let (login, visit) = (crate::login()?, crate::visit()?);
    let viewer = crate::require_viewer().await?;
    if !crate::require::is_fresh_or_step_up(&viewer, crate::ACCOUNT)? {
        return Ok(());
    }
    let asked = identity::LoginRequest {
        provider: Some(provider),
        return_to: Some(crate::ACCOUNT.to_owned()),
        ..Default::default()
    };
    crate::journey::leave(&login, &*visit, asked, Some(&viewer)).await
}

/// Starts the log-in of whoever was invited: its identity joins the user of the invitation, which is used by that and not
/// before. Answers 303.
#[server(prefix = "/auth", endpoint = "invitation")]
pub async fn accept_invitation(code: String) -> Result<(), AppError> {
    let (login, visit) = (crate::login()?, crate::visit()?);
    crate::journey::accept(&login, &*visit, &code).await
}

/// Takes one of one's own identities away, never the last. Asks for a fresh log-in first. Answers 303.
#[server(prefix = "/auth", endpoint = "unlink")]
pub async fn unlink_provider(issuer: String, subject: String) -> Result<(), AppError> {
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let viewer = crate::require_viewer().await?;
    if !crate::require::is_fresh_or_step_up(&viewer, crate::ACCOUNT)? {
        return Ok(());
    }
    crate::journey::unlink(&ports.directory, &*visit, &viewer, &issuer, &subject).await
}

/// Ends the session here, then at the provider. Always succeeds. Answers 303.
#[server(prefix = "/auth", endpoint = "logout")]
pub async fn log_out() -> Result<(), AppError> {
    let (login, visit) = (crate::login()?, crate::visit()?);
    crate::journey::goodbye(&login, &*visit).await;
    Ok(())
}

/// Whether the visitor is signed in still; asked by an open tab that comes back.
#[server(prefix = "/auth", endpoint = "viewer")]
pub async fn is_signed_in() -> Result<bool, AppError> {
    let visit = crate::visit()?;
    let viewer = visit.viewer().await.map_err(|error| visit.refuse(&error))?;
    Ok(viewer.is_some())
}
