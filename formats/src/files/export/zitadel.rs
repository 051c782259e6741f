//! Zitadel's `ImportData` (Admin API; `zitadel.management.v1.ImportHumanUserRequest`): user name, both names and
//! an e-mail address are required. `isEmailVerified` says what we know, where Zitadel's own tool says `true`.

use identity::Field;
use serde_json::{Map, json};

use super::loss::{LeftOut, Losses};
use super::person::{fitting, must_enter, phone, required_email, required_names};
use super::{Layout, Missing, Taken, Target};
use crate::UserLine;

pub(super) struct Zitadel {
    organization: String,
    taken: Taken,
}

impl Zitadel {
    pub(super) fn new(organization: Option<String>) -> Result<Self, Missing> {
        Ok(Self { organization: organization.ok_or(Missing::Organization)?, taken: Taken::default() })
    }
}

impl Target for Zitadel {
    fn layout(&self) -> Layout {
        let head = r#"{"timeout":"30m0s","dataOrgs":{"orgs":[{"orgId":"#;
        let organization = json!(self.organization);
        // A message of gRPC is at most 4 MB unless the server is told otherwise.
        Layout::json(format!("{head}{organization},\"humanUsers\":[\n"), |_| "\n]}]}}\n".to_owned())
            .at_most(u64::MAX, 4_000_000)
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        must_enter(user)?;
        losses.besides(&[
            Field::Email,
            Field::EmailVerified,
            Field::Name,
            Field::GivenName,
            Field::FamilyName,
            Field::PreferredUsername,
            Field::PhoneNumber,
            Field::PhoneNumberVerified,
            Field::Locale,
        ]);
        let (address, verified) = required_email(user, losses)?;
        self.taken.email(address)?;
        let (given, family) = required_names(user, 200, losses);
        let name = self.taken.username(
            user,
            |name| name.len() <= 200 && !name.contains(char::is_whitespace),
            losses,
        );
        let mut profile = Map::new();
        profile.insert("firstName".into(), json!(given));
        profile.insert("lastName".into(), json!(family));
        if let Some(name) = fitting(&user.name, Field::Name, 200, losses) {
            profile.insert("displayName".into(), json!(name));
        }
        if let Some(tag) = fitting(&user.locale, Field::Locale, 10, losses) {
            profile.insert("preferredLanguage".into(), json!(tag.replace('_', "-")));
        }
        let mut human = Map::new();
        human.insert("userName".into(), json!(name.unwrap_or(address)));
        human.insert("profile".into(), profile.into());
        human.insert("email".into(), json!({"email": address, "isEmailVerified": verified}));
        if let Some((number, verified)) = phone(user, losses) {
            human.insert("phone".into(), json!({"phone": number, "isPhoneVerified": verified}));
        }
        super::json(&json!({"userId": user.id, "user": human}))
    }
}
