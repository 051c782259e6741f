//! Refreshing the provider's tokens, so that whoever is shut out there is shut out here.

use chrono::TimeDelta;

use super::{Login, Viewer};
use crate::directory::may_enter;
use crate::{
    Decision, Ends, Extent, Lease, LoginError, Observation, Origin, Refreshed, Session, Source, Timestamp,
    Tokens, User, Whom, merge,
};

/// After a refresh that failed for no fault of the visitor's, the session is believed for this long.
const PATIENCE: TimeDelta = TimeDelta::seconds(2);

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
        let Some(tokens) = self.stores.sessions.tokens(&id).await? else { return Ok(None) };
        if tokens.generation != viewer.session.tokens.generation {
            return self.again(&viewer).await;
        }
        if tokens.refresh_token.is_none() {
            // They were sealed under a secret that is lost: the session lives on without them.
            return Ok(Some(viewer));
        }
        let until = now + provider.longest_refresh();
        if self.stores.sessions.lease(&id, tokens.generation, now, until).await? == Lease::Theirs {
            return self.again(&viewer).await;
        }
        let Viewer { mut user, mut session } = viewer;
        session.tokens = tokens;
        let claims = match provider.refresh(&session, now).await {
            Ok(Refreshed::Over) => {
                tracing::info!(provider = session.provider, "session ended: refresh rejected");
                self.stores.sessions.end(&Ends::One(id)).await?;
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
                tracing::warn!(code = %error.code, provider = error.provider, "token refresh failed");
                session.tokens.access_expires_at = Some(self.world.now() + PATIENCE);
                None
            }
        };
        let observation = claims.map(|(claims, at)| observed(&session, claims, at, now));
        if let Some(observation) = &observation {
            session.access.stated.hear(observation, &self.rules.rights);
        }
        session.tokens.generation += 1;
        session.refresh_at = session.tokens.refresh_at();
        // Before anything else: a refresh token that was used and not replaced would end the session.
        self.stores.sessions.renew(&id, &session.tokens, &session.access).await?;
        if let Some(observation) = &observation {
            match self.hear(&session, observation).await? {
                Some(heard) => user = heard,
                None => return Ok(None),
            }
        }
        let stays = may_enter(&user, &session.issuer, &session.subject);
        Ok(stays.then_some(Viewer { user, session }))
    }

    /// The user after what a refresh said; none where the identity was taken from the user meanwhile.
    async fn hear(&self, session: &Session, observation: &Observation) -> Result<Option<User>, LoginError> {
        let decide = |user: Option<&User>| match user {
            Some(user) if user.id == session.user => merge::merge(Some(user), observation, user.id).into(),
            _ => Decision::Leave,
        };
        let whom = Whom::identity(&session.issuer, &session.subject);
        let user = self.stores.users.write(whom, &decide).await?.into_user();
        Ok(user.filter(|user| user.id == session.user))
    }

    /// The viewer as another process left it, which refreshed meanwhile.
    async fn again(&self, viewer: &Viewer) -> Result<Option<Viewer>, LoginError> {
        let found = self.stores.sessions.find(&viewer.session.id).await?;
        Ok(found
            .filter(|(session, user)| may_enter(user, &session.issuer, &session.subject))
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
        origin: Origin { at, received_at: now, source: Source::Refresh, actor: None, run: None },
        extent: Extent::Partial,
        claims,
        standing: None,
    }
}
