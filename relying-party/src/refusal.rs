//! Every reason for which something is not believed, one variant each.
//!
//! A refusal carries nothing of what was refused, so it may be logged and shown as it is.

use strum::{IntoStaticStr, VariantArray};

/// Why something was not believed. `Display` is one sentence; [`Refusal::code`] is stable.
#[derive(
    Clone, Copy, Debug, Eq, Hash, IntoStaticStr, PartialEq, PartialOrd, VariantArray, thiserror::Error,
)]
#[strum(serialize_all = "snake_case")]
#[allow(missing_docs, reason = "the sentence of each variant says what it means")]
pub enum Refusal {
    // The authorization response; these come first, see `came_through_the_browser`.
    #[error("A parameter of the provider's answer is there twice.")]
    DuplicateParameter,
    #[error("The provider's answer has no state.")]
    StateMissing,
    #[error("The provider's answer does not say which provider it is from, though it must.")]
    IssMissing,
    #[error("The answer is from another provider than the one that was asked.")]
    IssMismatch,
    #[error("The provider's answer has no code.")]
    CodeMissing,
    #[error("The log-in was cancelled at the provider.")]
    LoginCancelled,
    #[error("The provider wants the person to sign in there first.")]
    LoginRequired,
    #[error("The provider wants to ask the person something first.")]
    InteractionRequired,
    #[error("The provider wants the person's consent first.")]
    ConsentRequired,
    #[error("The provider wants the person to choose an account first.")]
    AccountSelectionRequired,
    #[error("The provider could not authenticate the person as strongly as was asked.")]
    UnmetAuthenticationRequirements,
    #[error("The link with which the log-in began has expired.")]
    LoginLinkExpired,
    #[error("The provider is overloaded or down for maintenance.")]
    TemporarilyUnavailable,
    #[error("The provider met an error of its own.")]
    ServerError,
    #[error("The provider says that our request is invalid.")]
    InvalidRequest,
    #[error("The provider says that our request object or its address is invalid.")]
    InvalidRequestObject,
    #[error("The provider does not let this client ask for a code.")]
    UnauthorizedClient,
    #[error("The provider does not give codes.")]
    UnsupportedResponseType,
    #[error("The provider does not know a scope that we asked for.")]
    InvalidScope,
    #[error("The provider answered with an error.")]
    ProviderError,

    // The token response.
    #[error("The token response cannot be read.")]
    TokenResponseMalformed,
    #[error("The token response has no access token.")]
    AccessTokenMissing,
    #[error("The access token is not a Bearer token.")]
    TokenTypeUnsupported,
    #[error("The token response has no ID token.")]
    IdTokenMissing,

    // Every signed token.
    #[error("The token is larger than 1 MiB.")]
    TokenTooLarge,
    #[error("The token is not a JWS of three parts whose header and claims are JSON objects.")]
    TokenMalformed,
    #[error("The token is encrypted, which is not supported.")]
    TokenEncrypted,
    #[error("A JSON object has the same member twice.")]
    DuplicateMember,
    #[error("The token's typ is that of another kind of token.")]
    TypWrong,
    #[error("The token demands an extension that is not supported (crit).")]
    CritUnsupported,
    #[error("The token is a logout token, not an ID token.")]
    LogoutTokenAsIdToken,
    #[error("The token is not from the expected issuer.")]
    IssuerMismatch,
    #[error("The token names no audience, or not as a text or a list of texts.")]
    AudienceMissing,
    #[error("The token is not meant for this client.")]
    AudienceMismatch,
    #[error("The token is also meant for an audience that is not trusted.")]
    AudienceUntrusted,
    #[error("The token has several audiences and does not say which one it was issued to (azp).")]
    AuthorizedPartyMissing,
    #[error("The token was issued to another client (azp).")]
    AuthorizedPartyMismatch,
    #[error("The token is not signed with the algorithm of this client.")]
    AlgorithmMismatch,
    #[error("None of the provider's keys fits the token.")]
    KeyUnknown,
    #[error("The key is too short: RSA takes 2048 bits, HMAC a secret that is not empty.")]
    KeyTooShort,
    #[error("The signature is wrong.")]
    SignatureInvalid,
    #[error("The token does not say when it expires.")]
    ExpiryMissing,
    #[error("The token has expired.")]
    Expired,
    #[error("The token is not valid yet, or says so in no number.")]
    NotYetValid,
    #[error("The token does not say when it was issued.")]
    IssuedAtMissing,
    #[error("The token was issued in the future: compare the clocks.")]
    IssuedInFuture,
    #[error("The token was issued more than 10 minutes ago.")]
    IssuedTooLongAgo,
    #[error("The token has no nonce.")]
    NonceMissing,
    #[error("The token's nonce is that of another log-in.")]
    NonceMismatch,
    #[error("The ID token came with another access token (at_hash).")]
    AccessTokenHashMismatch,
    #[error("The person was not authenticated in one of the ways that were asked for (acr).")]
    AcrUnmet,
    #[error("The token does not say when the person was authenticated, though that was asked.")]
    AuthTimeMissing,
    #[error("The person was authenticated longer ago than was asked for.")]
    AuthTimeTooOld,
    #[error("The person was authenticated in the future: compare the clocks.")]
    AuthTimeInFuture,
    #[error("The token names no subject.")]
    SubjectMissing,
    #[error("The subject is no readable text of 1 to 255 bytes.")]
    SubjectInvalid,

