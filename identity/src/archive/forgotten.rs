//! Who is left out of a restore: whoever was erased since the backup was made, or before, by what the ledgers know.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use crate::link_rules::{erased_names, other_names};
use crate::{
    Claims, Entry, ErasedName, IssuerAlias, LinkRule, Record, Timestamp, User, UserId, WrittenChanges,
};

/// Leaves erased people out of records that come in the order of a backup. Whoever logged in after their erasure is
/// somebody else, and stays.
pub struct Forgotten<'a> {
    /// When somebody of one of these names was erased, the last time.
    erased_at: &'a (dyn Fn(&[ErasedName]) -> Option<Timestamp> + Sync),
    /// Issuers that are one under several names.
    aliases: Vec<IssuerAlias>,
    /// The issuers of each provider, by which the references of its accounts are known.
    issuers: BTreeMap<String, BTreeSet<String>>,
    users: HashSet<UserId>,
    identities: u64,
}

impl<'a> Forgotten<'a> {
    /// By what these ledgers know together.
    pub fn new(
        erased_at: &'a (dyn Fn(&[ErasedName]) -> Option<Timestamp> + Sync),
        aliases: Vec<IssuerAlias>,
    ) -> Self {
        Self { erased_at, aliases, issuers: BTreeMap::new(), users: HashSet::new(), identities: 0 }
    }

    /// How many users were left out so far, and how many identities of others.
    pub fn left_out(&self) -> (u64, u64) {
        (self.users.len() as u64, self.identities)
    }

    /// What is kept of a record.
    pub fn without(&mut self, record: Record) -> Option<Record> {
        match record {
            Record::User(user) => self.user(*user).map(|user| Record::User(Box::new(user))),
            Record::Changes(changes) => self.has(&changes).then_some(Record::Changes(changes)),
            Record::Entry(entry) => (!self.was_erased_with(&entry)).then_some(Record::Entry(entry)),
            Record::LinkRule(LinkRule::Email(link)) => {
                let is_kept = !self.users.contains(&link.user);
                is_kept.then_some(Record::LinkRule(LinkRule::Email(link)))
            }
            Record::Message(message) => {
                let at = message.about.and_then(|about| (self.erased_at)(&[ErasedName::Reference(about)]));
                let is_older = at.is_some_and(|at| message.received_at < at);
                (!is_older).then_some(Record::Message(message))
            }
            other => Some(other),
        }
    }

    fn user(&mut self, user: User) -> Option<User> {
        for one in &user.identities {
            self.issuers.entry(one.provider.clone()).or_default().insert(one.issuer.clone());
        }
        let (id, all) = (user.id, user.identities.len());
        let left = without_the_erased(user, &self.aliases, self.erased_at);
        match &left {
            None => drop(self.users.insert(id)),
            Some(left) => self.identities += (all - left.identities.len()) as u64,
        }
        left
    }

    /// Whether changes are of somebody who is kept, and of an identity that is.
    fn has(&self, changes: &WrittenChanges) -> bool {
        let at = changes.identity.as_ref().and_then(|name| {
            (self.erased_at)(&erased_names(&self.aliases, &name.issuer, &name.subject, &Claims::new()))
        });
        !self.users.contains(&changes.user) && at.is_none_or(|at| changes.origin.received_at >= at)
    }

    fn was_erased_with(&self, entry: &Entry) -> bool {
        let issuers = self.issuers.get(&entry.provider).into_iter().flatten();
        let issuers = issuers.chain(entry.identity.iter().map(|(issuer, _)| issuer));
        let mut names = Vec::new();
        for issuer in issuers {
            names.push(ErasedName::reference(issuer, &entry.reference));
            let others = other_names(&self.aliases, issuer);
            names.extend(others.iter().map(|other| ErasedName::reference(other, &entry.reference)));
        }
        if let Some((issuer, subject)) = &entry.identity {
            names.extend(erased_names(&self.aliases, issuer, subject, &Claims::new()));
        }
        (self.erased_at)(&names).is_some_and(|at| entry.created_at < at)
    }
}

/// A user without the identities that were first seen before they were erased; none where the user was erased, or
/// nothing is left of them.
pub(crate) fn without_the_erased(
    mut user: User,
    aliases: &[IssuerAlias],
    erased_at: impl Fn(&[ErasedName]) -> Option<Timestamp>,
) -> Option<User> {
    if erased_at(&[ErasedName::User(user.id)]).is_some() {
        return None;
    }
    let had = !user.identities.is_empty();
    user.identities.retain(|one| {
        let names = erased_names(aliases, &one.issuer, &one.subject, &one.claims);
        erased_at(&names).is_none_or(|at| one.first_seen_at >= at)
    });
    (!had || !user.identities.is_empty()).then_some(user)
}

#[cfg(test)]
mod tests {
    use std::collections::HashMap;

    use uuid::Uuid;

    use super::*;
    use crate::link_rules::names_of_user;
    use crate::merge::merge;
    use crate::{
        Actor, EmailLink, EntryId, Extent, IdentityName, Message, MessageId, MessageState, Observation,
        Origin, RunId, Source,
    };

    const ISSUER: &str = "https://a.example";

