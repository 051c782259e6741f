//! The ID token, by every check of OpenID Connect Core 3.1.3.7 and in its order.
//!
//! Optional claims that were not asked for never refuse a token: an odd one counts as absent.

use crate::audience::{Audience, AudienceRule};
use crate::clock::Clock;
use crate::json::{is_name, present, seconds, text};
use crate::jws::Jws;
use crate::{Algorithm, Code, Keys, issuer, logout_token, subject};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Map, Value};
use subtle::ConstantTimeEq;

/// What an ID token has to agree with. [`Expected::new`] holds the usual, to be changed by
/// `Expected { nonce: Some("…"), ..Expected::new(issuer, client_id) }`.
#[derive(Clone)]
pub struct Expected<'a> {
    /// The issuer, byte for byte, or Entra's template with `{tenantid}` in it.
    pub issuer: &'a str,
    /// Who we are to the provider.
    pub client_id: &'a str,
    /// The one algorithm of this client.
    pub algorithm: Algorithm,
    /// The nonce of the attempt; `None` only if none was sent.
    pub nonce: Option<&'a str>,
    /// The access token that came with it; `None` leaves `at_hash` unchecked.
    pub access_token: Option<&'a str>,
    /// Audiences that it may name beside the client.
    pub trusted_audiences: &'a [String],
    /// Which audiences beyond those the provider is known to name.
    pub audience_rule: AudienceRule,
    /// How long ago, in seconds, the person may have authenticated, where that was asked for.
    pub max_age: Option<u64>,
    /// The accepted values of `acr`, where they were asked for; empty means any.
    pub acr_values: &'a [String],
    /// How far the clocks may differ.
    pub leeway_seconds: u64,
    /// Claims from which rights or a reference follow: one that is odd counts as absent, as an e-mail does.
    pub careful_claims: &'a [String],
    /// The first token of the session, if this one came with a refresh.
    pub refreshed: Option<PreviousToken<'a>>,
}

impl<'a> Expected<'a> {
    /// RS256, 60 seconds of leeway, no further audiences, nothing else asked for.
    pub fn new(issuer: &'a str, client_id: &'a str) -> Self {
        Self {
            issuer,
            client_id,
            algorithm: Algorithm::RS256,
            nonce: None,
            access_token: None,
            trusted_audiences: &[],
            audience_rule: AudienceRule::Client,
            max_age: None,
            acr_values: &[],
            leeway_seconds: 60,
            careful_claims: &[],
            refreshed: None,
        }
    }

    pub(crate) fn audience(&self) -> Audience<'a> {
        Audience {
            client_id: self.client_id,
            issuer: self.issuer,
            trusted: self.trusted_audiences,
            rule: self.audience_rule,
        }
    }
}

/// What a refreshed ID token has in common with the first (OpenID Connect Core 12.2).
#[derive(Clone, Debug)]
pub struct PreviousToken<'a> {
    /// Its `iss`.
    pub issuer: &'a str,
    /// Its `sub`.
    pub subject: &'a str,
    /// Its `aud`, in any order.
    pub audience: &'a [String],
}

/// An ID token that passed every check.
#[derive(Clone, Debug, PartialEq)]
pub struct IdToken {
    /// `iss`.
    pub issuer: String,
    /// `sub`.
    pub subject: String,
    /// `aud` as a list.
    pub audience: Vec<String>,
    /// `iat`.
    pub issued_at: i64,
    /// `exp`.
    pub expires_at: i64,
    /// `nonce`.
    pub nonce: Option<String>,
    /// The provider's session, by which a logout token may name this one.
    pub sid: Option<String>,
    /// When the person was authenticated; none where that is yet to come.
    pub auth_time: Option<i64>,
    /// How strongly.
    pub acr: Option<String>,
    /// When the provider ends its session (`session_expiry`).
    pub session_expiry: Option<i64>,
    /// All claims as they were received.
    pub claims: Map<String, Value>,
}

