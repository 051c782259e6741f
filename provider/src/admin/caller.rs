//! Asking an admin interface: with a token that is renewed on the way, no faster than we may, again where it was too
//! fast or the line broke.

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;
use std::time::Duration;

use formats::accounts::Interface;
use identity::{Code, World};
use reqwest::Method;
use secrecy::{ExposeSecret, SecretString};
use serde_json::Value as Json;
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use url::Url;

use super::absence::is_absence;
use super::pace::{is_too_much, pause};
use super::settings::{AdminCredentials, AdminSettings};
use crate::cache::Problem;
use crate::http::{Answer, Download, Failure, Http, Question};
use crate::settings::{ClientAuth, ProviderSettings};
use crate::{OpenIdProvider, SetUpError};

/// Longer than this the interface is not waited for, in all, before one answer; unless its caller has less time.
const PATIENCE: Duration = Duration::from_secs(3600);
/// How often a line that breaks is tried again.
const TRIES: u32 = 4;
/// A token is renewed so long before it ends, or at half of its time where that is short.
const EARLY: Duration = Duration::from_secs(30);
/// Where a token does not say how long it lives.
const LIFE: Duration = Duration::from_secs(300);

/// Whoever asks one admin interface.
pub(super) struct Caller {
    pub(super) settings: AdminSettings,
    pub(super) world: Arc<dyn World>,
    /// Our service account at the issuer's token endpoint.
    client: OpenIdProvider,
    http: Http,
    token: Mutex<Option<Token>>,
    /// Nobody asks before then, and for how long we were asked to wait.
    not_before: Mutex<Option<(Instant, Duration)>>,
    pub(super) patience: Duration,
}

struct Token {
    authorization: SecretString,
    until: Option<Instant>,
}

impl Caller {
    pub(super) fn new(
        settings: AdminSettings,
        of: &ProviderSettings,
        world: Arc<dyn World>,
    ) -> Result<Self, SetUpError> {
        let http = Http::reaching(settings.url.as_str(), of)?;
        let mut client = ProviderSettings { client_auth: None, client_key: None, ..of.clone() };
        match &settings.credentials {
            AdminCredentials::Client { id, secret } => {
                (client.client_id, client.client_secret) = (id.clone(), Some(secret.clone()));
            }
            AdminCredentials::Key { id } => {
                (client.client_id, client.client_secret) = (id.clone(), None);
                (client.client_key, client.client_auth) =
                    (of.client_key.clone(), Some(ClientAuth::PrivateKeyJwt));
            }
            AdminCredentials::Token(_) => {}
        }
        let client = OpenIdProvider::new(client, world.clone())?;
        let (token, not_before) = (Mutex::default(), Mutex::default());
        Ok(Self { settings, world, client, http, token, not_before, patience: PATIENCE })
    }

