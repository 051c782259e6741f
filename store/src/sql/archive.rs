//! Everything in SQL: read within one transaction, which sees one moment, and written batch by batch.

mod put;
mod snapshot;
#[cfg(feature = "mongodb")]
mod standings;

use async_trait::async_trait;
use identity::{Archive, Record, Snapshot, StoreError};
use sea_orm::{ConnectionTrait, Statement};

use self::snapshot::SqlSnapshot;
use super::Sql;
use super::entities::{LEDGER_OF_ERASURES, TABLES};
use crate::try_error::TryError;

#[async_trait]
impl Archive for Sql {
    async fn snapshot(&self) -> Result<Box<dyn Snapshot>, StoreError> {
        let tx = self.pool.dialect().begin_snapshot(&self.pool.current()).await.map_err(TryError::from)?;
        Ok(Box::new(SqlSnapshot::new(tx, self.seal.clone())))
    }

    async fn is_empty(&self) -> Result<bool, StoreError> {
        let any = |db| async move {
            for table in ["users", "entries", "changes", "operator_log"] {
                let one = format!("SELECT 1 FROM {table} LIMIT 1");
                let one = Statement::from_string(self.pool.dialect().backend(), one);
                if super::Db::query_one_raw(&db, one).await?.is_some() {
                    return Ok(false);
                }
            }
            Ok(true)
        };
        self.pool.read(any).await
    }

    async fn put(&self, records: &[Record]) -> Result<(), StoreError> {
        Ok(self.put_records(records).await?)
    }

    async fn clear(&self) -> Result<(), StoreError> {
        let clear = async {
            let tx = self.pool.dialect().begin(&self.pool.current()).await?;
            // Whose rows others name goes last.
            for table in TABLES.iter().rev().filter(|table| !LEDGER_OF_ERASURES.contains(table)) {
                tx.execute_unprepared(&format!("DELETE FROM {table}")).await?;
            }
            tx.0.commit().await?;
            Ok::<_, TryError>(())
        };
        Ok(clear.await?)
    }
}
