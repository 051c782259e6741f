//! Writing a user, once for every kind of database: read, decide, put if nobody else wrote meanwhile, else again.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use identity::{Decide, Decision, Erase, StoreError, User, Users, Whom, Write, Written};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep, timeout};

use crate::encoding::in_order;
use crate::try_error::{Silence, TryError, is_silence, jitter};
use crate::{HISTORY, PATIENCE};

/// What a kind of database does for a write; one try each.
#[async_trait]
pub(crate) trait ReadAndPut: Users {
    /// The user as it is now, with claims: by identity, else by id.
    async fn read(&self, whom: Whom<'_>) -> Result<Option<User>, StoreError> {
        let found = match whom.identity {
            Some((issuer, subject)) => self.find_by_identity(issuer, subject).await?,
            None => None,
        };
        match (found, whom.id) {
            (None, Some(id)) => self.find(id).await,
            (found, _) => Ok(found),
        }
    }

    /// Keeps a user with changes and sessions, if what is there is what was read: none, or this version.
    async fn put(&self, before: Option<&User>, write: &Write) -> Result<(), TryError>;

    /// Takes a user away, if it is still this version; what is kept of that goes with it.
    async fn erase(&self, user: &User, erase: &Erase) -> Result<(), TryError>;

    /// What could not be done in the same step. Bears being done twice.
    ///
    /// # Errors
    /// Only where what was asked for is not there now, such as a session: what is written is written, and the answer
    /// says so. What can wait is done by whoever comes next.
    async fn follow(&self, written: &Written) -> Result<(), StoreError>;
}

/// See [`identity::Users::write`].
pub(crate) async fn write(
    database: &impl ReadAndPut,
    turns: &Turns,
    whom: Whom<'_>,
    decide: &Decide<'_>,
) -> Result<Written, StoreError> {
    if whom.identity.is_some_and(|(issuer, subject)| issuer.contains('\0') || subject.contains('\0')) {
        // PostgreSQL keeps none, so no store does.
        return Err(StoreError::unreadable("a NUL in the name of an identity"));
    }
    let mut turn = turns.of(whom).await?;
    let written = written(database, whom, decide).await;
    // A database that is silent keeps none of those waiting who stand behind this one.
    if let Err(StoreError::Unavailable(source)) = &written
        && is_silence(source.as_ref())
    {
        turn.failed();
    }
    written
}

async fn written(
    database: &impl ReadAndPut,
    whom: Whom<'_>,
    decide: &Decide<'_>,
) -> Result<Written, StoreError> {
    let patience = Instant::now() + PATIENCE;
    let (mut tries, mut unheard) = (0, None::<Written>);
    loop {
        let before = database.read(whom).await?;
        // What an earlier try wrote without hearing so is there, or nothing of it happened. Where another process has
        // written the same user since, it is not seen, and a log-in counts twice rather than not at all.
        let heard = unheard.take().filter(|written| is_done(written, before.as_ref()));
        let (written, answer) = match heard {
            Some(written) => (written, Ok(())),
            None => match (decide(before.as_ref()), before) {
                (Decision::Leave, before) => return Ok(Written::Left(before)),
                (Decision::Refuse(code), _) => return Ok(Written::Refused(code)),
                (Decision::Keep(write), before) => {
                    let put = database.put(before.as_ref(), &write).await;
                    (Written::Kept(write), put)
                }
                (Decision::Erase(_), None) => return Ok(Written::Left(None)),
                (Decision::Erase(erase), Some(user)) => {
                    let erased = database.erase(&user, &erase).await;
                    (Written::Erased(user), erased)
                }
            },
        };
        match answer {
            Ok(()) => {
                database.follow(&written).await?;
                return Ok(written);
            }
            Err(error @ (TryError::Conflict(_) | TryError::Lost(_))) if Instant::now() < patience => {
                unheard = matches!(error, TryError::Lost(_)).then_some(written);
                sleep(jitter(tries)).await;
                tries += 1;
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Whether what is there now is what was written.
fn is_done(written: &Written, now: Option<&User>) -> bool {
    match written {
        Written::Kept(write) => {
            let mut kept = write.user.clone();
            in_order(&mut kept.identities);
            now == Some(&kept)
        }
        Written::Erased(user) => now.is_none_or(|now| now.id != user.id),
        Written::Left(_) | Written::Refused(_) => true,
    }
}

/// Says that something is left to whoever comes next.
pub(crate) fn can_wait<T>(followed: Result<T, StoreError>) {
    if let Err(error) = followed {
        let because = std::error::Error::source(&error).map(ToString::to_string).unwrap_or_default();
        tracing::warn!(%error, because, "what follows a write was left undone; the next one does it");
    }
}

/// Now and then, for it takes a look at all that there is of a user.
pub(crate) fn is_time_to_forget(write: &Write) -> bool {
    write.user.version % i64::from(HISTORY / 10) == 0
}

const TURNS: usize = 64;
/// Longer than a database may take to answer: whoever waits here waits for writes that get done.
const QUEUE: Duration = Duration::from_secs(10);

/// Writers of the same user within this process wait for each other instead of colliding, and while they wait they
/// hold no connection. A queue is of several users, of each user there is one.
pub(crate) struct Turns([Mutex<()>; TURNS], [AtomicU64; TURNS]);

/// One writer's turn.
pub(crate) struct Turn<'a> {
    _held: MutexGuard<'a, ()>,
    failures: &'a AtomicU64,
}

impl Turn<'_> {
    /// The database could not be used in this turn.
    pub(crate) fn failed(&mut self) {
        self.failures.fetch_add(1, Ordering::Relaxed);
    }
}

impl Turns {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())), std::array::from_fn(|_| AtomicU64::new(0)))
    }

    /// Waits for the turn; not where the database failed for whoever had it meanwhile, since it would fail here as
    /// late as there.
    async fn of(&self, whom: Whom<'_>) -> Result<Turn<'_>, StoreError> {
        let last = match whom {
            Whom { id: Some(id), .. } => id.0.as_bytes()[15],
            Whom { identity: Some((issuer, subject)), .. } => {
                identity::Digest::of_pair(issuer, subject).0[31]
            }
            Whom { identity: None, id: None } => 0,
        };
        let queue = usize::from(last) % TURNS;
        let failures = &self.1[queue];
        let before = failures.load(Ordering::Relaxed);
        let held = timeout(QUEUE, self.0[queue].lock()).await;
        match held {
            Ok(_held) if failures.load(Ordering::Relaxed) == before => Ok(Turn { _held, failures }),
            _ => Err(StoreError::unavailable(Silence)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A writer whose database says nothing for a while, and then that it says nothing.
    async fn in_vain(turns: &Turns) -> Result<(), StoreError> {
        let mut turn = turns.of(Whom { identity: None, id: None }).await?;
        sleep(Duration::from_millis(100)).await;
        turn.failed();
        Err(StoreError::unavailable(Silence))
    }

    #[tokio::test]
    async fn who_waits_behind_somebody_whom_a_silent_database_failed_does_not_try_it_again() {
        let (turns, started) = (std::sync::Arc::new(Turns::new()), Instant::now());
        let all: Vec<_> = (0..50)
            .map(|_| {
                let turns = turns.clone();
                tokio::spawn(async move { in_vain(&turns).await })
            })
            .collect();
        for one in all {
            assert!(one.await.unwrap().is_err());
        }
        assert!(started.elapsed() < Duration::from_secs(1), "{:?}", started.elapsed());
        assert!(turns.of(Whom { identity: None, id: None }).await.is_ok(), "who comes later does");
    }
}
