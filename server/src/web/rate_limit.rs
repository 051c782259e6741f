//! Rate limits in bounded memory, whatever floods us.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

/// Requests a second from one place, in the long run, and how many may come at once.
const PER_SECOND: u32 = 20;
const BURST: u32 = 600;
/// Places that are told apart at most.
const PLACES: usize = 100_000;

/// Counts requests by where they come from. Off under load tests.
pub(crate) struct RateLimit(Option<DefaultKeyedRateLimiter<u64>>);

impl RateLimit {
    pub(crate) fn new(on: bool) -> Self {
        let quota = |per_second, burst| {
            Some(Quota::per_second(NonZeroU32::new(per_second)?).allow_burst(NonZeroU32::new(burst)?))
        };
        Self(on.then(|| quota(PER_SECOND, BURST).map(RateLimiter::keyed)).flatten())
    }

    /// Whether one more request may come from there. Places that are not known, and in a flood from
    /// everywhere all places, count as one.
    pub(crate) fn allows(&self, from: Option<IpAddr>) -> bool {
        let Some(limiter) = &self.0 else { return true };
        let place = from.filter(|_| limiter.len() < PLACES).map(place).unwrap_or_default();
        limiter.check_key(&place).is_ok()
    }

    /// Forgets the places that were quiet; to be called now and then.
    pub(crate) fn forget(&self) {
        if let Some(limiter) = &self.0 {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
    }
}

/// An IPv4 address, or the network of an IPv6 one: a single customer has 2^64 of those.
fn place(address: IpAddr) -> u64 {
    match address.to_canonical() {
        IpAddr::V4(v4) => u64::from(u32::from(v4)) + 1,
        IpAddr::V6(v6) => (u128::from(v6) >> 64) as u64,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn from(text: &str) -> Option<IpAddr> {
        Some(text.parse().unwrap())
    }

    #[test]
    fn one_place_is_stopped_and_the_others_are_not() {
        let limits = RateLimit::new(true);
        let allowed = (0..BURST * 2).filter(|_| limits.allows(from("192.0.2.1"))).count();
        assert!(allowed >= BURST as usize && allowed < BURST as usize * 2, "{allowed}");
        assert!(limits.allows(from("192.0.2.2")));
    }

    #[test]
    fn the_addresses_of_one_ipv6_network_are_one_place() {
        let limits = RateLimit::new(true);
        let one = |n: u32| from(&format!("2001:db8::{n:x}"));
        assert!((0..BURST * 2).filter(|n| limits.allows(one(*n))).count() < BURST as usize * 2);
    }

    #[test]
    fn off_means_off() {
        let limits = RateLimit::new(false);
        assert!((0..BURST * 2).all(|_| limits.allows(from("192.0.2.1"))));
    }

    #[test]
    fn a_flood_from_everywhere_fills_no_memory() {
        let limits = RateLimit::new(true);
        for n in 0..(PLACES as u32 + 10_000) {
            limits.allows(Some(IpAddr::from(n.to_be_bytes())));
        }
        assert!(limits.0.unwrap().len() <= PLACES + 1);
    }
}
