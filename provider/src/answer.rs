//! What an answer of the provider means when it is not the one that was hoped for.

use identity::{Code, ProviderError};
use relying_party::TokenError;

use super::cache::Problem;
use super::http::{Answer, Failure};

impl From<Code> for Problem {
    fn from(code: Code) -> Self {
        Self { code, sentence: code.sentence().to_owned() }
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        let code = match failure {
            Failure::Forbidden(_) => Code::EndpointForbidden,
            Failure::Unreachable(_) | Failure::Broken(_) => Code::ProviderUnavailable,
            Failure::Encoding | Failure::Token => Code::AnswerUnexpected,
            Failure::TooLarge(_) => Code::AnswerTooLarge,
        };
        Self { code, sentence: failure.to_string() }
    }
}

impl Problem {
    pub(super) fn at(self, provider: &str) -> ProviderError {
        ProviderError { provider: provider.to_owned(), code: self.code, source: Some(Box::new(self)) }
    }

    /// What is being asked for, before the sentence.
    pub(super) fn during(self, what: &str) -> Self {
        Self { sentence: format!("{what}: {}", self.sentence), ..self }
    }
}

impl Answer {
    /// The answer, if its status is 200 or 201.
    pub(super) fn ok(self) -> Result<Self, Problem> {
        match self.status {
            200 | 201 => Ok(self),
            429 | 503 | 504 => Err(Problem {
                code: Code::ProviderUnavailable,
                sentence: format!("the provider answers {}", self.status),
            }),
            status => Err(Problem {
                code: Code::AnswerUnexpected,
                sentence: format!("the provider answers {status} where 200 is due"),
            }),
        }
    }

    /// As [`Answer::ok`], for endpoints that say in RFC 6749 5.2's words what is wrong.
    pub(super) fn ok_or_oauth_error(self) -> Result<Self, Problem> {
        if !matches!(self.status, 400 | 401) {
            return self.ok();
        }
        let error = relying_party::token_error(&self.body);
        let code = match error {
            TokenError::InvalidClient | TokenError::UnauthorizedClient => Code::ClientRefused,
            TokenError::InvalidGrant => Code::CodeRefused,
            _ if self.status == 401 => Code::ClientRefused,
            _ => Code::AnswerUnexpected,
        };
        Err(Problem { code, sentence: format!("the provider answers {}: {error:?}", self.status) })
    }
}
