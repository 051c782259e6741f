//! The ID token, and the claims that it shares with userinfo.

use ring::digest::{SHA256, SHA384, SHA512, digest};
use serde_json::{Map, Value, json};

use crate::books::Grant;
use crate::core::Core;
use crate::faults::{Doc, InForce, Jwt};
use crate::keys::{Algorithm, b64, random};

/// An hour, as long as Kinde's.
const LIFETIME: i64 = 3600;

/// Claims that come only with a scope (OpenID Connect Core 5.4). Others come always.
const SCOPED: [(&str, &[&str]); 4] = [
    (
        "profile",
        &[
            "name",
            "family_name",
            "given_name",
            "middle_name",
            "nickname",
            "preferred_username",
            "profile",
            "picture",
            "website",
            "gender",
            "birthdate",
            "zoneinfo",
            "locale",
            "updated_at",
        ],
    ),
    ("email", &["email", "email_verified"]),
    ("address", &["address"]),
    ("phone", &["phone_number", "phone_number_verified"]),
];

/// The signed ID token of a log-in or, where `which` says so, of a refresh.
pub(crate) fn id_token(
    core: &Core,
    grant: &Grant,
    access_token: &str,
    which: Jwt,
    in_force: &InForce,
) -> String {
    let scene = core.scene(&grant.client_id);
    let mut claims = profile(core, grant, in_force);
    let algorithm = core.signing.lock().algorithm;
    let stated = json!({
        "iss": core.token_issuer(),
        "aud": grant.client_id,
        "azp": grant.client_id,
        "iat": scene.now,
        "exp": scene.now + LIFETIME,
        "auth_time": grant.auth_time,
        "at_hash": at_hash(algorithm, access_token),
        "sid": grant.sid,
        "jti": random(""),
    });
    claims.extend(stated.as_object().cloned().unwrap_or_default());
    if let Some(acr) = &grant.acr {
        claims.insert("acr".into(), json!(acr));
    }
    // A refreshed token has no nonce (Core 12.2).
    if let (Some(nonce), Jwt::IdToken) = (&grant.nonce, which) {
        claims.insert("nonce".into(), json!(nonce));
    }
    let mut draft = core.draft(claims);
    in_force.jwt(which, &mut draft, &scene);
    draft.rewrite(core.rewrites.lock().id_token.clone());
    core.seal(draft, &grant.client_id)
}

/// The subject and what the scope lets through of the person's claims.
pub(crate) fn profile(core: &Core, grant: &Grant, in_force: &InForce) -> Map<String, Value> {
    let mut claims = core.person(&grant.subject).claims;
    in_force.json(Doc::Profile, &mut claims, &core.scene(&grant.client_id));
    let granted = |scope: &str| grant.scope.split(' ').any(|word| word == scope);
    claims.retain(|claim, _| {
        let mut scopes = SCOPED.iter().filter(|(_, names)| names.contains(&claim.as_str()));
        scopes.all(|(scope, _)| granted(scope))
    });
    claims.insert("sub".into(), in_force.subject(&grant.subject));
    claims
}

/// The left half of the hash that goes with the algorithm (Core 3.1.3.6).
fn at_hash(algorithm: Algorithm, access_token: &str) -> String {
    let hash = match algorithm {
        Algorithm::Rs384 => &SHA384,
        Algorithm::Rs512 | Algorithm::EdDsa => &SHA512,
        _ => &SHA256,
    };
    let hash = digest(hash, access_token.as_bytes());
    b64(&hash.as_ref()[..hash.as_ref().len() / 2])
}
