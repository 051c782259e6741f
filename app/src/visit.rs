//! The port to the request at hand: whose browser it is, and what to answer it besides the page.
//! `server` provides it by context; where there is no request there is none.

use std::sync::Arc;

use async_trait::async_trait;
use identity::{Device, LoginError, Secret, Viewer};

use crate::AppError;

/// One request and the answer to it.
#[async_trait]
pub trait Visit: Send + Sync {
    /// The path and the query as they came, `?` between them.
    fn address(&self) -> String;
    /// The query as it came, without the `?`.
    fn query(&self) -> String;
    /// The browser's own value, from its cookie.
    fn browser(&self) -> Option<Secret>;
    /// All values that the browser was given: several where its first log-ins began at once.
    fn browsers(&self) -> Vec<Secret>;
    /// Gives the browser its own value.
    fn keep_browser(&self, browser: &Secret);
    /// The session of the cookie, whether or not it is alive.
    fn session(&self) -> Option<Secret>;
    /// Sets the session's cookie.
    fn keep_session(&self, session: &Secret);
    /// Takes the session's cookie away.
    fn drop_session(&self);
    /// Who is looking; looked up once a request.
    async fn viewer(&self) -> Result<Option<Arc<Viewer>>, LoginError>;
    /// What the browser says of itself.
    fn device(&self) -> Device;
    /// The same address on the site's own host, where this one is another and that was not tried yet.
    fn canonical(&self) -> Option<String>;
    /// Answers 303.
    fn see_other(&self, url: &str);
    /// Answers with this status.
    fn status(&self, status: u16);
    /// Logs a refusal, once, sets its status, and makes of it what a page may show.
    fn refuse(&self, error: &LoginError) -> AppError;
}
