//! The statements of a search: ranges of terms and of rows, and what must be so, as SQL.

use identity::search::Sort;
use identity::{Standing, UserId};
use sea_orm::sea_query::{
    Alias, Condition as All, Expr, ExprTrait, IntoCondition, IntoIden, Query, SelectStatement,
};
use sea_orm::{DbBackend, Order};
use uuid::Uuid;

use crate::search::{Condition, Is, Key, Keyed, Part, Slice, Span};
use crate::sql::entities::{search_terms, sessions, user_index};

/// The column that a list is sorted by.
pub(super) fn column(sort: Sort) -> user_index::Column {
    match sort {
        Sort::Login => user_index::Column::SeenAt,
        Sort::Seen => user_index::Column::CreatedAt,
        Sort::Name => user_index::Column::NameKey,
        Sort::Email => user_index::Column::EmailKey,
    }
}

fn of_row(column: user_index::Column) -> Expr {
    Expr::col((user_index::Entity, column))
}

fn value(key: &Key) -> Expr {
    match key {
        Key::Time(at) => Expr::val(*at),
        Key::Text(text) => Expr::val(text.clone().into_bytes()),
    }
}

/// The users of a slice who meet all conditions, in its order: id and key. Where there is a driver, its users alone are
/// looked up; they are few.
pub(super) fn slice(
    backend: DbBackend,
    slice: &Slice<'_>,
    conditions: &[Condition],
    driver: Option<&Condition>,
) -> SelectStatement {
    let order = if slice.is_descending { Order::Desc } else { Order::Asc };
    let mut select = unsorted(backend, slice, conditions, driver);
    select
        .expr_as(of_row(user_index::Column::UserId), "user_id")
        .expr_as(of_row(column(slice.sort)), "sort_key")
        .order_by((user_index::Entity, column(slice.sort)), order.clone())
        .order_by((user_index::Entity, user_index::Column::UserId), order);
    select
}

/// The same without columns and order.
pub(super) fn unsorted(
    backend: DbBackend,
    slice: &Slice<'_>,
    conditions: &[Condition],
    driver: Option<&Condition>,
) -> SelectStatement {
    let mut select = Query::select();
    match driver {
        None => drop(select.from(user_index::Entity)),
        Some(driver) => {
            let mut few = driven(driver);
            few.distinct().limit(crate::search::SORTED + 1);
            let of = of_row(user_index::Column::UserId).equals((Alias::new("few"), Alias::new("user_id")));
            // SQLite keeps this order of a cross join; the others find it by themselves.
            match backend {
                DbBackend::Sqlite => {
                    select.from_subquery(few, "few");
                    select.join(sea_orm::JoinType::CrossJoin, user_index::Entity, All::all());
                    select.and_where(of);
                }
                _ => drop(select.from_subquery(few, "few").inner_join(user_index::Entity, of)),
            }
        }
    }
    select.cond_where(within(backend, slice));
    for condition in conditions {
        // What it is driven by, it meets.
        if driver != Some(condition) {
            select.cond_where(meets(condition));
        }
    }
    select
}

/// The entries that a condition is driven by: ids of users, some more than once.
pub(super) fn driven(condition: &Condition) -> SelectStatement {
    let mut select = Query::select();
    match (condition, condition.spans()) {
        (_, Some(spans)) => {
            let any = spans.iter().fold(All::any(), |any, span| any.add(in_span(span)));
            select.expr_as(Expr::col(search_terms::Column::UserId), "user_id");
            select.from(search_terms::Entity).cond_where(any);
        }
        (Condition::Online(used_after, ends_after), None) => {
            select.expr_as(Expr::col(sessions::Column::UserId), "user_id").from(sessions::Entity);
            select.and_where(Expr::col(sessions::Column::LastUsedAt).gt(*used_after));
            select.and_where(Expr::col(sessions::Column::ExpiresAt).gt(*ends_after));
        }
        (_, None) => {
            select.expr_as(of_row(user_index::Column::UserId), "user_id").from(user_index::Entity);
            select.cond_where(meets(condition));
        }
    }
    select
}

/// Entries of a span in their order.
pub(super) fn entries(
    backend: DbBackend,
    span: &Span,
    after: Option<(&str, UserId)>,
    backwards: bool,
) -> SelectStatement {
    let order = if backwards { Order::Desc } else { Order::Asc };
    let mut select = Query::select();
    select
        .columns([search_terms::Column::Term, search_terms::Column::UserId])
        .from(search_terms::Entity)
        .cond_where(in_span(span))
        .order_by(search_terms::Column::Term, order.clone())
        .order_by(search_terms::Column::UserId, order);
    if let Some((term, user)) = after {
        let pair = (Expr::col(search_terms::Column::Term), Expr::col(search_terms::Column::UserId));
        let than = (Expr::val(term.as_bytes().to_vec()), user);
        select.cond_where(beyond(backend, pair, than, backwards, false));
    }
    select
}

