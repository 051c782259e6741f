//! What is promised about sessions whose access token has expired.

use std::time::Duration;

use super::{Peer, Person, plan, signed_in};

/// Longer than anything before the first refresh takes, on a busy machine too.
const LIFETIME: u32 = 6;

async fn until_it_expires() {
    tokio::time::sleep(Duration::from_secs(u64::from(LIFETIME) + 1)).await;
}

pub(crate) async fn an_expired_access_token_is_renewed_and_the_copy_follows(peer: &dyn Peer) {
    let app = plan(peer, |client| client.access_seconds = LIFETIME).await.start().await;
    let mut person = Person::new_at(peer).await;
    let browser = signed_in(&app, &person).await;
    person.given_name = "Supernova".to_owned();
    peer.put(&person).await;
    until_it_expires().await;
    let me = browser.get("/api/me").await.json();
    assert_eq!((me["given_name"].as_str(), me["login_count"].as_u64()), (Some("Supernova"), Some(1)));
    until_it_expires().await;
    assert!(browser.is_signed_in().await, "by the second refresh token, where they rotate");
}

pub(crate) async fn whoever_is_shut_out_there_is_out_at_the_next_refresh(peer: &dyn Peer) {
    let app = plan(peer, |client| client.access_seconds = LIFETIME).await.start().await;
    let (person, neighbour) = (Person::new_at(peer).await, Person::new_at(peer).await);
    let (browser, other) = (signed_in(&app, &person).await, signed_in(&app, &neighbour).await);
    peer.shut_out(&person).await;
    until_it_expires().await;
    assert!(!browser.is_signed_in().await);
    assert!(other.is_signed_in().await);
}
