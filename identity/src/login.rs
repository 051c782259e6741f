//! The order of the steps: begin, finish, who is looking, log out. The whole product on one screen.

mod adopt;
mod email;
#[cfg(test)]
mod fakes;
mod joins;
mod renew;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use chrono::TimeDelta;
use url::Url;

use adopt::adopt;

use crate::directory::may_enter;
use crate::login_trace::{Part, Verdict, step};
use crate::observation::combine;
use crate::{
    Ask, Attempt, Code, Decision, Device, Digest, Ends, Extent, Joins, Link, LoginError, LoginRequest,
    Observation, Origin, Provider, Redeemed, Rights, Role, Secret, Session, Source, Standing, StoreError,
    Stores, Taken, Ticket, TicketKind, Timestamp, User, UserId, What, Whom, World, Write, Written, merge,
    return_to,
};

/// Of one browser, no more log-ins than this are under way.
const ATTEMPTS: u32 = 20;

/// The journey, over the ports. Cheap to clone.
#[derive(Clone)]
pub struct Login {
    stores: Arc<Stores>,
    providers: Arc<[Arc<dyn Provider>]>,
    world: Arc<dyn World>,
    rules: Arc<Rules>,
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
    /// How long a session lasts unused.
    pub session_idle: TimeDelta,
    /// How long a session lasts at most.
    pub session_absolute: TimeDelta,
    /// How many sessions a user may have at once.
    pub sessions_per_user: u32,
    /// Who may enter the studio.
    pub rights: Rights,
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
    /// What the browser says of itself, and where from.
    pub device: Device,
}

/// A finished log-in.
#[derive(Debug)]
pub struct Signed {
    /// The new session; none where the visitor was signed in already and only came back twice.
    pub session: Option<Secret>,
    /// Where the browser goes, on our own origin.
    pub return_to: String,
}

/// Who is looking.
#[derive(Clone, Debug)]
pub struct Viewer {
    /// The user.
    pub user: User,
    /// The session that the request came with.
    pub session: Session,
}

impl Login {
    /// The journey over these ports.
    pub fn new(
        stores: impl Into<Arc<Stores>>,
        providers: Arc<[Arc<dyn Provider>]>,
        world: Arc<dyn World>,
        rules: Rules,
    ) -> Self {
        Self { stores: stores.into(), providers, world, rules: Arc::new(rules) }
    }

    /// All providers, in the order of the settings.
    pub fn providers(&self) -> &[Arc<dyn Provider>] {
        &self.providers
    }

    /// The limits and places of the settings.
    pub fn rules(&self) -> &Rules {
        &self.rules
    }

    /// A fresh value for a browser that has none.
    pub fn new_browser(&self) -> Secret {
        self.world.secret()
    }

    /// Remembers an attempt of this browser and says where to send it. With `link`, the identity that comes
    /// back joins whoever is signed in there.
    pub async fn begin(
        &self,
        asked: LoginRequest,
        browser: &Secret,
        link: Option<&Viewer>,
    ) -> Result<Begun, LoginError> {
        let link = link.map(|viewer| Link { user: viewer.user.id, session: viewer.session.id });
        self.begin_joining(asked, browser, link.map_or(Joins::Nobody, Joins::Link)).await
    }

