//! What the README says that `sparekey check` says, it says.

use std::process::{Command, Output};

use dev_provider::{DevProvider, Fault, Settings};

use super::read;
use crate::support::app::{CLIENT_ID, CLIENT_SECRET};

const CHECKED: &str = "The sentence must stand in the README as the program says it";

/// `sparekey check` with these settings and nothing else, in an empty folder.
pub(super) async fn check(settings: &[(&str, &str)]) -> (Output, String) {
    let folder = tempfile::tempdir().unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_sparekey"));
    command.arg("check").env_clear().current_dir(folder.path()).envs(settings.iter().copied());
    let output = tokio::task::spawn_blocking(move || command.output()).await.unwrap().unwrap();
    let text = [&output.stdout[..], &output.stderr].concat();
    (output, String::from_utf8(text).unwrap())
}

/// As `check`, with what it takes to log in at this provider.
async fn check_at(provider: &DevProvider) -> (Output, String) {
    let settings = [
        ("OIDC_ISSUER_URL", provider.issuer()),
        ("OIDC_CLIENT_ID", CLIENT_ID),
        ("OIDC_CLIENT_SECRET", CLIENT_SECRET),
    ];
    check(&settings).await
}

#[tokio::test]
async fn what_goes_wrong_is_said_in_the_words_of_the_readme() {
    let provider = dev_provider::start(Settings::for_site("http://localhost:3000")).await.unwrap();
    let issuer = provider.issuer().to_owned();
    let (slash, realm) = (format!("{issuer}/"), format!("{issuer}/realms/none"));
    let (id, secret) = (("OIDC_CLIENT_ID", "sparekey"), ("OIDC_CLIENT_SECRET", "dev-secret"));
    let at = |issuer| [("OIDC_ISSUER_URL", issuer), id, secret].to_vec();
    let with = |one| [at(issuer.as_str()), vec![one]].concat();
    let readme = read("README.md");
    for (settings, status, sentence) in [
        (at("http://127.0.0.1:9"), 1, "right, and can this machine reach it?"),
        (at(&slash), 1, "the two must be the same to the letter"),
        (at(&realm), 1, "is not a provider's metadata, is OIDC_ISSUER_URL right?"),
        (at(&realm), 1, "the provider answers 404 where 200 is due"),
        (with(("OIDC_CLIENT_ID", "x")), 1, "is OIDC_CLIENT_ID right, and is the redirect URI"),
        (with(("OIDC_CLIENT_SECRET", "x")), 1, "it does not believe that we are the client"),
        (with(("OIDC_ID_TOKEN_ALG", "ES256")), 1, "not with ES256: set OIDC_ID_TOKEN_ALG"),
        (at("https://a.example/.well-known/x"), 78, "OIDC_ISSUER_URL must end before /.well-known/"),
        (
            at("http://id.example.com"),
            78,
            "OIDC_ISSUER_URL must begin with https://; plain http is for localhost only",
        ),
        (vec![("OIDC_ISSUER_URL", "https://a.example")], 78, "OIDC_CLIENT_ID is missing"),
        (with(("OIDC_ISUER_URL", "x")), 0, "did you mean OIDC_ISSUER_URL?"),
        (
            vec![("KINDE_ISSUER_URL", "acme.kinde.com"), id],
            78,
            "KINDE_ISSUER_URL must be a URL such as https://acme.kinde.com",
        ),
        (
            with(("KINDE_ISSUER_URL", "https://acme.kinde.com")),
            78,
            "OIDC_ISSUER_URL and KINDE_ISSUER_URL have different values",
        ),
    ] {
        let (output, said) = check(&settings).await;
        assert!(said.contains(sentence), "{sentence}: {said}");
        assert_eq!(output.status.code(), Some(status), "{said}");
        assert!(readme.contains(sentence), "{CHECKED}: {sentence}");
    }
}

#[tokio::test]
async fn what_is_right_is_said_with_the_addresses_to_register() {
    let provider = dev_provider::start(Settings::for_site("http://localhost:3000")).await.unwrap();
    let (output, said) = check_at(&provider).await;
    assert_eq!(output.status.code(), Some(0), "{said}");
    for line in
        ["http://localhost:3000/auth/callback\n", "http://localhost:3000/\n", "log-out (RP-initiated): yes"]
    {
        assert!(said.contains(line), "{line}: {said}");
    }
    assert!(!said.contains("BAD"), "{said}");
}

