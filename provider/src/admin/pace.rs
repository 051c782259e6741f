//! How fast we may ask: what a provider's headers say of its limits, of which at most half is used. Pure.

use std::time::Duration;

use chrono::DateTime;
use http::HeaderMap;

/// The families of headers: `limit`, `remaining` and `reset` behind each. Auth0; Okta; Kinde and the IETF's draft.
const FAMILIES: [&str; 3] = ["x-ratelimit-", "x-rate-limit-", "ratelimit-"];
/// Longer than this nobody is asked to wait for a window to end.
const LONGEST: Duration = Duration::from_secs(3600);
/// From here on a reset is a time since 1970, not a number of seconds from now.
const IS_A_TIME: i64 = 1_000_000_000;

/// How long to wait before the next question, by what the last answer said; none where it goes on at once. `now` in
/// seconds since 1970.
pub(super) fn pause(status: u16, headers: &HeaderMap, now: i64) -> Option<Duration> {
    let reset = FAMILIES.iter().find_map(|family| reset(headers, family, now));
    if is_too_much(status) {
        let said = retry_after(headers, now).or(reset).unwrap_or(Duration::from_secs(1));
        return Some(said.max(Duration::from_millis(100)).min(LONGEST));
    }
    let is_half_used = FAMILIES.iter().any(|family| {
        let count = |name: &str| number(headers, &format!("{family}{name}"));
        count("limit").zip(count("remaining")).is_some_and(|(limit, left)| left.saturating_mul(2) < limit)
    });
    reset.filter(|_| is_half_used)
}

/// Whether the provider says that it was asked too much.
pub(super) fn is_too_much(status: u16) -> bool {
    matches!(status, 429 | 503)
}

/// RFC 9110 10.2.3: seconds, or a time.
fn retry_after(headers: &HeaderMap, now: i64) -> Option<Duration> {
    let said = headers.get("retry-after")?.to_str().ok()?.trim();
    let seconds = said.parse().ok().or_else(|| {
        let at = DateTime::parse_from_rfc2822(said).ok()?;
        Some(at.timestamp().saturating_sub(now))
    })?;
    Some(duration(seconds))
}

fn reset(headers: &HeaderMap, family: &str, now: i64) -> Option<Duration> {
    let reset = number(headers, &format!("{family}reset"))?;
    Some(duration(if reset >= IS_A_TIME { reset.saturating_sub(now) } else { reset }))
}

fn number(headers: &HeaderMap, name: &str) -> Option<i64> {
    headers.get(name)?.to_str().ok()?.trim().parse().ok()
}

fn duration(seconds: i64) -> Duration {
    Duration::from_secs(u64::try_from(seconds).unwrap_or_default()).min(LONGEST)
}

#[cfg(test)]
mod tests {
    use http::{HeaderName, HeaderValue};

    use super::*;

    const NOW: i64 = 1_796_000_000;

    fn seconds(status: u16, headers: &[(&'static str, &str)]) -> Option<u64> {
        let header = |(name, value): &(&'static str, &str)| {
            (HeaderName::from_static(name), HeaderValue::from_str(value).unwrap())
        };
        pause(status, &headers.iter().map(header).collect(), NOW).map(|pause| pause.as_secs())
    }

    #[test]
    fn whoever_says_when_to_come_back_is_obeyed() {
        assert_eq!(seconds(429, &[("retry-after", "7")]), Some(7));
        assert_eq!(seconds(503, &[("retry-after", "Mon, 30 Nov 2026 00:53:30 GMT")]), Some(10));
        assert_eq!(seconds(429, &[("x-rate-limit-reset", "1796000012")]), Some(12));
        assert_eq!(seconds(429, &[("ratelimit-reset", "30")]), Some(30));
        assert_eq!(seconds(429, &[("retry-after", "2"), ("ratelimit-reset", "30")]), Some(2));
        assert_eq!(seconds(429, &[]), Some(1));
        assert_eq!(seconds(429, &[("retry-after", "999999")]), Some(3600));
        assert_eq!(seconds(429, &[("retry-after", "-5")]), Some(0));
    }

    #[test]
    fn half_of_an_allowance_is_left_to_others() {
        let of = |limit: &str, left: &str| {
            seconds(
                200,
                &[
                    ("x-ratelimit-limit", limit),
                    ("x-ratelimit-remaining", left),
                    ("x-ratelimit-reset", "1796000009"),
                ],
            )
        };
        assert_eq!(
            [of("10", "9"), of("10", "5"), of("10", "4"), of("10", "0")],
            [None, None, Some(9), Some(9)]
        );
        assert_eq!(of("ten", "4"), None, "what cannot be read says nothing");
        assert_eq!(seconds(200, &[("ratelimit-reset", "30")]), None);
        assert_eq!(seconds(200, &[("retry-after", "30")]), None);
    }
}
