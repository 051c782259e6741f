//! PATCH (RFC 7644 3.5.2), with the habits of clients: `Replace` for `replace`, `"False"` for false, dotted names
//! without a path, and values that are replaced before they are there. All operations are applied, or none is.

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use super::filter::{Filter, Operator, Path, element_matches};
use super::resource::{assigned, is_not_kept, one_primary, parts, typed};
use super::schema::Attribute;
use super::{Error, Reference, Resource, USER, attribute, schema};

const MAX_OPERATIONS: usize = 500;

/// A resource after a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// As it is now.
    pub resource: Resource,
    /// What the operations named, in our case: `emails`, `name.familyName`, `urn:…:User:department`.
    pub touched: BTreeSet<String>,
}

#[derive(Clone, Copy, PartialEq, strum::EnumString)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
enum Op {
    Add,
    Replace,
    Remove,
}

/// Applies the body of a PATCH.
///
/// # Errors
/// `invalidSyntax` where it is no PATCH, `invalidPath`, `noTarget` where a path selects nothing and nothing can be
/// made of it, `mutability` where `id` or `meta` should change or a required attribute should go, `invalidValue`
/// where a value is not of its attribute's type.
pub fn patch(resource: &Resource, body: &Json, reference: Reference) -> Result<Patched, Error> {
    let mut patched = Patched { resource: resource.clone(), touched: BTreeSet::new() };
    for operation in operations(body)? {
        let text = |name| attribute::get(operation, name).and_then(Json::as_str);
        let op = text("op").and_then(|op| op.parse().ok());
        let op = op.ok_or(Error::syntax("op must be add, replace or remove"))?;
        let value = attribute::get(operation, "value").cloned();
        match (attribute::get(operation, "path").filter(|path| !path.is_null()), value) {
            (Some(path), value) => {
                let path = Path::parse(path.as_str().ok_or(Error::path("the path must be a text"))?)?;
                patched.apply(op, &path, value)?;
            }
            (None, Some(Json::Object(attributes))) if op != Op::Remove => {
                patched.apply_all(op, attributes)?;
            }
            (None, _) if op == Op::Remove => return Err(Error::no_target("remove needs a path")),
            (None, _) => {
                return Err(Error::value("without a path, the value must be an object of attributes"));
            }
        }
    }
    patched.still_complete(reference)?;
    Ok(patched)
}

fn operations(body: &Json) -> Result<Vec<&Map<String, Json>>, Error> {
    let list = body.as_object().and_then(|body| attribute::get(body, "Operations")).and_then(Json::as_array);
    let list = list.ok_or(Error::syntax("a PATCH is an object with a list of Operations"))?;
    if list.len() > MAX_OPERATIONS {
        return Err(Error::syntax("more than 500 operations; send several requests"));
    }
    let objects = list.iter().map(|one| one.as_object().ok_or(Error::syntax("an operation is an object")));
    objects.collect()
}

impl Patched {
    /// Attributes without a path. A name may itself be a path (Entra: `name.givenName`, `urn:…:User:department`).
    fn apply_all(&mut self, op: Op, attributes: Map<String, Json>) -> Result<(), Error> {
        for (name, value) in attributes {
            match is_not_kept(&name) {
                true => continue,
                false => self.apply(op, &Path::parse(&name)?, Some(value))?,
            }
        }
        Ok(())
    }

