//! The people one can be: ordinary ones first, then those that real providers surprise
//! applications with. A person is a subject and whatever claims their provider would state.

use serde_json::{Map, Value, json};

/// Somebody at the provider.
#[derive(Clone, Debug, PartialEq)]
pub struct Person {
    /// `sub`, stated as it is.
    pub subject: String,
    /// Claims of the ID token and of userinfo, each whatever JSON it is.
    pub claims: Map<String, Value>,
    /// Claims of the access token; where there are any, it is a JWT, as Kinde's are.
    pub access_claims: Map<String, Value>,
    /// What the page says about them.
    pub note: String,
    /// Not on the page, for tests.
    pub hidden: bool,
    /// Cannot log in.
    pub is_blocked: bool,
}

impl Person {
    /// Nothing but a subject.
    pub fn new(subject: impl Into<String>) -> Self {
        Self {
            subject: subject.into(),
            claims: Map::new(),
            access_claims: Map::new(),
            note: String::new(),
            hidden: false,
            is_blocked: false,
        }
    }

    /// Adds or replaces one claim.
    pub fn with(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.claims.insert(claim.to_owned(), value.into());
        self
    }

    /// Adds or replaces one claim of the access token.
    pub fn with_access(mut self, claim: &str, value: impl Into<Value>) -> Self {
        self.access_claims.insert(claim.to_owned(), value.into());
        self
    }

    /// `name`, `given_name` and `family_name`.
    pub fn named(self, given: &str, family: &str) -> Self {
        self.with("name", format!("{given} {family}")).with("given_name", given).with("family_name", family)
    }

    /// A verified e-mail.
    pub fn mail(self, email: &str) -> Self {
        self.with("email", email).with("email_verified", true)
    }

    fn note(mut self, note: &str) -> Self {
        self.note = note.to_owned();
        self
    }

    fn hidden(mut self) -> Self {
        self.hidden = true;
        self
    }

    /// Takes a claim away, or states it; an empty text is none.
    pub(crate) fn state(&mut self, claim: &str, text: &str) {
        match text.is_empty() {
            true => drop(self.claims.remove(claim)),
            false => drop(self.claims.insert(claim.to_owned(), text.into())),
        }
    }

    /// A claim that is a text.
    pub(crate) fn text(&self, claim: &str) -> &str {
        self.claims.get(claim).and_then(Value::as_str).unwrap_or_default()
    }

    /// What stands on their button.
    pub(crate) fn title(&self) -> &str {
        ["name", "given_name", "family_name"]
            .iter()
            .find_map(|claim| self.claims.get(*claim)?.as_str())
            .unwrap_or(match self.claims.get("email") {
                Some(_) => "(no name)",
                None => "(nothing)",
            })
    }

    /// E-mail and note, the second line of their button.
    pub(crate) fn detail(&self) -> String {
        let email = self.claims.get("email").and_then(Value::as_str);
        let parts = [email.unwrap_or_default(), &self.note];
        let said: Vec<&str> = parts.into_iter().filter(|part| !part.is_empty()).collect();
        said.join(", ")
    }
}

/// The people on the page, and behind them some whose subjects differ only in case, accent
/// or a trailing blank: they are different people, for subjects are compared byte for byte.
pub fn people() -> Vec<Person> {
    let person = |number: u16| Person::new(format!("dev|{number:04}"));
    vec![
        person(1)
            .named("Ada", "Lovelace")
            .mail("ada@example.com")
            .with("locale", "en-GB")
            .with("zoneinfo", "Europe/London")
            .with("updated_at", 1_760_000_000),
        person(2)
            .named("Grace", "Hopper")
            .mail("grace@example.com")
            .with("preferred_username", "grace")
            .note("operator"),
        person(3).named("Sam", "Okonkwo").mail("team@example.org"),
        person(4).named("Sam", "Oyelaran").mail("team@example.org").note("the same e-mail"),
        person(5).named("Mira", "🌻🦊").mail("mira@example.com").note("emoji in the name"),
        person(6)
            .with("name", "محمد بن عبد الله الفارسي")
            .mail("mohammed@example.com")
            .with("locale", "ar")
            .note("written right to left"),
        person(7)
            .named("יעל", "כהן־לוי")
            .mail("yael@example.com")
            .note("written right to left, with a maqaf"),
        person(8).with("family_name", "Suharto").mail("suharto@example.com").note("family name only"),
        person(9).with("name", "Grace").note("no e-mail"),
        person(10).mail("first.light@example.com"),
        person(11).note("only a subject: dev|0011"),
        person(12)
            .named("Vera", "Text")
            .with("email", "vera@example.com")
            .with("email_verified", "true")
            .note("email_verified is the string \"true\""),
        person(13)
            .named("Paul", "Picture")
            .mail("paul@example.com")
            .with("picture", long_picture())
            .note("picture URL of 4 kB"),
        person(14)
            .named("Uma", "Verified")
            .with("email", "ada@example.com")
            .with("email_verified", false)
            .note("not verified, and it is Ada's"),
        kinde_person(),
        Person::new("DEV|0001").named("Ada", "Uppercase").hidden(),
        Person::new("dev|0001 ").named("Ada", "Trailing").hidden(),
        Person::new("dév|0001").named("Ada", "Accent").hidden(),
    ]
}

/// 4,096 bytes, as a data-laden avatar service makes them.
fn long_picture() -> String {
    let start = "https://pictures.example.com/paul.png?signature=";
    format!("{start}{}", "a".repeat(4096 - start.len()))
}

/// The claims of kinde.md 3.5.
fn kinde_person() -> Person {
    let flags = json!({
        "theme": {"t": "s", "v": "dark"},
        "beta": {"t": "b", "v": true},
        "seats": {"t": "i", "v": 5},
    });
    Person::new("kp_5f2c0015a1b2c3d4")
        .named("Kim", "Kinde")
        .mail("kim@example.com")
        .with("org_codes", json!(["org_1a2b3c", "org_4d5e6f"]))
        .with(
            "organizations",
            json!([{"id": "org_1a2b3c", "name": "Acme"}, {"id": "org_4d5e6f", "name": "Beta"}]),
        )
        .with_access("org_code", "org_1a2b3c")
        .with_access("org_name", "Acme")
        .with_access("permissions", json!(["read:notes", "write:notes"]))
        .with_access("roles", json!([{"id": "role_1", "key": "admin", "name": "Admin"}]))
        .with_access("feature_flags", flags)
        .note("Kinde's organisations, permissions, flags")
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn subjects_are_unique_byte_for_byte() {
        let everybody = people();
        let subjects: BTreeSet<_> = everybody.iter().map(|person| &person.subject).collect();
        assert_eq!(subjects.len(), everybody.len());
    }

    #[test]
    fn the_picture_has_exactly_4_kb() {
        assert_eq!(long_picture().len(), 4096);
    }

    #[test]
    fn somebody_without_a_name_is_still_called_something() {
        assert_eq!(Person::new("x").title(), "(nothing)");
        assert_eq!(Person::new("x").mail("x@example.com").title(), "(no name)");
        assert_eq!(Person::new("x").with("family_name", "Ng").title(), "Ng");
    }
}
