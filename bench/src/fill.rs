//! A database filled with people in bulk: rows written many at a time, in the tables of `migration`, as the
//! store itself would have written them one log-in after the other.

use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use identity::search::{Entry, entry};
use identity::{Change, Digest, Field, Identity, User, What};
use sea_orm::sea_query::{Expr, InsertStatement, Query};
use sea_orm::{ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DbBackend, TransactionTrait};
use store::Seal;

use crate::people::{Person, person};

/// People in one transaction.
const AT_ONCE: u64 = 5_000;
/// The least that SQLite, PostgreSQL and MySQL take in one statement.
const MOST_VALUES: usize = 30_000;

/// How long the taking in of users is measured.
const FILLING: Duration = Duration::from_secs(20);

/// The columns of `users` beside the profile's.
const OWN: [&str; 9] = [
    "id",
    "status",
    "is_disabled",
    "is_withdrawn",
    "created_at",
    "updated_at",
    "last_login_at",
    "login_count",
    "version",
];
const IDENTITIES: [&str; 15] = [
    "key",
    "user_id",
    "provider",
    "issuer",
    "subject",
    "facts",
    "claims",
    "claim_times",
    "standing",
    "standing_at",
    "first_seen_at",
    "last_seen_at",
    "last_login_at",
    "observed_at",
    "holds",
];
const CHANGES: [&str; 11] = [
    "user_id",
    "version",
    "ordinal",
    "provider",
    "issuer",
    "subject",
    "whats",
    "is_unmapped",
    "at",
    "received_at",
    "source",
];

const INDEX: [&str; 12] = [
    "user_id",
    "seen_at",
    "created_at",
    "name_key",
    "email_key",
    "status",
    "verified",
    "is_present",
    "is_blocked",
    "is_deleted",
    "is_several",
    "is_held",
];

/// The session of whoever logged in last, given to this many others: a table of the size it would have.
/// Nobody has a cookie for them.
const SESSIONS: &str = "INSERT INTO sessions \
     (id, user_id, subject_key, sid_key, details, access, tokens, generation, refresh_at, created_at, \
     last_used_at, expires_at) \
     SELECT i.key, i.user_id, i.key, i.key, s.details, s.access, s.tokens, s.generation, s.refresh_at, s.created_at, \
     s.last_used_at, s.expires_at FROM identities i \
     CROSS JOIN (SELECT * FROM sessions ORDER BY created_at DESC LIMIT 1) s ORDER BY i.key LIMIT ";

/// Brings the database up to date and writes the people of the numbers below `count` into it.
pub(crate) async fn people(url: &str, count: u64, issuer: &str) -> Result<()> {
    store::migrate(url, Seal::new(&[])).await?.0.close().await;
    let db = connect(url).await?;
    for first in (0..count).step_by(AT_ONCE as usize) {
        let people: Vec<Person> = (first..count.min(first + AT_ONCE)).map(|n| person(n, issuer)).collect();
        let tx = db.begin().await?;
        let columns: Vec<&str> =
            OWN.into_iter().chain(Field::ALL.iter().map(|field| field.as_str())).collect();
        insert(&tx, "users", &columns, people.iter().map(|one| user(&one.user))).await?;
        let identities =
            people.iter().flat_map(|one| one.user.identities.iter().map(|it| identity(&one.user, it)));
        insert(&tx, "identities", &IDENTITIES, identities.collect::<Result<Vec<_>>>()?).await?;
        let changes = people.iter().flat_map(|one| {
            // One write touches one identity here.
            let writes = one.changes.chunk_by(|one, other| one.version == other.version);
            writes.map(|write| changes_row(&one.user, write))
        });
        insert(&tx, "changes", &CHANGES, changes.collect::<Result<Vec<_>>>()?).await?;
        let entries: Vec<Entry> = people.iter().filter_map(|one| entry(&one.user)).collect();
        insert(&tx, "user_index", &INDEX, entries.iter().map(index_row)).await?;
        let terms = entries.iter().flat_map(|entry| {
            let user = Expr::val(entry.row.user.0);
            entry.terms.iter().map(move |term| vec![Expr::val(term.clone().into_bytes()), user.clone()])
        });
        insert(&tx, "search_terms", &["term", "user_id"], terms).await?;
        tx.commit().await?;
    }
    Ok(db.close().await?)
}

/// The database looks at itself, as a server does by and by.
pub(crate) async fn analyze(url: &str) -> Result<()> {
    let db = connect(url).await?;
    db.execute_unprepared("ANALYZE").await?;
    Ok(db.close().await?)
}

