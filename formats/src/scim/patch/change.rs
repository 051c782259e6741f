//! What an operation makes of one attribute's value: a pure function of the value before.

use serde_json::{Map, Value as Json};

use super::Op;
use crate::scim::filter::{Filter, Operator, Path, element_matches};
use crate::scim::resource::{assigned, one_primary};
use crate::scim::{Error, attribute};

/// An attribute's value after an operation. A value that is not assigned is none.
pub(super) fn changed(
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
