//! The examples of RFC 7644 3.4.2.2, what clients ask, and what must not be read.

use proptest::prelude::*;
use serde_json::{Map, Value as Json, json};

use super::*;
use strum::VariantArray;

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

fn ada() -> Map<String, Json> {
    let ada = json!({
        "schemas": [crate::scim::USER, ENTERPRISE],
        "id": "2819c223", "externalId": "Ada-1", "userName": "ada@Example.com", "active": true,
        "title": "Countess", "userType": "Employee", "nickName": "",
        "name": {"familyName": "Lovelace", "givenName": "Ada"},
        "emails": [
            {"value": "ada@work.example", "type": "work", "primary": true},
            {"value": "ada@home.example", "type": "home"},
        ],
        "photos": [{"value": "https://example.com/Ada.png"}],
        "meta": {"resourceType": "User", "lastModified": "2011-05-13T04:42:34Z", "version": "W/\"Abc\""},
        ENTERPRISE: {"employeeNumber": "1815", "level": 3},
    });
    ada.as_object().unwrap().clone()
}

fn fits(filter: &str) -> bool {
    Filter::parse(filter).unwrap_or_else(|error| panic!("{filter}: {error}")).matches(&ada())
}

#[test]
fn the_examples_of_the_specification_are_read_and_mean_what_they_say() {
    for (filter, expected) in [
        (r#"userName eq "bjensen""#, false),
        (r#"name.familyName co "O'Malley""#, false),
        (r#"userName sw "J""#, false),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:userName sw "A""#, true),
        ("title pr", true),
        (r#"meta.lastModified gt "2011-05-13T04:42:34Z""#, false),
        (r#"meta.lastModified ge "2011-05-13T04:42:34Z""#, true),
        (r#"meta.lastModified lt "2011-05-13T04:42:34Z""#, false),
        (r#"meta.lastModified le "2011-05-13T04:42:34Z""#, true),
        (r#"title pr and userType eq "Employee""#, true),
        (r#"title pr or userType eq "Intern""#, true),
        (r#"schemas eq "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User""#, true),
        (r#"userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")"#, false),
        (
            r#"userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")"#,
            false,
        ),
        (r#"userType eq "Employee" and (emails.type eq "work")"#, true),
        (r#"userType eq "Employee" and emails[type eq "work" and value co "@work.example"]"#, true),
        (
            r#"emails[type eq "work" and value co "@home.example"] or ims[type eq "xmpp" and value co "@foo.com"]"#,
            false,
        ),
    ] {
        assert_eq!(fits(filter), expected, "{filter}");
    }
}

#[test]
fn what_clients_ask_is_understood() {
    for (filter, expected) in [
        (r#"userName eq "ADA@example.COM""#, true),
        (r#"USERNAME EQ "ada@example.com""#, true),
        (r#"emails[type eq "work"].value eq "Ada@Work.Example""#, true),
        (r#"emails[type eq "home"].value eq "ada@work.example""#, false),
        (r#"userName eq "x" and externalId eq "Ada-1""#, false),
        (r#"(userName eq "x") or ((externalId eq "Ada-1"))"#, true),
        (r#"active eq "True""#, true),
        ("active eq true", true),
        ("active eq False", false),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:employeeNumber eq "1815""#, true),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:level ge 3"#, true),
        (r#"urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:level gt 3.5"#, false),
        (r#"  title   eq	"countess"  "#, true),
    ] {
        assert_eq!(fits(filter), expected, "{filter}");
    }
}

#[test]
fn case_counts_where_it_is_said_to_and_nowhere_else() {
    for (filter, expected) in [
        (r#"externalId eq "Ada-1""#, true),
        (r#"externalId eq "ada-1""#, false),
        (r#"externalId sw "ada""#, false),
        (r#"id eq "2819C223""#, false),
        (r#"ID eq "2819c223""#, true),
        (r#"photos eq "https://example.com/ada.png""#, false),
        (r#"photos[value eq "https://example.com/Ada.png"] "#, true),
        (r#"photos[value ew "ada.png"]"#, false),
        (r#"meta.version eq "W/\"abc\"""#, false),
        (r#"meta.version eq "W/\"Abc\"""#, true),
        (r#"emails.type eq "WORK""#, true),
        (r#"name.FAMILYNAME ew "LACE""#, true),
    ] {
        assert_eq!(fits(filter), expected, "{filter}");
    }
}

#[test]
fn and_binds_before_or_and_not_before_both() {
    let [a, b, c] = ["id eq \"1\"", "id eq \"2\"", "id eq \"3\""].map(|text| Filter::parse(text).unwrap());
    let parsed = |text: &str| Filter::parse(text).unwrap();
    let and = Filter::And(vec![b.clone(), c.clone()]);
    assert_eq!(parsed("id eq \"1\" or id eq \"2\" and id eq \"3\""), Filter::Or(vec![a.clone(), and]));
    let or = Filter::Or(vec![a.clone(), b.clone()]);
    assert_eq!(parsed("(id eq \"1\" or id eq \"2\") and id eq \"3\""), Filter::And(vec![or, c.clone()]));
    let not = Filter::Not(Box::new(a));
    assert_eq!(parsed("not (id eq \"1\") and id eq \"2\""), Filter::And(vec![not, b]));
}

#[test]
fn what_is_not_there_is_equal_to_null_and_to_nothing_else() {
    for (filter, expected) in [
        ("locale eq null", true),
        ("locale ne null", false),
        ("title eq null", false),
        ("title ne null", true),
        (r#"locale ne "de""#, true),
        (r#"locale eq "de""#, false),
        (r#"emails.type ne "work""#, false),
        (r#"emails.type ne "other""#, true),
        ("nickName pr", false),
        ("emails pr", true),
        ("emails[type eq \"other\"] ", false),
        ("name pr", true),
        ("groups pr", false),
        (r#"password eq "secret""#, false),
        ("active ne true", false),
        (r#"title gt 5"#, false),
    ] {
        assert_eq!(fits(filter), expected, "{filter}");
    }
}

#[test]
fn what_is_no_filter_is_refused() {
    let deep = format!("{}id pr{}", "(".repeat(21), ")".repeat(21));
    let nested = format!("{}value pr{}", "a[".repeat(21), "]".repeat(21));
    let wide = vec!["id pr"; 101].join(" or ");
    let long = format!("id eq \"{}\"", "x".repeat(8192));
    for filter in [
        "",
        " ",
        "userName",
        "userName eq",
        "userName eq ada",
        "userName xx \"ada\"",
        "eq \"ada\"",
        "userName eq \"ada",
        "(userName pr",
        "userName pr)",
        "userName pr and",
        "and userName pr",
        "userName pr userName pr",
        "not userName pr",
        "userName eq {}",
        "userName eq [1]",
        "1name pr",
        "a.b.c pr",
        "emails[type eq \"work\"",
        "emails[] pr",
        "emails[type eq \"work\"].",
        "userName eq \"\\x\"",
        "active gt true",
        "active co \"t\"",
        "title lt null",
        "name..x pr",
        ".a pr",
        "a. pr",
        "urn:a pr",
        "ä pr",
        "userName eq \"a\"b",
        "id pr or or id pr",
        deep.as_str(),
        nested.as_str(),
        wide.as_str(),
        long.as_str(),
    ] {
        let error = Filter::parse(filter).expect_err(filter);
        assert_eq!(error.code, "invalid_filter", "{filter}");
    }
}

#[test]
fn as_much_as_is_allowed_is_read() {
    let deep = format!("{}id pr{}", "(".repeat(20), ")".repeat(20));
    let wide = vec!["id pr"; 100].join(" or ");
    let long = format!("id ne \"{}\"", "x".repeat(8100));
    assert!(fits(&deep) && fits(&wide) && fits(&long));
}

#[test]
fn a_path_names_an_attribute_a_part_or_a_schema() {
    for path in [
        "members",
        "name.familyName",
        "addresses[type eq \"work\"]",
        "emails[type eq \"work\" and primary eq true].value",
        "members[value eq \"2819c223\"].displayName",
        "urn:ietf:params:scim:schemas:core:2.0:User:name.givenName",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:manager.$ref",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User",
    ] {
        assert_eq!(Path::parse(path).expect(path).to_string(), path);
    }
    assert_eq!(Path::parse(ENTERPRISE).unwrap().schema.as_deref(), Some(ENTERPRISE));
    for path in ["", "a b", "a[b", "a[b pr]c", "a[b pr].", "a.b.c", "a eq 1", "urn:a", "a[b pr][c pr]", "é"]
    {
        assert_eq!(Path::parse(path).expect_err(path).code, "invalid_path", "{path}");
    }
}

#[test]
fn what_a_filter_pins_can_be_looked_up() {
    for (filter, pinned) in [
        (r#"userName eq "Ada""#, Some("Ada")),
        (r#"urn:ietf:params:scim:schemas:core:2.0:User:username EQ "Ada""#, Some("Ada")),
        (r#"active eq true and (title pr and userName eq "Ada")"#, Some("Ada")),
        (r#"userName eq "Ada" or title pr"#, None),
        (r#"not (userName eq "Ada")"#, None),
        (r#"userName sw "Ada""#, None),
        (r#"name.userName eq "Ada""#, None),
        (r#"urn:x:2.0:User:userName eq "Ada""#, None),
    ] {
        assert_eq!(Filter::parse(filter).unwrap().pinned("userName"), pinned, "{filter}");
    }
}

fn any_name() -> impl Strategy<Value = String> {
    "[a-zA-Z][a-zA-Z0-9_-]{0,8}"
}

fn any_value() -> impl Strategy<Value = Json> {
    prop_oneof![
        any::<String>().prop_map(Json::from),
        any::<i64>().prop_map(Json::from),
        (-999..999i32).prop_map(|n| json!(f64::from(n) / 4.0))
    ]
}

fn any_comparison() -> impl Strategy<Value = Filter> {
    let operators = prop::sample::select(Operator::VARIANTS);
    let named = (any_path(Just(None).boxed()), operators, any_value());
    prop_oneof![
        named.prop_map(|(path, operator, value)| match path.kind() {
            Some(crate::scim::schema::Kind::Flag) => Filter::Present(path),
            _ => Filter::Compare(path, operator, value),
        }),
        any_path(Just(None).boxed()).prop_map(|path| Filter::Compare(path, Operator::Eq, Json::Null)),
        any_path(Just(None).boxed()).prop_map(Filter::Present),
    ]
}

fn any_path(filter: BoxedStrategy<Option<Box<Filter>>>) -> impl Strategy<Value = Path> {
    let schema = prop::option::of("urn:[a-z]{1,5}:2\\.0:[A-Z][a-z]{0,5}");
    (schema, any_name(), filter, prop::option::of(any_name())).prop_map(|(schema, name, filter, sub)| Path {
        schema,
        attribute: Some(name),
        filter,
        sub,
    })
}

fn any_filter() -> impl Strategy<Value = Filter> {
    any_comparison().prop_recursive(6, 40, 4, |inner| {
        let some = prop::collection::vec(inner.clone(), 2..4);
        let has = inner.clone().prop_map(|filter| Some(Box::new(filter))).boxed();
        prop_oneof![
            some.clone().prop_map(Filter::Or),
            some.prop_map(Filter::And),
            inner.prop_map(|filter| Filter::Not(Box::new(filter))),
            any_path(has).prop_map(|path| Filter::Has(Path { sub: None, ..path })),
        ]
    })
}

proptest! {
    #[test]
    fn a_filter_that_is_written_is_read_as_it_was(filter in any_filter()) {
        prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
    }

    #[test]
    fn a_path_that_is_written_is_read_as_it_was(path in any_path(prop::option::of(any_comparison().prop_map(Box::new)).boxed())) {
        prop_assert_eq!(Path::parse(&path.to_string()), Ok(path));
    }

    #[test]
    fn no_text_makes_the_reader_panic(text in any::<String>(), near in "[a-z.:\\[\\]()\" \\\\é]{0,40}( eq | and | or |not ?\\(|pr|\"){0,6}") {
        for text in [text, near] {
            let _ = Path::parse(&text);
            if let Ok(filter) = Filter::parse(&text) {
                filter.matches(&ada());
                prop_assert_eq!(Filter::parse(&filter.to_string()), Ok(filter));
            }
        }
    }
}
