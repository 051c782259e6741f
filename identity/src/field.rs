//! The fields of a profile, and what a field holds.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize};

/// A field of a profile. All carry the names of OpenID Connect Core 5.1, in the order in which they are shown.
///
/// A field is added here, in a migration (its column in `users`), in the line of `formats` and in the words of
/// `app`; the rest follows from this list. A source of files or webhooks that calls it otherwise says so in its table.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
#[expect(missing_docs, reason = "each is the claim of its name")]
pub enum Field {
    Email,
    EmailVerified,
    Name,
    GivenName,
    FamilyName,
    PreferredUsername,
    Picture,
    PhoneNumber,
    PhoneNumberVerified,
    Locale,
    Zoneinfo,
}

impl Field {
    /// All of them.
    pub const ALL: &'static [Field] = <Field as strum::VariantArray>::VARIANTS;

    /// The claim's name.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// For a flag, the field it vouches for: `email_verified` belongs to the e-mail it came with.
    pub fn vouches_for(self) -> Option<Field> {
        match self {
            Field::EmailVerified => Some(Field::Email),
            Field::PhoneNumberVerified => Some(Field::PhoneNumber),
            _ => None,
        }
    }

    /// For a field that a flag may vouch for, the flag.
    pub fn vouched_by(self) -> Option<Field> {
        Field::ALL.iter().copied().find(|flag| flag.vouches_for() == Some(self))
    }
}

/// What a field holds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(untagged)]
pub enum Value {
    /// Of a `…_verified` field.
    Flag(bool),
    /// Of any other; never blank, without NUL.
    Text(String),
}

/// By hand: serde's own way tries one variant after the other on a copy, ten times at each signed-in request.
impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(FlagOrText)
    }
}

struct FlagOrText;

impl Visitor<'_> for FlagOrText {
    type Value = Value;

    fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("a flag or a text")
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Flag(flag))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }
}

impl Value {
    /// The text, unless it is a flag.
    pub fn text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            Value::Flag(_) => None,
        }
    }

    /// The flag, unless it is a text.
    pub fn flag(&self) -> Option<bool> {
        match self {
            Value::Flag(flag) => Some(*flag),
            Value::Text(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_text_is_no_flag_and_a_flag_no_text() {
        let (text, flag) = (Value::Text("true".into()), Value::Flag(true));
        assert_eq!((text.text(), text.flag()), (Some("true"), None));
        assert_eq!((flag.text(), flag.flag()), (None, Some(true)));
        assert_eq!(Value::Flag(false).flag(), Some(false));
        assert_eq!((json!(text), json!(flag)), (json!("true"), json!(true)));
        assert_eq!(serde_json::from_value::<Value>(json!("true")).unwrap(), text);
    }

    #[test]
    fn fields_have_the_names_of_their_claims_and_are_read_back() {
        let names = [
            "email",
            "email_verified",
            "name",
            "given_name",
            "family_name",
            "preferred_username",
            "picture",
            "phone_number",
            "phone_number_verified",
            "locale",
            "zoneinfo",
        ];
        assert_eq!(Field::ALL.iter().map(|field| field.as_str()).collect::<Vec<_>>(), names);
        for field in Field::ALL.iter().copied() {
            assert_eq!(field.as_str().parse(), Ok(field));
            assert_eq!(json!(field), json!(field.as_str()));
        }
    }

    #[test]
    fn two_flags_vouch_for_what_stands_before_them() {
        assert_eq!(Field::EmailVerified.vouches_for(), Some(Field::Email));
        assert_eq!(Field::PhoneNumberVerified.vouches_for(), Some(Field::PhoneNumber));
        assert_eq!(Field::ALL.iter().filter(|field| field.vouches_for().is_some()).count(), 2);
        assert_eq!(Field::Email.vouched_by(), Some(Field::EmailVerified));
        assert_eq!(Field::Name.vouched_by(), None);
    }

    #[test]
    fn a_value_is_written_as_what_it_is_and_read_back() {
        for (value, written) in [
            (Value::Flag(true), "true"),
            (Value::Text("true".into()), "\"true\""),
            (Value::Text("\n".into()), r#""\n""#),
        ] {
            assert_eq!(serde_json::to_string(&value).unwrap(), written);
            assert_eq!(serde_json::from_str::<Value>(written).unwrap(), value);
        }
        for odd in ["1", "null", "[]", "{}"] {
            let refused = serde_json::from_str::<Value>(odd).unwrap_err().to_string();
            assert!(refused.contains("expected a flag or a text"), "{refused}");
        }
    }
}
