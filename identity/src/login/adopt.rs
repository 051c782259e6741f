//! A verified log-in finds the entry of its reference, and what waited there becomes its identity's.

use crate::entries::{Entry, EntryId, TRIES, is_reference};
use crate::merge::merge;
use crate::{Decision, Observation, StoreError, Stores, User, UserId, Whom};

/// Gives the entry of a log-in's reference to its identity. What was said meanwhile is merged first, each by its own
/// time: whoever dies between the two does it again at the next log-in. Where the reference is another claim than the
/// subject, an entry is made, by which pushes find the identity from then on.
///
/// `claim` is the provider's reference; a log-in without it adopts nothing.
pub(crate) async fn adopt(
    stores: &Stores,
    observation: &Observation,
    claim: &str,
    fresh: UserId,
) -> Result<(), StoreError> {
    let (issuer, subject) = (&observation.issuer, &observation.subject);
    let is_subject = claim == "sub";
    let reference = match is_subject {
        true => Some(subject.as_str()),
        false => observation.claims.get(claim).and_then(|value| value.as_str()),
    };
    let Some(reference) = reference.filter(|reference| is_reference(reference)) else { return Ok(()) };
    let (provider, now) = (&observation.provider, observation.origin.received_at);
    for _ in 0..TRIES {
        let before = stores.entries.find_by_reference(provider, reference).await?;
        let entry = match &before {
            None if is_subject => return Ok(()),
            None => Entry::new(EntryId(fresh.0), provider, reference, now),
            Some(entry) if entry.is_of(issuer, subject) && !entry.awaits_login => return Ok(()),
            Some(entry) => entry.clone(),
        };
        for said in &entry.waiting {
            hear(stores, &said.of(provider, issuer, subject)).await?;
        }
        let adopted = entry.next(now).of(issuer, subject);
        if stores.entries.put(before.as_ref(), &adopted).await? {
            tracing::info!(entry = %adopted.id, "the account of a reference is known by a log-in");
            return Ok(());
        }
    }
    Err(StoreError::unavailable("an entry stayed contended"))
}

async fn hear(stores: &Stores, observation: &Observation) -> Result<(), StoreError> {
    let decide = |user: Option<&User>| match user {
        None => Decision::Leave,
        Some(user) => merge(Some(user), observation, user.id).into(),
    };
    let whom = Whom::identity(&observation.issuer, &observation.subject);
    stores.users.write(whom, &decide).await.map(drop)
}
