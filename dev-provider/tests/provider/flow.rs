//! The authorization endpoint and the code flow, each refusal beside what is accepted.

use dev_provider::{Endpoint, Settings};

use crate::client::{CALLBACK, Rp, SITE, cookie, header, json, now, sent_back};

#[tokio::test]
async fn a_log_in_gives_what_openid_connect_promises() {
    let rp = Rp::new().await;
    let answer = rp.answer("dev|0001", &[]).await;
    assert_eq!(answer.get("state"), Some("the-state"));
    assert_eq!(answer.get("iss"), Some(rp.provider.issuer()));
    let response = rp.redeem(answer.get("code").unwrap()).await;
    assert_eq!(header(&response, "cache-control"), "no-store");
    let tokens = crate::client::tokens(response).await;
    assert_eq!(tokens.text("token_type"), "Bearer");
    let claims = &tokens.claims;
    assert_eq!(claims["iss"], rp.provider.issuer());
    assert_eq!(claims["sub"], "dev|0001");
    assert_eq!(claims["aud"], "sparekey");
    assert_eq!(claims["nonce"], "the-nonce");
    assert_eq!(claims["email"], "ada@example.com");
    assert!((now() - claims["iat"].as_i64().unwrap()).abs() < 5);
    let userinfo = json(rp.userinfo(tokens.text("access_token")).await).await;
    assert_eq!(userinfo["sub"], "dev|0001");
    assert_eq!(userinfo["name"], "Ada Lovelace");
}

#[tokio::test]
async fn a_code_is_good_once_and_its_second_use_ends_the_tokens_of_the_first() {
    let rp = Rp::new().await;
    let answer = rp.answer("dev|0001", &[]).await;
    let first = crate::client::tokens(rp.redeem(answer.get("code").unwrap()).await).await;
    assert_eq!(rp.userinfo(first.text("access_token")).await.status(), 200);
    let second = rp.redeem(answer.get("code").unwrap()).await;
    assert_eq!(second.status(), 400);
    assert_eq!(json(second).await["error"], "invalid_grant");
    assert_eq!(rp.userinfo(first.text("access_token")).await.status(), 401);
}

#[tokio::test]
async fn a_code_needs_its_verifier_and_its_redirect_uri() {
    let rp = Rp::new().await;
    for (redirect_uri, verifier) in [
        (CALLBACK, "another-verifier"),
        (CALLBACK, ""),
        ("http://localhost:3000/api/auth/kinde_callback", "right"),
    ] {
        let answer = rp.answer("dev|0001", &[]).await;
        let form = [
            ("grant_type", "authorization_code"),
            ("code", answer.get("code").unwrap()),
            ("redirect_uri", redirect_uri),
            ("code_verifier", verifier),
        ];
        let refused = rp.post("/token", &form).await;
        assert_eq!(json(refused).await["error"], "invalid_grant");
    }
}

#[tokio::test]
async fn nobody_is_redirected_to_an_address_that_is_not_registered() {
    let rp = Rp::new().await;
    for extra in [
        ("redirect_uri", "http://localhost:3000/auth/callback/"),
        ("redirect_uri", "https://evil.example/"),
        ("client_id", "somebody"),
    ] {
        let refused = rp.ask("dev|0001", &[extra]).await;
        assert_eq!(refused.status(), 400);
        assert_eq!(header(&refused, "location"), "");
    }
}

#[tokio::test]
async fn a_request_that_does_not_fit_goes_back_with_an_error_and_its_state() {
    let rp = Rp::new().await;
    for (extra, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "profile"), "invalid_scope"),
        (("code_challenge", "-"), "invalid_request"),
        (("code_challenge_method", "plain"), "invalid_request"),
        (("prompt", "none login"), "invalid_request"),
    ] {
        let answer = rp.answer("dev|0001", &[extra]).await;
        assert_eq!(answer.get("error"), Some(error), "{extra:?}");
        assert_eq!(answer.get("state"), Some("the-state"));
        assert_eq!(answer.get("code"), None);
    }
}

