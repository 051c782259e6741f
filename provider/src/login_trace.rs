//! The steps of a log-in at the provider, for the trace of `identity`.

use std::cmp::Ordering::{Equal, Greater, Less};
use std::ops::RangeInclusive;

use identity::login_trace::{Part, Verdict, outcome, step};
use identity::{Claims, Code};
use relying_party::IdToken;

use super::cache::Problem;
use crate::settings::ProviderSettings;

/// The keys, then the checks of `relying_party::id_token` in their order, each with the codes it refuses with.
const CHECKS: [(&str, RangeInclusive<Code>); 11] = [
    ("Keys", Code::KeysMalformed..=Code::KeysMalformed),
    ("Form, type and critical headers", Code::IdTokenMissing..=Code::LogoutTokenAsIdToken),
    ("Issuer", Code::IssuerMismatch..=Code::IssuerMismatch),
    ("Audience", Code::AudienceMissing..=Code::AuthorizedPartyMismatch),
    ("Algorithm", Code::AlgorithmMismatch..=Code::AlgorithmMismatch),
    ("Key and signature", Code::KeyUnknown..=Code::SignatureInvalid),
    ("Times", Code::ExpiryMissing..=Code::IssuedTooLongAgo),
    ("Nonce", Code::NonceMissing..=Code::NonceMismatch),
    ("Access token hash", Code::AccessTokenHashMismatch..=Code::AccessTokenHashMismatch),
    ("How and when authenticated", Code::AcrUnmet..=Code::AuthTimeInFuture),
    ("Subject", Code::SubjectMissing..=Code::SubjectInvalid),
];

/// Traces every check of the ID token: those before the one that refused it passed, those after were not reached.
pub(super) fn id_token(checked: &Result<IdToken, Problem>, settings: &ProviderSettings) {
    let refusing = match checked {
        Ok(_) => CHECKS.len(),
        // What no check refuses with says why the keys could not be had.
        Err(problem) => CHECKS.iter().position(|(_, codes)| codes.contains(&problem.code)).unwrap_or(0),
    };
    for (at, (name, _)) in CHECKS.iter().enumerate() {
        match at.cmp(&refusing) {
            Less => {
                step(Part::IdToken, name, Verdict::Passed, || detail(name, checked.as_ref().ok(), settings))
            }
            Equal => outcome(Part::IdToken, name, checked),
            Greater => step(Part::IdToken, name, Verdict::Skipped, String::new),
        }
    }
    if checked.is_err() {
        let why = || "A token that fails is never followed by a userinfo call".to_owned();
        step(Part::Record, "Userinfo", Verdict::Skipped, why);
    }
}

/// Traces what userinfo told, or why it was not believed.
pub(super) fn userinfo(answer: &Result<Option<Claims>, Problem>) {
    match answer {
        Ok(Some(told)) => step(Part::Record, "Userinfo", Verdict::Passed, || names(told)),
        Ok(None) => step(Part::Record, "Userinfo", Verdict::Skipped, || "The provider has none".to_owned()),
        Err(_) => outcome(Part::Record, "Userinfo", answer),
    }
}

/// Which claims there are. What they say stays out of browsers, but for what the record shows.
fn names(claims: &Claims) -> String {
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    format!("Claims: {}", names.join(", "))
}

/// What a check compared, where that can be shown.
fn detail(check: &str, token: Option<&IdToken>, settings: &ProviderSettings) -> String {
    match (check, token) {
        ("Form, type and critical headers", Some(token)) => names(&token.claims),
        ("Issuer", _) => settings.issuer.clone(),
        ("Audience", Some(token)) => token.audience.join(", "),
        ("Algorithm", _) => format!("{}, as pinned", settings.id_token_alg),
        ("Times", Some(token)) => {
            let (lifetime, leeway) = (token.expires_at - token.issued_at, settings.clock_skew.as_secs());
            format!("Good for {lifetime} s, leeway {leeway} s")
        }
        ("Subject", Some(token)) => token.subject.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_code_belongs_to_one_check() {
        assert!(CHECKS[1..].is_sorted_by(|(_, one), (_, next)| one.end() < next.start()));
    }

    #[test]
    fn every_code_that_an_id_token_is_refused_with_belongs_to_a_check() {
        let source = include_str!("../../relying-party/src/id_token.rs");
        let is_letter = |letter: char| letter.is_ascii_alphabetic();
        let codes: Vec<&str> = source
            .split("Code::")
            .skip(1)
            .map(|rest| rest.split(|letter| !is_letter(letter)).next().unwrap())
            // A refreshed token is no log-in's.
            .filter(|code| !code.ends_with("Changed"))
            .collect();
        assert!(codes.len() > 4, "{codes:?}");
        for code in codes {
            let belongs = CHECKS.iter().any(|(_, range)| {
                let all = <Code as strum::IntoEnumIterator>::iter();
                range.contains(&all.into_iter().find(|one| format!("{one:?}") == code).unwrap())
            });
            assert!(belongs, "{code}: its place in `Code` is between the checks");
        }
    }
}
