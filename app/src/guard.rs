//! Who may see what. The data's lock is `require_viewer` or `require_permission`, the first line of whatever
//! is private; `viewer_or_login` is the courtesy of a page, which sends the visitor to log in and back.

use identity::{Code, Viewer};

use crate::{AppError, LOGIN};

/// Who is looking, or a refusal (`signed_out`).
pub async fn require_viewer() -> Result<Viewer, AppError> {
    let visit = crate::visit()?;
    match visit.viewer().await {
        Ok(Some(viewer)) => Ok(viewer),
        Ok(None) => Err(visit.refuse(&Code::SignedOut.into())),
        Err(error) => Err(visit.refuse(&error)),
    }
}

/// Who is looking, if the provider granted them this permission; else a refusal (`signed_out`, `denied`).
pub async fn require_permission(key: &str) -> Result<Viewer, AppError> {
    let viewer = require_viewer().await?;
    match viewer.session.access.permission(key).is_granted {
        true => Ok(viewer),
        false => Err(crate::visit()?.refuse(&Code::Denied.into())),
    }
}

/// Who is looking; none where the visitor was sent to log in, to come back to this very address.
pub(crate) async fn viewer_or_login() -> Result<Option<Viewer>, AppError> {
    let visit = crate::visit()?;
    let viewer = visit.viewer().await.map_err(|error| visit.refuse(&error))?;
    if viewer.is_none() {
        visit.see_other(&log_in_and_return(&visit.address()));
    }
    Ok(viewer)
}

/// The address of a log-in that leads back to `address`.
fn log_in_and_return(address: &str) -> String {
    let mut url = format!("{LOGIN}?return_to=");
    for byte in address.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'/' | b'-' | b'.' | b'_' | b'~' => {
                url.push(byte.into())
            }
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use identity::LoginRequest;

    use super::*;

    #[test]
    fn a_plain_path_stays_readable() {
        assert_eq!(log_in_and_return("/dashboard"), "/auth/login?return_to=/dashboard");
    }

    #[test]
    fn whatever_the_address_was_it_comes_back_byte_for_byte() {
        for address in ["/account?a=b&c=%20+d#e", "/account?return_to=/x&provider=y", "/a?é"] {
            let url = log_in_and_return(address);
            let (_, query) = url.split_once('?').unwrap();
            let asked = LoginRequest::of_query(query);
            assert_eq!(asked, LoginRequest { return_to: Some(address.to_owned()), ..Default::default() });
        }
    }
}
