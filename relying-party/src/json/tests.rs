//! What an odd member costs.

use super::*;
use proptest::prelude::*;
use serde_json::json;

const BAD: Code = Code::TokenMalformed;

fn by(rule: Rule, text: &str) -> Result<Value, Code> {
    object(&Text::strict(text.as_bytes(), BAD).unwrap(), BAD, |_| rule).map(Value::Object)
}

fn lossily(rule: Rule, bytes: &[u8]) -> Result<Value, Code> {
    object(&Text::tolerant(bytes, None), BAD, |_| rule).map(Value::Object)
}

const ALL: [Rule; 4] = [Rule::Refuse, Rule::Once, Rule::Absent, Rule::Last];

fn number(text: &str) -> Option<i64> {
    seconds(by(Rule::Refuse, text).unwrap().as_object().unwrap(), "n")
}

fn nested(depth: usize) -> String {
    format!(r#"{{"a":1,"n":{}{}}}"#, "[".repeat(depth), "]".repeat(depth))
}

#[test]
fn every_kind_of_value_is_read_as_it_stands() {
    let text = r#"{"a":[1,-2,3.5,"é\n",true,null,{}],"b":{"c":"\ud83d\ude00"},"d":18446744073709551615}"#;
    let expected = json!({"a":[1,-2,3.5,"é\n",true,null,{}],"b":{"c":"😀"},"d":u64::MAX});
    for rule in ALL {
        assert_eq!(by(rule, text), Ok(expected.clone()));
    }
}

#[test]
fn a_member_twice_with_the_same_value_is_there_once() {
    for text in [
        r#"{"a":1,"a":1}"#,
        r#"{"a":1,"\u0061":1}"#,
        r#"{"a":{"b":[1,{}],"c":2},"a":{"c":2,"b":[1, {}]}}"#,
        r#"{"x":[{"a":"é","a":"\u00e9"}]}"#,
    ] {
        for rule in ALL {
            let read = by(rule, text).unwrap();
            assert_eq!(read.as_object().unwrap().len(), 1, "{text}");
            assert_eq!(read["a"].is_null(), text.contains('x'), "{text}");
        }
    }
}

#[test]
fn a_member_twice_with_different_values_costs_what_its_rule_says() {
    for (text, last) in [
        (r#"{"o":0,"a":1,"a":2}"#, json!({"o":0,"a":2})),
        (r#"{"o":0,"a":1,"b":2,"\u0061":3}"#, json!({"o":0,"a":3,"b":2})),
        (r#"{"o":0,"a":1,"a":1,"a":2}"#, json!({"o":0,"a":2})),
        (r#"{"o":0,"a":{"b":1,"b":2}}"#, json!({"o":0,"a":{"b":2}})),
        (r#"{"o":0,"a":[[{"y":{"b":1,"b":2}}]]}"#, json!({"o":0,"a":[[{"y":{"b":2}}]]})),
    ] {
        assert_eq!(by(Rule::Refuse, text), Err(Code::DuplicateMember), "{text}");
        assert_eq!(by(Rule::Once, text), Err(Code::DuplicateMember), "{text}");
        let mut without = last.clone();
        without.as_object_mut().unwrap().remove("a");
        assert_eq!(by(Rule::Absent, text), Ok(without), "{text}");
        assert_eq!(by(Rule::Last, text), Ok(last), "{text}");
    }
    assert!(by(Rule::Refuse, r#"{"a":{"a":1},"A":1}"#).is_ok());
}

#[test]
fn what_is_nested_too_deep_costs_what_its_rule_says() {
    for rule in ALL {
        assert!(by(rule, &nested(DEEPEST)).unwrap()["n"].is_array());
    }
    for depth in [DEEPEST + 1, 130, 10_000] {
        assert_eq!(by(Rule::Refuse, &nested(depth)), Err(BAD));
        for rule in [Rule::Once, Rule::Absent, Rule::Last] {
            assert_eq!(by(rule, &nested(depth)), Ok(json!({"a":1})));
        }
    }
    let objects = format!(r#"{{"a":1,"n":{}1{}}}"#, r#"{"x":"#.repeat(101), "}".repeat(101));
    assert_eq!(by(Rule::Last, &objects), Ok(json!({"a":1})));
}

#[test]
fn bytes_that_are_no_utf8_cost_what_their_rule_says() {
    for bytes in [&b"{\"a\":1,\"n\":\"J\xf6rg\"}"[..], b"{\"a\":1,\"n\":[{\"x\":\"J\xc3\"}]}"] {
        assert_eq!(lossily(Rule::Refuse, bytes), Err(BAD));
        assert_eq!(lossily(Rule::Once, bytes), Ok(json!({"a":1})));
        assert_eq!(lossily(Rule::Absent, bytes), Ok(json!({"a":1})));
        let read = lossily(Rule::Last, bytes).unwrap();
        assert!(read["n"].to_string().contains("J\u{fffd}"), "{read}");
    }
    // Other members are as good as ever, and so are letters beyond ASCII.
    let read = lossily(Rule::Absent, "{\"a\":\"é\",\"n\":\"x\"}".as_bytes());
    assert_eq!(read, Ok(json!({"a":"é","n":"x"})));
}

#[test]
fn a_value_that_no_check_needs_is_small() {
    let of = |size: usize| format!(r#"{{"a":1,"n":"{}"}}"#, "x".repeat(size - 2));
    for rule in ALL {
        assert!(by(rule, &of(LARGEST)).unwrap()["n"].is_string());
    }
    for rule in [Rule::Absent, Rule::Last] {
        assert_eq!(by(rule, &of(LARGEST + 1)), Ok(json!({"a":1})));
    }
    for rule in [Rule::Refuse, Rule::Once] {
        assert!(by(rule, &of(LARGEST + 1)).unwrap()["n"].is_string());
    }
}

#[test]
fn numbers_keep_all_their_digits() {
    let text = r#"{"a":9007199254740993,"b":123456789012345678901234567890,"c":0.12345678901234567890123,"d":1e400}"#;
    for rule in ALL {
        let read = by(rule, text).unwrap().to_string();
        assert_eq!(read.replace("1e+400", "1e400"), text);
    }
}

#[test]
fn the_name_that_serde_json_keeps_for_numbers_is_nobodys() {
    for text in [
        r#"{"a":1,"$serde_json::private::Number":"5"}"#,
        r#"{"a":1,"b":{"$serde_json::private::Number":"x"}}"#,
        r#"{"a":1,"b":[{"c":1,"\u0024serde_json::private::Number":"5"}]}"#,
        r#"{"a":1,"b":{"$serde_json::private::RawValue":"5"}}"#,
    ] {
        let read = by(Rule::Last, text).unwrap();
        assert_eq!(read, json!({"a":1}), "{text}");
        assert_eq!(serde_json::from_str::<Value>(&read.to_string()).unwrap(), read);
    }
}

#[test]
fn what_is_no_object_is_refused() {
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
        r#"{"a":NaN}"#,
        r#"{"a":01}"#,
        r#"{"a":"\ud8"}"#,
        r#"{"a":[}"#,
    ] {
        for rule in ALL {
            assert_eq!(by(rule, text), Err(BAD), "{text}");
        }
    }
    assert!(by(Rule::Refuse, " {} \n").is_ok());
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
        for rule in ALL {
            assert_eq!(by(rule, text).unwrap()["n"], expected, "{text}");
        }
    }
}

#[test]
fn a_list_is_read_object_by_object() {
    let of = |text: &str| list(&Text::strict(text.as_bytes(), BAD).unwrap(), "keys", BAD);
    let read = of(r#"{"keys":[{"a":1,"a":2},{"a":3},5,null,{"b":4,"b":4}],"b":1,"b":2}"#).unwrap();
    assert_eq!(json!(read), json!([{"a":3},{"b":4}]));
    assert!(of(r#"{"keys":[{}],"keys":[{}]}"#).is_ok());
    assert_eq!(of(r#"{"keys":[{}],"keys":[]}"#), Err(BAD));
    for odd in ["{}", "[]", r#"{"keys":{}}"#, r#"{"keys":null}"#, ""] {
        assert_eq!(of(odd), Err(BAD), "{odd}");
    }
}

#[test]
fn times_are_numbers_whole_or_not() {
    assert_eq!(number(r#"{"n":1700000000}"#), Some(1_700_000_000));
    assert_eq!(number(r#"{"n":1700000000.9}"#), Some(1_700_000_000));
    assert_eq!(number(r#"{"n":1.7e9}"#), Some(1_700_000_000));
    assert_eq!(number(r#"{"n":-5}"#), Some(-5));
    assert_eq!(number(r#"{"n":18446744073709551615}"#), Some(i64::MAX));
    assert_eq!(number(r#"{"n":1e300}"#), Some(i64::MAX));
    assert_eq!(number(r#"{"n":-1e300}"#), Some(i64::MIN));
    let odd = ["\"1700000000\"", "true", "null", "[1]", "1e400", "{\"a\":1}"];
    for odd in odd.map(|value| format!("{{\"n\":{value}}}")) {
        assert_eq!(number(&odd), None, "{odd}");
    }
    assert_eq!(number("{}"), None);
}

#[test]
fn null_is_not_present() {
    let read = by(Rule::Refuse, r#"{"a":null,"b":false}"#).unwrap();
    let read = read.as_object().unwrap();
    assert_eq!(present(read, "a"), None);
    assert_eq!(present(read, "b"), Some(&Value::Bool(false)));
    assert_eq!(present(read, "c"), None);
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
        for rule in ALL {
            let _ = lossily(rule, &bytes);
        }
    }

    #[test]
    fn arbitrary_escapes_never_panic(text in r#"\{"a":"(\\u[dD][0-9a-fA-F]{0,3}|\\|x|é)*"\}"#) {
        let _ = by(Rule::Refuse, &text);
    }

    #[test]
    fn a_text_comes_through_unchanged(text in any::<String>()) {
        let read = by(Rule::Refuse, &json!({ "n": text }).to_string()).unwrap();
        prop_assert_eq!(&read["n"], &json!(text));
    }
}
