//! The operators' log as a file: JSON Lines, or CSV for people.

use std::io;

use identity::LogLine;
use serde::Serialize;

use super::cells::{heading, row};
use crate::files::formula::looks_like_formula;
use crate::rfc3339;

/// The columns of the table, and the members of a line behind its schema.
const COLUMNS: [&str; 8] = ["id", "at", "act", "by", "user", "reason", "detail", "request"];

#[derive(Serialize)]
struct Line<'a> {
    schema: &'static str,
    id: String,
    at: String,
    act: String,
    by: String,
    user: Option<String>,
    reason: Option<&'a str>,
    detail: Option<&'a str>,
    request: Option<&'a str>,
}

/// The heading of the table.
pub fn operator_log_heading() -> Vec<u8> {
    heading(&COLUMNS)
}

/// A line as a row of the table; what a spreadsheet would take for a formula has an apostrophe before it.
///
/// # Errors
/// It cannot be written as CSV.
pub fn operator_log_row(line: &LogLine) -> io::Result<Vec<u8>> {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let cells = [
        line.id.to_string(),
        rfc3339(line.at),
        line.act.to_string(),
        line.actor.to_string(),
        line.user.map(|user| user.to_string()).unwrap_or_default(),
        text(&line.reason),
        text(&line.detail),
        text(&line.request),
    ];
    let cells = cells.map(|cell| if looks_like_formula(&cell) { format!("'{cell}") } else { cell });
    row(cells.iter().map(String::as_str)).map_err(|_| io::Error::other("a line cannot be written as CSV"))
}

/// A line as JSON, `sparekey.log/1`, with its end.
///
/// # Errors
/// It cannot be written as JSON.
pub fn operator_log_json(line: &LogLine) -> io::Result<Vec<u8>> {
    let mut json = serde_json::to_vec(&Line {
        schema: "sparekey.log/1",
        id: line.id.to_string(),
        at: rfc3339(line.at),
        act: line.act.to_string(),
        by: line.actor.to_string(),
        user: line.user.map(|user| user.to_string()),
        reason: line.reason.as_deref(),
        detail: line.detail.as_deref(),
        request: line.request.as_deref(),
    })?;
    json.push(b'\n');
    Ok(json)
}

#[cfg(test)]
mod tests {
    use identity::{Act, Actor, UserId};
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_line_says_the_same_in_both_and_no_reason_is_a_formula() {
        let line = LogLine {
            id: Uuid::from_u128(7),
            at: "2026-11-30T10:00:00.5Z".parse().unwrap(),
            actor: Actor::Cli("ada".to_owned()),
            act: Act::Disable,
            user: Some(UserId(Uuid::from_u128(8))),
            reason: Some("=cmd|' /C calc'!A0, \"quoted\"".to_owned()),
            detail: None,
            request: None,
        };
        let row = String::from_utf8(operator_log_row(&line).unwrap()).unwrap();
        assert!(
            row.ends_with(",,\r\n") && row.contains(",\"'=cmd|' /C calc'!A0, \"\"quoted\"\"\","),
            "{row}"
        );
        let json: serde_json::Value = serde_json::from_slice(&operator_log_json(&line).unwrap()).unwrap();
        assert_eq!(json["schema"], "sparekey.log/1");
        let columns = String::from_utf8(operator_log_heading()).unwrap();
        let names: Vec<&str> = columns.trim_end().split(',').collect();
        assert!(names.iter().all(|name| json.get(*name).is_some()) && json.as_object().unwrap().len() == 9);
        assert_eq!(json["reason"], line.reason.as_deref().unwrap());
    }
}
