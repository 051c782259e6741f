//! What is not a page: data for programs, and the addresses that providers call. One file each.

pub(crate) mod backchannel;
pub(crate) mod form_post;
pub(crate) mod health;
pub(crate) mod initiate;
pub(crate) mod me;

use axum::extract::Request;
use axum::response::Response;
use http::{StatusCode, header};
use identity::Code;

use crate::refusal::refuse;

/// Why a form was not read.
pub(crate) enum FormError {
    /// It is no form: 415.
    Kind,
    /// It is larger than its limit: 413.
    TooLarge,
    /// The connection broke.
    Broken,
}

impl FormError {
    pub(crate) fn status(&self) -> StatusCode {
        match self {
            Self::Kind => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Broken => StatusCode::BAD_REQUEST,
        }
    }

    /// For a browser: a refusal with that status.
    pub(crate) fn refuse(&self) -> Response {
        let mut response = refuse(Code::ParameterInvalid);
        *response.status_mut() = self.status();
        response
    }
}

/// No form that a provider sends is larger, in bytes.
const FORM_LIMIT: usize = 64 * 1024;
/// How much of a larger one is read away, so that whoever sends it hears the answer, in bytes.
const READ_AWAY: usize = 2 * 1024 * 1024;

/// A form's pairs, repeated ones too.
pub(crate) async fn form(request: Request) -> Result<Vec<(String, String)>, FormError> {
    use futures::StreamExt;
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let (mut body, mut read, mut kept) = (request.into_body().into_data_stream(), 0, Vec::new());
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| FormError::Broken)?;
        read += chunk.len();
        if read <= FORM_LIMIT {
            kept.extend_from_slice(&chunk);
        } else if read > READ_AWAY {
            break;
        }
    }
    match (is_form, read > FORM_LIMIT) {
        (false, _) => Err(FormError::Kind),
        (_, true) => Err(FormError::TooLarge),
        _ => Ok(url::form_urlencoded::parse(&kept).into_owned().collect()),
    }
}

/// The one value of a parameter: none where it is missing or repeated.
pub(crate) fn once<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    values.next().filter(|value| !value.is_empty() && values.next().is_none())
}
