//! Back-channel log-out (OpenID Connect Back-Channel Logout 1.0): logout tokens and their
//! delivery to the applications.

use axum::http::{HeaderMap, header};
use serde_json::{Map, Value, json};

use crate::books::Session;
use crate::core::Core;
use crate::faults::{Jwt, Spent};
use crate::keys::random;

/// What an application said to a logout token.
#[derive(Clone, Debug)]
pub struct Delivered {
    pub client_id: String,
    pub status: u16,
    pub headers: HeaderMap,
    pub body: String,
}

/// A logout token for this client, as the faults in force would have it (2.4).
pub(crate) fn logout_token(core: &Core, client_id: &str, subject: Option<&str>, sid: Option<&str>) -> String {
    let scene = core.scene(client_id);
    let claims = json!({
        "iss": core.token_issuer(),
        "aud": client_id,
        "iat": scene.now,
        "exp": scene.now + 120,
        "jti": random(""),
        "events": {"http://schemas.openid.net/event/backchannel-logout": {}},
    });
    let mut claims: Map<String, Value> = claims.as_object().cloned().unwrap_or_default();
    for (claim, value) in [("sub", subject), ("sid", sid)] {
        if let Some(value) = value {
            claims.insert(claim.into(), json!(value));
        }
    }
    let mut draft = core.draft(claims);
    draft.head("typ", "logout+jwt");
    let in_force = core.faults.spend(Spent::WithALogoutToken);
    in_force.jwt(Jwt::LogoutToken, &mut draft, &scene);
    core.seal(draft, client_id)
}

/// Posts a logout token to a client's address (2.5), where it has one.
pub(crate) async fn deliver(core: &Core, client_id: &str, token: &str) -> Option<Delivered> {
    let uri = core.client(client_id)?.backchannel_logout_uri?;
    let form =
        url::form_urlencoded::Serializer::new(String::new()).append_pair("logout_token", token).finish();
    let request =
        core.http.post(&uri).header(header::CONTENT_TYPE, "application/x-www-form-urlencoded").body(form);
    match request.send().await {
        Ok(answer) => Some(Delivered {
            client_id: client_id.to_owned(),
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.text().await.unwrap_or_default(),
        }),
        Err(error) => {
            tracing::warn!(%uri, %error, "a logout token was not delivered");
            None
        }
    }
}

/// Tells every client of these sessions.
pub(crate) async fn tell(core: &Core, sessions: Vec<Session>) -> Vec<Delivered> {
    let mut answers = Vec::new();
    for session in &sessions {
        for client in &session.clients {
            let token = logout_token(core, client, Some(&session.subject), Some(&session.sid));
            answers.extend(deliver(core, client, &token).await);
        }
    }
    answers
}
