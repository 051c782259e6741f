//! The issuer of one provider: all that an import needs to know of it.

use app::MAIN;

use super::environment::Environment;
use super::error::SettingsError;
use super::provider;
use super::reader::Reader;
use super::site;
use super::with;

/// A provider's name in the settings, and its issuer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issuer {
    /// The provider's name.
    pub provider: String,
    /// `iss`, as it is set.
    pub issuer: String,
}

impl Issuer {
    /// Reads the environment. Without a name `main` is meant, or the only one.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn from_environment(name: Option<&str>) -> Result<Self, SettingsError> {
        let environment = Environment::read();
        with(environment.faults(), Self::parse(|name| environment.get(name), name))
    }

    /// Parses what `lookup` knows; no other setting is looked at.
    ///
    /// # Errors
    /// All that is wrong, at once.
    pub fn parse(lookup: impl Fn(&str) -> Option<String>, name: Option<&str>) -> Result<Self, SettingsError> {
        let reader = Reader::new(&lookup);
        let issuer = Self::read(&reader, name);
        reader.into_result(issuer)
    }

    fn read(reader: &Reader<'_>, name: Option<&str>) -> Option<Self> {
        let named = reader.parsed("OIDC_PROVIDERS", provider::names).unwrap_or_default();
        let has_main = reader.given("OIDC_ISSUER_URL").is_some();
        let provider = match (name, &*named) {
            (Some(name), _) => name,
            (None, [only]) if !has_main => only,
            (None, [_, ..]) if !has_main => {
                reader.invalid("OIDC_PROVIDERS", "names several providers: say which by --provider");
                return None;
            }
            (None, _) => MAIN,
        };
        if provider != MAIN && !named.iter().any(|one| one == provider) {
            reader.invalid("OIDC_PROVIDERS", format!("does not name a provider `{provider}`"));
            return None;
        }
        let setting = format!("{}ISSUER_URL", provider::prefix(provider));
        provider::demand(reader, &setting, false);
        let issuer = reader.parsed(&setting, |value| site::issuer(value).map(|_| value.to_owned()))?;
        Some(Self { provider: provider.to_owned(), issuer })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(settings: &[(&str, &str)], name: Option<&str>) -> Result<String, String> {
        let find = |asked: &str| settings.iter().find(|(name, _)| *name == asked);
        let read = Issuer::parse(|asked| find(asked).map(|(_, value)| (*value).to_owned()), name);
        read.map(|one| format!("{} {}", one.provider, one.issuer)).map_err(|faults| faults.to_string())
    }

    const BOTH: [(&str, &str); 3] = [
        ("OIDC_ISSUER_URL", "https://one.example"),
        ("OIDC_PROVIDERS", "acme"),
        ("OIDC_ACME_ISSUER_URL", "https://two.example/"),
    ];

    #[test]
    fn without_a_name_it_is_main_or_the_only_one() {
        assert_eq!(parse(&BOTH, None).unwrap(), "main https://one.example");
        assert_eq!(parse(&BOTH[1..], None).unwrap(), "acme https://two.example/");
        assert_eq!(parse(&BOTH, Some("acme")).unwrap(), "acme https://two.example/");
        assert_eq!(
            parse(&[("KINDE_ISSUER_URL", "https://k.example")], None).unwrap(),
            "main https://k.example"
        );
    }

    #[test]
    fn what_is_missing_or_unknown_is_named() {
        assert!(parse(&[], None).unwrap_err().contains("OIDC_ISSUER_URL is missing"));
        assert!(
            parse(&BOTH, Some("other"))
                .unwrap_err()
                .contains("OIDC_PROVIDERS does not name a provider `other`")
        );
        assert!(parse(&[("OIDC_PROVIDERS", "a,b")], None).unwrap_err().contains("several"));
        assert!(
            parse(&[("OIDC_PROVIDERS", "a")], None).unwrap_err().contains("OIDC_A_ISSUER_URL is missing")
        );
    }
}
