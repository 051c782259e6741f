//! Searching, once for every kind of database: how a question is resolved, walked and counted within bounds. A kind of
//! database reads ranges ([`Ranges`]) and knows nothing of questions.

mod by_key;
mod by_match;
mod count;
mod kept;
mod references;
mod walk;

use std::collections::HashMap;

use async_trait::async_trait;
use identity::search::{Asked, Cursor, From, Hits, Order, Query, Sort, Verified, When, Word, next};
use identity::{Entries, Standing, Status, StoreError, Timestamp, User, UserId};

pub(crate) use kept::Kept;
pub(crate) use walk::walk;

/// Users who are sorted in the database for one page; where more meet each condition, a walk along the order meets them
/// often enough.
pub(crate) const SORTED: u64 = 5_000;
/// Rows that one page looks at; what is not found by then is not looked for.
const BUDGET: u64 = 50_000;

/// Terms from one on to before another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) from: String,
    pub(crate) until: Option<String>,
}

/// What must be so of a user.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Condition {
    /// There is a term in one of these, which do not overlap and are in order.
    Terms(Vec<Span>),
    /// The row says so. Where few may meet it, there is a term for it as well.
    Row(Is, Option<Span>),
    /// The last log-in was between, in microseconds.
    Seen(i64, i64),
    /// First heard of between, in microseconds.
    Created(i64, i64),
    /// There is a session that was used after the first and ends after the second.
    Online(Timestamp, Timestamp),
    /// It is this one.
    Id(UserId),
}

/// What a row says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Is {
    Status(Status),
    Verified(Verified),
    Standing(Standing),
    Several,
    Held,
}

/// A user and what they are sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Keyed {
    pub(crate) user: UserId,
    pub(crate) key: Key,
}

/// What is sorted by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Key {
    /// Microseconds.
    Time(i64),
    /// Folded.
    Text(String),
}

/// Users who have what is sorted by, or those who lack it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Part {
    All,
    Present,
    Absent,
}

/// A piece of an order.
#[derive(Clone, Debug)]
pub(crate) struct Slice<'a> {
    pub(crate) sort: Sort,
    pub(crate) is_descending: bool,
    pub(crate) part: Part,
    /// It begins after this one.
    pub(crate) after: Option<&'a Keyed>,
    /// It ends with this one.
    pub(crate) until: Option<&'a Keyed>,
}

/// What a kind of database reads.
#[async_trait]
pub(crate) trait Ranges: Send + Sync {
    /// How many entries meet the condition by what it is driven by, and how many users they are of; at most `limit`
    /// entries are looked at.
    async fn tally(&self, condition: &Condition, limit: u64) -> Result<(u64, u64), StoreError>;

    /// Entries of a span, in the order of (term, user), from after one on.
    async fn entries(
        &self,
        span: &Span,
        after: Option<(&str, UserId)>,
        backwards: bool,
        limit: u64,
    ) -> Result<Vec<(String, UserId)>, StoreError>;

    /// The smallest term in these spans of each user who has one.
    async fn firsts(&self, users: &[UserId], spans: &[Span]) -> Result<Vec<(UserId, String)>, StoreError>;

    /// Those of the users who meet all conditions, in no order.
    async fn passing(&self, users: &[UserId], conditions: &[Condition]) -> Result<Vec<UserId>, StoreError>;

    /// The first users of a slice who meet all conditions, in its order; of those who meet the driver, where there is one.
    async fn slice(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        driver: Option<&Condition>,
        limit: u64,
    ) -> Result<Vec<Keyed>, StoreError>;

    /// The `number`th user of a slice who meets these conditions, which its index knows of; from 1.
    async fn edge(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        number: u64,
    ) -> Result<Option<Keyed>, StoreError>;

    /// How many users meet all conditions, `limit` at most: of those of the driver, or of the slice.
    async fn count(
        &self,
        slice: &Slice<'_>,
        conditions: &[Condition],
        driver: Option<&Condition>,
        limit: u64,
    ) -> Result<u64, StoreError>;

    /// What a user is sorted by; none where there is no such user.
    async fn key(&self, user: UserId, sort: Sort) -> Result<Option<Keyed>, StoreError>;

    /// These users without claims, in no order; whoever was erased meanwhile is not among them.
    async fn load(&self, users: &[UserId]) -> Result<Vec<User>, StoreError>;

    /// Whether users are still being taken in.
    async fn is_filling(&self) -> Result<bool, StoreError>;

    /// All figures.
    async fn figures(&self, now: Timestamp) -> Result<identity::search::Figures, StoreError>;
}

/// The smallest term of each user. Not every database knows which of two rows of bytes is smaller.
pub(crate) fn smallest(terms: impl IntoIterator<Item = (UserId, String)>) -> Vec<(UserId, String)> {
    let mut firsts = HashMap::<UserId, String>::new();
    for (user, term) in terms {
        let first = firsts.entry(user).or_insert_with(|| term.clone());
        if term < *first {
            *first = term;
        }
    }
    firsts.into_iter().collect()
}

