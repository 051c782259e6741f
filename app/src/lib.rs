//! Pages, components, words and server functions. No HTTP, no database, no environment: what the server
//! knows comes through `identity::Login` and the `Visit` port, both from context.

mod auth;
mod error;
mod journey;
mod visit;

pub use auth::*;
pub use error::AppError;
pub use visit::Visit;

pub(crate) use visit::visit;

/// Where the journey's pages are. The router, the settings and the tests use these.
pub const HOME: &str = "/";
pub const DASHBOARD: &str = "/dashboard";
pub const LOGIN: &str = "/auth/login";
pub const SIGNUP: &str = "/auth/signup";
pub const PROVIDERS: &str = "/auth/providers";
pub const CALLBACK: &str = "/auth/callback";
pub const LOGOUT: &str = "/auth/logout";

/// The use cases; there in every request.
pub(crate) fn login() -> Result<identity::Login, AppError> {
    leptos::prelude::use_context::<identity::Login>().ok_or_else(AppError::internal)
}

/// Who is looking, or a refusal: the first line of whatever is private.
pub(crate) async fn require_viewer() -> Result<identity::Viewer, AppError> {
    let visit = visit()?;
    match visit.viewer().await {
        Ok(Some(viewer)) => Ok(viewer),
        Ok(None) => Err(visit.refuse(&identity::Code::SignedOut.into())),
        Err(error) => Err(visit.refuse(&error)),
    }
}