    fn at(seconds: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn origin(seconds: i64) -> Origin {
        Origin { at: at(seconds), received_at: at(seconds), source: Source::Login, actor: None, run: None }
    }

    fn user(n: u128, subject: &str, seconds: i64) -> User {
        let observation = Observation {
            provider: "main".into(),
            issuer: ISSUER.into(),
            subject: subject.into(),
            origin: origin(seconds),
            extent: Extent::Partial,
            claims: Claims::new(),
            standing: None,
        };
        merge(None, &observation, UserId(Uuid::from_u128(n))).user
    }

    fn changes(user: &User, subject: &str, seconds: i64) -> Record {
        let identity =
            Some(IdentityName { provider: "main".into(), issuer: ISSUER.into(), subject: subject.into() });
        let (version, ordinal, whats) = (1, 0, Vec::new());
        let origin = origin(seconds);
        Record::Changes(Box::new(WrittenChanges { user: user.id, version, ordinal, identity, whats, origin }))
    }

    /// What is left where these names were erased at second 100.
    fn left(erased: &[ErasedName], records: Vec<Record>) -> Vec<Record> {
        left_with(Vec::new(), erased, records)
    }

    fn left_with(aliases: Vec<IssuerAlias>, erased: &[ErasedName], records: Vec<Record>) -> Vec<Record> {
        let known: HashMap<ErasedName, Timestamp> = erased.iter().map(|name| (*name, at(100))).collect();
        let erased_at = |names: &[ErasedName]| names.iter().filter_map(|name| known.get(name)).max().copied();
        let mut forgotten = Forgotten::new(&erased_at, aliases);
        records.into_iter().filter_map(|record| forgotten.without(record)).collect()
    }

    #[test]
    fn who_was_erased_is_left_out_with_their_history_and_nobody_else() {
        let (ada, bob) = (user(1, "ada", 1), user(2, "bob", 1));
        let of = |user: &User| Record::User(Box::new(user.clone()));
        let all = vec![of(&ada), of(&bob), changes(&ada, "ada", 1), changes(&bob, "bob", 1)];
        let bobs = vec![of(&bob), changes(&bob, "bob", 1)];
        assert_eq!(left(&[ErasedName::User(ada.id)], all.clone()), bobs);
        // By their only identity, whatever their id.
        assert_eq!(left(&names_of_user(&ada, &[], &[])[1..], all.clone()), bobs);
        assert_eq!(left(&[], all.clone()), all);
    }

    #[test]
    fn who_logged_in_after_they_were_erased_stays() {
        let again = Record::User(Box::new(user(3, "ada", 100)));
        let names = names_of_user(&user(1, "ada", 1), &[], &[]);
        let all = vec![again, changes(&user(3, "ada", 100), "ada", 100)];
        assert_eq!(left(&names, all.clone()), all);
    }

    #[test]
    fn an_identity_that_was_erased_with_another_user_leaves_this_one() {
        let mut ada = user(1, "ada", 1);
        ada.identities.extend(user(2, "work", 2).identities);
        let without = User { identities: vec![ada.identities[0].clone()], ..ada.clone() };
        let all =
            vec![Record::User(Box::new(ada.clone())), changes(&ada, "work", 2), changes(&ada, "ada", 2)];
        let stays = vec![Record::User(Box::new(without)), changes(&ada, "ada", 2)];
        assert_eq!(left(&[ErasedName::identity(ISSUER, "work")], all), stays);
    }

    #[test]
    fn who_was_erased_under_another_name_of_the_issuer_is_left_out_too() {
        const NEW: &str = "https://new.example";
        let (issuer, of, actor) = (NEW.to_owned(), ISSUER.to_owned(), Actor::Cli("grace".to_owned()));
        let alias = IssuerAlias { issuer, of, made_at: at(1), actor };
        let ada = user(1, "ada", 1);
        let entry = Entry::new(EntryId(Uuid::from_u128(9)), "main", "ada", at(1));
        let all = vec![
            Record::User(Box::new(ada.clone())),
            Record::User(Box::new(user(2, "bob", 1))),
            changes(&ada, "ada", 1),
            Record::Entry(Box::new(entry)),
        ];
        let names = ErasedName::of(NEW, "ada", &Claims::new());
        assert_eq!(left_with(vec![alias], &names, all.clone()), all[1..2]);
        assert_eq!(left(&names, all.clone()), all, "without the alias they are two");
    }

    #[test]
    fn an_address_leads_to_nobody_who_was_erased() {
        let rule = |user: u128| {
            let (issuer, email) = (ISSUER.to_owned(), EmailLink::key(ISSUER, "ada@example.com"));
            let run = RunId(Uuid::from_u128(5));
            let link = EmailLink { issuer, email, user: UserId(Uuid::from_u128(user)), run, until: at(900) };
            Record::LinkRule(LinkRule::Email(link))
        };
        let (ada, bob) = (user(1, "ada", 1), user(2, "bob", 1));
        let of = |user: &User| Record::User(Box::new(user.clone()));
        let all = vec![of(&ada), of(&bob), rule(1), rule(2)];
        assert_eq!(left(&[ErasedName::User(ada.id)], all), [of(&bob), rule(2)]);
    }

    #[test]
    fn their_entries_and_messages_are_left_out_and_later_ones_stay() {
        let entry = |seconds| {
            let entry = Entry::new(EntryId(Uuid::from_u128(9)), "main", "0001", at(seconds));
            Record::Entry(Box::new(entry))
        };
        let reference = ErasedName::reference(ISSUER, "0001");
        let ErasedName::Reference(about) = reference else { unreachable!() };
        let message = |seconds| {
            Record::Message(Box::new(Message {
                id: MessageId(Uuid::from_u128(8)),
                provider: "main".into(),
                sender_id: "m".into(),
                kind: "user.updated".into(),
                about: Some(about),
                gone_at: None,
                received_at: at(seconds),
                state: MessageState::Waiting,
                reason: None,
                is_approved: false,
                tries: 0,
                due_at: at(seconds),
                version: 1,
                content: Some(b"x".to_vec()),
            }))
        };
        // The issuer of an entry's provider is known by its users.
        let bob = Record::User(Box::new(user(2, "bob", 1)));
        let all = vec![bob.clone(), entry(1), message(1), entry(100), message(100)];
        assert_eq!(left(&[reference], all), [bob, entry(100), message(100)]);
    }
}
