//! The adapter of `app::Visit` to an HTTP request: cookies in and out, 303s, statuses, the viewer looked up
//! once, a refusal logged once.

use std::sync::Arc;

use app::{AppError, Visit};
use async_trait::async_trait;
use http::request::Parts;
use http::{HeaderName, HeaderValue, StatusCode, header};
use identity::{Device, Login, LoginError, Secret, Viewer};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;
use percent_encoding::{AsciiSet, utf8_percent_encode};
use tokio::sync::OnceCell;

use super::Web;
use crate::telemetry::{self, RequestId};

/// Seconds after which it may be worth trying again.
pub(crate) const RETRY_AFTER: HeaderValue = HeaderValue::from_static("5");

/// The request at hand.
pub(crate) struct Request {
    parts: Parts,
    response: ResponseOptions,
    web: Arc<Web>,
    login: Login,
    viewer: OnceCell<Option<Arc<Viewer>>>,
}

impl Request {
    /// None where Leptos runs without a request: for its route list.
    pub(crate) fn at_hand(web: &Arc<Web>, login: &Login) -> Option<Arc<Self>> {
        let (parts, response) = (use_context::<Parts>()?, use_context::<ResponseOptions>()?);
        let (web, login) = (web.clone(), login.clone());
        Some(Arc::new(Self { parts, response, web, login, viewer: OnceCell::new() }))
    }

    fn set_cookie(&self, cookie: &str) {
        if let Ok(value) = HeaderValue::from_str(cookie) {
            self.response.append_header(header::SET_COOKIE, value);
        }
    }

    fn header(&self, name: HeaderName) -> Option<String> {
        self.parts.headers.get(name)?.to_str().ok().map(str::to_owned)
    }

    fn request_id(&self) -> String {
        self.parts.extensions.get::<RequestId>().map(ToString::to_string).unwrap_or_default()
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
        let look_up = || async {
            match self.session() {
                Some(session) => Ok(crate::viewer(&self.login, session).await?.map(Arc::new)),
                None => Ok(None),
            }
        };
        self.viewer.get_or_try_init(look_up).await.cloned()
    }

    fn device(&self) -> Device {
        let user_agent = self.header(header::USER_AGENT).map(|agent| agent.chars().take(300).collect());
        let address = self
            .web
            .client_ip
            .of(&self.parts.extensions, &self.parts.headers)
            .map(|address| address.to_string());
        Device { user_agent, address }
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
        telemetry::refusal(error);
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
