//! The provider's own description (OpenID Connect Discovery 1.0, RFC 8414).
//!
//! Strict with what a log-in needs; an optional member that is empty, relative or of the wrong
//! type counts as absent. Whether an address may be visited (https, private networks) is decided
//! by whoever visits it.

use crate::json::Rule;
use crate::text::Text;
use crate::{Code, json};
use serde_json::{Map, Value};
use url::Url;

/// A provider's metadata, as far as a relying party acts on it. A list that is `None` was not
/// stated.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Metadata {
    /// Where log-ins begin.
    pub authorization_endpoint: Url,
    /// Where codes are redeemed.
    pub token_endpoint: Url,
    /// Where the keys are; see [`Metadata::keys_address`].
    pub jwks_uri: Option<Url>,
    /// Where claims beyond the ID token are.
    pub userinfo_endpoint: Option<Url>,
    /// Where log-outs go (RP-Initiated Logout).
    pub end_session_endpoint: Option<Url>,
    /// Where tokens are revoked (RFC 7009).
    pub revocation_endpoint: Option<Url>,
    /// Where authorization requests are pushed (RFC 9126).
    pub pushed_authorization_request_endpoint: Option<Url>,
    /// Whether they must be.
    pub require_pushed_authorization_requests: bool,
    /// Whether every authorization response carries `iss` (RFC 9207).
    pub authorization_response_iss_parameter_supported: bool,
    /// Whether it sends logout tokens.
    pub backchannel_logout_supported: bool,
    /// How clients may authenticate at the token endpoint.
    pub token_endpoint_auth_methods_supported: Option<Vec<String>>,
    /// Signature algorithms for `private_key_jwt` there.
    pub token_endpoint_auth_signing_alg_values_supported: Option<Vec<String>>,
    /// Algorithms of ID tokens.
    pub id_token_signing_alg_values_supported: Option<Vec<String>>,
    /// Values of `prompt`, `create` among them.
    pub prompt_values_supported: Option<Vec<String>>,
}

impl Metadata {
    /// Reads a discovery document. `expected_issuer` is compared byte for byte (Discovery 4.3);
    /// for Entra's `common` it is the template itself, `https://…/{tenantid}/v2.0`.
    ///
    /// # Errors
    /// One of the `Metadata…` refusals.
    pub fn parse(body: &[u8], expected_issuer: &str) -> Result<Metadata, Code> {
        let read = read(body)?;
        if json::text(&read, "issuer") != Some(expected_issuer) {
            return Err(Code::MetadataIssuerMismatch);
        }
        let address = |name| address(&read, name);
        let flag = |name| flag(&read, name);
        let list = |name| list(&read, name);
        Ok(Metadata {
            authorization_endpoint: address("authorization_endpoint")
                .ok_or(Code::MetadataAuthorizationEndpoint)?,
            token_endpoint: address("token_endpoint").ok_or(Code::MetadataTokenEndpoint)?,
            jwks_uri: address("jwks_uri"),
            userinfo_endpoint: address("userinfo_endpoint"),
            end_session_endpoint: address("end_session_endpoint"),
            revocation_endpoint: address("revocation_endpoint"),
            pushed_authorization_request_endpoint: address("pushed_authorization_request_endpoint"),
            require_pushed_authorization_requests: flag("require_pushed_authorization_requests"),
            authorization_response_iss_parameter_supported: flag(
                "authorization_response_iss_parameter_supported",
            ),
            backchannel_logout_supported: flag("backchannel_logout_supported"),
            token_endpoint_auth_methods_supported: list("token_endpoint_auth_methods_supported"),
            token_endpoint_auth_signing_alg_values_supported: list(
                "token_endpoint_auth_signing_alg_values_supported",
            ),
            id_token_signing_alg_values_supported: list("id_token_signing_alg_values_supported"),
            prompt_values_supported: list("prompt_values_supported"),
        })
    }

    /// The address of the keys. Only a client that is set to HMAC can do without.
    ///
    /// # Errors
    /// [`Code::MetadataKeysAddress`] if none, or no usable one, is stated.
    pub fn keys_address(&self) -> Result<&Url, Code> {
        self.jwks_uri.as_ref().ok_or(Code::MetadataKeysAddress)
    }

    /// The issuer that a document states, for telling an operator which setting is wrong.
    pub fn stated_issuer(body: &[u8]) -> Option<String> {
        let read = read(body).ok()?;
        json::text(&read, "issuer").map(str::to_owned)
    }
}

