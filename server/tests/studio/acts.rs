//! Acts of an operator: each asks first, is done once, and stands in the log; and what everybody else is told.

use identity::{Act, Actor, ErasedName, UserId};

use crate::support::app::{ADA, GRACE, Plan, SESSION, TestApp};
use crate::support::browser::{Answer, Browser};

/// Grace may act, Sam may look.
pub(super) const SAM: &str = "dev|0003";

pub(super) async fn app() -> TestApp {
    let plan = Plan::new().await;
    let sam = format!("sub:{}|{SAM}", plan.provider.issuer());
    plan.set("OPERATORS", "email:grace@example.com").set("VIEWERS", &sam).start().await
}

/// An operator who logged in a moment ago, freshly.
pub(crate) async fn operator(app: &TestApp) -> Browser {
    let browser = app.browser();
    let authorize = browser.leave("?max_age=900").await;
    let callback = browser.choose(&authorize, GRACE).await;
    assert_eq!(browser.get(&callback).await.status, 303);
    browser
}

async fn act(browser: &Browser, form: &[(&str, &str)]) -> Answer {
    browser.post("/studio/acts", form).await
}

#[tokio::test]
async fn a_user_is_disabled_with_a_reason_and_let_in_again_and_both_stand_in_the_log() {
    let app = app().await;
    let ada = app.signed_in(ADA).await;
    let id = ada.user_id().await;
    let grace = operator(&app).await;
    let page = grace.get(&format!("/studio/users/{id}")).await;
    let address = format!("/studio/acts?act=disable&amp;user={id}");
    assert!(page.body.contains(&address) || page.body.contains(&address.replace("&amp;", "&")), "{page:?}");
    let asked = grace.get(&format!("/studio/acts?act=disable&user={id}")).await;
    assert_eq!((asked.status.as_u16(), asked.heading()), (200, "Disable?"));
    assert!(ada.is_signed_in().await, "asking does nothing");
    // Without a reason it asks again.
    let again = act(&grace, &[("act", "disable"), ("user", &id)]).await;
    assert_eq!(again.status, 400);
    assert!(again.body.contains("aria-invalid=\"true\"") && ada.is_signed_in().await);
    let form = [("act", "disable"), ("user", &*id), ("reason", "<b>asked</b> by letter")];
    let done = act(&grace, &form).await;
    assert_eq!(done.status, 200, "{done:?}");
    assert!(done.body.contains("Disabled, and signed out.") && !ada.is_signed_in().await);
    let twice = act(&grace, &form).await;
    assert!(twice.body.contains("it was so already"), "a form posted twice does it once");
    let enabled = act(&grace, &[("act", "enable"), ("user", &id)]).await;
    assert!(enabled.body.contains("Enabled."));
    ada.log_in_as(ADA).await;
    let log = grace.get("/studio/log").await;
    assert!(log.body.contains("&lt;b&gt;asked&lt;/b&gt; by letter") && log.body.contains("Grace Hopper"));
    let lines = app.store().await.log.lines(None, 9).await.unwrap();
    let acts: Vec<Act> = lines.iter().map(|line| line.act).collect();
    assert_eq!(acts, [Act::Enable, Act::Disable]);
    let operator = UserId(grace.user_id().await.parse().unwrap());
    assert_eq!(lines[1].actor, Actor::User(operator));
    assert_eq!(lines[1].request.as_deref(), Some(done.header("x-request-id")));
}

/// A browser in which Grace has been signed in for an hour.
pub(super) async fn operator_since_an_hour(app: &TestApp) -> Browser {
    let (browser, store) = (app.signed_in(GRACE).await, app.store().await);
    let user = UserId(browser.user_id().await.parse().unwrap());
    let [now] = &store.sessions.list(user, chrono::Utc::now()).await.unwrap()[..] else { panic!("one") };
    let secret = identity::Secret::new([9; 32]);
    let auth_time = now.auth_time.map(|at| at - chrono::TimeDelta::hours(1));
    assert!(auth_time.is_some(), "the provider states when");
    store.start(&identity::Session { id: secret.digest(), auth_time, ..now.clone() }).await;
    browser.plant(SESSION, secret.expose());
    browser
}

