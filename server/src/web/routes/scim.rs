//! SCIM 2.0 (RFC 7644) at `/scim/v2/{provider}/…`: the users that a provider's client keeps here. What may be asked and
//! what it means is `formats::scim`'s; whose it is and what becomes of it is the directory's.

mod answer;
mod list;
mod realm;
mod users;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::response::Response;
use formats::scim::{self, Error};
use http::{HeaderMap, Method, header};
use identity::{Code, StoreError, Timestamp};

use crate::Shared;
use crate::web::refusal::Judged;

pub(crate) use realm::{Realm, realms};

/// Where all of it is.
pub(crate) const ROOT: &str = "/scim/v2";

/// A request that was let in.
struct Asked<'a> {
    shared: &'a Shared,
    realm: &'a Realm,
    now: Timestamp,
    method: Method,
    headers: HeaderMap,
    query: String,
    body: Bytes,
}

/// Why something is not done.
enum Failure {
    /// As the client's fault, or by the guard.
    Refused(Error),
    /// The database cannot say.
    Store(StoreError),
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        Self::Refused(error)
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The base address of a provider.
pub(crate) async fn base(state: State<Shared>, Path(provider): Path<String>, request: Request) -> Response {
    answered(&state, &provider, "", request).await
}

/// Any address below it.
pub(crate) async fn below(
    state: State<Shared>,
    Path((provider, rest)): Path<(String, String)>,
    request: Request,
) -> Response {
    answered(&state, &provider, &rest, request).await
}

/// A refusal that a layer made, as SCIM has it.
pub(crate) fn refused(code: Code) -> Response {
    let plain = |code: &'static str, status, detail| Error::plain(status, code, detail);
    let error = match code {
        Code::NotFound => Error::NOT_FOUND,
        Code::BodyTooLarge => Error::TOO_LARGE,
        Code::MethodNotAllowed => Error::NOT_ALLOWED,
        Code::DatabaseUnavailable => {
            plain("database_unavailable", 503, "the database does not answer; try again")
        }
        Code::TooManyRequests => {
            plain("too_many_requests", 429, "too much from here had no valid token; try again later")
        }
        Code::Internal => plain("internal", 500, "something went wrong here; the log has more"),
        other => plain(other.as_str(), other.status(), "the request cannot be read"),
    };
    answer::error(&error)
}

async fn answered(shared: &Shared, provider: &str, rest: &str, request: Request) -> Response {
    let Some(realm) = shared.web.scim.iter().find(|realm| realm.provider == provider) else {
        return answer::error(&Error::NOT_FOUND);
    };
    let (parts, body) = request.into_parts();
    if !realm.lets_in(&parts.headers) {
        let not_theirs = Judged::NotTheirs { provider: provider.to_owned(), code: Error::UNAUTHORIZED.code };
        return not_theirs.on(answer::error(&Error::UNAUTHORIZED));
    }
    // Its size was judged before (`body`).
    let Ok(body) = to_bytes(body, usize::MAX).await else { return refused(Code::ParameterInvalid) };
    let asked = Asked {
        shared,
        realm,
        now: shared.ports.world.now(),
        method: parts.method,
        headers: parts.headers,
        query: parts.uri.query().unwrap_or_default().to_owned(),
        body,
    };
    Judged::Proved.on(match route(&asked, rest).await {
        Ok(response) => response,
        Err(Failure::Refused(error)) => {
            tracing::info!(provider, code = error.code, status = error.status, "SCIM request refused");
            answer::error(&error)
        }
        Err(Failure::Store(error)) => {
            tracing::error!(provider, code = %error.code(), error = &error as &dyn std::error::Error, "SCIM request failed");
            refused(error.code())
        }
    })
}

/// Which address answers what. A slash too many is passed over.
async fn route(asked: &Asked<'_>, rest: &str) -> Result<Response, Failure> {
    let segments: Vec<&str> = rest.split('/').filter(|segment| !segment.is_empty()).collect();
    let reads = matches!(asked.method, Method::GET | Method::HEAD);
    let base = asked.realm.base.as_str();
    match segments[..] {
        ["Bulk" | "Me", ..] | [.., ".search"] => Err(Error::NOT_IMPLEMENTED.into()),
        ["ServiceProviderConfig"] if reads => Ok(answer::json(200, &scim::service_provider_config(base))),
        ["ResourceTypes"] if reads => Ok(answer::json(200, &scim::resource_types(base))),
        ["ResourceTypes", "User"] if reads => Ok(answer::json(200, &scim::resource_type(base))),
        ["Schemas"] if reads => Ok(answer::json(200, &scim::schemas(base, asked.realm.attribute))),
        ["Schemas", schema] if reads && schema.eq_ignore_ascii_case(scim::USER) => {
            Ok(answer::json(200, &scim::schema(base, asked.realm.attribute)))
        }
        ["ServiceProviderConfig" | "ResourceTypes" | "Schemas", ..] if !reads => {
            Ok(answer::not_allowed(&Error::NOT_ALLOWED, "GET, HEAD"))
        }
        ["Users"] => match asked.method {
            _ if reads => list::list(asked).await,
            Method::POST => users::create(asked).await,
            _ => Ok(answer::not_allowed(&NOT_HERE, "GET, HEAD, POST")),
        },
        ["Users", id] => match asked.method {
            _ if reads => users::read(asked, id).await,
            Method::PUT => users::replace(asked, id).await,
            Method::PATCH => users::patch(asked, id).await,
            Method::DELETE => users::delete(asked, id).await,
            _ => Ok(answer::not_allowed(&NOT_HERE, "GET, HEAD, PUT, PATCH, DELETE")),
        },
        _ => Err(Error::NOT_FOUND.into()),
    }
}

const NOT_HERE: Error = Error::plain(
    405,
    "method_not_allowed",
    "this address does not take this method; Allow lists those it takes",
);

impl Asked<'_> {
    /// The body, which must be JSON.
    fn json(&self) -> Result<serde_json::Value, Error> {
        let kind = self.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        let kind = kind.map(|kind| kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase());
        match kind.as_deref() {
            None | Some("" | scim::CONTENT_TYPE | "application/json") => scim::body(&self.body),
            Some(_) => Err(Error::plain(
                415,
                "media_type_unsupported",
                "the body must be application/scim+json or application/json",
            )),
        }
    }
}
