//! The journey out: here first, then at the provider; and what the provider says of log-outs there.

use std::time::{Duration, Instant};

use dev_provider::{Endpoint, Fault, Person};
use http::Method;
use serde_json::json;

use crate::support::app::{ADA, CLIENT_ID, GRACE, Plan, SESSION, TestApp};
use crate::support::browser::{Answer, parameter};

#[tokio::test]
async fn the_provider_hears_who_logs_out_and_where_to_send_them() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let session = browser.cookie(SESSION).unwrap();
    let out = browser.post("/auth/logout", &[]).await;
    let there = out.location();
    assert!(there.starts_with(&format!("{}/logout?", app.provider.issuer())));
    assert_eq!(parameter(there, "client_id").as_deref(), Some(CLIENT_ID));
    assert_eq!(parameter(there, "post_logout_redirect_uri"), Some(format!("{}/", app.site)));
    assert_eq!(parameter(there, "state").map(|state| state.len()), Some(43));
    assert_eq!(parameter(there, "id_token_hint").map(|hint| hint.matches('.').count()), Some(2));
    assert_eq!(browser.cookie(SESSION), None);
    let thief = app.browser();
    thief.plant(SESSION, &session);
    assert!(!thief.is_signed_in().await, "ended on the server");
    let back = browser.get(there).await;
    assert!(back.location().starts_with(&format!("{}/?state=", app.site)));
    assert!(app.provider.sids(ADA).is_empty(), "ended at the provider");
}

#[tokio::test]
async fn where_a_log_out_ends_is_a_setting() {
    let app = TestApp::with(&[("POST_LOGOUT_REDIRECT_URL", "/bye?x")]).await;
    let browser = app.signed_in(ADA).await;
    let out = browser.post("/auth/logout", &[]).await;
    let uri = parameter(out.location(), "post_logout_redirect_uri");
    assert_eq!(uri, Some(format!("{}/bye?x", app.site)));
    assert_eq!(browser.post("/auth/logout", &[]).await.location(), "/bye?x", "nobody is signed in");
}

#[tokio::test]
async fn a_long_hint_is_left_out() {
    let app = TestApp::start().await;
    app.provider.set_person(Person::new("long").with("groups", "g".repeat(6000)));
    let browser = app.signed_in("long").await;
    let out = browser.post("/auth/logout", &[]).await;
    assert_eq!(parameter(out.location(), "id_token_hint"), None);
    assert_eq!(parameter(out.location(), "client_id").as_deref(), Some(CLIENT_ID));
    assert!(out.location().len() < 1000);
    assert_eq!(browser.get(out.location()).await.status, 303);
}

#[tokio::test]
async fn the_tokens_are_revoked_where_that_is_offered() {
    for (scopes, kind, start) in [
        ("openid", "access_token", dev_provider::ACCESS_TOKEN_PREFIX),
        ("openid offline_access", "refresh_token", dev_provider::REFRESH_TOKEN_PREFIX),
    ] {
        let app = TestApp::with(&[("OIDC_SCOPES", scopes)]).await;
        app.signed_in(ADA).await.post("/auth/logout", &[]).await;
        let call = app.provider.calls().last(Endpoint::Revoke).unwrap();
        assert_eq!(call.form.get("token_type_hint"), Some(kind));
        assert!(call.form.get("token").unwrap().starts_with(start));
        assert!(call.authorization().unwrap().starts_with("Basic "));
    }
    let app = TestApp::start().await;
    app.provider.faults().set(Fault::MetadataWithoutRevocation);
    app.signed_in(ADA).await.post("/auth/logout", &[]).await.location();
    assert_eq!(app.provider.calls().count(Endpoint::Revoke), 0);
}

