//! `/authorize`: which requests are fit to be answered, who answers them, and the page's forms.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use crate::answer;
use crate::books::Session;
use crate::core::{Core, now};
use crate::door::Asked;
use crate::faults::Fault;
use crate::keys::random;
use crate::page;
use crate::params::Params;
use crate::people::Person;

/// An authorization request whose client and redirect URI are known to fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) form_post: bool,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: String,
    pub(crate) prompt: Vec<String>,
    pub(crate) max_age: Option<i64>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) login_hint: Option<String>,
}

/// Why a request is not answered with a code.
pub(crate) enum Refused {
    /// Client or redirect URI do not fit, so nobody may be redirected (RFC 6749 4.1.2.1).
    Here(String),
    /// The client is told.
    ToClient(Box<Request>, &'static str, String),
}

/// `GET` and `POST /authorize`.
pub(crate) async fn begin(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    match Request::read(&core, asked.call.params()) {
        Err(Refused::Here(why)) => page::refusal(StatusCode::BAD_REQUEST, &why),
        Err(Refused::ToClient(request, error, why)) => answer::refuse(&core, &request, error, &why),
        Ok(request) => decide(&core, &asked.call.headers, request),
    }
}

/// Answers at once where it can, else shows the page.
fn decide(core: &Core, headers: &HeaderMap, request: Request) -> Response {
    let session = session_of(core, headers).filter(|(_, session)| request.is_met_by(session));
    let asks = |prompt: &str| request.prompt.iter().any(|asked| asked == prompt);
    match session {
        Some((cookie, session)) if request.prompt.is_empty() || asks("none") => {
            return answer::grant(core, &request, cookie, session);
        }
        None if asks("none") => {
            let why = "User authentication is required";
            return answer::refuse(core, &request, "login_required", why);
        }
        _ => {}
    }
    if let Some(subject) = chosen_without_a_page(core, headers) {
        return log_in(core, headers, &request, subject);
    }
    let id = random("");
    let page = page::choose(core, &id, &request);
    core.books.lock().waiting.insert(id, Arc::new(request));
    page
}

/// For tests: a header on this request, or a setting for all.
fn chosen_without_a_page(core: &Core, headers: &HeaderMap) -> Option<String> {
    let header = headers.get("dev-choose").map(|value| value.as_bytes());
    let header = header.map(|bytes| String::from_utf8_lossy(bytes).into_owned());
    header.or_else(|| core.log_in_as.lock().clone())
}

/// `GET /authorize/choose`: the page again, after the fault switches were set.
pub(crate) async fn show(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let id = asked.call.query.text("request").to_owned();
    match waiting(&core, &id) {
        Some(request) => page::choose(&core, &id, &request),
        None => forgotten(),
    }
}

/// `POST /authorize/choose`: a person was chosen.
pub(crate) async fn choose(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let form = &asked.call.form;
    match (waiting(&core, form.text("request")), form.get("sub")) {
        (Some(request), Some(subject)) => log_in(&core, &asked.call.headers, &request, subject.to_owned()),
        _ => forgotten(),
    }
}

/// `POST /authorize/new`: somebody who was not there before. Their e-mail is not verified,
/// for nobody looked.
pub(crate) async fn somebody_new(
    State(core): State<Arc<Core>>,
    Extension(asked): Extension<Asked>,
) -> Response {
    let form = &asked.call.form;
    let Some(request) = waiting(&core, form.text("request")) else {
        return forgotten();
    };
    let mut person = Person::new(random("new|"));
    if let Some(name) = form.get("name") {
        person = person.with("name", name);
    }
    if let Some(email) = form.get("email") {
        person = person.with("email", email).with("email_verified", false);
    }
    let subject = person.subject.clone();
    core.add_person(person);
    log_in(&core, &asked.call.headers, &request, subject)
}

/// `POST /authorize/cancel`.
pub(crate) async fn cancel(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    match waiting(&core, asked.call.form.text("request")) {
        Some(request) => answer::refuse(&core, &request, "access_denied", "The person cancelled"),
        None => forgotten(),
    }
}

/// `GET /`: there is nothing to see here but the switches.
pub(crate) async fn front() -> Response {
    Redirect::to("/faults").into_response()
}

/// A request stays after it was answered, so that Back and another choice work, as they do
/// at many providers.
fn waiting(core: &Core, id: &str) -> Option<Arc<Request>> {
    core.books.lock().waiting.get(id).cloned()
}

fn forgotten() -> Response {
    let why = "This log-in is not known here any more. Start again at the application.";
    page::refusal(StatusCode::BAD_REQUEST, why)
}

fn log_in(core: &Core, headers: &HeaderMap, request: &Request, subject: String) -> Response {
    let before = session_of(core, headers).filter(|(_, session)| session.subject == subject);
    let (cookie, sid, clients) = match before {
        Some((cookie, session)) => (cookie, session.sid, session.clients),
        None => (random(""), random("sid_"), BTreeSet::new()),
    };
    let session =
        Session { sid, subject, auth_time: now(), acr: request.acr_values.first().cloned(), clients };
    answer::grant(core, request, cookie, session)
}

fn session_of(core: &Core, headers: &HeaderMap) -> Option<(String, Session)> {
    let cookie = page::cookie(headers, &core.cookie)?;
    let session = core.books.lock().sessions.get(&cookie).cloned()?;
    Some((cookie, session))
}

impl Request {
    /// Reads a request, a pushed one where `request_uri` names it (RFC 9126 4).
    pub(crate) fn read(core: &Core, params: &Params) -> Result<Self, Refused> {
        match params.get("request_uri") {
            None => {
                let request = Self::check(core, params)?;
                if core.faults.active().contains(&Fault::PushedRequestsRequired) {
                    return Err(request.refused("invalid_request", "push the request first"));
                }
                Ok(request)
            }
            Some(uri) => {
                let pushed = core.books.lock().pushed.remove(uri);
                let pushed = pushed.filter(|pushed| pushed.get("client_id") == params.get("client_id"));
                let pushed = pushed.ok_or_else(|| Refused::Here("The request_uri is not known.".into()))?;
                Self::check(core, &pushed)
            }
        }
    }

