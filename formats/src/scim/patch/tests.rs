//! The examples of RFC 7644 3.5.2, what Entra and Okta send, and what must not be changed.

use proptest::prelude::*;
use serde_json::{Value as Json, json};

use super::*;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Resource {
    let body = json!({
        "userName": "ada@example.com", "externalId": "Ada-1", "active": true, "displayName": "Ada",
        "name": {"familyName": "Lovelace", "givenName": "Ada"},
        "emails": [
            {"value": "ada@work.example", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
    });
    Resource::read(body, Reference::ExternalId).unwrap()
}

fn patched(operations: Json) -> Result<Patched, Error> {
    patch(
        &ada(),
        &json!({"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations}),
        Reference::ExternalId,
    )
}

/// What an attribute is after the operations.
fn after(operations: Json, attribute: &str) -> Json {
    let patched = patched(operations.clone()).unwrap_or_else(|error| panic!("{operations}: {error}"));
    patched.resource.attributes().get(attribute).cloned().unwrap_or(Json::Null)
}

fn refusal(operations: Json) -> &'static str {
    patched(operations).expect_err("should be refused").code
}

#[test]
fn add_appends_merges_and_sets() {
    let more = json!({"value": "ada@other.example", "type": "other"});
    let all = json!([
        {"value": "ada@work.example", "type": "work", "primary": true},
        {"value": "ada@home.example", "type": "home"},
        {"value": "ada@other.example", "type": "other"},
    ]);
    assert_eq!(after(json!([{"op": "add", "path": "emails", "value": [more]}]), "emails"), all);
    assert_eq!(after(json!([{"op": "add", "path": "emails", "value": more}]), "emails"), all);
    assert_eq!(after(json!([{"op": "add", "value": {"emails": [more], "nickname": "Babs"}}]), "emails"), all);
    assert_eq!(after(json!([{"op": "add", "value": {"nickname": "Babs"}}]), "nickName"), json!("Babs"));
    assert_eq!(
        after(
            json!([{"op": "add", "path": "name", "value": {"honorificPrefix": "Lady", "GivenName": "A."}}]),
            "name"
        ),
        json!({"familyName": "Lovelace", "givenName": "A.", "honorificPrefix": "Lady"})
    );
    assert_eq!(
        after(json!([{"op": "add", "path": "title", "value": "Countess"}]), "title"),
        json!("Countess")
    );
}

#[test]
fn what_is_added_as_primary_is_the_only_one() {
    let emails = after(
        json!([{"op": "add", "path": "emails", "value": [{"value": "new@example.com", "primary": "True"}]}]),
        "emails",
    );
    let primary: Vec<&Json> = emails.as_array().unwrap().iter().filter(|e| e["primary"] == true).collect();
    assert_eq!(primary, [&json!({"value": "new@example.com", "primary": true})]);
    let path = r#"emails[type eq "home"].primary"#;
    let emails = after(json!([{"op": "replace", "path": path, "value": "True"}]), "emails");
    assert_eq!((&emails[0]["primary"], &emails[1]["primary"]), (&json!(false), &json!(true)));
    let back = r#"emails[type eq "work"].primary"#;
    let both = json!([{"op": "replace", "path": path, "value": true}, {"op": "replace", "path": back, "value": true}]);
    let emails = after(both, "emails");
    assert_eq!((&emails[0]["primary"], &emails[1]["primary"]), (&json!(true), &json!(false)));
}

#[test]
fn replace_sets_merges_and_replaces_whole_lists() {
    let one = json!([{"value": "only@example.com", "type": "work"}]);
    assert_eq!(after(json!([{"op": "replace", "path": "emails", "value": one}]), "emails"), one);
    assert_eq!(
        after(json!([{"op": "replace", "value": {"emails": one, "nickName": "Babs"}}]), "emails"),
        one
    );
    assert_eq!(
        after(json!([{"op": "replace", "path": "name", "value": {"familyName": "King"}}]), "name"),
        json!({"familyName": "King", "givenName": "Ada"})
    );
    assert_eq!(
        after(
            json!([{"op": "replace", "path": r#"emails[type eq "home"]"#, "value": {"value": "x@example.com"}}]),
            "emails"
        )[1],
        json!({"value": "x@example.com"})
    );
    let path = r#"emails[type eq "work"].value"#;
    let emails = after(json!([{"op": "replace", "path": path, "value": "ada@new.example"}]), "emails");
    assert_eq!(emails[0], json!({"value": "ada@new.example", "type": "work", "primary": true}));
    assert_eq!(emails[1]["value"], "ada@home.example");
}

#[test]
fn remove_takes_what_the_path_selects() {
    assert_eq!(after(json!([{"op": "remove", "path": "emails"}]), "emails"), Json::Null);
    assert_eq!(
        after(json!([{"op": "remove", "path": "name.givenName"}]), "name"),
        json!({"familyName": "Lovelace"})
    );
    let emails = after(json!([{"op": "remove", "path": r#"emails[type eq "work"]"#}]), "emails");
    assert_eq!(emails, json!([{"value": "ada@home.example", "type": "home"}]));
    let both = r#"emails[type eq "work" or value ew "home.example"]"#;
    assert_eq!(after(json!([{"op": "remove", "path": both}]), "emails"), Json::Null);
    let part = r#"emails[type eq "work"].type"#;
    assert_eq!(after(json!([{"op": "remove", "path": part}]), "emails")[0].get("type"), None);
    let by_value = json!([{"op": "remove", "path": "emails", "value": [{"value": "ada@work.example"}]}]);
    assert_eq!(after(by_value, "emails").as_array().unwrap().len(), 1);
}

#[test]
fn entra_is_understood() {
    let operations = json!([
        {"op": "Replace", "path": "active", "value": "False"},
        {"op": "Add", "path": "name.givenName", "value": "Augusta"},
        {"op": "Replace", "path": "userName", "value": "augusta@example.com"},
        {"op": "Add", "path": r#"phoneNumbers[type eq "mobile"].value"#, "value": "+44 20 7946 0000"},
        {"op": "Replace", "path": r#"emails[type eq "other"].value"#, "value": "other@example.com"},
        {"op": "Add", "path": "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department", "value": "Engines"},
    ]);
    let patched = patched(operations).unwrap();
    let attributes = patched.resource.attributes();
    assert!(!patched.resource.is_active());
    assert_eq!(attributes["active"], false);
    assert_eq!(attributes["name"]["givenName"], "Augusta");
    assert_eq!(attributes["userName"], "augusta@example.com");
    assert_eq!(attributes["phoneNumbers"], json!([{"type": "mobile", "value": "+44 20 7946 0000"}]));
    assert_eq!(attributes["emails"][2], json!({"type": "other", "value": "other@example.com"}));
    assert_eq!(attributes[ENTERPRISE], json!({"department": "Engines"}));
    let touched: Vec<&str> = patched.touched.iter().map(String::as_str).collect();
    assert_eq!(touched, ["active", "emails", "name.givenName", "phoneNumbers", ENTERPRISE, "userName"]);
}

#[test]
fn entra_s_dotted_names_without_a_path_are_paths() {
    let value = json!({
        "displayName": "A. L.", "name.givenName": "Augusta", "name.familyName": "King", "active": "False",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber": "1815",
        "emails[type eq \"work\"].value": "a@example.com", "id": "2819c223", "meta": {"x": 1}, "password": "p",
    });
    let patched = patched(json!([{"op": "replace", "value": value}])).unwrap();
    let attributes = patched.resource.attributes();
    assert_eq!(attributes["name"], json!({"familyName": "King", "givenName": "Augusta"}));
    assert_eq!((&attributes["active"], &attributes["displayName"]), (&json!(false), &json!("A. L.")));
    assert_eq!(attributes[ENTERPRISE], json!({"employeeNumber": "1815"}));
    assert_eq!(attributes["emails"][0]["value"], "a@example.com");
    assert!(!attributes.contains_key("id") && !attributes.contains_key("meta"));
}

#[test]
fn okta_s_patch_without_a_path_shuts_out_and_lets_in() {
    assert_eq!(after(json!([{"op": "replace", "value": {"active": false}}]), "active"), json!(false));
    let both =
        json!([{"op": "replace", "value": {"active": false}}, {"op": "replace", "value": {"active": true}}]);
    assert_eq!(after(both, "active"), json!(true));
}

#[test]
fn an_extension_is_merged_replaced_in_parts_and_removed_as_a_whole() {
    let whole = json!([
        {"op": "add", "value": {ENTERPRISE: {"employeeNumber": "1", "department": "A"}}},
        {"op": "replace", "path": ENTERPRISE, "value": {"department": "B"}},
        {"op": "remove", "path": format!("{ENTERPRISE}:employeeNumber")},
    ]);
    assert_eq!(after(whole, ENTERPRISE), json!({"department": "B"}));
    let gone =
        json!([{"op": "add", "value": {ENTERPRISE: {"a": "1"}}}, {"op": "remove", "path": ENTERPRISE}]);
    assert_eq!(after(gone, ENTERPRISE), Json::Null);
    let core = json!([{"op": "replace", "path": crate::scim::USER, "value": {"title": "Countess"}}]);
    assert_eq!(after(core, "title"), json!("Countess"));
}

#[test]
fn a_password_is_nowhere_afterwards() {
    let operations = json!([
        {"op": "add", "path": "password", "value": "s3cret"},
        {"op": "replace", "value": {"Password": "s3cret"}},
        {"op": "add", "path": "urn:ietf:params:scim:schemas:core:2.0:User:password", "value": "s3cret"},
        {"op": "add", "path": "urn:x:2.0:User:password", "value": "s3cret"},
        {"op": "add", "path": "x", "value": {"password": "s3cret", "y": [{"PASSWORD": "s3cret"}]}},
        {"op": "add", "path": "x.password", "value": "s3cret"},
        {"op": "add", "path": "y[password eq \"s3cret\"].z", "value": "1"},
    ]);
    let attributes = Json::Object(patched(operations).unwrap().resource.attributes().clone());
    assert!(!attributes.to_string().contains("s3cret"), "{attributes}");
}

#[test]
fn null_and_empty_lists_remove() {
    for value in [json!(null), json!([])] {
        assert_eq!(after(json!([{"op": "replace", "path": "emails", "value": value}]), "emails"), Json::Null);
        assert_eq!(
            after(json!([{"op": "replace", "value": {"displayName": value}}]), "displayName"),
            Json::Null
        );
    }
}

#[test]
fn removing_what_is_not_there_changes_nothing() {
    for path in [
        "title",
        "name.middleName",
        r#"emails[type eq "other"]"#,
        r#"photos[type eq "photo"].value"#,
        "urn:x:2.0:User:y",
    ] {
        assert_eq!(patched(json!([{"op": "remove", "path": path}])).unwrap().resource, ada(), "{path}");
    }
}

#[test]
fn what_cannot_be_changed_is_refused_and_nothing_is() {
    let title = json!({"op": "add", "path": "title", "value": "Countess"});
    for (operation, code) in [
        (json!({"op": "remove", "path": "userName"}), "mutability"),
        (json!({"op": "remove", "path": "externalId"}), "mutability"),
        (json!({"op": "replace", "path": "externalId", "value": null}), "mutability"),
        (json!({"op": "remove", "path": "active"}), "mutability"),
        (json!({"op": "replace", "path": "id", "value": "x"}), "mutability"),
        (json!({"op": "remove", "path": "meta"}), "mutability"),
        (json!({"op": "replace", "path": "userName", "value": ""}), "invalid_value"),
        (json!({"op": "replace", "path": "externalId", "value": ""}), "invalid_value"),
        (json!({"op": "replace", "path": "userName", "value": 5}), "invalid_value"),
        (json!({"op": "replace", "path": "active", "value": "perhaps"}), "invalid_value"),
        (json!({"op": "add", "path": "emails", "value": ["ada@example.com"]}), "invalid_value"),
        (json!({"op": "add", "path": "name", "value": "Ada"}), "invalid_value"),
        (json!({"op": "add", "value": "x"}), "invalid_value"),
        (json!({"op": "add"}), "invalid_value"),
        (json!({"op": "remove"}), "no_target"),
        (json!({"op": "replace", "path": r#"emails[type eq "x"]"#, "value": {"value": "x"}}), "no_target"),
        (json!({"op": "replace", "path": r#"emails[value sw "x"].type"#, "value": "work"}), "no_target"),
        (
            json!({"op": "replace", "path": r#"emails[not (type eq "x") and value pr].a[b pr]"#, "value": 1}),
            "invalid_path",
        ),
        (json!({"op": "remove", "path": "displayName.x"}), "no_target"),
        (json!({"op": "add", "path": "active.x", "value": 1}), "no_target"),
        (json!({"op": "replace", "path": "a b", "value": 1}), "invalid_path"),
        (json!({"op": "replace", "path": 5, "value": 1}), "invalid_path"),
        (json!({"op": "replace", "value": {"a b": 1}}), "invalid_path"),
        (json!({"op": "test", "path": "title"}), "invalid_syntax"),
        (json!({"path": "title", "value": "x"}), "invalid_syntax"),
        (json!("remove"), "invalid_syntax"),
    ] {
        assert_eq!(refusal(json!([title, operation])), code, "{operation}");
    }
    for body in [json!(null), json!([]), json!({}), json!({"Operations": {}})] {
        assert_eq!(patch(&ada(), &body, Reference::ExternalId).unwrap_err().code, "invalid_syntax", "{body}");
    }
    assert_eq!(refusal(vec![title; 501].into()), "invalid_syntax");
}

#[test]
fn the_other_reference_may_go() {
    let operations = json!({"operations": [{"op": "remove", "path": "externalId"}]});
    assert!(patch(&ada(), &operations, Reference::UserName).is_ok());
    assert_eq!(patch(&ada(), &operations, Reference::ExternalId).unwrap_err().code, "mutability");
}

fn any_operation() -> impl Strategy<Value = Json> {
    let paths = [
        "title",
        "name",
        "name.givenName",
        "emails",
        "emails.type",
        "emails[type eq \"work\"]",
        "emails[type eq \"work\"].value",
        "emails[type eq \"new\" and primary eq true].value",
        "photos[value pr]",
        "active",
        "externalId",
        "x",
        "x.y",
        "x[y eq 1].z",
        "urn:x:2.0:User",
        "urn:x:2.0:User:y",
        "urn:x:2.0:User:y[z pr].w",
        "password",
        "schemas",
    ];
    let leaf = prop_oneof![
        Just(json!("True")),
        Just(json!(false)),
        Just(json!("a")),
        Just(json!(null)),
        Just(json!([])),
        Just(json!(7)),
        Just(json!({"value": "a@example.com", "type": "work", "primary": true})),
        Just(json!({"y": 1, "password": "p"})),
    ];
    let list = prop::collection::vec(leaf.clone(), 0..3).prop_map(Json::from);
    let value = prop_oneof![leaf, list];
    let op = prop::sample::select(vec!["add", "Replace", "remove"]);
    (op, prop::option::of(prop::sample::select(paths.to_vec())), value).prop_map(|(op, path, value)| {
        match path {
            Some(path) => json!({"op": op, "path": path, "value": value}),
            None => json!({"op": op, "value": {"emails": value, "name.givenName": "G"}}),
        }
    })
}

proptest! {
    /// RFC 7644 3.5.2.1 to 3.5.2.3: what is there already is not added again, and what is gone stays away.
    #[test]
    fn one_operation_twice_is_one_operation(operation in any_operation()) {
        let body = json!({"Operations": [operation]});
        if let Ok(once) = patch(&ada(), &body, Reference::ExternalId) {
            match patch(&once.resource, &body, Reference::ExternalId) {
                Ok(twice) => prop_assert_eq!(twice.resource, once.resource),
                // A value that was replaced may no longer be what the path selects.
                Err(error) => prop_assert_eq!(error.code, "no_target"),
            }
        }
    }

    #[test]
    fn whatever_is_patched_is_a_whole_user_without_a_password(operations in prop::collection::vec(any_operation(), 0..6)) {
        if let Ok(patched) = patch(&ada(), &json!({"Operations": operations}), Reference::ExternalId) {
            let attributes = Json::Object(patched.resource.attributes().clone());
            prop_assert!(!attributes.to_string().to_lowercase().contains("password"));
            prop_assert_eq!(Resource::read(attributes, Reference::ExternalId), Ok(patched.resource));
        }
    }
}
