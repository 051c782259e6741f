//! MongoDB and what speaks its protocol, by the official driver. No transactions, which a server by itself
//! refuses: one user is one document, written in one step if it is still the version that was read.

mod archive;
mod census;
mod documents;
mod entries;
mod erasures;
mod index;
mod link_rules;
mod messages;
mod operator_log;
mod removals;
mod runs;
mod schema;
mod search;
mod sessions;
mod shelf;
mod tickets;
mod try_error;
mod users;

use std::path::PathBuf;
use std::time::Duration;

use async_trait::async_trait;
use identity::StoreError;
use mongodb::options::{Acknowledgment, ClientOptions, Tls, WriteConcern};
use mongodb::{Client, Collection, Database};
use tokio::time::{Instant, sleep, timeout_at};

use self::documents::{
    ChangesDocument, ErasureDocument, ErasureKeyDocument, LogDocument, RunDocument, SessionDocument,
    TicketDocument, UserDocument,
};
use self::entries::EntryDocument;
use self::link_rules::LinkRuleDocument;
use self::messages::MessageDocument;
use self::removals::RemovalsDocument;
use self::shelf::SheetDocument;
use crate::sealed::Seal;
use crate::search::Kept;
use crate::try_error::{Silence, TryError, jitter};
use crate::users::Turns;
use crate::{Adapter, GRACE, OpenError, PATIENCE};

/// Where the URL names no database.
const DATABASE: &str = "sparekey";
const CONNECTIONS: u32 = 16;

/// The adapter.
pub(super) struct Mongo {
    client: Client,
    seal: Seal,
    users: Collection<UserDocument>,
    changes: Collection<ChangesDocument>,
    tickets: Collection<TicketDocument>,
    sessions: Collection<SessionDocument>,
    runs: Collection<RunDocument>,
    entries: Collection<EntryDocument>,
    messages: Collection<MessageDocument>,
    removals: Collection<RemovalsDocument>,
    shelf: Collection<SheetDocument>,
    operator_log: Collection<LogDocument>,
    erasures: Collection<ErasureDocument>,
    erasure_keys: Collection<ErasureKeyDocument>,
    link_rules: Collection<LinkRuleDocument>,
    database: Database,
    turns: Turns,
    kept: Kept,
}

/// Opens the database as it is.
pub(super) async fn open(url: &str, seal: Seal) -> Result<Mongo, OpenError> {
    let (client, database) = connect(url).await?;
    match schema::is_current(&database).await {
        Ok(()) => Ok(Mongo::new(client, database, seal)),
        Err(error) => {
            client.shutdown().immediate(true).await;
            Err(error)
        }
    }
}

/// Opens the database; its indexes are made where they are missing, and verified. Says by which steps.
pub(super) async fn migrate(url: &str, seal: Seal) -> Result<(Mongo, Vec<String>), OpenError> {
    let (client, database) = connect(url).await?;
    match schema::bring_up_to_date(&database).await {
        Ok(steps) => Ok((Mongo::new(client, database, seal), steps)),
        Err(error) => {
            client.shutdown().immediate(true).await;
            Err(error)
        }
    }
}

async fn connect(url: &str) -> Result<(Client, Database), OpenError> {
    // The driver's own words may repeat a part of the URL, password and all.
    let mut options = ClientOptions::parse(url).await.map_err(|_| OpenError::Url)?;
    options.app_name = Some(env!("CARGO_PKG_NAME").to_owned());
    options.connect_timeout = Some(PATIENCE);
    options.server_selection_timeout = Some(PATIENCE);
    options.max_pool_size = Some(CONNECTIONS);
    // What is acknowledged survives the loss of a server and of its power.
    let kept = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    options.write_concern = Some(kept);
    trust(&mut options, openssl_probe::probe().cert_file);
    let name = options.default_database.clone().unwrap_or_else(|| DATABASE.to_owned());
    let client = Client::with_options(options).map_err(|_| OpenError::Url)?;
    let database = client.database(&name);
    Ok((client, database))
}

/// TLS by the system's certificate authorities, as with the other databases (and `SSL_CERT_FILE` as there),
/// unless the URL names a file. By itself the driver knows only a list that is built into it, which stays
/// where the system keeps no file of them.
fn trust(options: &mut ClientOptions, authorities: Option<PathBuf>) {
    if let Some(Tls::Enabled(tls)) = &mut options.tls
        && tls.ca_file_path.is_none()
    {
        tls.ca_file_path = authorities;
    }
}

#[async_trait]
impl Adapter for Mongo {
    async fn close(&self) {
        self.client.clone().shutdown().immediate(true).await;
    }
}

