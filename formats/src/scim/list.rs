//! Lists (RFC 7644 3.4.2): what is asked, and which part of which resources in which order is the answer.

use std::cmp::Ordering;

use serde_json::{Map, Value as Json, json};

use super::filter::{order, values};
use super::{Error, Filter, Path, Projection, Shown, schema};

/// The most resources of one answer.
const MAX_COUNT: usize = 200;
/// How far into a sorted list one can ask: as much of it is held to sort it.
const MAX_DEPTH: usize = 100_000;
const LIST: &str = "urn:ietf:params:scim:api:messages:2.0:ListResponse";

/// What a list is asked for. Parameters that are unknown are passed over (Entra: `aadOptscim062020`).
#[derive(Clone, Debug, PartialEq)]
pub struct Query {
    /// Which resources; all if none.
    pub filter: Option<Filter>,
    /// From 1.
    pub start_index: usize,
    /// 0 to 200.
    pub count: usize,
    /// By which attribute; none: by `id`.
    pub sort_by: Option<Path>,
    /// Which way.
    pub sort_order: SortOrder,
    /// Which attributes.
    pub projection: Projection,
}

/// Which way a list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum SortOrder {
    /// Resources without a value come last.
    #[default]
    Ascending,
    /// Resources without a value come first.
    Descending,
}

/// A part of a list.
#[derive(Clone, Debug, PartialEq)]
pub struct Page {
    /// How many resources match.
    pub total: usize,
    /// Where the part begins, from 1.
    pub start_index: usize,
    /// The part, with the attributes that were asked for.
    pub resources: Vec<Shown>,
}

impl Query {
    /// Reads the query of an address, as it is there: `+` is a space.
    ///
    /// # Errors
    /// `invalidFilter`, `invalidPath` for `sortBy` and the attributes, `invalidValue` for what is no number or order.
    pub fn parse(query: &str) -> Result<Self, Error> {
        let mut parsed = Self {
            filter: None,
            start_index: 1,
            count: MAX_COUNT,
            sort_by: None,
            sort_order: SortOrder::Ascending,
            projection: Projection::default(),
        };
        for (name, value) in
            url::form_urlencoded::parse(query.as_bytes()).filter(|(_, value)| !value.is_empty())
        {
            match name.to_ascii_lowercase().as_str() {
                "filter" => parsed.filter = Some(Filter::parse(&value)?),
                "startindex" => parsed.start_index = whole(&value)?.max(1),
                "count" => parsed.count = whole(&value)?.min(MAX_COUNT),
                "sortby" => parsed.sort_by = Some(Path::parse(&value)?),
                "sortorder" => {
                    parsed.sort_order =
                        value.parse().map_err(|_| Error::value("sortOrder is ascending or descending"))?;
                }
                "attributes" => parsed.projection.only(&value)?,
                "excludedattributes" => parsed.projection.without(&value)?,
                _ => {}
            }
        }
        if parsed.sort_by.is_some() && parsed.start_index > MAX_DEPTH {
            return Err(Error::value("with sortBy, startIndex goes up to 100000; ask for fewer by a filter"));
        }
        Ok(parsed)
    }

    /// To be shown all resources, in the order of their ids.
    pub fn selection(&self) -> Selection<'_> {
        Selection { query: self, total: 0, kept: Vec::new() }
    }

    /// How many resources stand before the end of the part, in its order.
    fn end(&self) -> usize {
        (self.start_index - 1).saturating_add(self.count)
    }

    fn order(&self, a: &Shown, b: &Shown) -> Ordering {
        let Some(path) = &self.sort_by else { return Ordering::Equal };
        let order = match (sort_value(path, a), sort_value(path, b)) {
            (Some(a), Some(b)) => compare(a, b, path),
            (a, b) => b.is_some().cmp(&a.is_some()),
        };
        if self.sort_order == SortOrder::Descending { order.reverse() } else { order }
    }
}

/// The part of all resources that is asked for, found by looking at one after the other: what is held meanwhile is
/// the part itself, or, where it is sorted, of each resource up to its end the attribute that is sorted by.
pub struct Selection<'a> {
    query: &'a Query,
    total: usize,
    kept: Vec<Shown>,
}

