//! The stable codes of every refusal: what a page, a log line and the docs call it. Unit variants only, so
//! that nothing secret fits.

use serde::{Deserialize, Serialize};

/// Why something was refused. Its text form (`login_expired`) is stable.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    Hash,
    Serialize,
    Deserialize,
    strum::Display,
    strum::EnumString,
    strum::EnumIter,
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
    /// A parameter is missing.
    ParameterMissing,
    /// A parameter was given twice.
    ParameterRepeated,
    /// A parameter cannot be read.
    ParameterInvalid,
    /// There is no provider of that name.
    ProviderUnknown,
    /// `iss` of the answer names another provider, RFC 9207.
    ResponseIssuer,
    /// The visitor pressed Cancel.
    LoginCancelled,
    /// The provider wants the visitor to act first (`login_required`, `interaction_required`, …).
    LoginRequired,
    /// The provider refused the request.
    ProviderRefused,
    /// The identity is another user's.
    IdentityTaken,
    // Who is asking: 401, 403.
    /// Nobody is signed in.
    SignedOut,
    /// Signed in, and not allowed.
    Denied,
    /// The operator shut this user out.
    UserDisabled,
    /// A request from another site.
    CrossSite,
    /// Too many requests: 429.
    TooManyRequests,
    // The provider's answer cannot be read or believed: 502.
    /// The settings and the provider disagree about the client.
    ClientRefused,
    /// The provider did not take the code.
    CodeRefused,
    MetadataInvalid,
    MetadataIssuer,
    KeysInvalid,
    AnswerInvalid,
    AnswerTooLarge,
    EndpointForbidden,
    IdTokenMissing,
    TokenType,
    TokenMalformed,
    TokenHeader,
    IssuerMismatch,
    AudienceMismatch,
    AuthorizedParty,
    AlgorithmMismatch,
    KeyUnknown,
    SignatureInvalid,
    TokenExpired,
    TokenNotYetValid,
    TokenIssuedAt,
    NonceMismatch,
    AccessTokenHash,
    AcrMismatch,
    AuthTimeMismatch,
    SubjectInvalid,
    UserinfoInvalid,
    UserinfoSubject,
    // Cannot be reached, or too slow: 503.
    ProviderUnavailable,
    DatabaseUnavailable,
    // Ours: 404, 500.
    NotFound,
    Internal,
}

impl Code {
    /// The stable text form.
    pub fn as_str(self) -> &'static str {
        self.into()
    }

    /// The HTTP status of the page that says so.
    pub fn status(self) -> u16 {
        use Code::*;
        match self {
            LoginUnknown | LoginExpired | LoginUsed | ProviderMismatch | ParameterMissing
            | ParameterRepeated | ParameterInvalid | ProviderUnknown | ResponseIssuer | LoginCancelled
            | LoginRequired | ProviderRefused | IdentityTaken => 400,
            SignedOut => 401,
            Denied | UserDisabled | CrossSite => 403,
            NotFound => 404,
            TooManyRequests => 429,
            Internal => 500,
            ProviderUnavailable | DatabaseUnavailable => 503,
            _ => 502,
        }
    }
}
