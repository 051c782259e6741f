//! A log-in that was started and not yet finished.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::{Digest, Secret, Ticket, TicketKind, Timestamp, UserId};

/// The longest value that is taken of a parameter, in bytes.
const LONGEST: usize = 4096;
/// The same of those that are remembered until the browser comes back, or are words of the protocol.
const LONGEST_WORDS: usize = 1024;

/// What a visitor (or a page of ours) asks of a log-in. All of it is optional and untrusted.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct LoginRequest {
    /// The provider's name in the settings.
    pub provider: Option<String>,
    /// Where to go afterwards, on our own origin.
    pub return_to: Option<String>,
    /// Who is expected to log in (`login_hint`).
    pub login_hint: Option<String>,
    /// `login`, `consent`, `select_account`, `create`, …, OpenID Connect Core 3.1.2.1.
    pub prompt: Option<String>,
    /// Seconds since the visitor last showed who they are; checked on return.
    pub max_age: Option<u64>,
    /// Space-separated; one of them is demanded on return.
    pub acr_values: Option<String>,
    /// Whatever else was asked. A provider is told of it what its preset lets through, such as Kinde's
    /// `org_code`.
    pub further: BTreeMap<String, String>,
}

impl LoginRequest {
    /// What a query (form-encoded) asks for. A parameter given twice, not readable or too long counts as not
    /// given.
    pub fn of_query(query: &str) -> Self {
        let (mut once, mut seen) = (BTreeMap::new(), BTreeSet::new());
        for (name, value) in url::form_urlencoded::parse(query.as_bytes()) {
            match seen.insert(name.clone()) {
                true => once.insert(name.into_owned(), value.into_owned()),
                false => once.remove(&*name),
            };
        }
        // `moved` marks our own redirect to the site's host.
        once.retain(|name, value| !value.is_empty() && name != "moved");
        Self {
            provider: once.remove("provider"),
            return_to: once.remove("return_to"),
            login_hint: once.remove("login_hint"),
            prompt: once.remove("prompt"),
            max_age: once.remove("max_age").and_then(|seconds| seconds.parse().ok()),
            acr_values: once.remove("acr_values"),
            further: once,
        }
        .bounded()
    }

    /// Without what is too long: a visitor leaves behind no more than that.
    pub(crate) fn bounded(mut self) -> Self {
        let short = |longest| move |value: &String| value.len() <= longest;
        self.provider = self.provider.filter(short(LONGEST_WORDS));
        self.return_to = self.return_to.filter(short(LONGEST));
        self.login_hint = self.login_hint.filter(short(LONGEST));
        self.prompt = self.prompt.filter(short(LONGEST_WORDS));
        self.acr_values = self.acr_values.filter(short(LONGEST_WORDS));
        self.further.retain(|name, value| name.len() <= LONGEST_WORDS && value.len() <= LONGEST);
        self
    }

    /// The same request, at an address where a provider is chosen first.
    pub fn choose_at(&self, path: &str) -> String {
        match (Self { provider: None, ..self.clone() }).query() {
            empty if empty.is_empty() => path.to_owned(),
            query => format!("{path}?{query}"),
        }
    }

    /// The query (form-encoded) that asks for this.
    pub fn query(&self) -> String {
        let max_age = self.max_age.map(|seconds| seconds.to_string());
        let asked = [
            ("provider", &self.provider),
            ("return_to", &self.return_to),
            ("login_hint", &self.login_hint),
            ("prompt", &self.prompt),
            ("max_age", &max_age),
            ("acr_values", &self.acr_values),
        ];
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(asked.into_iter().filter_map(|(name, value)| Some((name, value.as_ref()?))));
        query.extend_pairs(&self.further);
        query.finish()
    }
}

