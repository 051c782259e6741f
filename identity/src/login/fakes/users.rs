//! The store of users as a list.

use async_trait::async_trait;

use super::*;
use crate::merge::{Merged, merge, set_status};
use crate::{Change, Recorded, StoreError};

pub(in super::super) struct MemoryUsers {
    users: Mutex<Vec<User>>,
    observations: Mutex<Vec<Observation>>,
    down: Mutex<bool>,
    diary: Diary,
}

impl MemoryUsers {
    pub(super) fn new(diary: Diary) -> Self {
        let (users, observations, down) = Default::default();
        Self { users, observations, down, diary }
    }

    pub(in super::super) fn all(&self) -> Vec<User> {
        self.users.lock().unwrap().clone()
    }

    /// The last observation recorded.
    pub(in super::super) fn observation(&self) -> Observation {
        self.observations.lock().unwrap().last().unwrap().clone()
    }

    pub(in super::super) fn go_down(&self) {
        *self.down.lock().unwrap() = true;
    }

    /// Sets the status of every user.
    pub(in super::super) fn make(&self, status: Status, now: Timestamp) {
        for user in self.users.lock().unwrap().iter_mut() {
            if let Some(Merged { user: new, .. }) = set_status(user.clone(), status, now) {
                *user = new;
            }
        }
    }
}

#[async_trait]
impl Users for MemoryUsers {
    async fn record(
        &self,
        observation: &Observation,
        fresh: UserId,
        link: Option<UserId>,
    ) -> Result<Recorded, StoreError> {
        self.diary.note("record");
        if *self.down.lock().unwrap() {
            return Err(StoreError::unavailable("down"));
        }
        let mut users = self.users.lock().unwrap();
        let key = (observation.issuer.as_str(), observation.subject.as_str());
        let owner = users.iter().find(|one| one.identity(key.0, key.1).is_some());
        if owner.is_some_and(|owner| link.is_some_and(|link| link != owner.id)) {
            return Err(StoreError::IdentityTaken);
        }
        let (is_new, wanted) = (owner.is_none(), owner.map(|owner| owner.id).or(link));
        let at = users.iter().position(|one| Some(one.id) == wanted);
        let Merged { user, changes } = merge(at.map(|at| users[at].clone()), observation, fresh);
        match at {
            Some(at) => users[at] = user.clone(),
            None => users.push(user.clone()),
        }
        self.observations.lock().unwrap().push(observation.clone());
        Ok(Recorded { user, changes, is_new })
    }

    async fn find(&self, id: UserId) -> Result<Option<User>, StoreError> {
        Ok(self.all().into_iter().find(|one| one.id == id))
    }

    async fn find_by_identity(&self, issuer: &str, subject: &str) -> Result<Option<User>, StoreError> {
        Ok(self.all().into_iter().find(|one| one.identity(issuer, subject).is_some()))
    }

    async fn set_status(&self, _: UserId, _: Status, _: Timestamp) -> Result<Option<User>, StoreError> {
        unreachable!("a log-in sets no status")
    }

    async fn changes(&self, _: UserId, _: u32) -> Result<Vec<Change>, StoreError> {
        unreachable!("a log-in reads no changes")
    }

    async fn page(&self, _: Option<UserId>, _: u32) -> Result<Vec<User>, StoreError> {
        unreachable!("a log-in pages through nothing")
    }

    async fn ping(&self) -> Result<(), StoreError> {
        unreachable!("a log-in does not ping")
    }
}
