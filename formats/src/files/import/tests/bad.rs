//! Broken lines, wrong encodings, a million columns: told by place, bounded, and the others go on.

use super::*;

fn subjects(format: Format, bytes: &[u8]) -> Vec<String> {
    let items = all(format, bytes).into_iter().filter_map(Result::ok);
    let records = items.filter_map(|item| if let Item::Record(record) = item { Some(record) } else { None });
    records.filter_map(|record| record.subject).collect()
}

#[test]
fn a_broken_line_is_named_and_the_others_go_on() {
    let text = "{\"user_id\":\"1\"}\n\n{\"user_id\":\"2\",\n{\"user_id\":\"3\"}\nnonsense\n[1]\n{\"email\":\"x\"}\n{\"user_id\":\"4\"}";
    assert_eq!(subjects(Format::Auth0, text.as_bytes()), ["1", "3", "4"]);
    let told = problems(Format::Auth0, text.as_bytes());
    assert_eq!(told.len(), 4);
    for (told, line) in told.iter().zip([3, 5, 6, 7]) {
        assert!(told.starts_with(&format!("line {line}: ")), "{told}");
    }
}

#[test]
fn a_broken_element_is_named_by_its_number() {
    let text = br#"[{"id":"1","username":"a"},
        {"id":"2","username":b},
        7, "x", {"username":"c"},
        {"id":"3","username":"d"}]"#;
    assert_eq!(subjects(Format::Keycloak, text), ["1", "3"]);
    let told = problems(Format::Keycloak, text);
    let begins = ["number 2 (line 2): ", "number 3 (line 3): ", "number 4 (line 3): ", "number 5 (line 3): "];
    assert!(
        told.len() == 4 && told.iter().zip(begins).all(|(told, begin)| told.starts_with(begin)),
        "{told:?}"
    );
}

