//! What a fault says of itself: its words, its place on the page, and when it has bitten.

use super::bite::{Bite, Doc, Jwt};
use super::table::Fault;
use crate::calls::Endpoint;

/// Faults that the choose-an-account page offers first: those of everyday refusals.
pub(crate) const EVERYDAY: [Fault; 7] = [
    Fault::WrongNonce,
    Fault::WrongSignature,
    Fault::WrongIssuer,
    Fault::WrongAudience,
    Fault::ExpiredIdToken,
    Fault::UserinfoOfAnotherSubject,
    Fault::TokenEndpoint500,
];

/// When a fault that is to bite once has done so.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Spent {
    /// It goes with the next log-in, whichever of that log-in's answers it concerns.
    WithALogIn,
    /// It is over after the next call of that endpoint, which belongs to no log-in.
    At(Endpoint),
    /// It is over after the next logout token.
    WithALogoutToken,
}

impl Fault {
    /// The fault called `name`, such as `wrong_nonce`.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|fault| fault.name() == name)
    }

    /// Words for people.
    pub fn label(self) -> String {
        let words = self.name().replace('_', " ");
        words.replace("id token", "ID token").replace("json", "JSON")
    }

    /// The heading under which the page lists it: which answer it bends.
    pub fn group(self) -> &'static str {
        match self.bite() {
            Bite::Params(_) => "Authorization response",
            Bite::Subject(_) | Bite::Jwt(Jwt::IdToken, _) => "ID token",
            Bite::Jwt(Jwt::Refreshed, _) | Bite::Json(Doc::Refreshed, _) => "Refresh",
            Bite::Jwt(Jwt::Userinfo, _) | Bite::Json(Doc::Userinfo, _) => "Userinfo",
            Bite::Jwt(Jwt::LogoutToken, _) => "Logout token",
            Bite::Json(Doc::Tokens, _) => "Token endpoint",
            Bite::Json(Doc::Profile, _) => "Odd claims",
            Bite::Json(Doc::Metadata, _) => "Metadata",
            Bite::Jwks(_) => "Keys",
            Bite::Http(endpoint, _) => match endpoint {
                Endpoint::Discovery => "Metadata",
                Endpoint::Jwks => "Keys",
                Endpoint::Token => "Token endpoint",
                Endpoint::Refresh => "Refresh",
                Endpoint::Userinfo => "Userinfo",
                _ => "Other addresses",
            },
        }
    }

    pub(crate) fn spent(self) -> Spent {
        match self.bite() {
            Bite::Json(Doc::Metadata, _) => Spent::At(Endpoint::Discovery),
            Bite::Jwks(_) => Spent::At(Endpoint::Jwks),
            Bite::Jwt(Jwt::LogoutToken, _) => Spent::WithALogoutToken,
            Bite::Http(Endpoint::Token | Endpoint::Refresh | Endpoint::Userinfo, _) => Spent::WithALogIn,
            Bite::Http(endpoint, _) => Spent::At(endpoint),
            _ => Spent::WithALogIn,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_fault_has_a_name_of_its_own_by_which_it_is_found() {
        let names: BTreeSet<_> = Fault::ALL.iter().map(|fault| fault.name()).collect();
        assert_eq!(names.len(), Fault::ALL.len());
        for fault in Fault::ALL {
            assert_eq!(Fault::named(fault.name()), Some(*fault));
        }
        assert_eq!(Fault::named("no_such_fault"), None);
    }

    #[test]
    fn what_is_odd_but_legal_is_marked_and_what_is_wrong_is_not() {
        assert!(Fault::AudArray.is_harmless());
        assert!(Fault::EmailVerifiedTrueString.is_harmless());
        assert!(!Fault::WrongNonce.is_harmless());
        assert!(EVERYDAY.iter().all(|fault| !fault.is_harmless()));
    }

    #[test]
    fn a_label_reads_as_words() {
        assert_eq!(Fault::ExpiredIdToken.label(), "expired ID token");
    }
}
