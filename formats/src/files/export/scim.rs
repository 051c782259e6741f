//! SCIM 2.0: a `ListResponse` (RFC 7644 3.4.2) of `User` resources (RFC 7643 4.1), which know no verified flag.

use identity::Field;
use serde_json::{Map, json};

use super::loss::{LeftOut, Losses};
use super::person::may_enter;
use super::{Layout, Taken, Target};
use crate::UserLine;

#[derive(Default)]
pub(super) struct Scim(Taken);

impl Target for Scim {
    fn layout(&self) -> Layout {
        let head = r#"{"schemas":["urn:ietf:params:scim:api:messages:2.0:ListResponse"],"startIndex":1,"Resources":["#;
        Layout::json(format!("{head}\n"), |users| {
            format!("\n],\"itemsPerPage\":{users},\"totalResults\":{users}}}\n")
        })
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        losses.besides(&[
            Field::Email,
            Field::Name,
            Field::GivenName,
            Field::FamilyName,
            Field::PreferredUsername,
            Field::Picture,
            Field::PhoneNumber,
            Field::Locale,
            Field::Zoneinfo,
        ]);
        let mut resource = Map::new();
        resource.insert("schemas".into(), json!(["urn:ietf:params:scim:schemas:core:2.0:User"]));
        resource.insert("id".into(), json!(user.id));
        resource.insert("externalId".into(), json!(user.id));
        let name = self.0.username(user, |_| true, losses).map(str::to_owned);
        resource.insert("userName".into(), json!(name.unwrap_or_else(|| user.id.to_string())));
        let mut name = Map::new();
        for (key, text) in
            [("formatted", &user.name), ("givenName", &user.given_name), ("familyName", &user.family_name)]
        {
            if let Some(text) = text {
                name.insert(key.into(), json!(text));
            }
        }
        if !name.is_empty() {
            resource.insert("name".into(), name.into());
        }
        for (key, text) in
            [("displayName", &user.name), ("locale", &user.locale), ("timezone", &user.zoneinfo)]
        {
            if let Some(text) = text {
                resource.insert(key.into(), json!(text));
            }
        }
        for (key, text, kind) in [
            ("emails", &user.email, "other"),
            ("phoneNumbers", &user.phone_number, "other"),
            ("photos", &user.picture, "photo"),
        ] {
            if let Some(text) = text {
                resource.insert(key.into(), json!([{"value": text, "type": kind, "primary": true}]));
            }
        }
        resource.insert("active".into(), json!(may_enter(user)));
        let meta =
            json!({"resourceType": "User", "created": user.created_at, "lastModified": user.updated_at});
        resource.insert("meta".into(), meta);
        super::json(&resource)
    }
}