/// Whether a row meets a condition.
pub(super) fn meets(condition: &Condition) -> All {
    let user = || of_row(user_index::Column::UserId);
    match condition {
        Condition::Terms(spans) => {
            let any = spans.iter().fold(All::any(), |any, span| any.add(in_span(span)));
            let theirs = Query::select()
                .expr(Expr::val(1))
                .from(search_terms::Entity)
                .and_where(Expr::col((search_terms::Entity, search_terms::Column::UserId)).eq(user()))
                .cond_where(any)
                .take();
            Expr::exists(theirs).into_condition()
        }
        Condition::Row(is, _) => says(*is).into_condition(),
        Condition::Seen(first, last) => between(user_index::Column::SeenAt, *first, *last),
        Condition::Created(first, last) => between(user_index::Column::CreatedAt, *first, *last),
        Condition::Online(used_after, ends_after) => {
            let theirs = Query::select()
                .expr(Expr::val(1))
                .from(sessions::Entity)
                .and_where(Expr::col((sessions::Entity, sessions::Column::UserId)).eq(user()))
                .and_where(Expr::col((sessions::Entity, sessions::Column::LastUsedAt)).gt(*used_after))
                .and_where(Expr::col((sessions::Entity, sessions::Column::ExpiresAt)).gt(*ends_after))
                .take();
            Expr::exists(theirs).into_condition()
        }
        Condition::Id(id) => user().eq(id.0).into_condition(),
    }
}

fn says(is: Is) -> Expr {
    match is {
        Is::Status(status) => of_row(user_index::Column::Status).eq(status.to_string()),
        Is::Verified(verified) => of_row(user_index::Column::Verified).eq(verified.to_string()),
        Is::Standing(Standing::Present) => of_row(user_index::Column::IsPresent).eq(true),
        Is::Standing(Standing::Blocked) => of_row(user_index::Column::IsBlocked).eq(true),
        Is::Standing(Standing::Deleted) => of_row(user_index::Column::IsDeleted).eq(true),
        Is::Several => of_row(user_index::Column::IsSeveral).eq(true),
        Is::Held => of_row(user_index::Column::IsHeld).eq(true),
    }
}

fn between(column: user_index::Column, first: i64, last: i64) -> All {
    All::all().add(of_row(column).gte(first)).add(of_row(column).lte(last))
}

pub(super) fn in_span(span: &Span) -> All {
    let term = || Expr::col((search_terms::Entity, search_terms::Column::Term));
    let until = span.until.as_ref().map(|until| term().lt(until.clone().into_bytes()));
    All::all().add(term().gte(span.from.clone().into_bytes())).add_option(until)
}

/// Whether a row is in a slice.
fn within(backend: DbBackend, slice: &Slice<'_>) -> All {
    let key = column(slice.sort);
    let absent = match slice.sort {
        Sort::Login | Sort::Seen => Expr::val(0_i64),
        Sort::Name | Sort::Email => Expr::val(Vec::<u8>::new()),
    };
    let mut all = All::all();
    match slice.part {
        Part::All => {}
        Part::Present => all = all.add(of_row(key).gt(absent)),
        Part::Absent => all = all.add(of_row(key).eq(absent)),
    }
    let pair = || (of_row(key), of_row(user_index::Column::UserId));
    let than = |keyed: &Keyed| (value(&keyed.key), keyed.user);
    if let Some(after) = slice.after {
        all = all.add(beyond(backend, pair(), than(after), slice.is_descending, false));
    }
    if let Some(until) = slice.until {
        all = all.add(beyond(backend, pair(), than(until), !slice.is_descending, true));
    }
    all
}

/// Whether a pair stands beyond another one, or is it. PostgreSQL and SQLite compare pairs along an index; MySQL wants to
/// be told where to begin.
fn beyond(
    backend: DbBackend,
    (key, user): (Expr, Expr),
    (than, than_user): (Expr, UserId),
    is_descending: bool,
    or_equal: bool,
) -> All {
    let than_user = Expr::val(than_user.0);
    if backend != DbBackend::MySql {
        let (pair, than) = (Expr::tuple([key, user]), Expr::tuple([than, than_user]));
        return match (is_descending, or_equal) {
            (false, false) => pair.gt(than),
            (false, true) => pair.gte(than),
            (true, false) => pair.lt(than),
            (true, true) => pair.lte(than),
        }
        .into_condition();
    }
    let begins = if is_descending { key.clone().lte(than.clone()) } else { key.clone().gte(than.clone()) };
    let strictly = if is_descending { key.lt(than) } else { key.gt(than) };
    let by_user = match (is_descending, or_equal) {
        (false, false) => user.gt(than_user),
        (false, true) => user.gte(than_user),
        (true, false) => user.lt(than_user),
        (true, true) => user.lte(than_user),
    };
    All::all().add(begins).add(All::any().add(strictly).add(by_user))
}

