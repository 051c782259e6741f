//! What the operator has arranged so that an identity that is nobody's yet joins a user by its log-in: an issuer that has
//! another name, an e-mail address that somebody signed for. There is none by default, each stands in the operators' log,
//! and a user whom somebody was erased as is joined by none. The port is written as obligations.

use async_trait::async_trait;
use serde::{Deserialize, Serialize};

use crate::{Actor, Claims, Digest, Entry, ErasedName, Identity, RunId, StoreError, Timestamp, User, UserId};

/// One arrangement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum LinkRule {
    /// An issuer is another one under a new name.
    Alias(IssuerAlias),
    /// Whoever logs in with this verified e-mail address is this user.
    Email(EmailLink),
}

/// Two issuers are one provider: the same subject at both is the same account.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct IssuerAlias {
    /// The new name, byte for byte.
    pub issuer: String,
    /// The name that it had before.
    pub of: String,
    /// When it was arranged.
    pub made_at: Timestamp,
    /// By whom.
    pub actor: Actor,
}

/// An e-mail address that leads to a user, once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EmailLink {
    /// Where they will log in.
    pub issuer: String,
    /// The digest of the address: see [`EmailLink::key`].
    pub email: Digest,
    /// Whom it leads to.
    pub user: UserId,
    /// The switch that it is part of.
    pub run: RunId,
    /// From then on it leads nowhere.
    pub until: Timestamp,
}

/// What a rule is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum LinkRuleKind {
    /// [`LinkRule::Alias`].
    Alias,
    /// [`LinkRule::Email`].
    Email,
}

impl LinkRule {
    /// What it is about.
    pub fn kind(&self) -> LinkRuleKind {
        match self {
            Self::Alias(_) => LinkRuleKind::Alias,
            Self::Email(_) => LinkRuleKind::Email,
        }
    }

    /// What it is found by; of one key there is one rule.
    pub fn key(&self) -> Digest {
        match self {
            Self::Alias(alias) => IssuerAlias::key(&alias.issuer),
            Self::Email(link) => link.email,
        }
    }

    /// From when on it counts no more; none where it does until somebody takes it away.
    pub fn until(&self) -> Option<Timestamp> {
        match self {
            Self::Alias(_) => None,
            Self::Email(link) => Some(link.until),
        }
    }
}

impl IssuerAlias {
    /// The key of the alias of this issuer.
    pub fn key(issuer: &str) -> Digest {
        Digest::of_pair("alias", issuer)
    }
}

impl EmailLink {
    /// The key of an address at an issuer. Letters of ASCII are folded, and no others: `K`, the sign of Kelvin, is no `k`.
    pub fn key(issuer: &str, email: &str) -> Digest {
        Digest::of_pair(issuer, &format!("email {}", email.to_ascii_lowercase()))
    }
}

/// The other names of an issuer, however many steps away.
pub(crate) fn other_names(aliases: &[IssuerAlias], issuer: &str) -> Vec<String> {
    let mut names = vec![issuer.to_owned()];
    let mut at = 0;
    while at < names.len() {
        let one = names[at].clone();
        let pairs = aliases.iter().flat_map(|alias| [(&alias.issuer, &alias.of), (&alias.of, &alias.issuer)]);
        for (_, other) in pairs.filter(|(name, _)| **name == one) {
            if !names.contains(other) {
                names.push(other.clone());
            }
        }
        at += 1;
    }
    names.split_off(1)
}

/// All names of whoever has this identity, under each name of its issuer.
pub(crate) fn erased_names(
    aliases: &[IssuerAlias],
    issuer: &str,
    subject: &str,
    claims: &Claims,
) -> Vec<ErasedName> {
    let others = other_names(aliases, issuer);
    let issuers = std::iter::once(issuer).chain(others.iter().map(String::as_str));
    issuers.flat_map(|issuer| ErasedName::of(issuer, subject, claims)).collect()
}

/// All names of a user, and of their accounts as their providers call them, each with its issuer; under each name of the
/// issuers.
pub(crate) fn names_of_user(
    user: &User,
    entries: &[(String, Entry)],
    aliases: &[IssuerAlias],
) -> Vec<ErasedName> {
    let of_identity = |one: &Identity| erased_names(aliases, &one.issuer, &one.subject, &one.claims);
    let of_entry = |(issuer, entry): &(String, Entry)| {
        let others = other_names(aliases, issuer);
        let issuers = std::iter::once(issuer).chain(&others);
        issuers.map(|issuer| ErasedName::reference(issuer, &entry.reference)).collect::<Vec<_>>()
    };
    let of_identities = user.identities.iter().flat_map(of_identity);
    let of_entries = entries.iter().flat_map(of_entry);
    std::iter::once(ErasedName::User(user.id)).chain(of_identities).chain(of_entries).collect()
}

/// The store of link rules.
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer within two seconds,
/// [`StoreError::Unreadable`] where it holds what we did not write.
#[async_trait]
pub trait LinkRules: Send + Sync {
    /// Keeps a rule, over the one with its key.
    async fn put_rule(&self, rule: &LinkRule) -> Result<(), StoreError>;

    /// The rule with this key.
    async fn rule(&self, key: &Digest) -> Result<Option<LinkRule>, StoreError>;

    /// Takes a rule away; whether there was one.
    async fn drop_rule(&self, key: &Digest) -> Result<bool, StoreError>;

    /// At most `limit` rules after the one with this key, in the order of their keys, of one kind where one is named: all
    /// of them by pages. Fewer than `limit` means that there are no more.
    async fn rules(
        &self,
        kind: Option<LinkRuleKind>,
        after: Option<Digest>,
        limit: u32,
    ) -> Result<Vec<LinkRule>, StoreError>;

    /// Forgets what counts no more.
    async fn sweep_rules(&self, now: Timestamp) -> Result<(), StoreError>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alias(issuer: &str, of: &str) -> IssuerAlias {
        let (issuer, of) = (issuer.to_owned(), of.to_owned());
        IssuerAlias { issuer, of, made_at: Timestamp::UNIX_EPOCH, actor: Actor::Cli("ada".into()) }
    }

    #[test]
    fn an_issuer_has_all_names_that_lead_to_it_and_no_others() {
        let aliases = [alias("c", "b"), alias("b", "a"), alias("y", "x"), alias("a", "c")];
        let mut names = other_names(&aliases, "c");
        names.sort();
        assert_eq!(names, ["a", "b"]);
        assert_eq!(other_names(&aliases, "x"), ["y"]);
        assert_eq!(other_names(&aliases, "z"), [""; 0]);
        assert_eq!(other_names(&[], "a"), [""; 0]);
    }

    #[test]
    fn an_address_is_folded_in_ascii_alone_and_belongs_to_one_issuer() {
        let key = EmailLink::key("https://b", "ada@example.com");
        assert_eq!(key, EmailLink::key("https://b", "Ada@Example.COM"));
        for (issuer, email) in [("https://b", "ada@example.com "), ("https://c", "ada@example.com")] {
            assert_ne!(key, EmailLink::key(issuer, email));
        }
        assert_ne!(EmailLink::key("https://b", "kim@x"), EmailLink::key("https://b", "\u{212a}im@x"));
    }
}
