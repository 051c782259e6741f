//! The ranges of the index, read.

use async_trait::async_trait;
use identity::search::{Day, Figures, Sort, hold_term, provider_prefix};
use identity::{StoreError, Timestamp, User, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ConnectionTrait, EntityTrait, PaginatorTrait, QueryResult};

use super::Index;
use super::select;
use crate::COUNTING;
use crate::search::{Condition, Key, Keyed, Part, Ranges, Slice, Span, smallest};
use crate::sql::entities::{search_fill, search_terms, user_index, users};
use crate::sql::rows::{self, Claims};
use crate::try_error::TryError;

impl Index {
    fn backend(&self) -> sea_orm::DbBackend {
        self.0.dialect().backend()
    }

    async fn rows(&self, select: &SelectStatement) -> Result<Vec<QueryResult>, StoreError> {
        self.0.read(|db| async move { Ok(db.query_all(select).await?) }).await
    }

    async fn numbers(&self, select: &SelectStatement) -> Result<(u64, u64), StoreError> {
        let rows = self.rows(select).await?;
        let Some(row) = rows.first() else { return Ok((0, 0)) };
        let number: i64 = get(row, "number")?;
        let users = row.try_get::<i64>("", "users").unwrap_or_default();
        Ok((number.unsigned_abs(), users.unsigned_abs()))
    }

    /// A count over many rows.
    async fn slowly(&self, select: &SelectStatement) -> Result<Vec<QueryResult>, StoreError> {
        self.0.read_for(COUNTING, |db| async move { Ok(db.query_all(select).await?) }).await
    }
}

fn get<T: sea_orm::TryGetable>(row: &QueryResult, name: &str) -> Result<T, StoreError> {
    row.try_get("", name).map_err(|error| StoreError::from(TryError::from(error)))
}

fn text(bytes: Vec<u8>) -> Result<String, StoreError> {
    String::from_utf8(bytes).map_err(StoreError::unreadable)
}

fn keyed(row: &QueryResult, sort: Sort) -> Result<Keyed, StoreError> {
    let key = match sort {
        Sort::Login | Sort::Seen => Key::Time(get(row, "sort_key")?),
        Sort::Name | Sort::Email => Key::Text(text(get(row, "sort_key")?)?),
    };
    Ok(Keyed { user: UserId(get(row, "user_id")?), key })
}

#[async_trait]
impl Ranges for Index {
    async fn tally(&self, condition: &Condition, limit: u64) -> Result<(u64, u64), StoreError> {
        let mut entries = select::driven(condition);
        entries.limit(limit);
        self.numbers(&select::number(entries, true)).await
    }

    async fn entries(
        &self,
        span: &Span,
        after: Option<(&str, UserId)>,
        backwards: bool,
        limit: u64,
    ) -> Result<Vec<(String, UserId)>, StoreError> {
        let mut entries = select::entries(self.backend(), span, after, backwards);
        entries.limit(limit);
        let rows = self.rows(&entries).await?;
        rows.iter().map(|row| Ok((text(get(row, "term")?)?, UserId(get(row, "user_id")?)))).collect()
    }

    async fn firsts(&self, users: &[UserId], spans: &[Span]) -> Result<Vec<(UserId, String)>, StoreError> {
        let rows = self.rows(&select::terms_of(users, spans)).await?;
        let terms = rows.iter().map(|row| Ok((UserId(get(row, "user_id")?), text(get(row, "term")?)?)));
        Ok(smallest(terms.collect::<Result<Vec<_>, StoreError>>()?))
    }

    async fn passing(&self, users: &[UserId], conditions: &[Condition]) -> Result<Vec<UserId>, StoreError> {
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let rows = self.rows(&select::passing(users, conditions)).await?;
        rows.iter().map(|row| Ok(UserId(get(row, "user_id")?))).collect()
    }

    async fn slice(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        driver: Option<&Condition>,
        limit: u64,
    ) -> Result<Vec<Keyed>, StoreError> {
        let mut select = select::slice(self.backend(), slice, conditions, driver);
        select.limit(limit);
        self.rows(&select).await?.iter().map(|row| keyed(row, slice.sort)).collect()
    }

