//! The list of users, as operators and viewers see it in a browser without a script.

use dev_provider::Person;

use crate::support::app::{ADA, GRACE, Plan, TestApp};
use crate::support::browser::Browser;

pub(super) async fn app() -> TestApp {
    let plan = Plan::new().await;
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    plan.set("OPERATORS", "email:ada@example.com").set("VIEWERS", &grace).start().await
}

/// So many more people, who logged in one after the other.
pub(super) async fn crowd(app: &TestApp, number: usize) {
    for n in 0..number {
        let person = Person::new(format!("crowd{n}")).named(&format!("Crowd{n}"), "Of Many");
        app.provider.set_person(person.mail(&format!("crowd{n}@many.example")));
        app.signed_in(&format!("crowd{n}")).await;
    }
}

/// The addresses of a page's links of this kind, as a browser reads them.
fn links(body: &str, before: &str) -> Vec<String> {
    let hrefs = body.split(before).skip(1).filter_map(|rest| rest.split("href=\"").nth(1));
    hrefs.filter_map(|rest| rest.split('"').next()).map(|href| href.replace("&amp;", "&")).collect()
}

pub(super) async fn ok(browser: &Browser, address: &str) -> String {
    let page = browser.get(address).await;
    assert_eq!((page.status.as_u16(), page.heading()), (200, "Users"), "{address}");
    page.body
}

#[tokio::test]
async fn a_list_is_searched_filtered_sorted_and_paged_by_its_address_alone() {
    let app = app().await;
    crowd(&app, 27).await;
    let ada = app.signed_in(ADA).await;
    let first = ok(&ada, "/studio").await;
    assert!(first.contains("25 on this page") && first.contains("28 users"), "{first}");
    assert!(first.contains("aria-sort=\"descending\"") && !first.contains("rel=\"prev\""));
    let older = links(&first, "rel=\"next\"");
    let second = ok(&ada, &older[0]).await;
    assert!(second.contains("3 on this page") && second.contains("crowd0@many.example"));
    let newer = links(&second, "rel=\"prev\"");
    let back = ok(&ada, &newer[0]).await;
    assert!(back.contains("25 on this page") && back.contains("ada@example.com"));
    let found = ok(&ada, "/studio?q=CROWD1").await;
    assert!(found.contains("11 users") && found.contains("Searched for a name"), "{found}");
    assert!(!found.contains("ada@example.com") && found.contains("value=\"CROWD1\""));
    assert!(!found.contains("aria-sort"), "the best match has no column");
    let sorted = ok(&ada, "/studio?q=CROWD1&sort=email&dir=desc").await;
    assert!(sorted.contains("aria-sort=\"descending\"") && sorted.contains("name=\"sort\""));
    let one = ok(&ada, "/studio?q=ada@&status=active").await;
    assert!(one.contains("1 user who meets all filters."), "{one}");
    let nobody = ok(&ada, "/studio?q=nobody&login=never").await;
    assert!(nobody.contains("Nobody is found so") && nobody.contains("last log-in: never"));
    let lost = ok(&ada, "/studio?after=made-up").await;
    assert!(lost.contains("is not there any more") && lost.contains("25 on this page"));
}

#[tokio::test]
async fn each_filter_that_is_on_is_shown_and_goes_by_a_link() {
    let app = app().await;
    let ada = app.signed_in(ADA).await;
    let all = "/studio?q=ada&status=active&provider=main&verified=yes&login=today&from=2020-01-01&to=2199-01-01&several=1\
               &online=1&hold=1&standing=present&sort=name";
    let page = ok(&ada, all).await;
    let on = page.split("What is searched and filtered by").nth(1).unwrap().split("</ul>").next().unwrap();
    let without = links(on, "<li>");
    assert_eq!(without.len(), 12, "{page}");
    for href in &without {
        let missing =
            all.trim_start_matches("/studio?").split('&').filter(|pair| !href.contains(pair)).count();
        assert_eq!(missing, 1, "{href}");
    }
    // What is typed comes back as text.
    let odd = ok(&ada, "/studio?q=%22%3E%3Cscript%3E&provider=%3Cb%3E").await;
    assert!(!odd.contains("<script>\"") && !odd.contains("\"><script>") && odd.contains("&lt;b&gt;"));
    for odd in ["%", "_", "'", "%00", "%ED%A0%80", &"x".repeat(8_000), "a+%F0%9F%A6%8A"] {
        ok(&ada, &format!("/studio?q={odd}")).await;
    }
}

