//! What was said of an account before anybody knew whose it is: kept with its own times, merged when somebody does.

use serde::{Deserialize, Serialize};

use crate::claims::without_tokens;
use crate::observation::combine;
use crate::{Claims, Extent, Observation, Origin, Standing};

/// The most statements that are kept apart; beyond it the two oldest become one.
const MOST: usize = 8;

/// One statement about an account that waits.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Said {
    /// Who said it, and when.
    pub origin: Origin,
    /// Whether silence means anything.
    pub extent: Extent,
    /// What was said of the person.
    pub claims: Claims,
    /// What was said of the account.
    pub standing: Option<Standing>,
}

impl Said {
    /// The observation that it is, now that the identity is known.
    pub fn of(&self, provider: &str, issuer: &str, subject: &str) -> Observation {
        Observation {
            provider: provider.to_owned(),
            issuer: issuer.to_owned(),
            subject: subject.to_owned(),
            origin: self.origin.clone(),
            extent: self.extent.clone(),
            claims: self.claims.clone(),
            standing: self.standing,
        }
    }

    /// Whether nothing of `older` is left once this is merged after it.
    fn covers(&self, older: &Said) -> bool {
        let speaks_of = |name: &String| self.extent.clears(name);
        let extent = match &older.extent {
            Extent::Partial => true,
            Extent::Full(names) => names.iter().all(speaks_of),
        };
        self.origin.stated_at() >= older.origin.stated_at()
            && extent
            && older.claims.keys().all(speaks_of)
            && (self.standing.is_some() || older.standing.is_none())
    }

    /// This and what was said after it, as one statement of this one's time.
    fn and_then(mut self, newer: Said) -> Said {
        self.claims.retain(|name, _| !newer.extent.clears(name));
        let extent = match (self.extent, newer.extent) {
            (Extent::Partial, Extent::Partial) => Extent::Partial,
            (Extent::Full(some), Extent::Partial) | (Extent::Partial, Extent::Full(some)) => {
                Extent::Full(some)
            }
            (Extent::Full(mut some), Extent::Full(more)) => {
                some.extend(more);
                Extent::Full(some)
            }
        };
        let claims = combine(self.claims, Some(newer.claims));
        Said { origin: self.origin, extent, claims, standing: newer.standing.or(self.standing) }
    }
}

/// Keeps what was said with what waits already, the oldest first, within bounds.
pub(crate) fn keep(waiting: &[Said], said: Said) -> Vec<Said> {
    let said = Said { claims: without_tokens(said.claims), ..said };
    let mut kept: Vec<Said> = waiting.iter().filter(|older| !said.covers(older)).cloned().collect();
    kept.push(said);
    kept.sort_by_key(|one| one.origin.stated_at());
    while kept.len() > MOST {
        let (oldest, next) = (kept.remove(0), kept.remove(0));
        kept.insert(0, oldest.and_then(next));
    }
    kept
}

#[cfg(test)]
mod tests {
    use serde_json::{Value as Json, json};

    use super::*;
    use crate::{Field, Source, Timestamp, User, UserId, merge};

    fn second(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    fn said(at: i64, claims: Json, extent: Extent, standing: Option<Standing>) -> Said {
        let (at, received_at) = (second(at), second(100));
        let origin = Origin { at, received_at, source: Source::Scan, actor: None, run: None };
        Said { origin, extent, claims: claims.as_object().unwrap().clone(), standing }
    }

    fn full(names: &[&str]) -> Extent {
        Extent::Full(names.iter().map(|name| (*name).to_owned()).collect())
    }

    /// The user of whom all this was said.
    fn merged(all: &[Said]) -> User {
        let mut user: Option<User> = None;
        for one in all {
            let observation = one.of("main", "https://one.example", "ada");
            user = Some(merge::merge(user.as_ref(), &observation, UserId(Default::default())).user);
        }
        user.unwrap()
    }

    #[test]
    fn what_a_later_full_statement_covers_is_not_kept_beside_it() {
        let older = said(1, json!({"name": "A"}), Extent::Partial, None);
        let newer = said(2, json!({"name": "B"}), full(&["name"]), Some(Standing::Present));
        assert_eq!(keep(std::slice::from_ref(&older), newer.clone()), std::slice::from_ref(&newer));
        // Older in time, or of what the other does not speak of: both stay, in the order of time.
        assert_eq!(keep(std::slice::from_ref(&newer), older.clone()), [older, newer.clone()]);
        let other = said(1, json!({"title": "Dr"}), Extent::Partial, None);
        assert_eq!(keep(std::slice::from_ref(&other), newer.clone()), [other, newer]);
    }

    #[test]
    fn a_standing_is_not_lost_to_a_statement_without_one() {
        let gone = said(1, json!({}), Extent::Partial, Some(Standing::Deleted));
        let named = said(2, json!({"name": "A"}), full(&["name"]), None);
        assert_eq!(keep(std::slice::from_ref(&gone), named).len(), 2);
    }

    #[test]
    fn however_much_is_said_a_bounded_list_says_the_same() {
        let all: Vec<Said> = (0..30)
            .map(|n| {
                let claims = match n % 3 {
                    0 => json!({"name": format!("n{n}"), "email": "a@example.com", "email_verified": true}),
                    1 => json!({"locale": format!("l{n}"), "email": format!("{n}@example.com")}),
                    _ => json!({"given_name": format!("g{n}"), "odd": n}),
                };
                said(n + 1, claims, Extent::Partial, (n == 7).then_some(Standing::Blocked))
            })
            .collect();
        let kept = all.iter().fold(Vec::new(), |kept, one| keep(&kept, one.clone()));
        assert!(kept.len() <= MOST);
        let (few, many) = (merged(&kept), merged(&all));
        let values = |user: &User| -> Vec<Option<crate::Value>> {
            let facts = &user.identities[0].facts;
            Field::ALL.iter().map(|field| facts.get(field).and_then(|fact| fact.value.clone())).collect()
        };
        assert_eq!(values(&few), values(&many));
        assert_eq!(few.identities[0].claims, many.identities[0].claims);
        assert_eq!(few.identities[0].standing, many.identities[0].standing);
    }

    #[test]
    fn no_token_is_kept_while_it_waits() {
        let claims = json!({"_claim_sources": {"a": {"endpoint": "e", "access_token": "t"}}});
        let kept = keep(&[], said(1, claims, Extent::Partial, None));
        assert_eq!(Json::Object(kept[0].claims.clone()), json!({"_claim_sources": {"a": {"endpoint": "e"}}}));
    }
}
