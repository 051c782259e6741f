//! Messages that providers pushed, and who takes them up.

use std::sync::Arc;

use chrono::TimeDelta;
use identity::{
    Act, Actor, Arrived, Inbox, LogLine, Message, MessageId, MessageName, MessageState, Operator, Senders,
    message_key,
};
use server::System;
use uuid::Uuid;

use super::operator_log::line;
use super::people::{at, digest, id};
use crate::support::databases::Database;
use crate::support::opened::Opened;

/// A message that waits, named for the test.
pub fn message(name: &str, seconds: i64) -> Message {
    Message {
        id: MessageId(Uuid::now_v7()),
        provider: "main".to_owned(),
        sender_id: name.to_owned(),
        kind: "user.updated".to_owned(),
        about: Some(digest(name)),
        gone_at: None,
        received_at: at(seconds),
        state: MessageState::Waiting,
        reason: None,
        is_approved: false,
        tries: 0,
        due_at: at(seconds + 60),
        version: 1,
        content: Some(format!("what {name} says").into_bytes()),
    }
}

fn by_sender(provider: &str, id: &str) -> MessageName {
    MessageName::Sender { provider: provider.to_owned(), id: id.to_owned() }
}

fn inbox(store: &Opened) -> Inbox {
    Inbox::new(store.store.ports(), Arc::new(System))
}

fn arrived(sender_id: &str, content: &str) -> Arrived {
    Arrived {
        provider: "main".to_owned(),
        sender_id: sender_id.to_owned(),
        kind: "user.updated".to_owned(),
        about: None,
        gone_at: None,
        received_at: at(0),
        content: content.as_bytes().to_vec(),
    }
}

pub async fn a_message_is_kept_once_and_comes_back_whole(db: &Database) {
    let store = db.open().await;
    let odd = Message {
        sender_id: "Ünïcode 🦊 'id'".into(),
        kind: "x".repeat(3000),
        reason: Some("why".into()),
        gone_at: Some(at(7)),
        content: Some(vec![0, 255, 10, 0]),
        ..message("", 3)
    };
    assert_eq!(store.messages.keep(&odd).await.unwrap().id, odd.id);
    let found = store.messages.find(&MessageName::Id(odd.id)).await.unwrap();
    assert_eq!(found.as_ref(), Some(&odd));
    assert_eq!(store.messages.find(&by_sender("main", &odd.sender_id)).await.unwrap(), found);
    let again = Message { id: MessageId(Uuid::now_v7()), content: Some(b"other".to_vec()), ..odd.clone() };
    let there = store.messages.keep(&again).await.unwrap();
    assert_eq!(there, Message { content: None, ..odd.clone() }, "the first stays");
    // The sender's id is compared byte for byte, and is unique within its provider.
    for (provider, sender_id) in
        [("main", "ünïcode 🦊 'id'"), ("main", "Ünïcode 🦊 'id' "), ("acme", &odd.sender_id)]
    {
        let id = MessageId(Uuid::now_v7());
        let other = Message { id, provider: provider.into(), sender_id: sender_id.into(), ..odd.clone() };
        assert_eq!(store.messages.keep(&other).await.unwrap().id, id, "{provider} {sender_id}");
    }
    assert_ne!(message_key("a", "bc"), message_key("ab", "c"));
    assert_eq!(store.messages.find(&by_sender("main", "none")).await.unwrap(), None);
}

