//! What one source said about one identity at one time. Reading claims is lenient: an odd claim never
//! costs anybody the log-in, it counts as not stated, and stays in the claims as received.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::claims::Claims;
use crate::field::{Field, Value};
use crate::origin::Origin;
use crate::user::Standing;

/// Whether silence means anything.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Extent {
    /// Tokens, userinfo, most webhooks: what is absent, null or empty is not stated.
    Partial,
    /// An admin interface, SCIM PUT: what is absent, null or empty is cleared, of these claims. A source clears only
    /// what it speaks of.
    Full(BTreeSet<String>),
}

impl Extent {
    /// Whether silence about this claim says that there is none.
    pub fn clears(&self, claim: &str) -> bool {
        match self {
            Extent::Partial => false,
            Extent::Full(claims) => claims.contains(claim),
        }
    }
}

/// What one source said about one identity at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The provider's name in the settings.
    pub provider: String,
    /// `iss`.
    pub issuer: String,
    /// `sub`: 1 to 255 bytes, no NUL; never trimmed, never folded.
    pub subject: String,
    /// Who said it, and when.
    pub origin: Origin,
    /// Whether silence means anything.
    pub extent: Extent,
    /// What was said of the person.
    pub claims: Claims,
    /// What was said of the account; none where nothing was. A log-in and a list that has the account say
    /// *present*.
    pub standing: Option<Standing>,
}

impl Observation {
    /// The fields that the claims state. A `…_verified` flag counts only beside its value.
    pub fn stated(&self) -> BTreeMap<Field, Value> {
        let mut stated = BTreeMap::new();
        for &field in Field::ALL {
            let counts = field.vouches_for().is_none_or(|of| stated.contains_key(&of));
            if let Some(value) = read(field, &self.claims).filter(|_| counts) {
                stated.insert(field, value);
            }
        }
        stated
    }
}

/// The longest text of a field that counts as needed, in bytes.
const NEEDED: usize = 1024;

impl Observation {
    /// The claims of the profile's fields alone, and of these no long ones.
    pub(crate) fn without_what_is_not_needed(&self) -> Self {
        let is_short = |value: &Json| value.as_str().is_none_or(|text| text.len() <= NEEDED);
        let of_field = |name: &str| Field::ALL.iter().any(|field| field.as_str() == name);
        let needed = self.claims.iter().filter(|(name, value)| {
            of_field(name) && is_short(value) && !value.is_object() && !value.is_array()
        });
        let claims = needed.map(|(name, value)| (name.clone(), value.clone())).collect();
        Self { claims, ..self.clone() }
    }
}

/// One set of claims of an ID token and a userinfo answer: userinfo's value before the ID token's; a
/// `…_verified` flag from where its value came.
pub fn combine(id_token: Claims, userinfo: Option<Claims>) -> Claims {
    let (mut combined, mut userinfo) = (id_token, userinfo.unwrap_or_default());
    for &field in Field::ALL {
        // What cannot be read counts as not stated: it does not stand before what can be.
        if read(field, &userinfo).is_none() && read(field, &combined).is_some() {
            userinfo.remove(field.as_str());
        }
        let Some(of) = field.vouches_for() else { continue };
        match read(of, &userinfo) {
            None => userinfo.remove(field.as_str()),
            same if same == read(of, &combined) => None,
            Some(_) => combined.remove(field.as_str()),
        };
    }
    for (name, value) in userinfo {
        if !silent(&value) || !combined.contains_key(&name) {
            combined.insert(name, value);
        }
    }
    combined
}

/// Absent, null and empty are one thing: not stated.
pub(crate) fn silent(value: &Json) -> bool {
    value.is_null() || value.as_str().is_some_and(blank)
}

fn blank(text: &str) -> bool {
    text.chars().all(|c| c.is_whitespace() || c == '\0')
}

/// What a claim says of a field; none where it is odd or silent.
fn read(field: Field, claims: &Claims) -> Option<Value> {
    let value = claims.get(field.as_str())?;
    match field.vouches_for() {
        None => text(value),
        Some(_) => flag(value),
    }
}