/// The matching terms of these users, in no order.
pub(super) fn terms_of(users: &[UserId], spans: &[Span]) -> SelectStatement {
    let any = spans.iter().fold(All::any(), |any, span| any.add(in_span(span)));
    Query::select()
        .columns([search_terms::Column::UserId, search_terms::Column::Term])
        .from(search_terms::Entity)
        .and_where(Expr::col(search_terms::Column::UserId).is_in(ids(users)))
        .cond_where(any)
        .take()
}

/// Those of the users who meet all conditions.
pub(super) fn passing(users: &[UserId], conditions: &[Condition]) -> SelectStatement {
    let mut select = Query::select();
    select.expr_as(of_row(user_index::Column::UserId), "user_id").from(user_index::Entity);
    select.and_where(of_row(user_index::Column::UserId).is_in(ids(users)));
    for condition in conditions {
        select.cond_where(meets(condition));
    }
    select
}

pub(super) fn ids(users: &[UserId]) -> Vec<Uuid> {
    users.iter().map(|user| user.0).collect()
}

/// How many rows a statement has, and of how many users, where it names them.
pub(super) fn number(of: SelectStatement, counts_users: bool) -> SelectStatement {
    let mut select = Query::select();
    select.expr_as(Expr::cust("COUNT(*)"), "number").from_subquery(of, "counted".into_iden());
    if counts_users {
        select.expr_as(Expr::cust("COUNT(DISTINCT user_id)"), "users");
    }
    select
}

#[cfg(test)]
mod tests {
    use identity::search::Sort;
    use sea_orm::{ConnectionTrait, Statement};
    use uuid::Uuid;

    use super::*;
    use crate::sealed::Seal;

    async fn plan(db: &crate::sql::Db, select: &SelectStatement) -> String {
        let built = DbBackend::Sqlite.build(select);
        let explained = Statement { sql: format!("EXPLAIN QUERY PLAN {}", built.sql), ..built };
        let rows = db.query_all_raw(explained).await.unwrap();
        rows.iter().map(|row| row.try_get::<String>("", "detail").unwrap()).collect::<Vec<_>>().join("\n")
    }

    /// Nothing is sorted that an index has in order, and nothing is read that lies before the page.
    #[tokio::test]
    async fn an_index_serves_each_order_from_the_cursor_on() {
        let folder = tempfile::tempdir().unwrap();
        let url = format!("sqlite://{}?mode=rwc", folder.path().join("sparekey.db").display());
        let (store, _) = crate::sql::migrate(&url, Seal::new(&[])).await.unwrap();
        let db = store.pool.current();
        let user = UserId(Uuid::from_u128(7));
        for (sort, index, key) in [
            (Sort::Login, "user_index_seen_at (seen_at", Key::Time(5)),
            (Sort::Seen, "user_index_created_at ((created_at", Key::Time(5)),
            (Sort::Name, "user_index_name_key (name_key", Key::Text("a".into())),
            (Sort::Email, "user_index_email_key (email_key", Key::Text("a".into())),
        ] {
            let after = Keyed { user, key };
            for is_descending in [false, true] {
                let part = if sort == Sort::Seen { Part::All } else { Part::Present };
                let from = Slice { sort, is_descending, part, after: Some(&after), until: None };
                let mut select = slice(DbBackend::Sqlite, &from, &[], None);
                let plan = plan(&db, select.limit(26)).await;
                assert!(plan.contains(index) && !plan.contains("TEMP B-TREE"), "{sort} {plan}");
            }
        }
        let status = Condition::Row(Is::Status(identity::Status::Disabled), None);
        let all =
            Slice { sort: Sort::Login, is_descending: true, part: Part::Present, after: None, until: None };
        let by_status = plan(&db, slice(DbBackend::Sqlite, &all, &[status], None).limit(26)).await;
        assert!(by_status.contains("user_index_status (status=? AND seen_at>?"), "{by_status}");
        let span = Span::beginning("ada");
        let found = plan(&db, entries(DbBackend::Sqlite, &span, Some(("adam", user)), false).limit(26)).await;
        assert!(found.contains("PRIMARY KEY (term") && !found.contains("TEMP B-TREE"), "{found}");
        store.pool.close().await;
    }

    /// MySQL reads from the beginning of an index where it is told to compare a pair.
    #[test]
    fn mysql_is_told_where_to_begin() {
        let after = Keyed { user: UserId(Uuid::nil()), key: Key::Time(5) };
        let from = Slice {
            sort: Sort::Login,
            is_descending: true,
            part: Part::Present,
            after: Some(&after),
            until: None,
        };
        let told = DbBackend::MySql.build(&slice(DbBackend::MySql, &from, &[], None)).sql;
        assert!(told.contains("`seen_at` <= ?") && told.contains("`seen_at` < ? OR"), "{told}");
        let told = DbBackend::Postgres.build(&slice(DbBackend::Postgres, &from, &[], None)).sql;
        assert!(told.contains(r#"("user_index"."seen_at", "user_index"."user_id") <"#), "{told}");
    }
}
