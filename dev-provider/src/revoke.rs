//! Token revocation (RFC 7009): access or refresh token, and with it the whole grant.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::client_auth::client_of;
use crate::core::Core;
use crate::door::Asked;
use crate::token::{no_store, refuse};

/// `POST /revoke`. An unknown token is no error (RFC 7009 2.2).
pub(crate) async fn revoke(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let client = match client_of(&core, &asked.call) {
        Ok(client) => client,
        Err(why) => return refuse("invalid_client", why),
    };
    let token = asked.call.form.text("token");
    let mut books = core.books.lock();
    let grant = books.refresh(token).cloned().or_else(|| books.access(token));
    if let Some(grant) = grant.filter(|grant| grant.client_id == client.id) {
        books.revoke(&grant.id);
    }
    (StatusCode::OK, no_store()).into_response()
}
