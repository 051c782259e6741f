//! The stores as lists. What a log-in never asks for is unreachable.

use async_trait::async_trait;

use super::*;
use crate::{
    Access, Change, Decide, Digest, Lease, Sessions, Standing, Status, StoreError, Tickets, Tokens, UserId,
    Users,
};

pub(in super::super) struct MemoryStore {
    users: Mutex<Vec<User>>,
    sessions: Mutex<Vec<Session>>,
    tickets: Mutex<Vec<(Ticket, bool)>>,
    leases: Mutex<Vec<(i64, Timestamp)>>,
    winner: Mutex<Option<Winner>>,
    unreadable: Mutex<bool>,
    down: Mutex<bool>,
    diary: Diary,
}

/// What another process does to a session while we wait for the lease.
type Winner = Box<dyn FnOnce(&mut Vec<Session>) + Send>;

impl MemoryStore {
    pub(super) fn new(diary: Diary) -> Self {
        let (users, sessions, tickets, leases, winner, unreadable, down) = Default::default();
        Self { users, sessions, tickets, leases, winner, unreadable, down, diary }
    }

    pub(in super::super) fn all(&self) -> Vec<User> {
        self.users.lock().unwrap().clone()
    }

    pub(in super::super) fn sessions(&self) -> Vec<Session> {
        self.sessions.lock().unwrap().clone()
    }

    pub(in super::super) fn attempts(&self) -> Vec<Attempt> {
        let tickets = self.tickets.lock().unwrap();
        tickets.iter().map(|(ticket, _)| Attempt::from_ticket(ticket).unwrap()).collect()
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
            Decision::Erase => Ok(Written::Erased(users.remove(at.unwrap()))),
            Decision::Keep(write) => {
                match at {
                    Some(at) => users[at] = write.user.clone(),
                    None => users.push(write.user.clone()),
                }
                self.sessions.lock().unwrap().extend(write.starts.clone());
                for which in &write.ends {
                    self.end_now(which);
                }
                Ok(Written::Kept(write))
            }
        }
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.all().into_iter().find(|one| one.id == id))
    }

    async fn find_by_identity(&self, _: &str, _: &str) -> Result<Option<User>, StoreError> {
        unreachable!("a log-in writes what it finds")
    }

    async fn changes(&self, _: UserId, _: Option<i64>, _: u32) -> Result<Vec<Change>, StoreError> {
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

    async fn spend(&self, ticket: &Ticket) -> Result<bool, StoreError> {
        self.diary.note("spend");
        let mut tickets = self.tickets.lock().unwrap();
        let is_first = !tickets.iter().any(|(one, _)| (one.kind, one.key) == (ticket.kind, ticket.key));
        tickets.push((ticket.clone(), true));
        Ok(is_first)
    }

    async fn sweep(&self, _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in sweeps nothing")
    }
}
