//! What `attributes` and `excludedAttributes` leave.

use serde_json::json;

use super::*;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Shown {
    let ada = json!({
        "schemas": [USER], "id": "1", "userName": "ada", "name": {"familyName": "L", "givenName": "A"},
        "emails": [{"value": "a@example.com", "type": "work"}, {"type": "home"}],
        ENTERPRISE: {"department": "D", "employeeNumber": "1"},
    });
    ada.as_object().unwrap().clone()
}

fn shown(only: &str, without: &str) -> Json {
    let mut projection = Projection::default();
    projection.only(only).unwrap();
    projection.without(without).unwrap();
    Json::Object(projection.apply(ada()))
}

#[test]
fn only_what_is_asked_for_is_shown_and_always_the_id() {
    let with = |more: Json| {
        let mut all = json!({"schemas": [USER], "id": "1"});
        all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        all
    };
    for (only, expected) in [
        ("USERNAME", json!({"userName": "ada"})),
        ("userName, name.familyName", json!({"userName": "ada", "name": {"familyName": "L"}})),
        ("name,name.familyName", json!({"name": {"familyName": "L", "givenName": "A"}})),
        ("emails.value", json!({"emails": [{"value": "a@example.com"}]})),
        ("urn:ietf:params:scim:schemas:core:2.0:User:userName", json!({"userName": "ada"})),
        (
            "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
            json!({ENTERPRISE: {"department": "D"}}),
        ),
        (ENTERPRISE, json!({ENTERPRISE: {"department": "D", "employeeNumber": "1"}})),
        ("nothing", json!({})),
        ("id", json!({})),
    ] {
        assert_eq!(shown(only, ""), with(expected), "{only}");
    }
    assert_eq!(shown(USER, ""), {
        let mut all = ada();
        all.remove(ENTERPRISE);
        Json::Object(all)
    });
}

#[test]
fn what_is_excluded_is_not_shown_but_the_id_is() {
    let left = shown(
        "",
        "id,schemas,userName,name.givenName,emails.type,urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department",
    );
    assert_eq!(
        left,
        json!({
            "schemas": [USER], "id": "1", "name": {"familyName": "L"}, "emails": [{"value": "a@example.com"}, {}],
            ENTERPRISE: {"employeeNumber": "1"},
        })
    );
    assert_eq!(shown("", ENTERPRISE).get(ENTERPRISE), None);
    assert_eq!(shown("", ""), Json::Object(ada()));
}
