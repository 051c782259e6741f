//! Everything as of one moment, page by page.

use async_trait::async_trait;
use identity::{Digest, LinkRule, MessageState, Record, Snapshot, StoreError, UserId};
use sea_orm::{
    ColumnTrait, Condition, ConnectionTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect, Select,
};
use uuid::Uuid;

use crate::encoding::json;
use crate::sealed::Seal;
use crate::sql::entities::{changes, entries, messages, runs};
use crate::sql::rows::{self, Claims};
use crate::sql::{Tx, erasures, link_rules, messages as messages_store, operator_log};
use crate::try_error::TryError;

/// Rows read at a time. A user's may be of half a megabyte.
const PAGE: u64 = 100;

/// Where the reader stands: the section, and the key after which it goes on.
#[derive(Clone)]
enum Place {
    Users(Option<UserId>),
    Changes(Option<(Uuid, i64, i64)>),
    Runs(Option<Uuid>),
    Entries(Option<Uuid>),
    Log(Option<Uuid>),
    LinkRules(Option<Digest>),
    Messages(Option<Uuid>),
    Keys,
    Erasures(Option<Digest>),
    End,
}

/// A transaction that sees what there was when it first read.
pub(super) struct SqlSnapshot {
    tx: Tx,
    seal: Seal,
    place: Place,
}

impl SqlSnapshot {
    pub(super) fn new(tx: Tx, seal: Seal) -> Self {
        Self { tx, seal, place: Place::Users(None) }
    }

    /// The records after a place, and where they end; none where the section has no more.
    async fn page(&self) -> Result<(Vec<Record>, Place), TryError> {
        let tx = &self.tx;
        Ok(match &self.place {
            Place::Users(after) => {
                let page = rows::page_of_all_users(*after, PAGE);
                let users = rows::users(&tx.query_all(&page).await?, Claims::Read)?;
                let last = users.last().map(|user| user.id);
                (users.into_iter().map(|user| Record::User(Box::new(user))).collect(), Place::Users(last))
            }
            Place::Changes(after) => {
                let found = changes_after(*after).all(tx).await?;
                let last = found.last().map(|row| (row.user_id, row.version, row.ordinal));
                let records = found.into_iter().map(written).collect::<Result<_, _>>()?;
                (records, Place::Changes(last))
            }
            Place::Runs(after) => {
                let page = after_key(runs::Entity::find(), runs::Column::Id, *after).all(tx).await?;
                let last = page.last().map(|row| row.id);
                let record = |row: runs::Model| row.run().map(Record::Run);
                (page.into_iter().map(record).collect::<Result<_, _>>()?, Place::Runs(last))
            }
            Place::Entries(after) => {
                let page = after_key(entries::Entity::find(), entries::Column::Id, *after).all(tx).await?;
                let last = page.last().map(|row| row.id);
                let record = |row: entries::Model| row.entry().map(|entry| Record::Entry(Box::new(entry)));
                (page.into_iter().map(record).collect::<Result<_, _>>()?, Place::Entries(last))
            }
            Place::Log(after) => {
                let lines = operator_log::after(tx, *after, PAGE).await?;
                let last = lines.last().map(|line| line.id);
                (lines.into_iter().map(Record::Log).collect(), Place::Log(last))
            }
            Place::LinkRules(after) => {
                let page = link_rules::after_key(None, *after, PAGE).all(tx).await?;
                let rules: Vec<LinkRule> =
                    page.iter().map(|row| json(&row.content)).collect::<Result<_, _>>()?;
                let last = rules.last().map(LinkRule::key);
                (rules.into_iter().map(Record::LinkRule).collect(), Place::LinkRules(last))
            }
            Place::Messages(after) => {
                let open = MessageState::OPEN.iter().map(ToString::to_string);
                let open = messages::Entity::find().filter(messages::Column::State.is_in(open));
                let page = after_key(open, messages::Column::Id, *after).all(tx).await?;
                let last = page.last().map(|row| row.id);
                let record = |row| {
                    let message = messages_store::opened(&self.seal, row)?;
                    Ok::<_, StoreError>(Record::Message(Box::new(message)))
                };
                (page.into_iter().map(record).collect::<Result<_, _>>()?, Place::Messages(last))
            }
            Place::Keys => {
                let keys = erasures::keys(tx).await?;
                (keys.into_iter().map(Record::ErasureKey).collect(), Place::Erasures(None))
            }
            Place::Erasures(after) => {
                let page = erasures::after(tx, *after, PAGE).await?;
                let last = page.last().map(|entry| entry.hmac);
                (page.into_iter().map(Record::Erasure).collect(), Place::Erasures(last))
            }
            Place::End => (Vec::new(), Place::End),
        })
    }
}

#[async_trait]
impl Snapshot for SqlSnapshot {
    fn is_of_one_moment(&self) -> bool {
        true
    }

    async fn next(&mut self) -> Result<Vec<Record>, StoreError> {
        while !matches!(self.place, Place::End) {
            let (records, next) = self.page().await?;
            self.place = match records.is_empty() {
                true => self.place.section_after(),
                false => next,
            };
            if !records.is_empty() {
                return Ok(records);
            }
        }
        Ok(Vec::new())
    }
}

impl Place {
    fn section_after(&self) -> Self {
        match self {
            Self::Users(_) => Self::Changes(None),
            Self::Changes(_) => Self::Runs(None),
            Self::Runs(_) => Self::Entries(None),
            Self::Entries(_) => Self::Log(None),
            Self::Log(_) => Self::LinkRules(None),
            Self::LinkRules(_) => Self::Messages(None),
            Self::Messages(_) => Self::Keys,
            Self::Keys => Self::Erasures(None),
            Self::Erasures(_) | Self::End => Self::End,
        }
    }
}

fn after_key<E, C>(select: Select<E>, key: C, after: Option<Uuid>) -> Select<E>
where
    E: EntityTrait,
    C: ColumnTrait,
{
    let later = Condition::all().add_option(after.map(|after| key.gt(after)));
    select.filter(later).order_by_asc(key).limit(PAGE)
}

/// In the order of the primary key, by a range of it.
fn changes_after(after: Option<(Uuid, i64, i64)>) -> Select<changes::Entity> {
    use changes::Column::{Ordinal, UserId, Version};
    let later = after.map(|(user, version, ordinal)| {
        let same_write = Condition::all().add(Version.eq(version)).add(Ordinal.gt(ordinal));
        let later_write = Condition::any().add(Version.gt(version)).add(same_write);
        let same_user = Condition::all().add(UserId.eq(user)).add(later_write);
        Condition::all().add(UserId.gte(user)).add(Condition::any().add(UserId.gt(user)).add(same_user))
    });
    changes::Entity::find()
        .filter(later.unwrap_or_else(Condition::all))
        .order_by_asc(UserId)
        .order_by_asc(Version)
        .order_by_asc(Ordinal)
        .limit(PAGE)
}

fn written(row: changes::Model) -> Result<Record, StoreError> {
    let (user, row) = row.row()?;
    Ok(Record::Changes(Box::new(row.written(user)?)))
}
