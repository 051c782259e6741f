//! Who may act in the studio and who may look, as `OPERATORS` and `VIEWERS` name them.

use app::MAIN;
use identity::Right;

use super::provider::is_name;
use super::reader::Reader;

/// One description as it was written: its provider may be left out.
type Written = (Option<String>, Right);

/// Reads both settings; `providers` are the names of those that are set. In a development build there may be none yet:
/// the one that it makes for itself is `main`.
pub(super) fn read(reader: &Reader<'_>, setting: &'static str, providers: &[String]) -> Vec<Right> {
    let written = reader.parsed(setting, parse).unwrap_or_default();
    let placed = written.into_iter().map(|one| placed(one, providers)).collect::<Result<_, String>>();
    placed.unwrap_or_else(|sentence| {
        reader.invalid(setting, sentence);
        Vec::new()
    })
}

/// # Errors
/// A sentence, where one of the descriptions cannot be read.
fn parse(value: &str) -> Result<Vec<Written>, String> {
    value.split(',').map(|one| right(one.trim())).collect()
}

/// The names of the claims that a setting names, whether or not all else of it can be read.
pub(super) fn claims(reader: &Reader<'_>, setting: &str) -> Vec<String> {
    let written = reader.given(setting).and_then(|given| parse(given.value.trim()).ok()).unwrap_or_default();
    let name = |(_, right)| match right {
        Right::Claim { name, .. } => Some(name),
        Right::Email { .. } | Right::Identity { .. } => None,
    };
    written.into_iter().filter_map(name).collect()
}

/// With the provider that is meant: the one that is named, else `main`, else the only one.
fn placed((named, right): Written, providers: &[String]) -> Result<Right, String> {
    let meant = match (named, providers) {
        (Some(name), []) if name == MAIN => name,
        (Some(name), all) if all.contains(&name) => name,
        (Some(name), _) => return Err(format!("names the provider `{name}`, which is not set")),
        (None, [only]) => only.clone(),
        (None, all) if all.is_empty() || all.iter().any(|one| one == MAIN) => MAIN.to_owned(),
        (None, _) => {
            let sentence = "must say of which provider: there are several and none is `main`, so write \
                            PROVIDER/email:… or PROVIDER/claim:…";
            // A `sub:` names its issuer, and means no provider.
            return if matches!(right, Right::Identity { .. }) {
                Ok(right)
            } else {
                Err(sentence.to_owned())
            };
        }
    };
    Ok(match right {
        Right::Email { email, .. } => Right::Email { provider: meant, email },
        Right::Claim { name, value, .. } => Right::Claim { provider: meant, name, value },
        right @ Right::Identity { .. } => right,
    })
}

fn right(text: &str) -> Result<Written, String> {
    let (provider, rest) = match text.split_once('/') {
        Some((name, rest)) if is_name(name) => (Some(name.to_owned()), rest),
        _ => (None, text),
    };
    let read = rest.split_once(':').and_then(|(kind, rest)| match (kind, &provider) {
        ("email", _) => email(rest),
        ("claim", _) => claim(rest),
        ("sub", None) => sub(rest),
        _ => None,
    });
    read.map(|right| (provider, right)).ok_or_else(|| {
        "must list people as email:ada@example.com or claim:NAME=VALUE, with PROVIDER/ before it where there are \
         several, or as sub:ISSUER|SUBJECT, separated by commas"
            .to_owned()
    })
}

fn email(text: &str) -> Option<Right> {
    let (local, domain) = text.rsplit_once('@')?;
    let whole = !local.is_empty() && !domain.is_empty() && !text.contains(char::is_whitespace);
    whole.then(|| Right::Email { provider: String::new(), email: text.to_owned() })
}

/// A URL holds no bar, a subject may: Auth0's do.
fn sub(text: &str) -> Option<Right> {
    let (issuer, subject) = text.split_once('|')?;
    let whole = super::site::issuer(issuer).is_ok() && !subject.is_empty();
    whole.then(|| Right::Identity { issuer: issuer.to_owned(), subject: subject.to_owned() })
}