/// A question, resolved.
struct Resolved {
    asked: Asked,
    /// The first `words` are of the query.
    conditions: Vec<Condition>,
    words: usize,
}

/// A page as it was found.
#[derive(Default)]
struct Found {
    users: Vec<Keyed>,
    /// Where looking was given up.
    stopped: Option<Keyed>,
    has_more: bool,
    /// The word that was walked along.
    word: u8,
}

/// See [`identity::Search::search`].
pub(crate) async fn search(
    ranges: &impl Ranges,
    entries: &dyn Entries,
    kept: &Kept,
    query: &Query,
    when: When,
) -> Result<Hits, StoreError> {
    let resolved = resolve(ranges, entries, query, when).await?;
    let order = match query.order(&resolved.asked) {
        // One person is not sorted by match.
        Order::Match(_) if resolved.words == 0 => Order::By(Sort::Login, identity::search::Direction::Desc),
        order => order,
    };
    let (given, backwards) = match &query.from {
        From::Start => (None, false),
        From::After(cursor) => (Some(cursor), false),
        From::Before(cursor) => (Some(cursor), true),
    };
    let read = given.and_then(|given| Cursor::read(given, order));
    let place = match read {
        Some(cursor) => by_place(ranges, &resolved, cursor).await?,
        None => None,
    };
    let is_lost = given.is_some() && place.is_none();
    let backwards = backwards && !is_lost;
    let size = u64::from(query.size);
    let mut found = match order {
        Order::Match(_) => {
            let word = read.filter(|_| place.is_some()).and_then(|cursor| match cursor.order {
                Order::Match(word) => word,
                Order::By(..) => None,
            });
            by_match::page(ranges, &resolved, word, place.as_ref(), backwards, size).await?
        }
        Order::By(sort, direction) => {
            by_key::page(ranges, &resolved.conditions, (sort, direction), place.as_ref(), backwards, size)
                .await?
        }
    };
    if backwards {
        found.users.reverse();
    }
    let written = |keyed: &Keyed| {
        let order = match order {
            Order::Match(_) => Order::Match(Some(found.word)),
            order => order,
        };
        let seen_at = if let Key::Time(at) = keyed.key { at } else { 0 };
        Cursor { order, user: keyed.user, seen_at }.written()
    };
    let further = found.has_more.then(|| match backwards {
        true => found.users.first(),
        false => found.users.last(),
    });
    let further = found.stopped.as_ref().or(further.flatten()).map(written);
    // Whoever stood where this page began is on the other side of it.
    let back = match (backwards, place.is_some()) {
        (_, false) => None,
        (false, true) => found.users.first().map(written),
        (true, true) => found.users.last().map(written),
    };
    let (newer, older) = if backwards { (further, back) } else { (back, further) };
    let ids: Vec<UserId> = found.users.iter().map(|keyed| keyed.user).collect();
    Ok(Hits {
        users: in_order(ranges, &ids).await?,
        order,
        newer,
        older,
        count: count::count(ranges, kept, &resolved.conditions, when.now).await?,
        is_stopped: found.stopped.is_some(),
        is_lost,
        is_filling: ranges.is_filling().await?,
        asked: resolved.asked,
    })
}

/// These users, as far as they are still there.
async fn in_order(ranges: &impl Ranges, ids: &[UserId]) -> Result<Vec<User>, StoreError> {
    let loaded = if ids.is_empty() { Vec::new() } else { ranges.load(ids).await? };
    let mut loaded: HashMap<UserId, User> = loaded.into_iter().map(|user| (user.id, user)).collect();
    Ok(ids.iter().filter_map(|id| loaded.remove(id)).collect())
}

/// Where a cursor points; none where its user is gone, or is not found by this question any more.
async fn by_place(
    ranges: &impl Ranges,
    resolved: &Resolved,
    cursor: Cursor,
) -> Result<Option<Keyed>, StoreError> {
    let Order::By(sort, _) = cursor.order else {
        let Order::Match(Some(word)) = cursor.order else { return Ok(None) };
        let Some(Condition::Terms(spans)) = resolved.conditions[..resolved.words].get(usize::from(word))
        else {
            return Ok(None);
        };
        let first = ranges.firsts(&[cursor.user], spans).await?.pop();
        return Ok(first.map(|(user, term)| Keyed { user, key: Key::Text(term) }));
    };
    let there = ranges.key(cursor.user, sort).await?;
    Ok(match sort {
        // It may have moved since.
        Sort::Login => there.map(|there| Keyed { key: Key::Time(cursor.seen_at), ..there }),
        _ => there,
    })
}

async fn resolve(
    ranges: &impl Ranges,
    entries: &dyn Entries,
    query: &Query,
    when: When,
) -> Result<Resolved, StoreError> {
    let asked = query.asked();
    let mut conditions = Vec::new();
    let is_id = match asked.id {
        Some(id) => ranges.key(id, Sort::Seen).await?.map(|keyed| Condition::Id(keyed.user)),
        None => None,
    };
    match is_id {
        Some(id) => conditions.push(id),
        None => {
            let referred = references::subjects(ranges, entries, &asked, &query.q).await?;
            for word in &asked.words {
                conditions.extend(word_conditions(ranges, word, &referred).await?);
            }
        }
    }
    let words = conditions.iter().filter(|one| matches!(one, Condition::Terms(_))).count();
    conditions.extend(filter_conditions(query, when));
    Ok(Resolved { asked, conditions, words })
}

