//! Log-out at the provider, from the application and to it.

use std::sync::Arc;

use axum::{Router, extract::State, routing::post};
use dev_provider::{Client, Fault};
use serde_json::{Value, json};
use tokio::net::TcpListener;
use tokio::sync::mpsc;

use crate::client::{Rp, SITE, cookie, location, part, sent_back};

/// Whether this browser would be let in without being asked.
async fn is_logged_in(rp: &Rp, session: &str) -> bool {
    let path = format!("/authorize?{}", Rp::request(&[("prompt", "none")]));
    sent_back(&rp.get(&path, session).await).get("code").is_some()
}

async fn logged_in(rp: &Rp) -> (String, String) {
    let response = rp.ask("dev|0001", &[]).await;
    let code = sent_back(&response).get("code").unwrap().to_owned();
    let tokens = crate::client::tokens(rp.redeem(&code).await).await;
    (cookie(&response), tokens.text("id_token").to_owned())
}

#[tokio::test]
async fn an_application_logs_out_by_its_id_token_and_the_browser_comes_back() {
    let rp = Rp::new().await;
    let (session, id_token) = logged_in(&rp).await;
    assert!(is_logged_in(&rp, &session).await);
    let form = [
        ("id_token_hint", id_token.as_str()),
        ("post_logout_redirect_uri", "http://localhost:3000/"),
        ("state", "s"),
    ];
    let response = rp.post_as("/logout", &form, None).await;
    assert_eq!(response.status(), 303);
    assert_eq!(location(&response), "http://localhost:3000/?state=s");
    assert!(!is_logged_in(&rp, &session).await);
}

#[tokio::test]
async fn kindes_own_form_ends_the_browsers_session() {
    let rp = Rp::new().await;
    let (session, _) = logged_in(&rp).await;
    let response = rp.get("/logout?redirect=http://localhost:3000", &session).await;
    assert_eq!(location(&response), SITE);
    assert!(!is_logged_in(&rp, &session).await);
}

#[tokio::test]
async fn an_address_that_is_not_registered_is_refused_and_nobody_is_logged_out() {
    let rp = Rp::new().await;
    let (session, id_token) = logged_in(&rp).await;
    let forged = format!("{}.AAAA", id_token.rsplit_once('.').unwrap().0);
    for query in [
        "redirect=https://evil.example/".to_owned(),
        "client_id=sparekey&post_logout_redirect_uri=https://evil.example/".to_owned(),
        "post_logout_redirect_uri=http://localhost:3000/".to_owned(),
        format!("id_token_hint={id_token}&client_id=other"),
        format!("id_token_hint={forged}"),
    ] {
        let refused = rp.get(&format!("/logout?{query}"), &session).await;
        assert_eq!(refused.status(), 400, "{query}");
    }
    assert!(is_logged_in(&rp, &session).await);
    let without_address = rp.get("/logout", &session).await;
    assert_eq!(without_address.status(), 200);
    assert!(!is_logged_in(&rp, &session).await);
}

/// An application's back-channel address: what it is sent comes out of the channel.
async fn application(rp: &Rp) -> mpsc::UnboundedReceiver<String> {
    let (sender, receiver) = mpsc::unbounded_channel();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let take = async |State(sender): State<Arc<mpsc::UnboundedSender<String>>>, body: String| {
        sender.send(body).unwrap();
    };
    let router = Router::new().route("/out", post(take)).with_state(Arc::new(sender));
    tokio::spawn(async move { axum::serve(listener, router).await });
    rp.provider.register(Client {
        backchannel_logout_uri: Some(format!("http://{address}/out")),
        ..Client::for_site("sparekey", Some("dev-secret"), SITE)
    });
    receiver
}

fn claims(body: &str) -> Value {
    part(body.strip_prefix("logout_token=").unwrap(), 1)
}

#[tokio::test]
async fn a_person_logged_out_everywhere_is_told_to_each_application() {
    let rp = Rp::new().await;
    let mut told = application(&rp).await;
    let (session, id_token) = logged_in(&rp).await;
    let delivered = rp.provider.log_out_everywhere("dev|0001").await;
    assert_eq!(delivered.len(), 1);
    assert_eq!(delivered[0].status, 200);
    let claims = claims(&told.recv().await.unwrap());
    assert_eq!(claims["sub"], "dev|0001");
    assert_eq!(claims["sid"], part(&id_token, 1)["sid"]);
    assert_eq!(claims["events"], json!({"http://schemas.openid.net/event/backchannel-logout": {}}));
    assert!(!is_logged_in(&rp, &session).await);
}

#[tokio::test]
async fn a_log_out_by_one_application_is_told_to_all() {
    let rp = Rp::new().await;
    let mut told = application(&rp).await;
    let (session, _) = logged_in(&rp).await;
    rp.get("/logout", &session).await;
    assert_eq!(claims(&told.recv().await.unwrap())["sub"], "dev|0001");
}

#[tokio::test]
async fn a_fault_bends_one_logout_token() {
    let rp = Rp::new().await;
    rp.provider.faults().set_once(Fault::LogoutWithoutJti);
    let bent = rp.provider.logout_token("sparekey", None, Some("sid"));
    assert!(part(&bent, 1)["jti"].is_null());
    assert!(part(&bent, 1)["sub"].is_null());
    let right = rp.provider.logout_token("sparekey", None, Some("sid"));
    assert!(part(&right, 1)["jti"].is_string());
    assert_eq!(part(&right, 0)["typ"], "logout+jwt");
}