#[test]
fn no_message_repeats_what_stands_in_the_file() {
    for (format, text) in [
        (Format::Auth0, r#"{"user_id":"1","email":"ada@example.com" SECRET}"#),
        (Format::Keycloak, r#"[{"id":"1","SECRET":SECRET}]"#),
        (Format::Sparekey, r#"{"schema":"sparekey.user/1","id":"SECRET"}"#),
        (Format::Kinde, "id,email\n1,ada@example.com,SECRET\n"),
    ] {
        let told = problems(format, text.as_bytes());
        assert!(told.len() == 1 && !told[0].contains("SECRET"), "{told:?}");
    }
}

#[test]
fn a_file_that_was_cut_short_is_told() {
    let whole = br#"{"users":[{"id":"1","username":"a"},{"id":"2","username":"b"}]}"#;
    assert!(problems(Format::Keycloak, whole).is_empty());
    for cut in [whole.len() - 1, whole.len() - 2, whole.len() - 4, 40, 20, 12, 5] {
        assert!(
            !problems(Format::Keycloak, &whole[..cut]).is_empty(),
            "{}",
            String::from_utf8_lossy(&whole[..cut])
        );
    }
    assert_eq!(subjects(Format::Keycloak, &whole[..whole.len() - 4]), ["1"]);
}

#[test]
fn encodings_and_containers_are_told_by_name() {
    let utf16: Vec<u8> = "\u{feff}{\"users\":[]}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let without_mark = &utf16[2..];
    for (bytes, word) in [
        (&utf16[..], "UTF-16"),
        (without_mark, "UTF-16"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b"PK\x03\x04", "ZIP"),
        (b"", "empty"),
        (b" \n ", "empty"),
    ] {
        let told = problems(Format::Clerk, bytes);
        assert!(told.len() == 1 && told[0].contains(word), "{word}: {told:?}");
    }
    let latin = b"id,email,first_name\n1,a@b.example,Ad\xe9le\n2,b@b.example,Ada\n";
    assert_eq!(subjects(Format::Kinde, latin), ["2"]);
    assert!(problems(Format::Kinde, latin)[0].contains("line 2: not UTF-8"));
    let latin = b"{\"user_id\":\"1\",\"name\":\"Ad\xe9le\"}\n{\"user_id\":\"2\"}\n";
    assert!(problems(Format::Auth0, latin)[0].contains("line 1: not UTF-8"));
    assert_eq!(subjects(Format::Auth0, latin), ["2"]);
}

#[test]
fn utf_8s_mark_is_taken_away() {
    for text in ["\u{feff}id,email\n1,a@b.example\n", "\u{feff}{\"id\":\"1\",\"email\":\"a@b.example\"}"] {
        assert_eq!(subjects(Format::Kinde, text.as_bytes()), ["1"]);
    }
}

#[test]
fn a_million_columns_and_a_huge_row_are_refused_and_the_next_row_goes_on() {
    let wide = format!("id,email\n1,a@b.example\n{}\n2,b@b.example\n", ",".repeat(1_000_000));
    assert_eq!(subjects(Format::Kinde, wide.as_bytes()), ["1", "2"]);
    assert_eq!(problems(Format::Kinde, wide.as_bytes()), ["line 3: more than 4096 columns"]);
    let headings = format!("id{}\n", ",x".repeat(1_000_000));
    assert_eq!(problems(Format::Kinde, headings.as_bytes()), ["line 1: more than 4096 columns"]);
    let long = format!("id,email\n1,{}\n2,b@b.example\n", "x".repeat(LARGEST + 1));
    assert_eq!(subjects(Format::Kinde, long.as_bytes()), ["2"]);
    assert_eq!(problems(Format::Kinde, long.as_bytes()).len(), 1);
    let open = format!("id,email\n1,\"{}\n2,b@b.example\n", "x".repeat(LARGEST));
    assert!(problems(Format::Kinde, open.as_bytes())[0].contains("a quote is never closed"));
}

#[test]
fn a_huge_line_or_element_is_refused_and_the_next_goes_on() {
    let long = "x".repeat(LARGEST + 1);
    let lines = format!("{{\"user_id\":\"1\",\"a\":\"{long}\"}}\n{{\"user_id\":\"2\"}}\n");
    assert_eq!(subjects(Format::Auth0, lines.as_bytes()), ["2"]);
    assert_eq!(problems(Format::Auth0, lines.as_bytes()), ["line 1: longer than 4 MiB"]);
    let array = format!(
        r#"{{"realm":"r","clients":["{long}"],"users":[{{"id":"1","a":"{long}"}},{{"id":"2","username":"b"}}]}}"#
    );
    assert_eq!(subjects(Format::Keycloak, array.as_bytes()), ["2"]);
    assert_eq!(problems(Format::Keycloak, array.as_bytes()), ["number 1 (line 1): longer than 4 MiB"]);
}

#[test]
fn deep_nesting_is_refused_and_ends_no_process() {
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!("[{{\"id\":\"1\",\"a\":{deep}}},{{\"id\":\"2\",\"username\":\"b\"}}]");
    assert_eq!(subjects(Format::Keycloak, text.as_bytes()), ["2"]);
    assert!(problems(Format::Keycloak, text.as_bytes())[0].starts_with("number 1 (line 1): not JSON"));
}

#[test]
fn a_row_of_another_width_is_named_and_a_blank_line_is_none() {
    let text = "id,email\n1,a@b.example\n\n2\n3,c@b.example,extra\n4,d@b.example,\n5,\"e\n@b.example\"\n6,f@b.example\n";
    assert_eq!(subjects(Format::Kinde, text.as_bytes()), ["1", "4", "5", "6"]);
    let told = problems(Format::Kinde, text.as_bytes());
    assert_eq!(told[0], "line 4: 1 cells, where the first line has 2 columns");
    assert_eq!(told[1], "line 5: 3 cells, where the first line has 2 columns");
    let last = all(Format::Kinde, text.as_bytes()).pop().unwrap().unwrap();
    assert!(matches!(last, Item::Record(record) if record.place == Place::Line(9)));
}

#[test]
fn the_delimiter_is_that_of_the_headings_and_not_of_a_comment_before_them() {
    for text in ["# a; b; c\nid,username\nuser_1,ada\n", "# a, b\nid;username\nuser_1;ada\n"] {
        assert_eq!(subjects(Format::Clerk, text.as_bytes()), ["user_1"]);
    }
}

#[test]
fn another_formats_file_is_told() {
    assert!(problems(Format::Okta, b"foo,bar\n1,2\n")[0].contains("names no column of okta"));
    assert!(problems(Format::Kinde, b"id,email,email\n1,2,3\n")[0].contains("a column is there twice"));
    assert!(problems(Format::Csv, b"[{}]")[0].contains("csv is a table"));
    assert!(problems(Format::Scim, b"a,b\n")[0].contains("this is no JSON"));
    assert!(problems(Format::Firebase, b"a,b,c\n")[0].contains("3 columns"));
    assert!(problems(Format::Auth0, b"[{\"id\":\"1\"}]")[0].contains("no id of the account"));
    assert!(problems(Format::Okta, b"[{\"foo\":\"1\"}]")[0].contains("nothing of a person"));
}

#[test]
fn a_subject_that_no_database_can_hold_is_named() {
    let long = format!("{{\"user_id\":\"{}\"}}\n{{\"user_id\":\"{}\"}}", "x".repeat(256), "x".repeat(255));
    assert_eq!(subjects(Format::Auth0, long.as_bytes()).len(), 1);
    assert!(problems(Format::Auth0, long.as_bytes())[0].contains("255 bytes"));
    assert!(problems(Format::Auth0, br#"{"user_id":"a\u0000b"}"#)[0].contains("255 bytes"));
    assert_eq!(subjects(Format::Clerk, br#"[{"id":17}]"#), ["17"]);
}

#[test]
fn what_only_a_token_may_state_is_not_taken_from_a_file() {
    let text =
        br#"[{"id":"1","username":"a","iss":"https://evil.example","aud":"x","auth_time":1,"city":"y"}]"#;
    let Some(Ok(Item::Record(record))) = all(Format::Keycloak, text).pop() else { panic!() };
    assert_eq!(claims(&record, &["iss", "aud", "auth_time", "city"]), json!([null, null, null, "y"]));
}

#[test]
fn our_own_lines_are_read_and_others_named() {
    let good = r#"{"schema":"sparekey.user/1","id":"00000000-0000-0000-0000-000000000001","status":"active","email":null,"email_verified":null,"name":null,"given_name":null,"family_name":null,"preferred_username":null,"picture":null,"phone_number":null,"phone_number_verified":null,"locale":null,"zoneinfo":null,"identities":[{"provider":"main","issuer":"https://a.example","subject":"s","standing":"present","first_seen_at":"2026-11-21T10:00:00Z","last_seen_at":"2026-11-21T10:00:00Z","claims":{"at_hash":"x","a":"[1]"}}],"created_at":"2026-11-21T10:00:00Z","updated_at":"2026-11-21T10:00:00Z","last_login_at":null,"login_count":0}"#;
    let newer = good.replace("sparekey.user/1", "sparekey.user/9");
    let nobody = good.replace(r#""subject":"s""#, r#""subject":"""#);
    let text = format!("{good}\n{newer}\n{nobody}\n");
    let items = all(Format::Sparekey, text.as_bytes());
    let Ok(Item::Line(Place::Line(1), line)) = &items[0] else { panic!("{items:?}") };
    assert_eq!(json!(line.identities[0].claims), json!({"a": "[1]", "at_hash": "x"}));
    assert_eq!(problems(Format::Sparekey, text.as_bytes()).len(), 2);
    assert!(problems(Format::Sparekey, b"id,email\n")[0].contains("this is no JSON"));
}
