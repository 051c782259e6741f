//! Filters (RFC 7644 3.4.2.2) and paths (3.5.2). What is read is bounded: 8 KiB, 100 comparisons, 20 levels.

mod evaluate;
mod parse;

use std::fmt;

use serde_json::Value as Json;

pub(crate) use evaluate::{element_matches, order, values};

use super::Error;

/// What a resource must be.
#[derive(Clone, Debug, PartialEq)]
pub enum Filter {
    /// One of at least two.
    Or(Vec<Filter>),
    /// All of at least two.
    And(Vec<Filter>),
    /// Not this.
    Not(Box<Filter>),
    /// `path op value`; the value is a text, a number, a flag or null.
    Compare(Path, Operator, Json),
    /// `path pr`: it has a value that is not empty.
    Present(Path),
    /// `path[filter]`: a value fits.
    Has(Path),
}

/// Where a value is: `urn:…:name[filter].sub`.
#[derive(Clone, Debug, PartialEq)]
pub struct Path {
    /// The schema, where it is named.
    pub schema: Option<String>,
    /// The attribute; none where the path is a schema alone, which names an extension as a whole.
    pub attribute: Option<String>,
    /// Which of several values.
    pub filter: Option<Box<Filter>>,
    /// A part of the value.
    pub sub: Option<String>,
}

/// How two values are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::EnumString, strum::VariantArray)]
#[strum(serialize_all = "lowercase", ascii_case_insensitive)]
pub enum Operator {
    /// Equal.
    Eq,
    /// Not equal; what is not there is not equal to anything but null.
    Ne,
    /// Contains.
    Co,
    /// Starts with.
    Sw,
    /// Ends with.
    Ew,
    /// Greater, later.
    Gt,
    /// Greater or equal.
    Ge,
    /// Less, earlier.
    Lt,
    /// Less or equal.
    Le,
}

impl Filter {
    /// Reads the parameter `filter`.
    ///
    /// # Errors
    /// `invalidFilter` where it is not of RFC 7644's grammar, is larger than is read, or orders flags.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::filter(text)
    }

    /// Whether a resource, as it is shown, is meant.
    pub fn matches(&self, resource: &serde_json::Map<String, Json>) -> bool {
        evaluate::matches(self, resource, None)
    }

    /// The text that the attribute must be equal to for any resource to match, so that a store can look it up.
    /// The filter itself still decides: whether case counts, for one.
    pub fn pinned(&self, attribute: &str) -> Option<&str> {
        match self {
            Self::And(all) => all.iter().find_map(|one| one.pinned(attribute)),
            Self::Compare(path, Operator::Eq, Json::String(text)) if path.is_plain(attribute) => Some(text),
            _ => None,
        }
    }
}

impl Path {
    /// Reads the path of a PATCH operation, or of `sortBy`, `attributes` and `excludedAttributes`.
    ///
    /// # Errors
    /// `invalidPath` where it is not of RFC 7644's grammar, or larger than is read.
    pub fn parse(text: &str) -> Result<Self, Error> {
        parse::path(text)
    }

    /// Whether it is this attribute of a user, and no part of it.
    pub(crate) fn is_plain(&self, attribute: &str) -> bool {
        self.schema.as_deref().is_none_or(|schema| schema.eq_ignore_ascii_case(super::USER))
            && self.filter.is_none()
            && self.sub.is_none()
            && self.attribute.as_deref().is_some_and(|name| name.eq_ignore_ascii_case(attribute))
    }
}

impl fmt::Display for Path {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.schema.as_deref().unwrap_or_default())?;
        if let Some(attribute) = &self.attribute {
            f.write_str(if self.schema.is_some() { ":" } else { "" })?;
            f.write_str(attribute)?;
        }
        if let Some(filter) = &self.filter {
            write!(f, "[{filter}]")?;
        }
        match &self.sub {
            Some(sub) => write!(f, ".{sub}"),
            None => Ok(()),
        }
    }
}

impl fmt::Display for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Or(any) => joined(f, any, " or "),
            Self::And(all) => joined(f, all, " and "),
            Self::Not(inner) => write!(f, "not ({inner})"),
            Self::Compare(path, operator, value) => write!(f, "{path} {operator} {value}"),
            Self::Present(path) => write!(f, "{path} pr"),
            Self::Has(path) => path.fmt(f),
        }
    }
}

/// What is itself joined stands in parentheses.
fn joined(f: &mut fmt::Formatter<'_>, filters: &[Filter], by: &str) -> fmt::Result {
    for (at, filter) in filters.iter().enumerate() {
        if at > 0 {
            f.write_str(by)?;
        }
        match filter {
            Filter::Or(_) | Filter::And(_) => write!(f, "({filter})")?,
            _ => write!(f, "{filter}")?,
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
