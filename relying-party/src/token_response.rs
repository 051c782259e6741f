//! What the token endpoint answers (RFC 6749 5, OpenID Connect Core 3.1.3.3).
//!
//! Strict are the tokens and their type; an odd `expires_in` counts as not given.

use crate::json::Rule;
use crate::text::Text;
use crate::{Code, json};
use serde_json::Value;
use std::fmt;

/// A token response. `Debug` shows no token.
#[derive(Clone, Eq, PartialEq)]
pub struct TokenResponse {
    /// The Bearer token.
    pub access_token: String,
    /// The ID token, not yet believed; a refresh may leave it out.
    pub id_token: Option<String>,
    /// The refresh token.
    pub refresh_token: Option<String>,
    /// How long the access token lives, in seconds.
    pub expires_in: Option<u64>,
}

impl fmt::Debug for TokenResponse {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TokenResponse")
            .field("id_token", &self.id_token.is_some())
            .field("refresh_token", &self.refresh_token.is_some())
            .field("expires_in", &self.expires_in)
            .finish_non_exhaustive()
    }
}

/// Reads the body of a successful answer.
///
/// # Errors
/// [`Code::TokenResponseMalformed`], [`Code::DuplicateMember`],
/// [`Code::AccessTokenMissing`] and [`Code::TokenTypeUnsupported`].
pub fn token_response(body: &[u8]) -> Result<TokenResponse, Code> {
    let text = Text::strict(body, Code::TokenResponseMalformed)?;
    let read = json::object(&text, Code::TokenResponseMalformed, |_| Rule::Once)?;
    let text = |name| json::text(&read, name).filter(|text| !text.is_empty()).map(str::to_owned);
    let access_token = text("access_token").ok_or(Code::AccessTokenMissing)?;
    if !text("token_type").is_some_and(|kind| kind.eq_ignore_ascii_case("bearer")) {
        return Err(Code::TokenTypeUnsupported);
    }
    let id_token = match json::present(&read, "id_token") {
        None => None,
        Some(Value::String(jws)) => Some(jws.clone()),
        Some(_) => return Err(Code::TokenResponseMalformed),
    };
    Ok(TokenResponse {
        access_token,
        id_token,
        refresh_token: text("refresh_token"),
        expires_in: read.get("expires_in").and_then(Value::as_u64),
    })
}

/// The `error` of an unsuccessful answer (RFC 6749 5.2).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum TokenError {
    /// The code or the refresh token is spent, expired, revoked or somebody else's.
    InvalidGrant,
    /// The client's credentials are wrong.
    InvalidClient,
    /// The client may not do this.
    UnauthorizedClient,
    /// The request lacks something or has it twice.
    InvalidRequest,
    /// A scope is unknown.
    InvalidScope,
    /// The grant is unknown.
    UnsupportedGrantType,
    /// Another error, or a body that states none.
    Other,
}

