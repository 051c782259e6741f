//! All open connections: which of them waits, since when, and which one makes room.

use std::collections::HashMap;
use std::sync::atomic::{AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::web::wider;

/// A head must be complete this long after its first byte.
pub(super) const HEAD: Duration = Duration::from_secs(20);
/// A connection may wait this long for its first or next request: longer than proxies keep theirs (60 s).
pub(super) const IDLE: Duration = Duration::from_secs(75);
/// A client must take some of an answer within this time.
const WRITE: Duration = Duration::from_secs(30);
/// Connections of one client.
const PER_CLIENT: usize = 128;
/// Connections of the neighbours in one wider network of IPv6, which may all be one customer's.
const PER_NETWORK: usize = 1024;
/// Connections in all, where the system has files enough.
const MOST: usize = 8192;
/// Files that are kept for the database, for providers and for the site.
const RESERVED: u64 = 128;
/// Bytes of all heads that are not finished, and of what came behind finished ones; then of all bodies.
const UNFINISHED: [usize; 2] = [16 * 1024 * 1024, 64 * 1024 * 1024];

/// What is not finished, each counted by itself.
#[derive(Clone, Copy)]
enum Part {
    Head,
    Body,
}

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
    /// Bytes of all heads and of all bodies that are not finished.
    unfinished: [AtomicUsize; 2],
    started: Instant,
}

#[derive(Default)]
struct Open {
    connections: HashMap<u64, Arc<State>>,
    /// How many each client has.
    clients: HashMap<u64, usize>,
    /// How many each wider network has.
    networks: HashMap<u64, usize>,
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
    /// Bytes of a head and of a body that is not finished; more than there are rather than fewer.
    unfinished: [AtomicUsize; 2],
    /// Bytes that came last: what is behind a finished request is among them.
    last: AtomicUsize,
    /// Since when the client takes nothing of what is written; 0 where it does.
    stuck: AtomicU64,
    close: Notify,
}

/// It waits for the first byte of a request.
const WAITING: u8 = 0;
/// It waits for the rest of a head.
const IN_HEAD: u8 = 1;
/// It waits for the rest of a body.
const IN_BODY: u8 = 2;
/// A request is being answered.
const ANSWERING: u8 = 3;

/// A request that is being answered; the connection waits again when this is dropped.
pub(super) struct Busy(Arc<Connection>);

impl Table {
    pub(super) fn new(most: usize) -> Self {
        Self { open: Mutex::default(), most, unfinished: Default::default(), started: Instant::now() }
    }