/// The heads of a page's columns.
fn heads(body: &str) -> Vec<&str> {
    let head = body.split("class=\"people\"").nth(1).unwrap().split("</thead>").next().unwrap();
    let cells = head.split("<th ").skip(1).filter_map(|cell| cell.split_once('>'));
    cells
        .map(|(_, cell)| cell.rsplit_once("</th>").map_or(cell, |(cell, _)| cell))
        .map(|cell| cell.split("<span aria-hidden").next().unwrap().trim_end_matches("</span>"))
        .map(|cell| cell.rsplit_once('>').map_or(cell, |(_, word)| word))
        .collect()
}

#[tokio::test]
async fn the_address_names_the_columns_and_everything_that_leads_on_keeps_them() {
    let app = app().await;
    crowd(&app, 26).await;
    let grace = app.signed_in(GRACE).await;
    let usual = ok(&grace, "/studio").await;
    let all = ["Name", "E-mail", "Provider", "Status", "Last log-in", "First seen", "Log-ins"];
    assert_eq!(heads(&usual), all);
    assert!(!usual.contains("name=\"cols\" value=\"email,"), "what is usual goes without saying");
    let page = ok(&grace, "/studio?q=crowd&cols=id,email&sort=email").await;
    assert_eq!(heads(&page), ["Name", "E-mail", "Id"]);
    assert!(page.contains("type=\"hidden\" name=\"cols\" value=\"email,id\""), "{page}");
    assert!(page.contains("name=\"cols\" type=\"checkbox\" value=\"id\" checked"), "{page}");
    let led: Vec<String> = {
        let list = page.split("class=\"people\"").nth(1).unwrap();
        let heads = list.split("</thead>").next().unwrap();
        [links(list, "rel=\"next\"")[..1].to_vec(), links(heads, "scope=\"col\"")].concat()
    };
    assert!(led.len() > 2 && led.iter().all(|link| link.ends_with("&cols=email,id")), "{led:?}");
    assert!(!page.contains("export.csv?q=crowd&amp;cols"), "a file has its own columns");
    // As the form of the columns sends them.
    assert_eq!(heads(&ok(&grace, "/studio?cols=name&cols=phone").await), ["Name", "Phone"]);
    assert_eq!(heads(&ok(&grace, "/studio?cols=name").await), ["Name"]);
    for odd in ["", "%00", "age", "email%00", &"x,".repeat(3_000)] {
        assert_eq!(heads(&ok(&grace, &format!("/studio?cols={odd}")).await), all, "{odd}");
    }
}

/// What the island of the page does, by hand.
#[tokio::test]
async fn a_script_fetches_the_same_list_with_its_own_address_and_hears_who_was_signed_out() {
    let app = app().await;
    crowd(&app, 3).await;
    let ada = app.signed_in(ADA).await;
    let asked = "/studio?q=crowd&status=&provider=&login=&size=25";
    let fetch = async |browser: &Browser| {
        let ask = browser.ask(http::Method::GET, asked).header("sec-fetch-mode", "cors");
        ask.header("accept", "*/*").send().await
    };
    let list = fetch(&ada).await;
    assert_eq!(list.status, 200);
    assert!(list.body.contains("id=\"found\" data-address=\"/studio?q=crowd\""), "{}", list.body);
    for part in ["id=\"asked\"", "id=\"count\" role=\"status\"", "3 users. Searched for a name"] {
        assert!(list.body.contains(part), "{part}");
    }
    let stranger = fetch(&app.browser()).await;
    assert_eq!(stranger.verdict(), (401, "signed_out"));
    assert!(stranger.body.contains("/auth/login?return_to=/studio"), "{stranger:?}");
}

#[tokio::test]
async fn figures_lead_to_whom_they_count() {
    let app = app().await;
    crowd(&app, 2).await;
    let ada = app.signed_in(ADA).await;
    let page = ok(&ada, "/studio").await;
    let figures = page.split("class=\"figures\"").nth(1).unwrap().split("</dl>").next().unwrap().to_owned();
    let links = links(&figures, "<dd>");
    let whom = ["/studio", "/studio?provider=main", "/studio?login=today", "/studio?status=disabled"];
    assert_eq!(links[..4], whom);
    assert_eq!(links[4..], ["/studio?status=tombstone", "/studio?hold=1"]);
    for link in &links {
        ok(&ada, link).await;
    }
    assert!(page.contains("<polyline") && page.contains("New users a day"), "{page}");
    let today = chrono::Utc::now().date_naive();
    assert!(page.contains(&format!("/studio?from={today}&amp;to={today}")));
}
