//! Whether a token or an answer is from the expected issuer, compared byte for byte.
//!
//! An issuer that serves many tenants (Microsoft Entra's `common`) states a template,
//! `https://login.microsoftonline.com/{tenantid}/v2.0`; its tokens carry the tenant in `tid`.

use crate::Code;
use crate::json::text;
use serde_json::{Map, Value};

const TENANT: &str = "{tenantid}";

/// OpenID Connect Core 3.1.3.7 (2): `iss` is exactly the issuer. Of a template it is the one for
/// the token's own `tid`.
pub(crate) fn check<'a>(claims: &'a Map<String, Value>, expected: &str) -> Result<&'a str, Code> {
    let stated = text(claims, "iss").ok_or(Code::IssuerMismatch)?;
    let fits = match tenant(expected, stated) {
        Some(tenant) => text(claims, "tid") == Some(tenant),
        None => stated == expected && !expected.contains(TENANT),
    };
    if fits { Ok(stated) } else { Err(Code::IssuerMismatch) }
}

/// Whether `stated` is the expected issuer, or one that the expected template can stand for.
pub fn is_issuer(expected: &str, stated: &str) -> bool {
    stated == expected || tenant(expected, stated).is_some()
}

/// The tenant for which a template becomes `stated`: a GUID, so that no path can hide in it.
fn tenant<'a>(template: &str, stated: &'a str) -> Option<&'a str> {
    let (before, after) = template.split_once(TENANT)?;
    let tenant = stated.strip_prefix(before)?.strip_suffix(after)?;
    let guid = |(at, b): (usize, u8)| match at {
        8 | 13 | 18 | 23 => b == b'-',
        _ => b.is_ascii_hexdigit(),
    };
    (tenant.len() == 36 && tenant.bytes().enumerate().all(guid)).then_some(tenant)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const TEMPLATE: &str = "https://login.example/{tenantid}/v2.0";
    const GUID: &str = "9188040d-6c67-4c5b-b112-36a304b66dad";

    fn of(iss: Value, tid: Value, expected: &str) -> bool {
        let claims = json!({ "iss": iss, "tid": tid });
        check(claims.as_object().unwrap(), expected).is_ok()
    }

    fn at(tenant: &str) -> Value {
        json!(TEMPLATE.replace(TENANT, tenant))
    }

    #[test]
    fn the_issuer_is_compared_byte_for_byte() {
        let expected = "https://op.example";
        assert!(of(json!(expected), Value::Null, expected));
        for other in ["https://op.example/", "https://OP.example", "http://op.example", "", " "] {
            assert!(!of(json!(other), Value::Null, expected), "{other}");
        }
        for odd in [Value::Null, json!([expected]), json!(1), json!({ "a": expected })] {
            assert!(!of(odd.clone(), Value::Null, expected), "{odd}");
        }
    }

    #[test]
    fn a_template_takes_the_issuer_of_the_tokens_own_tenant() {
        assert!(of(at(GUID), json!(GUID), TEMPLATE));
        assert!(!of(at(GUID), Value::Null, TEMPLATE));
        assert!(!of(at(GUID), json!(GUID.replace('9', "8")), TEMPLATE));
        assert!(!of(json!(TEMPLATE), json!(TENANT), TEMPLATE));
        assert!(!of(json!(format!("https://evil.example/{GUID}/v2.0")), json!(GUID), TEMPLATE));
    }

    #[test]
    fn only_a_guid_is_a_tenant() {
        assert_eq!(tenant(TEMPLATE, at(GUID).as_str().unwrap()), Some(GUID));
        let long = format!("{GUID}a");
        let slashed = GUID.replace('-', "/");
        let shifted = format!("a-{}", &GUID[2..]);
        for odd in ["", "common", &GUID[1..], &long, &slashed, &shifted] {
            assert!(!of(at(odd), json!(odd), TEMPLATE), "{odd}");
        }
    }

    #[test]
    fn an_answer_fits_its_issuer_or_template() {
        assert!(is_issuer("https://op.example", "https://op.example"));
        assert!(!is_issuer("https://op.example", "https://op.example/"));
        assert!(is_issuer(TEMPLATE, TEMPLATE) && is_issuer(TEMPLATE, at(GUID).as_str().unwrap()));
        assert!(!is_issuer(TEMPLATE, at("common").as_str().unwrap()));
    }
}
