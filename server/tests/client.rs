//! How the application proves who it is, what it accepts when told to, and how it pushes its requests.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use dev_provider::{Algorithm, Call, Client, Endpoint, Fault};
use serde_json::{Value, json};

use crate::support::app::{ADA, CLIENT_ID, CLIENT_SECRET, Plan, TestApp};
use crate::support::browser::parameter;

/// The private and the public half of the key of RFC 8037 A.1 and A.2.
const PRIVATE: &str = "nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A";
const PUBLIC: &str = "11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo";

/// Signs in and says how the code was redeemed.
async fn redeemed(app: &TestApp) -> Call {
    app.signed_in(ADA).await;
    app.provider.calls().last(Endpoint::Token).unwrap()
}

#[tokio::test]
async fn basic_is_how_a_client_proves_itself_unless_metadata_says_otherwise() {
    let pair = format!("Basic {}", BASE64_STANDARD.encode(format!("{CLIENT_ID}:{CLIENT_SECRET}")));
    for (fault, basic) in [
        (Fault::MetadataListsBasicOnly, true),
        (Fault::MetadataListsNoAuthMethods, true),
        (Fault::MetadataListsPostOnly, false),
    ] {
        let app = TestApp::start().await;
        app.provider.faults().set(fault);
        let call = redeemed(&app).await;
        assert_eq!(call.authorization(), basic.then_some(pair.as_str()), "{fault:?}");
        assert_eq!(call.form.get("client_secret"), (!basic).then_some(CLIENT_SECRET), "{fault:?}");
    }
}

#[tokio::test]
async fn a_setting_stands_above_metadata() {
    let app = TestApp::with(&[("OIDC_CLIENT_AUTH", "client_secret_post")]).await;
    let call = redeemed(&app).await;
    assert_eq!((call.authorization(), call.form.get("client_secret")), (None, Some(CLIENT_SECRET)));
}

#[tokio::test]
async fn a_secret_with_odd_characters_is_encoded_before_it_is_joined() {
    let secret = "a:b c+d/e=é%";
    let plan = Plan::new().await.set("OIDC_CLIENT_SECRET", secret);
    plan.provider.register(Client::for_site(CLIENT_ID, Some(secret), &plan.site));
    redeemed(&plan.start().await).await;
}

#[tokio::test]
async fn a_public_client_names_itself_and_proves_nothing() {
    let plan = Plan::new().await.set("OIDC_CLIENT_SECRET", "");
    plan.provider.register(Client::for_site(CLIENT_ID, None, &plan.site));
    let call = redeemed(&plan.start().await).await;
    assert_eq!((call.authorization(), call.form.get("client_secret")), (None, None));
    assert_eq!(call.form.get("client_id"), Some(CLIENT_ID));
}

#[tokio::test]
async fn a_client_with_a_key_signs_a_new_assertion_for_each_call() {
    let mut der = vec![0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x70, 4, 0x22, 4, 0x20];
    der.extend(BASE64_URL_SAFE_NO_PAD.decode(PRIVATE).unwrap());
    let label = "PRIVATE KEY";
    let pem = format!("-----BEGIN {label}-----\n{}\n-----END {label}-----\n", BASE64_STANDARD.encode(der));
    let plan = Plan::new().await.set("OIDC_CLIENT_KEY", &pem).set("OIDC_CLIENT_KEY_ID", "k1");
    let key = json!({"kty": "OKP", "crv": "Ed25519", "x": PUBLIC, "kid": "k1", "alg": "EdDSA"});
    let client = Client::for_site(CLIENT_ID, None, &plan.site);
    plan.provider.register(Client { public_key: Some(key), ..client });
    let app = plan.start().await;
    let assertion = |call: &Call| {
        assert_eq!((call.authorization(), call.form.get("client_secret")), (None, None));
        let jwt = call.form.get("client_assertion").unwrap();
        let claims = BASE64_URL_SAFE_NO_PAD.decode(jwt.split('.').nth(1).unwrap()).unwrap();
        serde_json::from_slice::<Value>(&claims).unwrap()
    };
    let (one, two) = (assertion(&redeemed(&app).await), assertion(&redeemed(&app).await));
    let ours = json!([CLIENT_ID, CLIENT_ID, app.provider.issuer()]);
    assert_eq!(json!([one["iss"], one["sub"], one["aud"]]), ours);
    assert!(one["exp"].as_i64() > one["iat"].as_i64() && one["jti"] != two["jti"]);
}

#[tokio::test]
async fn a_pushed_request_leaves_nothing_but_its_name_in_the_address() {
    for fault in [Fault::PushedRequestsAdvertised, Fault::PushedRequestsRequired] {
        let app = TestApp::start().await;
        app.provider.faults().set(fault);
        let browser = app.browser();
        let authorize = browser.leave("?login_hint=ada").await;
        let (_, query) = authorize.split_once('?').unwrap();
        let names: Vec<_> = query.split('&').map(|pair| pair.split('=').next().unwrap()).collect();
        assert_eq!(names, ["client_id", "request_uri"]);
        let pushed = app.provider.calls().last(Endpoint::Par).unwrap();
        assert_eq!(pushed.form.get("login_hint"), Some("ada"));
        assert!(pushed.authorization().unwrap().starts_with("Basic "));
        browser.get(&browser.choose(&authorize, ADA).await).await.location();
    }
}

