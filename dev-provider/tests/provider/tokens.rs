//! Client authentication, refreshing, revocation, keys and algorithms.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dev_provider::{Algorithm, Client, Fault, Person};
use ring::signature::{Ed25519KeyPair, KeyPair};
use serde_json::json;

use crate::client::{Rp, SITE, json, now, part, tokens};

#[tokio::test]
async fn a_tenant_has_an_issuer_of_its_own_and_all_together_a_template() {
    let rp = Rp::new().await;
    let issuer = rp.provider.issuer().to_owned();
    for (path, stated) in [("common", "{tenantid}"), ("organizations", "{tenantid}"), ("t1", "t1")] {
        let metadata =
            json(rp.get(&format!("/{path}/v2.0/.well-known/openid-configuration"), "").await).await;
        assert_eq!(metadata["issuer"], format!("{issuer}/{stated}/v2.0"));
        assert_eq!(metadata["token_endpoint"], format!("{issuer}/token"));
    }
    assert_eq!(rp.log_in("dev|0001", &[]).await.claims["iss"], issuer);
    rp.provider.speak_for_tenant("t1");
    assert_eq!(rp.log_in("dev|0001", &[]).await.claims["iss"], format!("{issuer}/t1/v2.0"));
}

#[tokio::test]
async fn a_client_proves_itself_by_basic_or_post_and_by_one_of_them_only() {
    let rp = Rp::new().await;
    let form = [("grant_type", "refresh_token"), ("refresh_token", "none")];
    let with = |more: &[(&'static str, &'static str)]| [&form[..], more].concat();
    let id = ("client_id", "sparekey");
    let right = ("client_secret", "dev-secret");
    for (sent, basic, error) in [
        (with(&[id, right]), None, "invalid_grant"),
        (with(&[]), Some(("sparekey", "dev-secret")), "invalid_grant"),
        (with(&[id, ("client_secret", "wrong")]), None, "invalid_client"),
        (with(&[]), Some(("sparekey", "wrong")), "invalid_client"),
        (with(&[right]), Some(("sparekey", "dev-secret")), "invalid_client"),
        (with(&[id]), None, "invalid_client"),
    ] {
        let response = rp.post_as("/token", &sent, basic).await;
        assert_eq!(json(response).await["error"], error, "{sent:?} {basic:?}");
    }
}

#[tokio::test]
async fn a_secret_with_odd_characters_arrives_form_encoded_in_basic() {
    let rp = Rp::new().await;
    rp.provider.register(Client::for_site("odd", Some("a b:c%&+é"), SITE));
    let form = [("grant_type", "refresh_token"), ("refresh_token", "none")];
    let encoded: String = url::form_urlencoded::byte_serialize("a b:c%&+é".as_bytes()).collect();
    let right = rp.post_as("/token", &form, Some(("odd", &encoded))).await;
    assert_eq!(json(right).await["error"], "invalid_grant");
    let raw = rp.post_as("/token", &form, Some(("odd", "a b:c%&+é"))).await;
    assert_eq!(json(raw).await["error"], "invalid_client");
}

#[tokio::test]
async fn a_client_proves_itself_by_a_signed_assertion_once() {
    let rp = Rp::new().await;
    let key = Ed25519KeyPair::from_seed_unchecked(&[7; 32]).unwrap();
    let x = URL_SAFE_NO_PAD.encode(key.public_key().as_ref());
    rp.provider.register(Client {
        public_key: Some(json!({"kty": "OKP", "crv": "Ed25519", "x": x})),
        ..Client::for_site("keyed", None, SITE)
    });
    let good = json!({"iss": "keyed", "sub": "keyed", "aud": rp.at("/token"), "exp": now() + 60, "jti": "1"});
    let mut expired = good.clone();
    expired["exp"] = json!(now() - 1);
    let mut elsewhere = good.clone();
    elsewhere["aud"] = json!("https://elsewhere.example/token");
    let foreign = Ed25519KeyPair::from_seed_unchecked(&[8; 32]).unwrap();
    for (claims, signer, error) in [
        (&expired, &key, "invalid_client"),
        (&elsewhere, &key, "invalid_client"),
        (&good, &foreign, "invalid_client"),
        (&good, &key, "invalid_grant"),
        (&good, &key, "invalid_client"), // the same jti again
    ] {
        let assertion = assertion(signer, claims);
        let form = [
            ("grant_type", "refresh_token"),
            ("refresh_token", "none"),
            ("client_assertion_type", "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"),
            ("client_assertion", assertion.as_str()),
        ];
        let response = rp.post_as("/token", &form, None).await;
        assert_eq!(json(response).await["error"], error);
    }
}