    /// Checks what RFC 6749 4.1.1, RFC 7636 4.3 and OpenID Connect Core 3.1.2.1 ask for.
    pub(crate) fn check(core: &Core, params: &Params) -> Result<Self, Refused> {
        let request = Self::addressed(core, params)?;
        if let Some(name) = params.repeated() {
            return Err(request.refused("invalid_request", &format!("{name} is repeated")));
        }
        if params.get("response_type") != Some("code") {
            return Err(request.refused("unsupported_response_type", "response_type must be code"));
        }
        if !request.scope.split(' ').any(|scope| scope == "openid") {
            return Err(request.refused("invalid_scope", "scope must hold openid"));
        }
        if params.get("code_challenge_method") != Some("S256") || request.challenge.len() != 43 {
            return Err(request.refused("invalid_request", "a code_challenge by S256 is required"));
        }
        if request.prompt.len() > 1 && request.prompt.iter().any(|prompt| prompt == "none") {
            return Err(request.refused("invalid_request", "prompt=none stands alone"));
        }
        Ok(request)
    }

    /// Client and redirect URI must fit before anything else is worth a redirect.
    fn addressed(core: &Core, params: &Params) -> Result<Self, Refused> {
        let client = core
            .client(params.text("client_id"))
            .ok_or_else(|| Refused::Here("The client_id is not registered here.".into()))?;
        let redirect_uri = params.text("redirect_uri").to_owned();
        if !client.redirect_uris.contains(&redirect_uri) {
            let why = format!("The redirect URI {redirect_uri} is not registered for this client.");
            return Err(Refused::Here(why));
        }
        let owned = |name: &str| params.get(name).map(str::to_owned);
        let words = |name: &str| {
            let words = params.text(name).split(' ').map(str::to_owned);
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
        };
        Ok(Self {
            client_id: client.id,
            redirect_uri,
            state: owned("state"),
            form_post: params.get("response_mode") == Some("form_post"),
            scope: params.text("scope").to_owned(),
            nonce: owned("nonce"),
            challenge: params.text("code_challenge").to_owned(),
            prompt: words("prompt"),
            max_age: params.get("max_age").and_then(|age| age.parse().ok()),
            acr_values: words("acr_values"),
            login_hint: owned("login_hint"),
        })
    }

    /// Whether an existing session is fresh and strong enough to answer without a page.
    fn is_met_by(&self, session: &Session) -> bool {
        let fresh = self.max_age.is_none_or(|age| now() - session.auth_time <= age && age > 0);
        let strong = self.acr_values.is_empty()
            || session.acr.as_ref().is_some_and(|acr| self.acr_values.contains(acr));
        fresh && strong
    }

    fn refused(self, error: &'static str, why: &str) -> Refused {
        Refused::ToClient(Box::new(self), error, why.to_owned())
    }
}