    // A refreshed ID token.
    #[error("The refreshed ID token is from another issuer than the first.")]
    IssuerChanged,
    #[error("The refreshed ID token is about another person than the first.")]
    SubjectChanged,
    #[error("The refreshed ID token has other audiences than the first.")]
    AudienceChanged,

    // The logout token.
    #[error("The logout token has no back-channel logout event.")]
    LogoutEventMissing,
    #[error("The logout token has a nonce, which is forbidden.")]
    LogoutNoncePresent,
    #[error("The logout token has no id (jti) of 1 to 255 bytes.")]
    JtiMissing,
    #[error("The session id (sid) is no readable text of 1 to 255 bytes.")]
    SidInvalid,
    #[error("The logout token names neither a subject nor a session.")]
    SubjectAndSidMissing,

    // Userinfo.
    #[error("The userinfo answer is no JSON object.")]
    UserinfoMalformed,
    #[error("The userinfo answer names no subject.")]
    UserinfoSubjectMissing,
    #[error("The userinfo answer is about another person.")]
    UserinfoSubjectMismatch,

    // Metadata and keys.
    #[error("The provider's metadata is no JSON object.")]
    MetadataMalformed,
    #[error("The provider's metadata is that of another issuer.")]
    MetadataIssuerMismatch,
    #[error("The provider's metadata names no usable authorization endpoint.")]
    MetadataAuthorizationEndpoint,
    #[error("The provider's metadata names no usable token endpoint.")]
    MetadataTokenEndpoint,
    #[error("The provider's metadata names no usable address of its keys.")]
    MetadataKeysAddress,
    #[error("The provider's keys are no JSON Web Key Set.")]
    KeysMalformed,
}

impl Refusal {
    /// All of them, in the order of the table in the README.
    pub const ALL: &'static [Refusal] = <Refusal as VariantArray>::VARIANTS;

    /// The stable name in snake_case, for pages, logs and tests.
    pub fn code(&self) -> &'static str {
        self.into()
    }

    /// Whether the browser brought what is refused (a parameter, the provider's `error`); all else
    /// the provider answered to us directly.
    pub fn came_through_the_browser(&self) -> bool {
        *self <= Refusal::ProviderError
    }

    /// Whether fetching the keys again might help: the provider may have added a key, or given
    /// an old key id to a new key. The caller bounds how often it does.
    pub fn may_be_stale_keys(&self) -> bool {
        matches!(self, Refusal::KeyUnknown | Refusal::KeyTooShort | Refusal::SignatureInvalid)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_readme_lists_every_refusal_with_its_sentence() {
        let (_, table) = include_str!("../README.md").split_once("## Refusals").unwrap();
        let rows: Vec<&str> = table.lines().skip_while(|line| !line.starts_with("| `")).collect();
        let expected: Vec<String> =
            Refusal::ALL.iter().map(|refusal| format!("| `{}` | {refusal} |", refusal.code())).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn codes_are_snake_case_and_stable() {
        assert_eq!(Refusal::NonceMismatch.code(), "nonce_mismatch");
        assert_eq!(Refusal::ALL.len(), 73);
        let plain = |code: &str| code.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        assert!(Refusal::ALL.iter().all(|refusal| plain(refusal.code())));
    }

    #[test]
    fn the_browser_brings_the_answer_of_the_provider_and_no_token() {
        assert!(Refusal::DuplicateParameter.came_through_the_browser());
        assert!(Refusal::ProviderError.came_through_the_browser());
        assert!(!Refusal::TokenResponseMalformed.came_through_the_browser());
        let many = Refusal::ALL.iter().filter(|r| r.came_through_the_browser()).count();
        assert_eq!(many, 20);
    }

    #[test]
    fn only_faults_of_the_key_may_be_mended_by_another_fetch() {
        let mended: Vec<&str> =
            Refusal::ALL.iter().filter(|r| r.may_be_stale_keys()).map(Refusal::code).collect();
        assert_eq!(mended, ["key_unknown", "key_too_short", "signature_invalid"]);
    }
}
