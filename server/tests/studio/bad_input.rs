//! Whatever is typed, pasted, made up or done twice gets its page, and is never a fault of ours.

use identity::UserId;

use super::acts::{app, operator};
use crate::support::app::{ADA, TestApp};
use crate::support::browser::{Answer, between};

/// Values that nobody means.
fn odd() -> Vec<String> {
    let long = "x".repeat(10_000);
    let cursor = "AAGYp_Ai1H4Zizxt...";
    let short = [
        "",
        "%25",
        "_",
        "'",
        "%22",
        "%5C",
        "%00",
        "%0d%0aset-cookie:x",
        "%1b[31m",
        "%7f",
        "%ED%A0%80",
        "%FF",
        "%F0%9F%A6%8A",
        "%E2%80%AE",
        "-1",
        "0",
        "99999999999999999999",
        "1e9",
        "NaN",
        "null",
        "[]",
        "..",
        cursor,
        "0198a7f0-22d4-7e19-8b3c-6d10f9e5a487",
        "<script>alert(1)</script>",
        "' OR 1=1 --",
        "{$gt:''}",
    ];
    short.map(str::to_owned).into_iter().chain([long]).collect()
}

fn is_a_page(answer: &Answer, what: &str) {
    let what = &what[..what.len().min(200)];
    assert!(answer.status.as_u16() < 500, "{what}: {answer:?}");
    assert!(!answer.body.contains("<script>alert"), "{what}");
    assert!(answer.headers.get("set-cookie").is_none(), "{what}");
    let is_html = answer.header("content-type").starts_with("text/html");
    assert!(!is_html || answer.body.contains("<h1>"), "{what}: {answer:?}");
}

#[tokio::test]
async fn no_parameter_of_any_address_of_the_studio_is_a_fault() {
    let app = app().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let grace = operator(&app).await;
    let person = format!("/studio/users/{id}");
    let addresses = [
        "/studio",
        &person,
        "/studio/users/x",
        "/studio/acts",
        "/studio/copy",
        "/studio/log",
        "/studio/runs",
        "/studio/runs/x",
        "/studio/runs/x/undo",
        "/studio/runs/x/approve",
        "/studio/runs/x/left-out",
        "/studio/inbox",
        "/studio/waiting",
        "/studio/export.csv",
        "/studio/export.ndjson",
        "/studio/log.csv",
        "/studio/log.ndjson",
        "/account",
        "/account/erase",
        "/account/data.json",
        "/account/erased",
    ];
    let names = [
        "q", "status", "provider", "verified", "login", "from", "to", "several", "online", "hold",
        "standing", "sort", "dir", "size", "cols", "act", "user", "users", "session", "issuer", "subject",
        "all", "sessions", "missed", "messages", "acts", "problem",
    ];
    for odd in odd() {
        // Spaces and angles as a browser sends them.
        let odd = odd.replace(' ', "+").replace('<', "%3C").replace('>', "%3E");
        let all: Vec<String> = names.iter().map(|name| format!("{name}={odd}")).collect();
        // All at once where that is still an address, else the one that people paste into.
        let all = if odd.len() > 1_000 { format!("q={odd}") } else { all.join("&") };
        for address in addresses {
            for place in ["after", "before"] {
                let target = format!("{address}?{all}&{place}={odd}");
                is_a_page(&grace.get(&target).await, &target);
            }
        }
    }
    for odd in odd().iter().filter(|odd| !odd.is_empty() && odd.len() < 1_000) {
        let odd = odd.replace([' ', '<', '>', '{', '}'], "%20");
        for target in [
            format!("/studio/users/{odd}"),
            format!("/studio/users/{odd}/data.json"),
            format!("/studio/runs/{odd}"),
        ] {
            let answer = grace.get(&target).await;
            is_a_page(&answer, &target);
            assert_ne!(answer.status, 200, "{target}");
        }
    }
    assert!(grace.is_signed_in().await);
}

