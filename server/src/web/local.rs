//! The studio for whoever runs `sparekey studio`: on loopback, for this address alone, opened by a token that works once and
//! becomes a cookie. Neither another user of the machine nor a page of the web gets in.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use app::{Insider, Onward, STUDIO};
use axum::body::{Body, to_bytes};
use axum::extract::{MatchedPath, Request};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use http::{HeaderMap, HeaderValue, Method, StatusCode, header};
use identity::{Actor, Code, Digest, Role, Secret};

use super::{cookies, filters, pages, refusal, studio};
use crate::Shared;

/// Where the token is taken.
const OPEN: &str = "/open";
/// How long it can be.
const TTL: Duration = Duration::from_secs(600);
/// No form of ours with a token is larger, in bytes.
const FORM: usize = 1024;

/// The door of one process.
pub(crate) struct Local {
    authority: String,
    cookie: String,
    session: Secret,
    /// None when it was used.
    token: Mutex<Option<(Digest, Instant)>>,
    insider: Arc<Insider>,
}

impl Local {
    /// A door at this port, for whoever holds the token.
    pub(crate) fn new(port: u16, actor: Actor, session: Secret, token: &Secret) -> Self {
        Self {
            authority: format!("127.0.0.1:{port}"),
            cookie: format!("sparekey_studio_{port}"),
            session,
            token: Mutex::new(Some((token.digest(), Instant::now() + TTL))),
            insider: Arc::new(Insider { role: Role::Operator, actor, viewer: None }),
        }
    }

    /// The site's origin.
    pub(crate) fn origin(&self) -> String {
        format!("http://{}", self.authority)
    }

    /// The address that opens it, once.
    pub(crate) fn address(&self, token: &Secret) -> String {
        format!("{}{OPEN}?token={}", self.origin(), token.expose())
    }

    /// A page that opens it by a form, so that the token stands in no list of processes.
    pub(crate) fn opener(&self, token: &Secret) -> String {
        let (action, token) = (format!("{}{OPEN}", self.origin()), token.expose());
        format!(
            "<!DOCTYPE html><html lang=\"en\"><meta charset=\"utf-8\"><title>Sparekey studio</title>\
             <form method=\"post\" action=\"{action}\"><input type=\"hidden\" name=\"token\" value=\"{token}\">\
             <button>Open the studio</button></form><script>document.forms[0].submit()</script></html>\n"
        )
    }

    /// Whoever holds the cookie.
    pub(super) fn insider(&self, headers: &HeaderMap) -> Option<Arc<Insider>> {
        let held = cookies::one(headers, &self.cookie)?;
        held.digest().matches(&self.session.digest()).then(|| self.insider.clone())
    }

    /// Whether this is the token, and nobody came with it before.
    fn take(&self, token: &str) -> bool {
        let Some(given) = Secret::parse(token) else { return false };
        let mut token = self.token.lock().unwrap_or_else(PoisonError::into_inner);
        let is_it =
            token.is_some_and(|(ours, until)| Instant::now() < until && ours.matches(&given.digest()));
        if is_it {
            *token = None;
        }
        is_it
    }

    /// Whether the request came to this very address, and from no page of another.
    fn is_meant(&self, request: &Request) -> bool {
        let header = |name| request.headers().get(name).map(HeaderValue::as_bytes);
        let is_host = header(header::HOST) == Some(self.authority.as_bytes());
        // The page that brings the token is a file, which has no origin.
        let opens = request.uri().path() == OPEN;
        is_host && header(header::ORIGIN).is_none_or(|origin| opens || origin == self.origin().as_bytes())
    }

    fn set_cookie(&self) -> Option<HeaderValue> {
        let value = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie, self.session.expose());
        HeaderValue::from_str(&value).ok()
    }
}

/// Lets whoever holds the cookie into the studio and its files, and nobody else anywhere.
pub(super) async fn admit(shared: &Shared, local: &Local, mut request: Request, next: Next) -> Response {
    if !local.is_meant(&request) {
        return refusal::refuse(Code::CrossSite);
    }
    if request.uri().path() == OPEN {
        return open(shared, local, request).await;
    }
    let Some(insider) = local.insider(request.headers()) else {
        let reads = matches!(*request.method(), Method::GET | Method::HEAD);
        let navigates = reads && filters::is_navigation(request.headers());
        return closed(shared, navigates).await;
    };
    let path = request.uri().path();
    if path == app::HOME {
        return (StatusCode::SEE_OTHER, [(header::LOCATION, HeaderValue::from_static(STUDIO))])
            .into_response();
    }
    let is_page = request.extensions().get::<MatchedPath>().is_some();
    if is_page && !studio::is_of_studio(path) {
        return refusal::refuse(Code::NotFound);
    }
    request.extensions_mut().insert(insider);
    next.run(request).await
}

/// Takes the token. What follows is a page that goes on by itself: a strict cookie does not travel with a redirect of a
/// navigation that a file began.
async fn open(shared: &Shared, local: &Local, request: Request) -> Response {
    let navigates = filters::is_navigation(request.headers()) && !filters::is_prefetch(request.headers());
    let token = match request.method().clone() {
        Method::POST => posted(request).await,
        Method::GET if navigates => token_of(request.uri().query().unwrap_or_default()),
        Method::GET | Method::HEAD => return StatusCode::NO_CONTENT.into_response(),
        _ => return refusal::refuse(Code::MethodNotAllowed),
    };
    if !token.is_some_and(|token| local.take(&token)) {
        return pages::studio_closed(shared, StatusCode::FORBIDDEN).await;
    }
    let mut page = pages::onward(shared, Onward::Address(STUDIO.to_owned())).await;
    page.headers_mut().extend(local.set_cookie().map(|cookie| (header::SET_COOKIE, cookie)));
    page
}

async fn posted(request: Request) -> Option<String> {
    let body = to_bytes(Body::new(request.into_body()), FORM).await.ok()?;
    token_of(str::from_utf8(&body).ok()?)
}

fn token_of(pairs: &str) -> Option<String> {
    identity::form_pairs(pairs).into_iter().find(|(name, _)| name == "token").map(|(_, token)| token)
}

async fn closed(shared: &Shared, navigates: bool) -> Response {
    match navigates {
        true => pages::studio_closed(shared, StatusCode::UNAUTHORIZED).await,
        false => refusal::refuse(Code::SignedOut),
    }
}