    #[tracing::instrument(name = "attempt", skip_all, fields(id))]
    async fn begin_joining(
        &self,
        asked: LoginRequest,
        browser: &Secret,
        joins: Joins,
    ) -> Result<Begun, LoginError> {
        let asked = asked.bounded();
        let Some(provider) = self.choose(asked.provider.as_deref())? else { return Ok(Begun::Choose) };
        let (state, nonce, verifier) = (self.world.secret(), self.world.secret(), self.world.secret());
        tracing::Span::current().record("id", name(&state));
        let acr_values: Vec<String> =
            asked.acr_values.iter().flat_map(|values| values.split_whitespace()).map(str::to_owned).collect();
        let is_reauthentication =
            asked.prompt.as_deref().is_some_and(|prompt| prompt.split_whitespace().any(|one| one == "login"));
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
            is_reauthentication,
            joins,
            created_at: now,
            expires_at: now + self.rules.login_ttl,
        };
        let ticket = attempt.to_ticket().map_err(StoreError::unreadable)?;
        self.stores.tickets.issue(&ticket, ATTEMPTS).await?;
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
            Ok(attempt) => attempt,
            // Back, reload and a second tab do no harm to whoever is signed in.
            Err(missed) if arrival.viewer.is_some() => return Ok(self.already(&missed)),
            Err(missed) => return Err(refused(&missed)),
        };
        step(Part::CameBack, "State", Verdict::Passed, || {
            let age = (self.world.now() - attempt.created_at).num_seconds();
            format!("Known, of this browser, not used before, {age} s old")
        });
        if attempt.provider != provider.name() || attempt.issuer != provider.issuer() {
            return Err(Code::ProviderMismatch.into());
        }
        let signed_in = arrival.viewer.as_ref().map(|viewer| viewer.session.id);
        if let Joins::Link(link) = attempt.joins
            && Some(link.session) != signed_in
        {
            return Err(Code::SignedOut.into());
        }
        let now = self.world.now();
        let redeemed = provider.redeem(&attempt, &arrival.response, now).await?;
        let joins = self.joined(&attempt.joins, &redeemed).await?;
        let secret = self.world.secret();
        let mut ends: Vec<Ends> = arrival.viewer.map(|old| Ends::One(old.session.id)).into_iter().collect();
        if let (Joins::Invitation(_), Some(user)) = (attempt.joins, joins) {
            // Whoever was in before was let in by somebody who may be somebody else.
            ends.push(Ends::OfUser { user, except: Some(secret.digest()) });
        }
        let observation = observed(provider.name(), &redeemed, now);
        let mut session = self.session(&secret, &attempt, &redeemed, arrival.device, now);
        session.access.stated.hear(&observation, &self.rules.rights);
        let write = self.keep_what_is_taken(&observation, joins, session, ends).await?;
        step(Part::Record, "Merge", Verdict::Passed, || summary(&write));
        self.adopt(provider.as_ref(), &observation).await;
        if write.starts.is_none() {
            return Err(Code::UserDisabled.into());
        }
        tracing::info!(user = %write.user.id, new = write.links(), changes = write.changes.len(), "logged in");
        Ok(Signed { session: Some(secret), return_to: attempt.return_to })
    }

    /// What waited for this log-in becomes its identity's. A log-in never fails by it: the next one does it again.
    async fn adopt(&self, provider: &dyn Provider, observation: &Observation) {
        if !provider.has_entries() {
            return;
        }
        let fresh = self.world.new_id();
        if let Err(error) = adopt(&self.stores, observation, provider.reference(), fresh).await {
            tracing::warn!(code = %error.code(), "what waited for this log-in is left to the next one");
        }
    }

    /// As [`Login::keep`]. Where the database does not take all that the provider says of somebody, they get in with
    /// what is needed.
    async fn keep_what_is_taken(
        &self,
        observation: &Observation,
        joins: Option<UserId>,
        session: Session,
        ends: Vec<Ends>,
    ) -> Result<Write, LoginError> {
        match self.keep(observation, joins, &session, ends.clone()).await {
            Err(LoginError::Store(StoreError::RecordRefused(_))) => {
                let provider = &observation.provider;
                tracing::warn!(
                    provider,
                    "the database does not take all claims of a user; kept are the profile's alone"
                );
                self.keep(&observation.without_what_is_not_needed(), joins, &session.lean(), ends).await
            }
            kept => kept,
        }
    }

    /// Merges the observation, and starts the session of whoever may enter, in one atomic step.
    async fn keep(
        &self,
        observation: &Observation,
        joins: Option<UserId>,
        session: &Session,
        ends: Vec<Ends>,
    ) -> Result<Write, LoginError> {
        match self.keep_as(observation, joins, session, ends.clone(), joins.is_none()).await? {
            Some(write) => Ok(write),
            // Nobody's: it may be somebody's by what was arranged.
            None => {
                let joins = self.arranged(observation).await?;
                let kept = self.keep_as(observation, joins, session, ends, false).await?;
                self.has_led(observation, joins).await;
                kept.ok_or(Code::Internal.into())
            }
        }
    }

    /// As [`Login::keep`]; with `only_known`, none where the identity is nobody's yet.
    async fn keep_as(
        &self,
        observation: &Observation,
        joins: Option<UserId>,
        session: &Session,
        ends: Vec<Ends>,
        only_known: bool,
    ) -> Result<Option<Write>, LoginError> {
        let fresh = self.world.new_id();
        let decide = |user: Option<&User>| match merge::merge_or_link(user, observation, fresh, joins) {
            Decision::Keep(_) if only_known && user.is_none() => Decision::Leave,
            Decision::Keep(mut write) if may_enter(&write.user, &session.issuer, &session.subject) => {
                let user = write.user.id;
                write.starts = Some(Session { user, ..session.clone() });
                write.ends.extend(ends.clone());
                let at_most = self.rules.sessions_per_user.saturating_sub(1);
                write.ends.push(Ends::Oldest { user, except: session.id, at_most });
                Decision::Keep(write)
            }
            other => other,
        };
        let whom = Whom { identity: Some((&observation.issuer, &observation.subject)), id: joins };
        match self.stores.users.write(whom, &decide).await? {
            Written::Kept(write) => Ok(Some(*write)),
            Written::Refused(code) => Err(code.into()),
            Written::Left(None) if only_known => Ok(None),
            Written::Left(_) | Written::Erased(_) => Err(Code::Internal.into()),
        }
    }

    /// Who a session belongs to; none where it is unknown, over, or its user is shut out. Notes the use,
    /// and refreshes the provider's tokens where they have run out.
    pub async fn viewer(&self, session: &Secret) -> Result<Option<Viewer>, LoginError> {
        let id = session.digest();
        let Some((session, user)) = self.stores.sessions.find(&id).await? else { return Ok(None) };
        if !self.is_alive(&session, &user) {
            self.stores.sessions.end(&Ends::One(id)).await?;
            return Ok(None);
        }
        let now = self.world.now();
        let idle = now - session.last_used_at;
        let viewer = Viewer { user, session };
        let viewer = match viewer.session.refresh_at.is_some_and(|at| at <= now) {
            true => self.renewed(viewer, now).await?,
            false => Some(viewer),
        };
        if viewer.is_some() && idle * 10 >= self.rules.session_idle {
            self.stores.sessions.touch(&id, now).await?;
        }
        Ok(viewer)
    }

    fn is_alive(&self, session: &Session, user: &User) -> bool {
        let now = self.world.now();
        now < session.expires_at
            && now - session.last_used_at < self.rules.session_idle
            && may_enter(user, &session.issuer, &session.subject)
    }

    /// Ends a session here, and says where the browser can log out at the provider.
    #[tracing::instrument(skip_all)]
    pub async fn log_out(&self, session: &Secret) -> Result<Option<String>, LoginError> {
        let id = session.digest();
        // Local first: a session that cannot be read any more ends too.
        let found = self.stores.sessions.find(&id).await;
        let tokens = self.stores.sessions.tokens(&id).await;
        self.stores.sessions.end(&Ends::One(id)).await?;
        let (Ok(Some((session, _))), Ok(Some(tokens))) = (found, tokens) else { return Ok(None) };
        let session = Session { tokens, ..session };
        match self.provider(&session.provider) {
            Ok(provider) if provider.vouches_for(&session.issuer) => Ok(provider.goodbye(&session).await),
            _ => Ok(None),
        }
    }

    /// The provider says that somebody logged out there (OpenID Connect Back-Channel Logout 1.0): their sessions end
    /// here. How many; none where the token was used before.
    ///
    /// # Errors
    /// The token cannot be read or believed; the provider's keys cannot be had; the database's.
    #[tracing::instrument(skip_all, fields(provider = provider))]
    pub async fn logged_out_at_provider(
        &self,
        provider: &str,
        token: &str,
    ) -> Result<Option<u64>, LoginError> {
        let token = self.provider(provider)?.logged_out(token, self.world.now()).await?;
        let spent = Ticket {
            kind: TicketKind::LogoutToken,
            key: Digest::of_pair(&token.issuer, &token.jti),
            holder: None,
            content: Vec::new(),
            expires_at: token.until,
        };
        let tickets = &self.stores.tickets;
        if tickets.take(spent.kind, &spent.key, None, self.world.now()).await? != Taken::Unknown {
            return Ok(None);
        }
        let (subject, sid) = (token.subject.as_deref(), token.sid.as_deref());
        let ended = self.stores.sessions.end_at_provider(&token.issuer, subject, sid).await?;
        tracing::info!(ended, "sessions ended: logged out at the provider");
        // Spent when it has done its work, or the provider's next try would end nothing.
        Ok(tickets.spend(&spent).await?.then_some(ended))
    }

    /// What whoever is looking may do in the studio; none where they may not enter it.
    ///
    /// # Errors
    /// The database's.
    pub async fn role(&self, viewer: &Viewer) -> Result<Option<Role>, LoginError> {
        let (session, rights) = (&viewer.session, &self.rules.rights);
        // Another issuer under the same name is not the one that the settings trust.
        if !self.provider(&session.provider).is_ok_and(|provider| provider.vouches_for(&session.issuer)) {
            return Ok(None);
        }
        if !rights.rests_on_claims(session) {
            return Ok(rights.role(session, &viewer.user));
        }
        let user = self.stores.users.find(viewer.user.id).await?;
        Ok(user.and_then(|user| rights.role(session, &user)))
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

    async fn take(&self, state: &str, browsers: &[Secret]) -> Result<Result<Attempt, Missed>, LoginError> {
        let Some(state) = Secret::parse(state) else { return Ok(Err(Missed::unknown())) };
        let (key, now) = (state.digest(), self.world.now());
        let missed = |code, ticket: &Ticket| {
            let attempt = Attempt::from_ticket(ticket);
            attempt
                .map_or_else(Missed::unknown, |attempt| Missed { code, return_to: Some(attempt.return_to) })
        };
        for browser in browsers {
            let holder = browser.digest();
            let taken = self.stores.tickets.take(TicketKind::Attempt, &key, Some(&holder), now).await?;
            return Ok(match taken {
                Taken::Ours(ticket) => Attempt::from_ticket(&ticket).ok_or_else(Missed::unknown),
                Taken::Used(ticket) => Err(missed(Code::LoginUsed, &ticket)),
                Taken::Expired(ticket) => Err(missed(Code::LoginExpired, &ticket)),
                Taken::Unknown => continue,
            });
        }
        Ok(Err(Missed::unknown()))
    }

    fn already(&self, missed: &Missed) -> Signed {
        let return_to = missed.return_to.as_ref().unwrap_or(&self.rules.after_login);
        Signed { session: None, return_to: return_to.clone() }
    }

    /// The session of whoever owns the identity, which the store knows.
    fn session(
        &self,
        secret: &Secret,
        attempt: &Attempt,
        redeemed: &Redeemed,
        device: Device,
        now: Timestamp,
    ) -> Session {
        let absolute = now + self.rules.session_absolute;
        Session {
            id: secret.digest(),
            user: UserId(Default::default()),
            provider: attempt.provider.clone(),
            issuer: redeemed.issuer.clone(),
            subject: redeemed.subject.clone(),
            sid: redeemed.sid.clone(),
            created_at: now,
            last_used_at: now,
            expires_at: redeemed.session_expiry.map_or(absolute, |ceiling| ceiling.min(absolute)),
            auth_time: redeemed.auth_time,
            is_reauthentication: attempt.is_reauthentication,
            acr: redeemed.acr.clone(),
            device,
            refresh_at: redeemed.tokens.refresh_at(),
            tokens: redeemed.tokens.clone(),
            access: redeemed.access.clone(),
        }
    }
}

