//! The stores as lists. What a log-in never asks for is unreachable.

use async_trait::async_trait;

use super::*;
use crate::{
    Access, Census, Censuses, Change, ChangesOf, Decide, Digest, Entries, Entry, EntryCounts, EntryId,
    ErasedName, Erasure, ErasureKey, Erasures, Lease, LinkRule, LinkRuleKind, LinkRules, LogLine, Made,
    OperatorLog, Run, RunId, RunState, Runs, RunsAsked, Search, Sessions, Shelf, Standing, Status,
    StoreError, Tickets, Tokens, UserId, Users, search,
};

pub(in super::super) struct MemoryStore {
    users: Mutex<Vec<User>>,
    sessions: Mutex<Vec<Session>>,
    tickets: Mutex<Vec<(Ticket, bool)>>,
    leases: Mutex<Vec<(i64, Timestamp)>>,
    entries: Mutex<Vec<Entry>>,
    winner: Mutex<Option<Winner>>,
    unreadable: Mutex<bool>,
    down: Mutex<bool>,
    log: Mutex<Vec<LogLine>>,
    erased: Mutex<Vec<(ErasedName, Timestamp)>>,
    undone: Mutex<Vec<Run>>,
    rules: Mutex<Vec<LinkRule>>,
    diary: Diary,
}

/// What another process does to a session while we wait for the lease.
type Winner = Box<dyn FnOnce(&mut Vec<Session>) + Send>;

impl MemoryStore {
    pub(super) fn new(diary: Diary) -> Self {
        let (users, sessions, tickets, leases, entries, winner, unreadable, down) = Default::default();
        let (log, erased, undone, rules) = Default::default();
        Self {
            users,
            sessions,
            tickets,
            leases,
            entries,
            winner,
            unreadable,
            down,
            log,
            erased,
            undone,
            rules,
            diary,
        }
    }

    pub(in super::super) fn all(&self) -> Vec<User> {
        self.users.lock().unwrap().clone()
    }

    pub(in super::super) fn entries(&self) -> Vec<Entry> {
        self.entries.lock().unwrap().clone()
    }

    pub(in super::super) fn sessions(&self) -> Vec<Session> {
        self.sessions.lock().unwrap().clone()
    }

    pub(in super::super) fn attempts(&self) -> Vec<Attempt> {
        let tickets = self.tickets.lock().unwrap();
        tickets.iter().map(|(ticket, _)| Attempt::from_ticket(ticket).unwrap()).collect()
    }

    /// A ticket that was issued elsewhere.
    pub(in super::super) fn keep(&self, ticket: Ticket) {
        self.tickets.lock().unwrap().push((ticket, false));
    }

    /// A switch that was taken back.
    pub(in super::super) fn undone(&self, run: Run) {
        self.undone.lock().unwrap().push(run);
    }

    pub(in super::super) fn go_down(&self) {
        *self.down.lock().unwrap() = true;
    }

    pub(in super::super) fn come_back(&self) {
        *self.down.lock().unwrap() = false;
    }

    /// Sessions cannot be read any more: the key that encrypted them is gone.
    pub(in super::super) fn become_unreadable(&self) {
        *self.unreadable.lock().unwrap() = true;
    }

    /// Every user becomes so.
    pub(in super::super) fn make(&self, status: Status) {
        for user in self.users.lock().unwrap().iter_mut() {
            user.is_disabled = status == Status::Disabled;
            for identity in &mut user.identities {
                let gone = status == Status::Tombstone;
                identity.standing = if gone { Standing::Deleted } else { Standing::Present };
            }
        }
    }

    /// Changes the only session, as time or another process would.
    pub(in super::super) fn change(&self, how: impl FnOnce(&mut Session)) {
        let mut sessions = self.sessions.lock().unwrap();
        assert_eq!(sessions.len(), 1);
        how(&mut sessions[0]);
    }

    /// Ends all sessions, as another device would.
    pub(in super::super) fn end_all(&self) {
        self.sessions.lock().unwrap().clear();
    }

    /// The generations and ends of the leases that were asked for.
    pub(in super::super) fn leases(&self) -> Vec<(i64, Timestamp)> {
        self.leases.lock().unwrap().clone()
    }

