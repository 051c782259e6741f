//! What operators do to users, whoever of them and from wherever: one act, one line in the operators' log, in one step.

use crate::operator_log::{Act, LogLine};
use crate::{
    Actor, Code, Decision, Digest, Ends, Extent, Observation, Origin, RunId, StoreError, User, UserId, Whom,
    World, Write, Written, acts, merge,
};

use super::Directory;

/// Who acts as an operator, and why.
#[derive(Clone, Debug)]
pub struct Operator {
    /// Who.
    pub actor: Actor,
    /// Why, in their own words.
    pub reason: Option<String>,
    /// The id of the request; none for a command.
    pub request: Option<String>,
}

/// What is to be done to a user.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// Shut them out, with all their sessions.
    Disable,
    /// Let them in again.
    Enable,
    /// End one of their sessions, named by its digest.
    EndSession(Digest),
    /// End all their sessions.
    EndSessions,
    /// Link an identity that is nobody's: a log-in by it is one of theirs.
    Link {
        /// The provider's name in the settings.
        provider: String,
        /// `iss`.
        issuer: String,
        /// `sub`.
        subject: String,
    },
    /// Take an identity away, with the sessions that began by it.
    Unlink {
        /// `iss`.
        issuer: String,
        /// `sub`.
        subject: String,
    },
    /// Invite them to log in at another provider. Their sessions end, but by a switch: see [`Directory::invite`].
    Invite {
        /// The provider's name in the settings.
        provider: String,
        /// The switch that it is part of.
        run: Option<RunId>,
    },
    /// Forget them.
    Erase,
}

/// What became of a deed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is done, and stands in the log.
    Done,
    /// There was nothing to do: it was so already.
    AsItWas,
    /// There is no such user.
    Nobody,
    /// Nobody disables or erases themselves.
    Oneself,
    /// Nobody is left without a way in: that would be to erase them.
    IdentityLast,
    /// The identity is another user's.
    IdentityTaken,
}

impl From<Actor> for Operator {
    /// Without saying why.
    fn from(actor: Actor) -> Self {
        Self { actor, reason: None, request: None }
    }
}

impl Operator {
    /// What is written down of what they do now.
    pub(crate) fn line(
        &self,
        world: &dyn World,
        act: Act,
        user: Option<UserId>,
        detail: Option<String>,
    ) -> LogLine {
        LogLine {
            id: world.new_id().0,
            at: world.now(),
            actor: self.actor.clone(),
            act,
            user,
            reason: self.reason.clone(),
            detail,
            request: self.request.clone(),
        }
    }
}

impl Deed {
    /// What it is called in the log.
    pub fn act(&self) -> Act {
        match self {
            Self::Disable => Act::Disable,
            Self::Enable => Act::Enable,
            Self::EndSession(_) => Act::EndSession,
            Self::EndSessions => Act::EndSessions,
            Self::Link { .. } => Act::Link,
            Self::Unlink { .. } => Act::Unlink,
            Self::Invite { .. } => Act::Invite,
            Self::Erase => Act::Erase,
        }
    }
}

impl Directory {
    /// Does it, and writes it down.
    ///
    /// # Errors
    /// The database's.
    #[tracing::instrument(skip_all, fields(user = %id, act = %deed.act()))]
    pub async fn act(&self, by: &Operator, id: UserId, deed: &Deed) -> Result<Verdict, StoreError> {
        if let Deed::EndSession(session) = deed
            && !self.has_session(id, session).await?
        {
            return Ok(self.find(id).await?.map_or(Verdict::Nobody, |_| Verdict::AsItWas));
        }
        let line = by.line(&*self.world, deed.act(), Some(id), None);
        let (entries, aliases) = match deed {
            Deed::Erase if by.actor != Actor::User(id) => {
                (self.forget_elsewhere(id).await?, self.stores.aliases().await?)
            }
            _ => Default::default(),
        };
        let decide = |user: Option<&User>| match decide(user, id, deed, by, &line) {
            Decision::Erase(erase) => acts::erase(user, &entries, &aliases, erase.at, erase.log),
            other => other,
        };
        let whom = match deed {
            Deed::Link { issuer, subject, .. } => Whom { identity: Some((issuer, subject)), id: Some(id) },
            _ => Whom::id(id),
        };
        let verdict = match self.stores.users.write(whom, &decide).await? {
            Written::Kept(_) | Written::Erased(_) => Verdict::Done,
            Written::Left(Some(_)) => Verdict::AsItWas,
            Written::Left(None) => Verdict::Nobody,
            Written::Refused(Code::IdentityTaken) => Verdict::IdentityTaken,
            Written::Refused(Code::IdentityLast) => Verdict::IdentityLast,
            Written::Refused(_) => Verdict::Oneself,
        };
        if verdict == Verdict::Done && *deed == Deed::Erase {
            self.follow_an_erasure().await;
        }
        if verdict == Verdict::Done {
            tracing::info!(actor = %by.actor, "operator acted");
        }
        Ok(verdict)
    }