    fn apply(&mut self, op: Op, path: &Path, value: Option<Json>) -> Result<(), Error> {
        let value = value.and_then(assigned);
        let op = match (&value, op) {
            (None, Op::Add) => return Ok(()),
            (None, Op::Replace) => Op::Remove,
            (_, op) => op,
        };
        let of_core = path.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(USER));
        match (&path.schema, &path.attribute) {
            (Some(_), None) if of_core => match value {
                Some(Json::Object(attributes)) if op != Op::Remove => self.apply_all(op, attributes),
                _ => Err(Error::no_target("the user as a whole cannot be removed by a PATCH")),
            },
            (Some(extension), None) => {
                let old = self.current(extension);
                self.put(extension, changed(op, None, old, value)?)
            }
            (_, Some(name)) if of_core => self.apply_core(op, path, name, value),
            (Some(extension), Some(name)) => {
                let mut inner = match self.current(extension) {
                    Some(Json::Object(inner)) => inner,
                    _ => Map::new(),
                };
                let old = attribute::get(&inner, name).cloned();
                if !is_password(path) {
                    attribute::set(&mut inner, name, changed(op, Some(path), old, value)?);
                }
                self.touched.insert(format!("{extension}:{name}"));
                self.resource.set(extension, assigned(Json::Object(inner)))
            }
            (None, _) => Err(Error::path("an attribute's name is expected")),
        }
    }

    fn apply_core(&mut self, op: Op, path: &Path, name: &str, value: Option<Json>) -> Result<(), Error> {
        if is_password(path) {
            return Ok(());
        }
        if is_not_kept(name) {
            return Err(Error::mutability("id and meta are the server's own"));
        }
        let known = schema::find(name, None);
        let name = known.map_or(name, |known| known.name);
        let multi_valued = known.is_some_and(|known| known.multi_valued);
        let value = match (value, known) {
            (Some(value), Some(known)) => Some(typed_at(known, path, value)?),
            (value, _) => value,
        };
        let old = self.current(name);
        let old = if multi_valued { old.or(Some(Json::Array(Vec::new()))) } else { old };
        let new = changed(op, Some(path), old, value)?;
        match (&path.sub, &path.filter) {
            (Some(sub), None) if !multi_valued => {
                let sub = schema::find(name, Some(sub)).map_or(sub.as_str(), |known| known.name);
                self.touched.insert(format!("{name}.{sub}"));
            }
            _ => {
                self.touched.insert(name.to_owned());
            }
        }
        self.resource.set(name, new)
    }

    fn current(&self, name: &str) -> Option<Json> {
        attribute::get(self.resource.attributes(), name).cloned()
    }

    fn put(&mut self, name: &str, value: Option<Json>) -> Result<(), Error> {
        self.touched.insert(name.to_owned());
        self.resource.set(name, value)
    }

    /// A required attribute may be replaced and not removed (RFC 7644 3.5.2.2).
    fn still_complete(&self, reference: Reference) -> Result<(), Error> {
        let required = ["userName", "active", reference.attribute()];
        let gone = required.iter().any(|name| !self.resource.attributes().contains_key(*name));
        match gone {
            true => Err(Error::mutability(
                "userName, active and the attribute by which users are known are required",
            )),
            false => self.resource.check(reference),
        }
    }
}

/// The value brought to the type of what the path names.
fn typed_at(known: &'static Attribute, path: &Path, value: Json) -> Result<Json, Error> {
    match (&path.sub, &path.filter) {
        (Some(sub), _) => match schema::find(known.name, Some(sub)) {
            Some(part) => typed(part, value),
            None => Ok(value),
        },
        (None, Some(_)) => parts(known, value),
        (None, None) => typed(known, value),
    }
}

fn is_password(path: &Path) -> bool {
    [&path.attribute, &path.sub].into_iter().flatten().any(|name| name.eq_ignore_ascii_case("password"))
}

/// An attribute's value after an operation. A value that is not assigned is none.
fn changed(
    op: Op,
    path: Option<&Path>,
    old: Option<Json>,
    value: Option<Json>,
) -> Result<Option<Json>, Error> {
    let filter = path.and_then(|path| path.filter.as_deref().zip(path.attribute.as_deref()));
    let sub = path.and_then(|path| path.sub.as_deref());
    let change = Change { op, sub, value };
    match (filter, sub, old) {
        (None, None, old) => Ok(whole(op, old, change.value)),
        (None, Some(_), Some(Json::Array(list))) if list.is_empty() => {
            Ok(change.of(Json::Object(Map::new())))
        }
        (None, Some(_), Some(Json::Array(list))) => Ok(Some(change.of_those(list, |_| true))),
        (None, Some(_), Some(one @ Json::Object(_))) => Ok(change.of(one)),
        (None, Some(_), None) => Ok(change.of(Json::Object(Map::new()))),
        (None, Some(_), Some(_)) => Err(Error::no_target("the attribute has no parts")),
        (Some((filter, name)), _, old) => {
            let list = match old {
                Some(Json::Array(list)) => list,
                None => Vec::new(),
                Some(one) => vec![one],
            };
            let fits = |element: &Json| element_matches(filter, element, name);
            if op == Op::Remove || list.iter().any(fits) {
                return Ok(Some(change.of_those(list, fits)));
            }
            // A part that is not there yet is made: Entra replaces the work e-mail of somebody who has none.
            let may_make = op == Op::Add || change.sub.is_some();
            let made = element_of(filter).filter(|_| may_make);
            let made = made.ok_or(Error::no_target("no value is what the path selects"))?;
            let made = change.of(Json::Object(made)).into_iter().collect();
            Ok(Some(added(Some(Json::Array(list)), made)))
        }
    }
}