    /// The next lease is lost to another process, which does this meanwhile.
    pub(in super::super) fn lose_the_race(&self, winner: impl FnOnce(&mut Vec<Session>) + Send + 'static) {
        *self.winner.lock().unwrap() = Some(Box::new(winner));
    }

    fn end_now(&self, which: &Ends) -> u64 {
        let mut sessions = self.sessions.lock().unwrap();
        let before = sessions.len();
        match which {
            Ends::One(id) => sessions.retain(|one| one.id != *id),
            Ends::OfUser { user, except } => {
                sessions.retain(|one| one.user != *user || Some(one.id) == *except);
            }
            Ends::OfIdentity { issuer, subject } => {
                sessions.retain(|one| (&one.issuer, &one.subject) != (issuer, subject));
            }
            Ends::Oldest { user, except, at_most } => {
                let is_other = |one: &Session| one.user == *user && one.id != *except;
                let others = sessions.iter().filter(|one| is_other(one)).count();
                let mut surplus = others.saturating_sub(*at_most as usize);
                sessions.retain(|one| {
                    let goes = is_other(one) && surplus > 0;
                    surplus -= usize::from(goes);
                    !goes
                });
            }
        }
        (before - sessions.len()) as u64
    }
}

#[async_trait]
impl Users for MemoryStore {
    async fn write(&self, whom: Whom<'_>, decide: &Decide<'_>) -> Result<Written, StoreError> {
        self.diary.note("write");
        if *self.down.lock().unwrap() {
            return Err(StoreError::unavailable("down"));
        }
        let mut users = self.users.lock().unwrap();
        let owns = |one: &User| {
            whom.identity.is_some_and(|(issuer, subject)| one.identity(issuer, subject).is_some())
        };
        let owner = users.iter().position(owns);
        let at = owner.or_else(|| users.iter().position(|one| Some(one.id) == whom.id));
        let before = at.map(|at| users[at].clone());
        match decide(before.as_ref()) {
            Decision::Leave => Ok(Written::Left(before)),
            Decision::Refuse(code) => Ok(Written::Refused(code)),
            Decision::Erase(erase) => {
                self.log.lock().unwrap().extend(erase.log.clone());
                self.erased.lock().unwrap().extend(erase.names.iter().map(|name| (*name, erase.at)));
                self.entries.lock().unwrap().retain(|entry| !erase.entries.contains(&entry.id));
                Ok(Written::Erased(users.remove(at.unwrap())))
            }
            Decision::Keep(write) => {
                match at {
                    Some(at) => users[at] = write.user.clone(),
                    None => users.push(write.user.clone()),
                }
                self.sessions.lock().unwrap().extend(write.starts.clone());
                for which in &write.ends {
                    self.end_now(which);
                }
                self.log.lock().unwrap().extend(write.log.clone());
                Ok(Written::Kept(write))
            }
        }
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.all().into_iter().find(|one| one.id == id))
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        self.diary.note("find by identity");
        Ok(self.all().into_iter().find(|one| one.identity(issuer, subject).is_some()))
    }

    async fn changes(&self, _: UserId, _: Option<i64>, _: u32) -> Result<Vec<Change>, StoreError> {
        unreachable!("a log-in reads no changes")
    }

    async fn mapped_changes(&self, _: UserId, _: Option<i64>, _: u32) -> Result<Vec<Change>, StoreError> {
        unreachable!("a log-in reads no changes")
    }

    async fn page(&self, _: Option<UserId>, _: u32) -> Result<Vec<User>, StoreError> {
        unreachable!("a log-in pages through nothing")
    }

    async fn ping(&self) -> Result<(), StoreError> {
        unreachable!("a log-in does not ping")
    }
}

#[async_trait]
impl Sessions for MemoryStore {
    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError> {
        if *self.unreadable.lock().unwrap() {
            return Err(StoreError::unreadable("another key"));
        }
        let Some(session) = self.sessions().into_iter().find(|one| one.id == *id) else { return Ok(None) };
        let user = Users::find(self, session.user).await?.unwrap();
        let refresh_at = session.tokens.refresh_at();
        let tokens = Tokens { generation: session.tokens.generation, ..Tokens::default() };
        Ok(Some((Session { refresh_at, tokens, ..session }, user)))
    }

