//! What `sparekey check` says of a provider: whether it can be reached and believed, what it supports, and
//! whether it knows us: by a log-in that nobody sees (`prompt=none`) and a code that does not exist.

use identity::{Ask, Code};
use relying_party::{CallbackExpected, Keys, Metadata, authorization_response};
use url::Url;

use super::cache::Problem;
use super::http::Answer;
use crate::OpenIdProvider;
use crate::settings::PushedRequests;

/// What was found, a sentence each.
#[derive(Default)]
pub struct Report {
    /// What a log-in can rely on.
    pub good: Vec<String>,
    /// What a log-in cannot survive, and what to do about it.
    pub bad: Vec<String>,
    /// What is worth knowing.
    pub notes: Vec<String>,
}

impl OpenIdProvider {
    /// Asks the provider all that can be asked without a person.
    pub async fn report(&self) -> Report {
        let mut report = Report::default();
        report.notes.extend(self.way());
        let metadata = match self.discovered().await {
            Ok(metadata) => metadata,
            Err(problem) => {
                report.bad.push(self.advice(&problem).await);
                return report;
            }
        };
        report.good.push(format!("it answers, and its issuer is {}", self.settings.issuer));
        self.report_keys(&metadata, &mut report).await;
        self.report_redirect_uri(&mut report).await;
        self.report_credentials(&metadata, &mut report).await;
        self.report_userinfo(&metadata, &mut report).await;
        report.notes.extend(supported(&metadata));
        report
    }

    /// By which way it is asked, where there is a proxy.
    fn way(&self) -> Option<String> {
        let proxy = self.settings.proxy.as_ref()?;
        let by_proxy = Url::parse(&self.settings.issuer).is_ok_and(|issuer| proxy.is_for(&issuer));
        Some(match by_proxy {
            true => format!("it is asked by way of the proxy {} (HTTPS_PROXY)", proxy.host()),
            false => "it is asked without the proxy of HTTPS_PROXY (NO_PROXY, or loopback)".to_owned(),
        })
    }

    async fn report_keys(&self, metadata: &Metadata, report: &mut Report) {
        let algorithm = &self.settings.id_token_alg;
        match self.keys(metadata).await {
            Ok(keys) if keys.fitting(self.algorithm) > 0 => {
                report.good.push(format!("its keys are {}", keys.kids().join(", ")));
            }
            Ok(keys) => report.bad.push(self.keys_advice(&keys, metadata)),
            Err(problem) => report.bad.push(format!("{}: no log-in can work", problem.sentence)),
        }
        if self.settings.par == PushedRequests::Off && metadata.require_pushed_authorization_requests {
            report.bad.push(format!("it demands PAR: set {} to auto", self.settings.names.par));
        }
        let listed = metadata.id_token_signing_alg_values_supported.as_ref();
        if listed.is_some_and(|listed| !listed.contains(algorithm)) {
            let listed = listed.map(|listed| listed.join(", ")).unwrap_or_default();
            report.bad.push(format!(
                "it signs with {listed}, not with {algorithm}: set {}",
                self.settings.names.id_token_alg
            ));
        }
    }

    /// What to do where no key verifies what the provider signs.
    fn keys_advice(&self, keys: &Keys, metadata: &Metadata) -> String {
        let address = metadata.jwks_uri.as_ref().map_or("its jwks_uri", Url::as_str);
        let (algorithm, setting) = (&self.settings.id_token_alg, &self.settings.names.id_token_alg);
        match keys.is_empty() {
            true => format!(
                "{address} holds no key for signatures that can be read: no log-in can work; \
                 make the provider publish the keys that it signs ID tokens with"
            ),
            false => format!(
                "{address} holds no key for {algorithm} of 2048 bits or more: no log-in can work; \
                 set {setting} to what the provider signs with, or give it such a key"
            ),
        }
    }

    /// A provider sends a browser back only to a redirect URI that is registered, also with an error.
    async fn report_redirect_uri(&self, report: &mut Report) {
        let ours = &self.settings.redirect_uri;
        let setting = &self.settings.names.client_id;
        let question = format!("is {setting} right, and is the redirect URI {ours} registered there?");
        let asked = async {
            let url = self.authorization_url(&self.nobody()).await?;
            let url = Url::parse(&url).map_err(|_| Code::MetadataAuthorizationEndpoint)?;
            Ok::<_, Problem>(self.http.get(&url, None).await?)
        };
        match asked.await {
            Ok(answer) if answer.location.as_ref().is_some_and(|to| to.starts_with(ours.as_str())) => {
                match answer.location.as_deref().and_then(|to| self.refusal_of_us(to)) {
                    Some(code) => report.bad.push(format!("{}: no log-in can work", code.sentence())),
                    None => report.good.push(format!(
                        "it knows the client {} and its redirect URI",
                        self.settings.client_id
                    )),
                }
            }
            Ok(answer) if answer.status >= 400 => report.bad.push(format!(
                "it answers {} to a log-in of the client {}: {question}",
                answer.status, self.settings.client_id,
            )),
            Ok(_) => {
                report.notes.push("whether it knows the redirect URI could not be seen from here".to_owned())
            }
            // Pushed, the request is refused before anybody is sent anywhere.
            Err(problem) if problem.code == Code::AnswerUnexpected => report.bad.push(format!(
                "{}; {question} Are the scopes {} known there?",
                problem.sentence,
                self.settings.scopes.join(" "),
            )),
            Err(problem) => report.bad.push(self.client_advice(&problem)),
        }
    }