fn claim(text: &str) -> Option<Right> {
    let (name, value) = text.split_once('=')?;
    let whole = !name.is_empty() && !value.is_empty();
    let (provider, name, value) = (String::new(), name.to_owned(), value.to_owned());
    whole.then_some(Right::Claim { provider, name, value })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The rights as the settings would write them in full, or the sentences of what is wrong.
    fn read_with(value: &str, providers: &[&str]) -> Result<Vec<String>, String> {
        let lookup = |name: &str| (name == "OPERATORS").then(|| value.to_owned());
        let reader = Reader::new(&lookup);
        let providers: Vec<String> = providers.iter().map(|name| (*name).to_owned()).collect();
        let rights = read(&reader, "OPERATORS", &providers);
        let finished = reader.into_result(Some(rights)).map_err(|faults| faults.to_string())?;
        Ok(finished.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn each_kind_of_description_is_read() {
        let text = "email:ada@example.com, sub:https://acme.eu.auth0.com/|auth0|123,claim:role=a=b";
        let full =
            ["main/email:ada@example.com", "sub:https://acme.eu.auth0.com/|auth0|123", "main/claim:role=a=b"];
        for providers in [&["main"][..], &["main", "kinde"], &["kinde", "main"], &[]] {
            assert_eq!(read_with(text, providers).unwrap(), full, "{providers:?}");
        }
    }

    #[test]
    fn a_provider_is_named_or_it_is_main_or_the_only_one() {
        let named = "kinde/email:ada@example.com,kinde/claim:https://acme.com/role=admin";
        let full = ["kinde/email:ada@example.com", "kinde/claim:https://acme.com/role=admin"];
        assert_eq!(read_with(named, &["main", "kinde"]).unwrap(), full);
        assert_eq!(read_with("email:a@b", &["kinde"]).unwrap(), ["kinde/email:a@b"]);
        assert_eq!(read_with("main/email:a@b", &[]).unwrap(), ["main/email:a@b"]);
        let several = read_with("email:a@b", &["kinde", "google"]).unwrap_err();
        assert!(several.contains("OPERATORS") && several.contains("PROVIDER/email"), "{several}");
        assert!(read_with("sub:https://acme.kinde.com|kp_1", &["kinde", "google"]).is_ok());
        for unknown in ["google/email:a@b", "main/claim:a=b"] {
            assert!(read_with(unknown, &["kinde"]).unwrap_err().contains("which is not set"), "{unknown}");
        }
    }

    #[test]
    fn a_claim_may_be_a_url_and_is_no_provider_then() {
        assert_eq!(
            read_with("claim:https://acme.com/role=x", &["main"]).unwrap(),
            ["main/claim:https://acme.com/role=x"]
        );
    }

    #[test]
    fn the_claims_that_are_named_are_known_before_their_providers() {
        let lookup = |_: &str| Some("claim:a=1,kinde/claim:b=2,email:c@d".to_owned());
        assert_eq!(claims(&Reader::new(&lookup), "VIEWERS"), ["a", "b"]);
        let bad = |_: &str| Some("claim:a=1,x".to_owned());
        assert!(claims(&Reader::new(&bad), "VIEWERS").is_empty());
    }

    #[test]
    fn a_description_that_would_fit_nobody_or_anybody_is_refused() {
        for bad in [
            "ada@example.com",
            "email:",
            "email:ada",
            "email:@example.com",
            "sub:kp_1",
            "sub:|kp_1",
            "sub:https://acme.kinde.com|",
            "main/sub:https://acme.kinde.com|kp_1",
            "claim:admin",
            "claim:=x",
            "claim:x=",
            "email:a@b,",
            "Email:a@b",
            "Main/email:a@b",
            "/email:a@b",
            "main/",
        ] {
            assert!(read_with(bad, &["main"]).is_err(), "{bad}");
        }
    }
}
