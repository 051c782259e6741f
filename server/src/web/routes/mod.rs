//! What is not a page: data for programs, and the addresses that providers call. One file each.

mod account_data;
mod backchannel;
mod export;
pub(super) mod form_post;
mod health;
mod hooks;
mod initiate;
mod journey;
mod log_export;
mod me;
mod person;
pub(super) mod scim;
mod studio;

use axum::Router;
use axum::body::to_bytes;
use axum::extract::{Request, State};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, get, post};
use http::{HeaderValue, StatusCode, header};
use identity::Code;

use crate::Shared;
use crate::web::headers::text;

/// All of them.
pub(super) fn routes(shared: &Shared) -> Router {
    let callback = get(journey::arrive).post(form_post::callback);
    Router::new()
        .route(app::ACCOUNT_DATA, get(account_data::data))
        .route("/api/me", get(me::me))
        .route(app::EXPORT_NDJSON, get(export::ndjson))
        .route(app::EXPORT_CSV, get(export::csv))
        .route(app::LOG_NDJSON, get(log_export::ndjson))
        .route(app::LOG_CSV, get(log_export::csv))
        .route(&format!("{}{{id}}{}", app::STUDIO_USERS, app::DATA), get(person::data))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route(app::LOGIN, get(journey::log_in))
        .route(app::SIGNUP, get(journey::sign_up))
        .route(app::KINDE_LOGIN, get(journey::log_in))
        .route(app::KINDE_SIGNUP, get(journey::sign_up))
        .route(app::CALLBACK, callback.clone())
        .route(&format!("{}/{{provider}}", app::CALLBACK), callback.clone())
        .route(app::KINDE_CALLBACK, callback)
        .route("/api/auth/success", get(success))
        .route(app::BACKCHANNEL_LOGOUT, post(backchannel::main))
        .route(&format!("{}/{{provider}}", app::BACKCHANNEL_LOGOUT), post(backchannel::named))
        .route(&format!("{}/{{provider}}", app::HOOKS), post(hooks::take).get(hooks::prove))
        .route(app::INITIATE, get(initiate::initiate).post(initiate::initiate))
        .route(&format!("{}/{{provider}}", scim::ROOT), any(scim::base))
        .route(&format!("{}/{{provider}}/", scim::ROOT), any(scim::base))
        .route(&format!("{}/{{provider}}/{{*rest}}", scim::ROOT), any(scim::below))
        .route(app::STUDIO_ACTS, post(studio::acts))
        .route(app::STUDIO_CLAIMS, post(studio::claims))
        .with_state(shared.clone())
}

/// Where Kinde's starter ends a log-in.
async fn success(State(shared): State<Shared>) -> Response {
    let to =
        HeaderValue::from_str(&shared.web.after_login).unwrap_or(HeaderValue::from_static(app::DASHBOARD));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}

/// A form's pairs, repeated ones too; a refusal where it is no form. Its size was judged before (`body`).
async fn form(request: Request) -> Result<Vec<(String, String)>, Code> {
    let kind = request.headers().get(header::CONTENT_TYPE).map(text).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    if !kind.eq_ignore_ascii_case("application/x-www-form-urlencoded") {
        return Err(Code::MediaTypeUnsupported);
    }
    let body = to_bytes(request.into_body(), usize::MAX).await.map_err(|_| Code::ParameterInvalid)?;
    Ok(url::form_urlencoded::parse(&body).into_owned().collect())
}

/// The one value of a parameter: none where it is missing or repeated.
fn once<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    values.next().filter(|value| !value.is_empty() && values.next().is_none())
}
