//! The times of a token against `now`, which the caller states, with leeway for clocks that differ.

use crate::Code;
use crate::json::{present, seconds};
use serde_json::{Map, Value};

/// The oldest `iat` of a token that was issued for this very moment.
const OLDEST_SECONDS: i64 = 600;

pub(crate) struct Clock {
    now: i64,
    leeway: i64,
}

impl Clock {
    pub(crate) fn new(now: i64, leeway_seconds: u64) -> Self {
        Self { now, leeway: i64::try_from(leeway_seconds).unwrap_or(i64::MAX) }
    }

    /// `exp`, `nbf` and `iat` of a token that was just issued; answers `(issued, expires)`.
    pub(crate) fn check(&self, claims: &Map<String, Value>) -> Result<(i64, i64), Code> {
        let expires = seconds(claims, "exp").ok_or(Code::ExpiryMissing)?;
        self.not_over(expires)?;
        self.begun(claims)?;
        let issued = seconds(claims, "iat").ok_or(Code::IssuedAtMissing)?;
        self.just_issued(issued)?;
        Ok((issued, expires))
    }

    /// When `check` begins to refuse a token of these times.
    pub(crate) fn usable_until(&self, issued: i64, expires: i64) -> i64 {
        expires.saturating_add(self.leeway).min(issued.saturating_add(OLDEST_SECONDS + 1))
    }

    /// The same for what need not carry times: only those that are there count.
    pub(crate) fn check_if_stated(&self, claims: &Map<String, Value>) -> Result<(), Code> {
        if present(claims, "exp").is_some() {
            self.not_over(seconds(claims, "exp").ok_or(Code::ExpiryMissing)?)?;
        }
        self.begun(claims)
    }

    /// OpenID Connect Core 3.1.3.7 (13): `auth_time` is at most `max_age` seconds ago. One that is yet to
    /// come would count as recent for as long as anybody likes.
    pub(crate) fn authenticated_within(&self, max_age: u64, auth_time: Option<i64>) -> Result<(), Code> {
        let auth_time = auth_time.ok_or(Code::AuthTimeMissing)?;
        if self.is_ahead(auth_time) {
            return Err(Code::AuthTimeInFuture);
        }
        let last = auth_time.saturating_add_unsigned(max_age).saturating_add(self.leeway);
        if self.now <= last { Ok(()) } else { Err(Code::AuthTimeTooOld) }
    }

    /// Whether a time is yet to come, by more than clocks differ.
    pub(crate) fn is_ahead(&self, time: i64) -> bool {
        time > self.now.saturating_add(self.leeway)
    }

    /// RFC 7519 4.1.4: now is before `exp`.
    fn not_over(&self, expires: i64) -> Result<(), Code> {
        if self.now < expires.saturating_add(self.leeway) { Ok(()) } else { Err(Code::Expired) }
    }

    /// RFC 7519 4.1.5: `nbf` is not after now. It limits, so one that cannot be read refuses.
    fn begun(&self, claims: &Map<String, Value>) -> Result<(), Code> {
        if present(claims, "nbf").is_none() {
            return Ok(());
        }
        match seconds(claims, "nbf") {
            Some(begins) if !self.is_ahead(begins) => Ok(()),
            _ => Err(Code::NotYetValid),
        }
    }

