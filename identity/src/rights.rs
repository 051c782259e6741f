//! Who may act in the studio, and who may look. Rights follow the identity by which a session began, and only what
//! that identity's own log-in or refresh stated: what a push, a scan or an import says can take rights away and never
//! gives any.

use serde_json::Value as Json;

use crate::access::Stated;
use crate::observation::silent;
use crate::{Field, Identity, Observation, Session, User, Value};

/// What somebody may do in the studio.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// May look.
    Viewer,
    /// May act, too.
    Operator,
}

/// One description of people who have a right; whoever fits it is one of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Right {
    /// Whoever logged in at this provider with this e-mail, compared byte for byte, and verified there.
    Email {
        /// The provider's name in the settings.
        provider: String,
        /// The whole address.
        email: String,
    },
    /// Whoever's claims at this provider hold this.
    Claim {
        /// The provider's name in the settings.
        provider: String,
        /// The name of the claim.
        name: String,
        /// Its value, or one of them where it is a list.
        value: String,
    },
    /// Whoever logged in by this identity, compared byte for byte.
    Identity {
        /// `iss`.
        issuer: String,
        /// `sub`.
        subject: String,
    },
}

/// Who may act and who may look, as the settings name them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rights {
    /// Who may act.
    pub operators: Vec<Right>,
    /// Who may look.
    pub viewers: Vec<Right>,
}

impl Stated {
    /// What is stated after this log-in or refresh too. Silence changes nothing.
    pub fn hear(&mut self, observation: &Observation, rights: &Rights) {
        let said = observation.stated();
        let flag = said.get(&Field::EmailVerified).and_then(Value::flag);
        if let Some(email) = said.get(&Field::Email).and_then(Value::text) {
            let is_known = self.verified_email.as_deref() == Some(email);
            let is_verified = flag.unwrap_or(is_known);
            self.verified_email = is_verified.then(|| email.to_owned());
        }
        for name in rights.claims() {
            if let Some(value) = observation.claims.get(name).filter(|value| !silent(value)) {
                self.claims.insert(name.to_owned(), value.clone());
            }
        }
    }
}

impl Rights {
    /// The names of the claims that rights rest on.
    pub fn claims(&self) -> impl Iterator<Item = &str> {
        self.operators.iter().chain(&self.viewers).filter_map(|right| match right {
            Right::Claim { name, .. } => Some(name.as_str()),
            Right::Email { .. } | Right::Identity { .. } => None,
        })
    }

    /// What whoever is looking may do: what the session's own log-in stated, as far as it still stands. `user` is
    /// read with claims, unless [`Rights::rests_on_claims`] says that none are needed.
    pub fn role(&self, session: &Session, user: &User) -> Option<Role> {
        let identity = user.identity(&session.issuer, &session.subject)?;
        let fits = |right: &Right| right.fits(session) && right.stands(identity);
        if self.operators.iter().any(fits) {
            return Some(Role::Operator);
        }
        self.viewers.iter().any(fits).then_some(Role::Viewer)
    }

    /// Whether one of a user's identities might have a right at its next log-in, verified or not: what is given to
    /// somebody on less than a log-in is not given to them. `user` is read with claims.
    pub fn may_concern(&self, user: &User) -> bool {
        let mut rights = self.operators.iter().chain(&self.viewers);
        rights.any(|right| user.identities.iter().any(|identity| right.may_concern(identity)))
    }

    /// Whether what the session may do cannot be told without the claims as they are now.
    pub fn rests_on_claims(&self, session: &Session) -> bool {
        let mut rights = self.operators.iter().chain(&self.viewers);
        rights.any(|right| matches!(right, Right::Claim { .. }) && right.fits(session))
    }
}

impl Right {
    /// Whether the session's own log-in stated it.
    fn fits(&self, session: &Session) -> bool {
        let stated = &session.access.stated;
        match self {
            Self::Email { provider, email } => {
                *provider == session.provider && stated.verified_email.as_ref() == Some(email)
            }
            Self::Claim { provider, name, value } => {
                *provider == session.provider
                    && stated.claims.get(name).is_some_and(|said| holds(said, value))
            }
            Self::Identity { issuer, subject } => *issuer == session.issuer && *subject == session.subject,
        }
    }

    /// Whether it may be meant for this identity, as far as its provider ever said.
    fn may_concern(&self, identity: &Identity) -> bool {
        let email = || identity.facts.get(&Field::Email)?.value.as_ref()?.text();
        match self {
            Self::Email { provider, email: meant } => {
                *provider == identity.provider
                    && email().is_some_and(|email| email.eq_ignore_ascii_case(meant))
            }
            Self::Claim { provider, name, value } => {
                *provider == identity.provider
                    && identity.claims.get(name).is_some_and(|said| holds(said, value))
            }
            Self::Identity { issuer, subject } => identity.is(issuer, subject),
        }
    }

    /// Whether nobody said otherwise since.
    fn stands(&self, identity: &Identity) -> bool {
        let value = |field| identity.facts.get(&field).and_then(|fact| fact.value.as_ref());
        match self {
            Self::Email { email, .. } => {
                value(Field::Email).and_then(Value::text) == Some(email)
                    && value(Field::EmailVerified).and_then(Value::flag) == Some(true)
            }
            Self::Claim { name, value, .. } => {
                identity.claims.get(name).is_some_and(|said| holds(said, value))
            }
            Self::Identity { .. } => true,
        }
    }
}

/// Whether a claim is this value, or a list that has it.
fn holds(said: &Json, value: &str) -> bool {
    match said {
        Json::String(text) => text == value,
        Json::Bool(flag) => value == if *flag { "true" } else { "false" },
        Json::Number(number) => number.to_string() == value,
        Json::Array(several) => several.iter().any(|one| !one.is_array() && holds(one, value)),
        Json::Null | Json::Object(_) => false,
    }
}

impl std::fmt::Display for Right {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Email { provider, email } => write!(f, "{provider}/email:{email}"),
            Self::Claim { provider, name, value } => write!(f, "{provider}/claim:{name}={value}"),
            Self::Identity { issuer, subject } => write!(f, "sub:{issuer}|{subject}"),
        }
    }
}

#[cfg(test)]
mod tests;
