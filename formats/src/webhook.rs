//! What providers push to `POST /hooks/{provider}`: is a delivery theirs, and what does it say? A delivery is
//! judged by the raw bytes that were received. No payload is believed about its issuer.
//!
//! A refusal here is the sender's fault. A fault of ours must be answered 5xx: a 4xx makes most senders give up.

mod auth0;
mod clerk;
mod keycloak;
mod kinde;
mod logto;
mod okta;
mod record;
mod set;
mod signature;
mod standard;
mod workos;
mod zitadel;

use identity::Timestamp;

use crate::Heard;

pub(crate) use auth0::{OF_AUTH0, linked as linked_accounts};
pub(crate) use clerk::user as clerk_user;
pub use keycloak::is_body_of;
pub use okta::challenge;
pub use signature::{Refused, TOLERANCE_SECONDS};
pub(crate) use workos::user as workos_user;

/// How a provider's webhooks look (`OIDC_WEBHOOK_FORMAT`).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    strum::Display,
    strum::EnumString,
    strum::IntoStaticStr,
    strum::VariantArray,
)]
#[strum(serialize_all = "lowercase")]
pub enum Format {
    /// A JWT signed by the tenant's keys. What is read is its verified payload.
    Kinde,
    /// Standard Webhooks and Svix; Clerk's users are understood.
    Standard,
    /// Event Streams (CloudEvents).
    Auth0,
    /// WorkOS events.
    Workos,
    /// Logto's hooks.
    Logto,
    /// Keycloak with the Phase Two extension `keycloak-events`.
    Keycloak,
    /// Zitadel's actions v2, on events.
    Zitadel,
    /// Okta's event hooks.
    Okta,
    /// Security event tokens (RFC 8417) with RISC and CAEP events. What is read is the verified payload.
    Set,
}

/// One request.
pub struct Delivery<'a> {
    /// A header by its lower-case name.
    pub header: &'a dyn Fn(&str) -> Option<&'a str>,
    /// The raw body; of a JWT, its verified payload.
    pub body: &'a [u8],
    /// The issuer of the provider that the address belongs to.
    pub issuer: &'a str,
}

/// One thing that a delivery says.
#[derive(Clone, Debug, PartialEq)]
pub struct Message {
    /// The sender's id, the same each time it is sent; what cannot have one has a digest of the body.
    pub id: String,
    /// The event's own time, else the record's; none where the time of receipt counts.
    pub at: Option<Timestamp>,
    /// The sender's name for what happened.
    pub kind: String,
    /// What it says.
    pub said: Said,
}

/// One message of a delivery, and a body that says nothing else; none where it is the only one.
pub type Part = (Message, Option<Vec<u8>>);

/// What a message says.
#[derive(Clone, Debug, PartialEq)]
pub enum Said {
    /// All that the provider would say.
    Heard(Heard),
    /// A part, or nothing but whom: the user should be read again at the provider.
    Changed(Heard),
    /// The sessions of this reference ended at the provider.
    SessionsEnded(String),
    /// Nothing about a user that is kept.
    Ignored,
    /// It should be kept and looked at.
    Unreadable(Unreadable),
}

/// Why a delivery, or one message of it, is not understood. The names are stable; nothing of it is repeated.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Unreadable {
    /// No JSON object.
    #[error("not_an_object: the body is no JSON object")]
    NotAnObject,
    /// Without what every message of the format has.
    #[error(
        "not_this_format: the message lacks what every message of this format has; see OIDC_WEBHOOK_FORMAT"
    )]
    NotThisFormat,
    /// A token of the same keys that was made for something else.
    #[error("another_token: this is a token for logging in or for an interface, and no webhook")]
    AnotherToken,
    /// Nobody is named, or two are.
    #[error("no_reference: the message does not say whom it is about")]
    NoReference,
    /// The subject is another issuer's.
    #[error("another_issuer: the subject is not this provider's")]
    AnotherIssuer,
}

impl Unreadable {
    /// The stable name.
    pub fn code(self) -> &'static str {
        self.into()
    }
}

impl Format {
    /// Every format.
    pub const ALL: &[Format] = <Format as strum::VariantArray>::VARIANTS;
}

impl Delivery<'_> {
    /// Whether the delivery was made by who knows one of these secrets, within five minutes of `now` where its time
    /// is signed.
    ///
    /// # Errors
    /// What is missing or wrong. `kinde` and `set` are verified by the provider's keys and not here.
    pub fn verify(&self, format: Format, secrets: &[&str], now: Timestamp) -> Result<(), Refused> {
        signature::verify(self, format, secrets, now)
    }

    /// What a verified delivery says. Most say one thing; of several, one that is not understood leaves the others.
    ///
    /// # Errors
    /// Why the delivery as a whole is not understood.
    pub fn read(&self, format: Format) -> Result<Vec<Message>, Unreadable> {
        let body = record::object(self.body)?;
        match format {
            Format::Kinde => kinde::read(&body).map(|message| vec![message]),
            Format::Standard => standard::read(&body, self).map(|message| vec![message]),
            Format::Auth0 => auth0::read(&body).map(|message| vec![message]),
            Format::Workos => workos::read(&body).map(|message| vec![message]),
            Format::Logto => logto::read(&body, self.body).map(|message| vec![message]),
            Format::Keycloak => keycloak::read(&body).map(|message| vec![message]),
            Format::Zitadel => zitadel::read(&body).map(|message| vec![message]),
            Format::Okta => okta::read(&body),
            Format::Set => set::read(&body, self.issuer),
        }
    }

    /// As [`Delivery::read`]; of several messages, each with a body that says nothing else.
    ///
    /// # Errors
    /// Why the delivery as a whole is not understood.
    pub fn split(&self, format: Format) -> Result<Vec<Part>, Unreadable> {
        let messages = self.read(format)?;
        if messages.len() < 2 {
            return Ok(whole(messages));
        }
        let body = record::object(self.body)?;
        let parts = match format {
            Format::Okta => okta::split(body),
            Format::Set => set::split(body),
            // They say one thing each.
            Format::Kinde
            | Format::Standard
            | Format::Auth0
            | Format::Workos
            | Format::Logto
            | Format::Keycloak
            | Format::Zitadel => return Ok(whole(messages)),
        };
        let bodies = parts.into_iter().map(|part| serde_json::to_vec(&part).ok());
        Ok(messages.into_iter().zip(bodies).collect())
    }
}

/// Each with the delivery as it came.
fn whole(messages: Vec<Message>) -> Vec<Part> {
    messages.into_iter().map(|message| (message, None)).collect()
}

#[cfg(test)]
mod tests;
