//! Resources and OpenID Connect's claims, there and back.

use std::collections::BTreeSet;

use identity::{Claims, Extent, Standing};
use serde_json::{Map, Value as Json, json};

use super::{Patched, Reference, Resource, USER, attribute};
use crate::heard::{Heard, full};

/// Where each claim comes from: the first attribute that has a value. SCIM has no flag for what was verified.
const SOURCES: &[(&str, &[&str])] = &[
    ("preferred_username", &["userName"]),
    ("name", &["displayName", "name.formatted"]),
    ("given_name", &["name.givenName"]),
    ("family_name", &["name.familyName"]),
    ("middle_name", &["name.middleName"]),
    ("nickname", &["nickName"]),
    ("profile", &["profileUrl"]),
    ("email", &["emails"]),
    ("phone_number", &["phoneNumbers"]),
    ("picture", &["photos"]),
    ("locale", &["locale", "preferredLanguage"]),
    ("zoneinfo", &["timezone"]),
];

/// Attributes that are claims under their own names, and may be cleared as such.
const FURTHER: [&str; 3] = ["externalId", "title", "userType"];

/// What a POST or a PUT says: all of the user. None where the reference cannot be one.
pub fn heard(resource: &Resource, reference: Reference) -> Option<Heard> {
    Some(Heard {
        claims: claims(resource),
        extent: full(SOURCES.iter().map(|(claim, _)| *claim).chain(FURTHER)),
        standing: Some(standing(resource)),
        ..Heard::new(resource.reference(reference)?.to_owned(), None)
    })
}

/// What a PATCH says: of the attributes that it names, all; of the others, nothing.
pub fn heard_of_patch(patched: &Patched, reference: Reference) -> Option<Heard> {
    let Patched { resource, touched } = patched;
    let is_restated = |sources: &[&str]| {
        let counts = sources.iter().position(|source| value(resource, source).is_some());
        let sources = &sources[..counts.map_or(sources.len(), |at| at + 1)];
        sources.iter().any(|source| touched.iter().any(|touched| overlap(source, touched)))
    };
    let mapped = SOURCES.iter().filter(|(_, sources)| is_restated(sources)).map(|(claim, _)| *claim);
    let others =
        touched.iter().map(String::as_str).filter(|name| !is_mapped(root(name)) && *name != "active");
    let restated: BTreeSet<String> = mapped.chain(others.map(root)).map(str::to_owned).collect();
    let mut claims = claims(resource);
    claims.retain(|claim, _| restated.contains(claim));
    Some(Heard {
        claims,
        extent: if restated.is_empty() { Extent::Partial } else { full(restated) },
        standing: touched.contains("active").then(|| standing(resource)),
        ..Heard::new(resource.reference(reference)?.to_owned(), None)
    })
}

/// The attribute of a source or of what was touched; an extension is one attribute.
fn root(name: &str) -> &str {
    if name.contains(':') { name } else { name.split('.').next().unwrap_or(name) }
}

/// Whether an attribute has its place among the claims of [`SOURCES`].
fn is_mapped(name: &str) -> bool {
    SOURCES.iter().any(|(_, sources)| sources.iter().any(|source| root(source) == name))
}

/// Whether one of two names, such as `name` and `name.familyName`, is the other or holds it.
fn overlap(one: &str, other: &str) -> bool {
    let holds = |whole: &str, part: &str| {
        let start = part.get(..whole.len()).is_some_and(|start| start.eq_ignore_ascii_case(whole));
        start && (part.len() == whole.len() || part[whole.len()..].starts_with('.'))
    };
    holds(one, other) || holds(other, one)
}

fn standing(resource: &Resource) -> Standing {
    if resource.is_active() { Standing::Present } else { Standing::Blocked }
}

/// The user's claims: OpenID Connect's names, and the other attributes under their own.
pub(super) fn claims(resource: &Resource) -> Claims {
    let is_other = |name: &str| !is_mapped(name) && name != "schemas" && name != "active";
    let others = resource.attributes().iter().filter(|(name, _)| is_other(name));
    let mut claims: Claims = others.map(|(name, value)| (name.clone(), value.clone())).collect();
    for (claim, sources) in SOURCES {
        if let Some(value) = sources.iter().find_map(|source| value(resource, source)) {
            claims.insert((*claim).to_owned(), value.clone());
        }
    }
    claims
}

/// The text at a source.
fn value<'a>(resource: &'a Resource, source: &str) -> Option<&'a Json> {
    let attributes = resource.attributes();
    let value = match source.split_once('.') {
        Some((name, part)) => attributes.get(name)?.get(part)?,
        None => attributes.get(source)?,
    };
    match value {
        Json::Array(all) => chosen(all, if source == "photos" { "photo" } else { "work" }),
        one => Some(one),
    }
}

/// Of several values the primary one, else the one of this type, else the first.
fn chosen<'a>(all: &'a [Json], preferred: &str) -> Option<&'a Json> {
    let with = |value: &&Json| value.get("value").and_then(Json::as_str).is_some_and(|text| !text.is_empty());
    let is_preferred = |value: &&Json| {
        let kind = value.as_object().and_then(|object| attribute::get(object, "type")).and_then(Json::as_str);
        kind.is_some_and(|kind| kind.eq_ignore_ascii_case(preferred))
    };
    let mut all_with = all.iter().filter(with);
    let primary = all_with.clone().find(|value| value.get("primary") == Some(&json!(true)));
    primary.or_else(|| all_with.clone().find(is_preferred)).or_else(|| all_with.next())?.get("value")
}

/// A user's claims as a resource's attributes: what has a place there. `is_active` is the standing.
pub fn from_claims(claims: &Claims, external_id: &str, is_active: bool) -> Resource {
    let text = |claim: &str| claims.get(claim).and_then(Json::as_str).filter(|text| !text.is_empty());
    let one = |claim: &str, kind: &str| {
        text(claim).map(|value| json!([{"value": value, "type": kind, "primary": true}]))
    };
    let parts = [
        ("formatted", "name"),
        ("givenName", "given_name"),
        ("familyName", "family_name"),
        ("middleName", "middle_name"),
    ];
    let name: Map<String, Json> =
        parts.iter().filter_map(|(part, claim)| Some(((*part).to_owned(), json!(text(claim)?)))).collect();
    let attributes = [
        ("schemas", Some(json!([USER]))),
        ("externalId", Some(json!(external_id))),
        ("userName", Some(json!(text("preferred_username").or(text("email")).unwrap_or(external_id)))),
        ("name", Some(Json::Object(name)).filter(|name| !attribute::is_unassigned(name))),
        ("displayName", text("name").map(|name| json!(name))),
        ("nickName", text("nickname").map(|name| json!(name))),
        ("profileUrl", text("profile").map(|address| json!(address))),
        ("emails", one("email", "work")),
        ("phoneNumbers", one("phone_number", "work")),
        ("photos", one("picture", "photo")),
        ("locale", text("locale").map(|locale| json!(locale))),
        ("timezone", text("zoneinfo").map(|zone| json!(zone))),
        ("active", Some(json!(is_active))),
    ];
    let attributes = attributes.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
    Resource::kept(attributes.collect())
}

#[cfg(test)]
mod tests;
