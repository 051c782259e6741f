//! Nothing secret stands where it must not: in a log at its loudest, on a page, in an address of ours, in
//! the files of the database.

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use dev_provider::{Client, DevProvider, Endpoint, Fault, Person};
use http::Method;
use serde_json::json;

use crate::support::app::{ADA, BROWSER, CLIENT_ID, GRACE, SESSION};
use crate::support::browser::{Answer, Browser, parameter};
use crate::support::process::{Serving, free_port};

const SECRET: &str = "the-client-secret-of-this-test";

/// A browser that remembers what it saw.
struct Witness {
    browser: Browser,
    seen: Vec<(String, Answer)>,
    secrets: BTreeSet<String>,
    /// A nonce that was used is a claim like any other, so it is kept with the identity and shown to whose it is, with all
    /// claims as received; and nowhere else.
    nonces: BTreeSet<String>,
}

impl Witness {
    async fn get(&mut self, target: &str) -> Answer {
        let answer = self.browser.get(target).await;
        self.note(target, answer)
    }

    async fn post(&mut self, target: &str) -> Answer {
        let answer = self.browser.post(target, &[]).await;
        self.note(target, answer)
    }

    fn note(&mut self, target: &str, answer: Answer) -> Answer {
        self.seen.push((target.split('?').next().unwrap().to_owned(), answer.clone()));
        self.secrets.extend([SESSION, BROWSER].iter().filter_map(|name| self.browser.cookie(name)));
        answer
    }

    async fn log_in(&mut self, subject: &str) -> Answer {
        let left = self.get("/auth/login?return_to=/account").await;
        self.secrets.insert(parameter(left.location(), "state").unwrap());
        self.nonces.insert(parameter(left.location(), "nonce").unwrap());
        let callback = self.browser.choose(left.location(), subject).await;
        self.get(&callback).await
    }
}

/// Everything that was told to the provider in confidence.
fn confidences(provider: &DevProvider, into: &mut BTreeSet<String>) {
    for endpoint in [Endpoint::Token, Endpoint::Refresh, Endpoint::Userinfo, Endpoint::Revoke] {
        for call in provider.calls().all(endpoint) {
            let form = ["code", "code_verifier", "refresh_token", "token"];
            into.extend(form.iter().filter_map(|name| call.form.get(name)).map(str::to_owned));
            into.extend(
                call.authorization()
                    .and_then(|value| value.split_once(' '))
                    .map(|(_, value)| value.to_owned()),
            );
        }
    }
}

fn assert_none(secrets: &BTreeSet<String>, bytes: &[u8], place: &str) {
    for secret in secrets {
        let found = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(!found, "{secret:.12}… is in {place}");
    }
}

/// With a claim that somebody else holds (OpenID Connect Core 5.6.2).
fn ada_elsewhere(secrets: &mut BTreeSet<String>) -> Person {
    let token = "the-token-of-a-distributed-claim";
    secrets.insert(token.to_owned());
    let source = json!({ "endpoint": "https://bank.example/claims", "access_token": token });
    Person::new(ADA)
        .with("_claim_names", json!({ "age": "bank" }))
        .with("_claim_sources", json!({ "bank": source }))
}