    /// The address below the base with these segments, each as one, and this query.
    pub(super) fn url(&self, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, Problem> {
        // What a path takes for a step is no account's name.
        if segments.iter().any(|segment| matches!(*segment, "" | "." | "..")) {
            return Err(unexpected("this id cannot be asked for"));
        }
        let mut url = self.settings.url.clone();
        let mut path = url.path_segments_mut().map_err(|()| unexpected("the base is no address"))?;
        path.pop_if_empty().extend(segments);
        drop(path);
        if !query.is_empty() {
            url.query_pairs_mut().extend_pairs(query);
        }
        Ok(url)
    }

    /// An address that the interface itself gave; only one of its own origin gets our token.
    pub(super) fn own(&self, given: &str) -> Result<Url, Problem> {
        let url = Url::parse(given).ok().filter(|url| url.origin() == self.settings.url.origin());
        url.ok_or_else(|| unexpected("it leads to another host than its own"))
    }

    /// The body of a GET, with its records as [`Caller::records`] reads them.
    pub(super) async fn get(&self, url: Url) -> Result<Json, Problem> {
        self.records(&ok(self.ask(question(Method::GET, url, None)).await?)?)
    }

    /// The answer to a GET; none where the interface itself says that the account is not there.
    pub(super) async fn find(&self, url: Url) -> Result<Option<Answer>, Problem> {
        let answer = self.ask(question(Method::GET, url, None)).await?;
        self.if_there(answer)
    }

    /// An answer of success; none where the interface itself says that the account is not there.
    pub(super) fn if_there(&self, answer: Answer) -> Result<Option<Answer>, Problem> {
        match is_absence(self.settings.interface, &answer) {
            true => Ok(None),
            false => ok(answer).map(Some),
        }
    }

    /// The one record that a GET answers; none where it is explicitly not there.
    pub(super) async fn find_record(&self, url: Url) -> Result<Option<Json>, Problem> {
        self.find(url).await?.map(|answer| self.record(&answer.body)).transpose()
    }

    /// The body of the answer to a POST, with its records as [`Caller::records`] reads them.
    pub(super) async fn post(&self, url: Url, body: Json) -> Result<Json, Problem> {
        self.records(&ok(self.ask(question(Method::POST, url, Some(body))).await?)?)
    }

    /// An answer with records in it; one that cannot be read is null, and costs the others nothing.
    pub(super) fn records(&self, answer: &Answer) -> Result<Json, Problem> {
        relying_party::records(&answer.body, self.name()).ok_or_else(|| unexpected("its answer is no JSON"))
    }

    /// One record.
    pub(super) fn record(&self, text: &[u8]) -> Result<Json, Problem> {
        let record = relying_party::record(text, self.name()).map(Json::Object);
        record.ok_or_else(|| unexpected("its answer is no record that can be read"))
    }

    /// The member by which a record is known.
    fn name(&self) -> &str {
        self.settings.scim_subject.as_deref().unwrap_or(self.settings.interface.id())
    }

    /// A file that the interface made for us, where it may lie anywhere: it gets no token.
    pub(super) async fn download(&self, url: &Url) -> Result<Download, Problem> {
        let download = self.http.download(url).await?;
        match download.status() {
            200 => Ok(download),
            status => Err(unexpected(&format!("the file is answered {status}"))),
        }
    }

    /// Any answer but one that says that we are too fast, or that a token has ended which can be had anew.
    pub(super) async fn ask(&self, question: Question) -> Result<Answer, Problem> {
        timeout(self.patience, self.ask_on(question)).await.unwrap_or_else(|_| Err(self.out_of_patience()))
    }

    /// The interface was waited for as long as we may.
    pub(super) fn out_of_patience(&self) -> Problem {
        Problem {
            code: Code::ProviderUnavailable,
            sentence: format!(
                "the admin interface did not answer within {} seconds",
                self.patience.as_secs()
            ),
        }
    }

    async fn ask_on(&self, question: Question) -> Result<Answer, Problem> {
        let (start, mut broken, mut is_renewed) = (Instant::now(), 0, false);
        loop {
            self.wait(start).await?;
            let authorization = self.authorization().await?;
            let answer = match self.http.ask(&question, authorization.expose_secret()).await {
                Err(Failure::Unreachable(_) | Failure::Broken(_)) if broken < TRIES => {
                    sleep(backoff(broken)).await;
                    broken += 1;
                    continue;
                }
                answer => answer?,
            };
            self.heed(&answer).await;
            match answer.status {
                401 if !is_renewed && self.can_renew() => {
                    is_renewed = true;
                    *self.token.lock().await = None;
                }
                401 | 403 => return Err(self.refused(answer.status)),
                status if is_too_much(status) => {}
                502 | 504 if broken < TRIES => {
                    sleep(backoff(broken)).await;
                    broken += 1;
                }
                _ => return Ok(answer),
            }
        }
    }

    /// Until we may ask again.
    async fn wait(&self, start: Instant) -> Result<(), Problem> {
        let until = *self.not_before.lock().await;
        match until {
            Some((until, asked)) if until > start + self.patience => Err(Problem {
                code: Code::ProviderUnavailable,
                sentence: format!(
                    "the admin interface wants us to wait for {} seconds, and we wait for {} at most",
                    asked.as_secs(),
                    self.patience.as_secs()
                ),
            }),
            Some((until, _)) => {
                sleep_until(until).await;
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn heed(&self, answer: &Answer) {
        let now = self.world.now().timestamp();
        let pause = pause(answer.status, &answer.headers, now);
        if let Some(pause) = pause.filter(|pause| !pause.is_zero()) {
            tracing::debug!(seconds = pause.as_secs(), "waiting for the admin interface's allowance");
        }
        // Whoever comes back together meets together again.
        let then = |pause| (Instant::now() + pause + jitter(pause / 10), pause);
        *self.not_before.lock().await = pause.map(then);
    }

    fn can_renew(&self) -> bool {
        matches!(self.settings.credentials, AdminCredentials::Client { .. } | AdminCredentials::Key { .. })
    }

    async fn authorization(&self) -> Result<SecretString, Problem> {
        let mut token = self.token.lock().await;
        let is_fresh = |token: &&Token| token.until.is_none_or(|until| Instant::now() < until);
        if let Some(token) = token.as_ref().filter(is_fresh) {
            return Ok(token.authorization.clone());
        }
        let new = match &self.settings.credentials {
            AdminCredentials::Token(given) => {
                let scheme = scheme(self.settings.interface, given.expose_secret());
                let authorization = format!("{scheme} {}", given.expose_secret()).into();
                Token { authorization, until: None }
            }
            AdminCredentials::Client { .. } | AdminCredentials::Key { .. } => self.new_token().await?,
        };
        Ok(token.insert(new).authorization.clone())
    }

    async fn new_token(&self) -> Result<Token, Problem> {
        let parameters = self.settings.token_parameters();
        let mut form = vec![("grant_type", "client_credentials")];
        form.extend(parameters.iter().map(|(name, value)| (*name, value.as_str())));
        let asked = async {
            let metadata = self.client.discovered().await?;
            self.client.token_call(&metadata, &form).await
        };
        let tokens = asked.await.map_err(|problem| match problem.code {
            Code::ClientRefused => Problem {
                sentence: format!(
                    "{}; look at the service account and {}",
                    problem.sentence, self.settings.names.client_secret
                ),
                ..problem
            },
            _ => problem,
        })?;
        let life = tokens.expires_in.map_or(LIFE, Duration::from_secs);
        let life = life.saturating_sub(EARLY).max(life / 2).min(Duration::from_secs(86_400));
        let authorization = format!("Bearer {}", tokens.access_token).into();
        Ok(Token { authorization, until: Some(Instant::now() + life) })
    }

    fn refused(&self, status: u16) -> Problem {
        let names = &self.settings.names;
        let setting = if self.can_renew() { &names.client_secret } else { &names.token };
        let may = match status {
            401 => format!("does not take our token: look at {setting}"),
            _ => format!("does not let us do that: give whoever {setting} belongs to the right"),
        };
        Problem {
            code: Code::ClientRefused,
            sentence: format!("the admin interface answers {status} and {may}"),
        }
    }
}

/// Okta has tokens of its own beside those of OAuth, which are JWTs there.
fn scheme(of: Interface, token: &str) -> &'static str {
    let is_jwt = token.starts_with("ey") && token.matches('.').count() == 2;
    match of {
        Interface::Okta if !is_jwt => "SSWS",
        _ => "Bearer",
    }
}

/// The most records that fit into one answer, of at most so many: where it is too large, fewer are asked for. None where
/// one record is too large by itself.
pub(super) async fn fitting<T, F>(most: u64, ask: impl Fn(u64) -> F) -> Result<Option<T>, Problem>
where
    F: Future<Output = Result<T, Problem>> + Send,
{
    let mut size = most;
    loop {
        match ask(size).await {
            Err(problem) if problem.code != Code::AnswerTooLarge => return Err(problem),
            Err(_) if size == 1 => return Ok(None),
            Err(_) => size = smaller(size),
            Ok(answer) => return Ok(Some(answer)),
        }
    }
}

/// A fifth, which divides it where it is a page of ours.
pub(super) fn smaller(size: u64) -> u64 {
    (size / 5).max(1)
}

pub(super) fn question(method: Method, url: Url, body: Option<Json>) -> Question {
    Question { method, url, body, headers: &[] }
}

/// The answer, if it is one of success.
pub(super) fn ok(answer: Answer) -> Result<Answer, Problem> {
    match answer.status {
        200..=299 => Ok(answer),
        500.. => Err(Problem {
            code: Code::ProviderUnavailable,
            sentence: format!("the admin interface answers {}", answer.status),
        }),
        404 => Err(unexpected(
            "it answers 404 in words that are not its own: look at its address, and at proxies",
        )),
        status => Err(unexpected(&format!("it answers {status}"))),
    }
}

pub(super) fn json(answer: &Answer) -> Result<Json, Problem> {
    serde_json::from_slice(&answer.body).map_err(|_| unexpected("its answer is no JSON"))
}

/// The admin interface says something else than it should.
pub(super) fn unexpected(what: &str) -> Problem {
    Problem { code: Code::AnswerUnexpected, sentence: format!("the admin interface: {what}") }
}

/// Half a second, then one, two, four.
fn backoff(tries: u32) -> Duration {
    let base = Duration::from_millis(500 << tries.min(6));
    base + jitter(base / 2)
}

fn jitter(most: Duration) -> Duration {
    // Each hasher of the standard library has keys of its own.
    let random = RandomState::new().build_hasher().finish();
    let most = u64::try_from(most.as_micros()).unwrap_or(u64::MAX);
    Duration::from_micros(random.checked_rem(most).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn okta_s_own_tokens_have_a_scheme_of_their_own() {
        assert_eq!(scheme(Interface::Okta, "00abc"), "SSWS");
        assert_eq!(scheme(Interface::Okta, "eyJh.eyJz.sig"), "Bearer");
        assert_eq!(scheme(Interface::Keycloak, "00abc"), "Bearer");
    }

    #[tokio::test]
    async fn as_many_are_asked_for_as_fit_and_one_alone_that_does_not_is_none() {
        let too_large = || Problem { code: Code::AnswerTooLarge, sentence: String::new() };
        let of = |fits: u64| {
            fitting(500, move |size| async move { if size <= fits { Ok(size) } else { Err(too_large()) } })
        };
        for (fits, expected) in [(500, Some(500)), (499, Some(100)), (20, Some(20)), (3, Some(1)), (0, None)]
        {
            assert_eq!(of(fits).await.unwrap(), expected);
        }
        let other = fitting::<u64, _>(500, |_| async { Err(unexpected("it answers 400")) }).await;
        assert_eq!(other.unwrap_err().code, Code::AnswerUnexpected);
    }

    #[test]
    fn the_second_try_is_later_than_the_first() {
        assert!(backoff(0) >= Duration::from_millis(500) && backoff(0) < Duration::from_secs(1));
        assert!(backoff(3) >= Duration::from_secs(4));
        assert!(jitter(Duration::ZERO).is_zero());
    }
}
