//! Changes as a terminal and a program read them: one line or one object each.

use formats::rfc3339;
use identity::{Change, Claims, Fact, Hold, IdentityName, Value, What};
use serde_json::{Value as Json, json};

/// What changed, from what to what.
pub(super) struct Told {
    /// The field, `standing`, `claims.NAME`, …
    pub(super) what: String,
    pub(super) from: Json,
    pub(super) to: Json,
}

impl Told {
    fn new(what: impl Into<String>, from: Json, to: Json) -> Self {
        Self { what: what.into(), from, to }
    }

    /// All that one change says: one, but for claims.
    pub(super) fn all(what: &What) -> Vec<Self> {
        let one = |told| vec![told];
        match what {
            What::Fact { field, from, to } => one(Self::new(field.as_str(), value(from), value(to))),
            What::Claims { from, to } => claims(from, to),
            What::Standing { from, to } => one(Self::new("standing", json!(from.0), json!(to.0))),
            What::Linked => one(Self::new("linked", json!(false), json!(true))),
            What::Unlinked(_) => one(Self::new("linked", json!(true), json!(false))),
            What::Disabled { to, .. } => one(Self::new("disabled", json!(!to), json!(to))),
            What::Withdrawn { to } => one(Self::new("withdrawn", json!(!to), json!(to))),
            What::Held { held, from, to } => {
                let is_held = |hold: &Option<Hold>| json!(hold.is_some());
                one(Self::new(format!("hold.{held}"), is_held(from), is_held(to)))
            }
            What::AccountMade => one(Self::new("account_made", json!(false), json!(true))),
            What::Invited { provider } => one(Self::new("invited", Json::Null, json!(provider))),
            What::CameForward { .. } => Vec::new(),
        }
    }
}

impl std::fmt::Display for Told {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} → {}", self.what, self.from, self.to)
    }
}

/// A change as one object.
pub(super) fn object(told: &Told, change: &Change) -> Json {
    let mut object = said_of(change.identity.as_ref(), told);
    let origin = &change.origin;
    object["at"] = json!(rfc3339(origin.at));
    object["received_at"] = json!(rfc3339(origin.received_at));
    object["source"] = json!(origin.source);
    object["actor"] = json!(origin.actor);
    object["run"] = json!(origin.run);
    object
}

/// The same without its origin: whose it is, and from what to what.
pub(super) fn said_of(name: Option<&IdentityName>, told: &Told) -> Json {
    json!({
        "provider": name.map(|name| &name.provider),
        "issuer": name.map(|name| &name.issuer),
        "subject": name.map(|name| &name.subject),
        "what": told.what,
        "from": told.from,
        "to": told.to,
    })
}

fn value(fact: &Option<Fact>) -> Json {
    fact.as_ref().and_then(|fact| fact.value.as_ref()).map_or(Json::Null, |value| match value {
        Value::Text(text) => json!(text),
        Value::Flag(flag) => json!(flag),
    })
}

fn claims(from: &Claims, to: &Claims) -> Vec<Told> {
    let side = |claims: &Claims, name: &str| claims.get(name).cloned().unwrap_or_default();
    let names = from.keys().chain(to.keys().filter(|name| !from.contains_key(*name)));
    names.map(|name| Told::new(format!("claims.{name}"), side(from, name), side(to, name))).collect()
}
