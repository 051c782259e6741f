//! A user as a SCIM resource: read from a request, kept, shown, with its version (RFC 7643 3, RFC 7644 3.14).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::SecondsFormat;
use identity::Timestamp;
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value as Json, json};

use super::{Error, Reference, USER, attribute, schema};
use schema::{Attribute, Kind};

/// The most values of one attribute, and the most bytes of one user: patch by patch, a user must not grow for good.
const MAX_VALUES: usize = 200;
const MAX_BYTES: usize = 256 * 1024;
/// The most attributes and values of one request or one user, at any depth: each is looked for among the others.
const MAX_PARTS: usize = 5000;

/// The attributes of a user as its client sent them: names of ours in their own case, nothing that is not
/// assigned, no `id` and `meta`, which are the server's, and no password.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource(Map<String, Json>);

/// What the server adds to a resource when it is shown.
#[derive(Clone, Debug, PartialEq)]
pub struct Meta {
    /// The resource's own id, the same for good.
    pub id: String,
    /// Where it is.
    pub location: String,
    /// When it was made.
    pub created: Timestamp,
    /// When it last changed.
    pub last_modified: Timestamp,
}

/// A resource as it is shown: what filters see, and what is answered.
pub type Shown = Map<String, Json>;

impl Resource {
    /// Reads the body of a POST or a PUT: the whole user. `active` is true where it is absent.
    ///
    /// # Errors
    /// `invalidSyntax` where it is no object or has a name twice, `invalidValue` where a value is not of its
    /// attribute's type, or `userName` or the reference is missing.
    pub fn read(body: Json, reference: Reference) -> Result<Self, Error> {
        let Json::Object(body) = body else {
            return Err(Error::syntax("the body must be an object, the user"));
        };
        let mut resource = Self(Map::new());
        for (name, value) in body {
            let name = schema::find(&name, None).map_or(name.as_str(), |known| known.name);
            if attribute::key(&resource.0, name).is_some() {
                return Err(Error::syntax(
                    "an attribute is there twice; names differ by more than their case",
                ));
            }
            resource.set(name, Some(value))?;
        }
        resource.0.entry("active").or_insert(json!(true));
        resource.check(reference)?;
        Ok(resource)
    }

    /// What a store kept of [`Resource::attributes`].
    pub fn kept(attributes: Map<String, Json>) -> Self {
        Self(attributes)
    }

    /// What a store keeps.
    pub fn attributes(&self) -> &Map<String, Json> {
        &self.0
    }

    /// Sets one attribute, brought to its type; `id`, `meta` and passwords are passed over.
    pub(super) fn set(&mut self, name: &str, value: Option<Json>) -> Result<(), Error> {
        if is_not_kept(name) {
            return Ok(());
        }
        if value.as_ref().and_then(Json::as_array).is_some_and(|list| list.len() > MAX_VALUES) {
            return Err(Error::plain(413, "too_large", "more than 200 values of one attribute"));
        }
        let value = match (value.and_then(assigned), schema::find(name, None)) {
            (Some(value), Some(known)) => Some(typed(known, value)?),
            (value, _) => value,
        };
        attribute::set(&mut self.0, name, value);
        Ok(())
    }

    /// What every user must have.
    pub(super) fn check(&self, reference: Reference) -> Result<(), Error> {
        let has = |name: &str| self.0.get(name).and_then(Json::as_str).is_some_and(|text| !text.is_empty());
        bounded_all(self.0.values())?;
        if serde_json::to_string(&self.0).map_or(0, |text| text.len()) > MAX_BYTES {
            return Err(Error::plain(413, "too_large", "a user of more than 256 KiB"));
        }
        match (has("userName"), self.reference(reference)) {
            (false, _) => Err(Error::value("userName is required")),
            (_, None) => Err(Error::value(
                "the attribute by which users are known here (externalId, or userName where it is set so) is \
                 required: 1 to 255 bytes, the id of the account at the provider",
            )),
            (true, Some(_)) => Ok(()),
        }
    }

    /// The account's id at the provider; none where the attribute cannot be one.
    pub fn reference(&self, reference: Reference) -> Option<&str> {
        let text = self.0.get(reference.attribute())?.as_str()?;
        crate::heard::is_reference(text).then_some(text)
    }

    /// Whether the account may be used.
    pub fn is_active(&self) -> bool {
        self.0.get("active").and_then(Json::as_bool).unwrap_or(true)
    }

    /// The core schema, those that the client named, and those of extensions.
    fn schemas(&self) -> Vec<&str> {
        let named =
            self.0.get("schemas").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        let extensions = self.0.keys().map(String::as_str).filter(|name| name.contains(':'));
        let mut schemas = vec![USER];
        for schema in named.chain(extensions) {
            if !schemas.iter().any(|known| known.eq_ignore_ascii_case(schema)) {
                schemas.push(schema);
            }
        }
        schemas
    }

    /// As it is shown, with its version in `meta`.
    pub fn shown(&self, meta: &Meta) -> Shown {
        let time = |at: Timestamp| at.to_rfc3339_opts(SecondsFormat::AutoSi, true);
        let mut shown = self.0.clone();
        shown.insert("schemas".into(), json!(self.schemas()));
        shown.insert("id".into(), json!(meta.id));
        let version = version(self);
        let (created, last_modified) = (time(meta.created), time(meta.last_modified));
        shown.insert(
            "meta".into(),
            json!({
                "resourceType": "User",
                "created": created,
                "lastModified": last_modified,
                "location": meta.location,
                "version": version,
            }),
        );
        shown
    }
}