    /// Writes down what an operator did or looked at that is no write of one user.
    ///
    /// # Errors
    /// The database's.
    pub async fn note(
        &self,
        by: &Operator,
        act: Act,
        user: Option<UserId>,
        detail: Option<String>,
    ) -> Result<(), StoreError> {
        self.stores.log.note(&by.line(&*self.world, act, user, detail)).await
    }

    /// The operators' log, newest first, before the line with this id.
    ///
    /// # Errors
    /// The database's.
    pub async fn log(&self, before: Option<uuid::Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        self.stores.log.lines(before, limit).await
    }

    /// The operators' log, oldest first, after the line with this id. Fewer than `limit` mean that there are no more.
    ///
    /// # Errors
    /// The database's.
    pub async fn log_after(&self, after: Option<uuid::Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        self.stores.log.lines_after(after, limit).await
    }

    async fn has_session(&self, id: UserId, session: &Digest) -> Result<bool, StoreError> {
        let sessions = self.stores.sessions.list(id, self.world.now()).await?;
        Ok(sessions.iter().any(|one| one.id.matches(session)))
    }
}

/// What becomes of the user, with the line of the log.
fn decide(user: Option<&User>, id: UserId, deed: &Deed, by: &Operator, line: &LogLine) -> Decision {
    let is_oneself = by.actor == Actor::User(id);
    if is_oneself && matches!(deed, Deed::Disable | Deed::Erase) {
        return Decision::Refuse(Code::Denied);
    }
    let origin = Origin::of_operator(Some(by.actor.clone()), line.at);
    let reason = by.reason.as_deref();
    let decision = match deed {
        Deed::Disable => acts::set_disabled(user, true, reason, &origin),
        Deed::Enable => acts::set_disabled(user, false, reason, &origin),
        Deed::EndSession(session) => ends(user, Ends::One(*session)),
        Deed::EndSessions => ends(user, Ends::OfUser { user: id, except: None }),
        Deed::Unlink { issuer, subject } => acts::unlink(user, issuer, subject, &origin),
        Deed::Link { provider, issuer, subject } => {
            link(user, id, &stated(provider, issuer, subject, origin))
        }
        Deed::Invite { provider, run } => {
            let invited = acts::invite(user, provider, &Origin { run: *run, ..origin });
            match (invited, run) {
                (Decision::Keep(write), None) => {
                    Write { ends: vec![Ends::OfUser { user: id, except: None }], ..*write }.into()
                }
                (other, _) => other,
            }
        }
        Deed::Erase => {
            return acts::erase(user, &[], &[], line.at, Some(LogLine { detail: None, ..line.clone() }));
        }
    };
    match decision {
        Decision::Keep(write) => {
            let detail = detail(deed, user);
            Write { log: Some(LogLine { detail, ..line.clone() }), ..*write }.into()
        }
        other => other,
    }
}

/// Sessions end; nothing of the user changes.
fn ends(user: Option<&User>, which: Ends) -> Decision {
    let Some(user) = user else { return Decision::Leave };
    let next = User { version: user.version + 1, ..user.clone() };
    Write { ends: vec![which], ..Write::new(next, Vec::new()) }.into()
}

fn link(user: Option<&User>, to: UserId, observation: &Observation) -> Decision {
    match user {
        None => Decision::Leave,
        Some(user) if user.id != to => Decision::Refuse(Code::IdentityTaken),
        Some(user) if user.identity(&observation.issuer, &observation.subject).is_some() => Decision::Leave,
        Some(user) => merge::merge(Some(user), observation, to).into(),
    }
}

/// That there is such an identity, and nothing more.
fn stated(provider: &str, issuer: &str, subject: &str, origin: Origin) -> Observation {
    Observation {
        provider: provider.to_owned(),
        issuer: issuer.to_owned(),
        subject: subject.to_owned(),
        origin,
        extent: Extent::Partial,
        claims: Default::default(),
        standing: None,
    }
}

/// Which provider it was about: its name, and nothing that it said of the person.
fn detail(deed: &Deed, user: Option<&User>) -> Option<String> {
    match deed {
        Deed::Link { provider, .. } | Deed::Invite { provider, .. } => Some(provider.clone()),
        Deed::Unlink { issuer, subject } => Some(user?.identity(issuer, subject)?.provider.clone()),
        Deed::Disable | Deed::Enable | Deed::EndSession(_) | Deed::EndSessions | Deed::Erase => None,
    }
}

#[cfg(test)]
mod tests;
