//! The ranges of the index, read. There is no join: whoever meets a condition of terms or sessions is asked for some
//! users at a time.

use std::collections::{BTreeMap, HashSet};

use async_trait::async_trait;
use identity::search::{Day, Figures, Sort, hold_term, provider_prefix};
use identity::{Status, StoreError, Timestamp, User, UserId};
use mongodb::Collection;
use mongodb::bson::{Document, Uuid, doc};
use tokio::time::Instant;

use super::select::{alive, any, entries, field, id, keyed, of_document, range, within};
use super::{Index, TermDocument, missing};
use crate::mongo::answered;
use crate::mongo::documents::{UserDocument, user_id, uuid};
use crate::search::{Condition, Keyed, Ranges, SORTED, Slice, Span, smallest};
use crate::try_error::TryError;
use crate::{COUNTING, GRACE, PATIENCE};

/// Users of one look.
const AT_ONCE: usize = 500;

async fn soon<T>(work: impl Future<Output = Result<T, TryError>>) -> Result<T, StoreError> {
    Ok(answered(Instant::now() + PATIENCE + GRACE, work).await?)
}

fn at_most(limit: u64) -> i64 {
    i64::try_from(limit).unwrap_or(i64::MAX)
}

fn uuids(users: impl IntoIterator<Item = UserId>) -> Vec<Uuid> {
    users.into_iter().map(uuid).collect()
}

async fn ids_of(
    collection: &Collection<Document>,
    which: Document,
    name: &str,
    limit: i64,
) -> Result<Vec<UserId>, TryError> {
    let mut found = collection.find(which).projection(doc! { name: 1 }).limit(limit).await?;
    let mut users = Vec::new();
    while found.advance().await? {
        users.push(id(&found.deserialize_current()?, name)?);
    }
    Ok(users)
}

impl Index {
    async fn terms(
        &self,
        which: Document,
        backwards: bool,
        limit: i64,
    ) -> Result<Vec<TermDocument>, TryError> {
        let order = if backwards { -1 } else { 1 };
        let found = self.terms.find(which).sort(doc! { "term": order, "user_id": order });
        let mut found = found.limit(limit).await?;
        let mut terms = Vec::new();
        while found.advance().await? {
            terms.push(found.deserialize_current()?);
        }
        Ok(terms)
    }

    /// Terms of these users in these spans, in no order.
    async fn terms_of(&self, users: Vec<Uuid>, spans: &[Span]) -> Result<Vec<TermDocument>, TryError> {
        let of_them = doc! { "user_id": { "$in": users }, "$or": any(spans) };
        let mut found = self.terms.find(of_them).await?;
        let mut terms = Vec::new();
        while found.advance().await? {
            terms.push(found.deserialize_current()?);
        }
        Ok(terms)
    }

    /// The users of some entries by which a condition is driven, as often as there are entries.
    async fn driven(&self, condition: &Condition, limit: u64) -> Result<Vec<UserId>, TryError> {
        if let Some(spans) = condition.spans() {
            let mut users = Vec::new();
            for span in spans {
                let left = limit.saturating_sub(users.len() as u64);
                if left == 0 {
                    break;
                }
                let of_span = self.terms(doc! { "term": range(span) }, false, at_most(left)).await?;
                users.extend(of_span.into_iter().map(|term| user_id(term.user_id)));
            }
            return Ok(users);
        }
        if let Condition::Online(used_after, ends_after) = condition {
            return ids_of(&self.sessions, alive(*used_after, *ends_after), "user_id", at_most(limit)).await;
        }
        let is_in = doc! { "index.created_at": { "$gte": 0_i64 } };
        let all = [is_in, of_document(condition).unwrap_or_default()];
        ids_of(&self.users, doc! { "$and": all.to_vec() }, "_id", at_most(limit)).await
    }

