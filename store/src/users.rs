//! Writing a user, once for every kind of database: read, decide, put if nobody else wrote meanwhile, else again.

use std::time::Duration;

use async_trait::async_trait;
use identity::{Decide, Decision, StoreError, User, Whom, Write, Written};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::{Instant, sleep, timeout};

use crate::PATIENCE;
use crate::fault::{Fault, Silence, jitter};
use crate::record::in_order;

/// What a kind of database does for a write; one try each.
#[async_trait]
pub(crate) trait ReadAndPut: Send + Sync {
    /// The user as it is now, with claims.
    async fn read(&self, whom: Whom<'_>) -> Result<Option<User>, StoreError>;

    /// Keeps a user with changes and sessions, if what is there is what was read: none, or this version.
    async fn put(&self, before: Option<&User>, write: &Write) -> Result<(), Fault>;

    /// What of a write could not be done in the same step. Bears being done twice.
    async fn follow(&self, write: &Write) -> Result<(), StoreError>;

    /// Forgets a user, if it is still this version.
    async fn erase(&self, user: &User) -> Result<(), Fault>;
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
    let (mut tries, mut unheard) = (0, None::<Box<Write>>);
    loop {
        let before = database.read(whom).await?;
        // What an earlier try wrote without hearing so is there, or nothing of it happened. Where another process has
        // written the same user since, it is not seen, and a log-in counts twice rather than not at all.
        let heard = unheard.take().filter(|write| is_there(write, before.as_ref()));
        let (write, put) = match heard {
            Some(write) => (write, Ok(())),
            None => match decide(before.as_ref()) {
                Decision::Leave => return Ok(Written::Left(before)),
                Decision::Refuse(code) => return Ok(Written::Refused(code)),
                Decision::Keep(write) => {
                    let put = database.put(before.as_ref(), &write).await;
                    (write, put)
                }
                Decision::Erase => {
                    let Some(user) = before else { return Ok(Written::Left(None)) };
                    match database.erase(&user).await {
                        Ok(()) => return Ok(Written::Erased(user)),
                        Err(fault) => again(fault, patience, &mut tries).await?,
                    }
                    continue;
                }
            },
        };
        match put {
            Ok(()) => {
                database.follow(&write).await?;
                return Ok(Written::Kept(write));
            }
            Err(fault) => {
                unheard = matches!(fault, Fault::Lost(_)).then_some(write);
                again(fault, patience, &mut tries).await?;
            }
        }
    }
}

/// Waits for another try, or says why there is none.
async fn again(fault: Fault, patience: Instant, tries: &mut u32) -> Result<(), StoreError> {
    match fault {
        Fault::Conflict(_) | Fault::Lost(_) if Instant::now() < patience => {
            sleep(jitter(*tries)).await;
            *tries += 1;
            Ok(())
        }
        fault => Err(fault.into()),
    }
}

fn is_there(write: &Write, user: Option<&User>) -> bool {
    let mut written = write.user.clone();
    in_order(&mut written.identities);
    user == Some(&written)
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
