//! All open connections: which of them waits, since when, and which one makes room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

/// A head must be complete this long after its first byte.
pub(super) const HEAD: Duration = Duration::from_secs(20);
/// A connection may wait this long for its first or next request: longer than proxies keep theirs (60 s).
pub(super) const IDLE: Duration = Duration::from_secs(75);
/// A client must take some of an answer within this time.
const WRITE: Duration = Duration::from_secs(30);
/// Connections of one client.
const PER_CLIENT: usize = 128;
/// Connections in all, where the system has files enough.
const MOST: usize = 8192;
/// Files that are kept for the database, for providers and for the site.
const RESERVED: u64 = 128;
/// Bytes of all heads that are not finished.
const HEAD_BYTES: usize = 16 * 1024 * 1024;

/// How many connections there may be, by the files that this process may open. The limit is raised first as
/// far as the system lets it.
#[cfg(unix)]
pub(super) fn most() -> usize {
    use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
    let limit = getrlimit(Resource::Nofile);
    let raised = Rlimit { current: limit.maximum, maximum: limit.maximum };
    let current = if setrlimit(Resource::Nofile, raised).is_ok() { limit.maximum } else { limit.current };
    let files = current.map_or(u64::MAX, |files| files.saturating_sub(RESERVED).max(files / 2));
    usize::try_from(files).unwrap_or(MOST).min(MOST)
}

#[cfg(not(unix))]
pub(super) fn most() -> usize {
    MOST
}

/// All open connections.
pub(super) struct Table {
    open: Mutex<Open>,
    most: usize,
    /// Bytes of all heads that are not finished.
    heads: AtomicUsize,
    started: Instant,
}

#[derive(Default)]
struct Open {
    connections: HashMap<u64, Arc<State>>,
    /// How many each client has.
    clients: HashMap<u64, usize>,
    last: u64,
}

/// One connection. It leaves the table when it is dropped.
pub(super) struct Connection {
    table: Arc<Table>,
    id: u64,
    state: Arc<State>,
}

/// What is known of a connection. Times are milliseconds since the table was made, from 1.
struct State {
    client: Option<u64>,
    phase: AtomicU8,
    /// When the phase began.
    since: AtomicU64,
    /// Bytes of a head that is not finished.
    head: AtomicUsize,
    /// Since when the client takes nothing of what is written; 0 where it does.
    stuck: AtomicU64,
    close: Notify,
}

/// It waits for the first byte of a request.
const WAITING: u8 = 0;
/// It waits for the rest of a head.
const IN_HEAD: u8 = 1;
/// A request is being answered.
const ANSWERING: u8 = 2;

/// A request that is being answered; the connection waits again when this is dropped.
pub(super) struct Busy(Arc<Connection>);

impl Table {
    pub(super) fn new(most: usize) -> Self {
        Self { open: Mutex::default(), most, heads: AtomicUsize::new(0), started: Instant::now() }
    }

    /// A new connection of `client`; none where the client has too many, or there are too many in all, and
    /// every one of them is being answered.
    pub(super) fn admit(table: &Arc<Self>, client: Option<u64>) -> Option<Arc<Connection>> {
        let mut open = table.lock();
        let held = client.and_then(|client| open.clients.get(&client)).copied().unwrap_or_default();
        if held >= PER_CLIENT && !open.close_oldest(|state| state.client == client) {
            return None;
        }
        if open.connections.len() >= table.most && !open.close_oldest(|_| true) {
            return None;
        }
        open.last += 1;
        let (id, state) = (open.last, Arc::new(State::new(client, table.now())));
        open.connections.insert(id, state.clone());
        if let Some(client) = client {
            *open.clients.entry(client).or_default() += 1;
        }
        drop(open);
        Some(Arc::new(Connection { table: table.clone(), id, state }))
    }

    /// Closes the connection that waits longest.
    pub(super) fn make_room(&self) {
        self.lock().close_oldest(|_| true);
    }

    pub(super) fn close_what_takes_too_long(&self) {
        let now = self.now();
        let over = |since: u64, limit: Duration| now.saturating_sub(since) > limit.as_millis() as u64;
        let takes_too_long = |state: &State| {
            let (since, stuck) = (state.since.load(Relaxed), state.stuck.load(Relaxed));
            let waits = match state.phase.load(Relaxed) {
                WAITING => over(since, IDLE),
                IN_HEAD => over(since, HEAD),
                _ => false,
            };
            waits || (stuck != 0 && over(stuck, WRITE))
        };
        let mut open = self.lock();
        let late: Vec<u64> =
            open.connections.iter().filter(|(_, state)| takes_too_long(state)).map(|(id, _)| *id).collect();
        late.into_iter().for_each(|id| open.close(id));
    }

    fn lock(&self) -> MutexGuard<'_, Open> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        self.started.elapsed().as_millis() as u64 + 1
    }
}