pub async fn a_message_is_written_over_the_version_that_was_read(db: &Database) {
    let store = db.open().await;
    let kept = message("one", 0);
    store.messages.keep(&kept).await.unwrap();
    let next = Message {
        state: MessageState::Held,
        reason: Some("guard".into()),
        is_approved: true,
        tries: 3,
        due_at: at(500),
        about: None,
        kind: "user.deleted".into(),
        gone_at: Some(at(1)),
        version: 2,
        content: None,
        ..kept.clone()
    };
    assert!(store.messages.put(&next, None).await.unwrap());
    let there = store.messages.find(&MessageName::Id(kept.id)).await.unwrap().unwrap();
    assert_eq!(there, Message { content: kept.content.clone(), ..next.clone() }, "the content stays");
    let late = Message { state: MessageState::Processed, version: 2, content: None, ..kept.clone() };
    assert!(!store.messages.put(&late, None).await.unwrap(), "somebody else wrote that version");
    let anew = Message { version: 3, content: Some(b"anew".to_vec()), ..next };
    assert!(store.messages.put(&anew, None).await.unwrap());
    assert_eq!(store.messages.find(&MessageName::Id(kept.id)).await.unwrap(), Some(anew));
    assert!(!store.messages.put(&Message { version: 2, ..message("unknown", 0) }, None).await.unwrap());
}

pub async fn of_two_who_write_a_message_alike_one_wrote_it(db: &Database) {
    let (one, other) = (db.open().await, db.open().await);
    let kept = message("one", 0);
    one.messages.keep(&kept).await.unwrap();
    let next = Message { state: MessageState::Dropped, version: 2, content: None, ..kept.clone() };
    let lines = [1, 2].map(|n| LogLine { user: None, ..line(Act::DropMessage, id(), n) });
    assert!(one.messages.put(&next, Some(&lines[0])).await.unwrap());
    for store in [&one, &other] {
        assert!(!store.messages.put(&next, Some(&lines[1])).await.unwrap(), "it was the same, by the other");
        assert!(!store.messages.put(&next, None).await.unwrap());
    }
    assert_eq!(other.log.lines(None, 9).await.unwrap(), lines[..1]);
    // What the operator did is kept longer than the message.
    let again = Message { state: MessageState::Waiting, version: 3, ..next };
    assert!(other.messages.put(&again, Some(&lines[1])).await.unwrap());
    one.messages.forget(kept.id).await.unwrap();
    assert_eq!(one.log.lines_after(None, 9).await.unwrap(), lines);
}

pub async fn of_many_who_drop_or_replay_a_message_at_once_one_does_and_one_line_says_so(db: &Database) {
    let (one, other) = (db.open().await, db.open().await);
    let by: Operator = Actor::Cli("grace".to_owned()).into();
    let inboxes = [&one, &other].map(inbox);
    for number in 0..4 {
        let kept = message(&number.to_string(), 0);
        one.messages.keep(&kept).await.unwrap();
        let all = futures::future::join_all((0..8).map(|turn| {
            let (inbox, by, kept) = (inboxes[turn % 2].clone(), by.clone(), kept.clone());
            tokio::spawn(async move {
                match number % 2 {
                    0 => inbox.throw_away(&kept, &by).await.unwrap(),
                    _ => inbox.replay(&kept, &by).await.unwrap().is_some(),
                }
            })
        }))
        .await;
        assert_eq!(all.into_iter().filter(|done| *done.as_ref().unwrap()).count(), 1, "{number}");
    }
    let acts: Vec<Act> = one.log.lines_after(None, 99).await.unwrap().iter().map(|line| line.act).collect();
    assert_eq!(acts, [Act::DropMessage, Act::ReplayMessage, Act::DropMessage, Act::ReplayMessage]);
}

pub async fn what_waits_and_is_due_is_given_out_the_longest_first(db: &Database) {
    let store = db.open().await;
    for (name, due) in [("b", 20), ("a", 10), ("c", 30), ("later", 31)] {
        store.messages.keep(&Message { due_at: at(due), ..message(name, 0) }).await.unwrap();
    }
    let done = Message { due_at: at(1), state: MessageState::Processed, ..message("done", 0) };
    store.messages.keep(&done).await.unwrap();
    let names = async |limit| -> Vec<String> {
        let due = store.messages.due(Senders::One("main"), at(30), limit).await.unwrap();
        assert!(due.iter().all(|one| one.content.is_some()));
        due.into_iter().map(|one| one.sender_id).collect()
    };
    assert_eq!(names(10).await, ["a", "b", "c"]);
    assert_eq!(names(2).await, ["a", "b"]);
    assert!(names(0).await.is_empty());
    let known = ["main".to_owned()];
    for (senders, count) in [
        (Senders::One("acme"), 0),
        (Senders::Others(&known), 0),
        (Senders::Others(&["acme".to_owned()]), 3),
        (Senders::Others(&[]), 3),
    ] {
        assert_eq!(store.messages.due(senders, at(30), 10).await.unwrap().len(), count, "{senders:?}");
    }
}

