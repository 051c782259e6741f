//! Accounts as their providers call them.

use identity::{Entry, EntryCounts, EntryId, Extent, Origin, RunId, Said, Source, Standing};
use serde_json::json;
use uuid::Uuid;

use super::people::{ISSUER, at, claims};
use crate::support::databases::Database;
use crate::support::opened::Opened;

/// An entry of the provider `main` of which nothing is known yet.
pub fn entry(reference: &str) -> Entry {
    Entry::new(EntryId(Uuid::now_v7()), "main", reference, at(0)).next(at(0))
}

/// One with all that an entry can have.
pub(super) fn full(reference: &str) -> Entry {
    let origin = Origin {
        at: at(1),
        received_at: at(2),
        source: Source::Scan,
        actor: None,
        run: Some(RunId(Uuid::now_v7())),
    };
    let said = Said {
        origin,
        extent: Extent::Full(["name".to_owned()].into()),
        claims: claims(json!({ "name": "Ada 🦊\0", "n": 1.50 })),
        standing: Some(Standing::Blocked),
    };
    Entry {
        identity: Some((ISSUER.to_owned(), "Ädä".to_owned())),
        awaits_login: true,
        waiting: vec![said.clone(), said],
        resource: Some(claims(json!({ "userName": "Ada\0", "emails": [{ "value": "a@example.com" }] }))),
        name: Some("ada".to_owned()),
        one_with: Some("another".to_owned()),
        is_gone: true,
        updated_at: at(7),
        ..entry(reference)
    }
}

async fn put(store: &Opened, entry: &Entry) {
    assert!(store.entries.put(None, entry).await.unwrap());
}

pub async fn an_entry_comes_back_whole_by_each_of_its_names(db: &Database) {
    let store = db.open().await;
    let ada = full("ada");
    put(&store, &ada).await;
    let found = [
        store.entries.find(ada.id).await.unwrap(),
        store.entries.find_by_reference("main", "ada").await.unwrap(),
        store.entries.find_by_name("main", "ada").await.unwrap(),
        store.entries.of_identity(ISSUER, "Ädä").await.unwrap().pop(),
        store.entries.one_with("main", "another").await.unwrap().pop(),
        store.entries.page(None, None, 10).await.unwrap().pop(),
    ];
    assert!(found.iter().all(|found| found.as_ref() == Some(&ada)), "{found:?}");
    assert!(store.entries.find(EntryId(Uuid::now_v7())).await.unwrap().is_none());
    assert!(store.entries.find_by_name("other", "ada").await.unwrap().is_none());
    assert!(store.entries.of_identity(ISSUER, "ada").await.unwrap().is_empty());
    for (provider, reference) in [("main", "ada"), ("other", "another"), ("main", "Another")] {
        assert!(store.entries.one_with(provider, reference).await.unwrap().is_empty());
    }
    let apart = Entry { one_with: None, ..ada.next(at(8)) };
    assert!(store.entries.put(Some(&ada), &apart).await.unwrap());
    assert!(store.entries.one_with("main", "another").await.unwrap().is_empty());
}

pub async fn an_entry_takes_the_reference_of_another_or_both_stay(db: &Database) {
    let store = db.open().await;
    let (one, other) = (entry("one"), entry("other"));
    put(&store, &one).await;
    put(&store, &other).await;
    put(&store, &Entry { name: Some("taken".to_owned()), ..entry("third") }).await;
    let next = Entry { reference: "other".to_owned(), ..one.next(at(9)) };
    let is_kept =
        async |before: &Entry, entry: &Entry| store.entries.put_instead(before, entry, &other).await.unwrap();
    let stale = Entry { version: 7, ..one.clone() };
    assert!(!is_kept(&stale, &next).await, "somebody else wrote");
    assert!(!is_kept(&one, &Entry { name: Some("taken".to_owned()), ..next.clone() }).await);
    for there in [&one, &other] {
        assert_eq!(store.entries.find(there.id).await.unwrap().as_ref(), Some(there));
    }
    for _ in 0..2 {
        assert!(is_kept(&one, &next).await, "asked again after a lost answer, too");
    }
    assert_eq!(store.entries.find_by_reference("main", "other").await.unwrap(), Some(next));
    assert_eq!(store.entries.find(other.id).await.unwrap(), None);
}

pub async fn a_reference_is_there_once_per_provider_byte_for_byte(db: &Database) {
    let store = db.open().await;
    for reference in ["ada", "Ada", "ada ", "ädä", "ada\n", &"x".repeat(255)] {
        put(&store, &entry(reference)).await;
        assert!(!store.entries.put(None, &entry(reference)).await.unwrap(), "{reference:?}");
        let found = store.entries.find_by_reference("main", reference).await.unwrap().unwrap();
        assert_eq!(found.reference, reference);
    }
    put(&store, &Entry { provider: "other".to_owned(), ..entry("ada") }).await;
}

