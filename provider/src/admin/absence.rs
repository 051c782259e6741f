//! How an admin interface says that an account is not there. A bare 404 says nothing: a proxy gives it, and a base
//! address that is wrong. Only the interface's own words count.

use formats::accounts::Interface;
use serde_json::Value as Json;

use crate::http::Answer;

/// The schema of SCIM's errors (RFC 7644 3.12).
const SCIM_ERROR: &str = "urn:ietf:params:scim:api:messages:2.0:Error";

/// Whether the answer says, in the words of this interface, that the account is not there.
pub(super) fn is_absence(of: Interface, answer: &Answer) -> bool {
    // Kinde says it with 400 too.
    let is_its_status = answer.status == 404 || (of == Interface::Kinde && answer.status == 400);
    is_its_status && serde_json::from_slice(&answer.body).is_ok_and(|body| says_absent(of, &body))
}

fn says_absent(of: Interface, body: &Json) -> bool {
    let errors = || body["errors"].as_array().into_iter().flatten();
    match of {
        Interface::Keycloak => body["error"] == "User not found",
        Interface::Auth0 => body["statusCode"] == 404 && body["errorCode"] == "inexistent_user",
        Interface::Kinde => errors().chain([body]).any(|error| names_no_user(&error["code"])),
        Interface::Okta => body["errorCode"] == "E0000007",
        Interface::Entra => body["error"]["code"] == "Request_ResourceNotFound",
        // A route that is not there has the code 5 too, and no details.
        Interface::Zitadel => {
            body["code"] == 5 && body["details"].as_array().is_some_and(|details| !details.is_empty())
        }
        Interface::Authentik => body["detail"] == "No User matches the given query.",
        Interface::Clerk => errors().any(|error| error["code"] == "resource_not_found"),
        Interface::WorkOs => body["code"] == "entity_not_found",
        Interface::Scim => {
            let is_error = body["schemas"].as_array().is_some_and(|all| all.contains(&SCIM_ERROR.into()));
            is_error && (body["status"] == "404" || body["status"] == 404)
        }
    }
}

/// Kinde's codes are in no list.
fn names_no_user(code: &Json) -> bool {
    let code = code.as_str().unwrap_or_default().to_ascii_uppercase();
    code.contains("USER") && (code.contains("NOT_FOUND") || code.contains("NO_SUCH"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn only_the_interface_s_own_words_say_that_there_is_nobody() {
        let own = [
            (Interface::Keycloak, json!({ "error": "User not found" })),
            (
                Interface::Auth0,
                json!({ "statusCode": 404, "error": "Not Found", "errorCode": "inexistent_user" }),
            ),
            (Interface::Kinde, json!({ "errors": [{ "code": "USER_NOT_FOUND", "message": "…" }] })),
            (Interface::Okta, json!({ "errorCode": "E0000007", "errorSummary": "Not found: …" })),
            (Interface::Entra, json!({ "error": { "code": "Request_ResourceNotFound" } })),
            (Interface::Zitadel, json!({ "code": 5, "message": "…", "details": [{ "id": "QUERY-Dfbg2" }] })),
            (Interface::Authentik, json!({ "detail": "No User matches the given query." })),
            (
                Interface::Clerk,
                json!({ "errors": [{ "code": "resource_not_found", "message": "not found" }] }),
            ),
            (Interface::WorkOs, json!({ "code": "entity_not_found", "message": "User not found" })),
            (Interface::Scim, json!({ "schemas": [SCIM_ERROR], "status": "404" })),
        ];
        let others = [
            json!({}),
            json!(null),
            json!([]),
            json!({ "error": "Realm not found." }),
            json!({ "error": "not_found", "code": "NOT_FOUND", "message": "Not Found", "status": 404 }),
            json!({ "statusCode": 404, "error": "Not Found", "message": "Not Found" }),
            json!({ "code": 5, "message": "Not Found", "details": [] }),
            json!({ "detail": "Not Found" }),
            json!({ "errors": [{ "code": "INVALID_ID" }] }),
            json!({ "schemas": [SCIM_ERROR], "status": "400" }),
        ];
        for (of, words) in &own {
            assert!(says_absent(*of, words), "{of} {words}");
            let strange = own.iter().filter(|(other, _)| other != of).map(|(_, words)| words);
            for words in strange.chain(&others) {
                assert!(!says_absent(*of, words), "{of} {words}");
            }
        }
    }
}