#[tokio::test]
async fn a_pushed_request_that_is_refused_is_told_with_what_may_be_wrong_about_it() {
    let provider = dev_provider::start(Settings::for_site("http://localhost:3000")).await.unwrap();
    provider.faults().set(Fault::PushedRequestsAdvertised);
    let (output, said) = check_at(&provider).await;
    assert_eq!(output.status.code(), Some(0), "{said}");
    assert!(said.contains("it knows the client sparekey and its redirect URI"), "{said}");
    provider.faults().set(Fault::ParInvalidRequest);
    let (output, said) = check_at(&provider).await;
    assert_eq!(output.status.code(), Some(1), "{said}");
    for sentence in [
        "is OIDC_CLIENT_ID right, and is the redirect URI http://localhost:3000/auth/callback registered there?",
        "Are the scopes openid profile email known there?",
    ] {
        assert!(said.contains(sentence), "{sentence}: {said}");
    }
}

#[tokio::test]
async fn a_client_that_is_sent_back_with_a_refusal_and_a_token_endpoint_that_is_out_are_bad() {
    for (fault, sentence) in [
        (Fault::ResponseUnauthorizedClient, identity::Code::UnauthorizedClient.sentence()),
        (Fault::TokenEndpoint503, "token call: the provider answers 503"),
        (Fault::TokenEndpoint404, "token call: the provider answers 404 where 200 is due"),
        (Fault::TokenEndpoint405, "token call: the provider answers 405 where 200 is due"),
        (Fault::TokenEndpoint500, "token call: the provider answers 500 where 200 is due"),
        (Fault::Userinfo404, "userinfo: the provider answers 404 to a token that does not exist"),
        (Fault::Userinfo500, "userinfo: the provider answers 500 to a token that does not exist"),
        (Fault::Userinfo503, "userinfo: the provider answers 503 to a token that does not exist"),
    ] {
        let provider = dev_provider::start(Settings::for_site("http://localhost:3000")).await.unwrap();
        provider.faults().set(fault);
        let (output, said) = check_at(&provider).await;
        let sentence = format!("{sentence}: no log-in can work");
        let bad = said.lines().any(|line| line.contains("BAD") && line.contains(&sentence));
        assert!(bad, "{fault:?}: {said}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[tokio::test]
async fn keys_that_verify_no_id_token_are_bad_with_what_to_do() {
    let empty = "holds no key for signatures that can be read: no log-in can work; make the provider publish";
    let other = "holds no key for RS256 of 2048 bits or more: no log-in can work; set OIDC_ID_TOKEN_ALG to";
    for (fault, sentence) in [
        (Fault::JwksEmpty, empty),
        (Fault::JwksUseEnc, empty),
        (Fault::JwksKeyOpsEncrypt, empty),
        (Fault::JwksWithSecretKey, empty),
        (Fault::JwksOtherAlg, other),
        (Fault::JwksNotJson, "no log-in can work"),
        (Fault::Jwks404, "no log-in can work"),
    ] {
        let provider = dev_provider::start(Settings::for_site("http://localhost:3000")).await.unwrap();
        provider.faults().set(fault);
        let (output, said) = check_at(&provider).await;
        let bad = said.lines().any(|line| line.contains("BAD") && line.contains(sentence));
        assert!(bad, "{fault:?}: {said}");
        assert_eq!(output.status.code(), Some(1));
    }
}

#[tokio::test]
async fn a_setting_stands_once_in_the_list_and_a_blank_one_not_at_all() {
    let provider = dev_provider::start(Settings::for_site("http://localhost:3001")).await.unwrap();
    let (_, said) = check(&[
        ("SITE_URL", "http://localhost:3001"),
        ("OIDC_ISSUER_URL", provider.issuer()),
        ("OIDC_CLIENT_ID", "sparekey"),
        ("OIDC_CLIENT_SECRET", " "),
    ])
    .await;
    assert_eq!(said.matches("SITE_URL").count(), 1, "{said}");
    assert!(!said.contains("OIDC_CLIENT_SECRET is set"), "{said}");
}
