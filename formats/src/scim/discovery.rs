//! What a client may ask about the server itself (RFC 7644 4): each attribute with what becomes of it, and nothing null.

use serde_json::{Value as Json, json};

use super::schema::{self, Access, Attribute, Kind};
use super::{Page, Reference, USER};

const SCHEMA: &str = "urn:ietf:params:scim:schemas:core:2.0:Schema";
const RESOURCE_TYPE: &str = "urn:ietf:params:scim:schemas:core:2.0:ResourceType";
const CONFIG: &str = "urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig";

/// `GET /ServiceProviderConfig`. `base` is the address before it, without a slash at its end.
pub fn service_provider_config(base: &str) -> Json {
    json!({
        "schemas": [CONFIG],
        "patch": {"supported": true},
        "bulk": {"supported": false, "maxOperations": 0, "maxPayloadSize": 0},
        "filter": {"supported": true, "maxResults": 200},
        "changePassword": {"supported": false},
        "sort": {"supported": true},
        "etag": {"supported": true},
        "authenticationSchemes": [{
            "type": "oauthbearertoken",
            "name": "Bearer token",
            "description": "The token that the operator set for this provider, as Authorization: Bearer.",
            "specUri": "https://www.rfc-editor.org/info/rfc6750",
            "primary": true,
        }],
        "meta": {"resourceType": "ServiceProviderConfig", "location": format!("{base}/ServiceProviderConfig")},
    })
}

/// `GET /ResourceTypes`.
pub fn resource_types(base: &str) -> Json {
    all(vec![resource_type(base)])
}

/// `GET /ResourceTypes/User`.
pub fn resource_type(base: &str) -> Json {
    json!({
        "schemas": [RESOURCE_TYPE],
        "id": "User",
        "name": "User",
        "description": "A user, as this provider knows them.",
        "endpoint": "/Users",
        "schema": USER,
        "schemaExtensions": [],
        "meta": {"resourceType": "ResourceType", "location": format!("{base}/ResourceTypes/User")},
    })
}

/// `GET /Schemas`.
pub fn schemas(base: &str, reference: Reference) -> Json {
    all(vec![schema(base, reference)])
}

/// `GET /Schemas/urn:ietf:params:scim:schemas:core:2.0:User`.
pub fn schema(base: &str, reference: Reference) -> Json {
    let attributes: Vec<Json> =
        schema::USER.iter().map(|attribute| described(attribute, reference)).collect();
    json!({
        "schemas": [SCHEMA],
        "id": USER,
        "name": "User",
        "description": "A user, as this provider knows them.",
        "attributes": attributes,
        "meta": {"resourceType": "Schema", "location": format!("{base}/Schemas/{USER}")},
    })
}

fn all(resources: Vec<Json>) -> Json {
    let resources = resources.into_iter().filter_map(|one| one.as_object().cloned()).collect::<Vec<_>>();
    Page { total: resources.len(), start_index: 1, resources }.body()
}

fn described(attribute: &Attribute, reference: Reference) -> Json {
    let kind = match attribute.kind {
        Kind::Text => "string",
        Kind::Reference => "reference",
        Kind::Flag => "boolean",
        Kind::Complex(_) => "complex",
    };
    let (mutability, returned) = match attribute.access {
        Access::ReadWrite => ("readWrite", "default"),
        Access::ReadOnly => ("readOnly", "default"),
        Access::Never => ("writeOnly", "never"),
    };
    let mut described = json!({
        "name": attribute.name,
        "type": kind,
        "description": attribute.description,
        "multiValued": attribute.multi_valued,
        "required": attribute.required || attribute.name == reference.attribute(),
        "mutability": mutability,
        "returned": returned,
        "caseExact": attribute.case_exact,
        "uniqueness": if attribute.unique { "server" } else { "none" },
    });
    match attribute.kind {
        Kind::Reference => described["referenceTypes"] = json!(["external"]),
        Kind::Complex(parts) => {
            described["subAttributes"] = parts.iter().map(|part| described_part(part, reference)).collect();
        }
        Kind::Text | Kind::Flag => {}
    }
    described
}

/// A part has no parts of its own.
fn described_part(part: &Attribute, reference: Reference) -> Json {
    match part.kind {
        Kind::Complex(_) => json!({}),
        _ => described(part, reference),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const BASE: &str = "https://example.com/scim/v2/main";

    fn has_null(value: &Json) -> bool {
        match value {
            Json::Null => true,
            Json::Array(list) => list.iter().any(has_null),
            Json::Object(object) => object.values().any(has_null),
            _ => false,
        }
    }

    #[test]
    fn nothing_is_null_and_each_says_where_it_is() {
        for one in [
            service_provider_config(BASE),
            resource_type(BASE),
            schema(BASE, Reference::ExternalId),
            resource_types(BASE),
            schemas(BASE, Reference::UserName),
        ] {
            assert!(!has_null(&one), "{one}");
            let places = one["Resources"].as_array().cloned().unwrap_or(vec![one]);
            assert!(places.iter().all(|one| one["meta"]["location"].as_str().unwrap().starts_with(BASE)));
        }
    }

    #[test]
    fn what_is_required_is_said_so_and_a_password_is_never_shown() {
        for (reference, expected) in [
            (Reference::ExternalId, vec!["userName", "externalId", "active"]),
            (Reference::UserName, vec!["userName", "active"]),
        ] {
            let schema = schema(BASE, reference);
            let attributes = schema["attributes"].as_array().unwrap();
            let name = |one: &Json| one["name"].as_str().unwrap().to_owned();
            let required: Vec<String> =
                attributes.iter().filter(|one| one["required"] == true).map(name).collect();
            assert_eq!(required, expected);
            let of = |name| attributes.iter().find(|one| one["name"] == name).unwrap();
            let said = |one: &Json| (one["mutability"].clone(), one["returned"].clone());
            assert_eq!(said(of("password")), (json!("writeOnly"), json!("never")));
            assert_eq!(said(of("groups")), (json!("readOnly"), json!("default")));
            assert_eq!(said(of("addresses")), (json!("readWrite"), json!("default")));
        }
    }

    #[test]
    fn every_part_of_a_complex_attribute_is_described() {
        for attribute in schema(BASE, Reference::ExternalId)["attributes"].as_array().unwrap() {
            let parts = attribute.get("subAttributes").and_then(Json::as_array);
            assert_eq!(attribute["type"] == "complex", parts.is_some());
            assert!(parts.is_none_or(|parts| {
                parts.iter().all(|part| part["type"] != "complex" && part["name"].is_string())
            }));
        }
    }
}
