//! Refreshing the provider's tokens, so that whoever is shut out there is shut out here.

use chrono::TimeDelta;

use super::{Login, Viewer};
use crate::{Extent, Lease, LoginError, Observation, Refreshed, Session, Source, Status, Timestamp, Tokens};

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
        let provider = match self.provider(&viewer.session.provider) {
            // Another issuer under the same name must not see this one's refresh token.
            Ok(provider) if provider.vouches_for(&viewer.session.issuer) => provider,
            _ => return Ok(Some(viewer)),
        };
        let id = viewer.session.id;
        let until = now + provider.longest_refresh();
        if self.sessions.lease(&id, viewer.session.tokens.generation, until).await? == Lease::Theirs {
            return self.again(&viewer).await;
        }
        let Viewer { mut user, mut session } = viewer;
        let claims = match provider.refresh(&session, now).await {
            Ok(Refreshed::Over) => {
                tracing::info!(provider = session.provider, "a session ended for want of new tokens");
                self.sessions.end(&id).await?;
                return Ok(None);
            }
            Ok(Refreshed::Renewed { tokens, access, claims }) => {
                session.tokens = follow(session.tokens, tokens);
                session.access.access_token = access.access_token;
                if !access.id_token.is_empty() {
                    session.access.id_token = access.id_token;
                }
                claims
            }
            Err(error) => {
                tracing::warn!(code = %error.code, provider = error.provider, "tokens were not refreshed");
                session.tokens.access_expires_at = Some(now + PATIENCE);
                None
            }
        };
        session.tokens.generation += 1;
        // Before anything else: a refresh token that was used and not replaced would end the session.
        self.sessions.renew(&id, &session.tokens, &session.access).await?;
        if let Some((claims, at)) = claims {
            let observation = observed(&session, claims, at, now);
            user = self.users.record(&observation, self.world.new_id(), None).await?.user;
        }
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

/// The tokens after a refresh: what the provider did not send again stays (RFC 6749 6; OpenID Connect Core
/// 12.2: the ID token may be left out), and so do audience and nonce of the first ID token.
fn follow(old: Tokens, new: Tokens) -> Tokens {
    Tokens {
        id_token: new.id_token.or(old.id_token),
        refresh_token: new.refresh_token.or(old.refresh_token),
        generation: old.generation,
        audience: old.audience,
        nonce: old.nonce,
        ..new
    }
}

fn observed(session: &Session, claims: crate::Claims, at: Timestamp, now: Timestamp) -> Observation {
    Observation {
        provider: session.provider.clone(),
        issuer: session.issuer.clone(),
        subject: session.subject.clone(),
        source: Source::Refresh,
        extent: Extent::Partial,
        at,
        received_at: now,
        claims,
    }
}
