//! The one vocabulary of refusals: what a page, a log line and the docs call each of them. Unit variants only,
//! so that nothing of what was refused fits. What a visitor reads is chosen in `app`.

#![warn(missing_docs)]

use serde::{Deserialize, Serialize};
use strum::EnumMessage;

/// Why something was refused. Its text form (`login_expired`) is stable; the documentation of
/// each variant is its [`sentence`](Code::sentence).
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
    strum::EnumMessage,
    strum::IntoStaticStr,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Code {
    // What came through the browser: 400.
    /// No attempt of this browser answers to this `state`.
    LoginUnknown,
    /// The attempt is older than `LOGIN_TTL_SECONDS`.
    LoginExpired,
    /// The attempt was finished before.
    LoginUsed,
    /// The answer came to another provider's address.
    ProviderMismatch,
    /// There is no provider of that name.
    ProviderUnknown,
    /// A parameter or an argument cannot be read.
    ParameterInvalid,
    /// The identity is another user's.
    IdentityTaken,
    /// The identity is the last one of its user.
    IdentityLast,
    /// There is no such invitation, or it does not count any more.
    InvitationUnknown,
    /// The invitation is older than 7 days.
    InvitationExpired,
    /// The invitation was used before.
    InvitationUsed,
    /// A parameter of the provider's answer is there twice.
    DuplicateParameter,
    /// The provider's answer has no state.
    StateMissing,
    /// The provider's answer does not say which provider it is from, though it must.
    IssMissing,
    /// The answer is from another provider than the one that was asked.
    IssMismatch,
    /// The provider's answer has no code.
    CodeMissing,
    /// The log-in was cancelled at the provider.
    LoginCancelled,
    /// The provider wants the person to sign in there first.
    LoginRequired,
    /// The provider wants to ask the person something first.
    InteractionRequired,
    /// The provider wants the person's consent first.
    ConsentRequired,
    /// The provider wants the person to choose an account first.
    AccountSelectionRequired,
    /// The provider could not authenticate the person as strongly as was asked.
    UnmetAuthenticationRequirements,
    /// The link with which the log-in began has expired.
    LoginLinkExpired,
    /// The provider is overloaded or down for maintenance.
    TemporarilyUnavailable,
    /// The provider met an error of its own.
    ServerError,
    /// The provider says that our request is invalid.
    InvalidRequest,
    /// The provider says that our request object or its address is invalid.
    InvalidRequestObject,
    /// The provider does not let this client ask for a code.
    UnauthorizedClient,
    /// The provider does not give codes.
    UnsupportedResponseType,
    /// The provider does not know a scope that we asked for.
    InvalidScope,
    /// The provider answered with an error.
    ProviderError,

    // Who is asking: 401, 403, 429.
    /// Nobody is signed in.
    SignedOut,
    /// Signed in, and not allowed.
    Denied,
    /// The operator shut this user out.
    UserDisabled,
    /// A request from another site.
    CrossSite,
    /// Too many requests from one place.
    TooManyRequests,

    // The provider's answer cannot be read or believed: 502. Those of an ID token in the order of its checks.
    /// The provider did not accept the client: its id, its secret or its key.
    ClientRefused,
    /// The provider did not take the code.
    CodeRefused,
    /// The provider's metadata names an address that we do not call.
    EndpointForbidden,
    /// The provider answered with a status that it should not.
    AnswerUnexpected,
    /// The provider's answer is larger than 1 MiB, or userinfo than 4 MiB.
    AnswerTooLarge,
    /// The token response cannot be read.
    TokenResponseMalformed,
    /// The token response has no access token.
    AccessTokenMissing,
    /// The access token is not a Bearer token.
    TokenTypeUnsupported,
    /// The token response has no ID token.
    IdTokenMissing,
    /// The token is larger than 1 MiB.
    TokenTooLarge,
    /// The token is not a JWS of three parts whose header and claims are JSON objects.
    TokenMalformed,
    /// The token is encrypted, which is not supported.
    TokenEncrypted,
    /// A JSON object has the same member twice.
    DuplicateMember,
    /// The token's typ is that of another kind of token.
    TypWrong,
    /// The token demands an extension that is not supported (crit).
    CritUnsupported,
    /// The token is a logout token, not an ID token.
    LogoutTokenAsIdToken,
    /// The token is not from the expected issuer.
    IssuerMismatch,
    /// The token names no audience, or not as a text or a list of texts.
    AudienceMissing,
    /// The token is not meant for this client.
    AudienceMismatch,
    /// The token is also meant for an audience that is not trusted.
    AudienceUntrusted,
    /// The token has several audiences and does not say which one it was issued to (azp).
    AuthorizedPartyMissing,
    /// The token was issued to another client (azp).
    AuthorizedPartyMismatch,
    /// The token is not signed with the algorithm of this client.
    AlgorithmMismatch,
    /// None of the provider's keys fits the token.
    KeyUnknown,
    /// The key is too short: RSA takes 2048 bits, HMAC a secret that is not empty.
    KeyTooShort,
    /// The signature is wrong.
    SignatureInvalid,
    /// The token does not say when it expires.
    ExpiryMissing,
    /// The token has expired.
    Expired,
    /// The token is not valid yet, or says so in no number.
    NotYetValid,
    /// The token does not say when it was issued.
    IssuedAtMissing,
    /// The token was issued in the future: compare the clocks.
    IssuedInFuture,
    /// The token was issued more than 10 minutes ago.
    IssuedTooLongAgo,
    /// The token has no nonce.
    NonceMissing,
    /// The token's nonce is that of another log-in.
    NonceMismatch,
    /// The ID token came with another access token (at_hash).
    AccessTokenHashMismatch,
    /// The person was not authenticated in one of the ways that were asked for (acr).
    AcrUnmet,
    /// The token does not say when the person was authenticated, though that was asked.
    AuthTimeMissing,
    /// The person was authenticated longer ago than was asked for.
    AuthTimeTooOld,
    /// The person was authenticated in the future: compare the clocks.
    AuthTimeInFuture,
    /// The token names no subject.
    SubjectMissing,
    /// The subject is no readable text of 1 to 255 bytes.
    SubjectInvalid,
    /// The refreshed ID token is from another issuer than the first.
    IssuerChanged,
    /// The refreshed ID token is about another person than the first.
    SubjectChanged,
    /// The refreshed ID token has other audiences than the first.
    AudienceChanged,
    /// The logout token has no back-channel logout event.
    LogoutEventMissing,
    /// The logout token has a nonce, which is forbidden.
    LogoutNoncePresent,
    /// The logout token has no id (jti) of 1 to 255 bytes.
    JtiMissing,
    /// The session id (sid) is no readable text of 1 to 255 bytes.
    SidInvalid,
    /// The logout token names neither a subject nor a session.
    SubjectAndSidMissing,
    /// The userinfo answer is no JSON object.
    UserinfoMalformed,
    /// The userinfo answer names no subject.
    UserinfoSubjectMissing,
    /// The userinfo answer is about another person.
    UserinfoSubjectMismatch,
    /// The provider's metadata is no JSON object.
    MetadataMalformed,
    /// The provider's metadata is that of another issuer.
    MetadataIssuerMismatch,
    /// The provider's metadata names no usable authorization endpoint.
    MetadataAuthorizationEndpoint,
    /// The provider's metadata names no usable token endpoint.
    MetadataTokenEndpoint,
    /// The provider's metadata names no usable address of its keys.
    MetadataKeysAddress,
    /// The provider's keys are no JSON Web Key Set.
    KeysMalformed,

    // Cannot be reached, too slow, or not ready yet: 503.
    /// The provider cannot be reached, is too slow, or says that it cannot answer now.
    ProviderUnavailable,
    /// The database cannot be reached, is too slow, or cannot do what it was asked.
    DatabaseUnavailable,
    /// Users who were here before there was a search are still being taken into it: a file of a list would lack some.
    SearchFilling,

    // The request itself: 404, 405, 413, 415.
    /// There is no page here.
    NotFound,
    /// The address is there, and not for this method.
    MethodNotAllowed,
    /// The request's body is larger than 64 KiB, or a webhook than 1 MiB.
    BodyTooLarge,
    /// The request's body is no form.
    MediaTypeUnsupported,

    // Ours: 500.
    /// The database does not take the record of this one user.
    RecordRefused,
    /// A fault of ours.
    Internal,
}

