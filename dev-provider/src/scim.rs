//! The provider's own users for an application that reads them all: a SCIM server (RFC 7644) that can only be read.

use std::sync::Arc;

use axum::Extension;
use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use crate::core::Core;
use crate::door::Asked;
use crate::people::Person;

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
/// Users of an answer that asks for no number, and at most.
const MOST: usize = 100;

/// A person as a SCIM resource. Its id is the subject.
pub(crate) fn resource(person: &Person) -> Value {
    let text = |claim| Some(person.text(claim)).filter(|text| !text.is_empty());
    let name = text("preferred_username").or(text("email")).unwrap_or(&person.subject);
    let all = [
        ("schemas", Some(json!([USER]))),
        ("id", Some(json!(person.subject))),
        ("externalId", Some(json!(person.subject))),
        ("userName", Some(json!(name))),
        ("displayName", text("name").map(Value::from)),
        ("name", names(person)),
        ("emails", text("email").map(|email| json!([{ "value": email, "type": "work", "primary": true }]))),
        ("locale", text("locale").map(Value::from)),
        ("timezone", text("zoneinfo").map(Value::from)),
        ("active", Some(json!(!person.is_blocked))),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn names(person: &Person) -> Option<Value> {
    let parts = [("formatted", "name"), ("givenName", "given_name"), ("familyName", "family_name")];
    let parts = parts.into_iter().filter(|(_, claim)| !person.text(claim).is_empty());
    let parts: Value =
        parts.map(|(part, claim)| (part.to_owned(), Value::from(person.text(claim)))).collect();
    parts.as_object().is_some_and(|parts| !parts.is_empty()).then_some(parts)
}

/// `GET /scim/v2/Users`: by pages, in the order in which they came.
pub(crate) async fn list(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    if !lets_in(&core, &asked) {
        return refused(StatusCode::UNAUTHORIZED);
    }
    let number = |name: &str| asked.call.query.get(name).and_then(|text| text.parse::<usize>().ok());
    let (start, count) =
        (number("startIndex").unwrap_or(1).max(1), number("count").unwrap_or(MOST).min(MOST));
    let all: Vec<Value> = core.people.lock().iter().filter(|one| !one.hidden).map(resource).collect();
    let some: Vec<&Value> = all.iter().skip(start - 1).take(count).collect();
    answer(&json!({
        "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
        "totalResults": all.len(),
        "startIndex": start,
        "itemsPerPage": some.len(),
        "Resources": some,
    }))
}

/// `GET /scim/v2/Users/{id}`.
pub(crate) async fn one(
    State(core): State<Arc<Core>>,
    Path(id): Path<String>,
    Extension(asked): Extension<Asked>,
) -> Response {
    match (lets_in(&core, &asked), core.known(&id)) {
        (false, _) => refused(StatusCode::UNAUTHORIZED),
        (true, Some(person)) => answer(&resource(&person)),
        (true, None) => refused(StatusCode::NOT_FOUND),
    }
}

fn lets_in(core: &Core, asked: &Asked) -> bool {
    let token = asked.call.authorization().and_then(|value| value.strip_prefix("Bearer "));
    core.provisioning.lock().as_ref().is_some_and(|to| token == Some(to.admin_token.as_str()))
}

fn answer(body: &Value) -> Response {
    ([(header::CONTENT_TYPE, "application/scim+json")], body.to_string()).into_response()
}

fn refused(status: StatusCode) -> Response {
    let schemas = ["urn:ietf:params:scim:api:messages:2.0:Error"];
    let body = json!({ "schemas": schemas, "status": status.as_u16().to_string() });
    (status, [(header::CONTENT_TYPE, "application/scim+json")], body.to_string()).into_response()
}
