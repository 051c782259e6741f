//! The count of identities.

use identity::{Census, Source, Standing};

use super::people::{at, plain_login, record};
use crate::support::databases::Database;

pub async fn identities_are_counted_by_provider_and_standing_with_the_oldest_word(db: &Database) {
    let store = db.open().await;
    assert_eq!(store.census.census().await.unwrap(), []);
    for (number, name) in ["a", "b", "c"].into_iter().enumerate() {
        record(&store, &plain_login(name, number as i64 + 10)).await;
    }
    let mut blocked = plain_login("c", 20);
    (blocked.standing, blocked.origin.source) = (Some(Standing::Blocked), Source::Webhook);
    record(&store, &blocked).await;
    let mut elsewhere = plain_login("elsewhere", 30);
    elsewhere.provider = "acme".into();
    let user = record(&store, &elsewhere).await.user.id;
    // Of a user with two identities, each counts for its own provider.
    store.record(&plain_login("second", 5), user, Some(user)).await.unwrap().unwrap();
    // Who is erased does not count, also not while somebody still has to finish that.
    let erased = record(&store, &plain_login("erased", 1)).await.user.id;
    store.erase(erased, at(40)).await;
    let mut counted = store.census.census().await.unwrap();
    counted.sort_by_key(|one| (one.provider.clone(), one.standing.to_string()));
    let census = |provider: &str, standing, count, oldest| Census {
        provider: provider.into(),
        standing,
        count,
        oldest: at(oldest),
    };
    assert_eq!(
        counted,
        [
            census("acme", Standing::Present, 1, 30),
            census("main", Standing::Blocked, 1, 20),
            census("main", Standing::Present, 3, 5),
        ]
    );
}
