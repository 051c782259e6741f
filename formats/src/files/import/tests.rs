//! Files as the providers' own tools write them (`formats/fixtures`), and files that nobody should have written.

mod bad;
mod providers;

use identity::Field;
use serde_json::{Value as Json, json};

use super::*;

fn options() -> Options {
    Options { subject: None, now: Timestamp::from_timestamp(1_800_000_000, 0).unwrap() }
}

fn all(format: Format, bytes: &[u8]) -> Vec<Result<Item, Problem>> {
    read(bytes, format, options()).collect()
}

/// The people of a file without a fault.
fn people(format: Format, text: &str) -> Vec<Record> {
    let items = all(format, text.as_bytes()).into_iter();
    items
        .filter_map(|item| if let Item::Record(record) = item.unwrap() { Some(*record) } else { None })
        .collect()
}

/// Some claims of a record, in the order asked for.
fn claims(record: &Record, names: &[&str]) -> Json {
    names.iter().map(|name| record.claims.get(*name).cloned().unwrap_or(Json::Null)).collect()
}

fn speaks_of(record: &Record, field: Field) -> bool {
    matches!(&record.extent, Extent::Full(names) if names.contains(field.as_str()))
}

fn problems(format: Format, bytes: &[u8]) -> Vec<String> {
    all(format, bytes).into_iter().filter_map(Result::err).map(|problem| problem.to_string()).collect()
}