/// What is remembered between leaving for the provider and coming back. Usable once.
#[derive(Clone, Debug, PartialEq)]
pub struct Attempt {
    /// The key: the digest of `state`.
    pub state: Digest,
    /// The digest of the browser's own value: another browser cannot finish this.
    pub browser: Digest,
    /// The provider's name in the settings.
    pub provider: String,
    /// Its issuer then.
    pub issuer: String,
    /// `nonce` of the request.
    pub nonce: Secret,
    /// The PKCE verifier, RFC 7636.
    pub verifier: Secret,
    /// Where it leads, on our own origin.
    pub return_to: String,
    /// In seconds; the ID token must agree.
    pub max_age: Option<u64>,
    /// The ID token must name one of them.
    pub acr_values: Vec<String>,
    /// Whom the identity that comes back joins.
    pub joins: Joins,
    /// Whether the provider was asked to let the person show again who they are (`prompt=login`).
    pub is_reauthentication: bool,
    /// When the browser left.
    pub created_at: Timestamp,
    /// When it is too late to come back.
    pub expires_at: Timestamp,
}

/// Whom the identity that comes back joins.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Joins {
    /// Nobody: it is somebody's already, or starts a user of its own.
    #[default]
    Nobody,
    /// Whoever is signed in and asked for it.
    Link(Link),
    /// Whoever was invited; the digest of the invitation's secret.
    Invitation(Digest),
}

/// The identity that comes back shall join this user, if the session that asked for it still lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    /// Whom it joins.
    pub user: UserId,
    /// Who asked.
    pub session: Digest,
}

/// What of an attempt is encrypted at rest.
#[derive(Deserialize, Serialize)]
struct Content {
    provider: String,
    issuer: String,
    nonce: String,
    verifier: String,
    return_to: String,
    max_age: Option<u64>,
    acr_values: Vec<String>,
    joins: Joins,
    is_reauthentication: bool,
    created_at: Timestamp,
}

impl Attempt {
    /// The ticket that stands for it.
    ///
    /// # Errors
    /// None in practice: all of it can be written as JSON.
    pub fn to_ticket(&self) -> serde_json::Result<Ticket> {
        let content = Content {
            provider: self.provider.clone(),
            issuer: self.issuer.clone(),
            nonce: self.nonce.expose().to_owned(),
            verifier: self.verifier.expose().to_owned(),
            return_to: self.return_to.clone(),
            max_age: self.max_age,
            acr_values: self.acr_values.clone(),
            joins: self.joins,
            is_reauthentication: self.is_reauthentication,
            created_at: self.created_at,
        };
        Ok(Ticket {
            kind: TicketKind::Attempt,
            key: self.state,
            holder: Some(self.browser),
            content: serde_json::to_vec(&content)?,
            expires_at: self.expires_at,
        })
    }

