//! Column types that mean the same on every database, and tables that are made whole or not at all.

use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// The dialect at hand.
pub(crate) struct Columns(DbBackend);

impl Columns {
    pub(crate) fn new(manager: &SchemaManager<'_>) -> Self {
        Self(manager.get_database_backend())
    }

    /// UTC, to the microsecond. MySQL's `timestamp` ends in 2038 and both its types default to seconds.
    pub(crate) fn time(&self, name: impl IntoIden) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.custom("datetime(6)"),
            _ => column.timestamp_with_time_zone(),
        };
        column
    }

    /// Text of any length. MySQL's `text` ends at 64 kB.
    pub(crate) fn text(&self, name: impl IntoIden) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.custom("longtext"),
            _ => column.text(),
        };
        column
    }

    /// A word of the settings, which can be indexed. MySQL indexes no text without an end.
    pub(crate) fn name(&self, name: impl IntoIden) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.string_len(255),
            _ => column.text(),
        };
        column
    }

    /// Bytes of any length. MySQL's `blob` ends at 64 kB.
    pub(crate) fn bytes(&self, name: impl IntoIden) -> ColumnDef {
        let mut column = ColumnDef::new(name);
        match self.0 {
            DbBackend::MySql => column.custom("longblob"),
            _ => column.blob(),
        };
        column
    }

    /// Makes a table with its indexes, if it is not there.
    ///
    /// MySQL commits each statement by itself; the indexes are within the one that makes the table, so that
    /// whatever is killed, the next start finds all of it or nothing.
    pub(crate) async fn create(
        &self,
        manager: &SchemaManager<'_>,
        mut table: TableCreateStatement,
        indexes: Vec<IndexCreateStatement>,
    ) -> Result<(), DbErr> {
        table.if_not_exists();
        if self.0 == DbBackend::MySql {
            table.engine("InnoDB").character_set("utf8mb4").collate("utf8mb4_bin");
            for mut index in indexes {
                table.index(&mut index);
            }
            return manager.create_table(table).await;
        }
        let name = table.get_table_name().cloned();
        manager.create_table(table).await?;
        for mut index in indexes {
            if let Some(name) = name.clone() {
                index.table(name);
            }
            manager.create_index(index.if_not_exists().to_owned()).await?;
        }
        Ok(())
    }
}

/// 32 bytes: a SHA-256.
pub(crate) fn digest(name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.binary_len(32);
    column
}

/// One of our own short words.
pub(crate) fn word(name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.string_len(32);
    column
}

/// A count or a version.
pub(crate) fn number(name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.big_integer();
    column
}

/// A UUID.
pub(crate) fn uuid(name: impl IntoIden) -> ColumnDef {
    let mut column = ColumnDef::new(name);
    column.uuid();
    column
}

/// An index that says what it is of.
pub(crate) fn index(name: &str, column: impl IntoIndexColumn) -> IndexCreateStatement {
    Index::create().name(name).col(column).to_owned()
}
