//! `firebase auth:import`, as firebase-tools 15 checks it (`src/accountImporter.ts`): `{"users":[…]}` with the
//! keys it names and no other; times in milliseconds, as texts. A telephone number is a way to log in there, so
//! only a verified one goes out. A Google account that is linked here keeps its button there: Google's `sub` is
//! the same for every client.

use identity::Field;
use serde_json::{Map, json};

use super::loss::{LeftOut, Losses};
use super::person::{email, fitting, full_name, may_enter};
use super::{Layout, Taken, Target};
use crate::UserLine;

const GOOGLE: &str = "https://accounts.google.com";

#[derive(Default)]
pub(super) struct Firebase(Taken);

impl Target for Firebase {
    fn layout(&self) -> Layout {
        Layout::json("{\"users\":[\n", |_| "\n]}\n".to_owned())
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        losses.besides(&[
            Field::Email,
            Field::EmailVerified,
            Field::Name,
            Field::Picture,
            Field::PhoneNumber,
        ]);
        let mut account = Map::new();
        account.insert("localId".into(), json!(user.id));
        if let Some((address, verified)) = email(user, losses) {
            self.0.email(address)?;
            account.insert("email".into(), json!(address));
            account.insert("emailVerified".into(), json!(verified));
        }
        if let Some(name) = fitting(&full_name(user), Field::Name, 256, losses) {
            account.insert("displayName".into(), json!(name));
        }
        if let Some(picture) = fitting(&user.picture, Field::Picture, 2048, losses) {
            account.insert("photoUrl".into(), json!(picture));
        }
        if user.phone_number_verified == Some(true) {
            if let Some((number, _)) = self.0.phone(user, losses) {
                account.insert("phoneNumber".into(), json!(number));
            }
        } else if user.phone_number.is_some() {
            losses.no_place(Field::PhoneNumber);
        }
        account.insert("createdAt".into(), json!(user.created_at.timestamp_millis().to_string()));
        if let Some(at) = user.last_login_at {
            account.insert("lastSignedInAt".into(), json!(at.timestamp_millis().to_string()));
        }
        if !may_enter(user) {
            account.insert("disabled".into(), json!(true));
        }
        let google = user.identities.iter().filter(|one| one.issuer == GOOGLE);
        let linked: Vec<_> =
            google.take(1).map(|one| json!({"providerId": "google.com", "rawId": one.subject})).collect();
        if !linked.is_empty() {
            account.insert("providerUserInfo".into(), linked.into());
        }
        super::json(&account)
    }
}
