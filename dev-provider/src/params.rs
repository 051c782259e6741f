//! The parameters of a query or a form, in order and with repetitions, as OAuth needs them:
//! a repeated parameter is a fault there, and a map would hide it.

use url::form_urlencoded;

/// Names and values in the order in which they came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads `application/x-www-form-urlencoded` bytes; never fails.
    pub fn parse(text: &[u8]) -> Self {
        Self(form_urlencoded::parse(text).into_owned().collect())
    }

    /// The first value by this name, `None` where it is absent or empty (RFC 6749 3.1).
    pub fn get(&self, name: &str) -> Option<&str> {
        let found = self.iter().find(|(key, _)| *key == name);
        found.map(|(_, value)| value).filter(|value| !value.is_empty())
    }

    /// The first value, an absent one being empty.
    pub fn text(&self, name: &str) -> &str {
        self.get(name).unwrap_or_default()
    }

    /// Every value by this name.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |(key, _)| *key == name).map(|(_, value)| value)
    }

    /// A name that came more than once, though it may not (RFC 6749 3.1). An audience or a
    /// resource may (RFC 8707 2).
    pub fn repeated(&self) -> Option<&str> {
        let may = |name: &str| name == "audience" || name == "resource";
        self.iter().map(|(name, _)| name).find(|name| !may(name) && self.all(name).count() > 1)
    }

    /// Every name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (&**name, &**value))
    }

    pub(crate) fn push(&mut self, name: &str, value: impl Into<String>) {
        self.0.push((name.to_owned(), value.into()));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.0.retain(|(key, _)| key != name);
    }

    pub(crate) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.remove(name);
        self.push(name, value);
    }

    /// The code gives way to an error, as in RFC 6749 4.1.2.1; state and issuer stay.
    pub(crate) fn refuse(&mut self, error: &str, description: &str) {
        self.remove("code");
        self.set("error", error);
        self.set("error_description", description);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repeated_parameter_is_named_and_a_single_one_is_not() {
        assert_eq!(Params::parse(b"a=1&b=2&a=3").repeated(), Some("a"));
        assert_eq!(Params::parse(b"a=1&b=2").repeated(), None);
        assert_eq!(Params::parse(b"audience=1&audience=2").repeated(), None);
    }

    #[test]
    fn an_empty_value_counts_as_absent() {
        assert_eq!(Params::parse(b"a=&b=2").get("a"), None);
        assert_eq!(Params::parse(b"a=&b=2").get("b"), Some("2"));
    }
}