#[tokio::test]
async fn no_form_of_the_studio_is_a_fault_and_none_does_what_it_does_not_say() {
    let app = app().await;
    let ada = app.signed_in(ADA).await;
    let id = ada.user_id().await;
    let grace = operator(&app).await;
    let forms = [
        "/studio/acts",
        "/studio/claims",
        "/studio/undo",
        "/studio/approve",
        "/studio/inbox/replay",
        "/studio/inbox/drop",
        "/studio/waiting/adopt",
        "/studio/holds/release",
    ];
    for odd in odd() {
        let odd = percent_encoding::percent_decode_str(&odd).decode_utf8_lossy().into_owned();
        for address in forms {
            let form = [
                ("act", &*odd),
                ("user", &odd),
                ("session", &odd),
                ("issuer", &odd),
                ("subject", &odd),
                ("reason", &odd),
                ("word", &odd),
                ("run", &odd),
                ("id", &odd),
                ("account", &odd),
                ("held", &odd),
                ("provider", &odd),
            ];
            is_a_page(&grace.post(address, &form).await, &format!("{address} {odd}"));
            // A whole order, and an odd rest.
            let form = [
                ("act", "unlink"),
                ("user", &*id),
                ("issuer", &odd),
                ("subject", &odd),
                ("run", &id),
                ("id", &id),
                ("account", &id),
                ("held", "email"),
                ("provider", &odd),
            ];
            is_a_page(&grace.post(address, &form).await, &format!("{address} {odd}"));
        }
    }
    assert!(ada.is_signed_in().await && app.store().await.log.lines(None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn no_form_of_ones_own_data_is_a_fault_and_none_takes_anything_away() {
    let app = TestApp::with(&[("RATE_LIMIT", "off")]).await;
    let (ada, elsewhere) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let id = ada.user_id().await;
    for odd in odd().into_iter().filter(|odd| !odd.is_empty()) {
        let odd = percent_encoding::percent_decode_str(&odd).decode_utf8_lossy().into_owned();
        for address in ["/auth/sessions/end", "/auth/unlink", "/auth/link", "/auth/erase"] {
            let form =
                [("session", &*odd), ("issuer", &odd), ("subject", &odd), ("provider", &odd), ("word", &odd)];
            is_a_page(&ada.post(address, &form).await, &format!("{address} {odd}"));
        }
    }
    assert_eq!(ada.user_id().await, id);
    assert!(elsewhere.is_signed_in().await);
    assert_eq!(ada.get("/api/me").await.json()["identities"].as_array().map(Vec::len), Some(1));
}

/// The address of the page that comes next.
fn next(page: &str) -> String {
    let link = page.split("rel=\"next\"").nth(1).unwrap();
    between(link, "href=\"", "\"").unwrap().replace("&amp;", "&")
}

fn cursor(address: &str) -> &str {
    address.split("after=").nth(1).unwrap().split('&').next().unwrap()
}

#[tokio::test]
async fn a_place_of_another_list_or_of_somebody_who_is_gone_is_the_beginning() {
    let app = app().await;
    for n in 0..27 {
        let person = dev_provider::Person::new(format!("many{n}")).named("Many", &format!("No {n:02}"));
        app.provider.set_person(person.mail(&format!("many{n:02}@many.example")));
        app.signed_in(&format!("many{n}")).await;
    }
    let grace = operator(&app).await;
    let sorts = ["login", "seen", "name", "email"];
    for sort in sorts {
        let first = grace.get(&format!("/studio?sort={sort}")).await.body;
        let place = next(&first);
        let place = cursor(&place);
        for other in sorts.iter().filter(|other| **other != sort) {
            let lost = grace.get(&format!("/studio?sort={other}&after={place}")).await;
            assert!(lost.body.contains("This is its beginning"), "{sort} {other}: {lost:?}");
            assert!(lost.body.contains("25 on this page"), "{sort} {other}");
        }
        let other_way = grace.get(&format!("/studio?sort={sort}&dir=asc&after={place}")).await;
        assert_eq!(other_way.status, 200);
        let of_search = grace.get(&format!("/studio?q=many&after={place}")).await;
        assert!(of_search.body.contains("This is its beginning"), "{sort}");
    }
    let first = grace.get("/studio?sort=name").await.body;
    let place = next(&first);
    let last = first.rsplit("href=\"/studio/users/").next().unwrap().split(['"', '?']).next().unwrap();
    let erase = [("act", "erase"), ("user", last), ("reason", "asked"), ("word", "erase")];
    assert!(grace.post("/studio/acts", &erase).await.body.contains("Erased."));
    let lost = grace.get(&place).await;
    assert!(lost.body.contains("This is its beginning") && !lost.body.contains(last), "{lost:?}");
}

#[tokio::test]
async fn whoever_was_erased_meanwhile_is_told_so_wherever_one_was() {
    let app = app().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let grace = operator(&app).await;
    let issuer = app.provider.issuer();
    app.store().await.erase(UserId(id.parse().unwrap()), chrono::Utc::now()).await;
    for address in [format!("/studio/users/{id}"), format!("/studio/users/{id}/data.json")] {
        assert_eq!(grace.get(&address).await.verdict(), (404, "not_found"), "{address}");
    }
    let claims = grace.post("/studio/claims", &[("user", &*id), ("issuer", issuer), ("subject", ADA)]).await;
    assert_eq!(claims.verdict(), (404, "not_found"));
    let asked = grace.get(&format!("/studio/acts?act=disable&user={id}")).await;
    assert!(asked.status == 200 && asked.body.contains("there is no such user any more"), "{asked:?}");
    for act in ["enable", "end_sessions", "disable"] {
        let done = grace.post("/studio/acts", &[("act", act), ("user", &id), ("reason", "x")]).await;
        assert!(done.status == 200 && done.body.contains("no such user any more"), "{act} {done:?}");
    }
    assert!(grace.get(&format!("/studio?q={id}")).await.body.contains("Nobody is found so"));
    assert_eq!(grace.get("/studio/export.csv?q=ada").await.body.lines().count(), 1);
}