impl Mongo {
    fn new(client: Client, database: Database, seal: Seal) -> Self {
        Self {
            seal,
            users: database.collection("users"),
            changes: database.collection("changes"),
            tickets: database.collection("tickets"),
            sessions: database.collection("sessions"),
            runs: database.collection("runs"),
            entries: database.collection("entries"),
            messages: database.collection("messages"),
            removals: database.collection("removals"),
            shelf: database.collection("shelf"),
            operator_log: database.collection("operator_log"),
            erasures: database.collection("erasures"),
            erasure_keys: database.collection("erasure_keys"),
            link_rules: database.collection("link_rules"),
            turns: Turns::new(),
            kept: Kept::default(),
            client,
            database,
        }
    }

    /// One look; the driver itself asks a second time where a connection was lost.
    async fn read<T>(&self, work: impl Future<Output = Result<T, TryError>>) -> Result<T, StoreError> {
        self.read_for(PATIENCE, work).await
    }

    /// As [`Mongo::read`], for what may take longer and nobody waits for.
    async fn read_for<T>(
        &self,
        patience: Duration,
        work: impl Future<Output = Result<T, TryError>>,
    ) -> Result<T, StoreError> {
        Ok(answered(Instant::now() + patience + GRACE, work).await?)
    }

    /// Writes. Conflicts and lost connections are tried again for [`PATIENCE`], so `work` must bear being
    /// done twice: a lost connection does not say whether it was.
    async fn write<T, W>(&self, work: impl Fn() -> W) -> Result<T, StoreError>
    where
        W: Future<Output = Result<T, TryError>>,
    {
        again_and_again(work).await
    }
}

async fn again_and_again<T, W>(work: impl Fn() -> W) -> Result<T, StoreError>
where
    W: Future<Output = Result<T, TryError>>,
{
    let patience = Instant::now() + PATIENCE;
    let mut tries = 0;
    loop {
        match answered(patience + GRACE, work()).await {
            Err(TryError::Conflict(_) | TryError::Lost(_)) if Instant::now() < patience => {}
            answer => return Ok(answer?),
        }
        sleep(jitter(tries)).await;
        tries += 1;
    }
}

/// One try, whose fault the caller reads.
async fn answered_once<T>(work: impl Future<Output = Result<T, TryError>>) -> Result<T, TryError> {
    answered(Instant::now() + PATIENCE + GRACE, work).await
}

/// Where the driver asked a second time and found no server, it says the fault of the first: whoever waited as long
/// as that was answered by nobody.
async fn answered<T>(
    deadline: Instant,
    work: impl Future<Output = Result<T, TryError>>,
) -> Result<T, TryError> {
    match timeout_at(deadline, work).await {
        Ok(Err(TryError::Lost(_))) if Instant::now() + GRACE >= deadline => {}
        Ok(answer) => return answer,
        Err(_) => {}
    }
    Err(StoreError::unavailable(Silence).into())
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use mongodb::error::{Error, ErrorKind, WriteError, WriteFailure};

    use super::*;

    async fn trusted(url: &str) -> Option<PathBuf> {
        let mut options = ClientOptions::parse(url).await.unwrap();
        trust(&mut options, Some("/system.pem".into()));
        match options.tls {
            Some(Tls::Enabled(tls)) => tls.ca_file_path,
            _ => None,
        }
    }

    #[tokio::test]
    async fn the_systems_authorities_are_trusted_unless_the_url_names_others() {
        assert_eq!(trusted("mongodb://db.example/?tls=true").await, Some("/system.pem".into()));
        let named = "mongodb://db.example/?tls=true&tlsCAFile=/own.pem";
        assert_eq!(trusted(named).await, Some("/own.pem".into()));
        assert_eq!(trusted("mongodb://db.example/").await, None);
    }

    /// What MongoDB says, and SecantusDB never does, where two upserts of one key race.
    fn failure(code: i32) -> TryError {
        let error =
            serde_json::json!({ "code": code, "codeName": null, "errmsg": "E11000", "errInfo": null });
        let error: WriteError = serde_json::from_value(error).unwrap();
        Error::from(ErrorKind::Write(WriteFailure::WriteError(error))).into()
    }

    #[tokio::test]
    async fn a_duplicate_key_is_tried_again_and_another_failure_is_not() {
        for (code, tries) in [(11000, 2), (112, 2), (121, 1)] {
            let tried = Cell::new(0);
            let written = again_and_again(|| {
                tried.set(tried.get() + 1);
                let answer = if tried.get() == 1 { Err(failure(code)) } else { Ok(()) };
                async { answer }
            })
            .await;
            assert_eq!((tried.get(), written.is_ok()), (tries, tries == 2), "{code}");
        }
    }
}
