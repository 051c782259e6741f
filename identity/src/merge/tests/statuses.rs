//! Disabled users and tombstones.

use super::*;

fn ada_as(status: Status) -> User {
    let ada = after(&[login(1, json!({"name": "Ada"}))]).user;
    set_status(ada, status, second(2)).unwrap().user
}

fn status(status: Status) -> Option<Value> {
    text(&status.to_string())
}

#[test]
fn the_operator_sets_a_status_and_the_change_says_who() {
    let ada = after(&[login(1, json!({"name": "Ada"}))]).user;
    let merged = set_status(ada.clone(), Status::Disabled, second(2)).unwrap();
    assert_eq!((merged.user.status, merged.user.version), (Status::Disabled, 2));
    assert_eq!(merged.user.updated_at, second(2));
    let change = Change {
        field: Field::Status,
        from: status(Status::Active),
        to: status(Status::Disabled),
        at: second(2),
        source: Source::Operator,
        provider: None,
        version: 2,
    };
    assert_eq!(merged.changes, [change]);
    assert_eq!(set_status(merged.user, Status::Active, second(1)).unwrap().user.updated_at, second(2));
}

#[test]
fn a_status_that_is_so_already_is_no_change() {
    assert_eq!(set_status(ada_as(Status::Disabled), Status::Disabled, second(3)), None);
}

#[test]
fn the_log_in_of_a_disabled_user_is_merged_and_does_not_count() {
    let merged = merge(Some(ada_as(Status::Disabled)), &login(3, json!({"name": "Ada L."})), id(1));
    assert_eq!(merged.user.status, Status::Disabled);
    assert_eq!((merged.user.login_count, merged.user.last_login_at), (1, Some(second(1))));
    let identity = &merged.user.identities[0];
    assert_eq!((identity.last_login_at, identity.last_seen_at), (Some(second(1)), second(3)));
    assert_eq!(told(&merged), [(Field::Name, text("Ada"), text("Ada L."))]);
}

#[test]
fn a_log_in_revives_a_tombstone_and_counts() {
    let merged = merge(Some(ada_as(Status::Tombstone)), &login(3, json!({"name": "Ada"})), id(1));
    assert_eq!((merged.user.status, merged.user.login_count), (Status::Active, 2));
    assert_eq!(told(&merged), [(Field::Status, status(Status::Tombstone), status(Status::Active))]);
    let change = &merged.changes[0];
    assert_eq!((change.at, change.source, change.version), (second(3), Source::Login, 3));
    assert_eq!(change.provider.as_deref(), Some("main"));
    assert_eq!(merged.user.updated_at, second(3));
}

#[test]
fn nothing_but_a_log_in_revives_a_tombstone() {
    for source in [Source::Refresh, Source::Webhook, Source::Scan, Source::Import, Source::Operator] {
        let said = Observation { source, ..login(3, json!({"name": "Ada L."})) };
        let merged = merge(Some(ada_as(Status::Tombstone)), &said, id(1));
        assert_eq!((merged.user.status, merged.user.login_count), (Status::Tombstone, 1), "{source}");
        assert_eq!(told(&merged), [(Field::Name, text("Ada"), text("Ada L."))]);
    }
}