/// A word as it is, or one of the terms that stand for it; its parts where nobody has it so.
async fn word_conditions(
    ranges: &impl Ranges,
    word: &Word,
    terms: &[String],
) -> Result<Vec<Condition>, StoreError> {
    let whole = Condition::Terms(spans(&word.any, terms));
    if word.parts.is_empty() || ranges.tally(&whole, 1).await?.0 > 0 {
        return Ok(vec![whole]);
    }
    Ok(word.parts.iter().map(|part| Condition::Terms(vec![Span::beginning(part)])).collect())
}

/// What begins so, and these terms; in order. What begins with another one is in that one's span.
fn spans(prefixes: &[String], terms: &[String]) -> Vec<Span> {
    let mut sorted: Vec<&String> = prefixes.iter().collect();
    sorted.sort_unstable();
    let mut spans: Vec<Span> = Vec::new();
    for prefix in sorted {
        if !spans.last().is_some_and(|last| prefix.starts_with(&last.from)) {
            spans.push(Span::beginning(prefix));
        }
    }
    for term in terms {
        if !spans.iter().any(|span| span.has(term)) {
            spans.push(Span::exactly(term.clone()));
        }
    }
    spans.sort_by(|one, other| one.from.cmp(&other.from));
    spans
}

impl Span {
    pub(crate) fn beginning(prefix: &str) -> Self {
        Self { from: prefix.to_owned(), until: next(prefix) }
    }

    /// This term alone.
    pub(crate) fn exactly(term: String) -> Self {
        Self { until: Some(format!("{term}\0")), from: term }
    }

    fn has(&self, term: &str) -> bool {
        term >= self.from.as_str() && self.until.as_deref().is_none_or(|until| term < until)
    }
}

fn filter_conditions(query: &Query, when: When) -> Vec<Condition> {
    let filters = &query.filters;
    let row = |is, term: Option<String>| Condition::Row(is, term.map(Span::exactly));
    let provider = filters.provider.as_deref().map(identity::search::provider_term);
    let online = filters.online.then_some(Condition::Online(when.now - when.idle, when.now));
    let all = [
        filters.status.map(|status| row(Is::Status(status), filters.status_term())),
        provider.map(|term| Condition::Terms(vec![Span::exactly(term)])),
        filters.verified.map(|verified| row(Is::Verified(verified), filters.verified_term())),
        filters.seen(when.now).map(|(first, last)| Condition::Seen(first, last)),
        filters.created().map(|(first, last)| Condition::Created(first, last)),
        filters.several.then(|| row(Is::Several, filters.several_term())),
        online,
        filters.hold.then(|| row(Is::Held, filters.hold_term())),
        filters.standing.map(|standing| row(Is::Standing(standing), filters.standing_term())),
    ];
    all.into_iter().flatten().collect()
}

impl Condition {
    /// Whether an index of this order knows of it, so that a walk meets nobody else.
    fn is_free(&self, sort: Sort) -> bool {
        match self {
            Condition::Seen(..) | Condition::Row(Is::Status(_), _) => sort == Sort::Login,
            Condition::Created(..) => sort == Sort::Seen,
            _ => false,
        }
    }

    /// Whether those who meet it can be listed by themselves.
    fn can_drive(&self) -> bool {
        !matches!(self, Condition::Row(_, None))
    }

    /// The spans that it is driven by, where it is driven by terms.
    pub(crate) fn spans(&self) -> Option<&[Span]> {
        match self {
            Condition::Terms(spans) => Some(spans),
            Condition::Row(_, Some(span)) => Some(std::slice::from_ref(span)),
            _ => None,
        }
    }
}

/// The condition that the fewest entries meet, and how many, as far as [`SORTED`] is enough to tell.
async fn rarest<'a>(
    ranges: &impl Ranges,
    conditions: impl Iterator<Item = &'a Condition>,
) -> Result<Option<(usize, u64)>, StoreError> {
    let mut rarest = None::<(usize, u64)>;
    for (at, condition) in conditions.enumerate() {
        if !condition.can_drive() {
            continue;
        }
        let limit = rarest.map_or(SORTED + 1, |(_, fewest)| fewest);
        let (entries, _) = ranges.tally(condition, limit).await?;
        if rarest.is_none_or(|(_, fewest)| entries < fewest) {
            rarest = Some((at, entries));
        }
    }
    Ok(rarest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_are_in_order_and_none_is_in_another() {
        let texts = |texts: &[&str]| texts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let spans = spans(&texts(&["bob", "ada"]), &texts(&["adam", "zed", "abe", "abe"]));
        let expected = [
            Span::exactly("abe".to_owned()),
            Span::beginning("ada"),
            Span::beginning("bob"),
            Span::exactly("zed".to_owned()),
        ];
        assert_eq!(spans, expected);
    }
}
