//! What people are called in the studio, asked for by their ids.

use std::collections::BTreeMap;

use identity::{Actor, Directory, UserId};
use leptos::prelude::*;

use crate::AppError;
use crate::components::full_name;

/// What each is called, in their order: none who is not there, the id of who has no name.
pub(super) async fn names(directory: &Directory, ids: &[UserId]) -> Result<Vec<Option<String>>, AppError> {
    let visit = crate::visit()?;
    let mut known: BTreeMap<UserId, Option<String>> = BTreeMap::new();
    for id in ids {
        if !known.contains_key(id) {
            let user = directory.find(*id).await.map_err(|error| visit.refuse(&error.into()))?;
            known.insert(*id, user.map(|user| full_name(&user).unwrap_or_else(|| id.to_string())));
        }
    }
    Ok(ids.iter().map(|id| known.get(id).cloned().flatten()).collect())
}

/// What the people among these actors are called.
pub(super) async fn actors(
    directory: &Directory,
    actors: impl Iterator<Item = Actor>,
) -> Result<BTreeMap<UserId, String>, AppError> {
    let ids: Vec<UserId> = actors
        .filter_map(|actor| match actor {
            Actor::User(id) => Some(id),
            Actor::Cli(_) => None,
        })
        .collect();
    let names = names(directory, &ids).await?;
    Ok(ids.into_iter().zip(names).filter_map(|(id, name)| Some((id, name?))).collect())
}

/// A name, or the id of whoever has none.
pub(super) fn name_or_id(id: UserId, name: Option<String>) -> AnyView {
    match name.filter(|name| *name != id.to_string()) {
        Some(name) => view! { <bdi>{name}</bdi> }.into_any(),
        None => view! { <code>{id.to_string()}</code> }.into_any(),
    }
}

/// Who did something: by name where they are here.
pub(super) fn actor(actor: &Actor, names: &BTreeMap<UserId, String>) -> AnyView {
    match actor {
        Actor::User(id) => {
            let name = name_or_id(*id, names.get(id).cloned());
            match names.contains_key(id) {
                true => view! { <a href=super::user_address(*id)>{name}</a> }.into_any(),
                false => name,
            }
        }
        Actor::Cli(name) => view! { <bdi>{name.clone()}</bdi> " (command line)" }.into_any(),
    }
}
