//! Pushed authorization requests (RFC 9126).

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::client_auth::client_of;
use crate::core::Core;
use crate::door::Asked;
use crate::keys::random;
use crate::request::{Refused, Request};
use crate::token::{no_store, refuse};

/// `POST /par`: checked now, used once at `/authorize`.
pub(crate) async fn push(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let client = match client_of(&core, &asked.call) {
        Ok(client) => client,
        Err(why) => return refuse("invalid_client", why),
    };
    let mut params = asked.call.form.clone();
    // A client that authenticates by header or assertion need not repeat its id.
    params.set("client_id", client.id);
    if params.get("request_uri").is_some() {
        return refuse("invalid_request", "request_uri must not be pushed");
    }
    let checked = Request::check(&core.clients.lock(), &params);
    match checked {
        Err(Refused::Here(why)) => refuse("invalid_request", &why),
        Err(Refused::ToClient(_, error, why)) => refuse(error, &why),
        Ok(_) => {
            let uri = random("urn:ietf:params:oauth:request_uri:");
            core.books.lock().pushed.insert(&*uri, params);
            let body = json!({"request_uri": uri, "expires_in": 60});
            (StatusCode::CREATED, no_store(), Json(body)).into_response()
        }
    }
}