/// What is done to a value, or to a part of it.
struct Change<'a> {
    op: Op,
    sub: Option<&'a str>,
    value: Option<Json>,
}

impl Change<'_> {
    /// One value afterwards; none if nothing of it is left.
    fn of(&self, one: Json) -> Option<Json> {
        match (one, self.sub, self.op, self.value.clone()) {
            (Json::Object(object), Some(sub), op, value) => {
                let mut object = object;
                attribute::set(&mut object, sub, value.filter(|_| op != Op::Remove));
                assigned(Json::Object(object))
            }
            (_, _, Op::Remove, _) => None,
            (Json::Object(object), None, Op::Add, Some(Json::Object(new))) => {
                Some(Json::Object(merged(object, new)))
            }
            (one, _, _, value) => value.or(Some(one)),
        }
    }

    /// Several values afterwards, of which those that fit are changed.
    fn of_those(&self, list: Vec<Json>, fits: impl Fn(&Json) -> bool) -> Json {
        let before = list.clone();
        let changed = list.into_iter().filter_map(|one| if fits(&one) { self.of(one) } else { Some(one) });
        let mut after: Vec<Json> = changed.collect();
        one_primary(&mut after, &before);
        Json::Array(after)
    }
}

/// `name` as a whole: lists grow or are replaced, objects are merged, other values replaced.
fn whole(op: Op, old: Option<Json>, value: Option<Json>) -> Option<Json> {
    match (op, old, value) {
        (Op::Remove, Some(Json::Array(list)), Some(Json::Array(those))) => {
            // Some clients name what to remove as a value.
            let is_one = |one: &Json| those.iter().any(|that| that == one || same_value(that, one));
            Some(Json::Array(list.into_iter().filter(|one| !is_one(one)).collect()))
        }
        (Op::Remove, ..) => None,
        (Op::Add, old @ (None | Some(Json::Array(_))), Some(Json::Array(more))) => Some(added(old, more)),
        (_, Some(Json::Object(old)), Some(Json::Object(new))) => Some(Json::Object(merged(old, new))),
        (_, old, None) => old,
        (_, _, Some(new)) => Some(new),
    }
}

/// A list with more values; what is there already is not added again (RFC 7644 3.5.2.1).
fn added(old: Option<Json>, mut more: Vec<Json>) -> Json {
    let before = old.and_then(|old| old.as_array().cloned()).unwrap_or_default();
    let mut list = before.clone();
    one_primary(&mut more, &before);
    for one in more {
        if !list.contains(&one) {
            list.push(one);
        }
    }
    one_primary(&mut list, &before);
    Json::Array(list)
}

fn same_value(one: &Json, other: &Json) -> bool {
    one.get("value").is_some_and(|value| other.get("value") == Some(value))
}

fn merged(mut old: Map<String, Json>, new: Map<String, Json>) -> Map<String, Json> {
    for (name, value) in new {
        attribute::set(&mut old, &name, Some(value));
    }
    old
}

/// The value that a filter of equalities describes: `type eq "work"` is `{"type": "work"}`.
fn element_of(filter: &Filter) -> Option<Map<String, Json>> {
    match filter {
        Filter::And(all) => {
            let parts = all.iter().map(element_of).collect::<Option<Vec<_>>>()?;
            Some(parts.into_iter().flatten().collect())
        }
        Filter::Compare(
            Path { schema: None, attribute: Some(name), filter: None, sub: None },
            Operator::Eq,
            value,
        ) => Some(Map::from_iter([(name.clone(), value.clone())])),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