/// Believes an ID token, or says why not. `now` is in seconds since the Unix epoch.
///
/// # Errors
/// The first check that fails, in the order of OpenID Connect Core 3.1.3.7.
pub fn id_token(jws: &str, keys: &Keys, expected: &Expected<'_>, now: i64) -> Result<IdToken, Code> {
    let token = Jws::parse(jws, "jwt", expected.careful_claims)?;
    let claims = &token.claims;
    // RFC 8725 3.11: `typ` may be absent from both, so the event tells the kinds apart.
    if logout_token::has_event(claims) {
        return Err(Code::LogoutTokenAsIdToken);
    }
    let issuer = issuer::check(claims, expected.issuer)?.to_owned();
    let audience = expected.audience().check(claims)?;
    token.verify(keys, expected.algorithm)?;
    let clock = Clock::new(now, expected.leeway_seconds);
    let (issued_at, expires_at) = clock.check(claims)?;
    // A session that is over before it begins would send the visitor round in circles.
    let session_expiry = seconds(claims, "session_expiry");
    if session_expiry.is_some_and(|at| at <= now) {
        return Err(Code::Expired);
    }
    check_nonce(claims, expected)?;
    check_access_token(claims, expected)?;
    check_authentication(claims, &clock, expected)?;
    let subject = subject::check(claims)?;
    if let Some(first) = &expected.refreshed {
        check_same(first, &issuer, &subject)?;
        // Clients join a project and leave it; that ends nobody's session.
        if expected.audience_rule != AudienceRule::ClientAmongOthers {
            check_same_audience(first.audience, &audience)?;
        }
    }
    Ok(IdToken {
        issuer,
        subject,
        audience,
        issued_at,
        expires_at,
        nonce: text(claims, "nonce").map(str::to_owned),
        sid: text(claims, "sid").filter(|sid| is_name(sid)).map(str::to_owned),
        auth_time: seconds(claims, "auth_time").filter(|at| !clock.is_ahead(*at)),
        acr: text(claims, "acr").map(str::to_owned),
        session_expiry,
        claims: token.claims,
    })
}

/// OpenID Connect Core 3.1.3.7 (11); a refreshed token need not have one (12.2).
fn check_nonce(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Code> {
    let Some(ours) = expected.nonce else { return Ok(()) };
    match present(claims, "nonce") {
        None if expected.refreshed.is_some() => Ok(()),
        None => Err(Code::NonceMissing),
        Some(Value::String(theirs)) if same(theirs.as_bytes(), ours.as_bytes()) => Ok(()),
        Some(_) => Err(Code::NonceMismatch),
    }
}

/// OpenID Connect Core 3.1.3.8: `at_hash` is optional in the code flow, but not for show.
fn check_access_token(claims: &Map<String, Value>, expected: &Expected<'_>) -> Result<(), Code> {
    let (Some(stated), Some(token)) = (present(claims, "at_hash"), expected.access_token) else {
        return Ok(());
    };
    let theirs = stated.as_str().unwrap_or_default();
    let ours = BASE64_URL_SAFE_NO_PAD.encode(expected.algorithm.half_hash(token.as_bytes()));
    if same(theirs.as_bytes(), ours.as_bytes()) { Ok(()) } else { Err(Code::AccessTokenHashMismatch) }
}

/// OpenID Connect Core 3.1.3.7 (12) and (13), only for what was asked.
fn check_authentication(
    claims: &Map<String, Value>,
    clock: &Clock,
    expected: &Expected<'_>,
) -> Result<(), Code> {
    let acr = text(claims, "acr");
    let wanted = expected.acr_values;
    if !wanted.is_empty() && !wanted.iter().any(|value| acr == Some(value)) {
        return Err(Code::AcrUnmet);
    }
    match expected.max_age {
        Some(max_age) => clock.authenticated_within(max_age, seconds(claims, "auth_time")),
        None => Ok(()),
    }
}

fn check_same(first: &PreviousToken<'_>, issuer: &str, subject: &str) -> Result<(), Code> {
    if issuer != first.issuer {
        return Err(Code::IssuerChanged);
    }
    if subject != first.subject {
        return Err(Code::SubjectChanged);
    }
    Ok(())
}

fn check_same_audience(first: &[String], audience: &[String]) -> Result<(), Code> {
    let within = |some: &[String], all: &[String]| some.iter().all(|one| all.contains(one));
    if within(audience, first) && within(first, audience) { Ok(()) } else { Err(Code::AudienceChanged) }
}

fn same(left: &[u8], right: &[u8]) -> bool {
    left.ct_eq(right).into()
}

#[cfg(test)]
mod tests;