    async fn tokens(&self, id: &Digest) -> Result<Option<Tokens>, StoreError> {
        Ok(self.sessions().into_iter().find(|one| one.id == *id).map(|one| one.tokens))
    }

    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError> {
        self.diary.note("touch");
        for session in self.sessions.lock().unwrap().iter_mut().filter(|one| one.id == *id) {
            session.last_used_at = now;
        }
        Ok(())
    }

    async fn end(&self, which: &Ends) -> Result<u64, StoreError> {
        self.diary.note("end");
        Ok(self.end_now(which))
    }

    async fn lease(
        &self,
        _: &Digest,
        generation: i64,
        _: Timestamp,
        until: Timestamp,
    ) -> Result<Lease, StoreError> {
        self.diary.note("lease");
        self.leases.lock().unwrap().push((generation, until));
        let Some(winner) = self.winner.lock().unwrap().take() else { return Ok(Lease::Mine) };
        winner(&mut self.sessions.lock().unwrap());
        Ok(Lease::Theirs)
    }

    async fn renew(&self, id: &Digest, tokens: &Tokens, access: &Access) -> Result<(), StoreError> {
        self.diary.note("renew");
        for session in self.sessions.lock().unwrap().iter_mut().filter(|one| one.id == *id) {
            (session.tokens, session.access) = (tokens.clone(), access.clone());
        }
        Ok(())
    }

    async fn end_at_provider(
        &self,
        issuer: &str,
        subject: Option<&str>,
        sid: Option<&str>,
    ) -> Result<u64, StoreError> {
        self.diary.note(format!("end at {issuer}: {subject:?} {sid:?}"));
        if *self.down.lock().unwrap() {
            return Err(StoreError::unavailable("down"));
        }
        Ok(1)
    }

    async fn list(&self, _: UserId, _: Timestamp) -> Result<Vec<Session>, StoreError> {
        unreachable!("a log-in lists nothing")
    }

    async fn started(
        &self,
        _: Timestamp,
        _: Timestamp,
        _: Option<Digest>,
        _: u32,
    ) -> Result<Vec<Session>, StoreError> {
        unreachable!("a log-in lists nothing")
    }

    async fn sweep(&self, _: Timestamp, _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in sweeps nothing")
    }
}

#[async_trait]
impl Tickets for MemoryStore {
    async fn issue(&self, ticket: &Ticket, at_most: u32) -> Result<(), StoreError> {
        self.diary.note("issue");
        assert_eq!(at_most, ATTEMPTS);
        self.tickets.lock().unwrap().push((ticket.clone(), false));
        Ok(())
    }

    async fn take(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let mut tickets = self.tickets.lock().unwrap();
        let mine = |(one, _): &&mut (Ticket, bool)| {
            one.kind == kind && one.key == *key && one.holder.as_ref() == holder
        };
        Ok(match tickets.iter_mut().find(mine) {
            None => Taken::Unknown,
            Some((ticket, true)) => Taken::Used(ticket.clone()),
            Some((ticket, false)) if now >= ticket.expires_at => Taken::Expired(ticket.clone()),
            Some((ticket, taken)) => {
                *taken = true;
                Taken::Ours(ticket.clone())
            }
        })
    }

