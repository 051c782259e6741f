//! The file of a list: exactly the users whom the list has, each once, whatever happens to them while it streams.

use std::collections::BTreeMap;

use dev_provider::Person;
use http::Method;
use serde_json::{Value, json};

use super::acts::{SAM, operator};
use super::list::{app, crowd, ok};
use crate::store::people::{login, record};
use crate::support::app::{ADA, GRACE};

/// Several pages, as a file reads them.
const MANY: i64 = 1_100;

/// The log-in of a moment ago counts as a fresh one.
#[tokio::test]
async fn an_operator_exports_exactly_the_list_and_a_viewer_nothing() {
    let app = app().await;
    crowd(&app, 3).await;
    let evil = Person::new("evil").named("=1+1", "\"x\", y").mail("evil@many.example");
    app.provider.set_person(evil);
    app.signed_in("evil").await;
    let ada = app.signed_in(ADA).await;
    let lines = ada.get("/studio/export.ndjson?q=%40many&sort=email&dir=desc&size=25&after=x").await;
    assert_eq!((lines.status.as_u16(), lines.header("content-type")), (200, "application/x-ndjson"));
    assert!(lines.header("content-disposition").contains("users.ndjson"));
    let read = |line: &str| serde_json::from_str::<serde_json::Value>(line).unwrap();
    let emails: Vec<_> =
        lines.body.lines().map(|line| read(line)["email"].as_str().unwrap().to_owned()).collect();
    // Whoever was heard of first, whatever the list is sorted by: nobody can move while the file streams.
    let expected: Vec<_> =
        ["crowd0", "crowd1", "crowd2", "evil"].map(|one| format!("{one}@many.example")).into();
    assert_eq!(emails, expected);
    assert!(!lines.body.contains("\"claims\"") && lines.body.contains("sparekey.user/1"));
    let csv = ada.get("/studio/export.csv?q=evil").await;
    assert!(csv.header("content-type").starts_with("text/csv") && csv.body.starts_with("id,status,email,"));
    assert!(csv.body.contains(",'=1+1,") && csv.body.contains("\"\"x\"\", y\""), "{}", csv.body);
    assert_eq!(csv.body.lines().count(), 2);
    let ends = csv.body.matches("\r\n").count();
    assert_eq!((ends, csv.body.matches('\n').count()), (2, 2), "RFC 4180: lines end with CRLF");
    let ahead = ada.ask(Method::GET, "/studio/export.csv").header("sec-purpose", "prefetch").send().await;
    assert_eq!((ahead.status.as_u16(), &*ahead.body), (204, ""), "a browser that looks ahead takes nothing");
    let lines = app.store().await.log.lines(None, 9).await.unwrap();
    let details: Vec<&str> = lines.iter().filter_map(|line| line.detail.as_deref()).collect();
    let expected =
        ["/studio/export.csv?q=…", "/studio/export.ndjson?q=…&sort=email&dir=desc&size=25&after=x"];
    assert_eq!(details, expected, "a name that was searched for outlives nobody's erase there");
    let none = ada.get("/studio/export.csv?q=nobody").await;
    assert_eq!(none.body.lines().count(), 1);
    let page = ok(&ada, "/studio?q=evil&size=50").await;
    assert!(page.contains("\"/studio/export.csv?q=evil\""), "neither order nor place: {page}");
    let grace = app.signed_in(GRACE).await;
    assert!(!ok(&grace, "/studio").await.contains("export.csv"));
    for address in ["/studio/export.ndjson", "/studio/export.csv"] {
        assert_eq!(grace.get(address).await.verdict(), (403, "denied"));
    }
}

#[tokio::test]
async fn whoever_logs_in_while_a_file_streams_is_in_it_once() {
    let app = app().await;
    let store = app.store().await;
    for n in 0..MANY {
        record(&store, &login(&format!("s{n}"), n, json!({}))).await;
    }
    let ada = app.signed_in(ADA).await;
    let mut answer = ada.ask(Method::GET, "/studio/export.ndjson").begin().await.unwrap();
    let mut body = answer.chunk().await.unwrap().unwrap().to_vec();
    // Whoever came longest ago is on the last page of the list, and now goes to its first.
    for n in 0..30 {
        record(&store, &login(&format!("s{n}"), MANY + n, json!({}))).await;
    }
    while let Some(more) = answer.chunk().await.unwrap() {
        body.extend(more);
    }
    let mut times = BTreeMap::<String, usize>::new();
    for line in String::from_utf8(body).unwrap().lines() {
        let line: Value = serde_json::from_str(line).unwrap();
        *times.entry(line["identities"][0]["subject"].as_str().unwrap().to_owned()).or_default() += 1;
    }
    let lacking: Vec<i64> = (0..MANY).filter(|n| !times.contains_key(&format!("s{n}"))).collect();
    assert_eq!(lacking, [0; 0], "nobody is lost");
    assert_eq!(times.values().sum::<usize>(), usize::try_from(MANY).unwrap() + 1, "everybody, and Ada");
}

#[tokio::test]
async fn the_operators_log_is_a_file_too_for_operators_who_logged_in_lately() {
    let app = super::acts::app().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let grace = operator(&app).await;
    for (act, reason) in [("disable", "=1+1, \"so\""), ("enable", "")] {
        let form = [("act", act), ("user", &*id), ("reason", reason)];
        assert_eq!(grace.post("/studio/acts", &form).await.status, 200);
    }
    let page = grace.get("/studio/log").await.body;
    assert!(page.contains("href=\"/studio/log.ndjson\"") && page.contains("href=\"/studio/log.csv\""));
    let lines = grace.get("/studio/log.ndjson").await;
    assert_eq!((lines.status.as_u16(), lines.header("content-type")), (200, "application/x-ndjson"));
    assert!(lines.header("content-disposition").contains("operators-log.ndjson"));
    let lines: Vec<Value> = lines.body.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let acts: Vec<&str> = lines.iter().map(|line| line["act"].as_str().unwrap()).collect();
    assert_eq!(acts, ["disable", "enable", "export"], "oldest first, and that it was taken");
    assert_eq!((&lines[0]["user"], &lines[0]["reason"]), (&id.into(), &"=1+1, \"so\"".into()));
    assert!(lines[0]["by"].as_str().unwrap().contains(&grace.user_id().await));
    let table = grace.get("/studio/log.csv").await;
    assert!(table.body.starts_with("id,at,act,by,user,reason,detail,request\r\n"), "{table:?}");
    assert!(table.body.contains(",\"'=1+1, \"\"so\"\"\",") && table.body.matches("\r\n").count() == 5);
    let sam = app.signed_in(SAM).await;
    assert!(!sam.get("/studio/log").await.body.contains("href=\"/studio/log.csv"));
    for address in ["/studio/log.ndjson", "/studio/log.csv"] {
        assert_eq!(sam.get(address).await.verdict(), (403, "denied"));
        let head = grace.ask(Method::HEAD, address).send().await;
        assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
    }
    assert_eq!(app.store().await.log.lines(None, 9).await.unwrap().len(), 4);
}