    /// The attempt that a ticket stands for; none where an older version of this program wrote it otherwise.
    pub fn from_ticket(ticket: &Ticket) -> Option<Self> {
        let content: Content = serde_json::from_slice(&ticket.content).ok()?;
        Some(Self {
            state: ticket.key,
            browser: ticket.holder?,
            provider: content.provider,
            issuer: content.issuer,
            nonce: Secret::parse(&content.nonce)?,
            verifier: Secret::parse(&content.verifier)?,
            return_to: content.return_to,
            max_age: content.max_age,
            acr_values: content.acr_values,
            joins: content.joins,
            is_reauthentication: content.is_reauthentication,
            created_at: content.created_at,
            expires_at: ticket.expires_at,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn full() -> LoginRequest {
        LoginRequest {
            provider: Some("kinde".into()),
            return_to: Some("/notes?a=b&c=%2F#d".into()),
            login_hint: Some("ada+1@example.com".into()),
            prompt: Some("login consent".into()),
            max_age: Some(0),
            acr_values: Some("gold silver".into()),
            further: BTreeMap::from([("org_code".into(), "org_é".into())]),
        }
    }

    #[test]
    fn an_attempt_is_read_back_from_its_ticket() {
        let now = Timestamp::UNIX_EPOCH;
        let attempt = Attempt {
            state: Digest([1; 32]),
            browser: Digest([2; 32]),
            provider: "main".into(),
            issuer: "https://id.example".into(),
            nonce: Secret::new([3; 32]),
            verifier: Secret::new([4; 32]),
            return_to: "/a?é".into(),
            max_age: Some(5),
            acr_values: vec!["gold".into()],
            joins: Joins::Link(Link { user: UserId(Default::default()), session: Digest([6; 32]) }),
            is_reauthentication: true,
            created_at: now,
            expires_at: now + chrono::TimeDelta::seconds(9),
        };
        let ticket = attempt.to_ticket().unwrap();
        assert_eq!(Attempt::from_ticket(&ticket), Some(attempt));
        assert_eq!(Attempt::from_ticket(&Ticket { content: b"{}".to_vec(), ..ticket }), None);
    }

    #[test]
    fn a_query_is_read_parameter_by_parameter() {
        let query = "provider=kinde&return_to=%2Fnotes%3Fa%3Db%26c%3D%252F%23d&login_hint=ada%2B1%40example.com\
                     &prompt=login+consent&max_age=0&acr_values=gold%20silver&org_code=org_%C3%A9&moved=1";
        assert_eq!(LoginRequest::of_query(query), full());
    }

    #[test]
    fn a_query_that_asks_for_nothing_asks_for_nothing() {
        for nothing in ["", "&&", "return_to", "return_to=", "moved=1"] {
            assert_eq!(LoginRequest::of_query(nothing), LoginRequest::default(), "{nothing}");
        }
    }

    #[test]
    fn a_parameter_given_twice_counts_as_not_given_and_the_others_stay() {
        for twice in [
            "return_to=/a&return_to=/b",
            "return_to=/a&return_to=/a",
            "return_to=/a&return_to=",
            "return_to=&return_to=/a",
        ] {
            let read = LoginRequest::of_query(&format!("{twice}&provider=kinde"));
            assert_eq!((read.return_to, read.provider.as_deref()), (None, Some("kinde")), "{twice}");
        }
    }

    #[test]
    fn an_age_is_whole_seconds_from_0() {
        for (said, read) in
            [("0", Some(0)), ("300", Some(300)), ("-1", None), ("1.5", None), ("x", None), ("", None)]
        {
            assert_eq!(LoginRequest::of_query(&format!("max_age={said}")).max_age, read, "{said}");
        }
        assert_eq!(LoginRequest::of_query("max_age=99999999999999999999").max_age, None);
    }

    #[test]
    fn what_is_too_long_counts_as_not_given_and_the_rest_stays() {
        let long = "a".repeat(60_000);
        for name in ["return_to", "login_hint", "prompt", "acr_values", "org_code"] {
            let read = LoginRequest::of_query(&format!("{name}={long}&max_age=7"));
            assert_eq!(read, LoginRequest { max_age: Some(7), ..Default::default() }, "{name}");
        }
        let hint = "a".repeat(3000);
        let read = LoginRequest::of_query(&format!("login_hint={hint}&acr_values=gold"));
        assert_eq!((read.login_hint, read.acr_values.as_deref()), (Some(hint), Some("gold")));
    }

    #[test]
    fn the_chooser_hears_all_but_the_provider() {
        let chosen = full().choose_at("/auth/providers");
        let query = chosen.strip_prefix("/auth/providers?").unwrap();
        assert_eq!(LoginRequest::of_query(query), LoginRequest { provider: None, ..full() });
    }

    #[test]
    fn a_request_for_nothing_makes_no_query() {
        assert_eq!(LoginRequest::default().choose_at("/auth/providers"), "/auth/providers");
        let provider = LoginRequest { provider: Some("kinde".into()), ..LoginRequest::default() };
        assert_eq!(provider.choose_at("/auth/providers"), "/auth/providers");
    }
}
