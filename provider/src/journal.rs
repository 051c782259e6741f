//! The steps at the provider, for the page "What just happened" and for `RUST_LOG=journey=debug`.

use std::fmt::Display;

use identity::Claims;
use identity::journal::{Part, Verdict, step};
use relying_party::IdToken;

use super::cache::Fault;
use crate::settings::ProviderSettings;

/// The checks of `relying_party::id_token` in their order, each with what it may refuse.
const CHECKS: &[(&str, &[&str])] = &[
    (
        "Form, type and critical headers",
        &[
            "id_token_missing",
            "token_too_large",
            "token_malformed",
            "token_encrypted",
            "duplicate_member",
            "typ_wrong",
            "crit_unsupported",
            "logout_token_as_id_token",
        ],
    ),
    ("Issuer", &["issuer_mismatch"]),
    (
        "Audience",
        &[
            "audience_missing",
            "audience_mismatch",
            "audience_untrusted",
            "authorized_party_missing",
            "authorized_party_mismatch",
        ],
    ),
    ("Algorithm", &["algorithm_mismatch"]),
    ("Key and signature", &["key_unknown", "key_too_short", "signature_invalid"]),
    (
        "Times",
        &[
            "expiry_missing",
            "expired",
            "not_yet_valid",
            "issued_at_missing",
            "issued_in_future",
            "issued_too_long_ago",
        ],
    ),
    ("Nonce", &["nonce_missing", "nonce_mismatch"]),
    ("Access token hash", &["access_token_hash_mismatch"]),
    (
        "How and when authenticated",
        &["acr_unmet", "auth_time_missing", "auth_time_too_old", "auth_time_in_future"],
    ),
    ("Subject", &["subject_missing", "subject_invalid"]),
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
        Err(fault) => match CHECKS.iter().position(|(_, codes)| codes.contains(&fault.code.as_str())) {
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
    use relying_party::Refusal;

    #[test]
    fn every_code_of_a_check_is_one_of_relying_party_and_stands_once() {
        let listed: Vec<&str> = CHECKS.iter().flat_map(|(_, codes)| codes.iter().copied()).collect();
        for code in &listed {
            assert!(Refusal::ALL.iter().any(|refusal| refusal.code() == *code), "{code}");
            assert_eq!(listed.iter().filter(|other| *other == code).count(), 1, "{code}");
        }
    }
}
