//! The authorization request (OpenID Connect Core 3.1.2.1), pushed where the provider takes it so (RFC 9126).

use identity::login_trace::{Part, Verdict, beginning, outcome, step};
use identity::{Ask, Code};
use openidconnect::{PkceCodeChallenge, PkceCodeVerifier};
use relying_party::{Metadata, TokenError, token_error};
use serde::Deserialize;
use url::Url;

use super::cache::Problem;
use super::http::{Answer, Failure};
use crate::OpenIdProvider;
use crate::settings::{PushedRequests, ResponseMode};

#[derive(Deserialize)]
struct Pushed {
    request_uri: String,
}

impl OpenIdProvider {
    /// Where to send the browser.
    pub(super) async fn authorization_url(&self, ask: &Ask) -> Result<String, Problem> {
        let metadata = self.discovered().await;
        outcome(Part::Asked, "Discovery", &metadata);
        let metadata = metadata?;
        let mut url = metadata.authorization_endpoint.clone();
        let parameters = self.parameters(ask, &metadata);
        let request_uri = self.push(&metadata, &parameters).await.map_err(|problem| problem.during("PAR"))?;
        match &request_uri {
            Some(request_uri) => {
                url.query_pairs_mut()
                    .append_pair("client_id", &self.settings.client_id)
                    .append_pair("request_uri", request_uri);
            }
            None => {
                url.query_pairs_mut().extend_pairs(&parameters);
            }
        }
        step(Part::Asked, "Authorization request", Verdict::Passed, || {
            let (scopes, pushed) = (self.settings.scopes.join(" "), request_uri.is_some());
            let (state, nonce) = (beginning(ask.state.expose()), beginning(ask.nonce.expose()));
            let how = if pushed { ", pushed (PAR)" } else { "" };
            format!("scope {scopes}, PKCE S256, state {state}, nonce {nonce}{how}")
        });
        Ok(url.into())
    }

    fn parameters(&self, ask: &Ask, metadata: &Metadata) -> Vec<(String, String)> {
        let settings = &self.settings;
        // PKCE always, whether or not metadata lists it (RFC 9700 2.1.1).
        let verifier = PkceCodeVerifier::new(ask.verifier.expose().to_owned());
        let challenge = PkceCodeChallenge::from_code_verifier_sha256(&verifier);
        let mut parameters: Vec<(String, String)> = [
            ("response_type", "code"),
            ("client_id", &settings.client_id),
            ("redirect_uri", &settings.redirect_uri),
            ("scope", &settings.scopes.join(" ")),
            ("state", ask.state.expose()),
            ("nonce", ask.nonce.expose()),
            ("code_challenge", challenge.as_str()),
            ("code_challenge_method", "S256"),
        ]
        .map(|(name, value)| (name.to_owned(), value.to_owned()))
        .into();
        let mut add = |name: &str, value: &str| parameters.push((name.to_owned(), value.to_owned()));
        if settings.response_mode == ResponseMode::FormPost {
            add("response_mode", "form_post");
        }
        for audience in &settings.audience {
            add("audience", audience);
        }
        for (name, value) in &settings.parameters {
            add(name, value);
        }
        match ask.prompt.as_deref() {
            Some("create") => {
                let known = takes_prompt(metadata, "create");
                for (name, value) in
                    settings.preset.sign_up.iter().filter(|(name, _)| known || *name != "prompt")
                {
                    add(name, value);
                }
            }
            Some(prompt) => match self.spelt(prompt, metadata) {
                nothing if nothing.is_empty() => {}
                prompt => add("prompt", &prompt),
            },
            None => {}
        }
        if let Some(hint) = &ask.login_hint {
            add("login_hint", hint);
        }
        if let Some(seconds) = ask.max_age {
            add("max_age", &seconds.to_string());
        }
        if !ask.acr_values.is_empty() {
            add("acr_values", &ask.acr_values.join(" "));
        }
        for name in settings.preset.passed_on {
            if let Some(value) = ask.further.get(*name) {
                add(name, value);
            }
        }
        parameters
    }

