//! SCIM 2.0 (RFC 7643, RFC 7644): the resource `User` as it is sent, kept and answered, what it means as claims,
//! and what may be asked and changed. Requests come in parts (a body, a query, a path); answers are JSON.

mod attribute;
mod claims;
mod discovery;
mod error;
mod filter;
mod list;
mod patch;
mod projection;
mod resource;
mod schema;

pub use claims::{from_claims, heard, heard_of_patch};
pub use discovery::{resource_type, resource_types, schema, schemas, service_provider_config};
pub use error::{Error, ScimType};
pub use filter::{Filter, Operator, Path};
pub use list::{Page, Part, Query, Selection, SortOrder};
pub use patch::{Patched, patch};
pub use projection::Projection;
pub use resource::{Meta, Resource, Shown, if_match, version};

/// The core schema of users (RFC 7643 4.1).
pub const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";

/// The content type of all answers. Requests may also be `application/json`.
pub const CONTENT_TYPE: &str = "application/scim+json";

/// Reads the body of a request.
///
/// # Errors
/// `invalidSyntax` where it is no JSON, 413 where it is of more parts than are looked at.
pub fn body(bytes: &[u8]) -> Result<serde_json::Value, Error> {
    let body = serde_json::from_slice(bytes).map_err(|_| Error::syntax("the body is no JSON"))?;
    resource::bounded(&body)?;
    Ok(body)
}

/// The attribute that is the reference (`OIDC_SCIM_SUBJECT`).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::EnumString, strum::IntoStaticStr)]
#[strum(serialize_all = "camelCase")]
pub enum Reference {
    /// The default.
    #[default]
    ExternalId,
    /// For clients that keep an id of their own in `externalId`.
    UserName,
}

impl Reference {
    /// The attribute's name.
    pub fn attribute(self) -> &'static str {
        self.into()
    }
}