/// A text; blank is not stated. PostgreSQL keeps no NUL. It is replaced, not dropped, so that no odd e-mail
/// becomes somebody else's.
fn text(value: &Json) -> Option<Value> {
    let text = value.as_str()?;
    (!blank(text)).then(|| Value::Text(text.replace('\0', "\u{FFFD}")))
}

/// A flag; some providers write it as text (`"true"`) or number.
fn flag(value: &Json) -> Option<Value> {
    let flag = match value {
        Json::Bool(flag) => *flag,
        Json::String(text) if text.eq_ignore_ascii_case("true") => true,
        Json::String(text) if text.eq_ignore_ascii_case("false") => false,
        Json::Number(number) => match number.as_u64()? {
            0 => false,
            1 => true,
            _ => return None,
        },
        _ => return None,
    };
    Some(Value::Flag(flag))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::claims::Source;

    fn claims(json: Json) -> Claims {
        json.as_object().unwrap().clone()
    }

    fn origin(at: i64, received_at: i64) -> Origin {
        let second = |seconds| crate::Timestamp::from_timestamp(seconds, 0).unwrap();
        Origin {
            at: second(at),
            received_at: second(received_at),
            source: Source::Login,
            actor: None,
            run: None,
        }
    }

    fn observation(json: Json) -> Observation {
        Observation {
            provider: "main".into(),
            issuer: "https://one.example".into(),
            subject: "ada".into(),
            origin: origin(1, 1),
            extent: Extent::Partial,
            claims: claims(json),
            standing: Some(Standing::Present),
        }
    }

    fn stated(json: Json) -> Vec<(Field, Value)> {
        observation(json).stated().into_iter().collect()
    }

    fn combined(id_token: Json, userinfo: Json) -> Json {
        Json::Object(combine(claims(id_token), Some(claims(userinfo))))
    }

    #[test]
    fn the_time_of_an_observation_is_never_later_than_its_receipt() {
        for (at, received_at, is) in [(1, 2, 1), (2, 2, 2), (3, 2, 2)] {
            assert_eq!(origin(at, received_at).stated_at().timestamp(), is);
        }
        let at = "2026-11-21T10:00:00.123456789Z".parse().unwrap();
        let stated = Origin { at, ..origin(0, 2_000_000_000) }.stated_at();
        assert_eq!(stated.to_rfc3339(), "2026-11-21T10:00:00.123456+00:00", "what every database keeps");
    }

    #[test]
    fn silence_clears_what_the_source_speaks_of_and_nothing_else() {
        let some = Extent::Full(["name".to_owned()].into());
        assert_eq!([some.clears("name"), some.clears("picture")], [true, false]);
        assert!(!Extent::Partial.clears("name"));
    }

    #[test]
    fn every_field_is_read_under_the_name_of_its_claim() {
        for &field in Field::ALL {
            let (value, json) = match field.vouches_for() {
                None => (Value::Text("x".into()), json!({ field.as_str(): "x" })),
                Some(of) => (Value::Flag(true), json!({ field.as_str(): true, of.as_str(): "x" })),
            };
            assert!(stated(json).contains(&(field, value)), "{field}");
        }
    }

    #[test]
    fn a_text_is_kept_byte_for_byte() {
        for kept in [" Ada ", "Ада", "آدا", "👩‍💻", "a\nb"] {
            assert_eq!(stated(json!({"name": kept})), [(Field::Name, Value::Text(kept.into()))]);
        }
    }

    #[test]
    fn what_is_no_text_or_blank_states_nothing() {
        for odd in
            [json!(null), json!(""), json!(" \t\u{a0}"), json!("\0"), json!(" \0"), json!(1), json!(true)]
        {
            assert_eq!(stated(json!({"name": odd})), [], "{odd}");
        }
        for odd in [json!(["Ada"]), json!({"first": "Ada"})] {
            assert_eq!(stated(json!({"name": odd})), [], "{odd}");
        }
    }

    #[test]
    fn an_e_mail_with_a_nul_does_not_become_the_e_mail_without() {
        let said = stated(json!({"email": "ad\0a@example.com"}));
        assert_eq!(said, [(Field::Email, Value::Text("ad\u{FFFD}a@example.com".into()))]);
    }

    #[test]
    fn a_flag_is_read_as_providers_write_it() {
        let flag = |said: Json| stated(json!({"email": "a", "email_verified": said})).get(1).cloned();
        for yes in [json!(true), json!("true"), json!("True"), json!("TRUE"), json!(1)] {
            assert_eq!(flag(yes), Some((Field::EmailVerified, Value::Flag(true))));
        }
        for no in [json!(false), json!("false"), json!("False"), json!(0)] {
            assert_eq!(flag(no), Some((Field::EmailVerified, Value::Flag(false))));
        }
        for odd in [json!("yes"), json!(""), json!(" true"), json!(2), json!(-1), json!(1.5), json!([true])] {
            assert_eq!(flag(odd), None);
        }
        assert_eq!(flag(json!({"true": true})), None);
        assert_eq!(flag(json!(null)), None);
    }

    #[test]
    fn a_flag_counts_only_beside_its_own_value() {
        assert_eq!(stated(json!({"email_verified": true, "phone_number": "1"})).len(), 1);
        assert_eq!(stated(json!({"email": "", "email_verified": true})), []);
        assert_eq!(stated(json!({"email": "a", "phone_number_verified": true})).len(), 1);
    }

    #[test]
    fn absent_null_and_blank_are_silent_and_nothing_else_is() {
        for quiet in [json!(null), json!(""), json!("  "), json!("\0")] {
            assert!(silent(&quiet), "{quiet}");
        }
        for said in [json!("a"), json!(false), json!(0), json!([]), json!({})] {
            assert!(!silent(&said), "{said}");
        }
    }

    #[test]
    fn userinfo_stands_before_the_id_token() {
        let both = combined(json!({"name": "A", "x": 1, "y": 1}), json!({"name": "Ada", "x": 2, "z": 3}));
        assert_eq!(both, json!({"name": "Ada", "x": 2, "y": 1, "z": 3}));
        assert_eq!(Json::Object(combine(claims(json!({"x": 1})), None)), json!({"x": 1}));
    }

    #[test]
    fn silence_and_what_cannot_be_read_do_not_stand_before_what_can() {
        for odd in [json!(null), json!(""), json!({"a": 1}), json!(5)] {
            let both = combined(json!({"name": "Ada"}), json!({"name": odd}));
            assert_eq!(both, json!({"name": "Ada"}), "{odd}");
        }
        let token = json!({"email": "a", "email_verified": true});
        assert_eq!(combined(token.clone(), json!({"email": {}, "email_verified": false})), token);
        assert_eq!(combined(token.clone(), json!({"email": "a", "email_verified": "perhaps"})), token);
    }

    #[test]
    fn a_claim_that_says_nothing_is_kept_where_nobody_said_more() {
        assert_eq!(combined(json!({}), json!({"x": null, "name": 5})), json!({"x": null, "name": 5}));
        assert_eq!(combined(json!({"x": 1}), json!({"x": null})), json!({"x": 1}));
    }

    #[test]
    fn a_flag_comes_from_where_its_value_came() {
        let token = json!({"email": "a", "email_verified": true});
        assert_eq!(combined(token.clone(), json!({"email": "b"})), json!({"email": "b"}));
        let theirs = json!({"email": "b", "email_verified": false});
        assert_eq!(combined(token.clone(), theirs.clone()), theirs);
        // A flag without a value of its own vouches for nothing.
        assert_eq!(combined(token.clone(), json!({"email_verified": false})), token);
        assert_eq!(combined(json!({"email_verified": true}), json!({"email": "b"})), json!({"email": "b"}));
        // Where both state the same value, either may vouch for it.
        assert_eq!(combined(token.clone(), json!({"email": "a"})), token);
        let no = json!({"email": "a", "email_verified": false});
        assert_eq!(combined(token, no.clone()), no);
        let phone = json!({"phone_number": "1", "phone_number_verified": true});
        assert_eq!(combined(phone, json!({"phone_number": "2"})), json!({"phone_number": "2"}));
    }

    #[test]
    fn a_source_is_the_same_word_everywhere() {
        for (source, word) in
            [(Source::Login, "login"), (Source::Scim, "scim"), (Source::Operator, "operator")]
        {
            assert_eq!((source.to_string(), json!(source)), (word.to_owned(), json!(word)));
            assert_eq!(word.parse(), Ok(source));
        }
    }
}
