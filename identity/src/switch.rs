//! Moving people to another provider: who is who before it, what an account that is made there came to, and how an
//! identity joins its user before anybody logs in by it.

use async_trait::async_trait;
use serde_json::Value as Json;
use sha2::{Digest as _, Sha256};

use crate::change::{Change, What};
use crate::decision::{Decision, Written};
use crate::origin::Origin;
use crate::runs::Run;
use crate::{
    Accounts, Claims, Code, Directory, Extent, IdentityName, Observation, ProviderError, Standing,
    StoreError, User, UserId, Whom, merge,
};

/// Who has which identities: equal for the same people with the same identities, whatever they log in. Those of one
/// issuer, to whom people are moved, do not count.
pub struct Fingerprint {
    digest: Sha256,
    besides: String,
}

impl Fingerprint {
    /// Of nobody yet.
    pub fn new(besides: &str) -> Self {
        Self { digest: Sha256::new(), besides: besides.to_owned() }
    }

    /// Adds a user; in the order of their ids.
    pub fn add(&mut self, user: &User) {
        let mut names: Vec<(&str, &str)> = user
            .identities
            .iter()
            .filter(|one| one.issuer != self.besides)
            .map(|one| (one.issuer.as_str(), one.subject.as_str()))
            .collect();
        names.sort_unstable();
        self.digest.update(user.id.0.as_bytes());
        for part in names.iter().flat_map(|(issuer, subject)| [issuer, subject]) {
            // No two lists of names are one row of bytes.
            self.digest.update((part.len() as u64).to_be_bytes());
            self.digest.update(part.as_bytes());
        }
    }

    /// As hexadecimal digits.
    pub fn into_hex(self) -> String {
        self.digest.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// An account to be made.
#[derive(Clone, Debug, PartialEq)]
pub struct NewAccount {
    /// Whose: it bears our id of them.
    pub user: UserId,
    /// The body of the request, as the interface takes it.
    pub body: Json,
    /// What no other account there may have: `username` and `email`, a blank, and the name in small letters.
    pub names: Vec<String>,
}

/// What an account that was to be made came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Placed {
    /// It is there under this id, now or since an earlier try.
    There(String),
    /// Another account has its user name or its e-mail address.
    Conflict,
    /// The provider does not take it.
    Refused,
}

/// The admin interface of a provider that makes accounts for us.
#[async_trait]
pub trait Placement: Accounts {
    /// Makes accounts, under our ids where `by_our_ids`, which the interface must take; what each came to, in their order.
    /// An account that is there is never written over. Asked again, those that were made are there.
    ///
    /// # Errors
    /// As [`Accounts::count`].
    async fn place(&self, accounts: &[NewAccount], by_our_ids: bool) -> Result<Vec<Placed>, ProviderError>;

    /// Takes an account away if it bears our id of this user; whether it did.
    ///
    /// # Errors
    /// As [`Accounts::count`].
    async fn remove(&self, reference: &str, user: UserId) -> Result<bool, ProviderError>;
}

/// What became of an identity that was to join a user.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Joined {
    /// It is theirs now.
    New,
    /// It was theirs already.
    Already,
    /// The user has another identity of this provider.
    HasAnother,
    /// It is another user's.
    Taken,
    /// There is no such user any more.
    NoUser,
}

impl Directory {
    /// Gives a user an identity by which nobody has logged in yet; `is_made` where the run made the account.
    ///
    /// # Errors
    /// The database's.
    pub async fn join(
        &self,
        user: UserId,
        name: &IdentityName,
        run: &Run,
        is_made: bool,
    ) -> Result<Joined, StoreError> {
        let origin = Origin::of_operator(run.actor.clone(), self.world.now());
        let observation = Observation {
            provider: name.provider.clone(),
            issuer: name.issuer.clone(),
            subject: name.subject.clone(),
            origin: Origin { run: Some(run.id), ..origin },
            extent: Extent::Partial,
            claims: Claims::new(),
            standing: Some(Standing::Present),
        };
        let has = |user: &User| user.identity(&name.issuer, &name.subject).is_some();
        let decide = |found: Option<&User>| match found {
            None => Decision::Leave,
            Some(found)
                if found.id == user && found.identities.iter().any(|one| one.issuer == name.issuer) =>
            {
                Decision::Leave
            }
            Some(found) if found.is_withdrawn => Decision::Leave,
            found => match merge::merge_or_link(found, &observation, user, Some(user)) {
                Decision::Keep(mut write) if is_made => {
                    let (version, identity) = (write.user.version, Some(name.clone()));
                    let origin = observation.origin.clone();
                    write.changes.push(Change { version, identity, what: What::AccountMade, origin });
                    Decision::Keep(write)
                }
                other => other,
            },
        };
        let whom = Whom { identity: Some((&name.issuer, &name.subject)), id: Some(user) };
        Ok(match self.stores.users.write(whom, &decide).await? {
            Written::Kept(_) => Joined::New,
            Written::Left(Some(found)) if has(&found) => Joined::Already,
            Written::Left(Some(found)) if !found.is_withdrawn => Joined::HasAnother,
            Written::Refused(Code::IdentityTaken) => Joined::Taken,
            Written::Left(_) | Written::Erased(_) | Written::Refused(_) => Joined::NoUser,
        })
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;
    use crate::{Source, Timestamp};

    fn user(id: u128, identities: &[(&str, &str)], login: i64) -> User {
        let mut made = None;
        for (issuer, subject) in identities {
            let at = Timestamp::from_timestamp(login, 0).unwrap();
            let origin = Origin { at, received_at: at, source: Source::Login, actor: None, run: None };
            let said = Observation {
                provider: "a".into(),
                issuer: (*issuer).into(),
                subject: (*subject).into(),
                origin,
                extent: Extent::Partial,
                claims: Claims::new(),
                standing: Some(Standing::Present),
            };
            made = Some(merge::merge(made.as_ref(), &said, UserId(Uuid::from_u128(id))).user);
        }
        made.unwrap()
    }

    fn of(users: &[User]) -> String {
        let mut fingerprint = Fingerprint::new("https://b.example");
        users.iter().for_each(|user| fingerprint.add(user));
        fingerprint.into_hex()
    }

    #[test]
    fn a_log_in_and_the_new_providers_own_change_nothing_and_whatever_else_does() {
        let same = of(&[user(1, &[("https://a.example", "ada")], 1)]);
        assert_eq!(same, of(&[user(1, &[("https://a.example", "ada")], 9)]));
        assert_eq!(same, of(&[user(1, &[("https://a.example", "ada"), ("https://b.example", "x")], 1)]));
        for others in [
            vec![],
            vec![user(2, &[("https://a.example", "ada")], 1)],
            vec![user(1, &[("https://a.example", "Ada")], 1)],
            vec![user(1, &[("https://a.exampl", "eada")], 1)],
            vec![user(1, &[("https://a.example", "ada"), ("https://c.example", "ada")], 1)],
            vec![user(1, &[("https://a.example", "ada")], 1), user(2, &[("https://a.example", "bob")], 1)],
        ] {
            assert_ne!(same, of(&others), "{others:?}");
        }
    }
}