/// A member that cannot be read counts as absent.
fn read(body: &[u8]) -> Result<Map<String, Value>, Code> {
    let text = Text::strict(body, Code::MetadataMalformed)?;
    json::object(&text, Code::MetadataMalformed, |_| Rule::Once).map_err(|_| Code::MetadataMalformed)
}

/// An absolute http(s) address with a host and without a fragment (RFC 6749 3.1 and 3.2).
fn address(read: &Map<String, Value>, name: &str) -> Option<Url> {
    let url = Url::parse(json::text(read, name)?).ok()?;
    let web = matches!(url.scheme(), "http" | "https");
    (web && url.fragment().is_none()).then_some(url)
}

/// Some providers write their booleans as texts.
fn flag(read: &Map<String, Value>, name: &str) -> bool {
    match read.get(name) {
        Some(Value::Bool(flag)) => *flag,
        Some(Value::String(text)) => text == "true",
        _ => false,
    }
}

/// A list of texts; what is no text in it is left out.
fn list(read: &Map<String, Value>, name: &str) -> Option<Vec<String>> {
    let items = read.get(name)?.as_array()?;
    Some(items.iter().filter_map(Value::as_str).map(str::to_owned).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::test_tokens::set;
    use proptest::prelude::*;
    use serde_json::json;

    const ISSUER: &str = "https://op.example";

    fn document() -> Value {
        json!({
            "issuer": ISSUER,
            "authorization_endpoint": "https://op.example/auth?tenant=1",
            "token_endpoint": "https://tokens.example/token",
            "jwks_uri": "https://op.example/jwks",
        })
    }

    fn parse(changes: Value) -> Result<Metadata, Code> {
        Metadata::parse(set(document(), changes).to_string().as_bytes(), ISSUER)
    }

    #[test]
    fn the_least_document_is_enough() {
        let metadata = parse(json!({})).unwrap();
        assert_eq!(metadata.authorization_endpoint.as_str(), "https://op.example/auth?tenant=1");
        assert_eq!(metadata.token_endpoint.as_str(), "https://tokens.example/token");
        assert_eq!(metadata.keys_address().map(Url::as_str), Ok("https://op.example/jwks"));
        assert_eq!(metadata.userinfo_endpoint, None);
        assert_eq!(metadata.prompt_values_supported, None);
        assert!(!metadata.backchannel_logout_supported);
    }

    #[test]
    fn every_member_is_read_from_its_own_name() {
        let url = |name: &str| format!("https://op.example/{name}");
        let list = |name: &str| json!([name]);
        let mut all = document();
        for name in [
            "userinfo_endpoint",
            "end_session_endpoint",
            "revocation_endpoint",
            "pushed_authorization_request_endpoint",
        ] {
            all[name] = url(name).into();
        }
        let lists = [
            "token_endpoint_auth_methods_supported",
            "token_endpoint_auth_signing_alg_values_supported",
            "id_token_signing_alg_values_supported",
            "prompt_values_supported",
        ];
        for name in lists {
            all[name] = list(name);
        }
        let read = Metadata::parse(all.to_string().as_bytes(), ISSUER).unwrap();
        for (read, name) in [
            (&read.userinfo_endpoint, "userinfo_endpoint"),
            (&read.end_session_endpoint, "end_session_endpoint"),
            (&read.revocation_endpoint, "revocation_endpoint"),
            (&read.pushed_authorization_request_endpoint, "pushed_authorization_request_endpoint"),
        ] {
            assert_eq!(read.as_ref().unwrap().as_str(), url(name));
        }
        let found = [
            read.token_endpoint_auth_methods_supported,
            read.token_endpoint_auth_signing_alg_values_supported,
            read.id_token_signing_alg_values_supported,
            read.prompt_values_supported,
        ];
        assert_eq!(found, lists.map(|name| Some(vec![name.to_owned()])));
    }

    #[test]
    fn each_flag_is_its_own_and_may_be_a_text() {
        for (name, of) in [
            (
                "require_pushed_authorization_requests",
                (|m| m.require_pushed_authorization_requests) as fn(Metadata) -> bool,
            ),
            ("authorization_response_iss_parameter_supported", |m| {
                m.authorization_response_iss_parameter_supported
            }),
            ("backchannel_logout_supported", |m| m.backchannel_logout_supported),
        ] {
            for (value, expected) in [
                (json!(true), true),
                (json!("true"), true),
                (json!(false), false),
                (json!("false"), false),
                (json!("yes"), false),
                (json!(1), false),
                (json!(null), false),
            ] {
                assert_eq!(of(parse(json!({name: value})).unwrap()), expected, "{name} {value}");
            }
        }
    }

    #[test]
    fn the_issuer_is_compared_byte_for_byte() {
        for other in
            [json!("https://op.example/"), json!("https://OP.example"), json!(""), json!(5), json!(null)]
        {
            assert_eq!(parse(json!({"issuer": other})), Err(Code::MetadataIssuerMismatch), "{other}");
        }
    }

    #[test]
    fn a_template_is_expected_as_it_stands() {
        let template = "https://login.example/{tenantid}/v2.0";
        let body = set(document(), json!({"issuer": template})).to_string();
        assert!(Metadata::parse(body.as_bytes(), template).is_ok());
        let common = Metadata::parse(body.as_bytes(), "https://login.example/common/v2.0");
        assert_eq!(common, Err(Code::MetadataIssuerMismatch));
    }

    #[test]
    fn what_a_log_in_needs_is_required() {
        let odd = [
            json!(null),
            json!(""),
            json!("/auth"),
            json!("ftp://op.example/a"),
            json!("https://"),
            json!("https://op.example/#a"),
            json!("https://op.example/#"),
            json!("javascript:alert(1)"),
            json!("mailto:a@b.c"),
            json!(5),
            json!(["https://op.example/"]),
        ];
        for odd in odd {
            assert_eq!(
                parse(json!({"authorization_endpoint": odd})),
                Err(Code::MetadataAuthorizationEndpoint),
                "{odd}"
            );
            assert_eq!(parse(json!({"token_endpoint": odd})), Err(Code::MetadataTokenEndpoint), "{odd}");
            let metadata = parse(json!({"jwks_uri": odd})).unwrap();
            assert_eq!(metadata.keys_address(), Err(Code::MetadataKeysAddress), "{odd}");
            assert_eq!(parse(json!({"userinfo_endpoint": odd})).unwrap().userinfo_endpoint, None, "{odd}");
        }
        assert!(parse(json!({"token_endpoint": "http://127.0.0.1:9/token"})).is_ok());
    }

    #[test]
    fn odd_optional_members_count_as_absent() {
        let metadata = parse(json!({
            "op_tos_uri": "", "service_documentation": "docs", "claims_parameter_supported": "true",
            "subject_types_supported": 5, "prompt_values_supported": "create", "end_session_endpoint": "",
            "token_endpoint_auth_methods_supported": ["client_secret_post", 5, null],
            "id_token_signing_alg_values_supported": {},
        }))
        .unwrap();
        assert_eq!(metadata.prompt_values_supported, None);
        assert_eq!(metadata.end_session_endpoint, None);
        let methods = metadata.token_endpoint_auth_methods_supported;
        assert_eq!(methods, Some(vec!["client_secret_post".into()]));
        assert_eq!(metadata.id_token_signing_alg_values_supported, None);
    }

    #[test]
    fn what_is_no_object_is_malformed() {
        for body in ["", "[]", "<html>", "null"] {
            assert_eq!(Metadata::parse(body.as_bytes(), "a"), Err(Code::MetadataMalformed), "{body}");
        }
        let body = document().to_string();
        let of = |more: &[u8]| Metadata::parse(&[&body.as_bytes()[..body.len() - 1], more].concat(), ISSUER);
        assert_eq!(of(b",\"x\":\"\xff\"}"), Err(Code::MetadataMalformed));
        assert_eq!(of(br#","jwks_uri":"https://evil.example/"}"#), Err(Code::MetadataMalformed));
        assert!(of(br#","jwks_uri":"https://op.example/jwks"}"#).is_ok());
        let deep = format!(",\"x\":{}{}}}", "[".repeat(130), "]".repeat(130));
        assert!(of(deep.as_bytes()).is_ok());
    }

    #[test]
    fn the_stated_issuer_helps_whoever_set_another() {
        let body = document().to_string();
        assert_eq!(Metadata::stated_issuer(body.as_bytes()).as_deref(), Some(ISSUER));
        assert_eq!(Metadata::stated_issuer(b"{}"), None);
        assert_eq!(Metadata::stated_issuer(b"<html>"), None);
    }

    proptest! {
        #[test]
        fn arbitrary_addresses_never_panic(text in any::<String>()) {
            let _ = parse(json!({"userinfo_endpoint": text}));
        }
    }
}
