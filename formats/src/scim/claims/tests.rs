//! What a resource means.

use serde_json::json;

use super::*;
use crate::scim::patch;

fn resource(body: Json) -> Resource {
    Resource::read(body, Reference::ExternalId).unwrap()
}

fn ada() -> Json {
    json!({
        "schemas": [USER], "userName": "ada", "externalId": "Ada-1", "displayName": "Ada L.", "title": "Countess",
        "name": {"formatted": "Ada Lovelace", "familyName": "Lovelace", "givenName": "Ada", "middleName": "K."},
        "nickName": "A", "profileUrl": "https://example.com/ada", "locale": "en-GB", "preferredLanguage": "en",
        "timezone": "Europe/London", "active": true,
        "emails": [{"value": "home@example.com", "type": "home"}, {"value": "work@example.com", "type": "Work"}],
        "phoneNumbers": [{"value": "1", "type": "work"}, {"value": "(2) 3", "primary": true}],
        "photos": [{"value": "https://example.com/t.png", "type": "thumbnail"}, {"value": "https://example.com/p.png", "type": "photo"}],
        "password": "s3cret",
    })
}

#[test]
fn a_user_means_all_its_claims_and_speaks_for_silence() {
    let heard = heard(&resource(ada()), Reference::ExternalId).unwrap();
    assert_eq!(
        Json::Object(heard.claims),
        json!({
            "preferred_username": "ada", "name": "Ada L.", "given_name": "Ada", "family_name": "Lovelace",
            "middle_name": "K.", "nickname": "A", "profile": "https://example.com/ada", "email": "work@example.com",
            "phone_number": "(2) 3", "picture": "https://example.com/p.png", "locale": "en-GB",
            "zoneinfo": "Europe/London", "title": "Countess", "externalId": "Ada-1",
        })
    );
    let Extent::Full(spoken_of) = heard.extent else { panic!("a PUT is full") };
    for claim in ["preferred_username", "name", "email", "phone_number", "picture", "zoneinfo", "title"] {
        assert!(spoken_of.contains(claim), "{claim}");
    }
    // SCIM has no word for what was verified, so its silence says nothing.
    assert!(!spoken_of.contains("email_verified") && !spoken_of.contains("phone_number_verified"));
    assert_eq!((heard.reference.as_str(), heard.standing), ("Ada-1", Some(Standing::Present)));
}

#[test]
fn inactive_is_blocked() {
    let user = resource(json!({"userName": "ada", "externalId": "1", "active": "False"}));
    assert_eq!(heard(&user, Reference::ExternalId).unwrap().standing, Some(Standing::Blocked));
    assert_eq!(heard(&user, Reference::UserName).unwrap().reference, "ada");
}

#[test]
fn of_several_values_the_primary_counts_then_the_usual_then_the_first() {
    let email = |emails: Json| {
        let user = resource(json!({"userName": "ada", "externalId": "1", "emails": emails}));
        claims(&user).get("email").cloned()
    };
    let (home, work) = (json!({"value": "h", "type": "home"}), json!({"value": "w", "type": "WORK"}));
    let primary = json!({"value": "p", "primary": true, "type": "other"});
    assert_eq!(email(json!([home, work, primary])), Some(json!("p")));
    assert_eq!(email(json!([home, work])), Some(json!("w")));
    assert_eq!(email(json!([home])), Some(json!("h")));
    assert_eq!(email(json!([{"type": "work", "primary": true}, home])), Some(json!("h")));
    assert_eq!(email(json!([{"value": "", "primary": true}])), None);
    assert_eq!(email(json!([])), None);
}

fn heard_after(operations: Json) -> Heard {
    let patched = patch(&resource(ada()), &json!({"Operations": operations}), Reference::ExternalId).unwrap();
    heard_of_patch(&patched, Reference::ExternalId).unwrap()
}

#[test]
fn a_patch_says_what_it_names_and_nothing_else() {
    let said = heard_after(json!([{"op": "replace", "value": {"active": "False"}}]));
    assert_eq!(
        (said.claims.len(), &said.extent, said.standing),
        (0, &Extent::Partial, Some(Standing::Blocked))
    );
    let said = heard_after(json!([{"op": "replace", "path": "name.familyName", "value": "King"}]));
    assert_eq!(Json::Object(said.claims), json!({"family_name": "King"}));
    assert_eq!((said.extent, said.standing), (full(["family_name"]), None));
    let said = heard_after(json!([{"op": "add", "path": "title", "value": "Lady"}]));
    assert_eq!((Json::Object(said.claims), said.extent), (json!({"title": "Lady"}), full(["title"])));
}

#[test]
fn what_a_patch_removes_is_cleared_or_gives_way() {
    let said = heard_after(json!([{"op": "remove", "path": "emails"}]));
    assert_eq!((said.claims.len(), said.extent), (0, full(["email"])));
    let said = heard_after(json!([{"op": "remove", "path": "displayName"}]));
    assert_eq!(Json::Object(said.claims), json!({"name": "Ada Lovelace"}));
    // The full name stands behind the display name, and is not what people read.
    let said = heard_after(json!([{"op": "replace", "path": "name.formatted", "value": "A. King"}]));
    assert_eq!((said.claims.len(), said.extent), (0, Extent::Partial));
    let said = heard_after(json!([{"op": "remove", "path": "name"}]));
    assert_eq!(said.extent, full(["given_name", "family_name", "middle_name"]));
}

#[test]
fn a_part_of_an_extension_is_said_with_the_extension() {
    let path = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department";
    let said = heard_after(json!([{"op": "add", "path": path, "value": "D"}]));
    let extension =
        json!({"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"department": "D"}});
    assert_eq!(Json::Object(said.claims), extension);
    let said = heard_after(json!([{"op": "remove", "path": "title"}]));
    assert_eq!((said.claims.len(), said.extent), (0, full(["title"])));
}

#[test]
fn claims_become_a_resource_and_that_the_claims() {
    let claims_of_ada = json!({
        "preferred_username": "ada", "name": "Ada L.", "given_name": "Ada", "family_name": "Lovelace",
        "middle_name": "K.", "nickname": "A", "profile": "https://example.com/ada", "email": "a@example.com",
        "phone_number": "+44", "picture": "https://example.com/p.png", "locale": "en-GB", "zoneinfo": "Europe/London",
    });
    let resource = from_claims(claims_of_ada.as_object().unwrap(), "1", false);
    assert!(!resource.is_active());
    let mut back = claims(&resource);
    assert_eq!(back.remove("externalId"), Some(json!("1")));
    assert_eq!(Json::Object(back), claims_of_ada);
    let bare = from_claims(&Claims::new(), "1", true);
    assert_eq!(
        Resource::read(Json::Object(bare.attributes().clone()), Reference::ExternalId),
        Ok(bare.clone())
    );
    assert_eq!(bare.attributes()["userName"], "1");
}