    /// A new connection of `client`; none where the client has too many, or there are too many in all, and
    /// none of them waits for its client.
    pub(super) fn admit(table: &Arc<Self>, client: Option<u64>) -> Option<Arc<Connection>> {
        let mut open = table.lock();
        let held = client.and_then(|client| open.clients.get(&client)).copied().unwrap_or_default();
        if held >= PER_CLIENT && !open.close_oldest(|state| state.client == client) {
            return None;
        }
        let network = client.and_then(wider);
        let held = network.and_then(|network| open.networks.get(&network)).copied().unwrap_or_default();
        if held >= PER_NETWORK && !open.close_oldest(|state| state.client.and_then(wider) == network) {
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
        if let Some(network) = network {
            *open.networks.entry(network).or_default() += 1;
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
                // Bodies have their own time, and an answer that says so.
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
        let those = self.connections.iter().filter(|(_, state)| of(state));
        let waiting = those.filter_map(|(id, state)| Some((state.waits_since()?, *id)));
        let oldest = waiting.min().map(|(_, id)| id);
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
        less(&mut self.clients, state.client);
        less(&mut self.networks, state.client.and_then(wider));
        Some(state)
    }
}

/// One fewer of this one.
fn less(counts: &mut HashMap<u64, usize>, of: Option<u64>) {
    let Some(of) = of else { return };
    if let Some(held) = counts.get_mut(&of) {
        *held -= 1;
        if *held == 0 {
            counts.remove(&of);
        }
    }
}

impl State {
    fn new(client: Option<u64>, now: u64) -> Self {
        Self {
            client,
            phase: AtomicU8::new(WAITING),
            since: AtomicU64::new(now),
            unfinished: Default::default(),
            last: AtomicUsize::new(0),
            stuck: AtomicU64::new(0),
            close: Notify::new(),
        }
    }

    /// Since when it waits for its client: to send, or to take what is written. None where we are at work.
    fn waits_since(&self) -> Option<u64> {
        match (self.phase.load(Relaxed), self.stuck.load(Relaxed)) {
            (ANSWERING, 0) => None,
            (ANSWERING, stuck) => Some(stuck),
            _ => Some(self.since.load(Relaxed)),
        }
    }
}

impl Connection {
    /// Bytes came.
    pub(super) fn read(&self, bytes: usize) {
        if bytes == 0 {
            return;
        }
        self.state.last.store(bytes, Relaxed);
        match self.state.phase.load(Relaxed) {
            WAITING => self.enter(IN_HEAD),
            IN_HEAD => {}
            _ => return,
        }
        self.hold(Part::Head, self.held(Part::Head) + bytes);
    }

    /// Bytes of a body came.
    pub(super) fn read_body(&self, bytes: usize) {
        self.hold(Part::Body, self.held(Part::Body) + bytes);
    }

    fn held(&self, part: Part) -> usize {
        self.state.unfinished[part as usize].load(Relaxed)
    }

    /// Notes how much is held of what is not finished.
    fn hold(&self, part: Part, bytes: usize) {
        let before = self.state.unfinished[part as usize].swap(bytes, Relaxed);
        let all = &self.table.unfinished[part as usize];
        let held = all.fetch_add(bytes, Relaxed) + bytes - before;
        all.fetch_sub(before, Relaxed);
        if bytes > before && held > UNFINISHED[part as usize] {
            self.table.lock().close_oldest(|state| state.unfinished[part as usize].load(Relaxed) > 0);
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

    /// A head is complete; whether its body is, too.
    pub(super) fn busy(self: &Arc<Self>, is_whole: bool) -> Busy {
        self.enter(if is_whole { ANSWERING } else { IN_BODY });
        self.hold(Part::Head, 0);
        Busy(self.clone())
    }

    /// The body of the request is complete, or nobody reads it.
    pub(super) fn has_body(&self) {
        if self.state.phase.load(Relaxed) == IN_BODY {
            self.enter(ANSWERING);
        }
        self.hold(Part::Body, 0);
    }

    fn enter(&self, phase: u8) {
        self.state.since.store(self.table.now(), Relaxed);
        self.state.phase.store(phase, Relaxed);
    }

    /// Waits until somebody else needs the room, or it takes too long.
    pub(super) async fn closed(&self) {
        self.state.close.notified().await;
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        self.hold(Part::Head, 0);
        self.hold(Part::Body, 0);
        self.table.lock().remove(self.id);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        self.0.enter(WAITING);
        // The beginning of the next head may have come with the end of this request.
        self.0.hold(Part::Head, self.0.state.last.load(Relaxed));
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
        let busy = first.busy(true);
        let second = Table::admit(&table, None).unwrap();
        tokio::time::sleep(Duration::from_millis(5)).await;
        let third = Table::admit(&table, None).unwrap();
        let fourth = Table::admit(&table, None).unwrap();
        assert!(is_closed(&second).await && !is_closed(&third).await && !is_closed(&first).await);
        let (_third, _fourth) = (third.busy(true), fourth.busy(true));
        assert!(Table::admit(&table, None).is_none(), "all are being answered");
        drop(busy);
        assert!(Table::admit(&table, None).is_some());
        assert!(is_closed(&first).await, "it waited for its next request");
    }

    #[tokio::test]
    async fn whoever_sends_a_body_slowly_or_takes_nothing_makes_room() {
        let table = Arc::new(Table::new(2));
        let (slow, deaf) = (Table::admit(&table, None).unwrap(), Table::admit(&table, None).unwrap());
        let (_slow, _deaf) = (slow.busy(false), deaf.busy(true));
        slow.read(1);
        let third = Table::admit(&table, None).unwrap();
        assert!(is_closed(&slow).await && !is_closed(&deaf).await);
        let _third = third.busy(false);
        third.has_body();
        assert!(Table::admit(&table, None).is_none(), "its body is there");
        deaf.writes(true);
        assert!(Table::admit(&table, None).is_some());
        assert!(is_closed(&deaf).await && !is_closed(&third).await);
    }

    #[tokio::test]
    async fn one_client_has_so_many_and_takes_nothing_from_the_others() {
        let table = Arc::new(Table::new(MOST));
        let other = Table::admit(&table, Some(2)).unwrap();
        let of_one: Vec<_> = (0..PER_CLIENT * 3).map(|_| Table::admit(&table, Some(1)).unwrap()).collect();
        assert_eq!(table.lock().clients[&1], PER_CLIENT);
        assert!(!is_closed(&other).await);
        let busy: Vec<_> = of_one.iter().map(|one| one.busy(true)).collect();
        assert!(Table::admit(&table, Some(1)).is_none() && Table::admit(&table, Some(2)).is_some());
        drop((busy, of_one));
        assert!(!table.lock().clients.contains_key(&1));
    }

    #[tokio::test]
    async fn neighbours_in_one_network_take_nothing_from_the_others() {
        let table = Arc::new(Table::new(MOST));
        let of = |n: usize| Some(0x2001_0db8_0001_0000 + n as u64);
        let neighbours: Vec<_> = (0..PER_NETWORK * 2).map(|n| Table::admit(&table, of(n)).unwrap()).collect();
        assert_eq!(table.lock().connections.len(), PER_NETWORK);
        let busy: Vec<_> = neighbours.iter().map(|one| one.busy(true)).collect();
        assert!(Table::admit(&table, of(0)).is_none());
        assert!(Table::admit(&table, Some(0x2001_0db8_0002_0000)).is_some());
        drop((busy, neighbours));
        assert!(table.lock().networks.is_empty());
    }

    #[tokio::test]
    async fn what_comes_behind_a_finished_request_counts_as_the_next_head() {
        let table = Arc::new(Table::new(MOST));
        let open: Vec<_> = (0..400).map(|_| Table::admit(&table, None).unwrap()).collect();
        for connection in &open {
            connection.read(64 * 1024);
            drop(connection.busy(true));
        }
        let held = table.lock().connections.len();
        assert!(held * 64 * 1024 <= UNFINISHED[0], "{held}");
        drop(open);
        assert_eq!(table.unfinished[0].load(Relaxed), 0);
    }

    #[tokio::test]
    async fn heads_that_are_not_finished_fill_no_memory() {
        let table = Arc::new(Table::new(MOST));
        let slow: Vec<_> = (0..400).map(|_| Table::admit(&table, None).unwrap()).collect();
        for connection in &slow {
            connection.read(64 * 1024);
        }
        let held = table.lock().connections.len();
        assert!(held * 64 * 1024 <= UNFINISHED[0], "{held}");
        drop(slow);
        assert_eq!(table.unfinished[0].load(Relaxed), 0);
    }

    #[tokio::test]
    async fn nor_do_bodies() {
        let table = Arc::new(Table::new(MOST));
        let open: Vec<_> = (0..2000).map(|_| Table::admit(&table, None).unwrap()).collect();
        let slow: Vec<_> = open.iter().map(|one| one.busy(false)).collect();
        open.iter().for_each(|one| one.read_body(64 * 1024));
        let held = table.lock().connections.len();
        assert!(held * 64 * 1024 <= UNFINISHED[1], "{held}");
        assert!(!is_closed(&open[1999]).await, "the newest is still there");
        open.iter().for_each(|one| one.has_body());
        assert_eq!(table.unfinished[1].load(Relaxed), 0);
        drop(slow);
    }
}
