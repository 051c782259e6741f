//! The authorization response: a code or an error, back to the client by redirect or by a
//! form that posts itself (OAuth 2.0 Form Post Response Mode).

use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use url::Url;

use crate::books::{Grant, Session};
use crate::core::Core;
use crate::faults::InForce;
use crate::html;
use crate::keys::random;
use crate::params::Params;
use crate::request::Request;

/// Sends a code, and a cookie for the session.
pub(crate) fn grant(core: &Core, request: &Request, cookie: String, mut session: Session) -> Response {
    session.clients.insert(request.client_id.clone());
    let faults = core.faults.take_for_a_log_in();
    let in_force = core.faults.with(&faults);
    let mut books = core.books.lock();
    let code = books.issue_code(Grant {
        id: random(""),
        client_id: request.client_id.clone(),
        redirect_uri: request.redirect_uri.clone(),
        subject: session.subject.clone(),
        scope: request.scope.clone(),
        nonce: request.nonce.clone(),
        challenge: request.challenge.clone(),
        sid: session.sid.clone(),
        auth_time: session.auth_time,
        acr: request.acr_values.first().and(session.acr.clone()),
        faults,
    });
    books.sessions.insert(&*cookie, session);
    drop(books);
    let mut params = Params::default();
    params.push("code", code);
    let mut response = send(core, request, params, &in_force);
    html::set_cookie(&mut response, &core.cookie, &cookie);
    response
}

/// Sends an error (RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6).
pub(crate) fn refuse(core: &Core, request: &Request, error: &str, why: &str) -> Response {
    let mut params = Params::default();
    params.refuse(error, why);
    let faults = core.faults.take_for_a_log_in();
    send(core, request, params, &core.faults.with(&faults))
}

fn send(core: &Core, request: &Request, mut params: Params, in_force: &InForce) -> Response {
    if let Some(state) = &request.state {
        params.push("state", state.as_str());
    }
    // RFC 9207; what a tenant would have to say there, nobody knows.
    if core.tenant.lock().is_none() {
        params.push("iss", core.issuer.as_str());
    }
    in_force.params(&mut params, &core.scene(&request.client_id));
    if request.form_post {
        return html::form_post(&request.redirect_uri, &params);
    }
    match Url::parse(&request.redirect_uri) {
        Ok(mut url) => {
            url.query_pairs_mut().extend_pairs(params.iter());
            (StatusCode::SEE_OTHER, [(header::LOCATION, url.to_string())]).into_response()
        }
        Err(_) => html::refusal(StatusCode::BAD_REQUEST, "The registered redirect URI is no URL."),
    }
}
