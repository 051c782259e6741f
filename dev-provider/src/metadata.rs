//! The discovery document and the keys.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::response::{IntoResponse, Response};
use axum::{Extension, Json};
use serde_json::{Value, json};

use crate::core::Core;
use crate::door::Asked;
use crate::faults::Doc;

/// `GET /.well-known/openid-configuration`.
pub(crate) async fn discovery(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let document = document(&core);
    let mut members = document.as_object().cloned().unwrap_or_default();
    asked.in_force.json(Doc::Metadata, &mut members, &core.scene(""));
    Json(members).into_response()
}

/// `GET /{tenant}/v2.0/.well-known/openid-configuration`, as Microsoft Entra ID has it: a tenant's own metadata
/// names the tenant's issuer, and those that stand for any tenant name a template.
pub(crate) async fn of_tenant(
    State(core): State<Arc<Core>>,
    Path(tenant): Path<String>,
    Extension(asked): Extension<Asked>,
) -> Response {
    let any = ["common", "organizations", "consumers"].contains(&tenant.as_str());
    let document = document(&core);
    let mut members = document.as_object().cloned().unwrap_or_default();
    members.insert("issuer".into(), core.issuer_of(if any { "{tenantid}" } else { &tenant }).into());
    members.remove("authorization_response_iss_parameter_supported");
    asked.in_force.json(Doc::Metadata, &mut members, &core.scene(""));
    Json(members).into_response()
}

/// `GET /jwks`.
pub(crate) async fn jwks(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let signing = core.signing.lock().clone();
    let mut keys = vec![signing.keys.public_jwk(signing.algorithm)];
    asked.in_force.jwks(&mut keys);
    Json(json!({"keys": keys})).into_response()
}

/// OpenID Connect Discovery 3, RP-Initiated Logout 2.1, Back-Channel Logout 2.1, RFC 8414,
/// RFC 9207. Pushed requests are advertised by a fault only, for they would hide the
/// authorization request from whoever learns by reading its URL.
fn document(core: &Core) -> Value {
    let at = |path: &str| format!("{}{path}", core.base);
    json!({
        "issuer": core.issuer,
        "authorization_endpoint": at("/authorize"),
        "token_endpoint": at("/token"),
        "userinfo_endpoint": at("/userinfo"),
        "jwks_uri": at("/jwks"),
        "end_session_endpoint": at("/logout"),
        "revocation_endpoint": at("/revoke"),
        "scopes_supported": ["openid", "profile", "email", "phone", "address", "offline_access", "offline"],
        "response_types_supported": ["code"],
        "response_modes_supported": ["query", "form_post"],
        "grant_types_supported": ["authorization_code", "refresh_token"],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": [core.signing.lock().algorithm.name()],
        "token_endpoint_auth_methods_supported":
            ["client_secret_basic", "client_secret_post", "private_key_jwt", "none"],
        "token_endpoint_auth_signing_alg_values_supported": ["RS256", "PS256", "ES256", "EdDSA"],
        "code_challenge_methods_supported": ["S256"],
        "prompt_values_supported": ["none", "login", "select_account", "create"],
        "claims_supported": ["sub", "name", "given_name", "family_name", "email", "email_verified", "picture"],
        "claims_parameter_supported": false,
        "request_parameter_supported": false,
        "request_uri_parameter_supported": false,
        "authorization_response_iss_parameter_supported": true,
        "backchannel_logout_supported": true,
        "backchannel_logout_session_supported": true,
    })
}
