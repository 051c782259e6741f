//! The filters of a search: ranges of terms and of rows, and what must be so, as documents.

use identity::Standing;
use identity::search::Sort;
use identity::{StoreError, Timestamp, UserId};
use mongodb::bson::{Bson, Document, Uuid, doc};

use crate::mongo::documents::{Time, user_id, uuid};
use crate::search::{Condition, Is, Key, Keyed, Part, Slice, Span};

/// The field that a list is sorted by.
pub(super) fn field(sort: Sort) -> &'static str {
    match sort {
        Sort::Login => "index.seen_at",
        Sort::Seen => "index.created_at",
        Sort::Name => "index.name_key",
        Sort::Email => "index.email_key",
    }
}

fn value(key: &Key) -> Bson {
    match key {
        Key::Time(at) => Bson::Int64(*at),
        Key::Text(text) => Bson::String(text.clone()),
    }
}

pub(super) fn range(span: &Span) -> Document {
    let mut range = doc! { "$gte": &span.from };
    if let Some(until) = &span.until {
        range.insert("$lt", until);
    }
    range
}

pub(super) fn any(spans: &[Span]) -> Vec<Document> {
    spans.iter().map(|span| doc! { "term": range(span) }).collect()
}

/// Sessions of whoever is signed in.
pub(super) fn alive(used_after: Timestamp, ends_after: Timestamp) -> Document {
    doc! { "last_used_at": { "$gt": Time(used_after) }, "expires_at": { "$gt": Time(ends_after) } }
}

/// What a document of a user says by itself; none for what is asked elsewhere.
pub(super) fn of_document(condition: &Condition) -> Option<Document> {
    Some(match condition {
        Condition::Terms(_) | Condition::Online(..) => return None,
        Condition::Row(is, _) => match is {
            Is::Status(status) => doc! { "status": status.to_string() },
            Is::Verified(verified) => doc! { "index.verified": verified.to_string() },
            Is::Standing(Standing::Present) => doc! { "index.is_present": true },
            Is::Standing(Standing::Blocked) => doc! { "index.is_blocked": true },
            Is::Standing(Standing::Deleted) => doc! { "index.is_deleted": true },
            Is::Several => doc! { "index.is_several": true },
            Is::Held => doc! { "index.is_held": true },
        },
        Condition::Seen(first, last) => doc! { "index.seen_at": { "$gte": first, "$lte": last } },
        Condition::Created(first, last) => doc! { "index.created_at": { "$gte": first, "$lte": last } },
        Condition::Id(id) => doc! { "_id": uuid(*id) },
    })
}

/// The documents of a slice. Who is being erased, or not taken in yet, has no key.
pub(super) fn within(slice: &Slice<'_>) -> Vec<Document> {
    let key = field(slice.sort);
    let absent = match slice.sort {
        Sort::Login | Sort::Seen => Bson::Int64(0),
        Sort::Name | Sort::Email => Bson::String(String::new()),
    };
    let operator = match slice.part {
        Part::All => "$gte",
        Part::Present => "$gt",
        Part::Absent => "$eq",
    };
    let mut all = vec![doc! { key: { operator: absent } }];
    if let Some(after) = slice.after {
        all.extend(beyond(key, after, !slice.is_descending, false));
    }
    if let Some(until) = slice.until {
        all.extend(beyond(key, until, slice.is_descending, true));
    }
    all
}

fn beyond(key: &str, keyed: &Keyed, up: bool, or_equal: bool) -> [Document; 2] {
    let (strictly, begins) = if up { ("$gt", "$gte") } else { ("$lt", "$lte") };
    let by_id = if or_equal { begins } else { strictly };
    let than = || value(&keyed.key);
    [
        doc! { key: { begins: than() } },
        doc! { "$or": [{ key: { strictly: than() } }, { "_id": { by_id: uuid(keyed.user) } }] },
    ]
}

/// Entries of a span from after one on.
pub(super) fn entries(span: &Span, after: Option<(&str, UserId)>, backwards: bool) -> Document {
    let mut all = vec![doc! { "term": range(span) }];
    if let Some((term, user)) = after {
        let (begins, strictly) = if backwards { ("$lte", "$lt") } else { ("$gte", "$gt") };
        all.push(doc! { "term": { begins: term } });
        all.push(doc! { "$or": [{ "term": { strictly: term } }, { "user_id": { strictly: uuid(user) } }] });
    }
    doc! { "$and": all }
}

pub(super) fn keyed(document: &Document, sort: Sort) -> Result<Keyed, StoreError> {
    let index = document.get_document("index").map_err(StoreError::unreadable)?;
    let name = field(sort).trim_start_matches("index.");
    let key = match sort {
        Sort::Login | Sort::Seen => Key::Time(index.get_i64(name).map_err(StoreError::unreadable)?),
        Sort::Name | Sort::Email => {
            Key::Text(index.get_str(name).map_err(StoreError::unreadable)?.to_owned())
        }
    };
    Ok(Keyed { user: id(document, "_id")?, key })
}

pub(super) fn id(document: &Document, name: &str) -> Result<UserId, StoreError> {
    let id = document.get(name).cloned().unwrap_or(Bson::Null);
    let id: Uuid = mongodb::bson::deserialize_from_bson(id).map_err(StoreError::unreadable)?;
    Ok(user_id(id))
}
