//! An invitation: a one-time address by which the next log-in at one provider joins a user. Only its digest is kept.

use chrono::TimeDelta;
use serde::{Deserialize, Serialize};

use crate::{
    Code, Deed, Digest, Directory, Operator, RunId, Secret, StoreError, Taken, Ticket, TicketKind, Timestamp,
    UserId, Verdict,
};

/// Whom somebody is invited to be, and where they log in for it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// The user whom the identity joins.
    pub user: UserId,
    /// The provider's name in the settings.
    pub provider: String,
    /// Its issuer then.
    pub issuer: String,
    /// The switch that it is part of; undone, the invitation does not count any more.
    pub run: Option<RunId>,
}

impl Invitation {
    /// How long it is good.
    pub const LASTS: TimeDelta = TimeDelta::days(7);

    /// The ticket that stands for it.
    fn to_ticket(&self, key: Digest, expires_at: Timestamp) -> serde_json::Result<Ticket> {
        let content = serde_json::to_vec(self)?;
        Ok(Ticket { kind: TicketKind::Invitation, key, holder: None, content, expires_at })
    }

    /// The invitation that a ticket stands for.
    fn from_ticket(ticket: &Ticket) -> Option<Self> {
        serde_json::from_slice(&ticket.content).ok()
    }
}

/// A secret that is good until then.
#[derive(Clone, Debug)]
pub struct Invited {
    /// What the address holds.
    pub secret: Secret,
    /// When it is too late.
    pub until: Timestamp,
}

impl Directory {
    /// Invites a user; none where there is none. It stands in their history and in the operators' log before there is an
    /// address. Their sessions end, but by a switch.
    ///
    /// # Errors
    /// The database's.
    pub async fn invite(
        &self,
        by: &Operator,
        invitation: &Invitation,
    ) -> Result<Option<Invited>, StoreError> {
        let deed = Deed::Invite { provider: invitation.provider.clone(), run: invitation.run };
        if self.act(by, invitation.user, &deed).await? != Verdict::Done {
            return Ok(None);
        }
        let (secret, until) = (self.world.secret(), self.world.now() + Invitation::LASTS);
        let ticket = invitation.to_ticket(secret.digest(), until).map_err(StoreError::unreadable)?;
        self.stores.tickets.issue(&ticket, 1).await?;
        Ok(Some(Invited { secret, until }))
    }
}

/// What a look at, or the taking of, an invitation came to, as a refusal where it is good no more.
pub(crate) fn read(taken: Taken) -> Result<Invitation, Code> {
    match taken {
        Taken::Ours(ticket) => Invitation::from_ticket(&ticket).ok_or(Code::InvitationUnknown),
        Taken::Used(_) => Err(Code::InvitationUsed),
        Taken::Expired(_) => Err(Code::InvitationExpired),
        Taken::Unknown => Err(Code::InvitationUnknown),
    }
}
