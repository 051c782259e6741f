//! Which attributes an answer has (RFC 7644 3.9): `attributes` or `excludedAttributes`. `id` and `schemas` are
//! always there.

use serde_json::{Map, Value as Json};

use super::{Error, Path, Shown, USER, attribute};

/// Which attributes an answer has. The default is all.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Projection {
    only: Vec<Path>,
    without: Vec<Path>,
}

const ALWAYS: [&str; 2] = ["id", "schemas"];

impl Projection {
    /// Of this attribute alone.
    pub(super) fn of(path: Path) -> Self {
        Self { only: vec![path], without: Vec::new() }
    }

    /// Reads a value of the parameter `attributes`.
    pub(super) fn only(&mut self, list: &str) -> Result<(), Error> {
        self.only.extend(paths(list)?);
        Ok(())
    }

    /// Reads a value of the parameter `excludedAttributes`.
    pub(super) fn without(&mut self, list: &str) -> Result<(), Error> {
        self.without.extend(paths(list)?);
        Ok(())
    }

    /// The resource with these attributes.
    pub fn apply(&self, resource: Shown) -> Shown {
        let mut shown = match self.only.is_empty() {
            true => resource,
            false => picked(&self.only, &resource),
        };
        for path in &self.without {
            if !ALWAYS.iter().any(|name| path.is_plain(name)) {
                each(path, &mut shown, &|object, name| attribute::set(object, name, None));
            }
        }
        shown
    }
}

fn paths(list: &str) -> Result<Vec<Path>, Error> {
    let names = list.split(',').map(str::trim).filter(|name| !name.is_empty());
    names.take(100).map(Path::parse).collect()
}

/// Calls `act` with each object that has the path's last part, and that part's name.
fn each(path: &Path, resource: &mut Shown, act: &dyn Fn(&mut Map<String, Json>, &str)) {
    let extension = path.schema.as_deref().filter(|schema| !schema.eq_ignore_ascii_case(USER));
    let Some(name) = &path.attribute else {
        return if let Some(schema) = extension {
            act(resource, schema)
        };
    };
    let container = match extension.map(|schema| attribute::key(resource, schema).map(str::to_owned)) {
        None => Some(resource),
        Some(key) => key.and_then(|key| resource.get_mut(&key)).and_then(Json::as_object_mut),
    };
    let Some(container) = container else { return };
    let Some(sub) = &path.sub else { return act(container, name) };
    let key = attribute::key(container, name).map(str::to_owned);
    match key.and_then(|key| container.get_mut(&key)) {
        Some(Json::Object(object)) => act(object, sub),
        Some(Json::Array(list)) => list.iter_mut().filter_map(Json::as_object_mut).for_each(|o| act(o, sub)),
        _ => {}
    }
}

/// Only these attributes.
fn picked(only: &[Path], resource: &Shown) -> Shown {
    let is_always = |name: &str| ALWAYS.iter().any(|always| always.eq_ignore_ascii_case(name));
    let kept = resource.iter().filter_map(|(name, value)| match is_always(name) {
        true => Some((name.clone(), value.clone())),
        false => Some((name.clone(), part_of(only, name, value)?)),
    });
    kept.collect()
}

/// What is asked for of one attribute, or of one extension.
fn part_of(only: &[Path], name: &str, value: &Json) -> Option<Json> {
    let is =
        |given: &Option<String>, name: &str| given.as_deref().is_some_and(|g| g.eq_ignore_ascii_case(name));
    let of_core = |path: &&Path| path.schema.is_none() || is(&path.schema, USER);
    let whole = |path: &Path| path.sub.is_none() && path.attribute.is_some();
    let (mine, whole): (Vec<&Path>, bool) = match name.contains(':') {
        true => {
            let mine: Vec<&Path> = only.iter().filter(|path| is(&path.schema, name)).collect();
            let all = mine.iter().any(|path| path.attribute.is_none());
            (mine, all)
        }
        false => {
            let whole_user = only.iter().any(|path| of_core(&path) && path.attribute.is_none());
            let mine: Vec<&Path> =
                only.iter().filter(of_core).filter(|path| is(&path.attribute, name)).collect();
            let all = whole_user || mine.iter().any(|path| whole(path));
            (mine, all)
        }
    };
    let names = |path: &&Path| if name.contains(':') { path.attribute.clone() } else { path.sub.clone() };
    let names: Vec<String> = mine.iter().filter_map(names).collect();
    match (whole, names.is_empty(), value) {
        (true, ..) => Some(value.clone()),
        (false, true, _) => None,
        (false, false, Json::Object(object)) => parts_of(object, &names),
        (false, false, Json::Array(list)) => {
            let list: Vec<Json> =
                list.iter().filter_map(Json::as_object).filter_map(|one| parts_of(one, &names)).collect();
            (!list.is_empty()).then_some(Json::Array(list))
        }
        _ => None,
    }
}

fn parts_of(object: &Map<String, Json>, names: &[String]) -> Option<Json> {
    let named = |(part, _): &(&String, &Json)| names.iter().any(|name| name.eq_ignore_ascii_case(part));
    let parts: Map<String, Json> =
        object.iter().filter(named).map(|(name, value)| (name.clone(), value.clone())).collect();
    (!parts.is_empty()).then_some(Json::Object(parts))
}

#[cfg(test)]
mod tests;