/// Users that `serve` takes into the search in a second, as where they were there before there was one: the first of them,
/// for as long as is measured. The search is not whole afterwards.
pub(crate) async fn search(url: &str) -> Result<f64> {
    let db = connect(url).await?;
    let forget = match db.get_database_backend() {
        DbBackend::Postgres => &["TRUNCATE search_terms, user_index"][..],
        _ => &["DELETE FROM search_terms", "DELETE FROM user_index"],
    };
    for sql in forget.iter().chain(&["INSERT INTO search_fill (id) VALUES (1)"]) {
        db.execute_unprepared(sql).await?;
    }
    db.close().await?;
    let store = store::open(url, Seal::new(&[])).await?;
    let (start, mut all) = (Instant::now(), 0);
    while start.elapsed() < FILLING
        && let Some(some) = store.ports().search.fill().await?
    {
        all += some;
    }
    let rate = all as f64 / start.elapsed().as_secs_f64();
    store.close().await;
    Ok(rate)
}

/// Gives every tenth of `count` users a session, like the one that is there.
pub(crate) async fn sessions(url: &str, count: u64) -> Result<()> {
    let db = connect(url).await?;
    db.execute_unprepared(&format!("{SESSIONS}{}", count / 10)).await?;
    db.close().await?;
    analyze(url).await
}

async fn connect(url: &str) -> Result<DatabaseConnection> {
    let mut options = ConnectOptions::new(url);
    options.max_connections(1).sqlx_logging(false);
    Ok(Database::connect(options).await?)
}

async fn insert(
    db: &impl ConnectionTrait,
    table: &'static str,
    columns: &[&'static str],
    rows: impl IntoIterator<Item = Vec<Expr>>,
) -> Result<()> {
    let mut rows = rows.into_iter().peekable();
    while rows.peek().is_some() {
        let mut insert: InsertStatement = Query::insert();
        insert.into_table(table).columns(columns.iter().copied());
        for row in rows.by_ref().take(MOST_VALUES / columns.len()) {
            insert.values(row).context("as many values as columns")?;
        }
        db.execute(&insert).await?;
    }
    Ok(())
}

fn user(user: &User) -> Vec<Expr> {
    let profile = user.profile();
    let own = [
        Expr::val(user.id.0),
        Expr::val(user.status().to_string()),
        Expr::val(user.is_disabled),
        Expr::val(user.is_withdrawn),
        Expr::val(user.created_at),
        Expr::val(user.updated_at),
        Expr::val(user.last_login_at),
        Expr::val(user.login_count as i64),
        Expr::val(user.version),
    ];
    let shown = Field::ALL.iter().map(|field| {
        let value = profile.get(field).map(|shown| shown.value);
        match field.vouches_for() {
            None => Expr::val(value.and_then(|value| value.text()).map(str::to_owned)),
            Some(_) => Expr::val(value.and_then(|value| value.flag())),
        }
    });
    own.into_iter().chain(shown).collect()
}

fn identity(user: &User, identity: &Identity) -> Result<Vec<Expr>> {
    Ok(vec![
        Expr::val(Digest::of_pair(&identity.issuer, &identity.subject).0.to_vec()),
        Expr::val(user.id.0),
        Expr::val(identity.provider.clone()),
        Expr::val(identity.issuer.clone()),
        Expr::val(identity.subject.clone()),
        Expr::val(serde_json::to_string(&identity.facts)?),
        Expr::val(serde_json::to_string(&identity.claims)?),
        Expr::val(serde_json::to_string(&identity.claim_times)?),
        Expr::val(identity.standing.to_string()),
        Expr::val(identity.standing_at),
        Expr::val(identity.first_seen_at),
        Expr::val(identity.last_seen_at),
        Expr::val(identity.last_login_at),
        Expr::val(identity.observed_at),
        Expr::val(serde_json::to_string(&identity.holds)?),
    ])
}

fn index_row(entry: &Entry) -> Vec<Expr> {
    let row = &entry.row;
    vec![
        Expr::val(row.user.0),
        Expr::val(row.seen_at),
        Expr::val(row.created_at),
        Expr::val(row.name_key.clone().into_bytes()),
        Expr::val(row.email_key.clone().into_bytes()),
        Expr::val(row.status.to_string()),
        Expr::val(row.verified.to_string()),
        Expr::val(row.is_present),
        Expr::val(row.is_blocked),
        Expr::val(row.is_deleted),
        Expr::val(row.is_several),
        Expr::val(row.is_held),
    ]
}

fn changes_row(user: &User, write: &[Change]) -> Result<Vec<Expr>> {
    let [first, ..] = write else { anyhow::bail!("a write that changed nothing has no row") };
    let name = first.identity.clone();
    let whats: Vec<&What> = write.iter().map(|change| &change.what).collect();
    Ok(vec![
        Expr::val(user.id.0),
        Expr::val(first.version),
        Expr::val(0_i64),
        Expr::val(name.as_ref().map(|name| name.provider.clone())),
        Expr::val(name.as_ref().map(|name| name.issuer.clone())),
        Expr::val(name.as_ref().map(|name| name.subject.clone())),
        Expr::val(serde_json::to_string(&whats)?),
        Expr::val(whats.iter().all(|what| matches!(what, What::Claims { .. }))),
        Expr::val(first.origin.at),
        Expr::val(first.origin.received_at),
        Expr::val(first.origin.source.to_string()),
    ])
}