    /// A `prompt` in the words of this provider: what is refused where it is not known would keep people out.
    fn spelt(&self, prompt: &str, metadata: &Metadata) -> String {
        let again = [self.settings.preset.log_in_again, "select_account", "consent"];
        let again = again.into_iter().find(|value| takes_prompt(metadata, value));
        let words =
            prompt.split_whitespace().filter_map(|word| if word == "login" { again } else { Some(word) });
        words.collect::<Vec<_>>().join(" ")
    }

    /// What a pushed request is called; none where the request is to go by the browser.
    async fn push(
        &self,
        metadata: &Metadata,
        parameters: &[(String, String)],
    ) -> Result<Option<String>, Problem> {
        let endpoint = match (self.settings.par, &metadata.pushed_authorization_request_endpoint) {
            (PushedRequests::Off, _) | (PushedRequests::Auto, None) => return Ok(None),
            (PushedRequests::On, None) => {
                let sentence = format!("{} is on, and it has no endpoint for it", self.settings.names.par);
                return Err(Problem { code: Code::AnswerUnexpected, sentence });
            }
            (_, Some(endpoint)) => endpoint,
        };
        let form: Vec<(&str, &str)> = parameters.iter().map(|(name, value)| (&**name, &**value)).collect();
        let answer = self.post_as_client(endpoint, metadata, &form).await?;
        let may_do_without =
            self.settings.par == PushedRequests::Auto && !metadata.require_pushed_authorization_requests;
        if may_do_without && refuses_this_client(answer.status, &answer.body) {
            let (provider, status, setting) = (&self.settings.name, answer.status, &self.settings.names.par);
            tracing::warn!(
                provider,
                status,
                "pushed authorization requests are offered, and refused to this client: {setting}=off spares the call"
            );
            return Ok(None);
        }
        let answer = answer.ok_or_oauth_error()?;
        let pushed: Pushed = serde_json::from_slice(&answer.body).map_err(|_| Problem {
            code: Code::AnswerUnexpected,
            sentence: "the answer has no request_uri".to_owned(),
        })?;
        Ok(Some(pushed.request_uri))
    }

    /// Posts a form with the proof of who we are. What the proof says of us stands for what the form says.
    pub(super) async fn post_as_client(
        &self,
        endpoint: &Url,
        metadata: &Metadata,
        form: &[(&str, &str)],
    ) -> Result<Answer, Failure> {
        let (now, id) = (self.world.now().timestamp(), self.world.secret());
        let proof = self.credentials.proof(metadata, &self.settings.issuer, now, id.expose());
        let said = form.iter().copied().filter(|(name, _)| !proof.form.iter().any(|(ours, _)| ours == name));
        let proven = proof.form.iter().map(|(name, value)| (*name, value.as_str()));
        let form: Vec<(&str, &str)> = said.chain(proven).collect();
        self.http.post(endpoint, &form, proof.authorization.as_deref()).await
    }
}

/// Whether the provider takes this `prompt`, as far as it says so (Initiating User Registration 1.0, 4).
fn takes_prompt(metadata: &Metadata, value: &str) -> bool {
    metadata.prompt_values_supported.as_ref().is_none_or(|listed| listed.iter().any(|one| one == value))
}

/// Whether an answer to a pushed request says that it is not for us, rather than that something is wrong with it.
fn refuses_this_client(status: u16, body: &[u8]) -> bool {
    match token_error(body) {
        TokenError::InvalidRequest => false,
        TokenError::UnauthorizedClient => (400..500).contains(&status),
        _ => matches!(status, 401 | 403 | 404 | 405 | 501),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_refused_by_status_or_by_name_and_a_request_is_not() {
        let refused = |status, error: &str| {
            refuses_this_client(status, serde_json::json!({ "error": error }).to_string().as_bytes())
        };
        for status in [401, 403, 404, 405, 501] {
            assert!(refused(status, "invalid_client") && refuses_this_client(status, b"<html>"), "{status}");
            assert!(!refused(status, "invalid_request"), "{status}");
        }
        assert!(refused(400, "unauthorized_client"));
        for status in [200, 201, 302, 400, 429, 500, 502, 503, 504] {
            assert!(!refused(status, "other") && !refuses_this_client(status, b""), "{status}");
        }
        assert!(!refused(500, "unauthorized_client"));
    }
}
