//! A database filled with people in bulk: rows written many at a time, in the tables of `migration`, as the
//! store itself would have written them one log-in after the other.

use anyhow::{Context, Result};
use identity::{Change, Field, Identity, User};
use sea_orm::sea_query::{Expr, InsertStatement, Query};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, TransactionTrait};
use sha2::{Digest, Sha256};

use crate::people::{Person, person};

/// People in one transaction.
const AT_ONCE: u64 = 5_000;
/// The least that SQLite, PostgreSQL and MySQL take in one statement.
const MOST_VALUES: usize = 30_000;

const USERS: [&str; 18] = [
    "id",
    "status",
    "email",
    "email_verified",
    "name",
    "given_name",
    "family_name",
    "preferred_username",
    "picture",
    "phone_number",
    "phone_number_verified",
    "locale",
    "zoneinfo",
    "created_at",
    "updated_at",
    "last_login_at",
    "login_count",
    "version",
];
const IDENTITIES: [&str; 11] = [
    "key",
    "user_id",
    "provider",
    "issuer",
    "subject",
    "facts",
    "claims",
    "first_seen_at",
    "last_seen_at",
    "last_login_at",
    "observed_at",
];
const CHANGES: [&str; 8] =
    ["user_id", "version", "field", "old_value", "new_value", "at", "source", "provider"];

/// The session of whoever logged in last, given to this many others: a table of the size it would have.
/// Nobody has a cookie for them.
const SESSIONS: &str = "INSERT INTO sessions \
     (id, user_id, subject_key, sid_key, details, access, tokens, generation, created_at, last_used_at, expires_at) \
     SELECT i.key, i.user_id, i.key, i.key, s.details, s.access, s.tokens, s.generation, s.created_at, \
     s.last_used_at, s.expires_at FROM identities i \
     CROSS JOIN (SELECT * FROM sessions ORDER BY created_at DESC LIMIT 1) s ORDER BY i.key LIMIT ";

/// Brings the database up to date and writes the people of the numbers below `count` into it.
pub(crate) async fn people(url: &str, count: u64, issuer: &str) -> Result<()> {
    store::migrate(url).await?;
    let db = connect(url).await?;
    for first in (0..count).step_by(AT_ONCE as usize) {
        let people: Vec<Person> = (first..count.min(first + AT_ONCE)).map(|n| person(n, issuer)).collect();
        let tx = db.begin().await?;
        insert(&tx, "users", &USERS, people.iter().map(|one| user(&one.user))).await?;
        let identities =
            people.iter().flat_map(|one| one.user.identities.iter().map(|it| identity(&one.user, it)));
        insert(&tx, "identities", &IDENTITIES, identities.collect::<Result<Vec<_>>>()?).await?;
        let changes = people.iter().flat_map(|one| one.changes.iter().map(|it| change(&one.user, it)));
        insert(&tx, "changes", &CHANGES, changes.collect::<Result<Vec<_>>>()?).await?;
        tx.commit().await?;
    }
    Ok(db.close().await?)
}

/// Gives every tenth of `count` users a session, like the one that is there; then the database looks at
/// itself, as a server does by and by.
pub(crate) async fn sessions(url: &str, count: u64) -> Result<()> {
    let db = connect(url).await?;
    db.execute_unprepared(&format!("{SESSIONS}{}", count / 10)).await?;
    db.execute_unprepared("ANALYZE").await?;
    Ok(db.close().await?)
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

async fn insert<const N: usize>(
    db: &impl ConnectionTrait,
    table: &'static str,
    columns: &[&'static str; N],
    rows: impl IntoIterator<Item = [Expr; N]>,
) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut insert: InsertStatement = Query::insert();
        insert.into_table(table).columns(columns.iter().copied());
        for row in rows.by_ref().take(MOST_VALUES / N) {
            insert.values(row).context("as many values as columns")?;
        }
        db.execute(&insert).await?;
    }
    Ok(())
}

fn user(user: &User) -> [Expr; 18] {
    let profile = user.profile();
    let text =
        |field| Expr::val(profile.get(&field).and_then(|shown| shown.fact.value.text()).map(str::to_owned));
    let flag = |field| Expr::val(profile.get(&field).and_then(|shown| shown.fact.value.flag()));
    [
        Expr::val(user.id.0),
        Expr::val(user.status.to_string()),
        text(Field::Email),
        flag(Field::EmailVerified),
        text(Field::Name),
        text(Field::GivenName),
        text(Field::FamilyName),
        text(Field::PreferredUsername),
        text(Field::Picture),
        text(Field::PhoneNumber),
        flag(Field::PhoneNumberVerified),
        text(Field::Locale),
        text(Field::Zoneinfo),
        Expr::val(user.created_at),
        Expr::val(user.updated_at),
        Expr::val(user.last_login_at),
        Expr::val(user.login_count as i64),
        Expr::val(user.version),
    ]
}

fn identity(user: &User, identity: &Identity) -> Result<[Expr; 11]> {
    Ok([
        Expr::val(key(&identity.issuer, &identity.subject)),
        Expr::val(user.id.0),
        Expr::val(identity.provider.clone()),
        Expr::val(identity.issuer.clone()),
        Expr::val(identity.subject.clone()),
        Expr::val(serde_json::to_string(&identity.facts)?),
        Expr::val(serde_json::to_string(&identity.claims)?),
        Expr::val(identity.first_seen_at),
        Expr::val(identity.last_seen_at),
        Expr::val(identity.last_login_at),
        Expr::val(identity.observed_at),
    ])
}

fn change(user: &User, change: &Change) -> Result<[Expr; 8]> {
    let json = |value: &Option<identity::Value>| value.as_ref().map(serde_json::to_string).transpose();
    Ok([
        Expr::val(user.id.0),
        Expr::val(change.version),
        Expr::val(change.field.to_string()),
        Expr::val(json(&change.from)?),
        Expr::val(json(&change.to)?),
        Expr::val(change.at),
        Expr::val(change.source.to_string()),
        Expr::val(change.provider.clone()),
    ])
}

/// As `server/src/store/key.rs` makes it; were it another, no log-in would find its user, which is checked.
fn key(issuer: &str, subject: &str) -> Vec<u8> {
    let digest = Sha256::new().chain_update((issuer.len() as u64).to_be_bytes());
    digest.chain_update(issuer).chain_update(subject).finalize().to_vec()
}
