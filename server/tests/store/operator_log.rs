//! What operators did is kept with what they did.

use identity::{Act, Actor, LogLine, User, Whom, Write, acts};
use uuid::Uuid;

use super::people::{at, id, login, plain_login, record, session};
use crate::support::databases::Database;
use crate::support::opened::Opened;

pub(super) fn line(act: Act, user: identity::UserId, seconds: i64) -> LogLine {
    LogLine {
        id: Uuid::now_v7(),
        at: at(seconds),
        actor: Actor::Cli("grace".to_owned()),
        act,
        user: Some(user),
        reason: Some("asked by letter, „höchst“".to_owned()),
        detail: Some("main".to_owned()),
        request: Some("0198f3a1".to_owned()),
    }
}

/// Shuts a user out, with this line.
pub(super) async fn disable(store: &Opened, user: identity::UserId, line: &LogLine) {
    let origin = identity::Origin::of_operator(Some(line.actor.clone()), line.at);
    let decide = |user: Option<&User>| match acts::set_disabled(user, true, None, &origin) {
        identity::Decision::Keep(write) => Write { log: Some(line.clone()), ..*write }.into(),
        other => other,
    };
    store.users.write(Whom::id(user), &decide).await.unwrap();
}

pub async fn a_line_is_written_with_its_act_and_outlives_the_user(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    let disabled = line(Act::Disable, ada, 1);
    disable(&store, ada, &disabled).await;
    assert_eq!(store.log.lines(None, 10).await.unwrap().as_slice(), std::slice::from_ref(&disabled));
    // What was so already writes no line.
    disable(&store, ada, &line(Act::Disable, ada, 2)).await;
    let erased = line(Act::Erase, ada, 3);
    let decide = |user: Option<&User>| acts::erase(user, &[], &[], at(3), Some(erased.clone()));
    store.users.write(Whom::id(ada), &decide).await.unwrap();
    assert!(store.users.find(ada).await.unwrap().is_none());
    assert_eq!(store.log.lines(None, 10).await.unwrap(), [erased, disabled]);
}

pub async fn lines_come_by_pages_both_ways_and_once(db: &Database) {
    let store = db.open().await;
    let lines: Vec<LogLine> = (0..5).map(|n| line(Act::Export, id(), n)).collect();
    for line in &lines {
        store.log.note(line).await.unwrap();
        // Said again, after a lost answer.
        store.log.note(line).await.unwrap();
    }
    let newest: Vec<LogLine> = lines.iter().rev().cloned().collect();
    let first = store.log.lines(None, 2).await.unwrap();
    assert_eq!(first, newest[..2]);
    assert_eq!(store.log.lines(Some(first[1].id), 10).await.unwrap(), newest[2..]);
    let oldest = store.log.lines_after(None, 3).await.unwrap();
    assert_eq!(oldest, lines[..3]);
    assert_eq!(store.log.lines_after(Some(oldest[2].id), 3).await.unwrap(), lines[3..]);
    assert!(store.log.lines(None, 0).await.unwrap().is_empty());
}

pub async fn lines_about_one_user_come_by_pages_and_no_others(db: &Database) {
    let store = db.open().await;
    let (ada, grace) = (record(&store, &plain_login("ada", 0)).await.user.id, id());
    let others = line(Act::Export, grace, 0);
    store.log.note(&others).await.unwrap();
    let looked: Vec<LogLine> = (1..4).map(|n| line(Act::LookAtClaims, ada, n)).collect();
    for line in &looked {
        store.log.note(line).await.unwrap();
    }
    let disabled = line(Act::Disable, ada, 5);
    disable(&store, ada, &disabled).await;
    let first = store.log.lines_about(ada, None, 2).await.unwrap();
    assert_eq!(first, [disabled, looked[2].clone()]);
    let rest = store.log.lines_about(ada, Some(first[1].id), 9).await.unwrap();
    assert_eq!(rest, [looked[1].clone(), looked[0].clone()]);
    assert_eq!(store.log.lines_about(grace, None, 9).await.unwrap(), [others]);
    assert!(store.log.lines_about(id(), None, 9).await.unwrap().is_empty());
}

/// Whoever died between a write and what follows it leaves it to the next.
pub async fn a_line_that_nobody_moved_is_found(db: &Database) {
    let store = db.open().await;
    let ada = record(&store, &plain_login("ada", 0)).await.user.id;
    store.start(&session("of ada", ada, 0)).await;
    let lines: Vec<LogLine> = (1..4).map(|n| line(Act::EndSessions, ada, n)).collect();
    for line in &lines {
        let decide = |user: Option<&User>| {
            let user = user.unwrap();
            let next = User { version: user.version + 1, ..user.clone() };
            Write { log: Some(line.clone()), ..Write::new(next, Vec::new()) }.into()
        };
        store.users.write(Whom::id(ada), &decide).await.unwrap();
        record(&store, &login("ada", 9, serde_json::json!({ "name": line.id.to_string() }))).await;
    }
    let mut found = store.log.lines_after(None, 10).await.unwrap();
    assert_eq!(found.len(), 3);
    found.sort_by_key(|line| line.at);
    assert_eq!(found, lines);
}