async fn journey(provider: &DevProvider, witness: &mut Witness) {
    provider.set_person(ada_elsewhere(&mut witness.secrets));
    witness.log_in(ADA).await.location();
    for page in ["/", "/dashboard", "/account", "/api/me", "/auth/logout", "/auth/happened", "/nowhere"] {
        witness.get(page).await;
    }
    provider.access_tokens_live_for(Duration::ZERO);
    witness.log_in(GRACE).await.location();
    witness.get("/api/me").await;
    witness.get("/dashboard").await;
    for fault in [
        Fault::WrongNonce,
        Fault::WrongSignature,
        Fault::MalformedJws,
        Fault::TokenEndpointInvalidGrant,
        Fault::TokenEndpointErrorWith200,
        Fault::TokenEndpointNotJson,
        Fault::TokenTypeMac,
        Fault::Userinfo401,
        Fault::UserinfoOfAnotherSubject,
        Fault::ResponseAccessDenied,
        Fault::ResponseWithWrongIss,
        Fault::RefreshNotJson,
        Fault::RefreshInvalidClient,
    ] {
        provider.faults().set(fault);
        witness.log_in(ADA).await;
        witness.get("/auth/happened").await;
        provider.faults().clear_all();
    }
    let token = provider.logout_token(CLIENT_ID, Some("nobody"), None);
    for _ in 0..2 {
        let ask = witness.browser.ask(Method::POST, "/auth/backchannel-logout");
        let told = ask.form(&[("logout_token", &token)]).send().await;
        witness.note("/auth/backchannel-logout", told);
    }
    witness.secrets.insert(token);
    let out = witness.post("/auth/logout").await;
    witness.secrets.extend(parameter(out.location(), "id_token_hint"));
    provider.stop().await;
    witness.post("/auth/logout").await;
}

#[tokio::test]
async fn no_secret_stands_in_a_log_a_page_an_address_or_the_database() {
    let folder = tempfile::tempdir().unwrap();
    let port = free_port();
    let site = format!("http://localhost:{port}");
    let client = Client::for_site(CLIENT_ID, Some(SECRET), &site);
    let settings =
        dev_provider::Settings { clients: vec![client], ..dev_provider::Settings::for_site(&site) };
    let provider = dev_provider::start(settings).await.unwrap();
    let (issuer, session_secret) = (provider.issuer().to_owned(), "5ec2e7".repeat(11)[..64].to_owned());
    let settings = [
        ("OIDC_ISSUER_URL", issuer.as_str()),
        ("OIDC_CLIENT_ID", CLIENT_ID),
        ("OIDC_CLIENT_SECRET", SECRET),
        ("OIDC_SCOPES", "openid profile email offline_access"),
        ("SESSION_SECRET", &session_secret),
        ("RUST_LOG", "trace"),
    ];
    let mut process = Serving::start(folder.path(), port, &settings).await;
    let mut witness = Witness {
        browser: process.browser(),
        seen: Vec::new(),
        secrets: BTreeSet::new(),
        nonces: BTreeSet::new(),
    };
    journey(&provider, &mut witness).await;
    process.kill();
    let Witness { seen, mut secrets, nonces, .. } = witness;
    confidences(&provider, &mut secrets);
    let basic = BASE64_STANDARD.encode(format!("{CLIENT_ID}:{SECRET}"));
    secrets.extend([SECRET.to_owned(), session_secret, basic]);
    secrets.retain(|secret| secret.len() > 8);
    assert!(secrets.len() > 60, "{}", secrets.len());
    for (target, answer) in &seen {
        assert_none(&secrets, answer.body.as_bytes(), target);
        if !answer.header("location").starts_with(&issuer) {
            assert_none(&secrets, answer.header("location").as_bytes(), target);
        }
    }
    of_the_folder(folder.path(), &secrets);
    let log = std::fs::read(folder.path().join("log")).unwrap();
    assert_none(&nonces, &log, "the log");
    for (target, answer) in seen.iter().filter(|(target, _)| target != "/account") {
        assert_none(&nonces, answer.body.as_bytes(), target);
    }
}

fn of_the_folder(folder: &Path, secrets: &BTreeSet<String>) {
    let files: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(
        files.iter().any(|file| file.ends_with("sparekey.db"))
            && files.iter().any(|file| file.ends_with("log"))
    );
    for file in files {
        assert_none(secrets, &std::fs::read(&file).unwrap(), &file.display().to_string());
    }
    let log = std::fs::read_to_string(folder.join("log")).unwrap();
    let refused =
        |code: &str| log.lines().filter(|line| line.contains(code) && line.contains("refused")).count();
    for code in ["nonce_mismatch", "signature_invalid", "code_refused", "login_cancelled", "iss_mismatch"] {
        assert!(refused(code) >= 1, "{code} has its line in the log");
    }
}
