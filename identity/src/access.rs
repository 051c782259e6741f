//! What the provider lets the visitor do: permissions, roles, feature flags and organisations, as Kinde states
//! them in its access and ID tokens. Claims only, never tokens. Elsewhere than at Kinde most of it is empty.

use serde::{Deserialize, Serialize};
use serde_json::Value as Json;

use crate::Claims;
use crate::claims::{fit, without_tokens};

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
    /// What rights in the studio may rest on.
    #[serde(default, skip_serializing_if = "Stated::is_empty")]
    pub stated: Stated,
}

/// What a session's own log-in and refreshes stated that a right may rest on.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Stated {
    /// The e-mail, where it was stated as verified.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub verified_email: Option<String>,
    /// The claims that rights name.
    #[serde(default, skip_serializing_if = "Claims::is_empty")]
    pub claims: Claims,
}

impl Stated {
    /// Whether nothing was.
    pub fn is_empty(&self) -> bool {
        self.verified_email.is_none() && self.claims.is_empty()
    }
}

/// A permission within the organisation at hand.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Permission {
    /// Whether the visitor has it.
    pub is_granted: bool,
    /// The organisation at hand.
    pub org_code: Option<String>,
}

/// The value of a feature flag (Kinde's `t`: `b`, `i`, `s`, `j`).
///
/// Read by hand: serde's own way cannot see a number with all its digits as an integer.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(untagged, from = "Json")]
pub enum FlagValue {
    /// `b`
    Boolean(bool),
    /// `i`
    Integer(i64),
    /// `s`
    String(String),
    /// `j`, and numbers that are no integer.
    Json(Json),
}

impl From<Json> for FlagValue {
    fn from(value: Json) -> Self {
        match value {
            Json::Bool(flag) => Self::Boolean(flag),
            Json::String(text) => Self::String(text),
            value => value.as_i64().map_or(Self::Json(value), Self::Integer),
        }
    }
}

/// A feature flag.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Flag {
    /// Its name at the provider.
    pub code: String,
    /// Its value, or the caller's default.
    pub value: FlagValue,
    /// Whether the value is the caller's default, for want of a flag of that type.
    pub is_default: bool,
}

/// An organisation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organization {
    /// Its id at the provider (`org_code`).
    pub code: String,
    /// Its name, where the provider tells it.
    pub name: Option<String>,
}

/// What is kept with a session of each of its tokens, in bytes of JSON: it is read with every request.
const BYTES: usize = 32 * 1024;
/// What is read here by name is the last to be left out.
const READ: [&str; 7] =
    ["permissions", "roles", "org_code", "org_name", "feature_flags", "org_codes", "organizations"];

impl Access {
    /// What the tokens of a log-in or a refresh say, within bounds.
    pub fn new(access_token: Claims, id_token: Claims) -> Self {
        let [access_token, id_token] = [access_token, id_token].map(|claims| {
            let mut claims = without_tokens(claims);
            fit(&mut claims, BYTES, &READ);
            claims
        });
        Self { access_token, id_token, stated: Stated::default() }
    }

    /// The claims that let somebody do something here.
    pub const RIGHTS: [&str; 2] = ["permissions", "roles"];

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

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// The tokens of Kinde's documentation.
    fn kinde() -> Access {
        let access_token = json!({
            "org_code": "org_1", "org_name": "Engines", "permissions": ["read", 5, "write"],
            "roles": [{"id": "1", "key": "admin", "name": "Admin"}, "plain", {"id": "2"}, 7],
            "feature_flags": {
                "dark": {"t": "b", "v": true}, "limit": {"t": "i", "v": 5}, "theme": {"t": "s", "v": "pink"},
                "plan": {"t": "j", "v": {"a": 1}}, "odd": {"t": "b", "v": "true"}, "new": {"t": "x", "v": 1},
                "empty": {}, "half": {"t": "i", "v": 1.5}, "number": {"t": "s", "v": 5}
            },
            "sub": "kp_1"
        });
        let id_token = json!({
            "org_codes": ["org_1", "org_2"], "organizations": [{"id": "org_2", "name": "Looms"}, "odd", {"id": 1}],
            "sub": "other", "email": "ada@example.com"
        });
        let of = |json: Json| json.as_object().unwrap().clone();
        Access { access_token: of(access_token), id_token: of(id_token), ..Access::default() }
    }

    /// Tokens in which nothing has the shape that it should.
    fn odd() -> Access {
        let names = ["permissions", "roles", "org_code", "org_codes", "organizations", "feature_flags"];
        let claims: Claims = names.into_iter().map(|name| (name.to_owned(), json!(5))).collect();
        Access { access_token: claims.clone(), id_token: claims, ..Access::default() }
    }