/// Reads the body of an unsuccessful answer.
pub fn token_error(body: &[u8]) -> TokenError {
    let text = Text::tolerant(body, None);
    let read = json::object(&text, Code::TokenResponseMalformed, |_| Rule::Absent).unwrap_or_default();
    match json::text(&read, "error") {
        Some("invalid_grant") => TokenError::InvalidGrant,
        Some("invalid_client") => TokenError::InvalidClient,
        Some("unauthorized_client") => TokenError::UnauthorizedClient,
        Some("invalid_request") => TokenError::InvalidRequest,
        Some("invalid_scope") => TokenError::InvalidScope,
        Some("unsupported_grant_type") => TokenError::UnsupportedGrantType,
        _ => TokenError::Other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tokens::set;
    use proptest::prelude::*;
    use serde_json::json;

    fn read(changes: Value) -> Result<TokenResponse, Code> {
        let body = json!({"access_token": "at", "token_type": "Bearer", "id_token": "jws",
            "refresh_token": "rt", "expires_in": 3600, "scope": "openid email"});
        token_response(set(body, changes).to_string().as_bytes())
    }

    #[test]
    fn a_whole_response_is_read() {
        let expected = TokenResponse {
            access_token: "at".into(),
            id_token: Some("jws".into()),
            refresh_token: Some("rt".into()),
            expires_in: Some(3600),
        };
        assert_eq!(read(json!({})), Ok(expected));
    }

    #[test]
    fn the_access_token_is_required() {
        for odd in [json!(null), json!(""), json!(5)] {
            assert_eq!(read(json!({"access_token": odd})), Err(Code::AccessTokenMissing));
        }
    }

    #[test]
    fn the_type_is_bearer_in_any_case() {
        for kind in ["bearer", "BEARER", "Bearer"] {
            assert!(read(json!({"token_type": kind})).is_ok());
        }
        for odd in [json!(null), json!(""), json!("DPoP"), json!("mac"), json!(5), json!("bearer ")] {
            assert_eq!(read(json!({"token_type": odd})), Err(Code::TokenTypeUnsupported));
        }
    }

    #[test]
    fn the_id_token_is_a_text_where_there_is_one() {
        assert_eq!(read(json!({})).unwrap().id_token.as_deref(), Some("jws"));
        assert_eq!(read(json!({"id_token": 5})), Err(Code::TokenResponseMalformed));
        assert_eq!(read(json!({"id_token": null})).unwrap().id_token, None);
        let null = token_response(br#"{"access_token":"a","token_type":"bearer","id_token":null}"#);
        assert_eq!(null.unwrap().id_token, None);
    }

    #[test]
    fn odd_optional_members_count_as_not_given() {
        for odd in [json!("3600"), json!(-1), json!(1.5), json!({}), json!(1e300)] {
            assert_eq!(read(json!({"expires_in": odd})).unwrap().expires_in, None, "{odd}");
        }
        assert!(read(json!({"scope": ["openid"]})).is_ok());
        assert_eq!(read(json!({"refresh_token": 5})).unwrap().refresh_token, None);
        assert_eq!(read(json!({"refresh_token": ""})).unwrap().refresh_token, None);
    }

    #[test]
    fn what_is_no_object_or_says_things_twice_is_refused() {
        for body in ["", "[]", "<html>", "access_token=at"] {
            assert_eq!(token_response(body.as_bytes()), Err(Code::TokenResponseMalformed));
        }
        let twice = br#"{"access_token":"a","access_token":"b","token_type":"bearer"}"#;
        assert_eq!(token_response(twice), Err(Code::DuplicateMember));
    }

    #[test]
    fn an_error_is_read_by_its_name() {
        for (error, expected) in [
            ("invalid_grant", TokenError::InvalidGrant),
            ("invalid_client", TokenError::InvalidClient),
            ("unauthorized_client", TokenError::UnauthorizedClient),
            ("invalid_request", TokenError::InvalidRequest),
            ("invalid_scope", TokenError::InvalidScope),
            ("unsupported_grant_type", TokenError::UnsupportedGrantType),
            ("INVALID_GRANT", TokenError::Other),
        ] {
            let body = json!({"error": error, "error_description": "x"}).to_string();
            assert_eq!(token_error(body.as_bytes()), expected, "{error}");
        }
        for body in ["", "<html>", "{}", r#"{"error":5}"#] {
            assert_eq!(token_error(body.as_bytes()), TokenError::Other);
        }
    }

    #[test]
    fn debug_shows_no_token() {
        let shown = format!(
            "{:?}",
            read(json!({"access_token": "secret-a", "id_token": "secret-i", "refresh_token": "secret-r"}))
                .unwrap()
        );
        assert!(!shown.contains("secret") && shown.contains("3600"), "{shown}");
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100)) {
            let _ = token_response(&bytes);
            let _ = token_error(&bytes);
        }
    }
}
