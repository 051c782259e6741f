//! Records of people, as admin interfaces give them: one that is odd costs itself, and not its list.

use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::Code;
use crate::json::{self, Members, Rule};
use crate::text::Text;

/// Reads one record. What is odd in it, or larger than 64 KiB, counts as absent. None where it is no object, or the
/// member `name`, by which it is known, cannot be read or is there twice with different values.
pub fn record(text: &[u8], name: &str) -> Option<Map<String, Value>> {
    object(&Text::tolerant(text, None).without_mark(), name)
}

/// Reads an answer that holds records: a list of them, or an object in which they or lists of them are members. A record
/// that cannot be read is null. None where it is no JSON.
pub fn records(body: &[u8], name: &str) -> Option<Value> {
    let text = Text::tolerant(body, None).without_mark();
    let whole: &RawValue = serde_json::from_str(text.as_str()).ok()?;
    if !whole.get().starts_with('{') {
        return part(&text, whole, name);
    }
    let Members(members) = serde_json::from_str(whole.get()).ok()?;
    let read = members.into_iter().filter_map(|(member, value)| Some((member, part(&text, value, name)?)));
    Some(Value::Object(read.collect()))
}

fn part(text: &Text<'_>, value: &RawValue, name: &str) -> Option<Value> {
    let one = |one: &RawValue| object(&text.part(one.get()), name).map_or(Value::Null, Value::Object);
    match value.get().as_bytes().first()? {
        b'[' => {
            let items: Vec<&RawValue> = serde_json::from_str(value.get()).ok()?;
            Some(items.into_iter().map(one).collect())
        }
        b'{' => Some(one(value)),
        _ => serde_json::from_str(value.get()).ok(),
    }
}

fn object(text: &Text<'_>, name: &str) -> Option<Map<String, Value>> {
    let rule = |member: &str| if member == name { Rule::Refuse } else { Rule::Last };
    json::object(text, Code::AnswerUnexpected, rule).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn deep(levels: usize) -> String {
        format!("{}{}", "[".repeat(levels), "]".repeat(levels))
    }

    #[test]
    fn what_is_odd_costs_itself() {
        let big = "x".repeat(70_000);
        let list = format!(
            r#"[{{"id":"1"}},{{"id":"2","name":"\ud83d","picture":"{big}","deep":{}}},{{"id":"3","id":"4"}},7,
               {{"id":{}}},{{"id":"6","id":"6","name":"Ada"}}]"#,
            deep(400),
            deep(400)
        );
        let read = json!([
            { "id": "1" }, { "id": "2", "name": "\u{fffd}" }, null, null, null, { "id": "6", "name": "Ada" },
        ]);
        assert_eq!(records(list.as_bytes(), "id"), Some(read.clone()));
        let answer =
            format!("\u{feff}{{\"users\":{list},\"next\":\"t\",\"pages\":{{\"count\":6}},\"none\":null}}");
        let expected = json!({ "users": read, "next": "t", "pages": { "count": 6 }, "none": null });
        assert_eq!(records(answer.as_bytes(), "id"), Some(expected));
    }

    #[test]
    fn one_record_is_read_as_it_is_in_a_list() {
        let one = |text: &[u8]| record(text, "id").map(Value::Object);
        assert_eq!(one(br#"{"id":"1","tags":["a"]}"#), Some(json!({ "id": "1", "tags": ["a"] })));
        assert_eq!(one(b"{\"id\":\"1\",\"name\":\"\xff\"}"), Some(json!({ "id": "1", "name": "\u{fffd}" })));
        assert_eq!(one(b"{\"id\":\"\xff\"}"), None);
        for none in ["[]", "7", "", r#"{"id":"1""#] {
            assert_eq!(one(none.as_bytes()), None, "{none}");
        }
    }

    #[test]
    fn a_number_is_one_and_what_is_no_json_is_none() {
        assert_eq!(records(b" 7 ", "id"), Some(json!(7)));
        for none in ["", "<html>", "[1", r#"{"a":}"#] {
            assert_eq!(records(none.as_bytes(), "id"), None, "{none}");
        }
    }
}