    async fn look(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError> {
        let tickets = self.tickets.lock().unwrap();
        let mine =
            |(one, _): &&(Ticket, bool)| one.kind == kind && one.key == *key && one.holder.as_ref() == holder;
        Ok(match tickets.iter().find(mine) {
            None => Taken::Unknown,
            Some((ticket, true)) => Taken::Used(ticket.clone()),
            Some((ticket, false)) if now >= ticket.expires_at => Taken::Expired(ticket.clone()),
            Some((ticket, false)) => Taken::Ours(ticket.clone()),
        })
    }

    async fn spend(&self, ticket: &Ticket) -> Result<bool, StoreError> {
        self.diary.note("spend");
        let mut tickets = self.tickets.lock().unwrap();
        let is_first = !tickets.iter().any(|(one, _)| (one.kind, one.key) == (ticket.kind, ticket.key));
        tickets.push((ticket.clone(), true));
        Ok(is_first)
    }

    async fn lease(&self, _: &Digest, _: &Digest, _: Timestamp, _: Timestamp) -> Result<bool, StoreError> {
        unreachable!("a log-in is no job")
    }

    async fn renew(&self, _: &Digest, _: &Digest, _: Timestamp) -> Result<bool, StoreError> {
        unreachable!("a log-in is no job")
    }

    async fn release(&self, _: &Digest, _: &Digest) -> Result<(), StoreError> {
        unreachable!("a log-in is no job")
    }

    async fn sweep(&self, _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in sweeps nothing")
    }
}

#[async_trait]
impl LinkRules for MemoryStore {
    async fn put_rule(&self, rule: &LinkRule) -> Result<(), StoreError> {
        self.rules.lock().unwrap().push(rule.clone());
        Ok(())
    }

    async fn rule(&self, key: &Digest) -> Result<Option<LinkRule>, StoreError> {
        Ok(self.rules.lock().unwrap().iter().find(|rule| rule.key() == *key).cloned())
    }

    async fn drop_rule(&self, key: &Digest) -> Result<bool, StoreError> {
        let mut rules = self.rules.lock().unwrap();
        let before = rules.len();
        rules.retain(|rule| rule.key() != *key);
        Ok(rules.len() < before)
    }

    async fn rules(
        &self,
        kind: Option<LinkRuleKind>,
        _: Option<Digest>,
        _: u32,
    ) -> Result<Vec<LinkRule>, StoreError> {
        let rules = self.rules.lock().unwrap();
        Ok(rules.iter().filter(|rule| kind.is_none_or(|kind| rule.kind() == kind)).cloned().collect())
    }

    async fn sweep_rules(&self, _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in sweeps nothing")
    }
}

#[async_trait]
impl Runs for MemoryStore {
    async fn start(&self, _: &Run) -> Result<(), StoreError> {
        unreachable!("a log-in is no run")
    }

    async fn advance(&self, _: &Run, _: RunState, _: Option<&LogLine>) -> Result<bool, StoreError> {
        unreachable!("a log-in is no run")
    }

    async fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        Ok(self.undone.lock().unwrap().iter().find(|run| run.id == id).cloned())
    }

    async fn runs(&self, _: &RunsAsked, _: u32) -> Result<Vec<Run>, StoreError> {
        unreachable!("a log-in is no run")
    }

    async fn made(&self, _: Made, _: Option<UserId>, _: u32) -> Result<Vec<ChangesOf>, StoreError> {
        unreachable!("a log-in is no run")
    }
}

#[async_trait]
impl Entries for MemoryStore {
    async fn find(&self, id: EntryId) -> Result<Option<Entry>, StoreError> {
        Ok(self.entries().into_iter().find(|one| one.id == id))
    }

    async fn find_by_reference(&self, provider: &str, reference: &str) -> Result<Option<Entry>, StoreError> {
        self.diary.note("find entry");
        let is_it = |one: &Entry| one.provider == provider && one.reference == reference;
        Ok(self.entries().into_iter().find(is_it))
    }

    async fn find_by_name(&self, provider: &str, name: &str) -> Result<Option<Entry>, StoreError> {
        let is_it = |one: &Entry| one.provider == provider && one.name.as_deref() == Some(name);
        Ok(self.entries().into_iter().find(is_it))
    }

    async fn of_identity(&self, issuer: &str, subject: &str) -> Result<Vec<Entry>, StoreError> {
        Ok(self.entries().into_iter().filter(|one| one.is_of(issuer, subject)).collect())
    }

    async fn one_with(&self, provider: &str, reference: &str) -> Result<Vec<Entry>, StoreError> {
        let is_it = |one: &Entry| one.provider == provider && one.one_with.as_deref() == Some(reference);
        Ok(self.entries().into_iter().filter(is_it).collect())
    }

