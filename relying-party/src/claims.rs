//! The claims of a person, and of the log-in: what an odd one costs follows from what rests on it.
//!
//! A person may have a lot of claims, and none that no check needs may cost the log-in.

use crate::Code;
use crate::json::{self, Rule};
use crate::text::Text;
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};

/// What a check rests on.
const CHECKED: [&str; 13] = [
    "iss",
    "sub",
    "aud",
    "azp",
    "exp",
    "nbf",
    "iat",
    "nonce",
    "at_hash",
    "acr",
    "auth_time",
    "sid",
    "events",
];

/// What tells who somebody is, or ends something; where a check needs it, absent is refused.
const CAREFUL: [&str; 5] = ["email", "email_verified", "tid", "jti", "session_expiry"];

/// Reads claims. Of those that are named in `careful` too, an odd one counts as absent.
pub(crate) fn read(text: &Text<'_>, malformed: Code, careful: &[String]) -> Result<Map<String, Value>, Code> {
    json::object(text, malformed, |name| {
        if CHECKED.contains(&name) {
            Rule::Refuse
        } else if CAREFUL.contains(&name) || careful.iter().any(|one| one == name) {
            Rule::Absent
        } else {
            Rule::Last
        }
    })
}

/// The claims of an access token that is a JWT, unverified: for one that came from the token endpoint itself.
/// None where it is no JWT, or cannot be read.
pub fn unverified_claims(token: &str, careful: &[String]) -> Map<String, Value> {
    let mut parts = token.split('.');
    let (Some(_), Some(payload), Some(_), None) = (parts.next(), parts.next(), parts.next(), parts.next())
    else {
        return Map::new();
    };
    let bytes = BASE64_URL_SAFE_NO_PAD.decode(payload).unwrap_or_default();
    read(&Text::tolerant(&bytes, None), Code::TokenMalformed, careful).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn of(text: &str) -> Result<Value, Code> {
        let careful = ["oid".to_owned()];
        read(&Text::tolerant(text.as_bytes(), None), Code::TokenMalformed, &careful).map(Value::Object)
    }

    #[test]
    fn what_a_check_rests_on_is_refused_when_it_is_odd() {
        let deep = format!("{}{}", "[".repeat(130), "]".repeat(130));
        for name in CHECKED {
            assert_eq!(of(&format!(r#"{{"{name}":1,"{name}":1}}"#)), Ok(json!({ name: 1 })));
            assert_eq!(of(&format!(r#"{{"{name}":1,"{name}":2}}"#)), Err(Code::DuplicateMember), "{name}");
            assert_eq!(of(&format!(r#"{{"{name}":{deep}}}"#)), Err(Code::TokenMalformed), "{name}");
        }
    }

    #[test]
    fn what_rights_follow_from_counts_as_absent_when_it_is_odd() {
        for name in CAREFUL.iter().chain(["oid"].iter()) {
            assert_eq!(of(&format!(r#"{{"{name}":1,"{name}":1}}"#)), Ok(json!({ *name: 1 })));
            assert_eq!(of(&format!(r#"{{"{name}":1,"{name}":2}}"#)), Ok(json!({})), "{name}");
        }
    }

    #[test]
    fn of_all_else_the_last_counts() {
        for name in ["name", "Email", "groups", "x"] {
            assert_eq!(of(&format!(r#"{{"{name}":1,"{name}":2}}"#)), Ok(json!({ name: 2 })), "{name}");
        }
    }

    #[test]
    fn an_access_token_is_read_if_it_is_a_jwt() {
        let jwt = |payload: &[u8]| format!("a.{}.c", BASE64_URL_SAFE_NO_PAD.encode(payload));
        let careful = ["p".to_owned()];
        let of = |token: &str| Value::Object(unverified_claims(token, &careful));
        assert_eq!(of(&jwt(br#"{"p":[1],"n":1,"n":2}"#)), json!({"p":[1],"n":2}));
        assert_eq!(of(&jwt(br#"{"p":[1],"p":[2],"n":1}"#)), json!({"n":1}));
        assert_eq!(of(&jwt(b"{\"p\":\"\xff\",\"n\":\"\xff\"}")), json!({"n":"\u{fffd}"}));
        for other in ["", "a", "a.e30", "a.e30.c.d", "a.?.c", &jwt(b"[]"), &jwt(br#"{"sub":1,"sub":2}"#)] {
            assert_eq!(of(other), json!({}), "{other}");
        }
    }
}
