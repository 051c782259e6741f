//! Writing a user, once for every kind of database: read, decide, put if nobody else wrote meanwhile, else again.

use std::time::Duration;

use async_trait::async_trait;
use identity::{Decide, Decision, StoreError, User, Whom, Write, Written};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep, timeout};

use crate::fault::{Fault, Silence, jitter};
use crate::record::in_order;
use crate::{HISTORY, PATIENCE};

/// What a kind of database does for a write; one try each.
#[async_trait]
pub(crate) trait ReadAndPut: Send + Sync {
    /// The user as it is now, with claims.
    async fn read(&self, whom: Whom<'_>) -> Result<Option<User>, StoreError>;

    /// Keeps a user with changes and sessions, if what is there is what was read: none, or this version.
    async fn put(&self, before: Option<&User>, write: &Write) -> Result<(), Fault>;

    /// Takes a user away, if it is still this version.
    async fn erase(&self, user: &User) -> Result<(), Fault>;

    /// What could not be done in the same step. Bears being done twice.
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
    let _turn = turns.of(whom).await?;
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
                (Decision::Erase, None) => return Ok(Written::Left(None)),
                (Decision::Erase, Some(user)) => {
                    let erased = database.erase(&user).await;
                    (Written::Erased(user), erased)
                }
            },
        };
        match answer {
            Ok(()) => {
                database.follow(&written).await?;
                return Ok(written);
            }
            Err(fault @ (Fault::Conflict(_) | Fault::Lost(_))) if Instant::now() < patience => {
                unheard = matches!(fault, Fault::Lost(_)).then_some(written);
                sleep(jitter(tries)).await;
                tries += 1;
            }
            Err(fault) => return Err(fault.into()),
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

/// Now and then, for it takes a look at all that there is of a user.
pub(crate) fn is_time_to_forget(write: &Write) -> bool {
    write.user.version % i64::from(HISTORY / 10) == 0
}

const TURNS: usize = 64;
/// Longer than a database may take to answer: whoever waits here waits for writes that get done.
const QUEUE: Duration = Duration::from_secs(10);

/// Writers of the same user within this process wait for each other instead of colliding, and while they wait they
/// hold no connection. A queue is of several users, of each user there is one.
pub(crate) struct Turns([Mutex<()>; TURNS]);

impl Turns {
    pub(crate) fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::new(())))
    }

    async fn of(&self, whom: Whom<'_>) -> Result<MutexGuard<'_, ()>, StoreError> {
        let last = match whom {
            Whom { id: Some(id), .. } => id.0.as_bytes()[15],
            Whom { identity: Some((issuer, subject)), .. } => {
                identity::Digest::of_pair(issuer, subject).0[31]
            }
            Whom { identity: None, id: None } => 0,
        };
        let turn = self.0[usize::from(last) % TURNS].lock();
        timeout(QUEUE, turn).await.map_err(|_| StoreError::unavailable(Silence))
    }
}
