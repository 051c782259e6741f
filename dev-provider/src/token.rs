//! The token endpoint: codes for tokens, refresh tokens for newer ones (OpenID Connect
//! Core 3.1.3 and 12, RFC 7636).

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use ring::digest::{SHA256, digest};
use serde_json::{Map, Value, json};

use crate::books::Grant;
use crate::client_auth::client_of;
use crate::core::Core;
use crate::door::Asked;
use crate::faults::{Doc, InForce, Jwt};
use crate::id_token::id_token;
use crate::keys::b64;
use crate::params::Params;
use crate::settings::Client;

/// An OAuth error and a sentence (RFC 6749 5.2).
type Refused = (&'static str, &'static str);

/// `POST /token`.
pub(crate) async fn exchange(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let answer = match client_of(&core, &asked.call) {
        Err(why) => Err(("invalid_client", why)),
        Ok(client) => grant(&core, &client, &asked),
    };
    match answer {
        Ok(tokens) => (no_store(), Json(tokens)).into_response(),
        Err((error, why)) => refuse(error, why),
    }
}

/// An error as the token endpoint and its neighbours send it.
pub(crate) fn refuse(error: &str, why: &str) -> Response {
    let status = match error {
        "invalid_client" => StatusCode::UNAUTHORIZED,
        _ => StatusCode::BAD_REQUEST,
    };
    let body = json!({"error": error, "error_description": why});
    let mut response = (status, no_store(), Json(body)).into_response();
    if status == StatusCode::UNAUTHORIZED {
        let realm = header::HeaderValue::from_static("Basic realm=\"dev-provider\"");
        response.headers_mut().insert(header::WWW_AUTHENTICATE, realm);
    }
    response
}

pub(crate) fn no_store() -> [(header::HeaderName, &'static str); 1] {
    [(header::CACHE_CONTROL, "no-store")]
}

fn grant(core: &Core, client: &Client, asked: &Asked) -> Result<Map<String, Value>, Refused> {
    let form = &asked.call.form;
    if form.repeated().is_some() {
        return Err(("invalid_request", "a parameter is repeated"));
    }
    match form.text("grant_type") {
        "authorization_code" => by_code(core, client, form, &asked.in_force),
        "refresh_token" => by_refresh_token(core, client, form, &asked.in_force),
        _ => Err(("unsupported_grant_type", "the grant_type is another one")),
    }
}

fn by_code(
    core: &Core,
    client: &Client,
    form: &Params,
    in_force: &InForce,
) -> Result<Map<String, Value>, Refused> {
    let grant = core.books.lock().redeem(form.text("code"));
    let grant = grant.ok_or(("invalid_grant", "the code is unknown, used or too old"))?;
    if grant.client_id != client.id {
        return Err(("invalid_grant", "the code is another client's"));
    }
    if form.get("redirect_uri") != Some(&grant.redirect_uri) {
        return Err(("invalid_grant", "the redirect_uri is another one"));
    }
    if b64(digest(&SHA256, form.text("code_verifier").as_bytes())) != grant.challenge {
        return Err(("invalid_grant", "the code_verifier does not fit"));
    }
    let mut tokens = issue(core, &grant, Jwt::IdToken, in_force);
    in_force.json(Doc::Tokens, &mut tokens, &core.scene(&client.id));
    Ok(tokens)
}

fn by_refresh_token(
    core: &Core,
    client: &Client,
    form: &Params,
    in_force: &InForce,
) -> Result<Map<String, Value>, Refused> {
    let token = form.text("refresh_token");
    let known = core.books.lock().refresh(token).cloned();
    if known.is_some_and(|grant| grant.client_id != client.id) {
        return Err(("invalid_grant", "the refresh token is another client's"));
    }
    let grant = core.books.lock().rotate(token);
    let grant = grant.ok_or(("invalid_grant", "the refresh token is unknown or used"))?;
    let mut tokens = issue(core, &grant, Jwt::Refreshed, in_force);
    in_force.json(Doc::Refreshed, &mut tokens, &core.scene(&client.id));
    if !tokens.contains_key("refresh_token") {
        core.books.lock().unrotate(token);
    }
    Ok(tokens)
}

fn issue(core: &Core, grant: &Arc<Grant>, which: Jwt, in_force: &InForce) -> Map<String, Value> {
    let access = access_token(core, grant);
    let mut tokens = json!({
        "access_token": access,
        "token_type": "Bearer",
        "expires_in": core.access_lifetime.lock().as_secs(),
        "scope": grant.scope,
        "id_token": id_token(core, grant, &access, which, in_force),
    });
    // Kinde knows the scope as `offline`.
    let scopes = &mut grant.scope.split(' ');
    if scopes.any(|scope| scope == "offline_access" || scope == "offline") {
        tokens["refresh_token"] = json!(core.books.lock().issue_refresh(grant));
    }
    tokens.as_object().cloned().unwrap_or_default()
}

/// Opaque, but for people whose provider says more in it.
fn access_token(core: &Core, grant: &Arc<Grant>) -> String {
    let said = core.person(&grant.subject).access_claims;
    let opaque = core.books.lock().issue_access(grant);
    if said.is_empty() {
        return opaque;
    }
    let now = core.scene(&grant.client_id).now;
    let mut claims = said;
    let stated = json!({
        "iss": core.token_issuer(),
        "sub": grant.subject,
        "aud": [],
        "azp": grant.client_id,
        "scp": grant.scope.split(' ').collect::<Vec<_>>(),
        "iat": now,
        "exp": now + core.access_lifetime.lock().as_secs() as i64,
        "jti": opaque,
    });
    claims.extend(stated.as_object().cloned().unwrap_or_default());
    let token = core.seal(core.draft(claims), &grant.client_id);
    core.books.lock().keep_access(grant, &token);
    token
}
