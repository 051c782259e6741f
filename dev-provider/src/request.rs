//! An authorization request: what it asks for, and whether it is fit to be answered.

use crate::params::Params;
use crate::settings::Client;

/// An authorization request whose client and redirect URI are known to fit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Request {
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    pub(crate) state: Option<String>,
    pub(crate) form_post: bool,
    pub(crate) scope: String,
    pub(crate) nonce: Option<String>,
    pub(crate) challenge: String,
    pub(crate) prompt: Vec<String>,
    pub(crate) max_age: Option<i64>,
    pub(crate) acr_values: Vec<String>,
    pub(crate) login_hint: Option<String>,
}

/// Why a request is not answered with a code.
pub(crate) enum Refused {
    /// Client or redirect URI do not fit, so nobody may be redirected (RFC 6749 4.1.2.1).
    Here(String),
    /// The client is told.
    ToClient(Box<Request>, &'static str, String),
}

impl Request {
    /// Checks what RFC 6749 4.1.1, RFC 7636 4.3 and OpenID Connect Core 3.1.2.1 ask for.
    pub(crate) fn check(clients: &[Client], params: &Params) -> Result<Self, Refused> {
        let request = Self::addressed(clients, params)?;
        if let Some(name) = params.repeated() {
            return Err(request.refused("invalid_request", &format!("{name} is repeated")));
        }
        if params.get("response_type") != Some("code") {
            return Err(request.refused("unsupported_response_type", "response_type must be code"));
        }
        if !request.scope.split(' ').any(|scope| scope == "openid") {
            return Err(request.refused("invalid_scope", "scope must hold openid"));
        }
        if params.get("code_challenge_method") != Some("S256") || request.challenge.len() != 43 {
            return Err(request.refused("invalid_request", "a code_challenge by S256 is required"));
        }
        if request.prompt.len() > 1 && request.asks("none") {
            return Err(request.refused("invalid_request", "prompt=none stands alone"));
        }
        Ok(request)
    }

    /// Client and redirect URI must fit before anything else is worth a redirect.
    fn addressed(clients: &[Client], params: &Params) -> Result<Self, Refused> {
        let client = clients.iter().find(|client| client.id == params.text("client_id"));
        let client = client.ok_or_else(|| Refused::Here("The client_id is not registered here.".into()))?;
        let redirect_uri = params.text("redirect_uri").to_owned();
        if !client.redirect_uris.contains(&redirect_uri) {
            let why = format!("The redirect URI {redirect_uri} is not registered for this client.");
            return Err(Refused::Here(why));
        }
        let owned = |name: &str| params.get(name).map(str::to_owned);
        let words = |name: &str| {
            let words = params.text(name).split(' ').map(str::to_owned);
            words.filter(|word| !word.is_empty()).collect::<Vec<_>>()
        };
        Ok(Self {
            client_id: client.id.clone(),
            redirect_uri,
            state: owned("state"),
            form_post: params.get("response_mode") == Some("form_post"),
            scope: params.text("scope").to_owned(),
            nonce: owned("nonce"),
            challenge: params.text("code_challenge").to_owned(),
            prompt: words("prompt"),
            max_age: params.get("max_age").and_then(|age| age.parse().ok()),
            acr_values: words("acr_values"),
            login_hint: owned("login_hint"),
        })
    }

    /// Whether `prompt` names this.
    pub(crate) fn asks(&self, prompt: &str) -> bool {
        self.prompt.iter().any(|asked| asked == prompt)
    }

    /// The refusal of this request that the client is told.
    pub(crate) fn refused(self, error: &'static str, why: &str) -> Refused {
        Refused::ToClient(Box::new(self), error, why.to_owned())
    }
}
