//! `/authorize`: who answers a request, and the page's forms.

use std::collections::BTreeSet;
use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};

use crate::answer;
use crate::books::Session;
use crate::choose_page::choose_page;
use crate::clock::now;
use crate::core::Core;
use crate::door::Asked;
use crate::faults::Fault;
use crate::html;
use crate::keys::random;
use crate::params::Params;
use crate::people::Person;
use crate::request::{Refused, Request};

/// `GET` and `POST /authorize`.
pub(crate) async fn begin(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    match read(&core, asked.call.params()) {
        Err(Refused::Here(why)) => html::refusal(StatusCode::BAD_REQUEST, &why),
        Err(Refused::ToClient(request, error, why)) => answer::refuse(&core, &request, error, &why),
        Ok(request) => decide(&core, &asked.call.headers, request),
    }
}

/// Answers at once where it can, else shows the page.
fn decide(core: &Core, headers: &HeaderMap, request: Request) -> Response {
    let session = session_of(core, headers).filter(|(_, session)| is_met_by(&request, session));
    match session {
        Some((cookie, session)) if request.prompt.is_empty() || request.asks("none") => {
            return answer::grant(core, &request, cookie, session);
        }
        None if request.asks("none") => {
            let why = "User authentication is required";
            return answer::refuse(core, &request, "login_required", why);
        }
        _ => {}
    }
    if let Some(subject) = chosen_without_a_page(core, headers) {
        return log_in(core, headers, &request, subject);
    }
    let id = random("");
    let page = choose_page(core, &id, &request);
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
        Some(request) => choose_page(&core, &id, &request),
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

/// `GET /`: there is nothing to see here but the switches, and a way to the people.
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
    html::refusal(StatusCode::BAD_REQUEST, why)
}

fn log_in(core: &Core, headers: &HeaderMap, request: &Request, subject: String) -> Response {
    if core.known(&subject).is_some_and(|person| person.is_blocked) {
        return html::refusal(StatusCode::FORBIDDEN, "This account is blocked. /people lifts it.");
    }
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
    let cookie = html::cookie(headers, &core.cookie)?;
    let session = core.books.lock().sessions.get(&cookie).cloned()?;
    Some((cookie, session))
}

/// Reads a request, a pushed one where `request_uri` names it (RFC 9126 4).
fn read(core: &Core, params: &Params) -> Result<Request, Refused> {
    let clients = core.clients.lock();
    let Some(uri) = params.get("request_uri") else {
        let request = Request::check(&clients, params)?;
        if core.faults.active().contains(&Fault::PushedRequestsRequired) {
            return Err(request.refused("invalid_request", "push the request first"));
        }
        return Ok(request);
    };
    let pushed = core.books.lock().pushed.remove(uri);
    let pushed = pushed.filter(|pushed| pushed.get("client_id") == params.get("client_id"));
    let pushed = pushed.ok_or_else(|| Refused::Here("The request_uri is not known.".into()))?;
    Request::check(&clients, &pushed)
}

/// Whether an existing session is fresh and strong enough to answer without a page.
fn is_met_by(request: &Request, session: &Session) -> bool {
    let fresh = request.max_age.is_none_or(|age| now() - session.auth_time <= age && age > 0);
    let strong = request.acr_values.is_empty()
        || session.acr.as_ref().is_some_and(|acr| request.acr_values.contains(acr));
    fresh && strong
}
