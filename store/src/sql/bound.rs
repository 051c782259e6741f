//! Connections that bind times as each database keeps them.

use async_trait::async_trait;
use sea_orm::sea_query::Value;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, Statement};

/// A connection or a transaction. To MySQL the driver sends a UTC time as a `TIMESTAMP`, which ends in 2038
/// (MariaDB reads a later one as NULL); our columns are `DATETIME`, so that is what we send.
#[derive(Clone)]
pub(super) struct Bound<C>(pub(super) C);

#[async_trait]
impl<C: ConnectionTrait> ConnectionTrait for Bound<C> {
    fn get_database_backend(&self) -> DbBackend {
        self.0.get_database_backend()
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        self.0.execute_raw(with_datetimes(statement)).await
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        self.0.execute_unprepared(sql).await
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        self.0.query_one_raw(with_datetimes(statement)).await
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        self.0.query_all_raw(with_datetimes(statement)).await
    }
}

fn with_datetimes(mut statement: Statement) -> Statement {
    if statement.db_backend == DbBackend::MySql {
        for value in statement.values.iter_mut().flat_map(|values| &mut values.0) {
            if let Value::ChronoDateTimeUtc(time) = value {
                *value = Value::ChronoDateTime(time.map(|time| time.naive_utc()));
            }
        }
    }
    statement
}
