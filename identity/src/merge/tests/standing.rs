//! What a provider says of the account: present, blocked, deleted; and users whom the operator shut out.

use super::*;

/// What is said of the account, and nothing of the person.
fn stands(at: i64, source: Source, standing: Standing) -> Observation {
    Observation { standing: Some(standing), ..by(source, login(at, json!({}))) }
}

fn ada_after(standing: Standing) -> Write {
    after(&[login(1, json!({"name": "Ada"})), stands(2, Source::Webhook, standing)])
}

fn disabled() -> User {
    User { is_disabled: true, ..after(&[login(1, json!({"name": "Ada"}))]).user }
}

fn standing(write: &Write) -> Standing {
    write.user.identities[0].standing
}

#[test]
fn a_source_says_that_an_account_is_blocked_or_gone_and_nothing_of_it_is_lost() {
    for gone in [Standing::Blocked, Standing::Deleted] {
        let merged = ada_after(gone);
        assert_eq!((standing(&merged), merged.user.status()), (gone, Status::Tombstone));
        assert_eq!(merged.user.text(Field::Name).as_deref(), Some("Ada"));
        let changed = What::Standing { from: (Standing::Present, second(1)), to: (gone, second(2)) };
        assert_eq!(told_besides(&merged), [changed]);
        assert_eq!((merged.changes.len(), merged.user.updated_at), (1, second(2)));
        let ends = Ends::OfIdentity { issuer: "https://one.example".into(), subject: "ada".into() };
        assert_eq!(merged.ends, [ends], "its sessions end");
    }
    assert_eq!(ada_after(Standing::Present).ends, []);
}

#[test]
fn a_user_is_a_tombstone_only_when_no_identity_is_present() {
    let two =
        [login(1, json!({})), elsewhere(login(2, json!({}))), stands(3, Source::Scan, Standing::Deleted)];
    let merged = after(&two);
    assert_eq!(merged.user.status(), Status::Active);
    let last = elsewhere(stands(4, Source::Webhook, Standing::Blocked));
    assert_eq!(merge(Some(merged.user), &last, id(1)).user.status(), Status::Tombstone);
}

#[test]
fn a_log_in_makes_an_account_present_again_and_counts() {
    for gone in [Standing::Blocked, Standing::Deleted] {
        let merged = merge(Some(ada_after(gone).user), &login(3, json!({"name": "Ada"})), id(1));
        assert_eq!((standing(&merged), merged.user.status()), (Standing::Present, Status::Active));
        assert_eq!(merged.user.login_count, 2);
        let changed = What::Standing { from: (gone, second(2)), to: (Standing::Present, second(3)) };
        assert_eq!(told_besides(&merged), [changed]);
        assert_eq!(merged.ends, []);
    }
}

#[test]
fn a_push_that_says_present_lifts_a_block_and_no_deletion_and_a_list_lifts_both() {
    let listed = |standing| {
        let said = by(Source::Scan, login(3, json!({"name": "Ada"})));
        Observation { extent: full(), standing: Some(standing), ..said }
    };
    let push = stands(3, Source::Webhook, Standing::Present);
    for (gone, said, then) in [
        (Standing::Blocked, push.clone(), Standing::Present),
        (Standing::Deleted, push, Standing::Deleted),
        (Standing::Blocked, listed(Standing::Present), Standing::Present),
        (Standing::Deleted, listed(Standing::Present), Standing::Present),
        (Standing::Deleted, listed(Standing::Blocked), Standing::Blocked),
        (Standing::Deleted, stands(3, Source::Webhook, Standing::Blocked), Standing::Deleted),
        (Standing::Blocked, stands(3, Source::Scim, Standing::Deleted), Standing::Deleted),
    ] {
        let merged = merge(Some(ada_after(gone).user), &said, id(1));
        assert_eq!(standing(&merged), then, "{gone} {said:?}");
    }
}

#[test]
fn what_says_nothing_of_the_account_leaves_its_standing() {
    for source in [Source::Refresh, Source::Webhook, Source::Import] {
        let said = by(source, login(3, json!({"name": "Ada L."})));
        let merged = merge(Some(ada_after(Standing::Deleted).user), &said, id(1));
        assert_eq!((standing(&merged), merged.user.login_count), (Standing::Deleted, 1), "{source}");
        assert_eq!(told(&merged), [(Field::Name, text("Ada"), text("Ada L."))]);
        assert!(!merged.ends.is_empty(), "whoever is gone stays out");
    }
}

