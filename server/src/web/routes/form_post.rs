//! `POST /auth/callback`: OAuth 2.0 Form Post Response Mode. A cross-site POST brings no Lax cookie, so it is
//! answered 303 to the same address with the same parameters: that navigation does.

use axum::extract::Request;
use axum::response::{IntoResponse, Response};
use http::{HeaderValue, StatusCode, header};
use identity::Code;

use super::form;
use crate::web::refusal::refuse;

/// The answer, moved from the form to the address.
pub(crate) async fn callback(request: Request) -> Response {
    let path = request.uri().path().to_owned();
    let pairs = match form(request).await {
        Ok(pairs) => pairs,
        Err(code) => return refuse(code),
    };
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&pairs).finish();
    match HeaderValue::from_str(&format!("{path}?{query}")) {
        Ok(location) => (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response(),
        Err(_) => refuse(Code::ParameterInvalid),
    }
}