pub async fn messages_are_listed_by_state_and_provider_in_the_order_of_their_receipt(db: &Database) {
    let store = db.open().await;
    let mut all = Vec::new();
    for (number, state) in MessageState::ALL.iter().cycle().take(12).enumerate() {
        let provider = if number < 9 { "main" } else { "acme" };
        let one = Message {
            state: *state,
            provider: provider.into(),
            ..message(&number.to_string(), number as i64)
        };
        store.messages.keep(&one).await.unwrap();
        all.push(Message { content: None, ..one });
    }
    let (mut pages, mut after) = (Vec::new(), None);
    loop {
        let page = store.messages.page(MessageState::ALL, None, after, 5).await.unwrap();
        after = page.last().map(|one| one.id);
        let is_last = page.len() < 5;
        pages.extend(page);
        if is_last {
            break;
        }
    }
    assert_eq!(pages, all);
    let held = store.messages.page(&[MessageState::Held], Some("main"), None, 10).await.unwrap();
    assert_eq!(held, [all[4].clone()]);
    let open = store.messages.page(MessageState::OPEN, Some("acme"), None, 10).await.unwrap();
    assert_eq!(open, all[9..11]);
    assert!(store.messages.page(MessageState::ALL, Some("none"), None, 10).await.unwrap().is_empty());

    let counts = store.messages.counts().await.unwrap();
    let named: Vec<(&str, MessageState, u64)> =
        counts.iter().map(|one| (one.provider.as_str(), one.state, one.count)).collect();
    assert_eq!(
        named,
        [
            ("acme", MessageState::Dropped, 1),
            ("acme", MessageState::Held, 1),
            ("acme", MessageState::Quarantined, 1),
            ("main", MessageState::Dropped, 1),
            ("main", MessageState::Held, 1),
            ("main", MessageState::Ignored, 2),
            ("main", MessageState::Processed, 2),
            ("main", MessageState::Quarantined, 1),
            ("main", MessageState::Waiting, 2),
        ]
    );
    assert_eq!(counts[5].last_received_at, at(8));
}

pub async fn the_last_time_that_an_account_went_is_known(db: &Database) {
    let store = db.open().await;
    let gone = |name: &str, seconds, state| Message {
        about: Some(digest("ada")),
        gone_at: Some(at(seconds)),
        state,
        ..message(name, 0)
    };
    assert_eq!(store.messages.gone_at(&digest("ada")).await.unwrap(), None);
    for (name, seconds, state) in [
        ("early", 1, MessageState::Processed),
        ("last", 5, MessageState::Processed),
        ("middle", 3, MessageState::Processed),
        ("held", 9, MessageState::Held),
    ] {
        store.messages.keep(&gone(name, seconds, state)).await.unwrap();
    }
    store.messages.keep(&Message { gone_at: None, ..gone("no", 0, MessageState::Processed) }).await.unwrap();
    assert_eq!(store.messages.gone_at(&digest("ada")).await.unwrap(), Some(at(5)));
    assert_eq!(store.messages.gone_at(&digest("grace")).await.unwrap(), None);
}

