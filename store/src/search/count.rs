//! How many users meet a question: to the last up to [`COUNTED`], within a budget.

use identity::search::{COUNTED, Count, Sort};
use identity::{StoreError, Timestamp};

use super::{BUDGET, Condition, Kept, Part, Ranges, SORTED, Slice, rarest};

pub(super) async fn count(
    ranges: &impl Ranges,
    kept: &Kept,
    conditions: &[Condition],
    now: Timestamp,
) -> Result<Count, StoreError> {
    match conditions {
        [] => all(ranges, kept, now).await,
        [one] if one.spans().is_some() || matches!(one, Condition::Online(..)) => entries(ranges, one).await,
        _ => several(ranges, conditions).await,
    }
}

async fn all(ranges: &impl Ranges, kept: &Kept, now: Timestamp) -> Result<Count, StoreError> {
    let number = ranges.count(&along(Sort::Seen), &[], None, COUNTED + 1).await?;
    Ok(match kept.at_hand(now) {
        _ if number <= COUNTED => Count::Exact(number),
        Some(figures) => Count::About(figures.users(), figures.at),
        None => Count::Many,
    })
}

/// A user may have several entries: as many are looked at as it takes.
async fn entries(ranges: &impl Ranges, condition: &Condition) -> Result<Count, StoreError> {
    let mut limit = 2 * COUNTED;
    loop {
        let (entries, users) = ranges.tally(condition, limit).await?;
        if users > COUNTED {
            return Ok(Count::Many);
        }
        if entries < limit {
            return Ok(Count::Exact(users));
        }
        if limit >= BUDGET {
            return Ok(Count::AtLeast(users));
        }
        limit *= 4;
    }
}

async fn several(ranges: &impl Ranges, conditions: &[Condition]) -> Result<Count, StoreError> {
    let limit = COUNTED + 1;
    let sort =
        [Sort::Login, Sort::Seen].into_iter().find(|sort| conditions.iter().all(|one| one.is_free(*sort)));
    if let Some(sort) = sort {
        return Ok(exact(ranges.count(&along(sort), conditions, None, limit).await?));
    }
    if let Some((at, few)) = rarest(ranges, conditions.iter()).await?
        && few <= SORTED
    {
        let number = ranges.count(&along(Sort::Seen), conditions, Some(&conditions[at]), limit).await?;
        return Ok(exact(number));
    }
    let sort = if conditions.iter().any(|one| one.is_free(Sort::Seen)) { Sort::Seen } else { Sort::Login };
    let of_index: Vec<Condition> = conditions.iter().filter(|one| one.is_free(sort)).cloned().collect();
    let edge = ranges.edge(&along(sort), &of_index, BUDGET / 2).await?;
    let walked = Slice { until: edge.as_ref(), ..along(sort) };
    let number = ranges.count(&walked, conditions, None, limit).await?;
    Ok(match edge {
        Some(_) if number <= COUNTED => Count::AtLeast(number),
        _ => exact(number),
    })
}

fn exact(number: u64) -> Count {
    if number > COUNTED { Count::Many } else { Count::Exact(number) }
}

/// All users, in the order that an index has.
fn along(sort: Sort) -> Slice<'static> {
    Slice { sort, is_descending: true, part: Part::All, after: None, until: None }
}
