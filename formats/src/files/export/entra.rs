//! Entra ID's "Bulk invite" CSV: the version, the headings, one guest a row. "Bulk create" wants a password and
//! a name in a domain of the tenant, which we have not. Addresses may hold few special characters.

use identity::Field;

use super::cells::row;
use super::loss::{LeftOut, Losses};
use super::person::{must_enter, required_email};
use super::{Layout, Missing, Taken, Target};
use crate::UserLine;

const HEAD: &str = "version:v1.0\r\n\
    Email address to invite [inviteeEmail] Required,Redirection url [inviteRedirectURL] Required,\
    Send invitation message (true or false) [sendEmail],Customized invitation message [customizedMessageBody]\r\n";

/// What `invitedUserEmailAddress` may not hold (Microsoft Graph, resource `invitation`).
const REFUSED: &str = "~!#$%^&*()+=[]{}\\/|;:\"'<>?,";

pub(super) struct Entra {
    arrival: String,
    taken: Taken,
}

impl Entra {
    pub(super) fn new(arrival: Option<String>) -> Result<Self, Missing> {
        Ok(Self { arrival: arrival.ok_or(Missing::Arrival)?, taken: Taken::default() })
    }
}

impl Target for Entra {
    fn layout(&self) -> Layout {
        Layout::lines("csv", HEAD.as_bytes().to_vec())
    }

    fn user(&mut self, user: &UserLine, losses: &mut Losses<'_>) -> Result<Vec<u8>, LeftOut> {
        must_enter(user)?;
        losses.besides(&[Field::Email]);
        let (address, _) = required_email(user, losses)?;
        let local = address.split('@').next().unwrap_or_default();
        if address.contains(|c| REFUSED.contains(c))
            || local.starts_with(['.', '-'])
            || local.ends_with(['.', '-'])
        {
            return Err(LeftOut("an e-mail address with characters that an invitation may not hold"));
        }
        self.taken.email(address)?;
        // No mail is sent by the mere upload; a guest is asked for consent when they first log in.
        row([address, &self.arrival, "false", ""])
    }
}
