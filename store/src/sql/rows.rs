//! The queries that read users and sessions, and what their rows mean.

use identity::{Identity, Session, StoreError, Timestamp, Tokens, User, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityName, FromQueryResult, QueryResult};
use uuid::Uuid;

use super::dialect::Dialect;
use super::entities::{identities, sessions, users};
use crate::encoding::{Details, digest, in_order, json};
use crate::try_error::TryError;

/// Whether the rows hold the claims as received; they are large, and a viewer has no use for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claims {
    Read,
    LeftOut,
}

/// The columns of a user that are read; status and profile follow from the identities.
pub(super) const USER: [users::Column; 8] = [
    users::Column::Id,
    users::Column::IsDisabled,
    users::Column::IsWithdrawn,
    users::Column::CreatedAt,
    users::Column::UpdatedAt,
    users::Column::LastLoginAt,
    users::Column::LoginCount,
    users::Column::Version,
];

/// The columns of an identity that make it; its key and its user are known from elsewhere.
const IDENTITY: [identities::Column; 13] = [
    identities::Column::Provider,
    identities::Column::Issuer,
    identities::Column::Subject,
    identities::Column::Facts,
    identities::Column::Standing,
    identities::Column::StandingAt,
    identities::Column::FirstSeenAt,
    identities::Column::LastSeenAt,
    identities::Column::LastLoginAt,
    identities::Column::ObservedAt,
    // The last, for a viewer's query leaves them out.
    identities::Column::Claims,
    identities::Column::ClaimTimes,
    identities::Column::Holds,
];
/// How many of them are left out.
const LARGE: usize = 3;

/// What of a session's row is read with it; the tokens only when they are needed.
#[derive(FromQueryResult)]
pub(super) struct SessionRow {
    id: Vec<u8>,
    user_id: Uuid,
    details: String,
    access: String,
    generation: i64,
    refresh_at: Option<Timestamp>,
    created_at: Timestamp,
    last_used_at: Timestamp,
    expires_at: Timestamp,
}

/// The columns of [`SessionRow`].
pub(super) const SESSION: [sessions::Column; 9] = [
    sessions::Column::Id,
    sessions::Column::UserId,
    sessions::Column::Details,
    sessions::Column::Access,
    sessions::Column::Generation,
    sessions::Column::RefreshAt,
    sessions::Column::CreatedAt,
    sessions::Column::LastUsedAt,
    sessions::Column::ExpiresAt,
];

/// A row for each identity of each user, and one for a user who has none.
pub(super) fn users_with_identities() -> SelectStatement {
    let mut select = Query::select();
    select.from(users::Entity);
    whole_users(&mut select, &IDENTITY);
    select
}

/// The same without the claims as received.
pub(super) fn users_without_claims() -> SelectStatement {
    let mut select = Query::select();
    select.from(users::Entity);
    whole_users(&mut select, &IDENTITY[..IDENTITY.len() - LARGE]);
    select
}

/// The same, of at most `limit` users after one, in the order of their ids.
pub(super) fn page_of_users(after: Option<UserId>, limit: u32) -> SelectStatement {
    page(after, limit.into(), |page| {
        page.and_where(Expr::col(users::Column::IsWithdrawn).eq(false));
    })
}

/// The same, those too who were taken away by an undo.
pub(super) fn page_of_all_users(after: Option<UserId>, limit: u64) -> SelectStatement {
    page(after, limit, |_| {})
}

fn page(after: Option<UserId>, limit: u64, but: impl FnOnce(&mut SelectStatement)) -> SelectStatement {
    let mut page = Query::select();
    page.columns(USER).from(users::Entity).limit(limit);
    but(&mut page);
    page.order_by(users::Column::Id, sea_orm::Order::Asc);
    if let Some(after) = after {
        page.and_where(users::Column::Id.gt(after.0));
    }
    let mut select = Query::select();
    select.from_subquery(page, users::Entity);
    whole_users(&mut select, &IDENTITY);
    select.order_by((users::Entity, users::Column::Id), sea_orm::Order::Asc);
    select
}

/// The queries of every signed-in request and of every log-in, written once. Each asks for one value.
pub(super) struct Queries {
    /// A session, by id, with its user.
    pub(super) session: String,
    /// A user, by id.
    pub(super) user: String,
    /// The user who has an identity, by its key.
    pub(super) owner: String,
}

impl Queries {
    pub(super) fn new(dialect: Dialect) -> Self {
        let written = |select: SelectStatement| dialect.backend().build(&select).sql;
        let id = Expr::col((users::Entity, users::Column::Id));
        let mut user = users_with_identities();
        user.and_where(id.clone().eq(Uuid::nil()));
        let whose = Query::select()
            .column(identities::Column::UserId)
            .from(identities::Entity)
            .and_where(identities::Column::Key.eq(Vec::<u8>::new()))
            .take();
        let mut owner = users_with_identities();
        owner.and_where(id.in_subquery(whose));
        Self { session: written(session_with_user()), user: written(user), owner: written(owner) }
    }
}