    /// OpenID Connect Core 3.1.3.7 (10).
    fn just_issued(&self, issued: i64) -> Result<(), Code> {
        if self.is_ahead(issued) {
            return Err(Code::IssuedInFuture);
        }
        if issued < self.now.saturating_sub(OLDEST_SECONDS) {
            return Err(Code::IssuedTooLongAgo);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    const NOW: i64 = 1_700_000_000;

    fn check(claims: Value) -> Result<(i64, i64), Code> {
        Clock::new(NOW, 60).check(claims.as_object().unwrap())
    }

    fn stated(claims: Value) -> Result<(), Code> {
        Clock::new(NOW, 60).check_if_stated(claims.as_object().unwrap())
    }

    fn with(name: &str, value: impl Into<Value>) -> Value {
        let mut claims = json!({"iat": NOW, "exp": NOW + 300});
        claims[name] = value.into();
        claims
    }

    #[test]
    fn it_expires_after_the_leeway() {
        assert_eq!(check(with("exp", NOW + 1)), Ok((NOW, NOW + 1)));
        assert!(check(with("exp", NOW - 59)).is_ok());
        assert_eq!(check(with("exp", NOW - 60)), Err(Code::Expired));
        assert_eq!(check(with("exp", -1)), Err(Code::Expired));
        assert_eq!(check(with("exp", f64::MIN)), Err(Code::Expired));
        assert_eq!(check(with("exp", f64::MAX)), Ok((NOW, i64::MAX)));
        assert_eq!(check(with("exp", u64::MAX)), Ok((NOW, i64::MAX)));
    }

    #[test]
    fn it_is_issued_at_most_the_leeway_ahead_and_ten_minutes_ago() {
        assert!(check(with("iat", NOW + 60)).is_ok());
        assert_eq!(check(with("iat", NOW + 61)), Err(Code::IssuedInFuture));
        assert!(check(with("iat", NOW - 600)).is_ok());
        assert_eq!(check(with("iat", NOW - 601)), Err(Code::IssuedTooLongAgo));
        assert_eq!(check(with("iat", f64::MAX)), Err(Code::IssuedInFuture));
        assert_eq!(check(with("iat", f64::MIN)), Err(Code::IssuedTooLongAgo));
    }

    #[test]
    fn it_is_not_used_before_its_time() {
        assert!(check(with("nbf", NOW + 60)).is_ok());
        assert!(check(with("nbf", Value::Null)).is_ok());
        assert!(check(with("nbf", 0)).is_ok());
        assert_eq!(check(with("nbf", NOW + 61)), Err(Code::NotYetValid));
        assert_eq!(check(with("nbf", "1700000000")), Err(Code::NotYetValid));
    }

    #[test]
    fn exp_and_iat_are_required_as_numbers() {
        for odd in [Value::Null, json!("1700000300"), json!(true), json!([NOW]), json!({})] {
            assert_eq!(check(with("exp", odd.clone())), Err(Code::ExpiryMissing), "{odd}");
            assert_eq!(check(with("iat", odd.clone())), Err(Code::IssuedAtMissing), "{odd}");
        }
        assert_eq!(check(json!({"iat": NOW})), Err(Code::ExpiryMissing));
        assert_eq!(check(json!({"exp": NOW + 1})), Err(Code::IssuedAtMissing));
    }

    #[test]
    fn times_that_need_not_be_stated_count_when_they_are() {
        assert_eq!(stated(json!({})), Ok(()));
        assert_eq!(stated(json!({"exp": null, "nbf": null})), Ok(()));
        assert_eq!(stated(json!({"exp": NOW - 59, "iat": 0})), Ok(()));
        assert_eq!(stated(json!({"exp": NOW - 60})), Err(Code::Expired));
        assert_eq!(stated(json!({"exp": "x"})), Err(Code::ExpiryMissing));
        assert_eq!(stated(json!({"nbf": NOW + 61})), Err(Code::NotYetValid));
    }

    #[test]
    fn authentication_is_at_most_max_age_and_leeway_ago() {
        let clock = Clock::new(NOW, 60);
        assert_eq!(clock.authenticated_within(100, Some(NOW - 160)), Ok(()));
        assert_eq!(clock.authenticated_within(100, Some(NOW - 161)), Err(Code::AuthTimeTooOld));
        assert_eq!(clock.authenticated_within(0, Some(NOW)), Ok(()));
        assert_eq!(clock.authenticated_within(100, None), Err(Code::AuthTimeMissing));
        assert_eq!(clock.authenticated_within(u64::MAX, Some(i64::MIN)), Ok(()));
    }

    #[test]
    fn authentication_is_at_most_the_leeway_ahead() {
        let clock = Clock::new(NOW, 60);
        assert_eq!(clock.authenticated_within(100, Some(NOW + 60)), Ok(()));
        assert_eq!(clock.authenticated_within(100, Some(NOW + 61)), Err(Code::AuthTimeInFuture));
        assert_eq!(clock.authenticated_within(u64::MAX, Some(i64::MAX)), Err(Code::AuthTimeInFuture));
    }

    #[test]
    fn no_clock_and_no_leeway_overflows() {
        for now in [i64::MIN, -1, 0, i64::MAX] {
            for leeway in [0, 60, u64::MAX] {
                for time in [i64::MIN, 0, i64::MAX] {
                    let claims = json!({"exp": time, "iat": time, "nbf": time});
                    let clock = Clock::new(now, leeway);
                    let _ = clock.check(claims.as_object().unwrap());
                    let _ = clock.authenticated_within(u64::MAX, Some(time));
                }
            }
        }
        assert!(Clock::new(NOW, u64::MAX).not_over(0).is_ok());
    }
}
