//! What the operator has arranged for identities that are nobody's yet.

use identity::{Actor, Digest, EmailLink, IssuerAlias, LinkRule, LinkRuleKind, RunId};

use super::people::{at, id};
use crate::support::databases::Database;

pub fn alias(issuer: &str, of: &str) -> LinkRule {
    let (issuer, of, actor) = (issuer.to_owned(), of.to_owned(), Actor::Cli("ada".to_owned()));
    LinkRule::Alias(IssuerAlias { issuer, of, made_at: at(0), actor })
}

pub fn email(address: &str, until: i64) -> LinkRule {
    let issuer = "https://b.example".to_owned();
    let (run, email) = (RunId(uuid::Uuid::from_u128(3)), EmailLink::key(&issuer, address));
    LinkRule::Email(EmailLink { issuer, email, user: id(), run, until: at(until) })
}

pub async fn a_link_rule_is_there_once_until_it_is_taken_away(db: &Database) {
    let store = db.open().await;
    let rules = &store.link_rules;
    let one = alias("https://new.example", "https://old.example");
    rules.put_rule(&one).await.unwrap();
    rules.put_rule(&one).await.unwrap();
    assert_eq!(rules.rule(&one.key()).await.unwrap(), Some(one.clone()));
    let other = alias("https://new.example", "https://older.example");
    rules.put_rule(&other).await.unwrap();
    let all = rules.rules(None, None, 9).await.unwrap();
    assert_eq!(all, std::slice::from_ref(&other), "over the one with its key");
    assert_eq!(rules.rule(&IssuerAlias::key("https://New.example")).await.unwrap(), None);
    assert!(rules.drop_rule(&other.key()).await.unwrap());
    assert!(!rules.drop_rule(&other.key()).await.unwrap());
    assert_eq!(rules.rule(&other.key()).await.unwrap(), None);
}

pub async fn link_rules_come_by_pages_and_kinds_and_go_in_their_time(db: &Database) {
    let store = db.open().await;
    let rules = &store.link_rules;
    let mut all = vec![alias("https://new.example", "https://old.example"), email("old@x", 99)];
    all.extend((0..5).map(|number| email(&format!("{number}@x"), 101)));
    for rule in &all {
        rules.put_rule(rule).await.unwrap();
    }
    all.sort_by_key(LinkRule::key);
    let mut seen: Vec<LinkRule> = Vec::new();
    loop {
        let after: Option<Digest> = seen.last().map(LinkRule::key);
        let page = rules.rules(None, after, 3).await.unwrap();
        seen.extend(page.iter().cloned());
        if page.len() < 3 {
            break;
        }
    }
    assert_eq!(seen, all);
    let of = async |kind| rules.rules(Some(kind), None, 9).await.unwrap().len();
    assert_eq!((of(LinkRuleKind::Alias).await, of(LinkRuleKind::Email).await), (1, 6));
    assert!(rules.rules(None, None, 0).await.unwrap().is_empty());
    rules.sweep_rules(at(100)).await.unwrap();
    assert_eq!((of(LinkRuleKind::Alias).await, of(LinkRuleKind::Email).await), (1, 5));
}
