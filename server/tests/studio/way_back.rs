//! Whoever comes back to a list finds it as it was: from a user's page, an act, the inbox, the accounts that wait.

use serde_json::json;

use super::acts::{SAM, app, operator, operator_since_an_hour};
use crate::hooks::{WHSEC, standard};
use crate::support::app::{ADA, GRACE, Plan};
use crate::support::browser::{Answer, between};

const LIST: &str = "/studio?q=dev&sort=name&size=50&cols=email";
const HANDED: &str = "list=q%3Ddev%26sort%3Dname%26size%3D50%26cols%3Demail";

/// Where the link with these words leads.
fn link(page: &Answer, words: &str) -> String {
    let before = page.body.split(&format!(">{words}</a>")).next().filter(|rest| *rest != page.body);
    let tag =
        before.and_then(|before| before.rsplit("<a ").next()).unwrap_or_else(|| panic!("{words}: {page:?}"));
    between(tag, "href=\"", "\"").unwrap().replace("&amp;", "&")
}

#[tokio::test]
async fn a_list_is_found_as_it_was_from_a_users_page_and_from_acts_on_one() {
    let app = app().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let grace = operator(&app).await;
    let list = grace.get(LIST).await;
    let user = format!("/studio/users/{id}?{HANDED}");
    assert!(list.body.contains(&format!("href=\"{user}\"")), "{list:?}");
    let page = grace.get(&user).await;
    assert_eq!(link(&page, "Back to the list"), LIST);
    let asked = link(&page, "Disable");
    assert_eq!(asked, format!("/studio/acts?act=disable&user={id}&{HANDED}"));
    let asked = grace.get(&asked).await;
    assert_eq!(link(&asked, "Do nothing"), user);
    let handed = between(&asked.body, "name=\"list\" value=\"", "\"").unwrap().replace("&amp;", "&");
    assert_eq!(format!("/studio?{handed}"), LIST);
    let form = [("act", "disable"), ("user", &*id), ("list", &handed)];
    assert_eq!(link(&grace.post("/studio/acts", &form).await, "Do nothing"), user, "it lacks a reason");
    let done = grace.post("/studio/acts", &[&form[..], &[("reason", "asked")]].concat()).await;
    assert!(done.body.contains("Disabled, and signed out."), "{done:?}");
    assert_eq!(link(&done, "Back to the list"), LIST);
    assert_eq!(link(&done, "<bdi>Ada Lovelace</bdi>"), user);
    // Claims, too.
    let issuer = app.provider.issuer();
    let form = [("user", &*id), ("issuer", issuer), ("subject", ADA), ("list", &handed)];
    assert_eq!(link(&grace.post("/studio/claims", &form).await, "Back to the user"), user);
    // Everybody in the usual order is not handed on.
    let list = grace.get("/studio").await;
    assert!(list.body.contains(&format!("href=\"/studio/users/{id}\"")) && !list.body.contains("list="));
    assert_eq!(link(&grace.get(&format!("/studio/users/{id}")).await, "All users"), "/studio");
}

#[tokio::test]
async fn a_list_is_found_as_it_was_after_an_act_on_whoever_was_ticked() {
    let app = app().await;
    let (ada, sam) = (app.signed_in(ADA).await.user_id().await, app.signed_in(SAM).await.user_id().await);
    let grace = operator(&app).await;
    let list = grace.get(LIST).await.body;
    let form = list.split("<form id=\"acts\"").nth(1).unwrap();
    let handed = between(form, "name=\"list\" value=\"", "\"").unwrap().replace("&amp;", "&");
    assert_eq!(format!("/studio?{handed}"), LIST);
    let ticked = format!("{HANDED}&user={ada}&user={sam}&act=end_sessions");
    let asked = grace.get(&format!("/studio/acts?{ticked}")).await;
    assert_eq!(link(&asked, "Do nothing"), LIST);
    let form = [("act", "end_sessions"), ("user", &*ada), ("user", &sam), ("list", &handed)];
    assert_eq!(link(&grace.post("/studio/acts", &form).await, "Back to the list"), LIST);
    let nobody = grace.get(&format!("/studio/acts?{HANDED}&act=erase")).await;
    assert_eq!((nobody.status.as_u16(), link(&nobody, "Back to the list").as_str()), (400, LIST));
    // What is handed on is read as a list, and leads nowhere else.
    for odd in ["%2F%2Fevil.example", "x%22%3E%3Cscript%3E", "%0d%0a", "%FF"] {
        let page = grace.get(&format!("/studio/users/{ada}?list={odd}")).await;
        assert_eq!(link(&page, "Back to the list"), "/studio", "{odd}");
    }
}

#[tokio::test]
async fn a_log_in_before_an_act_does_not_lose_the_list() {
    let app = app().await;
    let ada = app.signed_in(ADA).await.user_id().await;
    let grace = operator_since_an_hour(&app).await;
    let asked = grace.get(&format!("/studio/acts?{HANDED}&user={ada}&act=end_sessions")).await;
    let to = percent_encoding::percent_decode_str(asked.location()).decode_utf8().unwrap();
    assert!(to.contains(&format!("&{HANDED}&")), "{to}");
}

#[tokio::test]
async fn the_inbox_and_the_accounts_that_wait_are_found_as_they_were() {
    let plan = Plan::new().await;
    let grace = format!("sub:{}|{GRACE}", plan.provider.issuer());
    let app = plan.set("OPERATORS", &grace).set("OIDC_WEBHOOK_SECRET", WHSEC).start().await;
    let grace = operator(&app).await;
    let odd = json!({"type": "user.updated", "timestamp": "2026-11-29T11:00:00Z", "data": {"name": "y"}});
    for id in ["1", "2"] {
        assert_eq!(standard(id, &odd, WHSEC).by(&app).await.status, 200);
    }
    let page = grace.get("/studio/inbox?all=1").await;
    let asked = grace.get(&link(&page, "Drop")).await;
    assert_eq!(link(&asked, "Do nothing"), "/studio/inbox?all=1");
    let id = between(&asked.body, "name=\"id\" value=\"", "\"").unwrap().to_owned();
    let form = [("id", id.as_str()), ("list", "all=1")];
    assert_eq!(grace.post("/studio/inbox/drop", &form).await.location(), "/studio/inbox?all=1");
    assert_eq!(grace.post("/studio/inbox/replay", &form).await.location(), "/studio/inbox?all=1");
    let held = [("up_to", id.as_str()), ("list", "all=1&after=x&x=//evil.example")];
    assert_eq!(grace.post("/studio/inbox/replay-held", &held).await.location(), "/studio/inbox?all=1");
    let adopt = [("account", "x"), ("user", "x"), ("list", "provider=main&problem=taken")];
    let refused = grace.post("/studio/waiting/adopt", &adopt).await;
    assert_eq!(refused.location(), "/studio/waiting?provider=main&problem=nobody");
}