#[tokio::test]
async fn an_act_asks_for_a_fresh_log_in_and_comes_back_to_its_question() {
    let app = app().await;
    let ada = app.signed_in(ADA).await.user_id().await;
    let grace = operator_since_an_hour(&app).await;
    assert_eq!(grace.get(&format!("/studio/users/{ada}")).await.status, 200, "to look it is enough");
    let posted = act(&grace, &[("act", "disable"), ("user", &ada), ("reason", "asked")]).await;
    let asked = grace.get(&format!("/studio/acts?act=disable&user={ada}")).await;
    for answer in [posted, asked] {
        let to = answer.location();
        assert!(
            to.starts_with("/auth/login?return_to=/studio/acts%3Fact%3Ddisable%26users%3D"),
            "{answer:?}"
        );
        assert!(to.ends_with("&provider=main&max_age=900"), "{to}");
    }
    assert!(app.store().await.log.lines(None, 9).await.unwrap().is_empty(), "nothing is done by itself");
    let asked = grace.get(&format!("/studio/acts?act=disable&user={ada}")).await;
    let authorize = grace.get(asked.location()).await.location().to_owned();
    let callback = grace.choose(&authorize, GRACE).await;
    let back = grace.get(&callback).await;
    assert_eq!(grace.get(back.location()).await.heading(), "Disable?");
    assert!(app.store().await.log.lines(None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn nobody_erases_or_disables_themselves_and_a_last_identity_stays() {
    let app = app().await;
    let ada = app.signed_in(ADA).await.user_id().await;
    let grace = operator(&app).await;
    let oneself = grace.user_id().await;
    let page = grace.get(&format!("/studio/users/{oneself}")).await;
    assert!(page.body.contains("This is you") && !page.body.contains("act=erase"));
    for form in [
        &[("act", "disable"), ("user", &*oneself), ("reason", "x")][..],
        &[("act", "erase"), ("user", &oneself), ("reason", "x"), ("word", "erase")],
    ] {
        let done = act(&grace, form).await;
        assert!(done.body.contains("nobody does that to themselves"), "{done:?}");
    }
    assert!(grace.is_signed_in().await);
    let issuer = app.provider.issuer();
    let unlink = [("act", "unlink"), ("user", &*ada), ("issuer", issuer), ("subject", ADA)];
    let done = act(&grace, &unlink).await;
    assert!(done.body.contains("this is the last identity"), "{done:?}");
    assert!(app.store().await.log.lines(None, 9).await.unwrap().is_empty());
}

#[tokio::test]
async fn who_is_erased_is_gone_for_everybody_but_their_own_next_log_in() {
    let app = app().await;
    let ada = app.signed_in(ADA).await;
    let id = ada.user_id().await;
    let grace = operator(&app).await;
    let form = |word: &'static str| {
        [("act", "erase"), ("user", &*id), ("reason", "asked by letter"), ("word", word)]
    };
    let wrong = act(&grace, &form("delete")).await;
    assert_eq!(wrong.status, 400);
    assert!(wrong.body.contains("That was another word") && wrong.body.contains("asked by letter"));
    let done = act(&grace, &form("erase")).await;
    assert!(done.body.contains("Erased.") && !ada.is_signed_in().await, "{done:?}");
    assert!(act(&grace, &form("erase")).await.body.contains("Erased already."), "a form posted twice");
    for address in [format!("/studio/users/{id}"), "/studio/users/nobody".to_owned()] {
        assert_eq!(grace.get(&address).await.verdict(), (404, "not_found"), "{address}");
    }
    let gone = act(&grace, &[("act", "disable"), ("user", &id), ("reason", "x")]).await;
    assert!(gone.body.contains("no such user any more"));
    let store = app.store().await;
    let [line] = &store.log.lines(None, 9).await.unwrap()[..] else { panic!("one line") };
    assert_eq!((line.act, line.user), (Act::Erase, Some(UserId(id.parse().unwrap()))));
    assert!(!format!("{line:?}").contains("ada@example.com"));
    assert!(grace.get("/studio/log").await.body.contains(&id));
    let name = ErasedName::identity(app.provider.issuer(), ADA);
    assert!(store.erasures.erased_at(&[name]).await.unwrap().is_some());
    // What is said of them brings them not back, what they do themselves does.
    let directory = identity::Directory::new(store.store.ports(), std::sync::Arc::new(server::System));
    let mut said = crate::store::people::plain_login(ADA, 0);
    said.issuer = app.provider.issuer().to_owned();
    for source in
        [identity::Source::Webhook, identity::Source::Scim, identity::Source::Scan, identity::Source::Import]
    {
        said.origin.source = source;
        let heard = directory.hear(&said).await.unwrap();
        assert!(matches!(heard, identity::Written::Left(None)), "{source}: {heard:?}");
        assert!(directory.would_hear(&said).await.unwrap().is_none());
    }
    ada.log_in_as(ADA).await;
    assert_ne!(ada.user_id().await, id);
    said.origin.source = identity::Source::Webhook;
    (said.origin.at, said.origin.received_at) = (chrono::Utc::now(), chrono::Utc::now());
    assert!(matches!(directory.hear(&said).await.unwrap(), identity::Written::Kept(_)), "followed again");
}

#[tokio::test]
async fn several_are_done_at_once_with_a_verdict_for_each() {
    let app = app().await;
    let ada = app.signed_in(ADA).await;
    let sam = app.signed_in(SAM).await;
    let (ada_id, sam_id) = (ada.user_id().await, sam.user_id().await);
    let grace = operator(&app).await;
    let nobody = "0198a7f0-22d4-7e19-8b3c-6d10f9e5a487";
    let users = [("user", &*ada_id), ("user", &*sam_id), ("user", nobody), ("user", &*ada_id)];
    let done = act(&grace, &[&[("act", "end_sessions")], &users[..]].concat()).await;
    assert_eq!(done.body.matches("Signed out everywhere.").count(), 2, "{done:?}");
    assert_eq!(done.body.matches("no such user any more").count(), 1);
    assert!(!ada.is_signed_in().await && !sam.is_signed_in().await && grace.is_signed_in().await);
    assert_eq!(app.store().await.log.lines(None, 9).await.unwrap().len(), 2);
}

#[tokio::test]
async fn whoever_is_ticked_in_the_list_is_whom_the_question_is_about() {
    let app = app().await;
    let (ada, sam) = (app.signed_in(ADA).await, app.signed_in(SAM).await);
    let (ada_id, sam_id) = (ada.user_id().await, sam.user_id().await);
    let grace = operator(&app).await;
    let list = grace.get("/studio").await.body;
    for id in [&ada_id, &sam_id] {
        assert!(list.contains(&format!("name=\"user\" value=\"{id}\" form=\"acts\"")), "{list}");
    }
    assert!(list.contains("aria-label=\"Tick Ada Lovelace\"") && list.contains("<form id=\"acts\""));
    // As a browser sends the form: in the order of the page, the button last.
    let asked = grace.get(&format!("/studio/acts?user={sam_id}&user={ada_id}&act=end_sessions")).await;
    assert_eq!((asked.status.as_u16(), asked.heading()), (200, "End all sessions for 2 people?"));
    assert!(asked.body.contains("Ada Lovelace") && ada.is_signed_in().await);
    for nobody in ["?act=erase", "?act=enable"] {
        let answer = grace.get(&format!("/studio/acts{nobody}")).await;
        assert_eq!((answer.status.as_u16(), answer.heading()), (400, "Nobody is ticked."), "{nobody}");
    }
    let viewer = sam.get("/studio").await.body;
    assert!(!viewer.contains("name=\"user\"") && !viewer.contains("/studio/acts"), "{viewer}");
    assert_eq!(sam.get("/studio/acts?act=erase").await.verdict(), (403, "denied"));
}

#[tokio::test]
async fn one_session_ends_and_no_other() {
    let app = app().await;
    let (here, there) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let id = here.user_id().await;
    let grace = operator(&app).await;
    let page = grace.get(&format!("/studio/users/{id}")).await;
    assert_eq!(page.body.matches("act=end_session&amp;").count(), 2, "{page:?}");
    let store = app.store().await;
    let sessions = store.sessions.list(UserId(id.parse().unwrap()), chrono::Utc::now()).await.unwrap();
    let session = sessions[0].id.to_text();
    let done = act(&grace, &[("act", "end_session"), ("user", &id), ("session", &session)]).await;
    assert!(done.body.contains("The session has ended."), "{done:?}");
    assert_ne!(here.is_signed_in().await, there.is_signed_in().await);
    // Another person's session is none of this user's.
    let own = grace.user_id().await;
    let theirs = store.sessions.list(UserId(own.parse().unwrap()), chrono::Utc::now()).await.unwrap();
    let session = theirs[0].id.to_text();
    let done = act(&grace, &[("act", "end_session"), ("user", &id), ("session", &session)]).await;
    assert!(done.body.contains("it was so already") && grace.is_signed_in().await);
}

#[tokio::test]
async fn claims_are_shown_to_operators_alone_and_the_look_stands_in_the_log() {
    let app = app().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let (grace, sam) = (operator(&app).await, app.signed_in(SAM).await);
    let issuer = app.provider.issuer();
    let form = [("user", &*id), ("issuer", issuer), ("subject", ADA)];
    let page = grace.get(&format!("/studio/users/{id}")).await;
    assert!(!page.body.contains("1760000000"), "claims come on demand");
    assert_eq!(sam.post("/studio/claims", &form).await.verdict(), (403, "denied"));
    assert!(app.store().await.log.lines(None, 9).await.unwrap().is_empty());
    let claims = grace.post("/studio/claims", &form).await;
    assert!(claims.body.contains("1760000000") && claims.body.contains("zoneinfo"), "{claims:?}");
    let [line] = &app.store().await.log.lines(None, 9).await.unwrap()[..] else { panic!("one line") };
    assert_eq!((line.act, line.detail.as_deref()), (Act::LookAtClaims, Some("main")));
    for odd in [&[][..], &[("user", &*id)], &[("user", "x"), ("issuer", "a"), ("subject", "b")]] {
        assert_eq!(grace.post("/studio/claims", odd).await.verdict(), (400, "parameter_invalid"));
    }
    let other = [("user", &*id), ("issuer", issuer), ("subject", "nobody")];
    assert_eq!(grace.post("/studio/claims", &other).await.verdict(), (404, "not_found"));
}

#[tokio::test]
async fn a_viewer_sees_people_and_log_without_acts_and_acts_refuse_them() {
    let app = app().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let sam = app.signed_in(SAM).await;
    let page = sam.get(&format!("/studio/users/{id}")).await;
    assert_eq!(page.status, 200);
    assert!(page.body.contains("ada@example.com") && !page.body.contains("/studio/acts"), "{page:?}");
    assert!(!page.body.contains("/studio/claims"));
    assert_eq!(sam.get("/studio/log").await.heading(), "Operators' log");
    for answer in [
        sam.get(&format!("/studio/acts?act=disable&user={id}")).await,
        act(&sam, &[("act", "disable"), ("user", &id), ("reason", "x")]).await,
        act(&sam, &[]).await,
    ] {
        assert_eq!(answer.verdict(), (403, "denied"));
    }
}

#[tokio::test]
async fn odd_orders_are_refused_by_a_page_and_never_by_a_fault() {
    let app = app().await;
    let id = app.signed_in(ADA).await.user_id().await;
    let grace = operator(&app).await;
    let many: Vec<(&str, String)> =
        (0..101).map(|n| ("user", format!("{n:08x}-0000-7000-8000-000000000000"))).collect();
    let many: Vec<(&str, &str)> = many.iter().map(|(name, value)| (*name, value.as_str())).collect();
    for form in [
        &[][..],
        &[("act", "disable")],
        &[("act", "disable"), ("user", "\u{0}")],
        &[("act", "nothing"), ("user", &*id)],
        &[("act", "end_session"), ("user", &id), ("session", "x")],
        &[&[("act", "disable")], &many[..]].concat(),
    ] {
        assert_eq!(act(&grace, form).await.verdict(), (400, "parameter_invalid"), "{form:?}");
    }
    for query in ["", "?user=x", "?act=erase&user=%ff", "?act=disable&users=AAAA.x"] {
        let answer = grace.get(&format!("/studio/acts{query}")).await;
        assert_eq!(answer.verdict(), (400, "parameter_invalid"), "{query}");
    }
    for address in ["/studio/users/", "/studio/users/%ff", "/studio/log?before=x", "/studio/users/x/y"] {
        assert!(grace.get(address).await.status.as_u16() < 500, "{address}");
    }
}