/// What a [`Selection`] found.
pub enum Part {
    /// The resources, with the attributes that were asked for.
    Whole(Vec<Shown>),
    /// Their ids, in the order that was asked for.
    Ids(Vec<String>),
}

impl Selection<'_> {
    /// The next resource. They come in the order of their ids, so that pages fit together.
    pub fn see(&mut self, resource: Shown) {
        if self.query.filter.as_ref().is_some_and(|filter| !filter.matches(&resource)) {
            return;
        }
        self.total += 1;
        match &self.query.sort_by {
            Some(path) => {
                self.kept.push(only_sorted_by(path, resource));
                if self.kept.len() > self.query.end().saturating_mul(2) + MAX_COUNT {
                    self.sort();
                }
            }
            None if self.total >= self.query.start_index && self.kept.len() < self.query.count => {
                self.kept.push(self.query.projection.apply(resource));
            }
            None => {}
        }
    }

    /// How many matched, and the part.
    pub fn into_part(mut self) -> (usize, Part) {
        if self.query.sort_by.is_none() {
            return (self.total, Part::Whole(self.kept));
        }
        self.sort();
        let part = self.kept.iter().skip(self.query.start_index - 1).take(self.query.count);
        (self.total, Part::Ids(part.map(|resource| id(resource).to_owned()).collect()))
    }

    /// Puts what is kept in order, and forgets what is beyond the part. Equal ones stand in the order of their ids.
    fn sort(&mut self) {
        self.kept.sort_by(|a, b| self.query.order(a, b).then_with(|| id(a).cmp(id(b))));
        self.kept.truncate(self.query.end());
    }
}

/// The id and the attribute that the path leads into.
fn only_sorted_by(path: &Path, resource: Shown) -> Shown {
    let root = Path { filter: None, sub: None, ..path.clone() };
    let mut kept = Projection::of(root).apply(resource);
    kept.remove("schemas");
    kept
}

impl Page {
    /// The body of the answer.
    pub fn body(self) -> Json {
        json!({
            "schemas": [LIST],
            "totalResults": self.total,
            "startIndex": self.start_index,
            "itemsPerPage": self.resources.len(),
            "Resources": self.resources,
        })
    }
}

/// A whole number; below 0 counts as 0 (RFC 7644 3.4.2.4), and too large a one as the largest.
fn whole(text: &str) -> Result<usize, Error> {
    let number: i128 =
        text.trim().parse().map_err(|_| Error::value("startIndex and count are whole numbers"))?;
    Ok(usize::try_from(number.max(0)).unwrap_or(usize::MAX))
}

fn id(resource: &Map<String, Json>) -> &str {
    resource.get("id").and_then(Json::as_str).unwrap_or_default()
}

/// Of several values the primary one, else the first (RFC 7644 3.4.2.3).
fn sort_value<'a>(path: &Path, resource: &'a Shown) -> Option<&'a Json> {
    let primary = path
        .filter
        .is_none()
        .then(|| Path { filter: Filter::parse("primary eq true").ok().map(Box::new), ..path.clone() });
    let found = primary.map(|path| values(&path, resource)).filter(|found| !found.is_empty());
    found.unwrap_or_else(|| values(path, resource)).into_iter().next()
}

fn compare(a: &Json, b: &Json, path: &Path) -> Ordering {
    let exact = path.attribute.as_deref().is_some_and(|name| schema::is_exact(name, path.sub.as_deref()));
    match (a, b) {
        (Json::String(a), Json::String(b)) if exact => order(a, b),
        (Json::String(a), Json::String(b)) => order(&a.to_lowercase(), &b.to_lowercase()),
        (Json::Bool(a), Json::Bool(b)) => a.cmp(b),
        (Json::Number(a), Json::Number(b)) => a.as_f64().partial_cmp(&b.as_f64()).unwrap_or(Ordering::Equal),
        _ => rank(a).cmp(&rank(b)),
    }
}

/// Values of different kinds in an order of their own, so that the order is one.
fn rank(value: &Json) -> u8 {
    match value {
        Json::Null => 0,
        Json::Bool(_) => 1,
        Json::Number(_) => 2,
        Json::String(_) => 3,
        Json::Array(_) => 4,
        Json::Object(_) => 5,
    }
}

#[cfg(test)]
mod tests;
