//! The queries that read users and sessions, and what their rows mean.

use identity::{Digest, Identity, Session, StoreError, User, UserId};
use sea_orm::sea_query::{Expr, ExprTrait, IntoIden, Query, SelectStatement};
use sea_orm::{ColumnTrait, EntityName, Iterable, QueryResult};
use serde::de::DeserializeOwned;

use super::dialect::Dialect;
use super::entities::{identities, sessions, users};
use crate::seal::Seal;
use crate::store::fault::Fault;
use crate::store::record::{Details, in_order, open_tokens};

/// Whether the rows hold the claims as received; they are large, and a viewer has no use for them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Claims {
    Read,
    LeftOut,
}

/// The columns of a user; the profile is not among them, it follows from the identities.
const USER: [users::Column; 7] = [
    users::Column::Id,
    users::Column::Status,
    users::Column::CreatedAt,
    users::Column::UpdatedAt,
    users::Column::LastLoginAt,
    users::Column::LoginCount,
    users::Column::Version,
];

/// A row for each identity of each user.
pub(super) fn users_with_identities() -> SelectStatement {
    let mut select = Query::select();
    select.from(users::Entity);
    whole_users(&mut select, identities::Column::iter());
    select
}

/// The same, of at most `limit` users after one, in the order of their ids.
pub(super) fn page_of_users(after: Option<UserId>, limit: u32) -> SelectStatement {
    let mut page = Query::select();
    page.columns(USER).from(users::Entity).limit(limit.into());
    page.order_by(users::Column::Id, sea_orm::Order::Asc);
    if let Some(after) = after {
        page.and_where(users::Column::Id.gt(after.0));
    }
    let mut select = Query::select();
    select.from_subquery(page, users::Entity);
    whole_users(&mut select, identities::Column::iter());
    select.order_by((users::Entity, users::Column::Id), sea_orm::Order::Asc);
    select
}

/// A session and its user, for the viewer: claims left out.
pub(super) fn session_with_user(dialect: Dialect) -> String {
    let mut select = Query::select();
    select.from(sessions::Entity).inner_join(
        users::Entity,
        Expr::col((users::Entity, users::Column::Id)).equals((sessions::Entity, sessions::Column::UserId)),
    );
    named(&mut select, sessions::Entity, sessions::Column::iter(), "s_");
    let shown = identities::Column::iter().filter(|column| !matches!(column, identities::Column::Claims));
    whole_users(&mut select, shown);
    select.and_where(Expr::col((sessions::Entity, sessions::Column::Id)).eq(Vec::<u8>::new()));
    dialect.backend().build(&select).sql
}

fn whole_users(select: &mut SelectStatement, identity: impl Iterator<Item = identities::Column>) {
    named(select, users::Entity, USER.into_iter(), "u_");
    named(select, identities::Entity, identity, "i_");
    select.inner_join(
        identities::Entity,
        Expr::col((identities::Entity, identities::Column::UserId))
            .equals((users::Entity, users::Column::Id)),
    );
}

fn named<E, C>(select: &mut SelectStatement, table: E, columns: impl Iterator<Item = C>, prefix: &str)
where
    E: EntityName + IntoIden + Copy,
    C: ColumnTrait,
{
    for column in columns {
        select.expr_as(Expr::col((table, column)), format!("{prefix}{}", column.as_str()));
    }
}

/// The users of these rows, in their order; rows of one user stand together.
pub(super) fn users(rows: &[QueryResult], claims: Claims) -> Result<Vec<User>, Fault> {
    let mut users: Vec<User> = Vec::new();
    for row in rows {
        let id = UserId(row.try_get("", "u_id")?);
        if users.last().is_none_or(|last| last.id != id) {
            users.push(user(row, id)?);
        }
        if let Some(user) = users.last_mut() {
            user.identities.push(identity(row, claims)?);
        }
    }
    users.iter_mut().for_each(|user| in_order(&mut user.identities));
    Ok(users)
}

fn user(row: &QueryResult, id: UserId) -> Result<User, Fault> {
    let status: String = row.try_get("u_", "status")?;
    let login_count: i64 = row.try_get("u_", "login_count")?;
    Ok(User {
        id,
        status: status.parse().map_err(StoreError::unreadable)?,
        identities: Vec::new(),
        created_at: row.try_get("u_", "created_at")?,
        updated_at: row.try_get("u_", "updated_at")?,
        last_login_at: row.try_get("u_", "last_login_at")?,
        login_count: login_count.try_into().map_err(StoreError::unreadable)?,
        version: row.try_get("u_", "version")?,
    })
}

fn identity(row: &QueryResult, claims: Claims) -> Result<Identity, Fault> {
    let claims = match claims {
        Claims::Read => json(&row.try_get::<String>("i_", "claims")?)?,
        Claims::LeftOut => Default::default(),
    };
    Ok(Identity {
        provider: row.try_get("i_", "provider")?,
        issuer: row.try_get("i_", "issuer")?,
        subject: row.try_get("i_", "subject")?,
        facts: json(&row.try_get::<String>("i_", "facts")?)?,
        claims,
        first_seen_at: row.try_get("i_", "first_seen_at")?,
        last_seen_at: row.try_get("i_", "last_seen_at")?,
        last_login_at: row.try_get("i_", "last_login_at")?,
        observed_at: row.try_get("i_", "observed_at")?,
    })
}

/// The session of a row.
pub(super) fn session(seal: &Seal, row: sessions::Model) -> Result<Session, Fault> {
    let id = Digest(row.id.try_into().map_err(|_| StoreError::unreadable("a digest is 32 bytes"))?);
    let details: Details = json(&row.details)?;
    Ok(Session {
        id,
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
        acr: details.acr,
        tokens: open_tokens(seal, &id, row.generation, &row.tokens),
        access: json(&row.access)?,
    })
}

fn json<T: DeserializeOwned>(text: &str) -> Result<T, Fault> {
    Ok(serde_json::from_str(text).map_err(StoreError::unreadable)?)
}