    #[test]
    fn a_flag_is_read_back_as_what_it_was() {
        use FlagValue::*;
        for value in [Boolean(true), Integer(-5), String("5".into()), Json(json!({"a": 1.5}))] {
            let text = serde_json::to_string(&value).unwrap();
            assert_eq!(serde_json::from_str::<FlagValue>(&text).unwrap(), value, "{text}");
        }
    }

    #[test]
    fn a_permission_is_granted_where_the_token_lists_it() {
        assert_eq!(kinde().permissions(), ["read", "write"]);
        let org_code = Some("org_1".to_owned());
        assert_eq!(kinde().permission("read"), Permission { is_granted: true, org_code: org_code.clone() });
        assert_eq!(kinde().permission("rea"), Permission { is_granted: false, org_code });
    }

    #[test]
    fn roles_are_keys_or_plain_texts() {
        assert_eq!(kinde().roles(), ["admin", "plain"]);
    }

    #[test]
    fn organisations_have_codes_and_names_where_they_are_told() {
        let of = |code: &str, name: Option<&str>| Organization {
            code: code.into(),
            name: name.map(str::to_owned),
        };
        assert_eq!(kinde().organization(), Some(of("org_1", Some("Engines"))));
        assert_eq!(kinde().user_organizations(), [of("org_1", None), of("org_2", Some("Looms"))]);
    }

    #[test]
    fn a_flag_has_the_value_of_its_type() {
        let none = || FlagValue::String("none".into());
        for (code, value) in [
            ("dark", FlagValue::Boolean(true)),
            ("limit", FlagValue::Integer(5)),
            ("theme", FlagValue::String("pink".into())),
            ("plan", FlagValue::Json(json!({"a": 1}))),
        ] {
            assert_eq!(kinde().flag(code, none()), Flag { code: code.into(), value, is_default: false });
        }
        for code in ["odd", "new", "empty", "half", "number", "absent"] {
            let default = Flag { code: code.into(), value: none(), is_default: true };
            assert_eq!(kinde().flag(code, none()), default);
        }
    }

    #[test]
    fn a_typed_flag_is_the_default_where_there_is_none_of_its_type() {
        let access = kinde();
        assert!(access.boolean_flag("dark", false));
        assert!(access.boolean_flag("limit", true) && !access.boolean_flag("limit", false));
        assert!(access.boolean_flag("absent", true) && !access.boolean_flag("absent", false));
        assert_eq!((access.integer_flag("limit", 7), access.integer_flag("dark", 7)), (5, 7));
        assert_eq!(access.integer_flag("absent", 7), 7);
        assert_eq!(
            (access.string_flag("theme", "x"), access.string_flag("limit", "x")),
            ("pink".into(), "x".into())
        );
        assert_eq!(access.string_flag("absent", "x"), "x");
    }

    #[test]
    fn a_claim_is_the_access_tokens_before_the_id_tokens() {
        assert_eq!(kinde().claim("sub"), Some(&json!("kp_1")));
        assert_eq!(kinde().claim("email"), Some(&json!("ada@example.com")));
        assert_eq!(kinde().claim("absent"), None);
    }

    #[test]
    fn tokens_that_say_nothing_or_odd_things_grant_nothing() {
        for access in [Access::default(), odd()] {
            assert!(access.permissions().is_empty() && access.roles().is_empty());
            assert_eq!(access.permission("read"), Permission { is_granted: false, org_code: None });
            assert_eq!(access.organization(), None);
            assert!(access.user_organizations().is_empty());
            assert!(access.flag("dark", FlagValue::Boolean(false)).is_default);
        }
    }

    #[test]
    fn a_session_keeps_so_much_of_its_tokens_and_what_lets_somebody_do_something_longest() {
        let groups =
            json!({"groups": vec!["g".repeat(100); 500], "permissions": vec!["a:b"; 900], "org_code": "o"});
        let of = |json: &Json| json.as_object().unwrap().clone();
        let access = Access::new(of(&groups), of(&groups));
        for claims in [&access.access_token, &access.id_token] {
            assert_eq!(claims.keys().collect::<Vec<_>>(), ["org_code", "permissions"]);
        }
        assert_eq!(access.permissions().len(), 900);
        let small = kinde();
        assert_eq!(Access::new(small.access_token.clone(), small.id_token.clone()), small);
    }

    #[test]
    fn access_survives_the_way_through_a_database() {
        let kept = serde_json::to_string(&kinde()).unwrap();
        assert_eq!(serde_json::from_str::<Access>(&kept).unwrap(), kinde());
        assert_eq!(serde_json::from_str::<Access>("{}").unwrap(), Access::default());
    }
}
