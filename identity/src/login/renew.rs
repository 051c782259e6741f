//! Refreshing the provider's tokens, so that whoever is shut out there is shut out here.

use chrono::TimeDelta;

use super::{Login, Viewer};
use crate::{Extent, Lease, LoginError, Observation, Refreshed, Session, Source, Status, Timestamp};

/// How long one refresh may take before another process may try.
const LEASE: TimeDelta = TimeDelta::seconds(30);
/// After a refresh that failed for no fault of the visitor's, the session is believed for this long.
const PATIENCE: TimeDelta = TimeDelta::seconds(2);

/// Whether the access token has run out and there is a way to a new one.
pub(super) fn is_due(session: &Session, now: Timestamp) -> bool {
    session.tokens.refresh_token.is_some() && session.tokens.access_expires_at.is_some_and(|at| at <= now)
}

impl Login {
    /// The viewer with fresh tokens; none where the provider says that it is over.
    ///
    /// One caller in all processes asks the provider; the others wait and take what it got. A provider that
    /// does not answer changes nothing: the session that we hold answers the request.
    pub(super) async fn renewed(&self, viewer: Viewer, now: Timestamp) -> Result<Option<Viewer>, LoginError> {
        let Ok(provider) = self.provider(&viewer.session.provider) else { return Ok(Some(viewer)) };
        let id = viewer.session.id;
        if self.sessions.lease(&id, viewer.session.tokens.generation, now + LEASE).await? == Lease::Theirs {
            return self.again(&viewer).await;
        }
        let Viewer { mut user, mut session } = viewer;
        match provider.refresh(&session, now).await {
            Ok(Refreshed::Over) => {
                tracing::info!(provider = session.provider, "the provider ended the session");
                self.sessions.end(&id).await?;
                return Ok(None);
            }
            Ok(Refreshed::Renewed { tokens, access, claims }) => {
                if let Some((claims, at)) = claims {
                    let observation = observed(&session, claims, at, now);
                    user = self.users.record(&observation, self.world.new_id(), None).await?.user;
                }
                session.tokens = tokens;
                session.access = access;
            }
            Err(error) => {
                tracing::warn!(code = %error.code, provider = error.provider, "tokens were not refreshed");
                session.tokens.access_expires_at = Some(now + PATIENCE);
            }
        }
        session.tokens.generation += 1;
        self.sessions.renew(&id, &session.tokens, &session.access).await?;
        Ok((user.status == Status::Active).then_some(Viewer { user, session }))
    }

    /// What the winner of a race left.
    async fn again(&self, viewer: &Viewer) -> Result<Option<Viewer>, LoginError> {
        let found = self.sessions.find(&viewer.session.id).await?;
        Ok(found
            .filter(|(_, user)| user.status == Status::Active)
            .map(|(session, user)| Viewer { user, session }))
    }
}

fn observed(session: &Session, claims: crate::Claims, at: Timestamp, now: Timestamp) -> Observation {
    Observation {
        provider: session.provider.clone(),
        issuer: session.issuer.clone(),
        subject: session.subject.clone(),
        source: Source::Refresh,
        extent: Extent::Partial,
        at: at.min(now),
        received_at: now,
        claims,
    }
}
