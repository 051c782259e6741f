//! What the provider remembers: log-ins that wait on the page, codes, tokens, sessions.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::bounded::Bounded;
use crate::clock::now;
use crate::faults::InForce;
use crate::keys::random;
use crate::params::Params;
use crate::request::Request;

/// How our codes begin, so that a test can look for leaked ones.
pub const CODE_PREFIX: &str = "dpco_";
/// How our opaque access tokens begin.
pub const ACCESS_TOKEN_PREFIX: &str = "dpat_";
/// How our refresh tokens begin.
pub const REFRESH_TOKEN_PREFIX: &str = "dprt_";

/// A code is good for a minute (RFC 6749 4.1.2 recommends at most ten).
const CODE_SECONDS: i64 = 60;

#[derive(Default)]
pub(crate) struct Books {
    /// Authorization requests whose page is open, by an id in the page's forms.
    pub(crate) waiting: Bounded<Arc<Request>>,
    /// Pushed authorization requests by their `request_uri`.
    pub(crate) pushed: Bounded<Params>,
    /// Provider sessions by the value of the cookie.
    pub(crate) sessions: Bounded<Session>,
    /// Ids of client assertions, which are good once.
    pub(crate) assertions: Bounded<()>,
    codes: Bounded<Code>,
    access: Bounded<Arc<Grant>>,
    refresh: Bounded<Refresh>,
}

/// What a person granted a client in one log-in.
#[derive(Debug)]
pub(crate) struct Grant {
    pub(crate) id: String,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) subject: String,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: String,
    pub(crate) sid: String,
    pub(crate) auth_time: i64,
    pub(crate) acr: Option<String>,
    /// Faults that were to go with this log-in.
    pub(crate) faults: InForce,
}

/// A browser that is logged in at the provider.
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) sid: String,
    pub(crate) subject: String,
    pub(crate) auth_time: i64,
    pub(crate) acr: Option<String>,
    /// The clients that were told, and that log-out must tell again.
    pub(crate) clients: BTreeSet<String>,
}

struct Code {
    grant: Arc<Grant>,
    at: i64,
    redeemed: bool,
}

struct Refresh {
    grant: Arc<Grant>,
    used: bool,
}

impl Books {
    pub(crate) fn issue_code(&mut self, grant: Grant) -> String {
        let code = random(CODE_PREFIX);
        let issued = Code { grant: Arc::new(grant), at: now(), redeemed: false };
        self.codes.insert(&*code, issued);
        code
    }

    /// Who a code was issued to, used or not.
    pub(crate) fn code(&self, code: &str) -> Option<&Arc<Grant>> {
        Some(&self.codes.get(code)?.grant)
    }

    /// Uses a code up. A second use ends what the first one gave (RFC 6749 4.1.2).
    pub(crate) fn redeem(&mut self, code: &str) -> Option<Arc<Grant>> {
        let found = self.codes.get_mut(code)?;
        let grant = found.grant.clone();
        let fresh = !found.redeemed && now() - found.at <= CODE_SECONDS;
        if found.redeemed {
            self.revoke(&grant.id);
        } else {
            found.redeemed = true;
        }
        fresh.then_some(grant)
    }

    pub(crate) fn issue_access(&mut self, grant: &Arc<Grant>) -> String {
        let token = random(ACCESS_TOKEN_PREFIX);
        self.keep_access(grant, &token);
        token
    }

    /// Remembers an access token made elsewhere.
    pub(crate) fn keep_access(&mut self, grant: &Arc<Grant>, token: &str) {
        self.access.insert(token, grant.clone());
    }

    pub(crate) fn access(&self, token: &str) -> Option<Arc<Grant>> {
        self.access.get(token).cloned()
    }

    pub(crate) fn issue_refresh(&mut self, grant: &Arc<Grant>) -> String {
        let token = random(REFRESH_TOKEN_PREFIX);
        let grant = grant.clone();
        self.refresh.insert(&*token, Refresh { grant, used: false });
        token
    }

    /// Who a refresh token was issued to, used or not.
    pub(crate) fn refresh(&self, token: &str) -> Option<&Arc<Grant>> {
        Some(&self.refresh.get(token)?.grant)
    }

    /// Uses a refresh token up. A second use ends the whole family (RFC 9700 4.14.2).
    pub(crate) fn rotate(&mut self, token: &str) -> Option<Arc<Grant>> {
        let found = self.refresh.get_mut(token)?;
        let grant = found.grant.clone();
        if found.used {
            self.revoke(&grant.id);
            return None;
        }
        found.used = true;
        Some(grant)
    }

    /// The token stays good, for its successor was not sent.
    pub(crate) fn unrotate(&mut self, token: &str) {
        if let Some(found) = self.refresh.get_mut(token) {
            found.used = false;
        }
    }

    /// Forgets the tokens of one grant.
    pub(crate) fn revoke(&mut self, grant_id: &str) {
        self.forget(|grant| grant.id == grant_id);
    }

    /// Forgets everything that lets this person in.
    pub(crate) fn shut_out(&mut self, subject: &str) {
        self.forget(|grant| grant.subject == subject);
        self.sessions.retain(|session| session.subject != subject);
    }

    /// Ends sessions and returns them, so that their clients can be told.
    pub(crate) fn end_sessions(&mut self, ends: impl Fn(&Session) -> bool) -> Vec<Session> {
        let ended = self.sessions.values().filter(|session| ends(session));
        let ended: Vec<Session> = ended.cloned().collect();
        self.sessions.retain(|session| !ends(session));
        ended
    }

    fn forget(&mut self, gone: impl Fn(&Grant) -> bool) {
        self.access.retain(|grant| !gone(grant));
        self.refresh.retain(|refresh| !gone(&refresh.grant));
    }
}
