//! The authorization response, as the query (or form body) that the browser brought.
//!
//! It comes from whoever made the browser come, so nothing in it counts before `state` has led
//! to an attempt of that browser and `iss` (RFC 9207) to that attempt's provider.

use crate::{Code, issuer};
use url::form_urlencoded;

/// The parameters that decide; a second one of a name is refused (RFC 6749 3.1).
const ONCE: [&str; 4] = ["state", "code", "iss", "error"];

/// What the attempt says of the provider that was asked.
#[derive(Clone, Copy, Debug)]
pub struct CallbackExpected<'a> {
    /// Its issuer, byte for byte, or a template.
    pub issuer: &'a str,
    /// Whether its metadata promises `iss` (`authorization_response_iss_parameter_supported`).
    pub iss_required: bool,
}

/// A response that may be redeemed.
#[derive(Clone, Eq, PartialEq)]
pub struct Callback {
    /// The authorization code.
    pub code: String,
}

impl std::fmt::Debug for Callback {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Callback(…)")
    }
}

/// The `state`, by which the attempt is found. `query` is as received, without a leading `?`.
///
/// # Errors
/// [`Code::DuplicateParameter`] and [`Code::StateMissing`].
pub fn state_of(query: &str) -> Result<String, Code> {
    Parameters::read(query)?.state.ok_or(Code::StateMissing)
}

/// Believes the response, once its `state` has led to the attempt.
///
/// # Errors
/// What is wrong with it, or the `error` that the provider states. Its `iss` is checked before
/// either counts, since an error of another provider is not this one's either.
pub fn authorization_response(query: &str, expected: &CallbackExpected<'_>) -> Result<Callback, Code> {
    let parameters = Parameters::read(query)?;
    match parameters.iss.as_deref() {
        Some(iss) if !issuer::is_issuer(expected.issuer, iss) => return Err(Code::IssMismatch),
        None if expected.iss_required => return Err(Code::IssMissing),
        _ => {}
    }
    if let Some(error) = parameters.error {
        return Err(provider_error(&error));
    }
    let code = parameters.code.ok_or(Code::CodeMissing)?;
    Ok(Callback { code })
}

/// An empty parameter is the same as none (RFC 6749 3.1), save `iss`: it names no provider.
#[derive(Default)]
struct Parameters {
    state: Option<String>,
    code: Option<String>,
    iss: Option<String>,
    error: Option<String>,
}

impl Parameters {
    fn read(query: &str) -> Result<Self, Code> {
        let mut found = [const { None }; ONCE.len()];
        for (name, value) in form_urlencoded::parse(query.as_bytes()) {
            let Some(which) = ONCE.iter().position(|once| *once == name) else { continue };
            if found[which].replace(value.into_owned()).is_some() {
                return Err(Code::DuplicateParameter);
            }
        }
        let [state, code, iss, error] = found;
        let stated = |value: &String| !value.is_empty();
        Ok(Self { state: state.filter(stated), code: code.filter(stated), iss, error: error.filter(stated) })
    }
}