    /// Those of the users who meet what no document of theirs says.
    async fn elsewhere(
        &self,
        users: impl IntoIterator<Item = UserId>,
        conditions: &[&Condition],
    ) -> Result<HashSet<UserId>, TryError> {
        let mut left: HashSet<UserId> = users.into_iter().collect();
        for condition in conditions {
            if left.is_empty() {
                break;
            }
            let theirs = uuids(left.iter().copied());
            let meet: HashSet<UserId> = match condition {
                Condition::Online(used_after, ends_after) => {
                    let mut alive = alive(*used_after, *ends_after);
                    alive.insert("user_id", doc! { "$in": theirs });
                    ids_of(&self.sessions, alive, "user_id", 0).await?.into_iter().collect()
                }
                condition => {
                    let terms = self.terms_of(theirs, condition.spans().unwrap_or_default()).await?;
                    terms.into_iter().map(|term| user_id(term.user_id)).collect()
                }
            };
            left.retain(|user| meet.contains(user));
        }
        Ok(left)
    }

    async fn rows(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        driver: Option<&Condition>,
        limit: u64,
    ) -> Result<Vec<Keyed>, TryError> {
        let order = if slice.is_descending { -1 } else { 1 };
        let mut all = within(slice);
        all.extend(conditions.iter().filter_map(of_document));
        if let Some(driver) = driver {
            let few: HashSet<UserId> = self.driven(driver, SORTED + 1).await?.into_iter().collect();
            all.push(doc! { "_id": { "$in": uuids(few) } });
        }
        let elsewhere: Vec<&Condition> =
            conditions.iter().filter(|one| of_document(one).is_none() && driver != Some(one)).collect();
        let found = self.users.find(doc! { "$and": all }).projection(doc! { "index": 1 });
        let found = found.sort(doc! { field(slice.sort): order, "_id": order });
        if elsewhere.is_empty() {
            let mut found = found.limit(at_most(limit)).await?;
            let mut rows = Vec::new();
            while found.advance().await? {
                rows.push(keyed(&found.deserialize_current()?, slice.sort)?);
            }
            return Ok(rows);
        }
        let mut found = found.await?;
        let (mut rows, mut some, mut is_over) = (Vec::new(), Vec::<Keyed>::new(), false);
        while !is_over && (rows.len() as u64) < limit {
            is_over = !found.advance().await?;
            if !is_over {
                some.push(keyed(&found.deserialize_current()?, slice.sort)?);
            }
            if is_over || some.len() >= AT_ONCE {
                let meet = self.elsewhere(some.iter().map(|keyed| keyed.user), &elsewhere).await?;
                rows.extend(some.drain(..).filter(|keyed| meet.contains(&keyed.user)));
            }
        }
        rows.truncate(usize::try_from(limit).unwrap_or(usize::MAX));
        Ok(rows)
    }
}

#[async_trait]
impl Ranges for Index {
    async fn tally(&self, condition: &Condition, limit: u64) -> Result<(u64, u64), StoreError> {
        let users = soon(self.driven(condition, limit)).await?;
        let entries = users.len() as u64;
        Ok((entries, users.into_iter().collect::<HashSet<_>>().len() as u64))
    }

    async fn entries(
        &self,
        span: &Span,
        after: Option<(&str, UserId)>,
        backwards: bool,
        limit: u64,
    ) -> Result<Vec<(String, UserId)>, StoreError> {
        let which = entries(span, after, backwards);
        let terms = soon(self.terms(which, backwards, at_most(limit))).await?;
        Ok(terms.into_iter().map(|one| (one.term, user_id(one.user_id))).collect())
    }

    async fn firsts(&self, users: &[UserId], spans: &[Span]) -> Result<Vec<(UserId, String)>, StoreError> {
        let terms = soon(self.terms_of(uuids(users.iter().copied()), spans)).await?;
        Ok(smallest(terms.into_iter().map(|one| (user_id(one.user_id), one.term))))
    }

    async fn passing(&self, users: &[UserId], conditions: &[Condition]) -> Result<Vec<UserId>, StoreError> {
        let theirs = uuids(users.iter().copied());
        let mut all = vec![doc! { "_id": { "$in": theirs }, "index.created_at": { "$gte": 0_i64 } }];
        all.extend(conditions.iter().filter_map(of_document));
        let elsewhere: Vec<&Condition> = conditions.iter().filter(|one| of_document(one).is_none()).collect();
        soon(async {
            let users = ids_of(&self.users, doc! { "$and": all }, "_id", 0).await?;
            Ok(self.elsewhere(users, &elsewhere).await?.into_iter().collect())
        })
        .await
    }

