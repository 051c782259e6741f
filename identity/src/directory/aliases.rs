//! Issuers that are one under several names: whose an identity is under another of them, and who was erased.

use crate::link_rules::{erased_names, other_names};
use crate::operator_log::{Act, LogLine};
use crate::{
    Claims, Directory, IssuerAlias, LinkRule, LinkRuleKind, Operator, StoreError, Stores, Timestamp, User,
    UserId,
};

/// More names nobody gives.
const ALIASES: u32 = 1000;

impl Stores {
    /// The other names of an issuer.
    pub(crate) async fn other_names(&self, issuer: &str) -> Result<Vec<String>, StoreError> {
        Ok(other_names(&self.aliases().await?, issuer))
    }

    /// Whose the same subject is under another name of the issuer; none where it is nobody's, or of several.
    pub(crate) async fn of_another_name(
        &self,
        issuer: &str,
        subject: &str,
    ) -> Result<Option<UserId>, StoreError> {
        let mut owners: Vec<UserId> = Vec::new();
        for name in self.other_names(issuer).await? {
            let owner = self.users.find_by_identity(&name, subject).await?;
            owners.extend(owner.map(|owner| owner.id).filter(|id| !owners.contains(id)));
        }
        match owners[..] {
            [owner] => Ok(Some(owner)),
            [] => Ok(None),
            _ => {
                tracing::warn!(
                    users = owners.len(),
                    "an identity is several users' under the names of its issuer"
                );
                Ok(None)
            }
        }
    }

    /// When somebody who went by this identity was erased, under any name of its issuer.
    pub(crate) async fn erased_at(
        &self,
        issuer: &str,
        subject: &str,
        claims: &Claims,
    ) -> Result<Option<Timestamp>, StoreError> {
        self.erasures.erased_at(&erased_names(&self.aliases().await?, issuer, subject, claims)).await
    }

    pub(crate) async fn aliases(&self) -> Result<Vec<IssuerAlias>, StoreError> {
        let rules = self.link_rules.rules(Some(LinkRuleKind::Alias), None, ALIASES).await?;
        let alias = |rule| match rule {
            LinkRule::Alias(alias) => Some(alias),
            LinkRule::Email(_) => None,
        };
        Ok(rules.into_iter().filter_map(alias).collect())
    }
}

impl Directory {
    /// The user whose an identity is, or will be by its next word: under another name of its issuer.
    pub(crate) async fn owner(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        match self.find_by_identity(issuer, subject).await? {
            Some(user) => Ok(Some(user)),
            None => match self.stores.of_another_name(issuer, subject).await? {
                Some(id) => self.find(id).await,
                None => Ok(None),
            },
        }
    }

    /// The issuers that have another name.
    ///
    /// # Errors
    /// The database's.
    pub async fn aliases(&self) -> Result<Vec<IssuerAlias>, StoreError> {
        self.stores.aliases().await
    }

    /// Says that an issuer is another one under a new name, or under its old one again; in the operators' log first.
    ///
    /// # Errors
    /// The database's.
    pub async fn add_alias(&self, by: &Operator, issuer: &str, of: &str) -> Result<(), StoreError> {
        let line = self.alias_line(by, format!("{issuer} is {of}"));
        let (issuer, of, actor) = (issuer.to_owned(), of.to_owned(), by.actor.clone());
        let alias = IssuerAlias { issuer, of, made_at: line.at, actor };
        self.stores.log.note(&line).await?;
        self.stores.link_rules.put_rule(&LinkRule::Alias(alias)).await
    }

    /// Takes that back; whether it was so. Identities that joined by it stay.
    ///
    /// # Errors
    /// The database's.
    pub async fn remove_alias(&self, by: &Operator, issuer: &str) -> Result<bool, StoreError> {
        let key = IssuerAlias::key(issuer);
        if self.stores.link_rules.rule(&key).await?.is_none() {
            return Ok(false);
        }
        self.stores.log.note(&self.alias_line(by, format!("{issuer} is itself alone"))).await?;
        self.stores.link_rules.drop_rule(&key).await
    }

    fn alias_line(&self, by: &Operator, detail: String) -> LogLine {
        by.line(&*self.world, Act::Alias, None, Some(detail))
    }
}
