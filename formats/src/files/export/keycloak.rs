//! Keycloak's partial import, tried with 26.7.3: a given `id` is kept; whoever is there already, by user name or
//! e-mail address, is skipped; one transaction for each request, so 500 users a file; the same address twice
//! refuses the whole file; an imported account gets no role by itself, and without `offline_access` no refresh
//! token; attributes that the realm's user profile does not declare vanish unless its policy keeps them.

use identity::Field;
use serde_json::{Map, json};

use super::loss::{Kind, LeftOut, Losses};
use super::person::{email, fitting, may_enter, phone};
use super::{Layout, Taken, Target};
use crate::UserLine;

/// Users in one request: they are one transaction.
const CHUNK: u64 = 500;
/// Characters of a name, user name or attribute (`varchar(255)`).
const MOST: usize = 255;

pub(super) struct Keycloak {
    realm: Option<String>,
    taken: Taken,
}

impl Keycloak {
    pub(super) fn new(realm: Option<String>) -> Self {
        Self { realm, taken: Taken::default() }
    }
}

impl Target for Keycloak {
    fn layout(&self) -> Layout {
        let head = r#"{"ifResourceExists":"SKIP","users":["#;
        Layout::json(format!("{head}\n"), |_| "\n]}\n".to_owned()).at_most(CHUNK, usize::MAX)
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        losses.besides(&[
            Field::Email,
            Field::EmailVerified,
            Field::GivenName,
            Field::FamilyName,
            Field::PreferredUsername,
            Field::Picture,
            Field::PhoneNumber,
            Field::PhoneNumberVerified,
            Field::Locale,
            Field::Zoneinfo,
        ]);
        let email = email(user, losses);
        if let Some((address, _)) = email {
            self.taken.email(address)?;
        }
        let fits = |name: &str| {
            name.chars().count() <= MOST && name.chars().all(|c| c.is_alphanumeric() || "._-+".contains(c))
        };
        let name = self.taken.username(user, fits, losses).map(str::to_lowercase);
        let name = name.or(email.map(|(address, _)| address.to_lowercase()));
        let mut account = Map::new();
        account.insert("id".into(), json!(user.id));
        account.insert("username".into(), json!(name.unwrap_or_else(|| user.id.to_string())));
        account.insert("enabled".into(), json!(may_enter(user)));
        if let Some((address, verified)) = email {
            account.insert("email".into(), json!(address));
            account.insert("emailVerified".into(), json!(verified));
        }
        for (key, text, field) in [
            ("firstName", &user.given_name, Field::GivenName),
            ("lastName", &user.family_name, Field::FamilyName),
        ] {
            if let Some(text) = fitting(text, field, MOST, losses) {
                account.insert(key.into(), json!(text));
            }
        }
        account.insert("createdTimestamp".into(), json!(user.created_at.timestamp_millis()));
        account.insert("attributes".into(), attributes(user, losses));
        self.roles(&mut account);
        super::json(&account)
    }
}

impl Keycloak {
    /// The realm's default role. Its name needs the realm's; without it, what a new realm puts into that role.
    fn roles(&self, account: &mut Map<String, serde_json::Value>) {
        match &self.realm {
            Some(realm) => {
                account
                    .insert("realmRoles".into(), json!([format!("default-roles-{}", realm.to_lowercase())]));
            }
            None => {
                account.insert("realmRoles".into(), json!(["offline_access", "uma_authorization"]));
                account.insert("clientRoles".into(), json!({"account": ["manage-account", "view-profile"]}));
            }
        }
    }
}

/// Under the names that Keycloak's own mappers of the scopes `profile` and `phone` read.
fn attributes(user: &UserLine, losses: &mut Losses<'_>) -> serde_json::Value {
    let phone = phone(user, losses);
    let texts = [
        ("picture", fitting(&user.picture, Field::Picture, MOST, losses), Field::Picture),
        ("phoneNumber", phone.as_ref().map(|(number, _)| &**number), Field::PhoneNumber),
        ("locale", fitting(&user.locale, Field::Locale, MOST, losses), Field::Locale),
        ("zoneinfo", fitting(&user.zoneinfo, Field::Zoneinfo, MOST, losses), Field::Zoneinfo),
    ];
    let mut attributes = Map::new();
    for (key, text, _) in texts {
        if let Some(text) = text {
            losses.add(Kind::NoPlace, "attributes, unless the realm's user profile keeps unmanaged ones");
            attributes.insert(key.into(), json!([text]));
        }
    }
    if let Some((_, verified)) = phone {
        attributes.insert("phoneNumberVerified".into(), json!([verified.to_string()]));
    }
    attributes.into()
}
