//! A JSON reader for what others send us.
//!
//! `serde_json::Value` silently keeps the last of two members with one name, and two readers that
//! disagree about which one counts are how checks are got past (RFC 8725 2.5, RFC 7519 4). It also
//! refuses a whole text for half an emoji in somebody's name; here such a half becomes U+FFFD.

use crate::Code;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use std::borrow::Cow;
use std::cell::Cell;
use std::fmt;

/// What a half of a surrogate pair was replaced with; never trusted in a protocol claim.
const UNREADABLE: char = char::REPLACEMENT_CHARACTER;

/// Reads one object; a member that is there twice, at any depth, is refused.
pub(crate) fn object(bytes: &[u8], malformed: Code) -> Result<Map<String, Value>, Code> {
    let repeated = Cell::new(false);
    let value = read(bytes, &repeated).ok_or(malformed)?;
    match (value, repeated.get()) {
        (_, true) => Err(Code::DuplicateMember),
        (Value::Object(object), false) => Ok(object),
        _ => Err(malformed),
    }
}

/// Reads one object of which only parts may matter (metadata, key sets): an object inside it that
/// has a member twice is null, so that it costs nothing but itself.
pub(crate) fn tolerant(bytes: &[u8], malformed: Code) -> Result<Map<String, Value>, Code> {
    match read(bytes, &Cell::new(false)) {
        Some(Value::Object(object)) => Ok(object),
        _ => Err(malformed),
    }
}

/// A member that is there and not null.
pub(crate) fn present<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    object.get(name).filter(|value| !value.is_null())
}

/// A text; anything else counts as absent.
pub(crate) fn text<'a>(object: &'a Map<String, Value>, name: &str) -> Option<&'a str> {
    object.get(name).and_then(Value::as_str)
}

/// A NumericDate (RFC 7519 2), whole or not, in seconds; anything else counts as absent.
/// What lies beyond 64 bits is brought to their ends.
pub(crate) fn seconds(object: &Map<String, Value>, name: &str) -> Option<i64> {
    let number = object.get(name)?.as_number()?;
    number.as_i64().or_else(|| number.as_f64().map(|seconds| seconds as i64))
}

/// Whether a text can name something: 1 to 255 bytes, no NUL, nothing that was unreadable.
pub(crate) fn is_name(text: &str) -> bool {
    (1..=255).contains(&text.len()) && !text.contains(['\0', UNREADABLE])
}

fn read(bytes: &[u8], repeated: &Cell<bool>) -> Option<Value> {
    let mended = mend_surrogates(bytes);
    let mut reader = serde_json::Deserializer::from_slice(&mended);
    let value = Reader { repeated }.deserialize(&mut reader).ok()?;
    reader.end().ok()?;
    Some(value)
}

/// Replaces `\uD800` to `\uDFFF` that are not two halves of one character by `\ufffd`. A backslash
/// can only be inside a text, so no more of the grammar has to be known.
fn mend_surrogates(bytes: &[u8]) -> Cow<'_, [u8]> {
    let mut mended = Cow::Borrowed(bytes);
    let mut at = 0;
    while at < bytes.len() {
        at += match (bytes[at], unit(bytes, at), unit(bytes, at + 6)) {
            (_, Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (_, Some(0xD800..=0xDFFF), _) => {
                mended.to_mut()[at..at + 6].copy_from_slice(b"\\ufffd");
                6
            }
            (b'\\', ..) => 2,
            _ => 1,
        };
    }
    mended
}

/// The UTF-16 unit of a `\uXXXX` that begins here.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}

