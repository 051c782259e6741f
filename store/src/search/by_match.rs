//! A page in the order of the matching terms: the entries of the rarest word are walked along, and whoever they are of is
//! checked for the rest. A user with several such entries stands at the first.

use std::collections::{HashMap, HashSet};

use identity::{StoreError, UserId};

use super::{BUDGET, Condition, Found, Key, Keyed, Ranges, Resolved, Span, rarest};

/// Entries looked at in one step, where each is likely to be one of the page, and where not.
const LIKELY: u64 = 2;
const STEP: u64 = 1_000;

pub(super) async fn page(
    ranges: &impl Ranges,
    resolved: &Resolved,
    word: Option<u8>,
    place: Option<&Keyed>,
    backwards: bool,
    size: u64,
) -> Result<Found, StoreError> {
    let words = &resolved.conditions[..resolved.words];
    let word = match (word, words.len()) {
        (Some(word), _) => usize::from(word),
        (None, 1) => 0,
        (None, _) => rarest(ranges, words.iter()).await?.map_or(0, |(at, _)| at),
    };
    let Some(Condition::Terms(spans)) = words.get(word) else { return Ok(Found::default()) };
    let mut others = resolved.conditions.clone();
    others.remove(word);
    let found = Found { word: word as u8, ..Found::default() };
    let mut walk = Walk { ranges, spans, others, backwards, size, found, budget: BUDGET / 2 };
    let mut in_order: Vec<&Span> = spans.iter().collect();
    if backwards {
        in_order.reverse();
    }
    let begins = place.and_then(|place| Some((place, place.key.text()?)));
    let passed = begins.and_then(|(_, term)| in_order.iter().position(|span| span.has(term)));
    for (at, span) in in_order.iter().enumerate().skip(passed.unwrap_or_default()) {
        let after = begins.filter(|_| Some(at) == passed).map(|(place, term)| (term.to_owned(), place.user));
        if walk.is_over(span, after).await? {
            break;
        }
    }
    let mut found = walk.found;
    found.has_more = found.users.len() as u64 > size;
    found.users.truncate(size as usize);
    Ok(found)
}

struct Walk<'a, R> {
    ranges: &'a R,
    spans: &'a [Span],
    others: Vec<Condition>,
    backwards: bool,
    size: u64,
    found: Found,
    budget: u64,
}

impl<R: Ranges> Walk<'_, R> {
    /// Looks into one span; whether the page is full, or looking was given up.
    async fn is_over(
        &mut self,
        span: &Span,
        mut after: Option<(String, UserId)>,
    ) -> Result<bool, StoreError> {
        let step = if self.others.is_empty() { (self.size + 1) * LIKELY } else { STEP };
        loop {
            let from = after.as_ref().map(|(term, user)| (term.as_str(), *user));
            let entries = self.ranges.entries(span, from, self.backwards, step).await?;
            let stands_at = self.take(&entries).await?;
            if self.found.users.len() as u64 > self.size {
                return Ok(true);
            }
            if (entries.len() as u64) < step {
                return Ok(false);
            }
            self.budget = self.budget.saturating_sub(step);
            // A place in the list is that of a user, so it is left where one stands.
            if self.budget == 0
                && let Some(last) = stands_at
            {
                self.found.stopped = Some(last);
                return Ok(true);
            }
            after = entries.into_iter().next_back();
        }
    }

    /// Takes whoever stands at one of the entries and meets the rest; the last who stands there.
    async fn take(&mut self, entries: &[(String, UserId)]) -> Result<Option<Keyed>, StoreError> {
        let users: Vec<UserId> =
            entries.iter().map(|(_, user)| *user).collect::<HashSet<_>>().into_iter().collect();
        if users.is_empty() {
            return Ok(None);
        }
        let firsts: HashMap<UserId, String> =
            self.ranges.firsts(&users, self.spans).await?.into_iter().collect();
        let standing = entries.iter().filter(|(term, user)| firsts.get(user) == Some(term));
        let standing: Vec<Keyed> =
            standing.map(|(term, user)| Keyed { user: *user, key: Key::Text(term.clone()) }).collect();
        let last = standing.last().cloned();
        let passing = match self.others.is_empty() {
            true => None,
            false => {
                let users: Vec<UserId> = standing.iter().map(|keyed| keyed.user).collect();
                let passing = self.ranges.passing(&users, &self.others).await?;
                Some(passing.into_iter().collect::<HashSet<_>>())
            }
        };
        let passes = |keyed: &Keyed| passing.as_ref().is_none_or(|passing| passing.contains(&keyed.user));
        self.found.users.extend(standing.into_iter().filter(passes));
        Ok(last)
    }
}

impl Key {
    fn text(&self) -> Option<&str> {
        match self {
            Key::Text(text) => Some(text),
            Key::Time(_) => None,
        }
    }
}
