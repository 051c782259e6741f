//! What leads on although a redirect would not arrive: long addresses through a real proxy, forms that
//! Chromium holds to `form-action`, long answers by form.

use dev_provider::Person;
use http::Method;

use crate::support::app::{ADA, SESSION, TestApp};
use crate::support::browser::{Answer, Browser, between, parameter};
use crate::support::nginx::Nginx;

/// What a page that goes on by itself goes on to.
fn refresh(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{answer:?}");
    let url = between(&answer.body, "http-equiv=\"refresh\" content=\"0;url=", "\"").expect("it goes on");
    assert!(answer.body.contains(&format!("href=\"{url}\"")), "there is a button for it too");
    url.replace("&amp;", "&")
}

/// What a proxy with default buffers holds against: the bytes of all header lines.
fn head(answer: &Answer) -> usize {
    answer.headers.iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum::<usize>() + 40
}

/// A form that a page of ours posts in a browser.
async fn post_in_browser(browser: &Browser, path: &str, form: &[(&str, &str)]) -> Answer {
    let ask = browser.ask(Method::POST, path).header("origin", &browser.origin());
    let ask = ask.header("sec-fetch-site", "same-origin").header("sec-fetch-mode", "navigate");
    ask.form(form).send().await
}

#[tokio::test]
async fn a_form_that_leads_away_answers_a_page_which_goes_on_by_itself() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let linked = post_in_browser(&browser, "/auth/link", &[("provider", "main")]).await;
    assert!(refresh(&linked).starts_with(&format!("{}/authorize?", app.provider.issuer())));
    let out = post_in_browser(&browser, "/auth/logout", &[]).await;
    let there = refresh(&out);
    assert!(there.starts_with(&format!("{}/logout?", app.provider.issuer())));
    assert!(out.header("location").is_empty() && !out.body.contains("<script src"));
    assert_eq!(out.header("referrer-policy"), "no-referrer");
    assert!(browser.cookie(SESSION).is_none() && !browser.is_signed_in().await);
    assert!(browser.get(&there).await.location().starts_with(&app.site));
    let again = post_in_browser(&browser, "/auth/logout", &[]).await;
    assert_eq!(refresh(&again), "/", "what cookies change may lead to a log-in");
}

#[tokio::test]
async fn browsers_that_do_not_say_how_they_came_are_known_by_their_name() {
    let app = TestApp::start().await;
    let post = async |agent: &str| {
        let browser = app.signed_in(ADA).await;
        let ask = browser.ask(Method::POST, "/auth/logout").header("origin", &app.site);
        ask.header("user-agent", agent).send().await
    };
    refresh(&post("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15) Version/15.1 Safari/605.1.15").await);
    for program in ["", "curl/8.0", "python"] {
        assert!(post(program).await.location().starts_with(app.provider.issuer()), "{program}");
    }
}

#[tokio::test]
async fn a_form_that_stays_here_is_redirected() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let ended = post_in_browser(&browser, "/auth/sessions/end-others", &[]).await;
    assert_eq!(ended.location(), "/account");
}

/// A person whose tokens are long: fifty groups.
fn of_many_groups() -> Person {
    let groups: Vec<String> =
        (0..50).map(|n| format!("group-with-quite-a-long-name-{n:03}-at-acme")).collect();
    Person::new("many").with("groups", groups)
}

