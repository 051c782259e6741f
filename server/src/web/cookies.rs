//! The two cookies: the session's, and the browser's own value that binds its log-in attempts.
//! Over https both carry the prefix `__Host-` and `Secure`; on plain http (loopback only) neither does.

use cookie::{Cookie, SameSite, time::Duration};
use http::{HeaderMap, header::COOKIE};
use identity::Secret;

/// How long a browser keeps its own value, in days.
const BROWSER_DAYS: i64 = 400;

/// The names and attributes that fit the site.
#[derive(Clone, Copy)]
pub(crate) struct Cookies {
    pub(crate) secure: bool,
    /// How long a session lasts at most, in seconds.
    pub(crate) session_seconds: i64,
}

impl Cookies {
    /// The session that a request's cookie names.
    pub(crate) fn session(self, headers: &HeaderMap) -> Option<Secret> {
        one(headers, self.session_name())
    }

    /// The browser's own value.
    pub(crate) fn browser(self, headers: &HeaderMap) -> Option<Secret> {
        one(headers, self.browser_name())
    }

    pub(crate) fn keep_session(self, session: &Secret) -> String {
        self.set(self.session_name(), session.expose(), Duration::seconds(self.session_seconds))
    }

    pub(crate) fn drop_session(self) -> String {
        self.set(self.session_name(), "", Duration::ZERO)
    }

    pub(crate) fn keep_browser(self, browser: &Secret) -> String {
        self.set(self.browser_name(), browser.expose(), Duration::days(BROWSER_DAYS))
    }

    fn session_name(self) -> &'static str {
        if self.secure { "__Host-sparekey_session" } else { "sparekey_session" }
    }

    fn browser_name(self) -> &'static str {
        if self.secure { "__Host-sparekey_browser" } else { "sparekey_browser" }
    }

    fn set(self, name: &str, value: &str, max_age: Duration) -> String {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(max_age)
            .to_string()
    }
}

/// The value of a cookie. One that is there twice is no value: somebody planted one of the two.
fn one(headers: &HeaderMap, name: &str) -> Option<Secret> {
    let lines = headers.get_all(COOKIE).into_iter().filter_map(|line| line.to_str().ok());
    let mut values = lines
        .flat_map(|line| Cookie::split_parse(line.to_owned()))
        .filter_map(Result::ok)
        .filter(|cookie| cookie.name() == name);
    let value = values.next()?;
    if values.any(|other| other.value() != value.value()) {
        return None;
    }
    Secret::parse(value.value())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cookies(secure: bool) -> Cookies {
        Cookies { secure, session_seconds: 60 }
    }

    fn headers(lines: &[&str]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, line.parse().unwrap())).collect()
    }

    #[test]
    fn over_https_the_cookie_is_bound_to_the_host() {
        let set = cookies(true).keep_session(&Secret::new([1; 32]));
        assert!(set.starts_with("__Host-sparekey_session="));
        for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/", "; Max-Age=60"] {
            assert!(set.contains(attribute), "{set}");
        }
        assert!(!set.contains("Domain"));
    }

    #[test]
    fn on_loopback_the_same_without_prefix_and_secure() {
        let set = cookies(false).keep_session(&Secret::new([1; 32]));
        assert!(set.starts_with("sparekey_session=") && set.contains("; HttpOnly"));
        assert!(!set.contains("Secure"));
    }

    #[test]
    fn a_cookie_comes_back_from_among_others_and_only_in_our_shape() {
        let secret = Secret::new([2; 32]);
        let ours = format!("a=b; sparekey_session={}", secret.expose());
        let found = cookies(false).session(&headers(&[&ours, "c=d"])).unwrap();
        assert!(found.digest().matches(&secret.digest()));
        assert!(cookies(false).session(&headers(&["sparekey_session=x", "=;;="])).is_none());
        assert!(
            cookies(true).session(&headers(&[&ours])).is_none(),
            "the name without prefix is another cookie"
        );
    }

    #[test]
    fn a_planted_second_cookie_makes_neither_count() {
        let (one, two) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let line = format!("sparekey_session={}; sparekey_session={}", one.expose(), two.expose());
        assert!(cookies(false).session(&headers(&[&line])).is_none());
        let line = format!("sparekey_session={0}; sparekey_session={0}", one.expose());
        assert!(cookies(false).session(&headers(&[&line])).is_some());
    }
}