/// An attempt that cannot be taken.
struct Missed {
    code: Code,
    /// Where it was going, where that is known.
    return_to: Option<String>,
}

impl Missed {
    fn unknown() -> Self {
        Self { code: Code::LoginUnknown, return_to: None }
    }
}

/// What an attempt is called in the trace: the beginning of its key.
fn name(state: &Secret) -> String {
    state.digest().to_text().chars().take(8).collect()
}

fn refused(missed: &Missed) -> LoginError {
    let why = match missed.code {
        Code::LoginUsed => "It was used before",
        Code::LoginExpired => "It is too old",
        _ => "This browser started no log-in with it",
    };
    step(Part::CameBack, "State", Verdict::Refused, || why.to_owned());
    missed.code.into()
}

fn summary(write: &Write) -> String {
    let fields: Vec<&str> = write.changes.iter().filter_map(|change| field(&change.what)).collect();
    match (write.links(), fields.is_empty()) {
        (true, _) => format!("A new identity; first values of {}", fields.join(", ")),
        (false, true) => "Known; no field was changed".to_owned(),
        (false, false) => format!("Known; changed were {}", fields.join(", ")),
    }
}

fn field(what: &What) -> Option<&'static str> {
    match what {
        What::Fact { field, .. } => Some(field.as_str()),
        What::Standing { .. } => Some("standing"),
        What::Claims { .. }
        | What::Linked
        | What::Unlinked(_)
        | What::CameForward { .. }
        | What::Disabled { .. }
        | What::Held { .. }
        | What::AccountMade
        | What::Invited { .. }
        | What::Withdrawn { .. } => None,
    }
}

/// What a log-in says about the person, as one observation of ID token and userinfo.
fn observed(provider: &str, redeemed: &Redeemed, now: Timestamp) -> Observation {
    Observation {
        provider: provider.to_owned(),
        issuer: redeemed.issuer.clone(),
        subject: redeemed.subject.clone(),
        origin: Origin {
            at: redeemed.issued_at,
            received_at: now,
            source: Source::Login,
            actor: None,
            run: None,
        },
        extent: Extent::Partial,
        claims: combine(redeemed.id_token.clone(), redeemed.userinfo.clone()),
        standing: Some(Standing::Present),
    }
}
