//! What is never kept: password hashes, one-time secrets, recovery tokens. By the name of the member, in whatever
//! spelling and at whatever depth, also within JSON that stands in a text; and by the look of the value.

use identity::Claims;
use serde_json::Value as Json;

/// A member whose name holds one of these words.
const WORDS: [&str; 25] = [
    "password",
    "passwords",
    "passwd",
    "pwd",
    "passphrase",
    "pass",
    "hash",
    "hashes",
    "hashed",
    "hasher",
    "salt",
    "secret",
    "secrets",
    "token",
    "tokens",
    "totp",
    "otp",
    "mfa",
    "credential",
    "credentials",
    "recovery",
    "digest",
    "authenticators",
    "webauthn",
    "cookie",
];
/// Or two of these beside each other.
const PAIRS: [(&str, &str); 6] = [
    ("backup", "codes"),
    ("backup", "code"),
    ("private", "key"),
    ("api", "key"),
    ("security", "answer"),
    ("security", "question"),
];
/// How hashes of passwords begin.
const LOOKS: [&str; 14] = [
    "$2a$", "$2b$", "$2y$", "$argon2", "$pbkdf2", "pbkdf2_", "pbkdf2:", "scrypt:", "$scrypt", "$1$", "$5$",
    "$6$", "{SSHA", "$P$",
];
/// A text that is longer is left out: what nobody needs and what could fill a database.
const LONGEST: usize = 64 << 10;
/// JSON within a text within JSON …
const DEEP: u8 = 4;

/// The members that may be kept. JSON that stands in a text becomes JSON.
pub(crate) fn without_secrets(record: Claims) -> Claims {
    object(record, 0)
}

fn object(members: Claims, depth: u8) -> Claims {
    let kept = members.into_iter().filter(|(name, _)| !is_secret(name));
    kept.filter_map(|(name, value)| Some((name, clean(value, depth)?))).collect()
}

fn clean(value: Json, depth: u8) -> Option<Json> {
    match value {
        Json::Object(members) if names_a_secret(&members) => None,
        Json::Object(members) => Some(Json::Object(object(members, depth))),
        Json::Array(items) => {
            Some(Json::Array(items.into_iter().filter_map(|item| clean(item, depth)).collect()))
        }
        Json::String(text) => of_text(text, depth),
        plain => Some(plain),
    }
}

/// `{"Name": "password", "Value": …}`, `{"key": …, "value": …}` and their like.
fn names_a_secret(members: &Claims) -> bool {
    let names = members.iter().filter(|(key, _)| {
        ["name", "key", "type", "attribute"].iter().any(|word| key.eq_ignore_ascii_case(word))
    });
    let valued = members.keys().any(|key| key.eq_ignore_ascii_case("value"));
    valued && names.into_iter().any(|(_, name)| name.as_str().is_some_and(is_secret))
}

fn of_text(text: String, depth: u8) -> Option<Json> {
    if text.len() > LONGEST || LOOKS.iter().any(|look| text.starts_with(look)) {
        return None;
    }
    if !text.trim_start().starts_with(['{', '[']) {
        return Some(Json::String(text));
    }
    // Some tools escape what they have quoted already.
    let parsed = serde_json::from_str(&text).or_else(|_| serde_json::from_str(&text.replace("\\\"", "\"")));
    match parsed {
        Ok(value) if depth < DEEP => clean(value, depth + 1),
        // What cannot be looked into is kept only if no part of it sounds like a secret.
        _ if words(&text).iter().any(|word| WORDS.contains(&word.as_str())) => None,
        _ => Some(Json::String(text)),
    }
}

fn is_secret(name: &str) -> bool {
    let words = words(name);
    let run_together = words.concat();
    words.iter().any(|word| WORDS.contains(&word.as_str()))
        || words.windows(2).any(|pair| PAIRS.contains(&(pair[0].as_str(), pair[1].as_str())))
        || ["password", "passwd", "totp", "mfa", "backupcode"].iter().any(|word| run_together.contains(word))
}

/// `passwordHash`, `password_hash`, `Password Hash` are two words each.
fn words(name: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut lower = false;
    for c in name.chars() {
        if !c.is_alphanumeric() || (c.is_uppercase() && lower) {
            words.push(String::new());
        }
        if c.is_alphanumeric() {
            words.last_mut().into_iter().for_each(|word| word.extend(c.to_lowercase()));
        }
        lower = c.is_lowercase() || c.is_numeric();
    }
    words.retain(|word| !word.is_empty());
    words
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn kept(record: Json) -> Json {
        Json::Object(without_secrets(record.as_object().unwrap().clone()))
    }

    #[test]
    fn secrets_go_in_whatever_spelling() {
        for name in [
            "password",
            "passwordHash",
            "password_hash",
            "PASSWORD",
            "encrypted_password",
            "Password Hash",
            "userPassword",
            "salt",
            "custom_password_hash",
            "totp_secret",
            "totpSecret",
            "mfaInfo",
            "mfa_factors",
            "backup_codes",
            "backupCodes",
            "confirmation_token",
            "recovery_token",
            "reauthentication_token",
            "password_digest",
            "password_hasher",
            "access_token",
            "credentials",
            "secretData",
            "Initial password",
            "hashed_password",
            "pwd",
        ] {
            assert_eq!(kept(json!({name: "x", "email": "a"})), json!({"email": "a"}), "{name}");
        }
    }

    #[test]
    fn what_only_sounds_alike_stays() {
        for name in [
            "salutation",
            "basalt",
            "hashtag",
            "compass",
            "passport_number",
            "tokenized_at",
            "email",
            "otpional",
        ] {
            assert_eq!(kept(json!({name: "x"})), json!({name: "x"}), "{name}");
        }
    }

    #[test]
    fn secrets_go_at_any_depth_and_within_texts() {
        let said = json!({
            "identities": [{"provider": "google", "access_token": "x"}],
            "attributes": {"secret": ["x"], "city": ["y"]},
            "raw": "{\"a\":1,\"password\":\"x\"}",
            "twice": "{\\\"a\\\":1,\\\"password\\\":\\\"x\\\"}",
            "broken": "{\"password\":\"x\"",
            "Attributes": [{"Name": "password", "Value": "x"}, {"Name": "city", "Value": "y"}],
        });
        let left = json!({
            "identities": [{"provider": "google"}],
            "attributes": {"city": ["y"]},
            "raw": {"a": 1},
            "twice": {"a": 1},
            "Attributes": [{"Name": "city", "Value": "y"}],
        });
        assert_eq!(kept(said), left);
    }

    #[test]
    fn a_hash_is_known_by_its_look() {
        for hash in ["$2b$10$U4C0ZY8OG8y41F9Lusf", "$argon2id$v=19$m=1", "pbkdf2_sha256$1$x", "{SSHA512}x"] {
            assert_eq!(kept(json!({"custom": hash, "list": [hash]})), json!({"list": []}), "{hash}");
        }
        assert_eq!(kept(json!({"custom": "$20 off"})), json!({"custom": "$20 off"}));
    }

    #[test]
    fn what_could_fill_a_database_is_left_out() {
        assert_eq!(kept(json!({"long": "x".repeat(LONGEST + 1)})), json!({}));
        assert_eq!(kept(json!({"long": "x".repeat(LONGEST)}))["long"].as_str().map(str::len), Some(LONGEST));
    }
}
