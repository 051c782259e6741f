//! The steps at the provider, for the page "What just happened" and for `RUST_LOG=journey=debug`.

use std::fmt::Display;

use identity::journal::{Part, Verdict, step};
use identity::{Claims, Code};
use relying_party::IdToken;

use super::cache::Fault;
use crate::settings::ProviderSettings;

/// The checks of `relying_party::id_token` in their order, each with what it may refuse.
const CHECKS: &[(&str, &[Code])] = &[
    (
        "Form, type and critical headers",
        &[
            Code::IdTokenMissing,
            Code::TokenTooLarge,
            Code::TokenMalformed,
            Code::TokenEncrypted,
            Code::DuplicateMember,
            Code::TypWrong,
            Code::CritUnsupported,
            Code::LogoutTokenAsIdToken,
        ],
    ),
    ("Issuer", &[Code::IssuerMismatch]),
    (
        "Audience",
        &[
            Code::AudienceMissing,
            Code::AudienceMismatch,
            Code::AudienceUntrusted,
            Code::AuthorizedPartyMissing,
            Code::AuthorizedPartyMismatch,
        ],
    ),
    ("Algorithm", &[Code::AlgorithmMismatch]),
    ("Key and signature", &[Code::KeyUnknown, Code::KeyTooShort, Code::SignatureInvalid]),
    (
        "Times",
        &[
            Code::ExpiryMissing,
            Code::Expired,
            Code::NotYetValid,
            Code::IssuedAtMissing,
            Code::IssuedInFuture,
            Code::IssuedTooLongAgo,
        ],
    ),
    ("Nonce", &[Code::NonceMissing, Code::NonceMismatch]),
    ("Access token hash", &[Code::AccessTokenHashMismatch]),
    (
        "How and when authenticated",
        &[Code::AcrUnmet, Code::AuthTimeMissing, Code::AuthTimeTooOld, Code::AuthTimeInFuture],
    ),
    ("Subject", &[Code::SubjectMissing, Code::SubjectInvalid]),
];

/// A step that went well, or the sentence that says why not.
pub(super) fn outcome<T, E: Display>(part: Part, name: &str, outcome: &Result<T, E>) {
    match outcome {
        Ok(_) => step(part, name, Verdict::Passed, String::new),
        Err(error) => step(part, name, Verdict::Refused, || error.to_string()),
    }
}

/// Every check of the ID token: those before the one that refused it passed, those after were not reached.
pub(super) fn id_token(checked: &Result<IdToken, Fault>, settings: &ProviderSettings) {
    let refused = match checked {
        Ok(_) => None,
        Err(fault) => match CHECKS.iter().position(|(_, codes)| codes.contains(&fault.code)) {
            Some(at) => Some((at, fault)),
            // The keys were not to be had.
            None => return step(Part::IdToken, "Keys", Verdict::Refused, || fault.to_string()),
        },
    };
    for (at, (name, _)) in CHECKS.iter().enumerate() {
        match refused {
            Some((refusing, fault)) if at == refusing => {
                step(Part::IdToken, name, Verdict::Refused, || fault.to_string());
            }
            Some((refusing, _)) if at > refusing => step(Part::IdToken, name, Verdict::Skipped, String::new),
            _ => step(Part::IdToken, name, Verdict::Passed, || detail(name, checked.as_ref().ok(), settings)),
        }
    }
    if refused.is_some() {
        let why = || "A token that fails is never followed by a userinfo call".to_owned();
        step(Part::Record, "Userinfo", Verdict::Skipped, why);
        step(Part::Record, "Merge", Verdict::Skipped, || "No field was changed".to_owned());
    }
}

/// What userinfo told, or why it was not believed.
pub(super) fn userinfo(answer: &Result<Option<Claims>, Fault>) {
    match answer {
        Ok(Some(told)) => step(Part::Record, "Userinfo", Verdict::Passed, || claims(told)),
        Ok(None) => step(Part::Record, "Userinfo", Verdict::Skipped, || "The provider has none".to_owned()),
        Err(_) => outcome(Part::Record, "Userinfo", answer),
    }
}

/// Which claims there are. What they say stays out of browsers, but for what the record shows.
fn claims(claims: &Claims) -> String {
    let names: Vec<&str> = claims.keys().map(String::as_str).collect();
    format!("Claims: {}", names.join(", "))
}

/// What a check compared, where that can be shown.
fn detail(check: &str, token: Option<&IdToken>, settings: &ProviderSettings) -> String {
    match (check, token) {
        ("Form, type and critical headers", Some(token)) => claims(&token.claims),
        ("Issuer", _) => settings.issuer.clone(),
        ("Audience", Some(token)) => token.audience.join(", "),
        ("Algorithm", _) => format!("{}, as pinned", settings.id_token_alg),
        ("Times", Some(token)) => {
            format!(
                "Good for {} s, leeway {} s",
                token.expires_at - token.issued_at,
                settings.clock_skew.as_secs()
            )
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
        let listed: Vec<Code> = CHECKS.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        for code in &listed {
            assert_eq!(listed.iter().filter(|other| *other == code).count(), 1, "{code}");
        }
    }
}