#[tokio::test]
async fn a_log_out_succeeds_whatever_the_provider_does() {
    let app = TestApp::start().await;
    for fault in [Fault::Revoke500, Fault::RevokeSlow, Fault::EndSession500] {
        app.provider.faults().set(fault);
        let browser = app.signed_in(ADA).await;
        let started = Instant::now();
        browser.post("/auth/logout", &[]).await.location();
        assert!(started.elapsed() < Duration::from_secs(8), "nobody waits long for a revocation");
        assert!(!browser.is_signed_in().await, "{fault:?}");
        app.provider.faults().clear_all();
    }
    let browser = app.signed_in(ADA).await;
    app.provider.stop().await;
    let out = browser.post("/auth/logout", &[]).await;
    assert!(out.location().starts_with(app.provider.issuer()), "what was known of it is enough");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn nobody_who_logs_out_waits_long_for_metadata() {
    for known in [true, false] {
        let mut app = TestApp::with(&[("OIDC_METADATA_TTL_SECONDS", "1")]).await;
        let browser = app.signed_in(ADA).await;
        if !known {
            app.restart(&[]).await;
        }
        tokio::time::sleep(Duration::from_millis(1100)).await;
        app.provider.faults().set(Fault::MetadataSlow);
        let started = Instant::now();
        let out = browser.post("/auth/logout", &[]).await;
        assert!(started.elapsed() < Duration::from_secs(6), "{:?}", started.elapsed());
        let there = if known { app.provider.issuer() } else { "/" };
        assert!(out.location().starts_with(there), "{known} {out:?}");
        assert!(!browser.is_signed_in().await);
    }
}

#[tokio::test]
async fn a_log_out_from_a_provider_that_was_never_reached_ends_here() {
    let mut app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    app.provider.stop().await;
    app.restart(&[]).await;
    assert_eq!(browser.post("/auth/logout", &[]).await.location(), "/");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_provider_without_a_log_out_is_left_alone() {
    let app = TestApp::start().await;
    app.provider.faults().set(Fault::MetadataWithoutEndSession);
    let browser = app.signed_in(ADA).await;
    assert_eq!(browser.post("/auth/logout", &[]).await.location(), "/");
    assert_eq!(browser.get("/").await.status, 200, "and no log-in starts by itself");
}

#[tokio::test]
async fn a_provider_with_a_form_of_its_own_is_told_by_that() {
    for (preset, fault, end) in [
        ("auth0", Some(Fault::MetadataWithoutEndSession), "/v2/logout?client_id=sparekey&returnTo="),
        ("auth0", None, "/logout?id_token_hint="),
        ("kinde", None, "/logout?redirect="),
        ("keycloak", None, "/logout?id_token_hint="),
    ] {
        let app = TestApp::with(&[("OIDC_PRESET", preset)]).await;
        fault.into_iter().for_each(|fault| app.provider.faults().set(fault));
        let out = app.signed_in(ADA).await.post("/auth/logout", &[]).await;
        let there = format!("{}{end}", app.provider.issuer());
        assert!(out.location().starts_with(&there), "{preset}: {}", out.location());
        if let Some(back) = parameter(out.location(), "returnTo") {
            assert_eq!(back, format!("{}/", app.site));
        }
    }
    let app = TestApp::with(&[("OIDC_PRESET", "google")]).await;
    let browser = app.signed_in(ADA).await;
    assert_eq!(browser.post("/auth/logout", &[]).await.location(), "/", "it has none for others");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn the_provider_hears_of_a_log_out_elsewhere_than_its_issuer() {
    let mut app = TestApp::start().await;
    app.provider.faults().set(Fault::MetadataWithEndSessionElsewhere);
    for restarted in [false, true] {
        let browser = app.signed_in(ADA).await;
        if restarted {
            app.restart(&[]).await;
        }
        let out = browser.post("/auth/logout", &[]).await;
        assert!(out.location().starts_with("https://stranger.example/out?tenant=a&id_token_hint="));
    }
}

#[tokio::test]
async fn whoever_is_out_already_is_out() {
    let app = TestApp::start().await;
    let browser = app.browser();
    assert_eq!(browser.post("/auth/logout", &[]).await.location(), "/");
    browser.plant(SESSION, &"C".repeat(43));
    assert_eq!(browser.post("/auth/logout", &[]).await.location(), "/");
    assert_eq!(browser.cookie(SESSION), None);
}

#[tokio::test]
async fn reading_the_log_out_page_changes_nothing() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    for target in ["/auth/logout", "/api/auth/logout"] {
        let page = browser.get(target).await;
        assert_eq!((page.status.as_u16(), page.heading()), (200, "Log out?"));
        assert!(page.body.contains("method=\"post\"") && page.body.contains("action=\"/auth/logout\""));
        for (name, value) in
            [("sec-fetch-mode", "no-cors"), ("sec-purpose", "prefetch"), ("purpose", "prefetch")]
        {
            browser.ask(Method::GET, target).header(name, value).send().await;
        }
        browser.ask(Method::HEAD, target).send().await;
    }
    assert!(browser.is_signed_in().await);
    assert_eq!(app.browser().get("/auth/logout").await.heading(), "You are logged out.");
}

async fn tell(app: &TestApp, token: &str) -> Answer {
    let caller = app.browser();
    let ask = caller.ask(Method::POST, "/auth/backchannel-logout").header("accept", "*/*");
    ask.form(&[("logout_token", token)]).send().await
}

#[tokio::test]
async fn a_logout_token_ends_the_session_it_names_and_is_believed_once() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let sid = app.provider.sids(ADA).pop().unwrap();
    let token = app.provider.logout_token(CLIENT_ID, Some(ADA), Some(&sid));
    let told = tell(&app, &token).await;
    assert_eq!((told.status.as_u16(), told.body.as_str()), (200, ""));
    assert_eq!(told.header("cache-control"), "no-store");
    assert!(!browser.is_signed_in().await);
    let again = app.signed_in(ADA).await;
    assert_eq!(tell(&app, &token).await.verdict(), (400, "invalid_request"));
    assert!(again.is_signed_in().await);
}

#[tokio::test]
async fn a_logout_token_may_expire_beyond_the_calendar_and_is_believed_once() {
    let app = TestApp::start().await;
    for exp in
        [serde_json::json!(i64::MAX), serde_json::json!(8_210_266_876_799_i64), serde_json::json!(1e300)]
    {
        let browser = app.signed_in(ADA).await;
        let now = chrono::Utc::now().timestamp();
        let claims = serde_json::json!({
            "iss": app.provider.issuer(), "aud": CLIENT_ID, "iat": now, "exp": exp, "jti": exp.to_string(),
            "sub": ADA, "events": { "http://schemas.openid.net/event/backchannel-logout": {} },
        });
        let token = app.provider.sign(&serde_json::json!({"typ": "logout+jwt"}), &claims);
        assert_eq!(tell(&app, &token).await.status, 200, "{exp}");
        assert!(!browser.is_signed_in().await);
        assert_eq!(tell(&app, &token).await.status, 400, "{exp}");
    }
}

#[tokio::test]
async fn an_id_token_may_state_times_beyond_the_calendar() {
    let app = TestApp::start().await;
    app.provider.rewrite_id_tokens(|claims| {
        let claims = String::from_utf8(claims).unwrap();
        let honest = claims.find("\"exp\":").unwrap() + 6;
        let end = honest + claims[honest..].find(',').unwrap();
        let more = ",\"session_expiry\":8210266876800,\"updated_at\":-1e300}";
        format!("{}9223372036854775807{}{more}", &claims[..honest], &claims[end..claims.len() - 1])
            .into_bytes()
    });
    app.provider.set_person(dev_provider::Person::new(ADA).mail("ada@example.com"));
    assert_eq!(app.signed_in(ADA).await.get("/api/me").await.json()["email"], "ada@example.com");
}

#[tokio::test]
async fn with_a_sid_one_session_ends_and_with_a_subject_alone_all_do() {
    let app = TestApp::start().await;
    let (one, two, grace) = (app.signed_in(ADA).await, app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let all = app.provider.sids(ADA);
    assert_eq!(all.len(), 2);
    let by_sid = app.provider.logout_token(CLIENT_ID, None, Some(&all[0]));
    assert_eq!(tell(&app, &by_sid).await.status, 200);
    let left = [one.is_signed_in().await, two.is_signed_in().await];
    assert_eq!(left.iter().filter(|is_in| **is_in).count(), 1);
    let third = app.signed_in(ADA).await;
    let by_subject = app.provider.logout_token(CLIENT_ID, Some(ADA), None);
    assert_eq!(tell(&app, &by_subject).await.status, 200);
    for browser in [&one, &two, &third] {
        assert!(!browser.is_signed_in().await);
    }
    assert!(grace.is_signed_in().await);
}

#[tokio::test]
async fn with_both_only_that_session_ends() {
    let app = TestApp::start().await;
    let browsers = [app.signed_in(ADA).await, app.signed_in(ADA).await];
    let sid = app.provider.sids(ADA).pop().unwrap();
    let both = app.provider.logout_token(CLIENT_ID, Some(ADA), Some(&sid));
    assert_eq!(tell(&app, &both).await.status, 200);
    let left = [browsers[0].is_signed_in().await, browsers[1].is_signed_in().await];
    assert_eq!(left.iter().filter(|is_in| **is_in).count(), 1);
}

#[tokio::test]
async fn a_session_nobody_knows_is_no_error() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    for (subject, sid) in [(None, Some("nobody")), (Some("nobody"), None), (Some(ADA), Some("nobody"))] {
        let token = app.provider.logout_token(CLIENT_ID, subject, sid);
        assert_eq!(tell(&app, &token).await.status, 200);
    }
    assert!(browser.is_signed_in().await, "a sid that nobody knows does not end all sessions of the subject");
}

#[tokio::test]
async fn a_logout_token_that_cannot_be_read_is_told_so() {
    let app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    let token = app.provider.logout_token(CLIENT_ID, Some(ADA), None);
    let post = |kind: &'static str, body: String| {
        let browser = app.browser();
        async move {
            let ask = browser.ask(Method::POST, "/auth/backchannel-logout").header("accept", "*/*");
            ask.body(kind, body).send().await
        }
    };
    const FORM: &str = "application/x-www-form-urlencoded";
    let refused = json!("invalid_request");
    for body in [
        String::new(),
        "logout_token=".into(),
        "x=y".into(),
        format!("logout_token={token}&logout_token={token}"),
    ] {
        let answer = post(FORM, body).await;
        assert_eq!((answer.status.as_u16(), &answer.json()["error"]), (400, &refused));
        assert_eq!(answer.header("cache-control"), "no-store");
    }
    let json = json!({"logout_token": token}).to_string();
    assert_eq!(post("application/json", json).await.status, 415);
    assert_eq!(post("text/plain", format!("logout_token={token}")).await.status, 415);
    for size in [70_000, 1_900_000] {
        assert_eq!(post(FORM, format!("logout_token={}", "a".repeat(size))).await.status, 413, "{size}");
    }
    assert_eq!(app.browser().get("/auth/backchannel-logout").await.status, 405);
    assert!(browser.is_signed_in().await);
    let padded = format!("x={}&logout_token={token}", "a".repeat(50_000));
    assert_eq!(post(FORM, padded).await.status, 200, "other parameters do no harm");
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn however_many_a_provider_logs_out_at_once_each_is_heard_and_a_stranger_is_not() {
    let app = TestApp::with(&[("TRUSTED_PROXIES", "127.0.0.0/8")]).await;
    let browser = app.browser();
    let post = async |token: &str, from: &str| {
        let ask = browser.ask(Method::POST, "/auth/backchannel-logout").header("x-forwarded-for", from);
        ask.header("accept", "*/*").form(&[("logout_token", token)]).send().await.status.as_u16()
    };
    let sid = |n: usize| n.to_string();
    for n in 0..800 {
        let token = app.provider.logout_token(CLIENT_ID, None, Some(&sid(n)));
        assert_eq!(post(&token, "203.0.113.7").await, 200, "{n}");
    }
    let flood = async |from: &str| {
        let mut stopped = 0;
        for _ in 0..40 {
            let some = futures::future::join_all((0..50).map(|_| post("nobody's", from))).await;
            stopped += some.into_iter().filter(|status| *status == 429).count();
        }
        stopped
    };
    assert!(flood("192.0.2.1").await > 0, "a stranger is stopped");
    assert_eq!(flood("203.0.113.7").await, 0, "and keeps no provider out that was heard from there");
    let token = app.provider.logout_token(CLIENT_ID, None, Some("one more"));
    assert_eq!(post(&token, "203.0.113.7").await, 200);
}

#[tokio::test]
async fn an_id_token_is_no_logout_token() {
    let app = TestApp::start().await;
    let (browser, other) = (app.signed_in(ADA).await, app.signed_in(ADA).await);
    let out = browser.post("/auth/logout", &[]).await;
    let id_token = parameter(out.location(), "id_token_hint").unwrap();
    assert_eq!(tell(&app, &id_token).await.status, 400);
    assert!(other.is_signed_in().await);
}

#[tokio::test]
async fn the_provider_logs_somebody_out_everywhere() {
    let app = TestApp::start().await;
    let (one, two, grace) = (app.signed_in(ADA).await, app.signed_in(ADA).await, app.signed_in(GRACE).await);
    let delivered = app.provider.log_out_everywhere(ADA).await;
    assert_eq!(delivered.iter().map(|one| one.status).collect::<Vec<_>>(), [200, 200]);
    assert!(!one.is_signed_in().await && !two.is_signed_in().await && grace.is_signed_in().await);
}

#[tokio::test]
async fn each_provider_ends_its_own_sessions_at_its_own_address() {
    let app = Plan::new().await.and("second").await.start().await;
    let second = &app.others["second"];
    let browser = app.browser();
    let authorize = browser.leave("?provider=second").await;
    browser.get(&browser.choose(&authorize, ADA).await).await.location();
    let tell = async |path: &str, token: String| {
        let caller = app.browser();
        let ask = caller.ask(Method::POST, path).header("accept", "*/*");
        ask.form(&[("logout_token", &token)]).send().await.status.as_u16()
    };
    let theirs = || second.logout_token(CLIENT_ID, Some(ADA), None);
    let mains = || app.provider.logout_token(CLIENT_ID, Some(ADA), None);
    assert_eq!(tell("/auth/backchannel-logout", theirs()).await, 400);
    assert_eq!(tell("/auth/backchannel-logout/second", mains()).await, 400);
    assert_eq!(tell("/auth/backchannel-logout/nobody", theirs()).await, 400);
    assert_eq!(tell("/auth/backchannel-logout", mains()).await, 200);
    assert!(
        browser.is_signed_in().await,
        "the subject of the same name at another provider is somebody else"
    );
    assert_eq!(tell("/auth/backchannel-logout/second", theirs()).await, 200);
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_provider_that_cannot_be_asked_for_its_keys_makes_nobody_forget_the_token() {
    let mut app = TestApp::start().await;
    let browser = app.signed_in(ADA).await;
    app.restart(&[("OIDC_JWKS_COOLDOWN_SECONDS", "1")]).await;
    let token = app.provider.logout_token(CLIENT_ID, Some(ADA), None);
    app.provider.stop().await;
    let told = tell(&app, &token).await;
    assert_eq!((told.status.as_u16(), told.header("retry-after")), (503, "5"));
    assert!(browser.is_signed_in().await);
    app.provider.start_again().await.unwrap();
    crate::support::app::eventually("the token is believed", || async {
        tell(&app, &token).await.status == 200
    })
    .await;
    assert!(!browser.is_signed_in().await);
}

#[tokio::test]
async fn a_third_party_may_start_a_log_in_and_no_more() {
    let app = TestApp::start().await;
    let issuer = app.provider.issuer().to_owned();
    let pairs = [("iss", issuer.as_str()), ("login_hint", "ada"), ("target_link_uri", "/account")];
    let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let browser = app.browser();
    let by_get = browser.get(&format!("/auth/initiate?{query}")).await;
    let ask = browser.ask(Method::POST, "/auth/initiate").header("sec-fetch-site", "cross-site");
    let by_post = ask.header("origin", "https://portal.example").form(&pairs).send().await;
    assert_eq!((by_get.location(), by_get.set_cookies().len()), (by_post.location(), 0));
    let left = browser.get(by_get.location()).await;
    assert_eq!(parameter(left.location(), "login_hint").as_deref(), Some("ada"));
    let callback = browser.choose(left.location(), ADA).await;
    assert_eq!(browser.get(&callback).await.location(), "/account");
}

#[tokio::test]
async fn a_third_party_chooses_neither_a_strange_provider_nor_a_strange_place() {
    let app = TestApp::start().await;
    let issuer = app.provider.issuer().to_owned();
    let at = |pairs: &[(&str, &str)]| {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        let browser = app.browser();
        async move { browser.get(&format!("/auth/initiate?{query}")).await }
    };
    for pairs in [
        &[][..],
        &[("iss", "https://evil.example")],
        &[("iss", &format!("{issuer}/"))],
        &[("iss", &issuer), ("iss", &issuer)],
    ] {
        assert_eq!(at(pairs).await.verdict(), (400, "provider_unknown"), "{pairs:?}");
    }
    for (asked, ends) in [
        ("https://evil.example/", "/dashboard"),
        ("//evil.example", "/dashboard"),
        ("/account", "/account"),
        (format!("{}/account", app.site).as_str(), format!("{}/account", app.site).as_str()),
    ] {
        let browser = app.browser();
        let started = at(&[("iss", &issuer), ("target_link_uri", asked)]).await;
        let left = browser.get(started.location()).await;
        let callback = browser.choose(left.location(), ADA).await;
        assert_eq!(browser.get(&callback).await.location(), ends);
    }
}
