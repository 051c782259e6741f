//! Log-out at the provider: OpenID Connect RP-Initiated Logout 1.0, and Kinde's own form with
//! its one parameter `redirect` (kinde.md 3.4).

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use url::Url;

use crate::back_channel;
use crate::core::Core;
use crate::door::Asked;
use crate::html;
use crate::keys::{unb64, verifies};
use crate::params::Params;

/// `GET` and `POST /logout`. Nobody is asked whether they mean it: the application asked.
pub(crate) async fn end_session(
    State(core): State<Arc<Core>>,
    Extension(asked): Extension<Asked>,
) -> Response {
    let params = asked.call.params();
    let hint = match params.get("id_token_hint").map(|hint| our_token(&core, hint)) {
        None => None,
        Some(Some(claims)) => Some(claims),
        Some(None) => return refuse("The id_token_hint is not a token of this provider."),
    };
    let target = match target(&core, params, hint.as_ref()) {
        Ok(target) => target,
        Err(why) => return refuse(why),
    };
    let cookie = html::cookie(&asked.call.headers, &core.cookie);
    end(&core, cookie, hint.as_ref());
    let mut response = match target {
        Some(url) => (StatusCode::SEE_OTHER, [(header::LOCATION, url)]).into_response(),
        None => html::page(StatusCode::OK, "You are logged out", "<p>You may close this page.</p>"),
    };
    html::set_cookie(&mut response, &core.cookie, "");
    response
}

fn refuse(why: &str) -> Response {
    html::refusal(StatusCode::BAD_REQUEST, why)
}

/// Where the browser goes: an address that is registered, byte for byte, with `state`.
fn target(core: &Core, params: &Params, hint: Option<&Value>) -> Result<Option<String>, &'static str> {
    if params.repeated().is_some() {
        return Err("A parameter is repeated.");
    }
    if let Some(redirect) = params.get("redirect") {
        let clients = core.clients.lock();
        let mut registered = clients.iter().flat_map(|client| &client.post_logout_redirect_uris);
        let known = registered.any(|uri| uri == redirect);
        return if known {
            Ok(Some(redirect.to_owned()))
        } else {
            Err("The log-out address is not registered.")
        };
    }
    let hinted = hint.and_then(|claims| claims["aud"].as_str());
    if let (Some(hinted), Some(named)) = (hinted, params.get("client_id"))
        && hinted != named
    {
        return Err("The id_token_hint is of another client.");
    }
    let Some(uri) = params.get("post_logout_redirect_uri") else {
        return Ok(None);
    };
    let client = hinted.or(params.get("client_id")).and_then(|id| core.client(id));
    let client = client.ok_or("Neither id_token_hint nor client_id says who asks.")?;
    if !client.post_logout_redirect_uris.iter().any(|known| known == uri) {
        return Err("The post_logout_redirect_uri is not registered for this client.");
    }
    Ok(Some(with_state(uri, params.get("state"))))
}

fn with_state(uri: &str, state: Option<&str>) -> String {
    match (state, Url::parse(uri)) {
        (Some(state), Ok(mut url)) => {
            url.query_pairs_mut().append_pair("state", state);
            url.into()
        }
        _ => uri.to_owned(),
    }
}

/// Ends the browser's session and the one that the hint is of, and tells their clients.
fn end(core: &Arc<Core>, cookie: Option<String>, hint: Option<&Value>) {
    let sid = hint.and_then(|claims| claims["sid"].as_str());
    let mut books = core.books.lock();
    let of_browser = cookie.and_then(|cookie| books.sessions.get(&cookie));
    let own = of_browser.map(|session| session.sid.clone());
    let ends = |found: &str| own.as_deref() == Some(found) || sid == Some(found);
    let ended = books.end_sessions(|session| ends(&session.sid));
    drop(books);
    let core = core.clone();
    // The browser does not wait for the applications.
    tokio::spawn(async move { back_channel::tell(&core, ended).await });
}

/// The claims of an ID token that we signed, expired or not (RP-Initiated Logout 2).
fn our_token(core: &Core, token: &str) -> Option<Value> {
    let (signed, signature) = token.rsplit_once('.')?;
    let (_, payload) = signed.split_once('.')?;
    let signing = core.signing.lock().clone();
    let key = signing.keys.public_jwk(signing.algorithm);
    let algorithm = key["alg"].clone();
    let ours = verifies(&key, &algorithm, signed, &unb64(signature));
    let claims = serde_json::from_slice(&unb64(payload));
    claims.ok().filter(|_| ours)
}
