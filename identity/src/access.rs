//! What the provider lets the visitor do: permissions, roles, feature flags and organisations, as Kinde states
//! them in its access and ID tokens. Claims only, never tokens. Elsewhere than at Kinde most of it is empty.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::Claims;

/// The claims of a session's tokens, read with types. The names are those of Kinde's Next.js SDK, in
/// Rust's spelling.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Access {
    /// Claims of the access token, where it is a JWT.
    #[serde(default)]
    pub access_token: Claims,
    /// The organisations and other claims of the ID token that are read here.
    #[serde(default)]
    pub id_token: Claims,
}

/// A permission within the organisation at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    pub is_granted: bool,
    pub org_code: Option<String>,
}

/// The value of a feature flag (Kinde's `t`: `b`, `i`, `s`, `j`).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged)]
pub enum FlagValue {
    Boolean(bool),
    Integer(i64),
    String(String),
    Json(Json),
}

/// A feature flag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    pub code: String,
    pub value: FlagValue,
    /// Whether the value is the caller's default, for want of a flag of that type.
    pub is_default: bool,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    pub code: String,
    pub name: Option<String>,
}

impl Access {
    /// The permissions granted in the organisation at hand.
    pub fn permissions(&self) -> Vec<&str> {
        texts(self.access_token.get("permissions"))
    }

    /// One permission.
    pub fn permission(&self, key: &str) -> Permission {
        let org_code = self.organization().map(|organization| organization.code);
        Permission { is_granted: self.permissions().contains(&key), org_code }
    }

    /// The keys of the roles held: Kinde's `roles[].key`, or plain strings.
    pub fn roles(&self) -> Vec<&str> {
        let roles = self.access_token.get("roles").and_then(Json::as_array);
        roles.into_iter().flatten().filter_map(|role| role.get("key").unwrap_or(role).as_str()).collect()
    }

    /// The organisation at hand.
    pub fn organization(&self) -> Option<Organization> {
        let code = self.access_token.get("org_code")?.as_str()?.to_owned();
        let name = self.access_token.get("org_name").and_then(Json::as_str).map(str::to_owned);
        Some(Organization { code, name })
    }

    /// All organisations of the user.
    pub fn user_organizations(&self) -> Vec<Organization> {
        let named = self.id_token.get("organizations").and_then(Json::as_array);
        let name_of = |code: &str| {
            let one =
                named.into_iter().flatten().find(|one| one.get("id").and_then(Json::as_str) == Some(code));
            one.and_then(|one| one.get("name")).and_then(Json::as_str).map(str::to_owned)
        };
        texts(self.id_token.get("org_codes"))
            .into_iter()
            .map(|code| Organization { code: code.to_owned(), name: name_of(code) })
            .collect()
    }

    /// A feature flag of any type; the default where there is none.
    pub fn flag(&self, code: &str, default: FlagValue) -> Flag {
        let found =
            self.access_token.get("feature_flags").and_then(|flags| flags.get(code)).and_then(flag_value);
        Flag { code: code.to_owned(), is_default: found.is_none(), value: found.unwrap_or(default) }
    }

    /// A boolean flag; the default where there is none of that type.
    pub fn boolean_flag(&self, code: &str, default: bool) -> bool {
        match self.flag(code, FlagValue::Boolean(default)).value {
            FlagValue::Boolean(value) => value,
            _ => default,
        }
    }

    /// An integer flag; the default where there is none of that type.
    pub fn integer_flag(&self, code: &str, default: i64) -> i64 {
        match self.flag(code, FlagValue::Integer(default)).value {
            FlagValue::Integer(value) => value,
            _ => default,
        }
    }

    /// A text flag; the default where there is none of that type.
    pub fn string_flag(&self, code: &str, default: &str) -> String {
        match self.flag(code, FlagValue::String(default.to_owned())).value {
            FlagValue::String(value) => value,
            _ => default.to_owned(),
        }
    }

    /// A claim of the access token, else of the ID token.
    pub fn claim(&self, name: &str) -> Option<&Json> {
        self.access_token.get(name).or_else(|| self.id_token.get(name))
    }
}

fn texts(value: Option<&Json>) -> Vec<&str> {
    value.and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str).collect()
}

fn flag_value(flag: &Json) -> Option<FlagValue> {
    let value = flag.get("v")?;
    match flag.get("t")?.as_str()? {
        "b" => value.as_bool().map(FlagValue::Boolean),
        "i" => value.as_i64().map(FlagValue::Integer),
        "s" => value.as_str().map(|text| FlagValue::String(text.to_owned())),
        "j" => Some(FlagValue::Json(value.clone())),
        _ => None,
    }
}
