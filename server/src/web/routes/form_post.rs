//! `POST /auth/callback`: OAuth 2.0 Form Post Response Mode. A cross-site POST brings no Lax cookie, so the
//! parameters come once more from our own site: by the address where they fit into one (303), else by a form.

use app::Onward;
use axum::body::Body;
use axum::extract::{Path, Request, State};
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, Method, StatusCode, Uri, header};
use identity::Code;

use super::{form, journey};
use crate::Shared;
use crate::web::refusal::refuse;
use crate::web::{onward, pages};

/// The answer, moved from the provider's form to our address or form, or taken from the latter.
pub(super) async fn callback(
    State(shared): State<Shared>,
    provider: Option<Path<String>>,
    request: Request,
) -> Response {
    let path = request.uri().path().to_owned();
    let again = onward::is_again(request.uri());
    let (mut parts, body) = request.into_parts();
    let values = match form(Request::from_parts(parts.clone(), body)).await {
        Ok(values) => values,
        Err(code) => return refuse(code),
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&values).finish();
    let address = format!("{path}?{query}");
    if address.len() <= onward::LONGEST {
        return match HeaderValue::from_str(&address) {
            Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
            Err(_) => refuse(Code::ParameterInvalid),
        };
    }
    if !again && shared.web.cookies.browser(&parts.headers).is_none() {
        return pages::onward(&shared, Onward::Form { action: format!("{path}?{}", onward::AGAIN), values })
            .await;
    }
    let Ok(uri) = Uri::try_from(address) else { return refuse(Code::ParameterInvalid) };
    (parts.method, parts.uri) = (Method::GET, uri);
    journey::arrived(&shared, provider, Request::from_parts(parts, Body::empty())).await
}
