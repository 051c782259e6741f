//! The order of the steps: begin, finish, who is looking, log out. The whole product on one screen.

#[cfg(test)]
mod fakes;
mod renew;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::TimeDelta;
use url::Url;

use crate::journal::{Part, Verdict, step};
use crate::observation::combine;
use crate::{
    Ask, Attempt, Code, Device, Extent, LoginError, LoginRequest, Observation, Provider, Recorded, Redeemed,
    Secret, Session, Sessions, Source, Status, Taken, Timestamp, User, UserId, Users, World, return_to,
};

/// The use cases, over the ports. Cheap to clone.
#[derive(Clone)]
pub struct Login {
    pub users: Arc<dyn Users>,
    pub sessions: Arc<dyn Sessions>,
    pub providers: Arc<[Arc<dyn Provider>]>,
    pub world: Arc<dyn World>,
    pub rules: Arc<Rules>,
}

/// The limits and places that the settings name.
#[derive(Clone, Debug)]
pub struct Rules {
    /// Our own origin.
    pub site: Url,
    /// Where a log-in leads that was not asked to lead anywhere.
    pub after_login: String,
    /// Where a log-out leads that the provider takes no part in.
    pub after_logout: String,
    /// How long a started log-in may take.
    pub login_ttl: TimeDelta,
    pub session_idle: TimeDelta,
    pub session_absolute: TimeDelta,
}

/// Where the browser goes to log in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Begun {
    /// The provider's authorization endpoint.
    Provider(String),
    /// There are several and none was named: let the visitor choose.
    Choose,
}

/// What came back from the provider through the browser.
#[derive(Clone, Debug)]
pub struct Arrival {
    /// The provider whose callback address was called.
    pub provider: String,
    /// The parameters, form-encoded, as they came.
    pub response: String,
    /// The browser's own values: one, or several where its first log-ins began at once.
    pub browsers: Vec<Secret>,
    /// The session that the browser already has.
    pub viewer: Option<Viewer>,
    pub device: Device,
}

/// A finished log-in.
#[derive(Debug)]
pub struct Signed {
    /// The new session; none where the visitor was signed in already and only came back twice.
    pub session: Option<Secret>,
    pub return_to: String,
}

/// Who is looking.
#[derive(Clone, Debug)]
pub struct Viewer {
    pub user: User,
    pub session: Session,
}

impl Login {
    /// Remembers an attempt of this browser and says where to send it. With `link`, the identity that comes
    /// back joins that user.
    #[tracing::instrument(name = "attempt", skip_all, fields(id))]
    pub async fn begin(
        &self,
        asked: LoginRequest,
        browser: &Secret,
        link: Option<UserId>,
    ) -> Result<Begun, LoginError> {
        let asked = asked.bounded();
        let Some(provider) = self.choose(asked.provider.as_deref())? else { return Ok(Begun::Choose) };
        let (state, nonce, verifier) = (self.world.secret(), self.world.secret(), self.world.secret());
        tracing::Span::current().record("id", name(&state));
        let acr_values: Vec<String> =
            asked.acr_values.iter().flat_map(|values| values.split_whitespace()).map(str::to_owned).collect();
        let ask = Ask {
            state: state.clone(),
            nonce: nonce.clone(),
            verifier: verifier.clone(),
            login_hint: asked.login_hint,
            prompt: asked.prompt,
            max_age: asked.max_age,
            acr_values: acr_values.clone(),
            further: asked.further,
        };
        let url = provider.begin(&ask).await?;
        let wanted = asked.return_to.as_deref().and_then(|asked| return_to(&self.rules.site, asked));
        let now = self.world.now();
        let attempt = Attempt {
            state: state.digest(),
            browser: browser.digest(),
            provider: provider.name().to_owned(),
            issuer: provider.issuer().to_owned(),
            nonce,
            verifier,
            return_to: wanted.unwrap_or(&self.rules.after_login).to_owned(),
            max_age: asked.max_age,
            acr_values,
            link,
            created_at: now,
            expires_at: now + self.rules.login_ttl,
        };
        self.sessions.remember(&attempt).await?;
        Ok(Begun::Provider(url))
    }

    /// Takes the attempt, redeems the answer, records the observation, starts the session.
    #[tracing::instrument(name = "attempt", skip_all, fields(id, provider))]
    pub async fn finish(&self, arrival: Arrival) -> Result<Signed, LoginError> {
        let provider = self.provider(&arrival.provider)?;
        tracing::Span::current().record("provider", provider.name());
        let state = provider.state(&arrival.response)?;
        if let Some(state) = Secret::parse(&state) {
            tracing::Span::current().record("id", name(&state));
        }
        let attempt = match self.take(&state, &arrival.browsers).await? {
            Taken::Attempt(attempt) => attempt,
            // Back, reload and a second tab do no harm to whoever is signed in.
            missed if arrival.viewer.is_some() => return Ok(self.already(missed)),
            missed => return Err(refused(missed)),
        };
        step(Part::CameBack, "State", Verdict::Passed, || {
            let age = (self.world.now() - attempt.created_at).num_seconds();
            format!("Known, of this browser, not used before, {age} s old")
        });
        if attempt.provider != provider.name() || attempt.issuer != provider.issuer() {
            return Err(Code::ProviderMismatch.into());
        }
        let signed_in = arrival.viewer.as_ref().map(|viewer| viewer.user.id);
        if attempt.link.is_some() && attempt.link != signed_in {
            return Err(Code::SignedOut.into());
        }
        let now = self.world.now();
        let redeemed = provider.redeem(&attempt, &arrival.response, now).await?;
        let observation = observed(provider.name(), &redeemed, now);
        let recorded = self.users.record(&observation, self.world.new_id(), attempt.link).await?;
        step(Part::Record, "Merge", Verdict::Passed, || summary(&recorded));
        if recorded.user.status != Status::Active {
            return Err(Code::UserDisabled.into());
        }
        let session = self.world.secret();
        self.sessions
            .start(&self.session(&session, &recorded.user, &attempt, redeemed, arrival.device, now))
            .await?;
        if let Some(old) = arrival.viewer {
            self.sessions.end(&old.session.id).await?;
        }
        tracing::info!(user = %recorded.user.id, new = recorded.is_new, changes = recorded.changes.len(), "logged in");
        Ok(Signed { session: Some(session), return_to: attempt.return_to })
    }

