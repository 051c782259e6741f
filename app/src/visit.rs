//! The port to the request at hand: whose browser it is, and what to answer it besides the page.
//! `server` provides it by context; where there is no request there is none.

use std::sync::Arc;

use async_trait::async_trait;
use identity::{Actor, Device, LoginError, Role, Secret, Viewer};

use crate::AppError;

/// Somebody who may be in the studio.
#[derive(Clone, Debug)]
pub struct Insider {
    /// What they may do there.
    pub role: Role,
    /// What they do is theirs.
    pub actor: Actor,
    /// Who is signed in; none for whoever opened the studio by `sparekey studio`.
    pub viewer: Option<Arc<Viewer>>,
}

impl Insider {
    /// Who acts by the request at hand, and why.
    pub(crate) fn operator(&self, visit: &dyn Visit, reason: Option<String>) -> identity::Operator {
        identity::Operator { actor: self.actor.clone(), reason, request: Some(visit.request_id()) }
    }
}

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
    /// Who is looking, where they may be in the studio; looked up once a request.
    async fn insider(&self) -> Result<Option<Arc<Insider>>, LoginError>;
    /// The request's id, as it stands on pages and in the log.
    fn request_id(&self) -> String;
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