/// A session and its user, for the viewer: claims left out.
fn session_with_user() -> SelectStatement {
    let mut select = Query::select();
    select.from(sessions::Entity).inner_join(
        users::Entity,
        Expr::col((users::Entity, users::Column::Id)).equals((sessions::Entity, sessions::Column::UserId)),
    );
    named(&mut select, sessions::Entity, &SESSION, "");
    whole_users(&mut select, &IDENTITY[..IDENTITY.len() - LARGE]);
    select.and_where(Expr::col((sessions::Entity, sessions::Column::Id)).eq(Vec::<u8>::new()));
    select
}

fn whole_users(select: &mut SelectStatement, identity: &[identities::Column]) {
    named(select, users::Entity, &USER, "u_");
    named(select, identities::Entity, identity, "i_");
    select.left_join(
        identities::Entity,
        Expr::col((identities::Entity, identities::Column::UserId))
            .equals((users::Entity, users::Column::Id)),
    );
}

/// The whole name of a column is what a row is asked for: no name is put together for each value of each row.
fn named<E, C>(select: &mut SelectStatement, table: E, columns: &[C], prefix: &str)
where
    E: EntityName + IntoIden + Copy,
    C: ColumnTrait,
{
    for column in columns {
        select.expr_as(Expr::col((table, *column)), format!("{prefix}{}", column.as_str()));
    }
}

/// The users of these rows, in their order; rows of one user stand together.
pub(super) fn users(rows: &[QueryResult], claims: Claims) -> Result<Vec<User>, TryError> {
    let mut users: Vec<User> = Vec::new();
    for row in rows {
        let id = UserId(row.try_get("", "u_id")?);
        if users.last().is_none_or(|last| last.id != id) {
            users.push(user(row, id)?);
        }
        let issuer: Option<String> = row.try_get("", "i_issuer")?;
        if let (Some(user), Some(issuer)) = (users.last_mut(), issuer) {
            user.identities.push(identity(row, issuer, claims)?);
        }
    }
    users.iter_mut().for_each(|user| in_order(&mut user.identities));
    Ok(users)
}

fn user(row: &QueryResult, id: UserId) -> Result<User, TryError> {
    let login_count: i64 = row.try_get("", "u_login_count")?;
    Ok(User {
        id,
        is_disabled: row.try_get("", "u_is_disabled")?,
        is_withdrawn: row.try_get("", "u_is_withdrawn")?,
        identities: Vec::new(),
        created_at: row.try_get("", "u_created_at")?,
        updated_at: row.try_get("", "u_updated_at")?,
        last_login_at: row.try_get("", "u_last_login_at")?,
        login_count: login_count.try_into().map_err(StoreError::unreadable)?,
        version: row.try_get("", "u_version")?,
    })
}

fn identity(row: &QueryResult, issuer: String, claims: Claims) -> Result<Identity, TryError> {
    let (claims, claim_times, holds) = match claims {
        Claims::Read => (
            json(&row.try_get::<String>("", "i_claims")?)?,
            json(&row.try_get::<String>("", "i_claim_times")?)?,
            json(&row.try_get::<String>("", "i_holds")?)?,
        ),
        Claims::LeftOut => Default::default(),
    };
    let standing: String = row.try_get("", "i_standing")?;
    Ok(Identity {
        provider: row.try_get("", "i_provider")?,
        issuer,
        subject: row.try_get("", "i_subject")?,
        facts: json(&row.try_get::<String>("", "i_facts")?)?,
        claims,
        claim_times,
        standing: standing.parse().map_err(StoreError::unreadable)?,
        standing_at: row.try_get("", "i_standing_at")?,
        first_seen_at: row.try_get("", "i_first_seen_at")?,
        last_seen_at: row.try_get("", "i_last_seen_at")?,
        last_login_at: row.try_get("", "i_last_login_at")?,
        observed_at: row.try_get("", "i_observed_at")?,
        holds,
    })
}

/// The session of a row, without tokens.
pub(super) fn session(row: SessionRow) -> Result<Session, StoreError> {
    let details: Details = json(&row.details)?;
    Ok(Session {
        id: digest(row.id)?,
        user: UserId(row.user_id),
        device: details.device(),
        provider: details.provider,
        issuer: details.issuer,
        subject: details.subject,
        sid: details.sid,
        created_at: row.created_at,
        last_used_at: row.last_used_at,
        expires_at: row.expires_at,
        auth_time: details.auth_time,
        is_reauthentication: details.is_reauthentication,
        acr: details.acr,
        refresh_at: row.refresh_at,
        tokens: Tokens { generation: row.generation, ..Tokens::default() },
        access: json(&row.access)?,
    })
}