    /// Who a session belongs to; none where it is unknown, over, or its user is shut out. Notes the use,
    /// and refreshes the provider's tokens where they have run out.
    pub async fn viewer(&self, session: &Secret) -> Result<Option<Viewer>, LoginError> {
        let id = session.digest();
        let Some((session, user)) = self.sessions.find(&id).await? else { return Ok(None) };
        let now = self.world.now();
        let idle = now - session.last_used_at;
        if now >= session.expires_at || idle >= self.rules.session_idle || user.status != Status::Active {
            self.sessions.end(&id).await?;
            return Ok(None);
        }
        let viewer = Viewer { user, session };
        let viewer = match renew::is_due(&viewer.session, now) {
            true => self.renewed(viewer, now).await?,
            false => Some(viewer),
        };
        if viewer.is_some() && idle * 10 >= self.rules.session_idle {
            self.sessions.touch(&id, now).await?;
        }
        Ok(viewer)
    }

    /// Ends a session here, and says where the browser can log out at the provider.
    #[tracing::instrument(skip_all)]
    pub async fn log_out(&self, session: &Secret) -> Result<Option<String>, LoginError> {
        let id = session.digest();
        // Local first: a session that cannot be read any more ends too.
        let found = self.sessions.find(&id).await;
        self.sessions.end(&id).await?;
        let Ok(Some((session, _))) = found else { return Ok(None) };
        match self.provider(&session.provider) {
            Ok(provider) if provider.vouches_for(&session.issuer) => Ok(provider.goodbye(&session).await),
            _ => Ok(None),
        }
    }

    /// The provider of this name.
    pub fn provider(&self, name: &str) -> Result<&Arc<dyn Provider>, LoginError> {
        self.providers.iter().find(|one| one.name() == name).ok_or(Code::ProviderUnknown.into())
    }

    /// The one that was named, else `main`, else the only one.
    fn choose(&self, asked: Option<&str>) -> Result<Option<&Arc<dyn Provider>>, LoginError> {
        match asked {
            Some(name) => self.provider(name).map(Some),
            None if self.providers.len() == 1 => Ok(self.providers.first()),
            None => Ok(self.provider("main").ok()),
        }
    }

    async fn take(&self, state: &str, browsers: &[Secret]) -> Result<Taken, LoginError> {
        let Some(state) = Secret::parse(state) else { return Ok(Taken::Unknown) };
        for browser in browsers {
            match self.sessions.take(&state.digest(), &browser.digest(), self.world.now()).await? {
                Taken::Unknown => {}
                taken => return Ok(taken),
            }
        }
        Ok(Taken::Unknown)
    }

    fn already(&self, missed: Taken) -> Signed {
        let return_to = match missed {
            Taken::Used { return_to } | Taken::Expired { return_to } => return_to,
            _ => self.rules.after_login.clone(),
        };
        Signed { session: None, return_to }
    }

    fn session(
        &self,
        secret: &Secret,
        user: &User,
        attempt: &Attempt,
        redeemed: Redeemed,
        device: Device,
        now: Timestamp,
    ) -> Session {
        let absolute = now + self.rules.session_absolute;
        Session {
            id: secret.digest(),
            user: user.id,
            provider: attempt.provider.clone(),
            issuer: redeemed.issuer,
            subject: redeemed.subject,
            sid: redeemed.sid,
            created_at: now,
            last_used_at: now,
            expires_at: redeemed.session_expiry.map_or(absolute, |ceiling| ceiling.min(absolute)),
            auth_time: redeemed.auth_time,
            acr: redeemed.acr,
            device,
            tokens: redeemed.tokens,
            access: redeemed.access,
        }
    }
}

/// What an attempt is called in the journal: the beginning of its key.
fn name(state: &Secret) -> String {
    state.digest().to_text().chars().take(8).collect()
}

fn refused(missed: Taken) -> LoginError {
    let (code, why) = match missed {
        Taken::Used { .. } => (Code::LoginUsed, "It was used before"),
        Taken::Expired { .. } => (Code::LoginExpired, "It is too old"),
        _ => (Code::LoginUnknown, "This browser started no log-in with it"),
    };
    step(Part::CameBack, "State", Verdict::Refused, || why.to_owned());
    code.into()
}

fn summary(recorded: &Recorded) -> String {
    let fields: Vec<&str> = recorded.changes.iter().map(|change| change.field.as_str()).collect();
    match (recorded.is_new, fields.is_empty()) {
        (true, _) => format!("A new identity; first values of {}", fields.join(", ")),
        (false, true) => "Known; no field was changed".to_owned(),
        (false, false) => format!("Known; changed were {}", fields.join(", ")),
    }
}

/// What a log-in says about the person, as one observation of ID token and userinfo.
fn observed(provider: &str, redeemed: &Redeemed, now: Timestamp) -> Observation {
    Observation {
        provider: provider.to_owned(),
        issuer: redeemed.issuer.clone(),
        subject: redeemed.subject.clone(),
        source: Source::Login,
        extent: Extent::Partial,
        at: redeemed.issued_at,
        received_at: now,
        claims: combine(redeemed.id_token.clone(), redeemed.userinfo.clone()),
    }
}
