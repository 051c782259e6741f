//! PATCH (RFC 7644 3.5.2), with the habits of clients: `Replace` for `replace`, `"False"` for false, dotted names
//! without a path, and values that are replaced before they are there. All operations are applied, or none is.

mod change;

use std::collections::BTreeSet;

use serde_json::{Map, Value as Json};

use change::changed;

use super::filter::Path;
use super::resource::{assigned, is_not_kept, parts, typed};
use super::schema::Attribute;
use super::{Error, Reference, Resource, USER, attribute, schema};

const MAX_OPERATIONS: usize = 500;

/// A resource after a PATCH.
#[derive(Clone, Debug, PartialEq)]
pub struct Patched {
    /// As it is now.
    pub resource: Resource,
    /// What the operations named, in our case: `emails`, `name.familyName`; and extensions as a whole.
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
                attribute::set(&mut inner, name, changed(op, Some(path), old, value)?);
                self.touched.insert(extension.clone());
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

#[cfg(test)]
mod tests;
