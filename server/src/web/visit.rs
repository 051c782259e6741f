//! The adapter of `app::Visit` to an HTTP request: cookies in and out, 303s, statuses, the viewer looked up
//! once, a refusal logged once.

use std::net::IpAddr;
use std::sync::{Arc, PoisonError};

use app::{AppError, Insider, Visit};
use async_trait::async_trait;
use http::request::Parts;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use identity::{Device, Login, LoginError, Secret, Viewer};
use leptos::prelude::{take_context, use_context};
use leptos_axum::ResponseOptions;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use tokio::sync::OnceCell;

use super::headers::text;
use super::rate_limit::Counted;
use super::refusal::RETRY_AFTER;
use super::{Web, studio};
use crate::telemetry::{self, RequestId, Said};

/// The request at hand.
pub(crate) struct Request {
    parts: Parts,
    response: ResponseOptions,
    web: Arc<Web>,
    login: Login,
    viewer: OnceCell<Option<Arc<Viewer>>>,
    insider: OnceCell<Option<Arc<Insider>>>,
}

impl Request {
    /// None where Leptos runs without a request: for its route list.
    pub(crate) fn at_hand(web: &Arc<Web>, login: &Login) -> Option<Arc<Self>> {
        // Nobody asks for it after us: taken, not copied.
        let (parts, response) = (take_context::<Parts>()?, use_context::<ResponseOptions>()?);
        Some(Arc::new(Self::new(parts, response, web, login)))
    }

    /// Of a handler, without Leptos.
    pub(super) fn of(parts: Parts, web: &Arc<Web>, login: &Login) -> Self {
        Self::new(parts, ResponseOptions::default(), web, login)
    }

    fn new(parts: Parts, response: ResponseOptions, web: &Arc<Web>, login: &Login) -> Self {
        let (web, login) = (web.clone(), login.clone());
        let (viewer, insider) = (OnceCell::new(), OnceCell::new());
        Self { parts, response, web, login, viewer, insider }
    }

    /// The request, and what was said to be answered.
    pub(super) fn into_answer(self) -> (Parts, Option<StatusCode>, HeaderMap) {
        let mut answer = self.response.0.write().unwrap_or_else(PoisonError::into_inner);
        let (status, headers) = (answer.status, std::mem::take(&mut answer.headers));
        drop(answer);
        (self.parts, status, headers)
    }

    fn set_cookie(&self, cookie: &str) {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            self.response.append_header(header::SET_COOKIE, value);
        }
    }

    fn header(&self, name: HeaderName) -> Option<String> {
        self.parts.headers.get(name).map(|value| text(value).into_owned())
    }

    fn client(&self) -> Option<IpAddr> {
        self.web.client_ip.of(&self.parts.extensions, &self.parts.headers)
    }

    /// Whom the studio's door let in.
    fn let_in(&self) -> Option<&Arc<Insider>> {
        self.parts.extensions.get()
    }
}

#[async_trait]
impl Visit for Request {
    fn address(&self) -> String {
        self.parts.uri.path_and_query().map(ToString::to_string).unwrap_or_default()
    }

    fn query(&self) -> String {
        self.parts.uri.query().unwrap_or_default().to_owned()
    }

    fn browser(&self) -> Option<Secret> {
        self.web.cookies.browser(&self.parts.headers)
    }

    fn browsers(&self) -> Vec<Secret> {
        self.web.cookies.browsers(&self.parts.headers)
    }

    fn keep_browser(&self, browser: &Secret) {
        for cookie in self.web.cookies.keep_browser(browser) {
            self.set_cookie(&cookie);
        }
    }

    fn session(&self) -> Option<Secret> {
        self.web.cookies.session(&self.parts.headers)
    }

    fn keep_session(&self, session: &Secret) {
        self.set_cookie(&self.web.cookies.keep_session(session));
    }

    fn drop_session(&self) {
        self.set_cookie(&self.web.cookies.drop_session());
    }

    async fn viewer(&self) -> Result<Option<Arc<Viewer>>, LoginError> {
        if let Some(insider) = self.let_in() {
            return Ok(insider.viewer.clone());
        }
        let look_up = || async {
            match self.session() {
                Some(session) => Ok(crate::viewer(&self.login, session).await?.map(Arc::new)),
                None => Ok(None),
            }
        };
        self.viewer.get_or_try_init(look_up).await.cloned()
    }

    async fn insider(&self) -> Result<Option<Arc<Insider>>, LoginError> {
        if let Some(insider) = self.let_in() {
            return Ok(Some(insider.clone()));
        }
        if let Some(local) = &self.web.local {
            return Ok(local.insider(&self.parts.headers));
        }
        let look_up = || async {
            match self.viewer().await? {
                Some(viewer) => studio::insider(&self.login, viewer).await,
                None => Ok(None),
            }
        };
        self.insider.get_or_try_init(look_up).await.cloned()
    }

    fn request_id(&self) -> String {
        self.parts.extensions.get::<RequestId>().map(ToString::to_string).unwrap_or_default()
    }

    fn device(&self) -> Device {
        let user_agent = self.header(header::USER_AGENT).map(|agent| agent.chars().take(300).collect());
        Device { user_agent, address: self.client().map(|address| address.to_string()) }
    }

    fn canonical(&self) -> Option<String> {
        let host = self.header(header::HOST)?;
        if host.eq_ignore_ascii_case(self.web.url.authority()) {
            return None;
        }
        let query = self.query();
        if query.split('&').any(|pair| pair == "moved=1") {
            let host = telemetry::shortened(&host);
            tracing::warn!(
                ?host,
                site_url = self.web.url.origin(),
                "the proxy passes on another Host than SITE_URL's; make it pass Host on, or correct SITE_URL"
            );
            return None;
        }
        let query = if query.is_empty() { "moved=1".to_owned() } else { format!("{query}&moved=1") };
        Some(self.web.url.at(&format!("{}?{query}", self.parts.uri.path())))
    }

    fn see_other(&self, url: &str) {
        match HeaderValue::from_str(&ascii(url)) {
            Ok(location) => {
                self.response.insert_header(header::LOCATION, location);
                self.response.set_status(StatusCode::SEE_OTHER);
            }
            Err(_) => self.response.set_status(StatusCode::BAD_REQUEST),
        }
    }

    fn status(&self, status: u16) {
        if let Ok(status) = StatusCode::from_u16(status) {
            self.response.set_status(status);
        }
    }

    fn refuse(&self, error: &LoginError) -> AppError {
        let code = error.code();
        if self.web.rate_limit.allows(Counted::Line, self.client()) {
            telemetry::refusal(error);
        }
        if let Some(said) = self.parts.extensions.get::<Said>() {
            said.set();
        }
        #[cfg(debug_assertions)]
        if is_callback(self.parts.uri.path()) {
            telemetry::LOGIN_TRACE.refused(code, &self.request_id());
        }
        self.status(code.status());
        if code.status() == 503 {
            self.response.insert_header(header::RETRY_AFTER, RETRY_AFTER);
        }
        AppError { code, request_id: self.request_id(), provider: error.provider().map(str::to_owned) }
    }
}

/// A URL as a header takes it: what is not ASCII is percent-encoded, which means the same.
fn ascii(url: &str) -> String {
    utf8_percent_encode(url, &AsciiSet::EMPTY).to_string()
}

#[cfg(debug_assertions)]
fn is_callback(path: &str) -> bool {
    path.starts_with(app::CALLBACK) || path == app::KINDE_CALLBACK
}
