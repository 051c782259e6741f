//! Who calls the token endpoint and its neighbours: the client authentication of RFC 6749 2.3,
//! OpenID Connect Core 9 and RFC 7523, one method a request.

use base64::{Engine, engine::general_purpose::STANDARD};
use serde_json::Value;
use url::form_urlencoded;

use crate::calls::Call;
use crate::clock::now;
use crate::core::Core;
use crate::keys::{unb64, verifies};
use crate::settings::Client;

const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The client, or why it is refused, for the answer `invalid_client`.
pub(crate) fn client_of(core: &Core, call: &Call) -> Result<Client, &'static str> {
    let form = &call.form;
    let header = call.authorization().and_then(|value| value.strip_prefix("Basic "));
    let assertion = form.get("client_assertion");
    let secret = form.get("client_secret");
    let (method, client) = match (header, secret, assertion) {
        (Some(basic), None, None) => ("client_secret_basic", by_basic(core, basic)?),
        (None, Some(secret), None) => {
            let client = known(core, form.text("client_id"))?;
            ("client_secret_post", with_secret(client, secret)?)
        }
        (None, None, Some(assertion)) => {
            if form.get("client_assertion_type") != Some(ASSERTION_TYPE) {
                return Err("the client_assertion_type is another one");
            }
            ("private_key_jwt", by_assertion(core, assertion)?)
        }
        (None, None, None) => ("none", public(known(core, form.text("client_id"))?)?),
        _ => return Err("more than one method of client authentication"),
    };
    if form.get("client_id").is_some_and(|id| id != client.id) {
        return Err("client_id is another one than the one that authenticated");
    }
    match &client.auth_method {
        Some(only) if only != method => Err("this client is registered for another method"),
        _ => Ok(client),
    }
}

fn known(core: &Core, id: &str) -> Result<Client, &'static str> {
    core.client(id).ok_or("the client is not registered")
}

fn with_secret(client: Client, secret: &str) -> Result<Client, &'static str> {
    match &client.secret {
        Some(right) if right == secret => Ok(client),
        _ => Err("the client secret is wrong"),
    }
}

fn public(client: Client) -> Result<Client, &'static str> {
    if client.secret.is_some() || client.public_key.is_some() {
        return Err("this client must authenticate");
    }
    Ok(client)
}

/// Both halves are form-encoded before they are joined (RFC 6749 2.3.1).
fn by_basic(core: &Core, basic: &str) -> Result<Client, &'static str> {
    let bytes = STANDARD.decode(basic).unwrap_or_default();
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let (id, secret) = text.split_once(':').ok_or("the Basic header is malformed")?;
    with_secret(known(core, &decode(id))?, &decode(secret))
}

fn decode(text: &str) -> String {
    let pair = format!("v={}", text.replace('&', "%26"));
    let mut pairs = form_urlencoded::parse(pair.as_bytes());
    pairs.next().map_or_else(String::new, |(_, value)| value.into_owned())
}

/// RFC 7523 3: signed by the client, issued to us, not expired, used once.
fn by_assertion(core: &Core, assertion: &str) -> Result<Client, &'static str> {
    let parts: Vec<&str> = assertion.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        return Err("the assertion is no JWT");
    };
    let claims: Value = serde_json::from_slice(&unb64(payload)).unwrap_or_default();
    let said = |claim: &str| claims[claim].as_str().unwrap_or_default().to_owned();
    let client = known(core, &said("sub"))?;
    let signed = format!("{header}.{payload}");
    if !is_signed(&client, header, &signed, &unb64(signature)) {
        return Err("the assertion's signature is wrong");
    }
    let audience = match &claims["aud"] {
        Value::Array(many) => many.clone(),
        one => vec![one.clone()],
    };
    let ours = [core.issuer.clone(), format!("{}/token", core.base)];
    let for_us = audience.iter().filter_map(Value::as_str);
    if said("iss") != client.id || !for_us.into_iter().any(|aud| ours.iter().any(|our| our == aud)) {
        return Err("the assertion's issuer or audience is wrong");
    }
    if claims["exp"].as_i64().is_none_or(|exp| exp <= now()) {
        return Err("the assertion has expired");
    }
    use_once(core, said("jti"))?;
    Ok(client)
}

fn use_once(core: &Core, id: String) -> Result<(), &'static str> {
    let mut books = core.books.lock();
    if id.is_empty() || books.assertions.get(&id).is_some() {
        return Err("the assertion has no jti, or one that was used before");
    }
    books.assertions.insert(id, ());
    Ok(())
}

fn is_signed(client: &Client, header: &str, signed: &str, signature: &[u8]) -> bool {
    let header: Value = serde_json::from_slice(&unb64(header)).unwrap_or_default();
    let key = client.public_key.as_ref();
    key.is_some_and(|key| verifies(key, &header["alg"], signed, signature))
}
