//! The store of runs in MongoDB.

use std::collections::BTreeMap;

use async_trait::async_trait;
use identity::{ChangesOf, LogLine, Made, Run, RunId, RunState, Runs, RunsAsked, StoreError, UserId};
use mongodb::bson::{Document, Uuid, doc};

use super::Mongo;
use super::documents::{ChangesDocument, LogDocument, RunDocument, Time, run_id, user_id, uuid};
use super::try_error::once;
use crate::encoding::ChangesRow;
use crate::try_error::TryError;
use crate::users::can_wait;

#[async_trait]
impl Runs for Mongo {
    async fn start(&self, run: &Run) -> Result<(), StoreError> {
        let document = RunDocument::new(run)?;
        self.write(|| async { once(self.runs.insert_one(&document).await).map(drop) }).await
    }

    async fn advance(&self, run: &Run, from: RunState, log: Option<&LogLine>) -> Result<bool, StoreError> {
        let next = RunDocument::new(run)?;
        let as_it_was = doc! { "_id": run_id(run.id), "state": from.to_string() };
        let mut progress = doc! {
            "state": run.state.to_string(), "counts": &next.counts, "finished_at": next.finished_at,
        };
        if let Some(line) = log {
            let line = mongodb::bson::serialize_to_bson(&LogDocument::from(line));
            progress.insert("log", line.map_err(StoreError::unreadable)?);
        }
        // Read back, for a lost answer does not say whether it was written.
        let now = self
            .write(|| async {
                if log.is_some() {
                    self.collect_log_of_run(run.id).await?;
                }
                self.runs.update_one(as_it_was.clone(), doc! { "$set": progress.clone() }).await?;
                Ok(self.runs.find_one(doc! { "_id": run_id(run.id) }).await?)
            })
            .await?;
        if log.is_some() {
            can_wait(self.write(|| self.collect_log_of_run(run.id)).await);
        }
        Ok(now.is_some_and(|now| {
            (now.state, now.counts, now.finished_at) == (next.state, next.counts, next.finished_at)
        }))
    }

    async fn run(&self, id: RunId) -> Result<Option<Run>, StoreError> {
        let found = self.read(async { Ok(self.runs.find_one(doc! { "_id": run_id(id) }).await?) }).await?;
        found.map(RunDocument::run).transpose()
    }

    async fn runs(&self, asked: &RunsAsked, limit: u32) -> Result<Vec<Run>, StoreError> {
        // To the driver no limit is 0.
        if limit == 0 {
            return Ok(Vec::new());
        }
        let mut which = Document::new();
        if let Some(kind) = asked.kind {
            which.insert("kind", kind.to_string());
        }
        if let Some(provider) = &asked.provider {
            which.insert("provider", provider);
        }
        if let Some(state) = asked.state {
            which.insert("state", state.to_string());
        }
        if let Some(before) = asked.before {
            which.insert("_id", doc! { "$lt": run_id(before) });
        }
        self.read(async {
            let mut found = self.runs.find(which).sort(doc! { "_id": -1 }).limit(limit.into()).await?;
            let mut runs = Vec::new();
            while found.advance().await? {
                runs.push(found.deserialize_current()?.run()?);
            }
            Ok(runs)
        })
        .await
    }

    /// Changes are with their user until the next write moves them: both places are asked, and what was moved
    /// meanwhile is in both.
    async fn made(
        &self,
        which: Made,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<ChangesOf>, StoreError> {
        if limit == 0 {
            return Ok(Vec::new());
        }
        let found = self
            .read(async {
                let mut found = self.pending(which, after, limit).await?;
                found.extend(self.moved(which, after, limit).await?);
                Ok(found)
            })
            .await?;
        let mut all: BTreeMap<UserId, BTreeMap<(i64, i64), ChangesRow>> = BTreeMap::new();
        for one in found {
            let of_user = all.entry(user_id(one.user_id)).or_default();
            of_user.insert((one.version, one.ordinal), one.row()?);
        }
        let of_one = |(user, rows): (UserId, BTreeMap<_, ChangesRow>)| {
            let changes: Vec<_> = rows.into_values().map(ChangesRow::changes).collect::<Result<_, _>>()?;
            Ok(ChangesOf { user, changes: changes.into_iter().flatten().collect() })
        };
        all.into_iter().take(limit as usize).map(of_one).collect()
    }
}

impl Mongo {
    /// What is still with its users, of the first `limit` users.
    async fn pending(
        &self,
        which: Made,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<ChangesDocument>, TryError> {
        let mut with = doc! { "erasing": None::<bool>, "pending": { "$elemMatch": of(which) } };
        if let Some(after) = after {
            with.insert("_id", doc! { "$gt": uuid(after) });
        }
        let mut users = self.users.find(with).sort(doc! { "_id": 1 }).limit(limit.into()).await?;
        let mut found = Vec::new();
        while users.advance().await? {
            found.extend(users.deserialize_current()?.pending.into_iter().filter(|one| is_of(which, one)));
        }
        Ok(found)
    }

    /// What was moved, of the first `limit` users.
    async fn moved(
        &self,
        which: Made,
        after: Option<UserId>,
        limit: u32,
    ) -> Result<Vec<ChangesDocument>, TryError> {
        let mut later = of(which);
        if let Some(after) = after {
            later.insert("user_id", doc! { "$gt": uuid(after) });
        }
        let mut users = self
            .changes
            .aggregate([
                doc! { "$match": later },
                doc! { "$group": { "_id": "$user_id" } },
                doc! { "$sort": { "_id": 1 } },
                doc! { "$limit": i64::from(limit) },
            ])
            .await?;
        let mut ids: Vec<Uuid> = Vec::new();
        while users.advance().await? {
            ids.push(users.deserialize_current()?.get("_id").and_then(as_uuid).ok_or_else(no_uuid)?);
        }
        let mut theirs = of(which);
        theirs.insert("user_id", doc! { "$in": ids });
        let mut changes = self.changes.find(theirs).await?;
        let mut found = Vec::new();
        while changes.advance().await? {
            found.push(changes.deserialize_current()?);
        }
        Ok(found)
    }
}

fn of(which: Made) -> Document {
    match which {
        Made::ByRun(run) => doc! { "run": run_id(run) },
        Made::Between(from, to) => doc! { "received_at": { "$gte": Time(from), "$lte": Time(to) } },
    }
}

fn is_of(which: Made, one: &ChangesDocument) -> bool {
    match which {
        Made::ByRun(run) => one.run == Some(run_id(run)),
        Made::Between(from, to) => from <= one.received_at.0 && one.received_at.0 <= to,
    }
}

fn as_uuid(value: &mongodb::bson::Bson) -> Option<Uuid> {
    match value {
        mongodb::bson::Bson::Binary(binary) => binary.to_uuid().ok(),
        _ => None,
    }
}

fn no_uuid() -> TryError {
    StoreError::unreadable("the id of a user is a UUID").into()
}
