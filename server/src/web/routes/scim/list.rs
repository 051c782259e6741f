//! `GET /Users` (RFC 7644 3.4.2): however many users there are, a page of them is held at a time.

use axum::response::Response;
use formats::scim::{Filter, Page, Part, Query, Reference, Selection};
use identity::{Entry, EntryId, StoreError};

use super::users::folded;
use super::{Asked, Failure, answer};

/// Entries that are read at once; each is 256 KiB at most.
const PAGE: u32 = 50;

pub(super) async fn list(asked: &Asked<'_>) -> Result<Response, Failure> {
    let query = Query::parse(&asked.query)?;
    let mut selection = query.selection();
    match query.filter.as_ref().map(|filter| pinned(asked, filter)) {
        Some(Some(pinned)) => {
            let entry = one(asked, &pinned).await?;
            see(asked, &mut selection, entry);
        }
        _ => see_all(asked, &mut selection).await?,
    }
    let (total, part) = selection.into_part();
    let resources = match part {
        Part::Whole(resources) => resources,
        Part::Ids(ids) => {
            let mut resources = Vec::new();
            for id in ids {
                let entry = one(asked, &Pinned::Id(id)).await?.filter(|entry| asked.sees(entry));
                resources.extend(entry.map(|entry| query.projection.apply(asked.shown(&entry))));
            }
            resources
        }
    };
    let page = Page { total, start_index: query.start_index, resources };
    Ok(answer::json(200, &page.body()))
}

/// What a filter says the one user must have who can match.
enum Pinned {
    Id(String),
    Reference(String),
    Name(String),
}

fn pinned(asked: &Asked<'_>, filter: &Filter) -> Option<Pinned> {
    let is_reference = asked.realm.attribute == Reference::ExternalId;
    let reference = filter.pinned("externalId").filter(|_| is_reference);
    let by = |text: Option<&str>, how: fn(String) -> Pinned| text.map(|text| how(text.to_owned()));
    by(filter.pinned("id"), Pinned::Id)
        .or(by(reference, Pinned::Reference))
        .or(by(filter.pinned("userName"), Pinned::Name))
}

async fn one(asked: &Asked<'_>, pinned: &Pinned) -> Result<Option<Entry>, StoreError> {
    let (directory, provider) = (&asked.shared.ports.directory, &asked.realm.provider);
    match pinned {
        Pinned::Id(id) => match id.parse() {
            Ok(id) => directory.entry(EntryId(id)).await,
            Err(_) => Ok(None),
        },
        Pinned::Reference(reference) => directory.entry_of(provider, reference).await,
        Pinned::Name(name) => directory.entry_named(provider, &folded(name)).await,
    }
}

async fn see_all(asked: &Asked<'_>, selection: &mut Selection<'_>) -> Result<(), StoreError> {
    let mut after = None;
    loop {
        let entries = asked.shared.ports.directory.entries(Some(&asked.realm.provider), after, PAGE).await?;
        let is_last = entries.len() < PAGE as usize;
        after = entries.last().map(|entry| entry.id);
        entries.into_iter().for_each(|entry| see(asked, selection, Some(entry)));
        if is_last {
            return Ok(());
        }
    }
}

fn see(asked: &Asked<'_>, selection: &mut Selection<'_>, entry: Option<Entry>) {
    if let Some(entry) = entry.filter(|entry| asked.sees(entry)) {
        selection.see(asked.shown(&entry));
    }
}