    async fn put(&self, before: Option<&Entry>, entry: &Entry) -> Result<bool, StoreError> {
        self.diary.note("put entry");
        let mut entries = self.entries.lock().unwrap();
        let there = entries.iter().position(|one| one.id == entry.id);
        match (before, there) {
            (None, None) => entries.push(entry.clone()),
            (Some(before), Some(at)) if entries[at].version == before.version => entries[at] = entry.clone(),
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn put_instead(&self, _: &Entry, _: &Entry, _: &Entry) -> Result<bool, StoreError> {
        unreachable!("nothing here changes a reference")
    }

    async fn page(&self, _: Option<&str>, _: Option<EntryId>, _: u32) -> Result<Vec<Entry>, StoreError> {
        unreachable!("nothing here lists entries")
    }

    async fn count(&self, _: &str) -> Result<EntryCounts, StoreError> {
        unreachable!("nothing here counts entries")
    }
}

#[async_trait]
impl Shelf for MemoryStore {
    async fn shelve(&self, _: RunId, _: u64, _: &[u8], _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in reads no list")
    }

    async fn rewrite_sheet(&self, _: RunId, _: u64, _: &[u8]) -> Result<bool, StoreError> {
        unreachable!("a log-in reads no list")
    }

    async fn sheet(&self, _: RunId, _: u64) -> Result<Option<Vec<u8>>, StoreError> {
        unreachable!("a log-in reads no list")
    }

    async fn clear_shelf(&self, _: RunId) -> Result<(), StoreError> {
        unreachable!("a log-in reads no list")
    }

    async fn shelved_runs(&self, _: Option<RunId>, _: u32) -> Result<Vec<RunId>, StoreError> {
        Ok(Vec::new())
    }

    async fn sweep_shelf(&self, _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in reads no list")
    }
}

/// Nobody searches on the way of a log-in.
#[async_trait]
impl Search for MemoryStore {
    async fn search(&self, _query: &search::Query, _when: search::When) -> Result<search::Hits, StoreError> {
        unreachable!("a log-in searches nobody")
    }

    async fn walk(&self, _: &search::Query, _: search::When) -> Result<Box<dyn crate::Walk>, StoreError> {
        unreachable!("a log-in searches nobody")
    }

    async fn figures(&self, _now: Timestamp) -> Result<Option<search::Figures>, StoreError> {
        unreachable!("a log-in counts nobody")
    }

    async fn fill(&self) -> Result<Option<u64>, StoreError> {
        unreachable!("a log-in takes nobody in")
    }
}

#[async_trait]
impl OperatorLog for MemoryStore {
    async fn note(&self, line: &LogLine) -> Result<(), StoreError> {
        self.log.lock().unwrap().push(line.clone());
        Ok(())
    }

    async fn lines(&self, _: Option<uuid::Uuid>, limit: u32) -> Result<Vec<LogLine>, StoreError> {
        Ok(self.log.lock().unwrap().iter().rev().take(limit as usize).cloned().collect())
    }

    async fn lines_about(
        &self,
        _: UserId,
        _: Option<uuid::Uuid>,
        _: u32,
    ) -> Result<Vec<LogLine>, StoreError> {
        unreachable!("a log-in reads no log")
    }

    async fn lines_after(&self, _: Option<uuid::Uuid>, _: u32) -> Result<Vec<LogLine>, StoreError> {
        unreachable!("only a backup reads all of it")
    }
}

#[async_trait]
impl Erasures for MemoryStore {
    async fn erased_at(&self, names: &[ErasedName]) -> Result<Option<Timestamp>, StoreError> {
        let erased = self.erased.lock().unwrap();
        Ok(erased.iter().filter(|(name, _)| names.contains(name)).map(|(_, at)| *at).max())
    }

    async fn erasure_keys(&self) -> Result<Vec<ErasureKey>, StoreError> {
        unreachable!("only a backup takes them along")
    }

    async fn erasures(&self, _: Option<Digest>, _: u32) -> Result<Vec<Erasure>, StoreError> {
        unreachable!("only a backup reads all of it")
    }

    async fn take_in_erasures(&self, _: &[ErasureKey], _: &[Erasure]) -> Result<(), StoreError> {
        unreachable!("only a restore brings some")
    }
}

#[async_trait]
impl Censuses for MemoryStore {
    async fn census(&self) -> Result<Vec<Census>, StoreError> {
        unreachable!("a log-in counts nobody")
    }
}
