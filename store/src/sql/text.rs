//! Statements that are the same each time but for their values: their text is written once for each kind of database.
//! For what every log-in does; all else builds its statements anew.

use std::sync::OnceLock;

use sea_orm::sea_query::{Value, Values};
use sea_orm::{
    ActiveModelTrait, ConnectionTrait, DbBackend, EntityTrait, Iterable, Statement, StatementBuilder,
};

/// The text of one statement.
pub(super) struct Text([OnceLock<String>; 3]);

impl Text {
    pub(super) const fn new() -> Self {
        Self([const { OnceLock::new() }; 3])
    }

    /// The statement that `build` makes, whose values are these.
    pub(super) fn with<S: StatementBuilder>(
        &self,
        db: &impl ConnectionTrait,
        values: Vec<Value>,
        build: impl Fn() -> S,
    ) -> Statement {
        let backend = db.get_database_backend();
        let text = &self.0[match backend {
            DbBackend::Sqlite => 0,
            DbBackend::Postgres => 1,
            _ => 2,
        }];
        let text = text.get_or_init(|| backend.build(&build()).sql);
        let statement = Statement { sql: text.clone(), values: Some(Values(values)), db_backend: backend };
        debug_assert!(statement == backend.build(&build()), "of another text or other values: {text}");
        statement
    }
}

/// The values of a whole row, in the order of its columns.
pub(super) fn values<A: ActiveModelTrait>(mut row: A) -> Vec<Value> {
    <A::Entity as EntityTrait>::Column::iter().filter_map(|column| row.take(column).into_value()).collect()
}
