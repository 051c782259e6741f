//! What can go wrong, with its typed source. Each error has a stable [`Code`]; the words are the app's.

use crate::Code;

type Source = Box<dyn std::error::Error + Send + Sync>;

/// The database cannot do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be reached, is too slow, stayed contended for too long, or cannot write: try again.
    #[error("the database cannot be used")]
    Unavailable(#[source] Source),
    /// It does not take this record, such as one that is too large for it; another may be taken.
    #[error("the database does not take this record")]
    RecordRefused(#[source] Source),
    /// It answered something that we did not write.
    #[error("the database holds something unreadable")]
    Unreadable(#[source] Source),
}

/// The provider refused, does not answer, or is not believed.
#[derive(Debug, thiserror::Error)]
#[error("provider {provider}: {code}")]
pub struct ProviderError {
    /// The provider's name in the settings.
    pub provider: String,
    /// The stable code.
    pub code: Code,
    /// Free of tokens, codes and secrets.
    #[source]
    pub source: Option<Source>,
}

/// Why a log-in, a viewer or a log-out was refused.
#[derive(Debug, thiserror::Error)]
pub enum LoginError {
    /// By us.
    #[error("refused: {0}")]
    Refused(Code),
    /// By the provider, or because of it.
    #[error(transparent)]
    Provider(#[from] ProviderError),
    /// The database cannot say.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl StoreError {
    /// The database cannot be used, because of this.
    pub fn unavailable(source: impl Into<Source>) -> Self {
        Self::Unavailable(source.into())
    }

    /// The database does not take the record, because of this.
    pub fn record_refused(source: impl Into<Source>) -> Self {
        Self::RecordRefused(source.into())
    }

    /// The database holds something unreadable, namely this.
    pub fn unreadable(source: impl Into<Source>) -> Self {
        Self::Unreadable(source.into())
    }

    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Unavailable(_) => Code::DatabaseUnavailable,
            Self::RecordRefused(_) => Code::RecordRefused,
            Self::Unreadable(_) => Code::Internal,
        }
    }
}

impl LoginError {
    /// The stable code.
    pub fn code(&self) -> Code {
        match self {
            Self::Refused(code) => *code,
            Self::Provider(error) => error.code,
            Self::Store(error) => error.code(),
        }
    }

    /// The provider that it is about, where one is.
    pub fn provider(&self) -> Option<&str> {
        match self {
            Self::Provider(error) => Some(&error.provider),
            _ => None,
        }
    }
}

impl From<Code> for LoginError {
    fn from(code: Code) -> Self {
        Self::Refused(code)
    }
}

#[cfg(test)]
mod tests {
    use std::error::Error;

    use super::*;

    fn provider() -> LoginError {
        ProviderError { provider: "main".into(), code: Code::KeyUnknown, source: Some("why".into()) }.into()
    }

    #[test]
    fn every_error_has_its_stable_code() {
        let of = |error: StoreError| LoginError::from(error).code();
        assert_eq!(of(StoreError::unavailable("down")), Code::DatabaseUnavailable);
        assert_eq!(of(StoreError::unreadable("odd")), Code::Internal);
        assert_eq!(of(StoreError::record_refused("large")), Code::RecordRefused);
        assert_eq!(LoginError::from(Code::LoginUsed).code(), Code::LoginUsed);
        assert_eq!(provider().code(), Code::KeyUnknown);
    }

    #[test]
    fn only_a_providers_error_is_about_a_provider() {
        assert_eq!(provider().provider(), Some("main"));
        assert_eq!(LoginError::from(StoreError::unavailable("down")).provider(), None);
        assert_eq!(LoginError::from(Code::LoginUsed).provider(), None);
    }

    #[test]
    fn the_typed_source_is_kept() {
        assert_eq!(provider().source().unwrap().to_string(), "why");
        assert_eq!(StoreError::unavailable("down").source().unwrap().to_string(), "down");
    }
}