#[tokio::test]
async fn whatever_is_long_passes_a_proxy_with_default_buffers() {
    let app = TestApp::start().await;
    app.provider.set_person(of_many_groups());
    let nginx = Nginx::before(app.door).await;
    let browser = app.browser().sent_to(nginx.door);
    browser.log_in_as("many").await;
    let out = browser.post("/auth/logout", &[]).await;
    assert!(out.location().starts_with(app.provider.issuer()), "and the hint was left out");
    assert_eq!(parameter(out.location(), "id_token_hint"), None);
    let hint = "h".repeat(3000);
    let left = browser.get(&format!("/auth/login?login_hint={hint}")).await;
    let address = refresh(&left);
    assert!(address.starts_with(app.provider.issuer()));
    assert_eq!(parameter(&address, "login_hint"), Some(hint));
    let callback = browser.choose(&address, ADA).await;
    assert_eq!(browser.get(&callback).await.location(), "/dashboard");
    for long in [
        format!("/dashboard?{}", "a".repeat(2000)),
        format!("/account?{}", "%22".repeat(1500)),
        format!("/dashboard?{}", "a".repeat(12_000)),
        format!("/auth/login?return_to=/{}", "%C3%A9".repeat(1000)),
        format!("/auth/login?acr_values={}&prompt={}", "a".repeat(3000), "b".repeat(3000)),
        format!("/auth/providers?return_to=/{}", "a".repeat(3000)),
        format!("/{}", "a".repeat(12_000)),
        format!("/auth/initiate?iss={}&login_hint={}", app.provider.issuer(), "h".repeat(6000)),
    ] {
        for browser in [&browser, &app.browser().sent_to(nginx.door)] {
            let answer = browser.get(&long).await;
            assert!(answer.status.as_u16() < 500, "{} {long}", answer.status);
            assert!(head(&answer) < 4096, "{} {long}", head(&answer));
        }
    }
    let far = format!("/{}", "\u{e9}".repeat(1000));
    let login = format!("/auth/login?return_to={far}");
    let stranger = app.browser().sent_to(nginx.door);
    let callback = stranger.choose(stranger.get(&login).await.location(), ADA).await;
    assert!(refresh(&stranger.get(&callback).await).starts_with("/%C3%A9"), "where one wanted to go is long");
    assert!(stranger.is_signed_in().await);
}

#[tokio::test]
async fn a_long_answer_by_form_goes_on_by_a_form_of_ours() {
    let app = TestApp::with(&[("OIDC_RESPONSE_MODE", "form_post")]).await;
    let nginx = Nginx::before(app.door).await;
    for (path, padding) in
        [("/auth/callback", 4000), ("/auth/callback", 40_000), ("/api/auth/kinde_callback", 4000)]
    {
        let browser = app.browser().sent_to(nginx.door);
        let authorize = browser.leave("").await;
        let page = browser.ask(Method::GET, &authorize).header("dev-choose", ADA).send().await;
        let field = |page: &Answer, name: &str| {
            between(&page.body, &format!("name=\"{name}\" value=\""), "\"").unwrap_or_default().to_owned()
        };
        let (code, state, iss, long) =
            (field(&page, "code"), field(&page, "state"), field(&page, "iss"), "s".repeat(padding));
        let form = [("code", code.as_str()), ("state", &state), ("iss", &iss), ("session_state", &long)];
        // A cross-site POST carries no Lax cookie.
        let cross = app.browser().sent_to(nginx.door);
        let ask = cross.ask(Method::POST, path).header("origin", app.provider.issuer());
        let moved =
            ask.header("sec-fetch-site", "cross-site").header("sec-fetch-mode", "navigate").form(&form);
        let moved = moved.send().await;
        assert_eq!((moved.status.as_u16(), moved.set_cookies().len()), (200, 0), "{moved:?}");
        for (name, value) in form {
            assert_eq!(field(&moved, name), value, "{name}");
        }
        let action = between(&moved.body, "<form method=\"post\" action=\"", "\"").unwrap();
        assert_eq!(action.split('?').next(), Some(path));
        let nonce = between(moved.header("content-security-policy"), "'nonce-", "'").unwrap();
        assert!(
            moved.body.contains(&format!("<script nonce=\"{nonce}\">document.forms[0].submit()</script>"))
        );
        assert!(moved.body.contains("<button class=\"primary\">Continue</button>"));
        let without = cross.ask(Method::POST, action).header("origin", &app.site).form(&form).send().await;
        assert_eq!(without.verdict(), (400, "login_unknown"), "it goes round once");
        let signed = post_in_browser(&browser, action, &form).await;
        assert_eq!(
            refresh(&signed),
            "/dashboard",
            "that page may lead away, as where it asks for a stronger log-in"
        );
        assert!(browser.is_signed_in().await);
        assert_eq!(
            refresh(&post_in_browser(&browser, action, &form).await),
            "/dashboard",
            "who comes twice too"
        );
    }
    let browser = app.browser();
    let authorize = browser.leave("").await;
    let state = parameter(&authorize, "state").unwrap();
    let code = "c".repeat(4000);
    let form = [("code", code.as_str()), ("state", &state), ("iss", app.provider.issuer())];
    let refused = post_in_browser(&browser, "/auth/callback", &form).await;
    assert_eq!(refused.verdict(), (502, "code_refused"), "all of the code came to the provider");
}