fn assertion(key: &Ed25519KeyPair, claims: &serde_json::Value) -> String {
    let encode = |value: &serde_json::Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let input = format!("{}.{}", encode(&json!({"alg": "EdDSA"})), encode(claims));
    let signature = key.sign(input.as_bytes());
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

#[tokio::test]
async fn a_public_client_needs_no_secret_and_a_method_can_be_demanded() {
    let rp = Rp::new().await;
    rp.provider.register(Client::for_site("public", None, SITE));
    let form = [("grant_type", "refresh_token"), ("refresh_token", "x"), ("client_id", "public")];
    let response = rp.post_as("/token", &form, None).await;
    assert_eq!(json(response).await["error"], "invalid_grant");
    rp.provider.register(Client {
        auth_method: Some("client_secret_post".into()),
        ..Client::for_site("sparekey", Some("dev-secret"), SITE)
    });
    let by_basic = rp.refresh("x").await;
    assert_eq!(json(by_basic).await["error"], "invalid_client");
}

#[tokio::test]
async fn a_refresh_token_is_replaced_and_its_second_use_ends_the_family() {
    let rp = Rp::new().await;
    let first = rp.log_in("dev|0001", &[]).await;
    rp.provider.set_person(Person::new("dev|0001").with("name", "Ada King"));
    let second = tokens(rp.refresh(first.text("refresh_token")).await).await;
    assert_eq!(second.claims["name"], "Ada King");
    assert_eq!(second.claims["sub"], "dev|0001");
    assert!(second.claims["nonce"].is_null());
    assert_ne!(second.text("refresh_token"), first.text("refresh_token"));
    assert_eq!(rp.refresh(first.text("refresh_token")).await.status(), 400);
    assert_eq!(rp.refresh(second.text("refresh_token")).await.status(), 400);
}

#[tokio::test]
async fn a_refresh_token_that_is_not_replaced_stays_good() {
    let rp = Rp::new().await;
    rp.provider.faults().set(Fault::RefreshWithoutRotation);
    let first = rp.log_in("dev|0001", &[]).await;
    for _ in 0..2 {
        let refreshed = rp.refresh(first.text("refresh_token")).await;
        assert_eq!(refreshed.status(), 200);
    }
}

#[tokio::test]
async fn whoever_is_shut_out_or_revoked_gets_no_new_tokens() {
    let rp = Rp::new().await;
    let ada = rp.log_in("dev|0001", &[]).await;
    let grace = rp.log_in("dev|0002", &[]).await;
    rp.provider.shut_out("dev|0001");
    assert_eq!(rp.refresh(ada.text("refresh_token")).await.status(), 400);
    let revoked = rp.post("/revoke", &[("token", grace.text("refresh_token"))]).await;
    assert_eq!(revoked.status(), 200);
    assert_eq!(rp.userinfo(grace.text("access_token")).await.status(), 401);
    assert_eq!(rp.post("/revoke", &[("token", "unknown")]).await.status(), 200);
}

#[tokio::test]
async fn keys_rotate_under_a_new_kid_or_under_the_old_one() {
    let rp = Rp::new().await;
    let key = async || json(rp.get("/jwks", "").await).await["keys"][0].clone();
    let before = key().await;
    assert_eq!(before["kid"], "dev-1");
    rp.provider.rotate_keys_under_the_same_kid();
    let same = key().await;
    assert_eq!(same["kid"], "dev-1");
    assert_ne!(same["n"], before["n"]);
    rp.provider.rotate_keys();
    assert_eq!(key().await["kid"], "dev-2");
    let tokens = rp.log_in("dev|0001", &[]).await;
    assert_eq!(part(tokens.text("id_token"), 0)["kid"], "dev-2");
}

#[tokio::test]
async fn keys_metadata_and_header_follow_the_algorithm() {
    let rp = Rp::new().await;
    for (algorithm, kind) in [(Algorithm::Es256, "EC"), (Algorithm::EdDsa, "OKP"), (Algorithm::Ps256, "RSA")]
    {
        rp.provider.sign_with(algorithm);
        let tokens = rp.log_in("dev|0001", &[]).await;
        assert_eq!(part(tokens.text("id_token"), 0)["alg"], algorithm.name());
        let keys = json(rp.get("/jwks", "").await).await;
        assert_eq!(keys["keys"][0]["kty"], kind);
        let metadata = rp.get("/.well-known/openid-configuration", "").await;
        let listed = &json(metadata).await["id_token_signing_alg_values_supported"];
        assert_eq!(listed, &json!([algorithm.name()]));
    }
}

#[tokio::test]
async fn the_access_token_of_kindes_person_says_what_kinde_says() {
    let rp = Rp::new().await;
    let tokens = rp.log_in("kp_5f2c0015a1b2c3d4", &[]).await;
    let access = part(tokens.text("access_token"), 1);
    assert_eq!(access["org_code"], "org_1a2b3c");
    assert_eq!(access["permissions"], json!(["read:notes", "write:notes"]));
    assert_eq!(access["feature_flags"]["beta"], json!({"t": "b", "v": true}));
    assert_eq!(rp.userinfo(tokens.text("access_token")).await.status(), 200);
    let plain = rp.log_in("dev|0001", &[]).await;
    assert!(plain.text("access_token").starts_with(dev_provider::ACCESS_TOKEN_PREFIX));
}

#[tokio::test]
async fn anything_can_be_signed() {
    let rp = Rp::new().await;
    let token = rp.provider.sign(&json!({"typ": "odd", "kid": null}), &json!({"sub": "x"}));
    assert_eq!(part(&token, 0), json!({"alg": "RS256", "typ": "odd"}));
    assert_eq!(part(&token, 1), json!({"sub": "x"}));
}