#[derive(Clone, Copy)]
struct Reader<'a> {
    repeated: &'a Cell<bool>,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E: Error>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E: Error>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E: Error>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_u64<E: Error>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E: Error>(self, value: &str) -> Result<Value, E> {
        Ok(Value::from(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(Value::Array(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        let mut twice = false;
        while let Some(name) = members.next_key::<String>()? {
            twice |= object.insert(name, members.next_value_seed(self)?).is_some();
        }
        if twice {
            self.repeated.set(true);
            return Ok(Value::Null);
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use serde_json::json;

    const BAD: Code = Code::TokenMalformed;

    fn member(text: &str) -> Option<i64> {
        seconds(&object(text.as_bytes(), BAD).unwrap(), "n")
    }

    #[test]
    fn every_kind_of_value_is_read_as_it_stands() {
        let text = r#"{"a":[1,-2,3.5,"é\n",true,null,{}],"b":{"c":"\ud83d\ude00"},"d":18446744073709551615}"#;
        let expected = json!({"a":[1,-2,3.5,"é\n",true,null,{}],"b":{"c":"😀"},"d":u64::MAX});
        assert_eq!(Value::Object(object(text.as_bytes(), BAD).unwrap()), expected);
        assert_eq!(Value::Object(tolerant(text.as_bytes(), BAD).unwrap()), expected);
    }

    #[test]
    fn a_member_twice_is_refused_at_every_depth() {
        for text in [
            r#"{"a":1,"a":1}"#,
            r#"{"a":1,"b":2,"\u0061":3}"#,
            r#"{"x":{"a":1,"a":2}}"#,
            r#"{"x":[[{"y":{"a":1,"a":2}}]]}"#,
        ] {
            assert_eq!(object(text.as_bytes(), BAD), Err(Code::DuplicateMember), "{text}");
        }
        assert!(object(br#"{"a":{"a":1},"A":1}"#, BAD).is_ok());
    }

    #[test]
    fn where_parts_may_be_odd_a_member_twice_costs_only_its_object() {
        let read = tolerant(br#"{"keys":[{"a":1,"a":2},{"a":3}],"b":1}"#, BAD).unwrap();
        assert_eq!(Value::Object(read), json!({"keys":[null,{"a":3}],"b":1}));
        assert_eq!(tolerant(br#"{"a":1,"a":2}"#, BAD), Err(BAD));
    }

    #[test]
    fn what_is_no_object_is_refused() {
        let deep = format!("{{\"a\":{}{}}}", "[".repeat(1000), "]".repeat(1000));
        for text in [
            "",
            " ",
            "null",
            "[]",
            "1",
            "\"a\"",
            "{",
            "{}x",
            "{}{}",
            "\u{feff}{}",
            "{'a':1}",
            r#"{"a":1,}"#,
            r#"{"a":1e400}"#,
            r#"{"a":NaN}"#,
            r#"{"a":01}"#,
            r#"{"a":"\ud8"}"#,
            &deep,
        ] {
            assert_eq!(object(text.as_bytes(), BAD), Err(BAD), "{text}");
            assert_eq!(tolerant(text.as_bytes(), BAD), Err(BAD), "{text}");
        }
        assert_eq!(object(b"{\"a\":\"\xff\"}", BAD), Err(BAD));
        assert!(object(b" {} \n", BAD).is_ok());
    }

    #[test]
    fn half_an_emoji_costs_nothing_but_itself() {
        let cases = [
            (r#"{"n":"a\ud83d"}"#, "a\u{fffd}"),
            (r#"{"n":"\ude00b"}"#, "\u{fffd}b"),
            (r#"{"n":"\ud83d\ud83d\ude00"}"#, "\u{fffd}😀"),
            (r#"{"n":"\uD83Dx"}"#, "\u{fffd}x"),
            (r#"{"n":"\ud83d\\ude00"}"#, "\u{fffd}\\ude00"),
            (r#"{"n":"\\ud83d"}"#, "\\ud83d"),
            (r#"{"n":"\ud7ff\ue000"}"#, "\u{d7ff}\u{e000}"),
            (r#"{"n":"\udbff\udfff\ud800\udc00"}"#, "\u{10ffff}\u{10000}"),
        ];
        for (text, expected) in cases {
            let read = object(text.as_bytes(), BAD).unwrap();
            assert_eq!(super::text(&read, "n"), Some(expected), "{text}");
        }
    }

    #[test]
    fn times_are_numbers_whole_or_not() {
        assert_eq!(member(r#"{"n":1700000000}"#), Some(1_700_000_000));
        assert_eq!(member(r#"{"n":1700000000.9}"#), Some(1_700_000_000));
        assert_eq!(member(r#"{"n":1.7e9}"#), Some(1_700_000_000));
        assert_eq!(member(r#"{"n":-5}"#), Some(-5));
        assert_eq!(member(r#"{"n":18446744073709551615}"#), Some(i64::MAX));
        assert_eq!(member(r#"{"n":1e300}"#), Some(i64::MAX));
        assert_eq!(member(r#"{"n":-1e300}"#), Some(i64::MIN));
        for odd in [r#"{"n":"1700000000"}"#, r#"{"n":true}"#, r#"{"n":null}"#, r#"{"n":[1]}"#, "{}"] {
            assert_eq!(member(odd), None, "{odd}");
        }
    }

    #[test]
    fn null_is_not_present() {
        let read = object(br#"{"a":null,"b":false}"#, BAD).unwrap();
        assert_eq!(present(&read, "a"), None);
        assert_eq!(present(&read, "b"), Some(&Value::Bool(false)));
        assert_eq!(present(&read, "c"), None);
    }

    #[test]
    fn a_name_has_1_to_255_bytes_and_is_readable() {
        assert!(is_name("a") && is_name(" é ") && is_name(&"a".repeat(255)));
        assert!(!is_name("") && !is_name(&"a".repeat(256)) && !is_name(&"é".repeat(128)));
        assert!(!is_name("a\0") && !is_name("a\u{fffd}"));
    }

    proptest! {
        #[test]
        fn arbitrary_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = object(&bytes, BAD);
        }

        #[test]
        fn arbitrary_escapes_never_panic(text in r#"\{"a":"(\\u[dD][0-9a-fA-F]{0,3}|\\|x)*"\}"#) {
            let _ = object(text.as_bytes(), BAD);
        }

        #[test]
        fn a_text_comes_through_unchanged(text in any::<String>()) {
            let written = json!({ "n": text }).to_string();
            let read = object(written.as_bytes(), BAD).unwrap();
            prop_assert_eq!(super::text(&read, "n"), Some(text.as_str()));
        }
    }
}
