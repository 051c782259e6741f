//! Whether a delivery was made by who knows the secret: HMAC-SHA-256 of the raw body, or a static header. All
//! comparisons take the same time wherever they fail.

use base64::{Engine, engine::general_purpose::STANDARD};
use identity::Timestamp;
use ring::hmac::{HMAC_SHA256, Key, verify as is_tag_of};
use subtle::ConstantTimeEq;

use super::{Delivery, Format};

/// How far the signed time of a delivery may be from ours, either way, in seconds.
pub const TOLERANCE_SECONDS: i64 = 300;

/// Why a delivery is not believed. All but the last two are 401 (a wrong SET: 400).
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Refused {
    /// A header is missing, or is not what this format's look like.
    #[error(
        "no_signature: the headers that prove where the message comes from are missing or cannot be read"
    )]
    NoSignature,
    /// No secret fits.
    #[error("wrong_signature: the message was not made with this provider's webhook secret, or was changed")]
    WrongSignature,
    /// Sent more than five minutes ago, or in the future.
    #[error("wrong_time: the message was sent more than five minutes from now; compare the clocks")]
    WrongTime,
    /// Ours to mend: no secret is set, or one is not of the form `whsec_` and base64.
    #[error("no_secret: OIDC_WEBHOOK_SECRET is missing, or is not the secret that the sender shows")]
    NoSecret,
    /// A program's fault: this format is verified by the provider's keys.
    #[error("needs_keys: this format is verified by the provider's keys")]
    NeedsKeys,
}

/// One of the times and signatures of a header such as `t=1,v1=ab,v1=cd`.
struct Signed<'a> {
    time: &'a str,
    signatures: Vec<&'a str>,
}

pub(super) fn verify(
    delivery: &Delivery<'_>,
    format: Format,
    secrets: &[&str],
    now: Timestamp,
) -> Result<(), Refused> {
    let secrets: Vec<&str> = secrets.iter().copied().filter(|secret| !secret.is_empty()).collect();
    let header = |name: &str| (delivery.header)(name).ok_or(Refused::NoSignature);
    let body = delivery.body;
    match format {
        Format::Kinde | Format::Set => Err(Refused::NeedsKeys),
        _ if secrets.is_empty() => Err(Refused::NoSecret),
        Format::Standard => standard(delivery, &secrets, now),
        Format::Auth0 | Format::Okta => authorization(header("authorization")?, &secrets),
        Format::Workos => {
            let signed = parts(header("workos-signature")?)?;
            is_now(signed.time, 1000, now)?;
            is_signed(&secrets, &[signed.time.as_bytes(), b".", body].concat(), &hexes(&signed.signatures))
        }
        Format::Zitadel => {
            let signed = parts(header("zitadel-signature")?)?;
            is_now(signed.time, 1, now)?;
            is_signed(&secrets, &[signed.time.as_bytes(), b".", body].concat(), &hexes(&signed.signatures))
        }
        Format::Logto => is_signed(&secrets, body, &hexes(&[header("logto-signature-sha-256")?])),
        Format::Keycloak => is_signed(&secrets, body, &hexes(&[header("x-keycloak-signature")?])),
    }
}

/// Standard Webhooks, with either family of headers.
fn standard(delivery: &Delivery<'_>, secrets: &[&str], now: Timestamp) -> Result<(), Refused> {
    let family = family(delivery).ok_or(Refused::NoSignature)?;
    let header = |name: &str| (delivery.header)(&format!("{family}-{name}")).ok_or(Refused::NoSignature);
    let (id, time, signatures) = (header("id")?, header("timestamp")?, header("signature")?);
    is_now(time, 1, now)?;
    let text = [id.as_bytes(), b".", time.as_bytes(), b".", delivery.body].concat();
    let signatures = signatures.split(' ').filter_map(|one| one.strip_prefix("v1,"));
    let signatures: Vec<Vec<u8>> = signatures.filter_map(|one| STANDARD.decode(one).ok()).collect();
    let decoded = |secret: &&str| STANDARD.decode(secret.trim_start_matches("whsec_")).ok();
    let secrets: Vec<Vec<u8>> =
        secrets.iter().filter_map(decoded).filter(|secret| !secret.is_empty()).collect();
    match secrets.is_empty() {
        true => Err(Refused::NoSecret),
        false => fits(secrets.iter().map(Vec::as_slice), &text, &signatures),
    }
}

/// Whose headers a delivery of Standard Webhooks has.
pub(super) fn family(delivery: &Delivery<'_>) -> Option<&'static str> {
    ["webhook", "svix"].into_iter().find(|family| (delivery.header)(&format!("{family}-id")).is_some())
}

/// A static header, with or without `Bearer`.
fn authorization(header: &str, secrets: &[&str]) -> Result<(), Refused> {
    let token = |text: &str| -> String {
        let bare =
            text.get(..7).filter(|start| start.eq_ignore_ascii_case("bearer ")).map_or(text, |_| &text[7..]);
        bare.trim().to_owned()
    };
    let given = token(header);
    let fits = |secret: &&str| bool::from(token(secret).as_bytes().ct_eq(given.as_bytes()));
    match !given.is_empty() && secrets.iter().any(fits) {
        true => Ok(()),
        false => Err(Refused::WrongSignature),
    }
}

fn parts(header: &str) -> Result<Signed<'_>, Refused> {
    let all = |wanted: &'static str| {
        let pairs = header.split(',').filter_map(|part| part.trim().split_once('='));
        pairs.filter(move |(name, _)| *name == wanted).map(|(_, value)| value)
    };
    let signatures: Vec<&str> = all("v1").collect();
    let mut times = all("t");
    match (times.next(), times.next(), signatures.is_empty()) {
        (Some(time), None, false) => Ok(Signed { time, signatures }),
        _ => Err(Refused::NoSignature),
    }
}

fn is_now(time: &str, per_second: i64, now: Timestamp) -> Result<(), Refused> {
    let is_number = !time.is_empty() && time.bytes().all(|b| b.is_ascii_digit());
    let time: i64 = time.parse().ok().filter(|_| is_number).ok_or(Refused::NoSignature)?;
    match (time / per_second).abs_diff(now.timestamp()) <= TOLERANCE_SECONDS.unsigned_abs() {
        true => Ok(()),
        false => Err(Refused::WrongTime),
    }
}

fn is_signed(secrets: &[&str], text: &[u8], signatures: &[Vec<u8>]) -> Result<(), Refused> {
    fits(secrets.iter().map(|secret| secret.as_bytes()), text, signatures)
}

fn fits<'a>(
    secrets: impl Iterator<Item = &'a [u8]>,
    text: &[u8],
    signatures: &[Vec<u8>],
) -> Result<(), Refused> {
    let mut keys = secrets.map(|secret| Key::new(HMAC_SHA256, secret));
    match keys.any(|key| signatures.iter().any(|tag| is_tag_of(&key, text, tag).is_ok())) {
        true => Ok(()),
        false => Err(Refused::WrongSignature),
    }
}

/// What is no hexadecimal is no signature.
fn hexes(texts: &[&str]) -> Vec<Vec<u8>> {
    texts.iter().filter_map(|text| hex(text)).collect()
}

fn hex(text: &str) -> Option<Vec<u8>> {
    let digits: Vec<u8> = text.chars().map(|c| c.to_digit(16).map(|d| d as u8)).collect::<Option<_>>()?;
    digits.len().is_multiple_of(2).then(|| digits.chunks(2).map(|pair| pair[0] * 16 + pair[1]).collect())
}

#[cfg(test)]
mod tests;
