//! The count of identities in MongoDB.

use async_trait::async_trait;
use identity::{Census, Censuses, Standing, StoreError};
use mongodb::bson::doc;
use serde::Deserialize;

use super::Mongo;
use super::documents::Time;
use crate::COUNTING;

#[derive(Deserialize)]
struct Counted {
    #[serde(rename = "_id")]
    of: Group,
    count: i64,
    oldest: Time,
}

#[derive(Deserialize)]
struct Group {
    provider: String,
    standing: Standing,
}

#[async_trait]
impl Censuses for Mongo {
    async fn census(&self) -> Result<Vec<Census>, StoreError> {
        let each = [
            doc! { "$match": { "erasing": null } },
            doc! { "$project": {
                "identities.provider": 1, "identities.standing": 1, "identities.observed_at": 1,
            } },
            doc! { "$unwind": "$identities" },
            doc! { "$group": {
                "_id": { "provider": "$identities.provider", "standing": "$identities.standing" },
                "count": { "$sum": 1_i64 },
                "oldest": { "$min": "$identities.observed_at" },
            } },
        ];
        let counted: Vec<Counted> = self.read_for(COUNTING, self.asked(each)).await?;
        let census = |Counted { of, count, oldest }| {
            let Group { provider, standing } = of;
            let count = u64::try_from(count).map_err(StoreError::unreadable)?;
            Ok(Census { provider, standing, count, oldest: oldest.0 })
        };
        counted.into_iter().map(census).collect()
    }
}
