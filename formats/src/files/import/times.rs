//! Times as providers write them.

use chrono::{DateTime, Utc};
use identity::Timestamp;
use serde_json::Value as Json;

/// RFC 3339, PostgreSQL's `2024-01-15 10:30:00+00`, `… UTC`, or seconds or milliseconds since 1970. A time
/// without a zone is UTC. What is odd is not stated.
pub(super) fn read(value: &Json) -> Option<Timestamp> {
    match value {
        Json::Number(number) => {
            since_1970(number.as_i64().or_else(|| number.as_f64().map(|float| float as i64))?)
        }
        Json::String(text) => text_time(text.trim()),
        _ => None,
    }
}

fn since_1970(number: i64) -> Option<Timestamp> {
    // Seconds reach this in the year 5138, milliseconds passed it in 1973.
    if number.unsigned_abs() < 100_000_000_000 {
        DateTime::from_timestamp(number, 0)
    } else {
        DateTime::from_timestamp_millis(number)
    }
}

fn text_time(text: &str) -> Option<Timestamp> {
    if let Ok(number) = text.parse() {
        return since_1970(number);
    }
    let with_t = text.replacen(' ', "T", 1);
    let plain = with_t.trim_end_matches("UTC").trim_end();
    let candidates = [plain.to_owned(), format!("{plain}:00"), format!("{plain}Z")];
    candidates
        .iter()
        .find_map(|text| DateTime::parse_from_rfc3339(text).ok())
        .map(|at| at.with_timezone(&Utc))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_time_is_read_as_providers_write_it() {
        for said in [
            json!("2024-01-15T10:30:00Z"),
            json!("2024-01-15T11:30:00.000+01:00"),
            json!("2024-01-15 10:30:00.000000+00"),
            json!("2024-01-15 10:30:00 UTC"),
            json!("2024-01-15T10:30:00"),
            json!("1705314600000"),
            json!(1_705_314_600_000_i64),
            json!(1_705_314_600),
        ] {
            assert_eq!(read(&said).map(|at| at.timestamp()), Some(1_705_314_600), "{said}");
        }
        for odd in [json!(""), json!("1/2/2024 3:04:05 PM"), json!(null), json!("yesterday"), json!([1])] {
            assert_eq!(read(&odd), None, "{odd}");
        }
    }
}
