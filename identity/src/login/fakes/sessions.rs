//! The store of attempts and sessions as two lists.

use async_trait::async_trait;

use super::*;
use crate::{Access, Digest, Lease, StoreError, Tokens};

pub(in super::super) struct MemorySessions {
    attempts: Mutex<Vec<(Attempt, bool)>>,
    sessions: Mutex<Vec<Session>>,
    leases: Mutex<Vec<(i64, Timestamp)>>,
    winner: Mutex<Option<Winner>>,
    unreadable: Mutex<bool>,
    users: Arc<MemoryUsers>,
    diary: Diary,
}

/// What another process does to a session while we wait for the lease.
type Winner = Box<dyn FnOnce(&mut Vec<Session>) + Send>;

impl MemorySessions {
    pub(super) fn new(diary: Diary, users: Arc<MemoryUsers>) -> Self {
        let (attempts, sessions, leases, winner, unreadable) = Default::default();
        Self { attempts, sessions, leases, winner, unreadable, users, diary }
    }

    pub(in super::super) fn attempts(&self) -> Vec<Attempt> {
        self.attempts.lock().unwrap().iter().map(|(attempt, _)| attempt.clone()).collect()
    }

    pub(in super::super) fn all(&self) -> Vec<Session> {
        self.sessions.lock().unwrap().clone()
    }

    /// Changes the only session, as time or another process would.
    pub(in super::super) fn change(&self, how: impl FnOnce(&mut Session)) {
        let mut sessions = self.sessions.lock().unwrap();
        assert_eq!(sessions.len(), 1);
        how(&mut sessions[0]);
    }

    /// The generations and ends of the leases that were asked for.
    pub(in super::super) fn leases(&self) -> Vec<(i64, Timestamp)> {
        self.leases.lock().unwrap().clone()
    }

    /// The next lease is lost to another process, which does this meanwhile.
    pub(in super::super) fn lose_the_race(&self, winner: impl FnOnce(&mut Vec<Session>) + Send + 'static) {
        *self.winner.lock().unwrap() = Some(Box::new(winner));
    }

    /// Sessions cannot be read any more: the key that encrypted them is gone.
    pub(in super::super) fn become_unreadable(&self) {
        *self.unreadable.lock().unwrap() = true;
    }
}

#[async_trait]
impl Sessions for MemorySessions {
    async fn remember(&self, attempt: &Attempt) -> Result<(), StoreError> {
        self.diary.note("remember");
        self.attempts.lock().unwrap().push((attempt.clone(), false));
        Ok(())
    }

    async fn take(&self, state: &Digest, browser: &Digest, now: Timestamp) -> Result<Taken, StoreError> {
        let mut attempts = self.attempts.lock().unwrap();
        let mine = |(one, _): &&mut (Attempt, bool)| one.state == *state && one.browser == *browser;
        let Some((attempt, used)) = attempts.iter_mut().find(mine) else { return Ok(Taken::Unknown) };
        let return_to = attempt.return_to.clone();
        Ok(match (std::mem::replace(used, true), now >= attempt.expires_at) {
            (true, _) => Taken::Used { return_to },
            (_, true) => Taken::Expired { return_to },
            _ => Taken::Attempt(Box::new(attempt.clone())),
        })
    }

    async fn start(&self, session: &Session) -> Result<(), StoreError> {
        self.diary.note("start");
        self.sessions.lock().unwrap().push(session.clone());
        Ok(())
    }

    async fn find(&self, id: &Digest) -> Result<Option<(Session, User)>, StoreError> {
        if *self.unreadable.lock().unwrap() {
            return Err(StoreError::unreadable("another key"));
        }
        let Some(session) = self.all().into_iter().find(|one| one.id == *id) else { return Ok(None) };
        let user = self.users.find(session.user).await?.unwrap();
        Ok(Some((session, user)))
    }

    async fn touch(&self, id: &Digest, now: Timestamp) -> Result<(), StoreError> {
        self.diary.note("touch");
        for session in self.sessions.lock().unwrap().iter_mut().filter(|one| one.id == *id) {
            session.last_used_at = now;
        }
        Ok(())
    }

    async fn end(&self, id: &Digest) -> Result<bool, StoreError> {
        self.diary.note("end");
        let mut sessions = self.sessions.lock().unwrap();
        let before = sessions.len();
        sessions.retain(|one| one.id != *id);
        Ok(sessions.len() < before)
    }

    async fn lease(&self, _: &Digest, generation: i64, until: Timestamp) -> Result<Lease, StoreError> {
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

    async fn end_of_user(&self, _: UserId, _: Option<&Digest>) -> Result<u64, StoreError> {
        unreachable!("a log-in ends one session")
    }

    async fn end_at_provider(&self, _: &str, _: Option<&str>, _: Option<&str>) -> Result<u64, StoreError> {
        unreachable!("a log-in reads no logout token")
    }

    async fn list(&self, _: UserId, _: Timestamp) -> Result<Vec<Session>, StoreError> {
        unreachable!("a log-in lists nothing")
    }

    async fn spend(&self, _: &str, _: &str, _: Timestamp) -> Result<bool, StoreError> {
        unreachable!("a log-in reads no logout token")
    }

    async fn sweep(&self, _: Timestamp, _: Timestamp) -> Result<(), StoreError> {
        unreachable!("a log-in sweeps nothing")
    }
}