    /// What a provider that sends a browser back says against us, whoever would sign in.
    fn refusal_of_us(&self, sent_to: &str) -> Option<Code> {
        let url = Url::parse(sent_to).ok()?;
        let expected = CallbackExpected { issuer: &self.settings.issuer, iss_required: false };
        let refused = authorization_response(url.query()?, &expected).err()?;
        let ours = [Code::UnauthorizedClient, Code::UnsupportedResponseType, Code::InvalidScope];
        ours.contains(&refused).then_some(refused)
    }

    /// A code that does not exist is refused as such only where the client was believed.
    async fn report_credentials(&self, metadata: &Metadata, report: &mut Report) {
        let verifier = self.world.secret();
        let form = [
            ("grant_type", "authorization_code"),
            ("code", "none"),
            ("redirect_uri", self.settings.redirect_uri.as_str()),
            ("code_verifier", verifier.expose()),
        ];
        let called =
            self.post_as_client(&metadata.token_endpoint, metadata, &form).await.map_err(Problem::from);
        let status = called.as_ref().map_or(0, |answer| answer.status);
        match called.and_then(Answer::ok_or_oauth_error).map_err(|problem| problem.during("token call")) {
            Err(problem) if problem.code == Code::CodeRefused => {
                report.good.push("it believes that we are this client".to_owned());
            }
            Err(problem) if problem.code == Code::ClientRefused => {
                report.bad.push(self.client_advice(&problem))
            }
            // RFC 6749 5.2's status: this request is wrong, and a true one may be right.
            Err(problem) if status == 400 => report.notes.push(problem.sentence),
            Err(problem) => report.bad.push(format!("{}: no log-in can work", problem.sentence)),
            Ok(_) => report.bad.push("it gives tokens for a code that does not exist".to_owned()),
        }
    }

    /// A token that does not exist is refused as such (RFC 6750 3.1) only where userinfo is. Each log-in asks it.
    async fn report_userinfo(&self, metadata: &Metadata, report: &mut Report) {
        let Some(endpoint) = &metadata.userinfo_endpoint else { return };
        let nobodys = self.world.secret();
        match self.http.get(endpoint, Some(nobodys.expose())).await.map_err(Problem::from) {
            Ok(answer) if matches!(answer.status, 400 | 401 | 403) => {
                report.good.push("its userinfo answers, and refuses a token that does not exist".to_owned());
            }
            Ok(answer) => report.bad.push(format!(
                "userinfo: the provider answers {} to a token that does not exist: no log-in can work",
                answer.status
            )),
            Err(problem) => report.bad.push(format!("userinfo: {}: no log-in can work", problem.sentence)),
        }
    }

    fn nobody(&self) -> Ask {
        let secret = || self.world.secret();
        Ask {
            state: secret(),
            nonce: secret(),
            verifier: secret(),
            login_hint: None,
            prompt: Some("none".to_owned()),
            max_age: None,
            acr_values: Vec::new(),
            further: Default::default(),
        }
    }

    fn client_advice(&self, problem: &Problem) -> String {
        match problem.code {
            Code::ClientRefused => format!(
                "{}: it does not believe that we are the client {}; look at {}, {} and {}",
                problem.sentence,
                self.settings.client_id,
                self.settings.names.client_id,
                self.settings.names.client_secret,
                self.settings.names.client_auth,
            ),
            _ => problem.sentence.clone(),
        }
    }

    async fn advice(&self, problem: &Problem) -> String {
        let (sentence, issuer) = (&problem.sentence, &self.settings.issuer);
        let setting = &self.settings.names.issuer_url;
        match problem.code {
            Code::ProviderUnavailable => {
                format!("{sentence}; is {setting} {issuer} right, and can this machine reach it?")
            }
            Code::MetadataIssuerMismatch => {
                let stated = self.discovery.stated_issuer().await.unwrap_or_else(|| "nothing".to_owned());
                format!(
                    "{setting} says {issuer}, the provider says {stated}: the two must be the same to the letter"
                )
            }
            Code::AnswerUnexpected | Code::MetadataMalformed => {
                format!(
                    "{sentence}; {} is not a provider's metadata, is {setting} right?",
                    self.discovery.address().map_or("it", Url::as_str)
                )
            }
            _ => sentence.clone(),
        }
    }
}

fn supported(metadata: &Metadata) -> [String; 6] {
    let yes = |what: &str, there: bool| format!("{what}: {}", if there { "yes" } else { "no" });
    [
        yes("userinfo", metadata.userinfo_endpoint.is_some()),
        yes("log-out (RP-initiated)", metadata.end_session_endpoint.is_some()),
        yes("back-channel log-out", metadata.backchannel_logout_supported),
        yes("revocation", metadata.revocation_endpoint.is_some()),
        yes("pushed authorization requests", metadata.pushed_authorization_request_endpoint.is_some()),
        yes("iss in its answers", metadata.authorization_response_iss_parameter_supported),
    ]
}
