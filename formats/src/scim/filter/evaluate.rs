//! Whether a resource is what a filter asks for (RFC 7644 3.4.2.2). Of several values one must fit; a complex
//! value without a named part is compared by its part `value`.

use std::cmp::Ordering;

use chrono::DateTime;
use serde_json::{Map, Value as Json};

use super::{Filter, Operator, Path};
use crate::scim::{USER, attribute, schema};

/// Whether an object is what the filter asks for. Within `path[…]`, `of` is the attribute whose value it is.
pub(super) fn matches(filter: &Filter, object: &Map<String, Json>, of: Option<&str>) -> bool {
    match filter {
        Filter::Or(any) => any.iter().any(|one| matches(one, object, of)),
        Filter::And(all) => all.iter().all(|one| matches(one, object, of)),
        Filter::Not(inner) => !matches(inner, object, of),
        Filter::Has(path) => !values(path, object).is_empty(),
        Filter::Present(path) => values(path, object).into_iter().any(is_present),
        Filter::Compare(path, operator, with) => {
            let values = values(path, object).into_iter().filter(|value| !value.is_null());
            let exact = path.is_exact(of);
            match operator {
                Operator::Ne => !holds(values, Operator::Eq, with, exact),
                _ => holds(values, *operator, with, exact),
            }
        }
    }
}

/// Whether one of several values of an attribute is what the filter in its brackets asks for.
pub(crate) fn element_matches(filter: &Filter, element: &Json, of: &str) -> bool {
    match element {
        Json::Object(object) => matches(filter, object, Some(of)),
        simple => matches(filter, &Map::from_iter([("value".to_owned(), simple.clone())]), Some(of)),
    }
}

/// The values at a path: of several all, of a complex one without a named part its `value`, if it has one.
pub(crate) fn values<'a>(path: &Path, object: &'a Map<String, Json>) -> Vec<&'a Json> {
    let container = match path.schema.as_deref().filter(|schema| !schema.eq_ignore_ascii_case(USER)) {
        Some(schema) => attribute::get(object, schema).and_then(Json::as_object),
        None => Some(object),
    };
    let Some((container, name)) = container.zip(path.attribute.as_deref()) else { return Vec::new() };
    let found = attribute::get(container, name).map(|value| match value {
        Json::Array(list) => list.iter().collect(),
        one => vec![one],
    });
    let fits = |value: &&Json| path.filter.as_ref().is_none_or(|filter| element_matches(filter, value, name));
    let part = |value: &'a Json| match (value, &path.sub) {
        (Json::Object(object), Some(sub)) => attribute::get(object, sub),
        (Json::Object(object), None) => attribute::get(object, "value").or(Some(value)),
        (_, Some(_)) => None,
        (simple, None) => Some(simple),
    };
    found.unwrap_or_default().into_iter().filter(fits).filter_map(part).collect()
}

fn is_present(value: &Json) -> bool {
    !attribute::is_unassigned(value) && value.as_str() != Some("")
}

fn holds<'a>(mut values: impl Iterator<Item = &'a Json>, by: Operator, with: &Json, exact: bool) -> bool {
    match (with, by) {
        (Json::Null, _) => !values.any(is_present),
        _ => values.any(|value| compare(value, by, with, exact)),
    }
}

fn compare(value: &Json, by: Operator, with: &Json, exact: bool) -> bool {
    match (value, with) {
        (Json::String(value), Json::String(with)) if exact => texts(value, by, with),
        (Json::String(value), Json::String(with)) => texts(&value.to_lowercase(), by, &with.to_lowercase()),
        (Json::Number(value), Json::Number(with)) => value
            .as_f64()
            .zip(with.as_f64())
            .and_then(|(a, b)| a.partial_cmp(&b))
            .is_some_and(|o| ordered(o, by)),
        (Json::Bool(value), Json::Bool(with)) => by == Operator::Eq && value == with,
        // Entra asks for active eq "True".
        (Json::Bool(value), Json::String(with)) => {
            by == Operator::Eq && with.eq_ignore_ascii_case(if *value { "true" } else { "false" })
        }
        _ => false,
    }
}

fn texts(value: &str, by: Operator, with: &str) -> bool {
    match by {
        Operator::Co => value.contains(with),
        Operator::Sw => value.starts_with(with),
        Operator::Ew => value.ends_with(with),
        _ => ordered(order(value, with), by),
    }
}

/// Times in the order of time, everything else in that of its code points.
pub(crate) fn order(a: &str, b: &str) -> Ordering {
    match (DateTime::parse_from_rfc3339(a), DateTime::parse_from_rfc3339(b)) {
        (Ok(a), Ok(b)) => a.cmp(&b),
        _ => a.cmp(b),
    }
}

fn ordered(order: Ordering, by: Operator) -> bool {
    match by {
        Operator::Eq => order.is_eq(),
        Operator::Ne => order.is_ne(),
        Operator::Gt => order.is_gt(),
        Operator::Ge => order.is_ge(),
        Operator::Lt => order.is_lt(),
        Operator::Le => order.is_le(),
        Operator::Co | Operator::Sw | Operator::Ew => false,
    }
}

impl Path {
    /// Whether the case of its values counts. Within brackets, `of` is the attribute that they belong to.
    fn is_exact(&self, of: Option<&str>) -> bool {
        match (of, &self.attribute, &self.sub) {
            (Some(of), Some(part), _) => schema::is_exact(of, Some(part)),
            (None, Some(name), sub) => schema::is_exact(name, sub.as_deref()),
            (_, None, _) => false,
        }
    }

    /// What the attribute holds, where it is one of ours.
    pub(super) fn kind(&self) -> Option<&'static schema::Kind> {
        schema::find(self.attribute.as_deref()?, self.sub.as_deref()).map(|attribute| &attribute.kind)
    }
}