impl std::error::Error for Code {}

impl Code {
    /// The stable text form.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// One sentence about it, for operators.
    pub fn sentence(self) -> &'static str {
        self.get_documentation().unwrap_or_default()
    }

    /// Whether fetching the provider's keys again might help: it may have added a key, or given an old key id
    /// to a new key. The caller bounds how often it does.
    pub fn may_be_stale_keys(self) -> bool {
        matches!(self, Self::KeyUnknown | Self::KeyTooShort | Self::SignatureInvalid)
    }

    /// The HTTP status of the page that says so.
    pub fn status(self) -> u16 {
        use Code::*;
        match self {
            LoginUnknown | LoginExpired | LoginUsed | ProviderMismatch | ProviderUnknown
            | ParameterInvalid | IdentityTaken | IdentityLast | InvitationUnknown | InvitationExpired
            | InvitationUsed => 400,
            DuplicateParameter
            | StateMissing
            | IssMissing
            | IssMismatch
            | CodeMissing
            | LoginCancelled
            | LoginRequired
            | InteractionRequired
            | ConsentRequired
            | AccountSelectionRequired
            | UnmetAuthenticationRequirements
            | LoginLinkExpired
            | TemporarilyUnavailable
            | ServerError
            | InvalidRequest
            | InvalidRequestObject
            | UnauthorizedClient
            | UnsupportedResponseType
            | InvalidScope
            | ProviderError => 400,
            SignedOut => 401,
            Denied | UserDisabled | CrossSite => 403,
            NotFound => 404,
            MethodNotAllowed => 405,
            BodyTooLarge => 413,
            MediaTypeUnsupported => 415,
            TooManyRequests => 429,
            RecordRefused | Internal => 500,
            ProviderUnavailable | DatabaseUnavailable | SearchFilling => 503,
            _ => 502,
        }
    }
}

