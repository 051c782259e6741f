//! A verified e-mail address that somebody signed for leads to a user: by the first log-in with it, until a date, if nobody
//! else has it, here or there.

use super::Login;
use crate::{
    Code, EmailLink, Field, LinkRule, LoginError, Observation, User, UserId, Value,
    search::{Query, When},
};

impl Login {
    /// Whom the verified address of a log-in leads to.
    pub(super) async fn by_email(&self, observation: &Observation) -> Result<Option<UserId>, LoginError> {
        let Some((link, email)) = self.email_link(observation).await? else { return Ok(None) };
        let user = self.stores.users.find(link.user).await?;
        let Some(user) = user.filter(|user| may_be_known(user, &link.issuer, &email)) else {
            return Ok(None);
        };
        if self.rules.rights.may_concern(&user) || !self.is_alone(&user, &email).await? {
            tracing::warn!(user = %user.id, "an e-mail address that was signed for does not lead to its user any more");
            return Ok(None);
        }
        // Who cannot be asked for is not taken for alone; a stranger who starts now could not be undone by being asked later.
        match self.provider(&observation.provider)?.count_of_email(&email).await? {
            Some(1) => Ok(Some(user.id)),
            Some(_) => Ok(None),
            None => Err(Code::ProviderUnavailable.into()),
        }
    }

    /// The address has led: once is enough.
    pub(super) async fn has_led(&self, observation: &Observation, to: Option<UserId>) {
        let found = match to {
            Some(_) => self.email_link(observation).await,
            None => return,
        };
        if let Ok(Some((link, _))) = found
            && Some(link.user) == to
            && let Err(error) = self.stores.link_rules.drop_rule(&link.email).await
        {
            tracing::warn!(%error, "an e-mail address that has led stays until its date");
        }
    }

    /// What leads from the address that this log-in states as verified.
    async fn email_link(&self, observation: &Observation) -> Result<Option<(EmailLink, String)>, LoginError> {
        let stated = observation.stated();
        let is_verified = stated.get(&Field::EmailVerified).and_then(Value::flag) == Some(true);
        let email = stated.get(&Field::Email).and_then(Value::text).filter(|_| is_verified);
        let Some(email) = email else { return Ok(None) };
        let rule = self.stores.link_rules.rule(&EmailLink::key(&observation.issuer, email)).await?;
        Ok(match rule {
            Some(LinkRule::Email(link)) if self.world.now() < link.until => Some((link, email.to_owned())),
            Some(LinkRule::Email(_) | LinkRule::Alias(_)) | None => None,
        })
    }

    /// Whether nobody else here has the address, by any identity.
    async fn is_alone(&self, user: &User, email: &str) -> Result<bool, LoginError> {
        let query = Query { q: email.to_owned(), ..Query::default() };
        let when = When { now: self.world.now(), idle: self.rules.session_idle };
        let hits = self.stores.search.search(&query, when).await?;
        let is_whole = !hits.is_filling && !hits.is_stopped && hits.older.is_none();
        let mut owners = hits.users.iter().filter(|one| has(one, email, |_| true));
        Ok(is_whole && owners.next().is_some_and(|one| one.id == user.id) && owners.next().is_none())
    }
}

/// Whether the user is still there as they were planned: with the address, verified, and without an identity there.
fn may_be_known(user: &User, issuer: &str, email: &str) -> bool {
    let is_verified = |one: &crate::Identity| {
        let flag = one.facts.get(&Field::EmailVerified).and_then(|fact| fact.value.as_ref()?.flag());
        flag == Some(true)
    };
    !user.is_withdrawn
        && !user.identities.iter().any(|one| one.issuer == issuer)
        && has(user, email, is_verified)
}

fn has(user: &User, email: &str, counts: impl Fn(&crate::Identity) -> bool) -> bool {
    user.identities.iter().any(|one| {
        let theirs = one.facts.get(&Field::Email).and_then(|fact| fact.value.as_ref()?.text());
        theirs.is_some_and(|theirs| theirs.eq_ignore_ascii_case(email)) && counts(one)
    })
}
