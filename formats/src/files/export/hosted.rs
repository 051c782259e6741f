//! Hosted services that take JSON: Auth0's bulk import, Kinde's NDJSON, the records of Clerk's migration tool.

use identity::Field;
use serde_json::{Map, Value, json};

use super::loss::{LeftOut, Losses};
use super::person::{email, fitting, full_name, may_enter, must_enter, phone, required_email};
use super::{Layout, Taken, Target};
use crate::UserLine;

/// Auth0: an array in files of at most 500 kB; a key that its schema does not name fails the record. `user_id`
/// gets `auth0|` before it. Users are matched by their address.
#[derive(Default)]
pub(super) struct Auth0(Taken);

impl Target for Auth0 {
    fn layout(&self) -> Layout {
        Layout::json("[\n", |_| "\n]\n".to_owned()).at_most(u64::MAX, 500_000)
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        losses.besides(&[
            Field::Email,
            Field::EmailVerified,
            Field::Name,
            Field::GivenName,
            Field::FamilyName,
            Field::Picture,
            Field::PhoneNumber,
            Field::PhoneNumberVerified,
            Field::Locale,
            Field::Zoneinfo,
        ]);
        let (address, verified) = required_email(user, losses)?;
        self.0.email(address)?;
        let mut account = Map::new();
        account.insert("user_id".into(), json!(user.id));
        account.insert("email".into(), json!(address));
        account.insert("email_verified".into(), json!(verified));
        for (text, field, most) in [
            (&full_name(user), Field::Name, 300),
            (&user.given_name, Field::GivenName, 150),
            (&user.family_name, Field::FamilyName, 150),
        ] {
            put(&mut account, field.as_str(), fitting(text, field, most, losses));
        }
        let web =
            user.picture.clone().filter(|url| url.starts_with("https://") || url.starts_with("http://"));
        if web.is_none() && user.picture.is_some() {
            losses.no_place(Field::Picture);
        }
        put(&mut account, "picture", web);
        if let Some((number, verified)) = phone(user, losses) {
            account.insert("phone_number".into(), json!(number));
            account.insert("phone_verified".into(), json!(verified));
        }
        if !may_enter(user) {
            account.insert("blocked".into(), json!(true));
        }
        let mut metadata = Map::new();
        put(&mut metadata, "locale", user.locale.as_ref());
        put(&mut metadata, "zoneinfo", user.zoneinfo.as_ref());
        if !metadata.is_empty() {
            account.insert("user_metadata".into(), metadata.into());
        }
        super::json(&account)
    }
}

/// Kinde: one user a line, at most 49 MB; an address or a number is required; `id` comes back as `provided_id`;
/// rows that exist are skipped.
#[derive(Default)]
pub(super) struct Kinde(Taken);

impl Target for Kinde {
    fn layout(&self) -> Layout {
        Layout::lines("ndjson", Vec::new()).at_most(u64::MAX, 49_000_000)
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        must_enter(user)?;
        losses.besides(&[
            Field::Email,
            Field::EmailVerified,
            Field::GivenName,
            Field::FamilyName,
            Field::PreferredUsername,
            Field::PhoneNumber,
            Field::PhoneNumberVerified,
        ]);
        let mut identities = Vec::new();
        if let Some((address, verified)) = email(user, losses) {
            self.0.email(address)?;
            identities.push(json!({"type": "email", "identity": address, "is_verified": verified}));
        }
        if let Some((number, verified)) = self.0.phone(user, losses) {
            identities.push(json!({"type": "phone", "identity": number, "is_verified": verified}));
        }
        if identities.is_empty() {
            return Err(LeftOut("neither an e-mail address nor a telephone number that fits"));
        }
        if let Some(name) = self.0.username(user, is_plain_username, losses) {
            identities.push(json!({"type": "username", "identity": name}));
        }
        let mut account = Map::new();
        account.insert("id".into(), json!(user.id));
        put(&mut account, "first_name", fitting(&user.given_name, Field::GivenName, 255, losses));
        put(&mut account, "last_name", fitting(&user.family_name, Field::FamilyName, 255, losses));
        account.insert("identities".into(), identities.into());
        super::json_line(&account)
    }
}

/// Clerk's migration tool: `userId` becomes `external_id`; each record needs a verified address or number, for
/// what stands under `email` and `phone` counts as verified there.
#[derive(Default)]
pub(super) struct Clerk(Taken);

impl Target for Clerk {
    fn layout(&self) -> Layout {
        Layout::json("[\n", |_| "\n]\n".to_owned())
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        must_enter(user)?;
        losses.besides(&[
            Field::Email,
            Field::EmailVerified,
            Field::GivenName,
            Field::FamilyName,
            Field::PreferredUsername,
            Field::PhoneNumber,
            Field::PhoneNumberVerified,
        ]);
        let mut account = Map::new();
        account.insert("userId".into(), json!(user.id));
        let email = email(user, losses);
        let phone = self.0.phone(user, losses);
        let vouched =
            email.is_some_and(|(_, verified)| verified) || phone.as_ref().is_some_and(|(_, yes)| *yes);
        if !vouched {
            return Err(LeftOut("neither a verified e-mail address nor a verified telephone number"));
        }
        if let Some((address, verified)) = email {
            self.0.email(address)?;
            account
                .insert(if verified { "email" } else { "unverifiedEmailAddresses" }.into(), json!(address));
        }
        if let Some((number, verified)) = phone {
            account.insert(if verified { "phone" } else { "unverifiedPhoneNumbers" }.into(), json!(number));
        }
        let clerks = |name: &str| is_plain_username(name) && (4..=64).contains(&name.len());
        put(&mut account, "username", self.0.username(user, clerks, losses));
        put(&mut account, "firstName", fitting(&user.given_name, Field::GivenName, 255, losses));
        put(&mut account, "lastName", fitting(&user.family_name, Field::FamilyName, 255, losses));
        account.insert("createdAt".into(), json!(user.created_at));
        super::json(&account)
    }
}

fn is_plain_username(name: &str) -> bool {
    name.len() <= 64 && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_' || b == b'-')
}

fn put(account: &mut Map<String, Value>, key: &str, text: Option<impl Into<String>>) {
    if let Some(text) = text {
        account.insert(key.to_owned(), Value::String(text.into()));
    }
}
