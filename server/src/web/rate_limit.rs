//! Rate limits in bounded memory, whatever floods us.

use std::collections::HashMap;
use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use governor::clock::DefaultClock;
use governor::nanos::Nanos;
use governor::state::StateStore;
use governor::state::keyed::ShrinkableKeyedStateStore;
use governor::{Quota, RateLimiter};

/// Clients that are told apart at most. Beyond it those that are not known yet count as one.
const CLIENTS: usize = 100_000;
/// As long as fewer are known, networks of IPv6 are told apart by 64 bits, then by 48, then by 32: a single customer
/// may have 2^16 of the first, a single provider as many of the second.
const FINE: usize = CLIENTS / 2;
const COARSE: usize = CLIENTS / 4 * 3;
/// The one that all count as who are not told apart.
const ALL_OTHERS: u64 = 0;

/// What is counted, each by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Counted {
    /// Requests that cost us or a provider something.
    Request,
    /// Log-ins that are started: each is remembered for `LOGIN_TTL_SECONDS`.
    Start,
    /// What came to where providers send and was refused, since nothing proved it to be theirs. What is proved counts
    /// for nothing: neither a flood of visitors nor one of a provider's own keeps a provider out.
    Refused,
    /// Lines of the log about requests that were refused.
    Line,
}

/// How long whoever proved to be a provider is known from where that was.
const PROVEN: Duration = Duration::from_secs(86_400);

/// Counts requests by the client they come from. Off under load tests.
pub(super) struct RateLimit {
    limiters: Option<Limiters>,
}

struct Limiters {
    each: [RateLimiter<u64, Clients, DefaultClock>; 4],
    /// That of [`Counted::Refused`], which takes nothing.
    refused: RateLimiter<u64, Seen, DefaultClock>,
    /// From where providers have sent, and when last. No stranger can add to it.
    proven: Mutex<HashMap<u64, Instant>>,
}

impl RateLimit {
    pub(super) fn new(on: bool) -> Self {
        Self { limiters: on.then(Limiters::new) }
    }

    /// Whether one more of this may come from there. Whoever is known keeps a count of their own, even in a flood
    /// from everywhere.
    pub(super) fn allows(&self, counted: Counted, from: Option<IpAddr>) -> bool {
        let Some(limiters) = &self.limiters else { return true };
        limiters.each[counted as usize].check_key(&key(from)).is_ok()
    }

    /// Whether what is sent from there as a provider's is judged: one was there before, or no more were refused than may be.
    pub(super) fn hears(&self, from: Option<IpAddr>) -> bool {
        let Some(limiters) = &self.limiters else { return true };
        limiters.refused.check_key(&key(from)).is_ok() || limiters.proven().contains_key(&key(from))
    }

    /// A provider has sent from there.
    pub(super) fn proved(&self, from: Option<IpAddr>) {
        if let Some(limiters) = &self.limiters {
            limiters.proven().insert(key(from), Instant::now());
        }
    }

    /// Forgets the clients that were quiet; to be called now and then.
    pub(super) fn forget(&self) {
        let Some(limiters) = &self.limiters else { return };
        for limiter in &limiters.each {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiters.proven().retain(|_, at| at.elapsed() < PROVEN);
    }
}

impl Limiters {
    fn new() -> Self {
        use Counted::{Line, Refused, Request, Start};
        let refused = Clients::default();
        let clients = |counted| if counted == Refused { refused.clone() } else { Clients::default() };
        Self {
            each: [Request, Start, Refused, Line].map(|counted| limiter(counted, clients(counted))),
            refused: limiter(Refused, Seen(refused.clone())),
            proven: Mutex::default(),
        }
    }

    fn proven(&self) -> MutexGuard<'_, HashMap<u64, Instant>> {
        self.proven.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn limiter<T: StateStore<Key = u64>>(counted: Counted, clients: T) -> RateLimiter<u64, T, DefaultClock> {
    let per_second = match counted {
        Counted::Request | Counted::Refused => 20,
        Counted::Start | Counted::Line => 1,
    };
    let quota = Quota::per_second(number(per_second)).allow_burst(number(BURST));
    RateLimiter::new(quota, clients, DefaultClock::default())
}

/// How many may come at once.
const BURST: u32 = 600;

fn number(number: u32) -> NonZeroU32 {
    NonZeroU32::new(number).unwrap_or(NonZeroU32::MIN)
}

fn key(from: Option<IpAddr>) -> u64 {
    from.map_or(ALL_OTHERS, client_key)
}

/// An IPv4 address, or the network of an IPv6 one: a single customer has 2^64 of those.
pub(crate) fn client_key(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u64::from(u32::from(v4)) + 1,
        IpAddr::V6(v6) => (u128::from(v6) >> 64) as u64,
    }
}

/// The network of 48 bits, where it is one of IPv6.
pub(crate) fn wider(client: u64) -> Option<u64> {
    (client > u64::from(u32::MAX) + 1).then_some(client & !0xffff)
}

/// As whom a client is counted: as itself where it is known or there is room, else with its neighbours.
fn told_apart(known: &HashMap<u64, Nanos>, client: u64) -> u64 {
    let with_neighbours = wider(client).map(|network| [(network, COARSE), (network & !0xffff_ffff, CLIENTS)]);
    let room = if with_neighbours.is_some() { FINE } else { CLIENTS };
    let mut names = [(client, room)].into_iter().chain(with_neighbours.into_iter().flatten());
    let fits = |(name, room): &(u64, usize)| known.contains_key(name) || known.len() < *room;
    names.find(fits).map_or(ALL_OTHERS, |(name, _)| name)
}

/// The counts of clients. `governor`'s own tables have no bound.
#[derive(Clone, Default)]
struct Clients(Arc<Mutex<HashMap<u64, Nanos>>>);

impl Clients {
    fn lock(&self) -> MutexGuard<'_, HashMap<u64, Nanos>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl StateStore for Clients {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, client: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let mut clients = self.lock();
        let client = told_apart(&clients, *client);
        let (decided, count) = decide(clients.get(&client).copied())?;
        clients.insert(client, count);
        Ok(decided)
    }
}

