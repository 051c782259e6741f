//! How many people may go away at once before somebody is asked: the guard against a provider that is emptied by
//! mistake, or at its end. Pure arithmetic; who counts, and what is held, is for scans and messages to say.

use std::fmt;
use std::str::FromStr;

/// Fewer than this are never held by their share alone: of ten people two may leave in a day.
const LEAST: u64 = 5;
/// Hundredths of a percent in all.
const WHOLE: u64 = 10_000;

/// `OIDC_MISSING_LIMIT`: how many of a provider's present identities may be gone or newly blocked at once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MissingLimit {
    /// Nothing is held.
    Off,
    /// More than either is held.
    At {
        /// Hundredths of a percent of those who are present, but never fewer than 5 people.
        share: Option<u32>,
        /// That many people, whatever their share.
        number: Option<u64>,
    },
}

impl MissingLimit {
    /// Whether so many going away, of so many who are present, is more than may pass without being asked.
    pub fn holds(self, present: u64, away: u64) -> bool {
        let Self::At { share, number } = self else { return false };
        let by_share = share.is_some_and(|share| {
            let is_more = u128::from(away) * u128::from(WHOLE) > u128::from(present) * u128::from(share);
            away > LEAST && is_more
        });
        by_share || number.is_some_and(|number| away > number)
    }
}

impl Default for MissingLimit {
    /// `10%,500`
    fn default() -> Self {
        Self::At { share: Some(1000), number: Some(500) }
    }
}

/// The text is no limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be a share and a number such as 10%,500, one of the two, or off")]
pub struct NoLimit;

impl FromStr for MissingLimit {
    type Err = NoLimit;

    fn from_str(text: &str) -> Result<Self, NoLimit> {
        if text == "off" {
            return Ok(Self::Off);
        }
        let (mut share, mut number) = (None, None);
        for part in text.split(',').map(str::trim) {
            let is_again = match part.strip_suffix('%') {
                Some(percent) => share.replace(hundredths(percent)?).is_some(),
                None => number.replace(whole(part)?).is_some(),
            };
            if is_again {
                return Err(NoLimit);
            }
        }
        Ok(Self::At { share, number })
    }
}

/// A percentage, with at most two places, in hundredths of a percent.
fn hundredths(percent: &str) -> Result<u32, NoLimit> {
    let (percent, places) = percent.split_once('.').unwrap_or((percent, "0"));
    if !(1..=2).contains(&places.len()) {
        return Err(NoLimit);
    }
    let all = whole(percent)?.checked_mul(100).ok_or(NoLimit)? + whole(&format!("{places:0<2}"))?;
    u32::try_from(all).ok().filter(|all| u64::from(*all) <= WHOLE).ok_or(NoLimit)
}

fn whole(text: &str) -> Result<u64, NoLimit> {
    match text.bytes().all(|byte| byte.is_ascii_digit()) {
        true => text.parse().map_err(|_| NoLimit),
        false => Err(NoLimit),
    }
}

impl fmt::Display for MissingLimit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::At { share, number } = self else { return f.write_str("off") };
        if let Some(share) = share {
            match share % 100 {
                0 => write!(f, "{}%", share / 100)?,
                places => write!(f, "{}.{places:02}%", share / 100)?,
            }
        }
        if share.is_some() && number.is_some() {
            f.write_str(",")?;
        }
        number.map_or(Ok(()), |number| write!(f, "{number}"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn limit(text: &str) -> MissingLimit {
        text.parse().unwrap()
    }

    #[test]
    fn a_tenth_goes_and_more_is_held() {
        for (present, goes, held) in [(1000, 99, 101), (1000, 100, 101), (60, 6, 7), (5000, 500, 501)] {
            assert!(!MissingLimit::default().holds(present, goes), "{goes} of {present}");
            assert!(MissingLimit::default().holds(present, held), "{held} of {present}");
        }
    }

    #[test]
    fn five_hundred_go_and_one_more_is_held_however_many_there_are() {
        assert!(!MissingLimit::default().holds(1_000_000, 500));
        assert!(MissingLimit::default().holds(1_000_000, 501));
    }

    #[test]
    fn of_a_few_people_five_may_go() {
        for present in [0, 1, 5, 6, 10, 50] {
            assert!(!MissingLimit::default().holds(present, 5), "{present}");
            assert!(MissingLimit::default().holds(present, 6), "{present}");
        }
        assert!(limit("10%,3").holds(1000, 4), "a number is meant as it stands");
    }

    #[test]
    fn each_part_holds_by_itself_and_off_holds_nothing() {
        assert!(!limit("10%").holds(100_000, 10_000) && limit("10%").holds(100_000, 10_001));
        assert!(!limit("7").holds(10, 7) && limit("7").holds(10, 8));
        assert!(limit("0").holds(10, 1) && !limit("0").holds(10, 0));
        assert!(!limit("off").holds(1, u64::MAX));
    }

    #[test]
    fn a_limit_is_written_in_one_way() {
        assert_eq!(MissingLimit::default(), limit("10%,500"));
        for (text, again) in
            [("500,10%", "10%,500"), (" 2.5% , 7 ", "2.50%,7"), ("0.05%", "0.05%"), ("100%", "100%")]
        {
            assert_eq!(limit(text.trim()).to_string(), again);
        }
        for odd in ["", "on", "OFF", ",", "10%,", "10%,20%"] {
            assert_eq!(odd.parse::<MissingLimit>(), Err(NoLimit), "{odd:?}");
        }
        for odd in ["5,6", "101%", "100.01%", "1.%", ".5%", "1.234%", "-1", "+1", "1e3", "10 %", "1.5"] {
            assert_eq!(odd.parse::<MissingLimit>(), Err(NoLimit), "{odd:?}");
        }
        assert_eq!("99999999999999999999%".parse::<MissingLimit>(), Err(NoLimit));
    }

    proptest! {
        #[test]
        fn a_limit_reads_back(share in proptest::option::of(0..=10_000_u32), number in proptest::option::of(any::<u64>())) {
            let one = MissingLimit::At { share, number };
            if share.is_some() || number.is_some() {
                prop_assert_eq!(one.to_string().parse(), Ok(one));
            }
        }

        #[test]
        fn who_is_held_stays_held_when_more_go_or_fewer_are_there(present: u64, away in 0..u64::MAX, fewer: u64) {
            let limit = MissingLimit::default();
            if limit.holds(present, away) {
                prop_assert!(limit.holds(present, away + 1));
                prop_assert!(limit.holds(present.min(fewer), away));
            }
        }

        #[test]
        fn the_share_is_exact(present in 0..1_000_000_u64, away in 6..1_000_000_u64, share in 0..=10_000_u32) {
            let holds = MissingLimit::At { share: Some(share), number: None }.holds(present, away);
            prop_assert_eq!(holds, away * 10_000 > present * u64::from(share));
        }
    }
}
