//! What is not a page: data for programs, and the addresses that providers call. One file each.

pub(crate) mod backchannel;
pub(crate) mod form_post;
pub(crate) mod health;
pub(crate) mod initiate;
pub(crate) mod me;

use axum::extract::Request;
use http::header;
use identity::Code;

/// No form that a provider sends is larger, in bytes.
const FORM_LIMIT: usize = 64 * 1024;
/// How much of a larger one is read away, so that whoever sends it hears the answer, in bytes.
const READ_AWAY: usize = 2 * 1024 * 1024;

/// A form's pairs, repeated ones too; a refusal where it is no form, too large or broken off.
pub(crate) async fn form(request: Request) -> Result<Vec<(String, String)>, Code> {
    use futures::StreamExt;
    let kind =
        request.headers().get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim();
    let is_form = kind.eq_ignore_ascii_case("application/x-www-form-urlencoded");
    let (mut body, mut read, mut kept) = (request.into_body().into_data_stream(), 0, Vec::new());
    while let Some(chunk) = body.next().await {
        let chunk = chunk.map_err(|_| Code::ParameterInvalid)?;
        read += chunk.len();
        if read <= FORM_LIMIT {
            kept.extend_from_slice(&chunk);
        } else if read > READ_AWAY {
            break;
        }
    }
    match (is_form, read > FORM_LIMIT) {
        (false, _) => Err(Code::MediaTypeUnsupported),
        (_, true) => Err(Code::BodyTooLarge),
        _ => Ok(url::form_urlencoded::parse(&kept).into_owned().collect()),
    }
}

/// The one value of a parameter: none where it is missing or repeated.
pub(crate) fn once<'a>(pairs: &'a [(String, String)], name: &str) -> Option<&'a str> {
    let mut values = pairs.iter().filter(|(key, _)| key == name).map(|(_, value)| value.as_str());
    values.next().filter(|value| !value.is_empty() && values.next().is_none())
}
