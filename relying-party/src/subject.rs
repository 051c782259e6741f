//! The subject of a token: of 1 to 255 bytes, and never trimmed, folded or made from a number,
//! since two people must not become one.

use crate::Code;
use crate::json::{is_name, present};
use serde_json::{Map, Value};

/// OpenID Connect Core 2: `sub` is required, a text, and no longer than 255 bytes.
pub(crate) fn check(claims: &Map<String, Value>) -> Result<String, Code> {
    named(claims, "sub", Code::SubjectInvalid)?.ok_or(Code::SubjectMissing)
}

/// A name that may be absent, but is not allowed to be odd.
pub(crate) fn named(claims: &Map<String, Value>, claim: &str, odd: Code) -> Result<Option<String>, Code> {
    match present(claims, claim) {
        None => Ok(None),
        Some(Value::String(name)) if is_name(name) => Ok(Some(name.clone())),
        Some(_) => Err(odd),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(claims: Value) -> Result<String, Code> {
        check(claims.as_object().unwrap())
    }

    #[test]
    fn a_subject_is_kept_byte_for_byte() {
        for subject in ["a", " A ", "kp_1", "é", &"x".repeat(255)] {
            assert_eq!(of(json!({ "sub": subject })).as_deref(), Ok(subject));
        }
    }

    #[test]
    fn a_missing_subject_is_refused() {
        assert_eq!(of(json!({})), Err(Code::SubjectMissing));
        assert_eq!(of(json!({ "sub": null })), Err(Code::SubjectMissing));
    }

    #[test]
    fn an_odd_subject_is_refused() {
        let long = "x".repeat(256);
        for odd in [json!(""), json!(5), json!(["a"]), json!("a\0"), json!("a\u{fffd}"), json!(long)] {
            assert_eq!(of(json!({ "sub": odd })), Err(Code::SubjectInvalid), "{odd}");
        }
    }
}