pub async fn an_entry_is_put_only_over_what_was_read(db: &Database) {
    let store = db.open().await;
    let first = entry("ada");
    put(&store, &first).await;
    let second = Entry { reference: "eve".to_owned(), ..first.next(at(1)) };
    assert!(store.entries.put(Some(&first), &second).await.unwrap());
    // The same again is the same call whose answer was lost; another one comes too late.
    assert!(store.entries.put(Some(&first), &second).await.unwrap());
    assert!(!store.entries.put(Some(&first), &Entry { is_gone: true, ..second.clone() }).await.unwrap());
    assert_eq!(store.entries.find(first.id).await.unwrap().unwrap(), second);
    assert!(store.entries.find_by_reference("main", "ada").await.unwrap().is_none());
    // One that nobody has put is not there to be changed.
    let nobody = entry("bob");
    assert!(!store.entries.put(Some(&nobody), &nobody.next(at(1))).await.unwrap());
    // A reference that is another's cannot be taken.
    put(&store, &entry("ada")).await;
    let back = Entry { reference: "ada".to_owned(), ..second.next(at(2)) };
    assert!(!store.entries.put(Some(&second), &back).await.unwrap());
    assert_eq!(store.entries.find(first.id).await.unwrap().unwrap(), second);
}

pub async fn a_name_is_there_once_and_free_when_it_is_given_back(db: &Database) {
    let store = db.open().await;
    let named =
        |reference: &str, name: Option<&str>| Entry { name: name.map(str::to_owned), ..entry(reference) };
    for nameless in ["a", "b", "c"] {
        put(&store, &named(nameless, None)).await;
    }
    let ada = named("ada", Some("ada"));
    put(&store, &ada).await;
    assert!(!store.entries.put(None, &named("eve", Some("ada"))).await.unwrap());
    put(&store, &Entry { provider: "other".to_owned(), ..named("eve", Some("ada")) }).await;
    let gone = Entry { name: None, ..ada.next(at(1)) };
    assert!(store.entries.put(Some(&ada), &gone).await.unwrap());
    put(&store, &named("eve", Some("ada"))).await;
    let back = Entry { name: Some("ada".to_owned()), ..gone.next(at(2)) };
    assert!(!store.entries.put(Some(&gone), &back).await.unwrap());
}

pub async fn entries_are_paged_in_the_order_of_their_ids_and_counted(db: &Database) {
    let store = db.open().await;
    let mut all: Vec<Entry> = (0..25).map(|number| entry(&format!("r{number}"))).collect();
    for (number, one) in all.iter_mut().enumerate() {
        one.provider = if number % 5 == 0 { "other" } else { "main" }.to_owned();
        one.is_gone = number % 7 == 0;
        one.resource = (number % 2 == 0).then(|| claims(json!({ "userName": number.to_string() })));
        one.identity = (number % 3 == 0).then(|| (ISSUER.to_owned(), number.to_string()));
        one.one_with = (number == 11).then(|| "r1".to_owned());
        one.awaits_login = number % 4 == 0;
        put(&store, one).await;
    }
    all.sort_by_key(|one| one.id);
    let of = |provider: Option<&str>| -> Vec<Entry> {
        all.iter().filter(|one| provider.is_none_or(|p| one.provider == p)).cloned().collect()
    };
    for provider in [None, Some("main"), Some("other"), Some("nobody")] {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.entries.page(provider, after, 4).await.unwrap();
            let is_last = page.len() < 4;
            after = page.last().map(|one| one.id);
            found.extend(page);
            if is_last {
                break;
            }
        }
        assert_eq!(found, of(provider));
        let Some(provider) = provider else { continue };
        let there: Vec<Entry> = of(Some(provider)).into_iter().filter(|one| !one.is_gone).collect();
        let count = |is: &dyn Fn(&Entry) -> bool| there.iter().filter(|one| is(one)).count() as u64;
        let expected = EntryCounts {
            resources: count(&|one| one.resource.is_some()),
            waiting: count(&|one| one.awaits_login || one.identity.is_none() && one.one_with.is_none()),
        };
        assert_eq!(store.entries.count(provider).await.unwrap(), expected);
    }
    assert!(store.entries.page(None, None, 0).await.unwrap().is_empty());
}

pub async fn of_sixty_four_entries_of_one_reference_one_is_kept(db: &Database) {
    let stores = [db.open().await, db.open().await];
    let racers: Vec<_> = (0..64_usize)
        .map(|number| {
            let (store, entry) = (stores[number % 2].clone(), entry("ada"));
            tokio::spawn(async move { (store.entries.put(None, &entry).await.unwrap(), entry.id) })
        })
        .collect();
    let mut kept = Vec::new();
    for racer in racers {
        let (is_kept, id) = racer.await.unwrap();
        kept.extend(is_kept.then_some(id));
    }
    let there = stores[0].entries.find_by_reference("main", "ada").await.unwrap().unwrap();
    assert_eq!(kept, [there.id]);
    // Of all who change what is there at once, each comes through in the end.
    let racers: Vec<_> = (0..16_usize)
        .map(|number| {
            let store = stores[number % 2].clone();
            tokio::spawn(async move {
                loop {
                    let before = store.entries.find_by_reference("main", "ada").await.unwrap().unwrap();
                    let next = Entry { name: Some(number.to_string()), ..before.next(at(number as i64)) };
                    if store.entries.put(Some(&before), &next).await.unwrap() {
                        break;
                    }
                }
            })
        })
        .collect();
    for racer in racers {
        racer.await.unwrap();
    }
    let there = stores[1].entries.find_by_reference("main", "ada").await.unwrap().unwrap();
    assert_eq!((there.version, there.updated_at), (17, at(15)));
}