pub async fn messages_are_forgotten_one_by_one_and_old_ones_are_swept_away(db: &Database) {
    let store = db.open().await;
    for (name, seconds) in [("old", 0), ("ada", 100), ("grace", 100), ("nobody", 100)] {
        let about = (name != "nobody").then(|| digest(name));
        store.messages.keep(&Message { about, ..message(name, seconds) }).await.unwrap();
    }
    for n in 0..3 {
        let again = Message { about: Some(digest("ada")), ..message(&format!("again {n}"), 101 + n) };
        store.messages.keep(&again).await.unwrap();
    }
    let both = [digest("ada"), digest("grace")];
    let first = store.messages.about(&both, None, 3).await.unwrap();
    let names = |page: &[Message]| page.iter().map(|one| one.sender_id.clone()).collect::<Vec<_>>();
    assert_eq!(names(&first), ["again 2", "again 1", "again 0"]);
    assert!(first.iter().all(|one| one.content.is_none()));
    let rest = store.messages.about(&both, Some(first[2].id), 3).await.unwrap();
    assert_eq!(names(&rest), ["grace", "ada"]);
    assert!(store.messages.about(&[], None, 9).await.unwrap().is_empty());
    for one in store.messages.about(&[digest("ada")], None, 9).await.unwrap() {
        for _ in 0..2 {
            store.messages.forget(one.id).await.unwrap();
        }
    }
    store.messages.sweep_messages(at(100)).await.unwrap();
    let left = store.messages.page(MessageState::ALL, None, None, 10).await.unwrap();
    assert_eq!(left.iter().map(|one| one.sender_id.as_str()).collect::<Vec<_>>(), ["grace", "nobody"]);
}

pub async fn a_message_under_a_lost_secret_has_no_content(db: &Database) {
    let store = db.open().await;
    let kept = message("one", 0);
    store.messages.keep(&kept).await.unwrap();
    let lost = Opened::at(&db.url, 8).await;
    let found = lost.messages.find(&MessageName::Id(kept.id)).await.unwrap();
    assert_eq!(found, Some(Message { content: None, ..kept.clone() }));
    let due = lost.messages.due(Senders::One("main"), at(1000), 10).await.unwrap();
    assert_eq!(due, [Message { content: None, ..kept }]);
}

async fn take_up_all(inbox: Inbox) -> Vec<Message> {
    let mut ours = Vec::new();
    for message in inbox.due(Senders::One("main"), 10).await.unwrap() {
        ours.extend(inbox.take_up(message).await.unwrap());
    }
    ours
}

pub async fn of_many_who_take_up_what_is_due_one_gets_each(db: &Database) {
    let (one, other) = (db.open().await, db.open().await);
    for number in 0..10 {
        one.messages.keep(&message(&number.to_string(), 0)).await.unwrap();
    }
    let takers = [&one, &other].map(inbox);
    let taken = futures::future::join_all((0..8).map(|turn| {
        let inbox = takers[turn % 2].clone();
        tokio::spawn(take_up_all(inbox))
    }))
    .await;
    let mut names: Vec<String> =
        taken.into_iter().flat_map(|taken| taken.unwrap()).map(|one| one.sender_id).collect();
    names.sort_unstable();
    assert_eq!(names, (0..10).map(|number| number.to_string()).collect::<Vec<_>>());
    // Whoever took one up and died over it had a while.
    assert!(takers[0].due(Senders::One("main"), 10).await.unwrap().is_empty());
    let soon = identity::World::now(&System) + TimeDelta::seconds(61);
    assert_eq!(one.messages.due(Senders::One("main"), soon, 100).await.unwrap().len(), 10);

    // What was not understood is taken again under its id, and nothing else is.
    let inbox = &takers[0];
    let first = inbox.keep(arrived("odd", "odd")).await.unwrap();
    assert!(inbox.settle(&first, MessageState::Quarantined, Some("not_an_object")).await.unwrap());
    let again = inbox.keep(arrived("odd", "better")).await.unwrap();
    assert_eq!((again.id, again.state, again.reason.as_deref()), (first.id, MessageState::Waiting, None));
    let there = one.messages.find(&MessageName::Id(first.id)).await.unwrap().unwrap();
    assert_eq!((there.state, there.content.as_deref()), (MessageState::Waiting, Some(&b"better"[..])));
    assert!(inbox.settle(&again, MessageState::Processed, None).await.unwrap());
    assert_eq!(inbox.keep(arrived("odd", "more")).await.unwrap().state, MessageState::Processed);
    assert!(!inbox.settle(&first, MessageState::Held, None).await.unwrap(), "an old one says nothing");
}
