//! A conforming relying party and its browser, as small as they can be.

use std::time::{SystemTime, UNIX_EPOCH};

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use dev_provider::{DevProvider, Params, Settings, start};
use reqwest::Response;
use ring::digest::{SHA256, digest};
use serde_json::Value;
use url::{Url, form_urlencoded};

pub(crate) const SITE: &str = "http://localhost:3000";
pub(crate) const CALLBACK: &str = "http://localhost:3000/auth/callback";
const VERIFIER: &str = "a-code-verifier-of-at-least-43-characters-is-long-enough";

pub(crate) struct Rp {
    pub(crate) provider: DevProvider,
    pub(crate) http: reqwest::Client,
}

/// What a log-in brought.
pub(crate) struct Tokens {
    pub(crate) body: Value,
    pub(crate) claims: Value,
}

impl Tokens {
    pub(crate) fn text(&self, member: &str) -> &str {
        self.body[member].as_str().unwrap_or_default()
    }
}

impl Rp {
    pub(crate) async fn new() -> Self {
        Self::with(Settings::for_site(SITE)).await
    }

    pub(crate) async fn with(settings: Settings) -> Self {
        let http = dev_provider::http::client().build().unwrap();
        let provider = start(settings).await.unwrap();
        Self { provider, http }
    }

    pub(crate) fn at(&self, path: &str) -> String {
        format!("http://{}{path}", self.provider.address())
    }

    /// The parameters of an ordinary authorization request, then `extra` in place or beside.
    pub(crate) fn request(extra: &[(&str, &str)]) -> String {
        let challenge = URL_SAFE_NO_PAD.encode(digest(&SHA256, VERIFIER.as_bytes()));
        let ordinary = [
            ("client_id", "sparekey"),
            ("redirect_uri", CALLBACK),
            ("response_type", "code"),
            ("scope", "openid profile email offline_access"),
            ("state", "the-state"),
            ("nonce", "the-nonce"),
            ("code_challenge", &challenge),
            ("code_challenge_method", "S256"),
        ];
        let kept = ordinary.iter().filter(|(name, _)| extra.iter().all(|(other, _)| other != name));
        let sent = extra.iter().filter(|(_, value)| *value != "-");
        form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(sent)).finish()
    }

    pub(crate) async fn get(&self, path: &str, cookie: &str) -> Response {
        let request = self.http.get(self.at(path)).header("cookie", cookie);
        request.send().await.unwrap()
    }

    pub(crate) async fn post(&self, path: &str, form: &[(&str, &str)]) -> Response {
        self.post_as(path, form, Some(("sparekey", "dev-secret"))).await
    }

    pub(crate) async fn post_as(
        &self,
        path: &str,
        form: &[(&str, &str)],
        basic: Option<(&str, &str)>,
    ) -> Response {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
        let request = self
            .http
            .post(self.at(path))
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body);
        let request = match basic {
            Some((id, secret)) => request.basic_auth(id, Some(secret)),
            None => request,
        };
        request.send().await.unwrap()
    }

    /// Asks for a log-in that this person answers, and returns the response.
    pub(crate) async fn ask(&self, subject: &str, extra: &[(&str, &str)]) -> Response {
        let url = self.at(&format!("/authorize?{}", Self::request(extra)));
        let request = self.http.get(url).header("dev-choose", subject);
        request.send().await.unwrap()
    }

    /// The parameters that come back to the callback.
    pub(crate) async fn answer(&self, subject: &str, extra: &[(&str, &str)]) -> Params {
        sent_back(&self.ask(subject, extra).await)
    }

    pub(crate) async fn redeem(&self, code: &str) -> Response {
        let form = [
            ("grant_type", "authorization_code"),
            ("code", code),
            ("redirect_uri", CALLBACK),
            ("code_verifier", VERIFIER),
        ];
        self.post("/token", &form).await
    }

    pub(crate) async fn log_in(&self, subject: &str, extra: &[(&str, &str)]) -> Tokens {
        let answer = self.answer(subject, extra).await;
        let response = self.redeem(answer.get("code").unwrap()).await;
        assert_eq!(response.status(), 200);
        tokens(response).await
    }

    pub(crate) async fn refresh(&self, token: &str) -> Response {
        let form = [("grant_type", "refresh_token"), ("refresh_token", token)];
        self.post("/token", &form).await
    }

    pub(crate) async fn userinfo(&self, access_token: &str) -> Response {
        let request = self.http.get(self.at("/userinfo"));
        request.bearer_auth(access_token).send().await.unwrap()
    }
}

pub(crate) async fn json(response: Response) -> Value {
    serde_json::from_str(&response.text().await.unwrap()).unwrap()
}

pub(crate) async fn tokens(response: Response) -> Tokens {
    let body = json(response).await;
    let claims = part(body["id_token"].as_str().unwrap_or_default(), 1);
    Tokens { body, claims }
}

/// A part of a JWS as JSON, null where it is none.
pub(crate) fn part(jws: &str, index: usize) -> Value {
    let text = jws.split('.').nth(index).unwrap_or_default();
    let bytes = URL_SAFE_NO_PAD.decode(text).unwrap_or_default();
    serde_json::from_slice(&bytes).unwrap_or_default()
}

/// The query of the address that a redirect leads to.
pub(crate) fn sent_back(response: &Response) -> Params {
    assert_eq!(response.status(), 303);
    let url = Url::parse(location(response)).unwrap();
    assert!(url.as_str().starts_with(CALLBACK));
    Params::parse(url.query().unwrap_or_default().as_bytes())
}

pub(crate) fn location(response: &Response) -> &str {
    header(response, "location")
}

pub(crate) fn header<'a>(response: &'a Response, name: &str) -> &'a str {
    let value = response.headers().get(name);
    value.map_or("", |value| value.to_str().unwrap())
}

/// The cookie that a response sets, to be sent along next time.
pub(crate) fn cookie(response: &Response) -> String {
    let set = header(response, "set-cookie");
    set.split(';').next().unwrap_or_default().to_owned()
}

pub(crate) fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    since.as_secs() as i64
}
