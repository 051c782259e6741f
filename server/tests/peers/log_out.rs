//! What is promised about logging out.

use super::walk::Page;
use super::{Peer, Person, app, signed_in};
use crate::support::app::SESSION;
use crate::support::browser::Browser;

pub(crate) async fn a_log_out_ends_here_and_there(peer: &dyn Peer) {
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let browser = signed_in(&app, &person).await;
    let session = browser.cookie(SESSION).unwrap();
    let out = browser.post("/auth/logout", &[]).await;
    assert!(!browser.is_signed_in().await, "ours ends first");
    let back = through(&browser, out.location()).await;
    let state = format!("{}/?state=", app.site);
    assert!(back.starts_with(&state), "{back}");
    assert!(browser.get(&back).await.body.contains("href=\"/auth/login\""));
    let page = Page::open(&browser, &browser.leave("").await).await;
    assert!(page.asks(), "the provider does not know the browser any more");
    browser.plant(SESSION, &session);
    assert!(!browser.is_signed_in().await);
}

pub(crate) async fn a_log_out_there_ends_that_session_here_and_no_other(peer: &dyn Peer) {
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let (one, other) = (signed_in(&app, &person).await, signed_in(&app, &person).await);
    log_out_there(peer, &one).await;
    assert!(!one.is_signed_in().await, "the provider told us");
    assert!(other.is_signed_in().await, "it named the session");
    assert_eq!(one.get("/dashboard").await.location(), "/auth/login?return_to=/dashboard");
}

pub(crate) async fn a_log_out_everywhere_ends_every_session_of_the_list(peer: &dyn Peer) {
    let (app, person) = (app(peer).await, Person::new_at(peer).await);
    let (one, other) = (signed_in(&app, &person).await, signed_in(&app, &person).await);
    let neighbour = signed_in(&app, &Person::new_at(peer).await).await;
    let listed = one.get("/account").await.body;
    assert_eq!(listed.matches("End the session in ").count(), 1, "this one and one more");
    let out = one.post("/auth/logout-everywhere", &[]).await;
    assert!(!one.is_signed_in().await && !other.is_signed_in().await);
    assert!(neighbour.is_signed_in().await);
    through(&one, out.location()).await;
}

/// The person asks the provider itself to log them out; we hear of it by the back channel alone.
async fn log_out_there(peer: &dyn Peer, browser: &Browser) {
    let page = Page::open(browser, &peer.end_session_endpoint().await).await;
    page.submit(&[("logout", "yes"), ("confirmLogout", "Logout")]).await;
}

/// By way of the provider's pages back to us; some ask once more.
async fn through(browser: &Browser, address: &str) -> String {
    let page = Page::open(browser, address).await;
    let page = if page.asks() { page.submit(&[("logout", "yes")]).await } else { page };
    page.home().to_owned()
}
