//! Whom the identity joins that comes back: whoever is signed in and asked for it, or whoever was invited.

use super::Login;
use crate::invitation::{self, Invitation};
use crate::{
    Begun, Code, Digest, Joins, Link, LoginError, LoginRequest, Observation, Redeemed, RunState, Secret,
    TicketKind, User, UserId,
};

impl Login {
    /// The invitation of this address, and whom it is for. Takes nothing.
    ///
    /// # Errors
    /// `invitation_unknown`, `invitation_expired`, `invitation_used`, `user_disabled`, `provider_unknown`; the database's.
    pub async fn invitation(&self, secret: &Secret) -> Result<(Invitation, User), LoginError> {
        self.standing(&secret.digest()).await
    }

    /// Begins the log-in of whoever was invited, at the provider of the invitation.
    ///
    /// # Errors
    /// As [`Login::invitation`] and [`Login::begin`].
    pub async fn accept(&self, secret: &Secret, browser: &Secret) -> Result<Begun, LoginError> {
        let (invitation, _) = self.invitation(secret).await?;
        let asked = LoginRequest { provider: Some(invitation.provider), ..LoginRequest::default() };
        self.begin_joining(asked, browser, Joins::Invitation(secret.digest())).await
    }

    /// Whom the identity joins; none where it starts a user of its own. An invitation is taken by this, unless the
    /// identity is somebody else's.
    pub(super) async fn joined(
        &self,
        joins: &Joins,
        redeemed: &Redeemed,
    ) -> Result<Option<UserId>, LoginError> {
        match joins {
            Joins::Nobody => Ok(None),
            Joins::Link(link) => {
                self.still_signed_in(*link).await?;
                Ok(Some(link.user))
            }
            Joins::Invitation(key) => self.take_invitation(key, redeemed).await.map(Some),
        }
    }

    /// Whom an identity that is nobody's joins by what the operator has arranged.
    pub(super) async fn arranged(&self, observation: &Observation) -> Result<Option<UserId>, LoginError> {
        match self.stores.of_another_name(&observation.issuer, &observation.subject).await? {
            Some(user) => Ok(Some(user)),
            None => self.by_email(observation).await,
        }
    }

    /// A link is for the session that asked for it: one that was ended meanwhile, from another device perhaps, links
    /// nothing any more.
    async fn still_signed_in(&self, link: Link) -> Result<(), LoginError> {
        let found = self.stores.sessions.find(&link.session).await?;
        match found {
            Some((session, user)) if user.id == link.user && self.is_alive(&session, &user) => Ok(()),
            _ => Err(Code::SignedOut.into()),
        }
    }

    async fn take_invitation(&self, key: &Digest, redeemed: &Redeemed) -> Result<UserId, LoginError> {
        let (invitation, _) = self.standing(key).await?;
        let owner = self.stores.users.find_by_identity(&redeemed.issuer, &redeemed.subject).await?;
        if owner.is_some_and(|owner| owner.id != invitation.user) {
            return Err(Code::IdentityTaken.into());
        }
        let now = self.world.now();
        let taken = self.stores.tickets.take(TicketKind::Invitation, key, None, now).await?;
        Ok(invitation::read(taken)?.user)
    }

    /// The invitation as it stands: of a user who is there, may enter and has no right in the studio, at the provider
    /// that was meant, and of no switch that was taken back.
    async fn standing(&self, key: &Digest) -> Result<(Invitation, User), LoginError> {
        let now = self.world.now();
        let found = self.stores.tickets.look(TicketKind::Invitation, key, None, now).await?;
        let invitation = invitation::read(found)?;
        if let Some(run) = invitation.run {
            let run = self.stores.runs.run(run).await?;
            if run.is_some_and(|run| run.state == RunState::Undone) {
                return Err(Code::InvitationUnknown.into());
            }
        }
        if self.provider(&invitation.provider)?.issuer() != invitation.issuer {
            return Err(Code::InvitationUnknown.into());
        }
        let user = self.stores.users.find(invitation.user).await?.filter(|user| !user.is_withdrawn);
        match user {
            Some(user) if user.is_disabled => Err(Code::UserDisabled.into()),
            Some(user) if !self.rules.rights.may_concern(&user) => Ok((invitation, user)),
            Some(_) | None => Err(Code::InvitationUnknown.into()),
        }
    }
}