#[tokio::test]
async fn a_request_that_may_not_be_pushed_goes_by_the_browser_unless_it_must_be_pushed() {
    let app = TestApp::start().await;
    let faults = app.provider.faults();
    faults.set(Fault::PushedRequestsAdvertised);
    faults.set(Fault::ParInvalidClient);
    let authorize = app.browser().leave("").await;
    assert!(authorize.contains("code_challenge="), "{authorize}");
    app.signed_in(ADA).await;
    faults.clear(Fault::ParInvalidClient);
    for fault in [Fault::ParInvalidRequest, Fault::Par500, Fault::ParRedirect] {
        faults.set(fault);
        let answer = app.browser().get("/auth/login").await;
        assert_eq!(answer.verdict(), (502, "answer_unexpected"), "{fault:?}");
        faults.clear(fault);
    }
    let required = TestApp::start().await;
    required.provider.faults().set(Fault::PushedRequestsRequired);
    required.provider.faults().set(Fault::ParInvalidClient);
    assert_eq!(required.browser().get("/auth/login").await.verdict(), (502, "client_refused"));
}

#[tokio::test]
async fn whether_requests_are_pushed_is_a_setting() {
    let off = TestApp::with(&[("OIDC_PAR", "off")]).await;
    off.provider.faults().set(Fault::PushedRequestsAdvertised);
    off.signed_in(ADA).await;
    assert!(off.provider.calls().last(Endpoint::Par).is_none());
    let on = TestApp::with(&[("OIDC_PAR", "on")]).await;
    assert_eq!(on.browser().get("/auth/login").await.verdict(), (502, "answer_unexpected"));
    let on = TestApp::with(&[("OIDC_PAR", "on")]).await;
    on.provider.faults().set(Fault::PushedRequestsAdvertised);
    on.signed_in(ADA).await;
    let refused = TestApp::with(&[("OIDC_PAR", "on")]).await;
    refused.provider.faults().set(Fault::PushedRequestsAdvertised);
    refused.provider.faults().set(Fault::ParInvalidClient);
    assert_eq!(refused.browser().get("/auth/login").await.verdict(), (502, "client_refused"));
}

#[tokio::test]
async fn the_one_algorithm_that_is_accepted_is_a_setting() {
    for (algorithm, name) in
        [(Algorithm::Es256, "ES256"), (Algorithm::EdDsa, "EdDSA"), (Algorithm::Ps256, "PS256")]
    {
        let app = TestApp::with(&[("OIDC_ID_TOKEN_ALG", name)]).await;
        assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "algorithm_mismatch"), "{name}");
        app.provider.sign_with(algorithm);
        let other = TestApp::with(&[("OIDC_ID_TOKEN_ALG", name)]).await;
        other.provider.sign_with(algorithm);
        other.signed_in(ADA).await;
    }
    let app = TestApp::with(&[("OIDC_ID_TOKEN_ALG", "HS256")]).await;
    app.provider.faults().set(Fault::AlgHs256WithSecret);
    app.signed_in(ADA).await;
    app.provider.faults().set(Fault::AlgHs256WithPublicKey);
    app.provider.faults().clear(Fault::AlgHs256WithSecret);
    assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "signature_invalid"));
}

#[tokio::test]
async fn a_further_audience_is_trusted_by_name_and_with_the_right_party() {
    let app = TestApp::with(&[("OIDC_TRUSTED_AUDIENCES", "stranger")]).await;
    for (fault, verdict) in [
        (Fault::AudWithStranger, (303, "")),
        (Fault::AudWithStrangerWithoutAzp, (502, "authorized_party_missing")),
        (Fault::AudWithStrangerAndOtherAzp, (502, "authorized_party_mismatch")),
    ] {
        app.provider.faults().set(fault);
        assert_eq!(app.browser().try_as(ADA).await.verdict(), verdict, "{fault:?}");
        app.provider.faults().clear_all();
    }
}

#[tokio::test]
async fn how_far_clocks_may_differ_is_a_setting() {
    for (skew, verdict) in [("120", (303, "")), ("1", (502, "expired"))] {
        let app = TestApp::with(&[("OIDC_CLOCK_SKEW_SECONDS", skew)]).await;
        app.provider.faults().set(Fault::Exp30SecondsAgo);
        assert_eq!(app.browser().try_as(ADA).await.verdict(), verdict, "{skew}");
    }
}

#[tokio::test]
async fn nothing_of_a_client_reaches_the_browser_but_its_name() {
    let app = TestApp::start().await;
    let authorize = app.browser().leave("").await;
    assert_eq!(parameter(&authorize, "client_id").as_deref(), Some(CLIENT_ID));
    assert!(!authorize.contains(CLIENT_SECRET));
}