/// The same counts, for whoever asks whether there is room and takes none.
struct Seen(Clients);

impl StateStore for Seen {
    type Key = u64;

    fn measure_and_replace<T, F, E>(&self, client: &u64, decide: F) -> Result<T, E>
    where
        F: Fn(Option<Nanos>) -> Result<(T, Nanos), E>,
    {
        let clients = self.0.lock();
        let client = told_apart(&clients, *client);
        decide(clients.get(&client).copied()).map(|(decided, _)| decided)
    }
}

impl ShrinkableKeyedStateStore<u64> for Clients {
    fn retain_recent(&self, drop_below: Nanos) {
        self.lock().retain(|_, count| *count > drop_below);
    }

    fn shrink_to_fit(&self) {
        self.lock().shrink_to_fit();
    }

    fn len(&self) -> usize {
        self.lock().len()
    }

    fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    fn allowed(limit: &RateLimit, counted: Counted, from: Option<IpAddr>) -> usize {
        (0..BURST * 2).filter(|_| limit.allows(counted, from)).count()
    }

    #[test]
    fn one_place_is_stopped_and_the_others_are_not() {
        let limit = RateLimit::new(true);
        let allowed = allowed(&limit, Counted::Request, from("192.0.2.1"));
        assert!(allowed >= BURST as usize && allowed < BURST as usize * 2, "{allowed}");
        assert!(limit.allows(Counted::Request, from("192.0.2.2")));
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_place() {
        let limit = RateLimit::new(true);
        let one = |n: u32| from(&format!("2001:db8::{n:x}"));
        let allowed = (0..BURST * 2).filter(|n| limit.allows(Counted::Request, one(*n))).count();
        assert!(allowed < BURST as usize * 2);
    }

    #[test]
    fn one_customer_of_many_ipv6_networks_fills_no_table_for_the_others() {
        let limit = RateLimit::new(true);
        let of_one = |n: u32| from(&format!("2001:db8:{:x}:{:x}::1", n >> 16, n & 0xffff));
        let first = from("2001:db8:9999:1::1");
        assert!(limit.allows(Counted::Start, first));
        for n in 0..(CLIENTS as u32 + 20_000) {
            limit.allows(Counted::Start, of_one(n));
        }
        assert!(!limit.allows(Counted::Start, of_one(0x1_ffff)), "they count together");
        for stranger in ["203.0.113.9", "2a00:1450::1", "2001:db8:8888:1::1"] {
            assert!(allowed(&limit, Counted::Start, from(stranger)) >= BURST as usize, "{stranger}");
        }
        assert!(limit.allows(Counted::Start, first));
    }

    #[test]
    fn each_kind_is_counted_by_itself() {
        let limit = RateLimit::new(true);
        allowed(&limit, Counted::Request, from("192.0.2.1"));
        for other in [Counted::Start, Counted::Refused, Counted::Line] {
            assert!(limit.allows(other, from("192.0.2.1")), "{other:?}");
        }
        let started = allowed(&limit, Counted::Start, from("192.0.2.3"));
        assert!(started < BURST as usize + 10, "what is remembered for long is given out slowly: {started}");
    }

    #[test]
    fn whoever_is_heard_takes_nothing_and_whoever_proved_to_be_a_provider_is_heard_on() {
        let (limit, there) = (RateLimit::new(true), from("192.0.2.1"));
        assert!((0..BURST * 3).all(|_| limit.hears(there)), "asking takes nothing");
        allowed(&limit, Counted::Refused, there);
        assert!(!limit.hears(there) && limit.hears(from("192.0.2.2")));
        limit.proved(there);
        limit.forget();
        assert!(limit.hears(there));
    }

    #[test]
    fn off_means_off() {
        let limit = RateLimit::new(false);
        assert!(limit.hears(from("192.0.2.1")));
        assert_eq!(allowed(&limit, Counted::Request, from("192.0.2.1")), BURST as usize * 2);
    }

    #[test]
    fn a_flood_from_everywhere_fills_no_memory() {
        let limit = RateLimit::new(true);
        flood(&limit);
        assert!(limit.limiters.unwrap().each[0].len() <= CLIENTS + 1);
    }

    #[test]
    fn whoever_is_known_keeps_a_count_of_their_own_in_a_flood_from_everywhere() {
        let limit = RateLimit::new(true);
        let known = from("198.51.100.7");
        assert!(limit.allows(Counted::Request, known));
        flood(&limit);
        let stranger = from("203.0.113.9");
        while limit.allows(Counted::Request, stranger) {}
        assert!(limit.allows(Counted::Request, known));
        assert!(limit.hears(stranger), "a provider is heard");
    }

    fn flood(limit: &RateLimit) {
        for n in 0..(CLIENTS as u32 + 10_000) {
            limit.allows(Counted::Request, Some(IpAddr::from(n.to_be_bytes())));
        }
    }
}