/// The resource's weak entity tag (RFC 7644 3.14): of its content, so that the same content has the same.
pub fn version(resource: &Resource) -> String {
    let content = Json::Object(resource.0.clone()).to_string();
    let digest = digest(&SHA256, content.as_bytes());
    format!("W/\"{}\"", URL_SAFE_NO_PAD.encode(&digest.as_ref()[..12]))
}

/// Whether `If-Match` lets the resource be changed: it lists its version, strong or weak, or is `*`, or is not
/// there. `If-None-Match` on a GET is the same question with the other answer.
pub fn if_match(header: Option<&str>, version: &str) -> bool {
    let opaque = |tag: &str| tag.trim().trim_start_matches("W/").to_owned();
    header
        .is_none_or(|header| header.split(',').any(|tag| tag.trim() == "*" || opaque(tag) == opaque(version)))
}

/// What is not kept: the server's own, which is not the client's to write, and passwords.
pub(super) fn is_not_kept(name: &str) -> bool {
    ["id", "meta"].iter().any(|other| other.eq_ignore_ascii_case(name))
        || schema::find(name, None).is_some_and(|known| known.access != schema::Access::ReadWrite)
}

/// Refuses what has more parts than are looked at.
///
/// # Errors
/// 413.
pub(super) fn bounded(value: &Json) -> Result<(), Error> {
    bounded_all(std::iter::once(value))
}

fn bounded_all<'a>(values: impl Iterator<Item = &'a Json>) -> Result<(), Error> {
    match values.map(parts_of).sum::<usize>() > MAX_PARTS {
        true => Err(Error::plain(413, "too_large", "more than 5000 attributes and values")),
        false => Ok(()),
    }
}

/// How many there are, with those within. As deep as serde_json reads.
fn parts_of(value: &Json) -> usize {
    1 + match value {
        Json::Array(list) => list.iter().map(parts_of).sum(),
        Json::Object(object) => object.values().map(parts_of).sum(),
        _ => 0,
    }
}

/// The value without what is not assigned, and without passwords at any depth; none if nothing is left. It goes
/// as deep as serde_json reads: 128 levels.
pub(super) fn assigned(value: Json) -> Option<Json> {
    let value = match value {
        Json::Array(list) => Json::Array(list.into_iter().filter_map(assigned).collect()),
        Json::Object(object) => Json::Object(
            object
                .into_iter()
                .filter(|(name, _)| !name.eq_ignore_ascii_case("password"))
                .filter_map(|(name, value)| Some((name, assigned(value)?)))
                .collect(),
        ),
        simple => simple,
    };
    (!attribute::is_unassigned(&value)).then_some(value)
}

/// The value as its attribute has it: `"False"` is a flag where there should be one, one value a list of one.
pub(super) fn typed(attribute: &Attribute, value: Json) -> Result<Json, Error> {
    let refused = || Error::value("a value is not of its attribute's type; see /Schemas");
    match (&attribute.kind, value) {
        (Kind::Complex(_), Json::Array(list)) if attribute.multi_valued => {
            let mut list =
                list.into_iter().map(|one| parts(attribute, one)).collect::<Result<Vec<_>, _>>()?;
            one_primary(&mut list, &[]);
            Ok(Json::Array(list))
        }
        (Kind::Complex(_), one @ Json::Object(_)) => {
            let one = parts(attribute, one)?;
            Ok(if attribute.multi_valued { Json::Array(vec![one]) } else { one })
        }
        (Kind::Flag, Json::String(text)) if text.eq_ignore_ascii_case("true") => Ok(json!(true)),
        (Kind::Flag, Json::String(text)) if text.eq_ignore_ascii_case("false") => Ok(json!(false)),
        (Kind::Flag, flag @ Json::Bool(_)) => Ok(flag),
        (Kind::Text | Kind::Reference, text @ Json::String(_)) => Ok(text),
        _ => Err(refused()),
    }
}

/// A complex value with its parts under their names and of their types; others stay as they are.
pub(super) fn parts(of: &Attribute, value: Json) -> Result<Json, Error> {
    let Json::Object(object) = value else {
        return Err(Error::value(
            "a list of objects is expected, such as [{\"value\": \"ada@example.com\"}]",
        ));
    };
    let mut typed_parts = Map::new();
    for (name, value) in object {
        let (name, value) = match schema::find(of.name, Some(&name)) {
            Some(known) => (known.name.to_owned(), typed(known, value)?),
            None => (name, value),
        };
        typed_parts.insert(name, value);
    }
    Ok(Json::Object(typed_parts))
}

/// At most one of several values is primary (RFC 7643 2.4): the last that was not before, else the first.
pub(super) fn one_primary(list: &mut [Json], before: &[Json]) {
    let is_primary = |value: &Json| value.get("primary") == Some(&json!(true));
    let primary = |list: &[Json], new: bool| -> Vec<usize> {
        let wanted = |value: &Json| is_primary(value) && !(new && before.contains(value));
        list.iter().enumerate().filter(|(_, value)| wanted(value)).map(|(at, _)| at).collect()
    };
    let stays = primary(list, true).last().or(primary(list, false).first()).copied();
    for (at, value) in list.iter_mut().enumerate() {
        if is_primary(value) && Some(at) != stays {
            value["primary"] = json!(false);
        }
    }
}

#[cfg(test)]
mod tests;
