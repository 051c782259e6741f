//! Pages, orders, and what is asked.

use serde_json::{Value as Json, json};

use super::*;

fn users() -> Vec<Shown> {
    let user = |id: &str, name: &str, title: Option<&str>| {
        let mut user = json!({
            "schemas": [crate::scim::USER], "id": id, "userName": name,
            "emails": [{"value": format!("z{id}@example.com")}, {"value": format!("{name}@example.com"), "primary": true}],
        });
        if let Some(title) = title {
            user["title"] = json!(title);
        }
        user.as_object().unwrap().clone()
    };
    vec![
        user("3", "carol", None),
        user("1", "Bob", Some("b")),
        user("2", "ada", Some("B")),
        user("4", "dan", None),
    ]
}

/// The part of these resources, as a server finds it.
fn select(query: &Query, mut resources: Vec<Shown>) -> Page {
    resources.sort_by(|a, b| id(a).cmp(id(b)));
    let mut selection = query.selection();
    resources.iter().cloned().for_each(|resource| selection.see(resource));
    let (total, part) = selection.into_part();
    let by_id = |wanted: &String| resources.iter().find(|one| id(one) == wanted).unwrap().clone();
    let resources = match part {
        Part::Whole(resources) => resources,
        Part::Ids(ids) => ids.iter().map(|id| query.projection.apply(by_id(id))).collect(),
    };
    Page { total, start_index: query.start_index, resources }
}

fn page(query: &str) -> Page {
    select(&Query::parse(query).unwrap_or_else(|error| panic!("{query}: {error}")), users())
}

fn ids(query: &str) -> Vec<String> {
    page(query).resources.iter().map(|user| id(user).to_owned()).collect()
}

#[test]
fn pages_fit_together() {
    assert_eq!(ids(""), ["1", "2", "3", "4"]);
    assert_eq!(ids("startIndex=1&count=2"), ["1", "2"]);
    assert_eq!(ids("startIndex=3&count=2"), ["3", "4"]);
    assert_eq!(ids("startIndex=5"), [""; 0]);
    let page = page("startIndex=2&count=2");
    assert_eq!((page.total, page.start_index, page.resources.len()), (4, 2, 2));
}

#[test]
fn numbers_are_brought_to_their_bounds() {
    for (query, start_index, count) in [
        ("startIndex=0", 1, 4),
        ("startIndex=-5", 1, 4),
        ("count=0", 1, 0),
        ("count=-1", 1, 0),
        ("count=100000", 1, 4),
        ("startIndex=", 1, 4),
        ("startIndex=99999999999999999999999", usize::MAX, 0),
        ("STARTINDEX=2", 2, 3),
    ] {
        let page = page(query);
        assert_eq!((page.start_index, page.resources.len(), page.total), (start_index, count, 4), "{query}");
    }
}

#[test]
fn the_order_is_stable_and_case_does_not_count() {
    assert_eq!(ids("sortBy=userName"), ["2", "1", "3", "4"]);
    assert_eq!(ids("sortBy=username&sortOrder=Descending"), ["4", "3", "1", "2"]);
    assert_eq!(ids("sortBy=title"), ["1", "2", "3", "4"]);
    assert_eq!(ids("sortBy=title&sortOrder=descending"), ["3", "4", "1", "2"]);
    assert_eq!(ids("sortBy=emails.value"), ["2", "1", "3", "4"]);
    assert_eq!(ids("sortBy=emails"), ["2", "1", "3", "4"]);
    assert_eq!(ids("sortBy=nothing"), ["1", "2", "3", "4"]);
}

#[test]
fn a_query_is_read_as_a_form_and_what_is_unknown_is_passed_over() {
    assert_eq!(ids("filter=userName+eq+%22ADA%22&aadOptscim062020"), ["2"]);
    assert_eq!(ids("filter=userName%20eq%20%22ADA%22"), ["2"]);
    assert_eq!(ids("Filter=title+pr+and+not+(userName+eq+%22ada%22)"), ["1"]);
    let answer = page("filter=userName+eq+%22nobody%22").body();
    assert_eq!(
        (&answer["totalResults"], &answer["Resources"], &answer["itemsPerPage"]),
        (&json!(0), &json!([]), &json!(0))
    );
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (query, code) in [
        ("filter=userName", "invalid_filter"),
        ("sortBy=a+b", "invalid_path"),
        ("attributes=a+b", "invalid_path"),
        ("sortOrder=up", "invalid_value"),
        ("count=many", "invalid_value"),
        ("startIndex=1.5", "invalid_value"),
    ] {
        assert_eq!(Query::parse(query).expect_err(query).code, code, "{query}");
    }
}

#[test]
fn the_answer_is_a_list_response() {
    let body = page("count=1&attributes=userName").body();
    assert_eq!(
        body,
        json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:ListResponse"],
            "totalResults": 4, "startIndex": 1, "itemsPerPage": 1,
            "Resources": [{"schemas": [crate::scim::USER], "id": "1", "userName": "Bob"}],
        })
    );
}

#[test]
fn values_of_different_kinds_have_one_order() {
    let user = |id: &str, x: Json| json!({"id": id, "x": x}).as_object().unwrap().clone();
    let mixed = [
        user("1", json!("a")),
        user("2", json!(2)),
        user("3", json!(true)),
        user("4", json!(1)),
        user("5", json!({"y": 1})),
    ];
    let query = Query::parse("sortBy=x").unwrap();
    let sorted = select(&query, mixed.to_vec()).resources;
    let sorted: Vec<String> = sorted.iter().map(|user| id(user).to_owned()).collect();
    assert_eq!(sorted, ["3", "4", "2", "1", "5"]);
}

#[test]
fn of_a_long_list_no_more_is_held_than_the_part_takes() {
    let user = |number: usize| {
        let name = (number * 7919) % 5000;
        json!({"id": format!("{number:04}"), "userName": format!("{name:04}"), "title": "x".repeat(100)})
    };
    for (query, most) in [("sortBy=userName&count=10&startIndex=91", 500), ("count=10&startIndex=91", 10)] {
        let query = Query::parse(query).unwrap();
        let mut selection = query.selection();
        for number in 0..5000 {
            selection.see(user(number).as_object().unwrap().clone());
            assert!(selection.kept.len() <= most);
        }
        let (total, part) = selection.into_part();
        let Part::Ids(ids) = part else {
            assert_eq!(total, 5000);
            continue;
        };
        let names: Vec<usize> = ids.iter().map(|id| (id.parse::<usize>().unwrap() * 7919) % 5000).collect();
        assert_eq!(names, (90..100).collect::<Vec<_>>());
    }
}
