//! What SCIM answers to a request that it refuses (RFC 7644 3.12).

use serde_json::{Value as Json, json};

/// The detail error keyword of a 400 or 409 (RFC 7644, table 9).
#[derive(Clone, Copy, Debug, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "camelCase")]
pub enum ScimType {
    /// The filter cannot be read, or compares what cannot be compared.
    InvalidFilter,
    /// The path of a PATCH cannot be read.
    InvalidPath,
    /// The body is not the message that it should be.
    InvalidSyntax,
    /// A required value is missing, or a value is not of its attribute's type.
    InvalidValue,
    /// The attribute may not be changed or removed.
    Mutability,
    /// The path of a PATCH selects nothing.
    NoTarget,
    /// Another resource has this value already.
    Uniqueness,
}

/// A refused request: its status, and a stable code with a sentence for whoever runs the client. It repeats
/// nothing of the request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {detail}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// Only with 400 and 409.
    pub scim_type: Option<ScimType>,
    /// Stable, for programs.
    pub code: &'static str,
    /// What is wrong, and what to do.
    pub detail: &'static str,
}

impl Error {
    const fn refused(scim_type: ScimType, code: &'static str, detail: &'static str) -> Self {
        Self { status: 400, scim_type: Some(scim_type), code, detail }
    }

    /// 401.
    pub const UNAUTHORIZED: Self =
        Self::plain(401, "unauthorized", "the bearer token is missing or is not this provider's");
    /// 404.
    pub const NOT_FOUND: Self = Self::plain(404, "not_found", "there is no such resource");
    /// 405, on a discovery address.
    pub const NOT_ALLOWED: Self = Self::plain(405, "method_not_allowed", "this address can only be read");
    /// 412: `If-Match` names another version.
    pub const STALE: Self = Self::plain(412, "stale", "the user has changed since; read it again");
    /// 413.
    pub const TOO_LARGE: Self = Self::plain(413, "too_large", "the request is larger than is taken");
    /// 501: Bulk, `.search`, `/Me`.
    pub const NOT_IMPLEMENTED: Self =
        Self::plain(501, "not_implemented", "not supported; see /ServiceProviderConfig");
    /// 409: the person was erased here.
    pub const ERASED: Self = Self::plain(
        409,
        "erased",
        "this person was erased here, and only a log-in of their own makes them again",
    );
    /// 403: the provider is retired.
    pub const RETIRED: Self = Self::plain(
        403,
        "retired",
        "this provider is retired here: its users are followed as far as they are known, and it makes none",
    );
    /// 503: the guard against mass deletion holds what was asked.
    pub const HELD: Self =
        Self::plain(503, "held", "too many users would lose their access; the operator must release this");

    /// 403: the guard held what was asked, and the operator threw that away.
    pub const DROPPED: Self = Self::plain(
        403,
        "dropped",
        "too many users would have lost their access, and the operator decided that this one stays",
    );

    /// For a refusal that is not about the resource's content.
    pub const fn plain(status: u16, code: &'static str, detail: &'static str) -> Self {
        Self { status, scim_type: None, code, detail }
    }

    /// 409: the reference or the user name is another's.
    pub const fn taken() -> Self {
        let detail = "another user has this value already";
        Self { status: 409, ..Self::refused(ScimType::Uniqueness, "uniqueness", detail) }
    }

    pub(crate) const fn filter(detail: &'static str) -> Self {
        Self::refused(ScimType::InvalidFilter, "invalid_filter", detail)
    }

    pub(crate) const fn path(detail: &'static str) -> Self {
        Self::refused(ScimType::InvalidPath, "invalid_path", detail)
    }

    pub(crate) const fn syntax(detail: &'static str) -> Self {
        Self::refused(ScimType::InvalidSyntax, "invalid_syntax", detail)
    }

    pub(crate) const fn value(detail: &'static str) -> Self {
        Self::refused(ScimType::InvalidValue, "invalid_value", detail)
    }

    pub(crate) const fn mutability(detail: &'static str) -> Self {
        Self::refused(ScimType::Mutability, "mutability", detail)
    }

    pub(crate) const fn no_target(detail: &'static str) -> Self {
        Self::refused(ScimType::NoTarget, "no_target", detail)
    }

    /// The body of the answer. The status is a text, as RFC 7644 3.12 wants it.
    pub fn body(&self) -> Json {
        let mut body = json!({
            "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
            "status": self.status.to_string(),
            "detail": self.to_string(),
        });
        if let Some(scim_type) = self.scim_type {
            body["scimType"] = json!(scim_type.to_string());
        }
        body
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_is_the_body_that_clients_read() {
        assert_eq!(
            Error::taken().body(),
            json!({
                "schemas": ["urn:ietf:params:scim:api:messages:2.0:Error"],
                "status": "409",
                "scimType": "uniqueness",
                "detail": "uniqueness: another user has this value already",
            })
        );
    }

    #[test]
    fn an_error_that_is_not_about_the_resource_has_no_scim_type() {
        let body = Error::plain(404, "not_found", "there is no such user").body();
        assert_eq!((&body["status"], body.get("scimType")), (&json!("404"), None));
    }
}
