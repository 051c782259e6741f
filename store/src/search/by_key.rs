//! A page in the order of a column: whoever meets the rarest condition is sorted where they are few; otherwise the order
//! is walked along, within a budget.

use identity::StoreError;
use identity::search::{Direction, Sort};

use super::{BUDGET, Condition, Found, Key, Keyed, Part, Ranges, SORTED, Slice, rarest};

/// Rows looked at in the first step of a walk, and how many times as many in each that follows.
const STEP: u64 = 1_000;
const GROWTH: u64 = 4;

pub(super) async fn page(
    ranges: &impl Ranges,
    conditions: &[Condition],
    (sort, direction): (Sort, Direction),
    place: Option<&Keyed>,
    backwards: bool,
    size: u64,
) -> Result<Found, StoreError> {
    let is_free = conditions.iter().all(|one| one.is_free(sort));
    let driver = match is_free {
        true => None,
        false => rarest(ranges, conditions.iter()).await?.filter(|(_, entries)| *entries <= SORTED),
    };
    let driver = driver.map(|(at, _)| &conditions[at]);
    let is_descending = (direction == Direction::Desc) != backwards;
    let mut walk =
        Walk { ranges, conditions, driver, is_free, size, found: Found::default(), budget: BUDGET };
    for (part, after) in parts(sort, place, backwards) {
        let slice = Slice { sort, is_descending, part, after, until: None };
        if walk.is_over(slice).await? {
            break;
        }
    }
    let mut found = walk.found;
    found.has_more = found.users.len() as u64 > size;
    found.users.truncate(size as usize);
    Ok(found)
}

/// Those who have the key come before those who lack it, in either direction.
fn parts(sort: Sort, place: Option<&Keyed>, backwards: bool) -> Vec<(Part, Option<&Keyed>)> {
    if sort == Sort::Seen {
        return vec![(Part::All, place)];
    }
    let mut parts = vec![Part::Present, Part::Absent];
    if backwards {
        parts.reverse();
    }
    let begins = place.map(|place| if place.key.is_absent() { Part::Absent } else { Part::Present });
    let passed = parts.iter().position(|part| Some(*part) == begins).unwrap_or_default();
    let rest = parts.into_iter().skip(passed);
    rest.map(|part| (part, place.filter(|_| Some(part) == begins))).collect()
}

struct Walk<'a, R> {
    ranges: &'a R,
    conditions: &'a [Condition],
    driver: Option<&'a Condition>,
    is_free: bool,
    size: u64,
    found: Found,
    budget: u64,
}

impl<R: Ranges> Walk<'_, R> {
    /// Looks into one part of the order; whether the page is full, or looking was given up.
    async fn is_over(&mut self, slice: Slice<'_>) -> Result<bool, StoreError> {
        if self.is_free || self.driver.is_some() {
            return self.take(&slice).await;
        }
        let of_index: Vec<Condition> =
            self.conditions.iter().filter(|one| one.is_free(slice.sort)).cloned().collect();
        let (mut after, mut step) = (slice.after.cloned(), STEP);
        loop {
            let from = Slice { after: after.as_ref(), ..slice.clone() };
            let edge = self.ranges.edge(&from, &of_index, step.min(self.budget)).await?;
            let piece = Slice { until: edge.as_ref(), ..from };
            if self.take(&piece).await? {
                return Ok(true);
            }
            let Some(edge) = edge else { return Ok(false) };
            self.budget -= step.min(self.budget);
            if self.budget == 0 {
                self.found.stopped = Some(edge);
                return Ok(true);
            }
            (after, step) = (Some(edge), step * GROWTH);
        }
    }

    async fn take(&mut self, slice: &Slice<'_>) -> Result<bool, StoreError> {
        let limit = self.size + 1 - self.found.users.len() as u64;
        let more = self.ranges.slice(slice, self.conditions, self.driver, limit).await?;
        self.found.users.extend(more);
        Ok(self.found.users.len() as u64 > self.size)
    }
}

impl Key {
    fn is_absent(&self) -> bool {
        match self {
            Key::Time(at) => *at == 0,
            Key::Text(text) => text.is_empty(),
        }
    }
}