#[test]
fn an_older_word_about_the_account_changes_nothing() {
    let merged = after(&[login(5, json!({})), stands(4, Source::Webhook, Standing::Deleted)]);
    assert_eq!((standing(&merged), told_besides(&merged)), (Standing::Present, vec![]));
    let late = merge(Some(ada_after(Standing::Deleted).user), &received(9, login(1, json!({}))), id(1));
    assert_eq!(standing(&late), Standing::Deleted, "a log-in from before it was deleted");
}

#[test]
fn an_account_that_is_first_heard_of_as_blocked_is_blocked() {
    let merged = after(&[stands(1, Source::Scan, Standing::Blocked)]);
    assert_eq!((standing(&merged), merged.user.status()), (Standing::Blocked, Status::Tombstone));
    let changed = What::Standing { from: (Standing::Present, second(1)), to: (Standing::Blocked, second(1)) };
    assert_eq!(told_besides(&merged), [What::Linked, changed]);
}

#[test]
fn the_log_in_of_a_disabled_user_is_merged_and_does_not_count() {
    let merged = merge(Some(disabled()), &login(3, json!({"name": "Ada L."})), id(1));
    assert_eq!(merged.user.status(), Status::Disabled);
    assert_eq!((merged.user.login_count, merged.user.last_login_at), (1, Some(second(1))));
    let identity = &merged.user.identities[0];
    assert_eq!((identity.last_login_at, identity.last_seen_at), (Some(second(1)), second(3)));
    assert_eq!(told(&merged), [(Field::Name, text("Ada"), text("Ada L."))]);
}

#[test]
fn a_log_in_lifts_only_what_the_provider_said() {
    let mut gone = disabled();
    gone.identities[0].standing = Standing::Deleted;
    let merged = merge(Some(gone), &login(3, json!({})), id(1));
    assert_eq!((standing(&merged), merged.user.status()), (Standing::Present, Status::Disabled));
}

#[test]
fn an_identity_of_another_user_is_not_linked_and_a_user_who_is_gone_links_nothing() {
    let said = login(3, json!({}));
    let ada = after(&[login(1, json!({}))]).user;
    let decided = |user, link| super::super::merge_or_link(user, &said, id(9), link);
    assert!(matches!(decided(Some(&ada), Some(id(2))), Decision::Refuse(Code::IdentityTaken)));
    assert!(matches!(decided(None, Some(id(2))), Decision::Refuse(Code::SignedOut)));
    for (user, link, whose) in [(Some(&ada), Some(id(1)), 1), (Some(&ada), None, 1), (None, None, 9)] {
        let Decision::Keep(write) = decided(user, link) else { panic!("not kept") };
        assert_eq!((write.user.id, write.links()), (id(whose), user.is_none()));
    }
}

#[test]
fn what_is_heard_again_writes_nothing_and_what_is_news_does() {
    let decided = |user: &User, said: &Observation| super::super::merge_news(Some(user), said, id(9), None);
    let said = received(3, webhook(2, json!({"name": "Ada"})));
    let ada = after(&[login(1, json!({})), said.clone()]).user;
    assert!(matches!(decided(&ada, &said), Decision::Leave));
    let news = received(4, webhook(2, json!({"name": "Ada"})));
    assert!(matches!(decided(&ada, &news), Decision::Keep(_)), "seen once more");
    let blocked = Observation { standing: Some(Standing::Blocked), ..said };
    assert!(matches!(decided(&ada, &blocked), Decision::Keep(_)));
}

#[test]
fn a_standing_that_nobody_has_stated_gives_way_to_what_was_stated_before() {
    let blocked = Observation { standing: Some(Standing::Blocked), ..webhook(1, json!({})) };
    let told = after(&[webhook(5, json!({"name": "Ada"})), received(6, blocked.clone())]);
    assert_eq!(told.user.identities[0].standing, Standing::Blocked);
    let stated = after(&[scan(5, json!({"name": "Ada"})), received(6, blocked)]);
    assert_eq!(stated.user.identities[0].standing, Standing::Present);
}
