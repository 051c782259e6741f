//! Everybody who is found, in the order in which they were first heard of. The place is kept here and not looked up, so
//! that nobody who is erased meanwhile takes it along.

use async_trait::async_trait;
use identity::search::{Asked, Direction, Query, Sort, When};
use identity::{Entries, StoreError, User, UserId, Walk};

use super::{Condition, Keyed, Ranges, Resolved, by_key, in_order, resolve};

/// Users read at a time.
const PAGE: u64 = 500;

/// A walk as far as it has come. What was asked is read once, for all of it.
struct Walking<R> {
    ranges: R,
    asked: Asked,
    conditions: Vec<Condition>,
    is_filling: bool,
    place: Option<Keyed>,
    is_over: bool,
}

/// See [`identity::Search::walk`].
pub(crate) async fn walk(
    ranges: impl Ranges + 'static,
    entries: &dyn Entries,
    query: &Query,
    when: When,
) -> Result<Box<dyn Walk>, StoreError> {
    let is_filling = ranges.is_filling().await?;
    let Resolved { asked, conditions, .. } = resolve(&ranges, entries, query, when).await?;
    Ok(Box::new(Walking { ranges, asked, conditions, is_filling, place: None, is_over: false }))
}

#[async_trait]
impl<R: Ranges> Walk for Walking<R> {
    fn asked(&self) -> &Asked {
        &self.asked
    }

    fn is_filling(&self) -> bool {
        self.is_filling
    }

    async fn next(&mut self) -> Result<Vec<User>, StoreError> {
        while !self.is_over {
            let users = self.page().await?;
            if !users.is_empty() {
                return Ok(users);
            }
        }
        Ok(Vec::new())
    }
}

impl<R: Ranges> Walking<R> {
    /// The next page, which may be empty before the end: nobody was met, or all were erased meanwhile.
    async fn page(&mut self) -> Result<Vec<User>, StoreError> {
        let order = (Sort::Seen, Direction::Asc);
        let found =
            by_key::page(&self.ranges, &self.conditions, order, self.place.as_ref(), false, PAGE).await?;
        self.is_over = found.stopped.is_none() && !found.has_more;
        let ids: Vec<UserId> = found.users.iter().map(|keyed| keyed.user).collect();
        self.place = found.stopped.or(found.users.into_iter().next_back());
        in_order(&self.ranges, &ids).await
    }
}
