//! Userinfo (OpenID Connect Core 5.3): plain JSON, or a signed JWT while a fault asks for one.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::core::Core;
use crate::door::{Asked, bearer};
use crate::faults::{Doc, Jwt};
use crate::id_token::profile;
use crate::token::no_store;

/// `GET` and `POST /userinfo`.
pub(crate) async fn userinfo(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let grant = bearer(&asked.call).and_then(|token| core.books.lock().access(token));
    let Some(grant) = grant else {
        let challenge = [(header::WWW_AUTHENTICATE, "Bearer error=\"invalid_token\"")];
        return (StatusCode::UNAUTHORIZED, challenge).into_response();
    };
    let scene = core.scene(&grant.client_id);
    let mut claims = profile(&core, &grant, &asked.in_force);
    asked.in_force.json(Doc::Userinfo, &mut claims, &scene);
    if !asked.in_force.sign_userinfo() {
        return (no_store(), Json(claims)).into_response();
    }
    claims.insert("iss".into(), json!(core.token_issuer()));
    claims.insert("aud".into(), json!(grant.client_id));
    let mut draft = core.draft(claims);
    asked.in_force.jwt(Jwt::Userinfo, &mut draft, &scene);
    let kind = [(header::CONTENT_TYPE, "application/jwt")];
    (no_store(), kind, core.seal(draft, &grant.client_id)).into_response()
}