    async fn edge(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        number: u64,
    ) -> Result<Option<Keyed>, StoreError> {
        let mut select = select::slice(self.backend(), slice, conditions, None);
        select.limit(1).offset(number.saturating_sub(1));
        self.rows(&select).await?.first().map(|row| keyed(row, slice.sort)).transpose()
    }

    async fn count(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        driver: Option<&Condition>,
        limit: u64,
    ) -> Result<u64, StoreError> {
        let mut select = select::unsorted(self.backend(), slice, conditions, driver);
        select.expr(Expr::val(1)).limit(limit);
        Ok(self.numbers(&select::number(select, false)).await?.0)
    }

    async fn key(&self, user: UserId, sort: Sort) -> Result<Option<Keyed>, StoreError> {
        let slice = Slice { sort, is_descending: false, part: Part::All, after: None, until: None };
        Ok(self.slice(&slice, &[Condition::Id(user)], None, 1).await?.pop())
    }

    async fn load(&self, users: &[UserId]) -> Result<Vec<User>, StoreError> {
        let mut select = rows::users_without_claims();
        select.and_where(Expr::col((users::Entity, users::Column::Id)).is_in(select::ids(users)));
        // Rows of one user stand together.
        select.order_by((users::Entity, users::Column::Id), sea_orm::Order::Asc);
        Ok(rows::users(&self.rows(&select).await?, Claims::LeftOut)?)
    }

    async fn is_filling(&self) -> Result<bool, StoreError> {
        self.0.read(|db| async move { Ok(search_fill::Entity::find().count(&db).await? > 0) }).await
    }

    async fn figures(&self, now: Timestamp) -> Result<Figures, StoreError> {
        let by_status = Query::select()
            .column(user_index::Column::Status)
            .expr_as(Expr::cust("COUNT(*)"), "number")
            .from(user_index::Entity)
            .group_by_col(user_index::Column::Status)
            .take();
        let mut statuses = Vec::new();
        for row in self.slowly(&by_status).await? {
            let status: String = get(&row, "status")?;
            statuses.push((status.parse().map_err(StoreError::unreadable)?, number(&row)?));
        }
        statuses.sort_by_key(|(status, _)| *status as u8);
        let mut days = Vec::new();
        for day in Day::last_thirty(now) {
            days.push((day.date, self.rows_of(&Condition::Created(day.first, day.last)).await?));
        }
        let today = Day::new(now.date_naive());
        Ok(Figures {
            at: now,
            by_status: statuses,
            by_provider: self.providers().await?,
            seen_today: self.rows_of(&Condition::Seen(today.first, i64::MAX)).await?,
            on_hold: self.rows_of(&Condition::Terms(vec![Span::exactly(hold_term())])).await?,
            days,
        })
    }
}

impl Index {
    /// Entries by which a condition is driven, all of them.
    async fn rows_of(&self, condition: &Condition) -> Result<u64, StoreError> {
        let count = select::number(select::driven(condition), false);
        self.slowly(&count).await?.first().map_or(Ok(0), number)
    }

    async fn providers(&self) -> Result<Vec<(String, u64)>, StoreError> {
        let prefix = provider_prefix();
        let count = Query::select()
            .column(search_terms::Column::Term)
            .expr_as(Expr::cust("COUNT(*)"), "number")
            .from(search_terms::Entity)
            .cond_where(select::in_span(&Span::beginning(&prefix)))
            .group_by_col(search_terms::Column::Term)
            .take();
        let mut providers = Vec::new();
        for row in self.slowly(&count).await? {
            let term = text(get(&row, "term")?)?;
            providers.push((term.trim_start_matches(&prefix).to_owned(), number(&row)?));
        }
        providers.sort();
        Ok(providers)
    }
}

fn number(row: &QueryResult) -> Result<u64, StoreError> {
    Ok(get::<i64>(row, "number")?.unsigned_abs())
}
