//! `sparekey migrate`: brings the database up to date.

use super::terminal::tell;
use crate::seal;

/// Says on stderr what was done.
pub(super) async fn migrate() -> anyhow::Result<()> {
    let config = super::database_config()?;
    let (store, steps) = store::migrate(config.database_url.expose(), seal(&[])).await?;
    store.close().await;
    match steps.as_slice() {
        [] => tell("the database is up to date"),
        steps => steps.iter().for_each(|step| tell(step)),
    }
    Ok(())
}