    async fn slice(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        driver: Option<&Condition>,
        limit: u64,
    ) -> Result<Vec<Keyed>, StoreError> {
        soon(self.rows(slice, conditions, driver, limit)).await
    }

    async fn edge(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        number: u64,
    ) -> Result<Option<Keyed>, StoreError> {
        let order = if slice.is_descending { -1 } else { 1 };
        let mut all = within(slice);
        all.extend(conditions.iter().filter_map(of_document));
        soon(async {
            let found = self.users.find_one(doc! { "$and": all }).projection(doc! { "index": 1 });
            let found = found.sort(doc! { field(slice.sort): order, "_id": order });
            let found = found.skip(number.saturating_sub(1)).await?;
            Ok(found.map(|document| keyed(&document, slice.sort)).transpose()?)
        })
        .await
    }

    async fn count(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        driver: Option<&Condition>,
        limit: u64,
    ) -> Result<u64, StoreError> {
        Ok(soon(self.rows(slice, conditions, driver, limit)).await?.len() as u64)
    }

    async fn key(&self, user: UserId, sort: Sort) -> Result<Option<Keyed>, StoreError> {
        let there = doc! { "_id": uuid(user), field(sort): { "$ne": None::<bool> } };
        soon(async {
            let found = self.users.find_one(there).projection(doc! { "index": 1 }).await?;
            Ok(found.map(|document| keyed(&document, sort)).transpose()?)
        })
        .await
    }

    async fn load(&self, users: &[UserId]) -> Result<Vec<User>, StoreError> {
        let theirs = uuids(users.iter().copied());
        let there = doc! { "_id": { "$in": theirs }, "erasing": None::<bool> };
        let large = doc! { "identities.claims": 0, "identities.claim_times": 0, "pending": 0 };
        soon(async {
            let mut found = self.whole.find(there).projection(large).await?;
            let mut users = Vec::new();
            while found.advance().await? {
                users.push(UserDocument::user(found.deserialize_current()?)?);
            }
            Ok(users)
        })
        .await
    }

    async fn is_filling(&self) -> Result<bool, StoreError> {
        soon(async { Ok(self.users.find_one(missing()).projection(doc! { "_id": 1 }).await?.is_some()) })
            .await
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        Ok(answered(Instant::now() + COUNTING, self.counted(now)).await?)
    }
}

impl Index {
    async fn counted(&self, now: Timestamp) -> Result<Figures, TryError> {
        let mut by_status = Vec::new();
        for status in [Status::Active, Status::Disabled, Status::Tombstone] {
            let of = doc! { "status": status.to_string(), "index.seen_at": { "$gte": 0_i64 } };
            let number = self.users.count_documents(of).await?;
            if number > 0 {
                by_status.push((status, number));
            }
        }
        let mut days = Vec::new();
        for day in Day::last_thirty(now) {
            let of = doc! { "index.created_at": { "$gte": day.first, "$lte": day.last } };
            days.push((day.date, self.users.count_documents(of).await?));
        }
        let today = Day::new(now.date_naive());
        let today = doc! { "index.seen_at": { "$gte": today.first, "$lte": i64::MAX } };
        Ok(Figures {
            at: now,
            by_status,
            by_provider: self.providers().await?,
            seen_today: self.users.count_documents(today).await?,
            on_hold: self.terms.count_documents(doc! { "term": hold_term() }).await?,
            days,
        })
    }

    /// From one provider's term to the next: there are few, and many users of each.
    async fn providers(&self) -> Result<Vec<(String, u64)>, TryError> {
        let prefix = provider_prefix();
        let mut span = Span::beginning(&prefix);
        let mut providers = BTreeMap::new();
        while let Some(TermDocument { term, .. }) =
            self.terms(doc! { "term": range(&span) }, false, 1).await?.pop()
        {
            let number = self.terms.count_documents(doc! { "term": &term }).await?;
            providers.insert(term.trim_start_matches(&prefix).to_owned(), number);
            span.from = format!("{term}\0");
        }
        Ok(providers.into_iter().collect())
    }
}