#[tokio::test]
async fn a_browser_that_is_logged_in_is_not_asked_again_unless_the_request_says_so() {
    let rp = Rp::new().await;
    let session = cookie(&rp.ask("dev|0002", &[]).await);
    let path = |extra: &[(&str, &str)]| format!("/authorize?{}", Rp::request(extra));
    let silent = rp.get(&path(&[]), &session).await;
    assert!(sent_back(&silent).get("code").is_some());
    let silent = rp.get(&path(&[("prompt", "none")]), &session).await;
    assert!(sent_back(&silent).get("code").is_some());
    for extra in [("prompt", "login"), ("max_age", "0"), ("acr_values", "gold")] {
        assert_eq!(rp.get(&path(&[extra]), &session).await.status(), 200);
    }
    let stranger = rp.get(&path(&[("prompt", "none")]), "").await;
    assert_eq!(sent_back(&stranger).get("error"), Some("login_required"));
}

#[tokio::test]
async fn the_acr_that_was_asked_for_is_stated_and_none_otherwise() {
    let rp = Rp::new().await;
    let asked = rp.log_in("dev|0001", &[("acr_values", "gold silver")]).await;
    assert_eq!(asked.claims["acr"], "gold");
    let plain = rp.log_in("dev|0001", &[]).await;
    assert!(plain.claims["acr"].is_null());
}

#[tokio::test]
async fn claims_follow_the_scope() {
    let rp = Rp::new().await;
    let narrow = rp.log_in("dev|0001", &[("scope", "openid email")]).await;
    assert_eq!(narrow.claims["email"], "ada@example.com");
    assert!(narrow.claims["name"].is_null());
    assert!(narrow.body["refresh_token"].is_null());
}

#[tokio::test]
async fn a_setting_answers_for_one_person_without_a_page() {
    let settings = Settings { log_in_as: Some("dev|0003".into()), ..Settings::for_site(SITE) };
    let rp = Rp::with(settings).await;
    let path = format!("/authorize?{}", Rp::request(&[]));
    assert!(sent_back(&rp.get(&path, "").await).get("code").is_some());
    rp.provider.log_in_as(None);
    assert_eq!(rp.get(&path, "").await.status(), 200);
}

#[tokio::test]
async fn a_pushed_request_is_used_once_and_may_be_demanded() {
    let rp = Rp::new().await;
    let request = Rp::request(&[]);
    let params = dev_provider::Params::parse(request.as_bytes());
    let form: Vec<(&str, &str)> = params.iter().collect();
    let pushed = rp.post("/par", &form).await;
    assert_eq!(pushed.status(), 201);
    let uri = json(pushed).await["request_uri"].clone();
    let query = url::form_urlencoded::Serializer::new(String::new())
        .extend_pairs([("client_id", "sparekey"), ("request_uri", uri.as_str().unwrap())])
        .finish();
    rp.provider.log_in_as(Some("dev|0001"));
    rp.provider.faults().set(dev_provider::Fault::PushedRequestsRequired);
    let path = format!("/authorize?{query}");
    assert!(sent_back(&rp.get(&path, "").await).get("code").is_some());
    assert_eq!(rp.get(&path, "").await.status(), 400);
    let plain = rp.answer("dev|0001", &[]).await;
    assert_eq!(plain.get("error"), Some("invalid_request"));
}

#[tokio::test]
async fn what_was_asked_is_written_down() {
    let rp = Rp::new().await;
    assert_eq!(rp.provider.calls().count(Endpoint::Token), 0);
    rp.log_in("dev|0001", &[]).await;
    let calls = rp.provider.calls();
    assert_eq!(calls.count(Endpoint::Token), 1);
    assert_eq!(calls.count(Endpoint::Userinfo), 0);
    let token = calls.last(Endpoint::Token).unwrap();
    assert!(token.authorization().unwrap().starts_with("Basic "));
    assert_eq!(token.form.get("grant_type"), Some("authorization_code"));
    let asked = calls.last(Endpoint::Authorize).unwrap();
    assert_eq!(asked.query.get("nonce"), Some("the-nonce"));
}

#[tokio::test]
async fn a_stopped_provider_is_gone_and_comes_back_knowing_what_it_knew() {
    let rp = Rp::new().await;
    let tokens = rp.log_in("dev|0001", &[]).await;
    rp.provider.stop().await;
    let gone = rp.http.get(rp.at("/jwks")).send().await;
    assert!(gone.is_err());
    rp.provider.start_again().await.unwrap();
    assert_eq!(rp.userinfo(tokens.text("access_token")).await.status(), 200);
}
