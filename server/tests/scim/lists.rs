//! Lists: filters, pages, orders, on each database.

use serde_json::json;

use super::{Client, TOKEN, app, app_on, assert_refused, of, on_each_database, person};
use crate::support::app::Plan;
use crate::support::databases::Database;

on_each_database! { a_list_is_filtered_sorted_and_paged }

/// The user names of a list.
async fn names(client: &Client, query: &str) -> Vec<String> {
    let answer = client.get(&format!("/Users?{query}")).await;
    assert_eq!(answer.status, 200, "{query}: {answer:?}");
    let all = answer.json()["Resources"].as_array().unwrap().clone();
    all.iter().map(|one| one["userName"].as_str().unwrap().to_owned()).collect()
}

async fn a_list_is_filtered_sorted_and_paged(database: &Database) {
    let (_app, client) = app_on(database).await;
    // More than are read at once.
    for number in 0..60 {
        let mut one = person(&format!("r-{number}"), &format!("User{number:02}"));
        one["title"] = json!(if number % 2 == 0 { "even" } else { "odd" });
        one["active"] = json!(number % 3 != 0);
        client.made(&one).await;
    }
    let gone = client.made(&person("r-gone", "gone")).await;
    assert_eq!(client.delete(&gone).await.status, 204);

    let all: Vec<String> = (0..60).map(|number| format!("User{number:02}")).collect();
    assert_eq!(names(&client, "").await, all);
    assert_eq!(names(&client, "startIndex=58&count=10").await, all[57..]);
    assert_eq!(names(&client, "count=0").await, [""; 0]);
    let mut paged = Vec::new();
    for start in (1..=60).step_by(7) {
        paged.extend(names(&client, &format!("startIndex={start}&count=7")).await);
    }
    assert_eq!(paged, all);

    assert_eq!(names(&client, "filter=userName+eq+%22USER07%22").await, ["User07"]);
    assert_eq!(names(&client, "filter=externalId%20eq%20%22r-7%22").await, ["User07"]);
    assert_eq!(names(&client, "filter=externalId+eq+%22R-7%22").await, [""; 0], "case counts");
    assert_eq!(names(&client, "filter=externalId+eq+%22r-7%22+and+title+eq+%22even%22").await, [""; 0]);
    assert_eq!(
        names(&client, "filter=title+eq+%22odd%22+and+not+(active+eq+true)&count=3").await,
        ["User03", "User09", "User15"]
    );
    let work = "filter=emails%5Btype+eq+%22work%22%5D.value+sw+%22user1%22&count=2";
    assert_eq!(names(&client, work).await, ["User10", "User11"]);
    assert_eq!(names(&client, "sortBy=userName&sortOrder=descending&count=2").await, ["User59", "User58"]);
    let by_title = names(&client, "sortBy=title&startIndex=29&count=4").await;
    assert_eq!(by_title, ["User56", "User58", "User01", "User03"]);

    let page = client.get("/Users?filter=title+pr&startIndex=3&count=2&attributes=title").await.json();
    assert_eq!(
        (&page["totalResults"], &page["startIndex"], &page["itemsPerPage"]),
        (&json!(60), &json!(3), &json!(2))
    );
    let one = page["Resources"][0].as_object().unwrap();
    assert_eq!(one.keys().collect::<Vec<_>>(), ["id", "schemas", "title"]);
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused() {
    let (_app, client) = app().await;
    for (query, scim_type, code) in [
        ("filter=userName", "invalidFilter", "invalid_filter"),
        ("filter=userName+is+%22a%22", "invalidFilter", "invalid_filter"),
        ("count=many", "invalidValue", "invalid_value"),
        ("sortBy=userName&startIndex=100001", "invalidValue", "invalid_value"),
    ] {
        assert_refused(&client.get(&format!("/Users?{query}")).await, 400, Some(scim_type), code);
    }
    assert_eq!(client.get("/Users?sortBy=userName&startIndex=100000").await.status, 200);
}

#[tokio::test]
async fn a_token_sees_its_own_providers_users_only() {
    let plan = Plan::new().await.and("acme").await;
    let app = plan.set("OIDC_SCIM_TOKEN", TOKEN).set("OIDC_ACME_SCIM_TOKEN", "another").start().await;
    let (main, acme) = (Client::of(&app, "main", TOKEN), Client::of(&app, "acme", "another"));
    let ada = main.made(&person("r-1", "ada")).await;
    acme.made(&person("r-1", "ada")).await;
    for client in [&main, &acme] {
        assert_eq!(names(client, "").await, ["ada"]);
    }
    assert_refused(&acme.get(&of(&ada)).await, 404, None, "not_found");
    assert_eq!(names(&acme, &format!("filter=id+eq+%22{ada}%22")).await, [""; 0]);
    assert_refused(&acme.delete(&ada).await, 404, None, "not_found");
    for (provider, token) in [("main", "another"), ("acme", TOKEN), ("main", "")] {
        let stranger = Client::of(&app, provider, token);
        let answer = stranger.get("/Users").await;
        assert_refused(&answer, 401, None, "unauthorized");
        assert!(answer.headers["www-authenticate"].to_str().unwrap().starts_with("Bearer"));
    }
    assert_refused(&Client::of(&app, "nobody", TOKEN).get("/Users").await, 404, None, "not_found");
    // Two users, one of each provider.
    assert_eq!(app.store().await.users.page(None, 9).await.unwrap().len(), 2);
}