impl Open {
    /// Closes the one that waits longest of those; false where none waits.
    fn close_oldest(&mut self, of: impl Fn(&State) -> bool) -> bool {
        let waiting = self.connections.iter().filter(|(_, state)| state.waits() && of(state));
        let oldest = waiting.min_by_key(|(_, state)| state.since.load(Relaxed)).map(|(id, _)| *id);
        oldest.into_iter().for_each(|id| self.close(id));
        oldest.is_some()
    }

    fn close(&mut self, id: u64) {
        if let Some(state) = self.remove(id) {
            state.close.notify_one();
        }
    }

    fn remove(&mut self, id: u64) -> Option<Arc<State>> {
        let state = self.connections.remove(&id)?;
        if let Some(client) = state.client
            && let Some(held) = self.clients.get_mut(&client)
        {
            *held -= 1;
            if *held == 0 {
                self.clients.remove(&client);
            }
        }
        Some(state)
    }
}

impl State {
    fn new(client: Option<u64>, now: u64) -> Self {
        Self {
            client,
            phase: AtomicU8::new(WAITING),
            since: AtomicU64::new(now),
            head: AtomicUsize::new(0),
            stuck: AtomicU64::new(0),
            close: Notify::new(),
        }
    }

    fn waits(&self) -> bool {
        self.phase.load(Relaxed) != ANSWERING
    }
}

impl Connection {
    /// Bytes came.
    pub(super) fn read(&self, bytes: usize) {
        if bytes == 0 || !self.state.waits() {
            return;
        }
        if self.state.phase.swap(IN_HEAD, Relaxed) == WAITING {
            self.state.since.store(self.table.now(), Relaxed);
        }
        self.state.head.fetch_add(bytes, Relaxed);
        if self.table.heads.fetch_add(bytes, Relaxed) + bytes > HEAD_BYTES {
            self.table.lock().close_oldest(|state| state.phase.load(Relaxed) == IN_HEAD);
        }
    }

    /// Bytes were to go, and did, or are stuck.
    pub(super) fn writes(&self, is_stuck: bool) {
        let stuck = &self.state.stuck;
        match (is_stuck, stuck.load(Relaxed)) {
            (true, 0) => stuck.store(self.table.now(), Relaxed),
            (false, 1..) => stuck.store(0, Relaxed),
            _ => {}
        }
    }

    /// A request is complete but for its body.
    pub(super) fn busy(self: &Arc<Self>) -> Busy {
        self.state.phase.store(ANSWERING, Relaxed);
        self.forget_head();
        Busy(self.clone())
    }

    /// Waits until somebody else needs the room, or it takes too long.
    pub(super) async fn closed(&self) {
        self.state.close.notified().await;
    }

    fn forget_head(&self) {
        let head = self.state.head.swap(0, Relaxed);
        if head > 0 {
            self.table.heads.fetch_sub(head, Relaxed);
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.forget_head();
        self.table.lock().remove(self.id);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let state = &self.0.state;
        state.since.store(self.0.table.now(), Relaxed);
        state.phase.store(WAITING, Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn is_closed(connection: &Connection) -> bool {
        tokio::time::timeout(Duration::from_millis(20), connection.closed()).await.is_ok()
    }

    #[tokio::test]
    async fn whoever_waits_longest_makes_room_and_whoever_is_answered_does_not() {
        let table = Arc::new(Table::new(3));
        let first = Table::admit(&table, None).unwrap();
        let busy = first.busy();
        let second = Table::admit(&table, None).unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let third = Table::admit(&table, None).unwrap();
        let fourth = Table::admit(&table, None).unwrap();
        assert!(is_closed(&second).await && !is_closed(&third).await && !is_closed(&first).await);
        let (_third, _fourth) = (third.busy(), fourth.busy());
        assert!(Table::admit(&table, None).is_none(), "all are being answered");
        drop(busy);
        assert!(Table::admit(&table, None).is_some());
        assert!(is_closed(&first).await, "it waited for its next request");
    }

    #[tokio::test]
    async fn one_client_has_so_many_and_takes_nothing_from_the_others() {
        let table = Arc::new(Table::new(MOST));
        let other = Table::admit(&table, Some(2)).unwrap();
        let of_one: Vec<_> = (0..PER_CLIENT * 3).map(|_| Table::admit(&table, Some(1)).unwrap()).collect();
        assert_eq!(table.lock().clients[&1], PER_CLIENT);
        assert!(!is_closed(&other).await);
        let busy: Vec<_> = of_one.iter().map(Connection::busy).collect();
        assert!(Table::admit(&table, Some(1)).is_none() && Table::admit(&table, Some(2)).is_some());
        drop((busy, of_one));
        assert!(!table.lock().clients.contains_key(&1));
    }

    #[tokio::test]
    async fn heads_that_are_not_finished_fill_no_memory() {
        let table = Arc::new(Table::new(MOST));
        let slow: Vec<_> = (0..400).map(|_| Table::admit(&table, None).unwrap()).collect();
        for connection in &slow {
            connection.read(64 * 1024);
        }
        let held = table.lock().connections.len();
        assert!(held * 64 * 1024 <= HEAD_BYTES, "{held}");
        drop(slow);
        assert_eq!(table.heads.load(Relaxed), 0);
    }
}
