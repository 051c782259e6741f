//! Providers that follow no standard to the letter, and whose people get in nevertheless.

use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE, BASE64_URL_SAFE_NO_PAD};
use dev_provider::{Algorithm, Endpoint, Fault};
use serde_json::{Value, json};

use crate::support::app::{ADA, CLIENT_ID, TestApp};

/// ID tokens whose `aud` and `azp` are these.
fn meant_for(app: &TestApp, audience: Value, azp: Value) {
    app.provider.rewrite_id_tokens(move |claims| {
        let mut claims: Value = serde_json::from_slice(&claims).unwrap();
        claims["aud"] = audience.clone();
        claims["azp"] = azp.clone();
        claims.to_string().into_bytes()
    });
}

#[tokio::test]
async fn a_zitadel_project_names_all_its_clients() {
    let zitadel = TestApp::with(&[("OIDC_PRESET", "zitadel")]).await;
    let everybody = || json!(["another client", CLIENT_ID, "the project"]);
    meant_for(&zitadel, everybody(), json!(CLIENT_ID));
    zitadel.signed_in(ADA).await;
    for (audience, azp, code) in [
        (everybody(), json!("another client"), "authorized_party_mismatch"),
        (everybody(), json!(null), "authorized_party_missing"),
        (json!(["another client", "the project"]), json!(CLIENT_ID), "audience_mismatch"),
    ] {
        meant_for(&zitadel, audience, azp);
        assert_eq!(zitadel.browser().try_as(ADA).await.verdict(), (502, code));
    }
    let plain = TestApp::start().await;
    meant_for(&plain, everybody(), json!(CLIENT_ID));
    assert_eq!(plain.browser().try_as(ADA).await.verdict(), (502, "audience_untrusted"));
}

#[tokio::test]
async fn a_client_that_joins_a_zitadel_project_ends_no_session() {
    let app = TestApp::with(&[("OIDC_PRESET", "zitadel"), ("OIDC_SCOPES", "openid offline_access")]).await;
    app.provider.access_tokens_live_for(std::time::Duration::ZERO);
    meant_for(&app, json!([CLIENT_ID, "the project"]), json!(CLIENT_ID));
    let browser = app.browser();
    browser.try_as(ADA).await.location();
    meant_for(&app, json!([CLIENT_ID, "a new client", "the project"]), json!(CLIENT_ID));
    assert!(browser.is_signed_in().await);
    assert!(app.provider.calls().count(Endpoint::Refresh) > 0);
    meant_for(&app, json!(["a new client", "the project"]), json!(CLIENT_ID));
    assert!(!browser.is_signed_in().await, "tokens for others are not this session's");
}

#[tokio::test]
async fn keys_are_read_however_their_base64_is_written() {
    for algorithm in [Algorithm::Rs256, Algorithm::Es256, Algorithm::EdDsa] {
        for write in [
            (|bytes| BASE64_URL_SAFE.encode(bytes)) as fn(&[u8]) -> String,
            |bytes| BASE64_STANDARD.encode(bytes),
            // An integer's own writing has a zero in front; a point of Ed25519 is none.
            |bytes| match bytes.len() {
                256 => BASE64_STANDARD.encode([&[0], bytes].concat()),
                _ => BASE64_URL_SAFE_NO_PAD.encode(bytes),
            },
        ] {
            let app = TestApp::with(&[("OIDC_ID_TOKEN_ALG", algorithm.name())]).await;
            app.provider.sign_with(algorithm);
            app.provider.rewrite(Endpoint::Jwks, None, move |body| {
                let mut set: Value = serde_json::from_slice(&body).unwrap();
                for name in ["n", "e", "x", "y"] {
                    if let Some(text) = set["keys"][0][name].as_str() {
                        set["keys"][0][name] = json!(write(&BASE64_URL_SAFE_NO_PAD.decode(text).unwrap()));
                    }
                }
                set.to_string().into_bytes()
            });
            app.signed_in(ADA).await;
            if algorithm == Algorithm::Rs256 {
                app.provider.faults().set(Fault::WrongSignature);
                assert_eq!(app.browser().try_as(ADA).await.verdict(), (502, "signature_invalid"));
            }
        }
    }
}
