//! What users and runs are known by, and when something was.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use chrono::{DateTime, Utc};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A point in time, UTC, to the microsecond (what every database here keeps).
pub type Timestamp = DateTime<Utc>;

/// Our own id of a user: a UUIDv7, so that ids sort by age.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct UserId(pub Uuid);

impl UserId {
    /// As text of 22 letters, for an address that names many.
    pub fn short(self) -> String {
        URL_SAFE_NO_PAD.encode(self.0.as_bytes())
    }

    /// An id as a UUID or as [`UserId::short`] writes it; none where it is neither.
    pub fn parse(text: &str) -> Option<Self> {
        let short = || Uuid::from_slice(&URL_SAFE_NO_PAD.decode(text).ok()?).ok();
        let id = if text.len() == 22 { short() } else { text.parse().ok() };
        id.map(Self)
    }
}

impl std::fmt::Display for UserId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

/// One piece of work that made many observations: a scan, an import, an undo. A UUIDv7.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct RunId(pub Uuid);

impl std::fmt::Display for RunId {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_read_back_from_both_of_its_forms() {
        let id = UserId(Uuid::from_u128(0x0198_a7f0_22d4_7e19_8b3c_6d10_f9e5_a487));
        assert_eq!((UserId::parse(&id.to_string()), UserId::parse(&id.short())), (Some(id), Some(id)));
        assert_eq!(id.short().len(), 22);
        for odd in ["", "ada", &"A".repeat(21), &"A".repeat(23), &"=".repeat(22), &"é".repeat(11)] {
            assert_eq!(UserId::parse(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_id_shows_as_a_uuid() {
        let id = UserId(Uuid::from_u128(1));
        assert_eq!(id.to_string(), "00000000-0000-0000-0000-000000000001");
        assert_eq!(json!(id), json!(id.to_string()));
    }
}
