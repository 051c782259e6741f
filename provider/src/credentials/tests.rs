//! Keys that `openssl` makes, in every form it writes, and `openidconnect`'s verifier on what we sign with them.

use std::process::Command;

use openidconnect::JsonWebKey;
use openidconnect::core::{
    CoreJsonCurveType as Curve, CoreJsonWebKey as Jwk, CoreJwsSigningAlgorithm as Core,
};
use serde_json::Value;

use super::der::Unusable;
use super::key::SigningKey;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD as BASE64};

/// Runs one line in a shell: `openssl` reads files and pipes alike.
fn shell(line: &str) -> String {
    let output = Command::new("sh").args(["-c", line]).output().unwrap();
    assert!(output.status.success(), "{line}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// A key in PKCS#8 as `openssl genpkey` makes it.
fn made(options: &str) -> String {
    shell(&format!("openssl genpkey -quiet {options} 2>/dev/null || openssl genpkey {options} 2>/dev/null"))
}

/// What `openssl` makes of a key on its standard input.
fn converted(pem: &str, command: &str) -> String {
    shell(&format!("printf '%s' '{pem}' | openssl {command} 2>/dev/null"))
}

/// The public half, as another library takes it.
fn public(pem: &str) -> Jwk {
    let der = converted(pem, "pkey -pubout -outform DER | base64 -w0");
    let der = BASE64_STANDARD.decode(der.trim()).unwrap();
    let tail = |length: usize| der[der.len() - length..].to_vec();
    let point = |length: usize, curve| {
        let point = tail(2 * length);
        Jwk::new_ec(point[..length].to_vec(), point[length..].to_vec(), curve, None)
    };
    match der.len() {
        44 => Jwk::new_okp(tail(32), Curve::Ed25519, None),
        91 => point(32, Curve::P256),
        120 => point(48, Curve::P384),
        // `… 02 82 01 01 00 MODULUS 02 03 01 00 01`
        _ => Jwk::new_rsa(tail(256 + 5)[..256].to_vec(), vec![1, 0, 1], None),
    }
}

fn part(jwt: &str, at: usize) -> Value {
    serde_json::from_slice(&BASE64.decode(jwt.split('.').nth(at).unwrap()).unwrap()).unwrap()
}

/// Signs with the key and lets the other library say whether it was that key and that algorithm.
fn signs(pem: &str, listed: Option<&[String]>) -> String {
    let key = SigningKey::parse(pem, Some("k1".to_owned())).unwrap();
    let jwt = key.assertion("client", "https://op.example", 1_000, "id", listed).unwrap();
    let (message, signature) = jwt.rsplit_once('.').unwrap();
    let (header, claims) = (part(&jwt, 0), part(&jwt, 1));
    let algorithm = header["alg"].as_str().unwrap().to_owned();
    let core: Core = serde_json::from_value(header["alg"].clone()).unwrap();
    let signature = BASE64.decode(signature).unwrap();
    public(pem).verify_signature(&core, message.as_bytes(), &signature).unwrap();
    assert!(public(pem).verify_signature(&core, b"something else", &signature).is_err());
    assert_eq!((&header["kid"], &header["typ"]), (&Value::from("k1"), &Value::from("JWT")));
    let expected = serde_json::json!({
        "iss": "client", "sub": "client", "aud": "https://op.example", "iat": 1_000, "exp": 1_060, "jti": "id",
    });
    assert_eq!(claims, expected);
    algorithm
}

#[test]
fn rsa_keys_sign_in_pkcs8_and_pkcs1() {
    let pkcs8 = made("-algorithm RSA -pkeyopt rsa_keygen_bits:2048");
    let pkcs1 = converted(&pkcs8, "rsa -traditional");
    assert!(pkcs8.starts_with("-----BEGIN PRIVATE KEY-----"));
    assert!(pkcs1.starts_with("-----BEGIN RSA PRIVATE KEY-----"));
    assert_eq!([&pkcs8, &pkcs1].map(|pem| signs(pem, None)), ["RS256", "RS256"]);
    let lists = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    assert_eq!(signs(&pkcs8, Some(&lists(&["PS256"]))), "PS256");
    assert_eq!(signs(&pkcs8, Some(&lists(&["PS256", "RS256"]))), "RS256");
    assert_eq!(signs(&pkcs8, Some(&lists(&["ES256"]))), "RS256", "the key has the last word");
}

#[test]
fn an_rsa_key_that_is_for_pss_signs_by_pss_only() {
    let pss = made("-algorithm RSA-PSS -pkeyopt rsa_keygen_bits:2048");
    let key = SigningKey::parse(&pss, None).unwrap();
    let listed = ["RS256".to_owned()];
    for listed in [None, Some(&listed[..])] {
        let jwt = key.assertion("client", "https://op.example", 0, "id", listed).unwrap();
        assert_eq!(part(&jwt, 0), serde_json::json!({ "alg": "PS256", "typ": "JWT" }));
    }
    assert_eq!(signs(&pss, None), "PS256");
}

#[test]
fn elliptic_keys_sign_in_pkcs8_and_sec1() {
    for (curve, algorithm) in [("P-256", "ES256"), ("P-384", "ES384")] {
        let pkcs8 = made(&format!("-algorithm EC -pkeyopt ec_paramgen_curve:{curve}"));
        let sec1 = converted(&pkcs8, "ec");
        assert!(sec1.starts_with("-----BEGIN EC PRIVATE KEY-----"), "{sec1}");
        assert_eq!([&pkcs8, &sec1].map(|pem| signs(pem, None)), [algorithm, algorithm]);
    }
    let with_parameters = shell("openssl ecparam -name prime256v1 -genkey 2>/dev/null");
    assert!(with_parameters.starts_with("-----BEGIN EC PARAMETERS-----"));
    assert_eq!(signs(&with_parameters, None), "ES256");
}

#[test]
fn ed25519_keys_sign() {
    assert_eq!(signs(&made("-algorithm ED25519"), None), "EdDSA");
}

#[test]
fn a_key_that_is_of_no_use_is_told_why() {
    let why = |pem: &str| SigningKey::parse(pem, None).err();
    assert_eq!(why(&made("-algorithm EC -pkeyopt ec_paramgen_curve:P-521")), Some(Unusable::Kind));
    assert_eq!(why(&made("-algorithm X25519")), Some(Unusable::Kind));
    assert_eq!(why(&made("-algorithm ED448")), Some(Unusable::Kind));
    assert_eq!(why(&made("-algorithm RSA -pkeyopt rsa_keygen_bits:1024")), Some(Unusable::Rsa));
    let elliptic = made("-algorithm EC -pkeyopt ec_paramgen_curve:P-256");
    for without in ["ec -no_public", "ec -no_public | openssl pkcs8 -topk8 -nocrypt"] {
        let pem = converted(&elliptic, without);
        // `pkcs8 -topk8` puts the public key back in with some versions of openssl.
        assert!(matches!(why(&pem), Some(Unusable::NoPublicKey) | None), "{without}");
    }
    assert_eq!(why(&converted(&elliptic, "ec -no_public")), Some(Unusable::NoPublicKey));
    assert_eq!(why(&converted(&elliptic, "pkey -pubout")), Some(Unusable::Unreadable));
    assert_eq!(why(""), Some(Unusable::Unreadable));
    let nonsense = format!("-----BEGIN PRIVATE KEY-----\n{}\n-----END PRIVATE KEY-----\n", "AAAA");
    assert_eq!(why(&nonsense), Some(Unusable::Unreadable));
}

#[test]
fn a_key_whose_parts_do_not_belong_together_is_damaged() {
    let one = made("-algorithm ED25519");
    let (head, _) = one.split_once("MC4").unwrap();
    let cut =
        format!("{head}MCUCAQAwBQYDK2VwBBkEFwAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n-----END PRIVATE KEY-----\n");
    assert_eq!(SigningKey::parse(&cut, None).err(), Some(Unusable::Damaged));
}