#[cfg(test)]
mod tests {
    use strum::IntoEnumIterator;

    use super::*;

    /// The codes from one to another, as they are declared.
    fn from_to(first: Code, last: Code) -> impl Iterator<Item = Code> {
        Code::iter()
            .skip_while(move |code| *code != first)
            .take_while(move |code| *code != last)
            .chain([last])
    }

    #[test]
    fn what_came_through_the_browser_is_400() {
        for code in from_to(Code::LoginUnknown, Code::ProviderError) {
            assert_eq!(code.status(), 400, "{code}");
        }
    }

    #[test]
    fn who_is_asking_is_401_403_or_429() {
        use Code::*;
        let statuses = [SignedOut, Denied, UserDisabled, CrossSite, TooManyRequests].map(Code::status);
        assert_eq!(statuses, [401, 403, 403, 403, 429]);
    }

    #[test]
    fn what_cannot_be_believed_is_502() {
        for code in from_to(Code::ClientRefused, Code::KeysMalformed) {
            assert_eq!(code.status(), 502, "{code}");
        }
    }

    #[test]
    fn what_cannot_be_reached_is_503_and_a_fault_of_ours_is_500() {
        use Code::*;
        let statuses = [ProviderUnavailable, DatabaseUnavailable, SearchFilling, RecordRefused, Internal];
        assert_eq!(statuses.map(Code::status), [503, 503, 503, 500, 500]);
    }

    #[test]
    fn a_request_that_cannot_be_taken_has_the_status_of_its_kind() {
        use Code::*;
        let statuses = [NotFound, MethodNotAllowed, BodyTooLarge, MediaTypeUnsupported].map(Code::status);
        assert_eq!(statuses, [404, 405, 413, 415]);
    }

    #[test]
    fn only_faults_of_the_key_may_be_mended_by_another_fetch() {
        let mended: Vec<Code> = Code::iter().filter(|code| code.may_be_stale_keys()).collect();
        assert_eq!(mended, [Code::KeyUnknown, Code::KeyTooShort, Code::SignatureInvalid]);
    }

    #[test]
    fn every_code_is_one_sentence() {
        for code in Code::iter() {
            let sentence = code.sentence();
            assert!(
                sentence.starts_with(char::is_uppercase) && sentence.ends_with('.'),
                "{code}: {sentence}"
            );
            assert!(!sentence.contains('\n'), "{code}: {sentence}");
        }
        assert_eq!(Code::SubjectMissing.sentence(), "The token names no subject.");
    }

    #[test]
    fn a_code_is_the_same_word_everywhere_and_is_read_back() {
        for code in Code::iter() {
            assert_eq!((code.to_string().as_str(), code.as_str().parse()), (code.as_str(), Ok(code)));
            assert_eq!(serde_json::to_value(code).unwrap(), code.as_str());
        }
        assert_eq!(Code::LoginExpired.as_str(), "login_expired");
    }
}
