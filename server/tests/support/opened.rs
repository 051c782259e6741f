//! An open database, with its ports at hand and what the tests do with them all the time.

use std::ops::Deref;
use std::sync::Arc;

use identity::{
    Act, Actor, Change, Decision, Observation, Session, StoreError, Stores, User, UserId, Whom, Write,
    Written, acts, merge,
};
use store::{Seal, Store};

use super::patient::Patient;

/// An open database.
#[derive(Clone)]
pub struct Opened {
    pub store: Store,
    ports: Stores,
}

impl Deref for Opened {
    type Target = Stores;

    fn deref(&self) -> &Stores {
        &self.ports
    }
}

/// What became of an observation.
#[derive(Clone, Debug)]
pub struct Recorded {
    pub user: User,
    pub changes: Vec<Change>,
    /// Whether this was the first that was heard of the identity.
    pub is_new: bool,
}

impl Opened {
    /// Opens the database at `url` as the application does, under this secret.
    pub async fn at(url: &str, secret: u8) -> Self {
        Self::of(store::migrate(url, Seal::new(&[[secret; 32]])).await.unwrap().0)
    }

    pub fn of(store: Store) -> Self {
        let ports = store.ports();
        Self { store, ports }
    }

    /// The same, whose users are asked again where the database is busy.
    pub fn patient(mut self) -> Self {
        self.ports.users = Arc::new(Patient(self.ports.users));
        self
    }

    /// Merges an observation, into whom it shall be linked where one is named; refused as the decision is.
    pub async fn record(
        &self,
        observation: &Observation,
        fresh: UserId,
        link: Option<UserId>,
    ) -> Result<Result<Recorded, identity::Code>, StoreError> {
        let whom = Whom { identity: Some((&observation.issuer, &observation.subject)), id: link };
        let decide = |user: Option<&User>| merge::merge_or_link(user, observation, fresh, link);
        Ok(match self.users.write(whom, &decide).await? {
            Written::Kept(write) => {
                let is_new = write.links();
                Ok(Recorded { user: write.user, changes: write.changes, is_new })
            }
            Written::Refused(code) => Err(code),
            other => panic!("{other:?}"),
        })
    }

    /// Starts a session of a user who is there, and changes nothing else of them.
    pub async fn start(&self, session: &Session) {
        let decide = |user: Option<&User>| {
            let user = user.expect("a session is somebody's");
            let next = User { version: user.version + 1, ..user.clone() };
            let write = Write { starts: Some(session.clone()), ..Write::new(next, Vec::new()) };
            Decision::from(write)
        };
        self.users.write(Whom::id(session.user), &decide).await.unwrap();
    }

    /// Shuts a user out or lets them in.
    pub async fn set_disabled(&self, id: UserId, to: bool, now: identity::Timestamp) -> Option<User> {
        let origin = identity::Origin::of_operator(None, now);
        let decide = |user: Option<&User>| acts::set_disabled(user, to, None, &origin);
        self.users.write(Whom::id(id), &decide).await.unwrap().into_user()
    }

    /// Forgets a user.
    pub async fn erase(&self, id: UserId, now: identity::Timestamp) -> Written {
        let decide = |user: Option<&User>| acts::erase(user, &[], &[], now, None);
        self.users.write(Whom::id(id), &decide).await.unwrap()
    }

    /// What stands in the operators' log, the newest first: what, by whom, with what detail.
    pub async fn acts(&self) -> Vec<(Act, Actor, String)> {
        let lines = self.log.lines(None, 100).await.unwrap();
        lines.into_iter().map(|line| (line.act, line.actor, line.detail.unwrap_or_default())).collect()
    }

    /// The changes of a user's newest writes, newest first.
    pub async fn changes(&self, id: UserId, limit: u32) -> Vec<Change> {
        self.users.changes(id, None, limit).await.unwrap()
    }
}
