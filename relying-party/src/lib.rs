//! What an OpenID Connect relying party may believe, as pure functions:
//! `(bytes, what is expected, now) -> Result<Claims, Code>`.
//!
//! Nothing here reads the network, the clock, a file or a random number, and nothing knows users
//! or sessions. Times are whole seconds since the Unix epoch. Protocol claims are read strictly;
//! whatever else a provider says of a person is handed on as the JSON it is.

#![warn(missing_docs)]

mod algorithm;
mod audience;
mod callback;
mod claims;
mod clock;
mod id_token;
mod issuer;
mod json;
mod jws;
mod keys;
mod logout_token;
mod metadata;
mod pushed_token;
mod record;
mod subject;
#[cfg(test)]
mod test_tokens;
mod text;
mod token_response;
mod userinfo;

pub use algorithm::{Algorithm, UnknownAlgorithm};
pub use audience::AudienceRule;
pub use callback::{Callback, CallbackExpected, authorization_response, state_of};
pub use claims::unverified_claims;
pub use id_token::{Expected, IdToken, PreviousToken, id_token};
pub use issuer::is_issuer;
pub use keys::Keys;
pub use logout_token::{LogoutExpected, LogoutToken, logout_token};
pub use metadata::Metadata;
pub use pushed_token::{security_event_token, webhook_token};
pub use record::{record, records};
pub use refusal::Code;
pub use token_response::{TokenError, TokenResponse, token_error, token_response};
pub use userinfo::userinfo;

/// The README's example is compiled and run.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
