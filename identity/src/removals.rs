//! The guard of what is pushed: deletions and blockings of a provider are counted, each identity once, over the last
//! hour and the last seven days, and what is beyond the limit does not go. Which is decided purely; the store counts
//! and keeps. Written as obligations.

use async_trait::async_trait;
use chrono::TimeDelta;

use crate::{Digest, StoreError, Timestamp};

/// The spans of time over which is counted, the longest last.
const WINDOWS: [TimeDelta; 2] = [TimeDelta::hours(1), TimeDelta::days(7)];

/// One identity that a message or a SCIM client took away: deleted or blocked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Removal {
    /// The key of (issuer, subject).
    pub identity: Digest,
    /// The last time.
    pub at: Timestamp,
}

/// The removals of one provider, each identity once.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Removals {
    /// In the order in which they were counted.
    pub all: Vec<Removal>,
    /// Grows by one with each write; 0 where nothing was ever written.
    pub version: i64,
}

/// How many identities of a provider there are, as of a time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Base {
    /// Those that are present.
    pub present: u64,
    /// Of the removals that were known then, those that are not present.
    pub absent: Vec<Digest>,
    /// When it was counted.
    pub at: Timestamp,
}

/// What becomes of a removal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Judged {
    /// It was counted within the last hour: it goes, and counts no second time.
    Counted,
    /// It goes, and these are the removals with it.
    Goes(Removals),
    /// It is beyond the limit.
    Held,
}

/// Judges one more removal. `is_over` says whether so many gone of so many that were there are too many.
///
/// Those that were there are the present ones and those that were taken away in the time that is looked at: whoever
/// was present when it began, or was first seen since.
pub fn judge(
    removals: &Removals,
    identity: &Digest,
    now: Timestamp,
    base: &Base,
    is_over: impl Fn(u64, u64) -> bool,
) -> Judged {
    let [hour, week] = WINDOWS;
    let within = |window: TimeDelta| removals.all.iter().filter(move |one| one.at > now - window);
    if within(hour).any(|one| one.identity == *identity) {
        return Judged::Counted;
    }
    let is_too_much = |window| {
        let others = within(window).filter(|one| one.identity != *identity).count() as u64;
        // Whoever was taken away since the count was present then.
        let gone_before =
            within(window).filter(|one| one.at <= base.at && base.absent.contains(&one.identity)).count();
        is_over(others + 1, base.present + gone_before as u64)
    };
    if WINDOWS.into_iter().any(is_too_much) {
        return Judged::Held;
    }
    let mut all: Vec<Removal> = within(week).filter(|one| one.identity != *identity).copied().collect();
    all.push(Removal { identity: *identity, at: now });
    Judged::Goes(Removals { all, version: removals.version + 1 })
}

/// The store of removals.
///
/// # Errors
/// All of it: [`StoreError::Unavailable`] where the database does not answer within two seconds,
/// [`StoreError::Unreadable`] where it holds what we did not write.
#[async_trait]
pub trait RemovalStore: Send + Sync {
    /// The removals of a provider.
    async fn removals(&self, provider: &str) -> Result<Removals, StoreError>;

    /// Writes them, if the version that is there is the one before; whether that is so. Of all who race with one
    /// version, in all processes, one does. Asked again after a lost answer, it knows its own write.
    async fn put_removals(&self, provider: &str, removals: &Removals) -> Result<bool, StoreError>;

    /// How many identities of a provider are present.
    async fn count_present(&self, provider: &str) -> Result<u64, StoreError>;

    /// Which of these identities are present.
    async fn which_are_present(&self, identities: &[Digest]) -> Result<Vec<Digest>, StoreError>;
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(1_795_996_800 + seconds, 0).unwrap()
    }

    fn id(number: u64) -> Digest {
        Digest::of_pair("https://a", &number.to_string())
    }

    fn a_tenth(gone: u64, of: u64) -> bool {
        gone * 10 > of
    }

    fn base(present: u64) -> Base {
        Base { present, absent: Vec::new(), at: at(0) }
    }

    /// How many of these removals go, one each `step` seconds, of so many who were there.
    fn how_many_go(present: u64, removals: impl IntoIterator<Item = u64>, step: i64) -> u64 {
        let (mut known, mut gone) = (Removals::default(), 0);
        for (turn, number) in removals.into_iter().enumerate() {
            match judge(&known, &id(number), at(1 + turn as i64 * step), &base(present), a_tenth) {
                Judged::Goes(more) => {
                    gone += 1;
                    known = more;
                }
                Judged::Counted | Judged::Held => {}
            }
        }
        gone
    }

    #[test]
    fn a_tenth_goes_and_no_more_in_an_hour_or_in_a_week() {
        for step in [0, 30, 3600, 5000] {
            assert_eq!(how_many_go(1000, 0..110, step), 100, "one each {step} s");
        }
        // A week after the first one there is room again.
        assert_eq!(how_many_go(100, 0..20, 86_400), 20);
    }

    #[test]
    fn an_identity_counts_once() {
        assert_eq!(how_many_go(100, (0..50).map(|_| 1), 10), 1);
        let known = Removals { all: vec![Removal { identity: id(1), at: at(0) }], version: 1 };
        assert_eq!(judge(&known, &id(1), at(10), &base(1), |_, _| true), Judged::Counted);
        // After an hour it counts for that hour, and still once for the week.
        let Judged::Goes(again) = judge(&known, &id(1), at(7200), &base(10), a_tenth) else { panic!("goes") };
        assert_eq!(again, Removals { all: vec![Removal { identity: id(1), at: at(7200) }], version: 2 });
    }

    #[test]
    fn those_who_went_count_among_those_who_were_there() {
        let all: Vec<Removal> = (0..10).map(|n| Removal { identity: id(n), at: at(n as i64) }).collect();
        let known = Removals { all, version: 10 };
        let counted = |present, absent: std::ops::Range<u64>| Base {
            present,
            absent: absent.map(id).collect(),
            at: at(20),
        };
        // 90 are left of 100: the eleventh is one too many.
        assert_eq!(judge(&known, &id(99), at(30), &counted(90, 0..10), a_tenth), Judged::Held);
        assert!(matches!(judge(&known, &id(99), at(30), &counted(100, 0..10), a_tenth), Judged::Goes(_)));
        // Those who came back are counted as present already.
        assert_eq!(judge(&known, &id(99), at(30), &counted(100, 0..0), a_tenth), Judged::Held);
    }

    proptest! {
        #[test]
        fn whatever_comes_in_whatever_order_no_window_holds_more_than_the_limit(
            steps in prop::collection::vec((0..40_u64, 0..20_000_i64), 0..120),
        ) {
            let (mut known, mut now, mut went) = (Removals::default(), 0, Vec::new());
            for (number, step) in steps {
                now += step;
                if let Judged::Goes(more) = judge(&known, &id(number), at(now), &base(60), a_tenth) {
                    prop_assert_eq!(more.version, known.version + 1);
                    known = more;
                    went.push((number, now));
                }
                for window in WINDOWS {
                    let since = now - window.num_seconds();
                    let mut all: Vec<u64> = went.iter().filter(|one| one.1 > since).map(|one| one.0).collect();
                    all.sort_unstable();
                    all.dedup();
                    prop_assert!(all.len() <= 6, "{:?}", all);
                }
            }
        }
    }
}
