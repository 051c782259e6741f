//! Whose an identity is.

use identity::{Code, Field, StoreError};
use serde_json::json;

use super::people::{ISSUER, id, login, plain_login, record};
use crate::support::databases::Database;

pub async fn an_identity_is_compared_byte_for_byte(db: &Database) {
    let store = db.open().await;
    let long = "x".repeat(255);
    let other = format!("{}y", "x".repeat(254));
    let wide = "é".repeat(127);
    let subjects = [
        "ada",
        "Ada",
        "àda",
        "a\u{300}da",
        "ada ",
        " ada",
        "ada\t",
        "ａｄａ",
        "🦀",
        "ß",
        "ss",
        "%",
        "_",
        &long,
        &other,
        &wide,
    ];
    let mut ids = Vec::new();
    for subject in subjects {
        let recorded = record(&store, &plain_login(subject, 0)).await;
        assert!(recorded.is_new, "{subject:?}");
        ids.push(recorded.user.id);
    }
    for (subject, id) in subjects.iter().zip(ids) {
        let found = store.users.find_by_identity(ISSUER, subject).await.unwrap().unwrap();
        assert_eq!(found.id, id, "{subject:?}");
        assert_eq!(found.identities[0].subject, **subject);
    }
    for issuer in ["https://ID.example.com", "https://id.example.com/", "https://id.example.com "] {
        assert!(store.users.find_by_identity(issuer, "ada").await.unwrap().is_none(), "{issuer:?}");
    }
}

pub async fn an_identity_joins_the_user_whom_it_is_linked_to(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    let mut elsewhere = login("123", 5, json!({ "name": "A. Lovelace", "locale": "en" }));
    elsewhere.issuer = "https://other.example.com".to_owned();
    elsewhere.provider = "other".to_owned();
    let linked = store.record(&elsewhere, id(), Some(ada)).await.unwrap().unwrap();
    assert!(linked.is_new);
    assert_eq!(linked.user.id, ada);
    assert_eq!(linked.user.identities.len(), 2);
    assert_eq!(linked.user.text(Field::Name).as_deref(), Some("A. Lovelace"));
    assert_eq!(store.users.find(ada).await.unwrap().unwrap(), linked.user);
    let found = store.users.find_by_identity("https://other.example.com", "123").await.unwrap().unwrap();
    assert_eq!(found, linked.user);
    assert_eq!(linked.changes[0].what, identity::What::Linked);
    assert!(store.changes(ada, 1).await.iter().any(|change| change.what == identity::What::Linked));
    let again = store.record(&elsewhere, id(), Some(ada)).await.unwrap().unwrap();
    assert!(!again.is_new);
    assert_eq!(again.user.identities.len(), 2);
}

pub async fn an_identity_of_another_user_is_not_linked(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user;
    let bob = record(&store, &plain_login("bob", 0)).await.user;
    let refused = store.record(&plain_login("bob", 9), id(), Some(ada.id)).await;
    assert!(matches!(refused, Ok(Err(Code::IdentityTaken))), "{refused:?}");
    assert_eq!(store.users.find(ada.id).await.unwrap().unwrap(), ada);
    assert_eq!(store.users.find(bob.id).await.unwrap().unwrap(), bob);
}

pub async fn a_nul_in_a_subject_is_refused(db: &Database) {
    let store = db.open().await;
    let refused = store.record(&plain_login("ada\0", 0), id(), None).await;
    assert!(matches!(refused, Err(StoreError::Unreadable(_))), "{refused:?}");
    assert!(store.users.find_by_identity(ISSUER, "ada\0").await.unwrap().is_none());
    assert!(store.users.page(None, 10).await.unwrap().is_empty());
    assert!(record(&store, &plain_login("ada", 0)).await.is_new);
}

pub async fn two_people_with_one_email_are_two_users(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user;
    let bob = record(&store, &plain_login("bob", 0)).await.user;
    assert_ne!(ada.id, bob.id);
    assert_eq!(ada.text(Field::Email), bob.text(Field::Email));
    let nobody = record(&store, &login("no e-mail", 0, json!({}))).await;
    let nobody_else = record(&store, &login("no e-mail either", 0, json!({}))).await;
    assert!(nobody.is_new && nobody_else.is_new);
}
