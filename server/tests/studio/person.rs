//! What leaves the studio with an operator, and the page of one user.

use identity::{Act, UserId};

use super::acts::{SAM, app, operator, operator_since_an_hour};
use crate::support::app::{ADA, GRACE, Plan};
use crate::support::browser::parameter;

/// All that can be taken out.
fn exports(id: &str) -> [String; 4] {
    let list = ["/studio/export.ndjson?q=ada", "/studio/export.csv?q=ada&size=50"].map(str::to_owned);
    let [lines, table] = list;
    [lines, table, format!("/studio/users/{id}/data.json"), "/studio/log.csv".to_owned()]
}

#[tokio::test]
async fn what_is_taken_out_asks_for_a_fresh_log_in_and_comes_back_for_it() {
    let app = app().await;
    let ada = app.signed_in(ADA).await.user_id().await;
    let grace = operator_since_an_hour(&app).await;
    for address in exports(&ada) {
        let sent = grace.get(&address).await;
        let to = sent.location();
        assert_eq!(parameter(to, "return_to").as_deref(), Some(&*address), "{to}");
        assert_eq!(parameter(to, "max_age").as_deref(), Some("900"), "{to}");
        assert!(sent.body.is_empty(), "{sent:?}");
    }
    assert!(app.store().await.log.lines(None, 9).await.unwrap().is_empty(), "nothing was taken");
    let address = &exports(&ada)[1];
    let sent = grace.get(address).await;
    let authorize = grace.get(sent.location()).await.location().to_owned();
    let callback = grace.choose(&authorize, GRACE).await;
    let back = grace.get(&callback).await;
    assert_eq!(back.location(), address);
    let file = grace.get(back.location()).await;
    assert!(file.status == 200 && file.body.contains("ada@example.com"), "{file:?}");
    let [line] = &app.store().await.log.lines(None, 9).await.unwrap()[..] else { panic!("one line") };
    let without_search = address.replace("q=ada", "q=…");
    assert_eq!((line.act, line.detail.as_deref()), (Act::Export, Some(&*without_search)));
}

#[tokio::test]
async fn all_of_one_user_is_a_file_for_operators_and_the_log_has_whose() {
    let app = app().await;
    let browser = app.signed_in(ADA).await;
    let id = browser.user_id().await;
    let (grace, sam) = (operator(&app).await, app.signed_in(SAM).await);
    let address = &exports(&id)[2];
    let page = grace.get(&format!("/studio/users/{id}")).await;
    assert!(page.body.contains(&format!("href=\"{address}\"")), "{page:?}");
    assert!(!sam.get(&format!("/studio/users/{id}")).await.body.contains("data.json"));
    assert_eq!(sam.get(address).await.verdict(), (403, "denied"));
    let head = grace.ask(http::Method::HEAD, address).send().await;
    assert_eq!((head.status.as_u16(), head.body.as_str()), (200, ""));
    assert!(app.store().await.log.lines(None, 9).await.unwrap().is_empty());
    let file = grace.get(address).await;
    assert!(file.header("content-disposition").starts_with("attachment"), "{file:?}");
    let (file, own) = (file.json(), browser.get("/account/data.json").await.json());
    for part in ["schema", "id", "email", "identities", "changes", "holds"] {
        assert_eq!(file[part], own[part], "{part}");
    }
    assert_eq!(
        (file["sessions"].as_array().map(Vec::len), &file["sessions"][0]["is_this"]),
        (Some(1), &false.into())
    );
    let [line] = &app.store().await.log.lines(None, 9).await.unwrap()[..] else { panic!("one line") };
    assert_eq!((line.act, line.user), (Act::Export, Some(UserId(id.parse().unwrap()))));
    for nobody in ["0198a7f0-22d4-7e19-8b3c-6d10f9e5a487", "x", "%ff", "%00"] {
        let answer = grace.get(&format!("/studio/users/{nobody}/data.json")).await;
        assert!([400, 404].contains(&answer.status.as_u16()), "{nobody} {answer:?}");
    }
    assert_eq!(app.store().await.log.lines(None, 9).await.unwrap().len(), 1);
}

/// Such as an employee's number, which the provider calls its accounts by.
#[tokio::test]
async fn what_the_provider_calls_an_account_is_shown_and_finds_it() {
    let plan =
        Plan::new().await.set("OIDC_REFERENCE", "employee").set("OPERATORS", "email:grace@example.com");
    let app = plan.start().await;
    let known = dev_provider::Person::new("x1").named("Eva", "Known").with("employee", "E/4711&x");
    app.provider.set_person(known);
    let id = app.signed_in("x1").await.user_id().await;
    let grace = operator(&app).await;
    let page = grace.get(&format!("/studio/users/{id}")).await;
    assert!(page.body.contains("<code>E/4711&amp;x</code>"), "{page:?}");
    let found = grace.get("/studio?q=E/4711%26x").await;
    assert!(found.body.contains("1 user.") && found.body.contains("Eva Known"), "{found:?}");
    let other = grace.get("/studio?q=e/4711%26x").await;
    assert!(other.body.contains("0 users."), "a reference is asked letter for letter: {other:?}");
}