/// RFC 6749 4.1.2.1, OpenID Connect Core 3.1.2.6, the extension for unmet `acr`, and Kinde's own.
fn provider_error(error: &str) -> Code {
    match error {
        "access_denied" => Code::LoginCancelled,
        "login_required" => Code::LoginRequired,
        "interaction_required" => Code::InteractionRequired,
        "consent_required" => Code::ConsentRequired,
        "account_selection_required" => Code::AccountSelectionRequired,
        "unmet_authentication_requirements" => Code::UnmetAuthenticationRequirements,
        "login_link_expired" => Code::LoginLinkExpired,
        "temporarily_unavailable" => Code::TemporarilyUnavailable,
        "server_error" => Code::ServerError,
        "invalid_request" => Code::InvalidRequest,
        "invalid_request_object" | "invalid_request_uri" => Code::InvalidRequestObject,
        "unauthorized_client" => Code::UnauthorizedClient,
        "unsupported_response_type" => Code::UnsupportedResponseType,
        "invalid_scope" => Code::InvalidScope,
        _ => Code::ProviderError,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ISSUER: &str = "https://op.example";

    fn read(query: &str) -> Result<String, Code> {
        let expected = CallbackExpected { issuer: ISSUER, iss_required: false };
        authorization_response(query, &expected).map(|callback| callback.code)
    }

    fn read_with_iss(query: &str) -> Result<String, Code> {
        let expected = CallbackExpected { issuer: ISSUER, iss_required: true };
        authorization_response(query, &expected).map(|callback| callback.code)
    }

    #[test]
    fn a_code_is_read_as_it_was_encoded() {
        assert_eq!(read("code=abc&state=s"), Ok("abc".into()));
        assert_eq!(read("state=s&code=a%2Bb%2F%20c+d&session_state=x&scope=openid"), Ok("a+b/ c d".into()));
    }

    #[test]
    fn the_state_is_read_before_anything_else_is_known() {
        assert_eq!(state_of("code=c&state=s%3D1"), Ok("s=1".into()));
        assert_eq!(state_of("error=access_denied&state=s"), Ok("s".into()));
        for query in ["", "code=c", "state=", "state", "State=s", "?state=s"] {
            assert_eq!(state_of(query), Err(Code::StateMissing), "{query}");
        }
    }

    #[test]
    fn a_parameter_that_decides_may_be_there_once() {
        for twice in ["state", "code", "iss", "error"] {
            let query = format!("state=s&code=c&iss={ISSUER}&error=&{twice}=s");
            assert_eq!(state_of(&query), Err(Code::DuplicateParameter), "{twice}");
            assert_eq!(read(&query), Err(Code::DuplicateParameter), "{twice}");
        }
        assert_eq!(state_of("state=s&state=s"), Err(Code::DuplicateParameter));
        assert_eq!(state_of("state=&st%61te=s"), Err(Code::DuplicateParameter));
        assert_eq!(read("code=c&session_state=a&session_state=b"), Ok("c".into()));
    }

    #[test]
    fn a_missing_code_is_refused() {
        for query in ["", "state=s", "code=&state=s", "code", "CODE=c"] {
            assert_eq!(read(query), Err(Code::CodeMissing), "{query}");
        }
    }

    #[test]
    fn an_issuer_that_is_there_must_be_the_one_that_was_asked() {
        assert_eq!(read("code=c&iss=https%3A%2F%2Fop.example"), Ok("c".into()));
        assert_eq!(read_with_iss("code=c&iss=https://op.example"), Ok("c".into()));
        for iss in ["https://evil.example", "https://op.example/", "https://OP.example", ""] {
            let query = format!("code=c&iss={iss}");
            assert_eq!(read(&query), Err(Code::IssMismatch), "{iss}");
            assert_eq!(read_with_iss(&query), Err(Code::IssMismatch), "{iss}");
        }
    }

    #[test]
    fn an_issuer_that_was_promised_must_be_there() {
        assert_eq!(read("code=c"), Ok("c".into()));
        assert_eq!(read_with_iss("code=c"), Err(Code::IssMissing));
        assert_eq!(read_with_iss("error=access_denied"), Err(Code::IssMissing));
    }

    #[test]
    fn an_error_of_another_provider_is_not_this_ones() {
        assert_eq!(read("error=access_denied&iss=https://evil.example"), Err(Code::IssMismatch));
    }

    #[test]
    fn an_error_counts_even_beside_a_code() {
        assert_eq!(read("code=c&error=access_denied"), Err(Code::LoginCancelled));
        assert_eq!(read("code=c&error="), Ok("c".into()));
    }

    #[test]
    fn every_error_of_the_specifications_has_its_refusal() {
        let table = [
            ("access_denied", "login_cancelled"),
            ("login_required", "login_required"),
            ("interaction_required", "interaction_required"),
            ("consent_required", "consent_required"),
            ("account_selection_required", "account_selection_required"),
            ("unmet_authentication_requirements", "unmet_authentication_requirements"),
            ("login_link_expired", "login_link_expired"),
            ("temporarily_unavailable", "temporarily_unavailable"),
            ("server_error", "server_error"),
            ("invalid_request", "invalid_request"),
            ("invalid_request_object", "invalid_request_object"),
            ("invalid_request_uri", "invalid_request_object"),
            ("unauthorized_client", "unauthorized_client"),
            ("unsupported_response_type", "unsupported_response_type"),
            ("invalid_scope", "invalid_scope"),
            ("request_not_supported", "provider_error"),
            ("ACCESS_DENIED", "provider_error"),
            ("<script>", "provider_error"),
        ];
        for (error, code) in table {
            assert_eq!(read(&format!("error={error}")).map_err(|r| r.as_str()), Err(code), "{error}");
        }
    }

    #[test]
    fn a_template_answers_for_a_tenant() {
        let expected = CallbackExpected { issuer: "https://l.example/{tenantid}/v2.0", iss_required: true };
        let of = |tenant: &str| {
            authorization_response(&format!("code=c&iss=https://l.example/{tenant}/v2.0"), &expected)
        };
        assert!(of("9188040d-6c67-4c5b-b112-36a304b66dad").is_ok());
        assert_eq!(of("x"), Err(Code::IssMismatch));
    }

    #[test]
    fn debug_does_not_show_the_code() {
        let callback = Callback { code: "secret".into() };
        assert_eq!(format!("{callback:?}"), "Callback(…)");
    }

    proptest! {
        #[test]
        fn arbitrary_queries_never_panic(query in any::<String>()) {
            let _ = state_of(&query);
            let _ = read(&query);
        }
    }
}
