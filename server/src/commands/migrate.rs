//! `sparekey migrate`: brings the database up to date.

use identity::{StoreError, Stores};

use super::terminal::tell;
use crate::seal;

/// Says on stderr what was done.
pub(super) async fn migrate() -> anyhow::Result<()> {
    let config = super::database_config()?;
    let (store, steps) = store::migrate(config.database_url.expose(), seal(&[])).await?;
    let taken_in = take_in(&store.ports()).await;
    store.close().await;
    taken_in?;
    match steps.as_slice() {
        [] => tell("the database is up to date"),
        steps => steps.iter().for_each(|step| tell(step)),
    }
    Ok(())
}

/// Takes users that were there before into the search, some at a time: whoever breaks it off goes on next time.
async fn take_in(stores: &Stores) -> Result<(), StoreError> {
    let (progress, mut all) = (super::operator::progress(), 0);
    while let Some(some) = stores.search.fill().await? {
        progress.inc(some);
        all += some;
    }
    progress.finish_and_clear();
    if all > 0 {
        tell(&format!("{all} users taken into the search"));
    }
    Ok(())
}
