//! What one source said about one identity at one time. Reading claims is lenient: an odd claim never
//! costs anybody the log-in, it counts as not stated, and stays in the claims as received.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::user::{Field, Timestamp, Value};

/// Claims as received: a JSON object.
pub type Claims = serde_json::Map<String, Json>;

/// Where a fact comes from.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Source {
    Login,
    Refresh,
    Webhook,
    Scan,
    Import,
    /// The people who run this site; no provider.
    Operator,
}

/// Whether silence means anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// Tokens, userinfo, most webhooks: what is absent, null or empty is not stated.
    Partial,
    /// An admin API, SCIM PUT: what is absent, null or empty is cleared.
    Full,
}

/// What one source said about one identity at one time.
#[derive(Clone, Debug, PartialEq)]
pub struct Observation {
    /// The provider's name in the settings.
    pub provider: String,
    pub issuer: String,
    /// 1 to 255 bytes, no NUL; never trimmed, never folded.
    pub subject: String,
    pub source: Source,
    pub extent: Extent,
    /// When the source said so; never later than `received_at`.
    pub at: Timestamp,
    pub received_at: Timestamp,
    pub claims: Claims,
}

impl Observation {
    /// The fields that the claims state. A `…_verified` flag counts only beside its value.
    pub fn stated(&self) -> BTreeMap<Field, Value> {
        let mut stated = BTreeMap::new();
        for field in Field::CLAIMS {
            let value = self.claims.get(field.as_str());
            let value = match field.vouches_for() {
                None => value.and_then(text),
                Some(of) if stated.contains_key(&of) => value.and_then(flag),
                Some(_) => None,
            };
            if let Some(value) = value {
                stated.insert(field, value);
            }
        }
        stated
    }
}

/// One set of claims of an ID token and a userinfo answer: userinfo's value before the ID token's; a
/// `…_verified` flag from where its value came.
pub(crate) fn combine(id_token: Claims, userinfo: Option<Claims>) -> Claims {
    let (mut combined, mut userinfo) = (id_token, userinfo.unwrap_or_default());
    for flag in Field::CLAIMS {
        let Some(of) = flag.vouches_for().map(Field::as_str) else { continue };
        match userinfo.get(of).and_then(text) {
            None => userinfo.remove(flag.as_str()),
            same if same == combined.get(of).and_then(text) => None,
            Some(_) => combined.remove(flag.as_str()),
        };
    }
    combined.extend(userinfo.into_iter().filter(|(_, value)| !silent(value)));
    combined
}

/// Absent, null and empty are one thing: not stated.
pub(crate) fn silent(value: &Json) -> bool {
    value.is_null() || value.as_str().is_some_and(|text| text.trim().is_empty())
}

/// A text, without the NULs that no database keeps; blank is not stated.
fn text(value: &Json) -> Option<Value> {
    let text = value.as_str()?.replace('\0', "");
    (!text.trim().is_empty()).then_some(Value::Text(text))
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
