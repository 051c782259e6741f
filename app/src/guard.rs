//! Who may see what. The data's lock is `require_viewer` or `require_permission`, the first line of whatever
//! is private; `viewer_or_login` is the courtesy of a page, which sends the visitor to log in and back.

use std::sync::Arc;

use identity::{Code, Session, Timestamp, Viewer};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use crate::{AppError, LOGIN};

/// The longest address that a log-in leads back to, in bytes.
const LONGEST_RETURN: usize = 2048;

/// Who is looking, or a refusal (`signed_out`).
pub async fn require_viewer() -> Result<Arc<Viewer>, AppError> {
    let visit = crate::visit()?;
    match visit.viewer().await {
        Ok(Some(viewer)) => Ok(viewer),
        Ok(None) => Err(visit.refuse(&Code::SignedOut.into())),
        Err(error) => Err(visit.refuse(&error)),
    }
}

/// Who is looking, if the provider granted them this permission; else a refusal (`signed_out`, `denied`).
pub async fn require_permission(key: &str) -> Result<Arc<Viewer>, AppError> {
    let viewer = require_viewer().await?;
    match viewer.session.access.permission(key).is_granted {
        true => Ok(viewer),
        false => Err(crate::visit()?.refuse(&Code::Denied.into())),
    }
}

/// Who is looking; none where the visitor was sent to log in, to come back to this very address.
pub(crate) async fn viewer_or_login() -> Result<Option<Arc<Viewer>>, AppError> {
    let visit = crate::visit()?;
    let viewer = visit.viewer().await.map_err(|error| visit.refuse(&error))?;
    if viewer.is_none() {
        visit.see_other(&log_in_and_return(&visit.address()));
    }
    Ok(viewer)
}

/// How strongly and how recently a visitor must have shown who they are (step-up).
#[derive(Clone, Copy, Debug, Default)]
pub struct StepUp {
    /// At most this many seconds ago.
    pub max_age: Option<u64>,
    /// In one of these ways; none means in any.
    pub acr_values: &'static [&'static str],
}

/// Who is looking, if they showed who they are as is asked; none where they were sent to do so, and back.
/// The provider's answer is checked when they return (OpenID Connect Core 3.1.3.7 (12) and (13)).
pub async fn viewer_or_step_up(asked: StepUp) -> Result<Option<Arc<Viewer>>, AppError> {
    let Some(viewer) = viewer_or_login().await? else { return Ok(None) };
    if asked.is_met(&viewer.session, crate::ports()?.world.now()) {
        return Ok(Some(viewer));
    }
    let visit = crate::visit()?;
    let mut url = log_in_and_return(&visit.address());
    if let Some(seconds) = asked.max_age {
        url.push_str(&format!("&max_age={seconds}"));
    }
    if !asked.acr_values.is_empty() {
        url.push_str(&format!("&acr_values={}", encoded(&asked.acr_values.join(" "))));
    }
    visit.see_other(&url);
    Ok(None)
}

/// Who changes who may enter (link, unlink, erase) must have shown this lately who they are, in seconds.
const FRESH: StepUp = StepUp { max_age: Some(300), acr_values: &[] };

/// Whether whoever is looking showed lately who they are; else they were sent to do so, and come back to `return_to`.
/// Where the provider states no time, a log-in that it was asked to ask for (`prompt=login`) counts as one.
pub fn is_fresh_or_step_up(viewer: &Viewer, return_to: &str) -> Result<bool, AppError> {
    if FRESH.is_met(&viewer.session, crate::ports()?.world.now()) {
        return Ok(true);
    }
    let how = match (viewer.session.auth_time, FRESH.max_age) {
        (Some(_), Some(seconds)) => format!("&max_age={seconds}"),
        _ => "&prompt=login".to_owned(),
    };
    let provider = encoded(&viewer.session.provider);
    crate::visit()?.see_other(&format!("{}&provider={provider}{how}", log_in_and_return(return_to)));
    Ok(false)
}

impl StepUp {
    /// Whoever has just come back is let in, even where `max_age` is 0: a minute is given.
    fn is_met(&self, session: &Session, now: Timestamp) -> bool {
        let recent = |seconds: u64| {
            let age = session.auth_time.map(|at| (now - at).num_seconds());
            age.is_some_and(|age| age <= i64::try_from(seconds).unwrap_or(i64::MAX).saturating_add(60))
        };
        let strong = self.acr_values.is_empty()
            || session.acr.as_deref().is_some_and(|acr| self.acr_values.contains(&acr));
        self.max_age.is_none_or(recent) && strong
    }
}

/// The address of a log-in that leads back to `address`, unless that is longer than a log-in remembers.
pub fn log_in_and_return(address: &str) -> String {
    if address.len() > LONGEST_RETURN {
        return LOGIN.to_owned();
    }
    format!("{LOGIN}?return_to={}", encoded(address))
}

/// What a query carries as it is: with it, a plain path stays readable.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC.remove(b'/').remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Percent-encoded for a query.
fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, PLAIN)
}

#[cfg(test)]
mod tests {
    use identity::LoginRequest;

    use super::*;

    #[test]
    fn a_plain_path_stays_readable() {
        assert_eq!(log_in_and_return("/dashboard"), "/auth/login?return_to=/dashboard");
    }

    fn session(auth_time: Option<Timestamp>, acr: Option<&str>) -> Session {
        let now = Timestamp::UNIX_EPOCH;
        Session {
            id: identity::Digest([0; 32]),
            user: identity::UserId(Default::default()),
            provider: String::new(),
            issuer: String::new(),
            subject: String::new(),
            sid: None,
            created_at: now,
            last_used_at: now,
            expires_at: now,
            auth_time,
            acr: acr.map(str::to_owned),
            device: Default::default(),
            refresh_at: None,
            tokens: Default::default(),
            access: Default::default(),
        }
    }

    #[test]
    fn a_recent_and_strong_log_in_is_enough_and_another_is_not() {
        let now = Timestamp::UNIX_EPOCH + chrono::TimeDelta::days(1);
        let ago = |seconds| Some(now - chrono::TimeDelta::seconds(seconds));
        let recent = StepUp { max_age: Some(300), ..StepUp::default() };
        assert!(recent.is_met(&session(ago(360), None), now));
        assert!(!recent.is_met(&session(ago(361), None), now));
        assert!(!recent.is_met(&session(None, None), now), "unknown is not recent");
        let strong = StepUp { acr_values: &["gold", "platinum"], ..StepUp::default() };
        assert!(strong.is_met(&session(None, Some("gold")), now));
        assert!(!strong.is_met(&session(None, Some("bronze")), now));
        assert!(!strong.is_met(&session(None, None), now));
        assert!(StepUp::default().is_met(&session(None, None), now));
    }

    #[test]
    fn whatever_the_address_was_it_comes_back_byte_for_byte() {
        for address in ["/account?a=b&c=%20+d#e", "/account?return_to=/x&provider=y", "/a?é"] {
            let url = log_in_and_return(address);
            let (_, query) = url.split_once('?').unwrap();
            let asked = LoginRequest::of_query(query);
            assert_eq!(asked, LoginRequest { return_to: Some(address.to_owned()), ..Default::default() });
        }
    }
}
