//! Who may see what. The data's lock is `require_viewer` or `require_permission`, the first line of whatever
//! is private; `viewer_or_login` is the courtesy of a page, which sends the visitor to log in and back.

use std::sync::Arc;

use identity::{Code, LoginRequest, Role, Session, Timestamp, Viewer};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, PercentEncode, utf8_percent_encode};

use crate::{AppError, Insider, LOGIN};

/// The longest address that a log-in leads back to, in bytes.
const LONGEST_RETURN: usize = 3072;

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

/// Who is in the studio, to look or to act, or a refusal (`signed_out`, `denied`). The first line of whatever the studio
/// shows.
pub async fn require_insider() -> Result<Arc<Insider>, AppError> {
    require_role(Role::Viewer).await
}

/// Who acts in the studio, or a refusal (`signed_out`, `denied`). The first line of whatever is done there.
pub async fn require_operator() -> Result<Arc<Insider>, AppError> {
    require_role(Role::Operator).await
}

async fn require_role(least: Role) -> Result<Arc<Insider>, AppError> {
    let visit = crate::visit()?;
    let found = match visit.insider().await {
        Ok(Some(insider)) if insider.role >= least => return Ok(insider),
        Ok(Some(_)) => Err(Code::Denied.into()),
        Ok(None) => match visit.viewer().await {
            Ok(Some(_)) => Err(Code::Denied.into()),
            Ok(None) => Err(Code::SignedOut.into()),
            Err(error) => Err(error),
        },
        Err(error) => Err(error),
    };
    found.map_err(|error: identity::LoginError| visit.refuse(&error))
}

/// Before the first act and before an export an operator logs in freshly; for so many seconds that counts.
const FRESH_OPERATOR: StepUp = StepUp { max_age: Some(900), acr_values: &[] };

/// The operator who acts, if they showed lately who they are; none where they were sent to do so, to come back to
/// `return_to`. Whoever runs `sparekey studio` has shown it by doing so.
pub async fn operator_or_step_up(return_to: &str) -> Result<Option<Arc<Insider>>, AppError> {
    let operator = require_operator().await?;
    let is_fresh = match &operator.viewer {
        Some(viewer) => FRESH_OPERATOR.is_met_or_step_up(viewer, return_to)?,
        None => true,
    };
    Ok(is_fresh.then_some(operator))
}

/// Where an operator who acts logs in first, to come back to `return_to`; none where they did so lately.
pub fn operator_log_in(viewer: &Viewer, now: Timestamp, return_to: &str) -> Option<String> {
    let is_met = FRESH_OPERATOR.is_met(&viewer.session, now);
    (!is_met).then(|| FRESH_OPERATOR.log_in_address(&viewer.session, return_to))
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
    let return_to = crate::visit()?.address();
    Ok(asked.is_met_or_step_up(&viewer, &return_to)?.then_some(viewer))
}

/// Who changes who may enter (link, unlink, erase) must have shown this lately who they are, in seconds.
pub(crate) const FRESH: StepUp = StepUp { max_age: Some(300), acr_values: &[] };

/// Whether whoever is looking showed lately who they are; else they were sent to do so, and come back to `return_to`.
pub fn is_fresh_or_step_up(viewer: &Viewer, return_to: &str) -> Result<bool, AppError> {
    FRESH.is_met_or_step_up(viewer, return_to)
}

impl StepUp {
    /// Whether it is met; else whoever is looking was sent to log in again, to come back to `return_to`.
    fn is_met_or_step_up(&self, viewer: &Viewer, return_to: &str) -> Result<bool, AppError> {
        let is_met = self.is_met(&viewer.session, crate::ports()?.world.now());
        if !is_met {
            crate::visit()?.see_other(&self.log_in_address(&viewer.session, return_to));
        }
        Ok(is_met)
    }

    /// Whoever has just come back is let in, even where `max_age` is 0: a minute is given.
    fn is_met(&self, session: &Session, now: Timestamp) -> bool {
        let recent = |seconds: u64| {
            let age = session.authenticated_at().map(|at| (now - at).num_seconds());
            age.is_some_and(|age| age <= i64::try_from(seconds).unwrap_or(i64::MAX).saturating_add(60))
        };
        let strong = self.acr_values.is_empty()
            || session.acr.as_deref().is_some_and(|acr| self.acr_values.contains(&acr));
        self.max_age.is_none_or(recent) && strong
    }

    /// A log-in at the same provider, by which this comes about. Where the provider states no time, `max_age` would
    /// be refused on return: there it is asked to ask (`prompt=login`), and that counts.
    fn log_in_address(&self, session: &Session, return_to: &str) -> String {
        let states_time = session.auth_time.is_some();
        let asked = LoginRequest {
            provider: Some(session.provider.clone()),
            max_age: self.max_age.filter(|_| states_time),
            prompt: self.max_age.filter(|_| !states_time).map(|_| "login".to_owned()),
            acr_values: (!self.acr_values.is_empty()).then(|| self.acr_values.join(" ")),
            ..LoginRequest::default()
        };
        let address = log_in_and_return(return_to);
        let query = asked.query();
        let sep = if address.contains('?') { '&' } else { '?' };
        format!("{address}{sep}{query}")
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
pub(crate) fn encoded(text: &str) -> PercentEncode<'_> {
    utf8_percent_encode(text, PLAIN)
}

#[cfg(test)]
mod tests {
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
            is_reauthentication: false,
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
