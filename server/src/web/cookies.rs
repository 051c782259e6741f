//! The two cookies: the session's, and the browser's own value that binds its log-in attempts. Over https both
//! carry the prefix `__Host-` and `Secure`; on plain http (loopback only) neither does, and the port stands in
//! the name, since the ports of a host share their cookies.

use std::time::Duration;

use cookie::{Cookie, SameSite};
use http::{HeaderMap, header::COOKIE};
use identity::Secret;

use crate::config::SiteUrl;

/// How long a browser keeps its own value, in days.
const BROWSER_DAYS: i64 = 400;
/// Values of one browser that are tried; each costs a query.
const MOST_VALUES: usize = 8;

/// The names and attributes that fit the site.
#[derive(Clone)]
pub(super) struct Cookies {
    session: String,
    browser: String,
    secure: bool,
    /// How long a session lasts at most.
    session_age: cookie::time::Duration,
    /// How long a started log-in may take.
    login_age: cookie::time::Duration,
}

impl Cookies {
    pub(super) fn new(site: &SiteUrl, session_absolute: Duration, login_ttl: Duration) -> Self {
        let secure = site.is_secure();
        let name = |kind: &str| match secure {
            true => format!("__Host-sparekey_{kind}"),
            false => format!("sparekey_{kind}_{}", site.port()),
        };
        let age = |time| cookie::time::Duration::seconds(crate::seconds(time).num_seconds());
        Self {
            session: name("session"),
            browser: name("browser"),
            secure,
            session_age: age(session_absolute),
            login_age: age(login_ttl),
        }
    }

    /// The session that a request's cookie names.
    pub(super) fn session(&self, headers: &HeaderMap) -> Option<Secret> {
        one(headers, &self.session)
    }

    /// The browser's own value.
    pub(super) fn browser(&self, headers: &HeaderMap) -> Option<Secret> {
        one(headers, &self.browser)
    }

    /// The browser's own value, then the others that it was given when it had none.
    pub(super) fn browsers(&self, headers: &HeaderMap) -> Vec<Secret> {
        let copies = pairs(headers).filter_map(|(name, value)| {
            let mark = name.strip_prefix(self.browser.as_bytes())?.strip_prefix(b"_")?;
            secret(value).filter(|value| mark == self::mark(value).as_bytes())
        });
        let mut values: Vec<Secret> = Vec::new();
        for value in self.browser(headers).into_iter().chain(copies) {
            if !values.iter().any(|known| known.expose() == value.expose()) && values.len() < MOST_VALUES {
                values.push(value);
            }
        }
        values
    }

    pub(super) fn keep_session(&self, session: &Secret) -> String {
        self.set(&self.session, session.expose(), self.session_age)
    }

    pub(super) fn drop_session(&self) -> String {
        self.set(&self.session, "", cookie::time::Duration::ZERO)
    }

    /// For a browser that has no value yet. Of several tabs that it opens at once each is given one, and the
    /// last of them stays; so each value is kept under a name of its own too, as long as a log-in may take.
    pub(super) fn keep_browser(&self, value: &Secret) -> [String; 2] {
        let copy = format!("{}_{}", self.browser, mark(value));
        [
            self.set(&self.browser, value.expose(), cookie::time::Duration::days(BROWSER_DAYS)),
            self.set(&copy, value.expose(), self.login_age),
        ]
    }

    fn set(&self, name: &str, value: &str, max_age: cookie::time::Duration) -> String {
        Cookie::build((name, value))
            .path("/")
            .http_only(true)
            .secure(self.secure)
            .same_site(SameSite::Lax)
            .max_age(max_age)
            .to_string()
    }
}

/// Tells the values of one browser apart, and names nothing.
fn mark(value: &Secret) -> String {
    value.digest().to_text().chars().take(8).collect()
}

/// The value of a cookie. Where two are there that differ, somebody planted one of them, and none counts.
pub(super) fn one(headers: &HeaderMap, name: &str) -> Option<Secret> {
    let mut values =
        pairs(headers).filter(|(found, _)| *found == name.as_bytes()).filter_map(|(_, value)| secret(value));
    let value = values.next()?;
    values.all(|other| other.expose() == value.expose()).then_some(value)
}

fn secret(value: &[u8]) -> Option<Secret> {
    Secret::parse(str::from_utf8(value).ok()?)
}

/// Names and values, as bytes: a foreign cookie may be anything (RFC 6265 5.4 does not say otherwise), and
/// must hide none of ours.
fn pairs(headers: &HeaderMap) -> impl Iterator<Item = (&[u8], &[u8])> {
    let cookies =
        headers.get_all(COOKIE).into_iter().flat_map(|line| line.as_bytes().split(|byte| *byte == b';'));
    cookies.filter_map(|cookie| {
        let equals = cookie.iter().position(|byte| *byte == b'=')?;
        Some((trimmed(&cookie[..equals]), trimmed(&cookie[equals + 1..])))
    })
}

/// Without the SP and HT around it.
fn trimmed(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;
    use crate::config::Config;

    fn cookies(site: &str) -> Cookies {
        let settings = |name: &str| match name {
            "SITE_URL" => Some(site.to_owned()),
            "DATABASE_URL" => Some("sqlite::memory:".to_owned()),
            _ => None,
        };
        let config = Config::parse(settings, false).unwrap();
        Cookies::new(&config.site_url, Duration::from_secs(60), Duration::from_secs(30))
    }

    fn headers(lines: &[&[u8]]) -> HeaderMap {
        lines.iter().map(|line| (COOKIE, HeaderValue::from_bytes(line).unwrap())).collect()
    }

    #[test]
    fn over_https_the_cookie_is_bound_to_the_host() {
        let set = cookies("https://app.example").keep_session(&Secret::new([1; 32]));
        assert!(set.starts_with("__Host-sparekey_session="));
        for attribute in ["; HttpOnly", "; Secure", "; SameSite=Lax", "; Path=/", "; Max-Age=60"] {
            assert!(set.contains(attribute), "{set}");
        }
        assert!(!set.contains("Domain"));
    }

    #[test]
    fn on_loopback_it_has_the_port_in_its_name_and_neither_prefix_nor_secure() {
        for (site, name) in [
            ("http://localhost:3000", "sparekey_session_3000="),
            ("http://localhost:3001", "sparekey_session_3001="),
            ("http://localhost", "sparekey_session_80="),
        ] {
            let set = cookies(site).keep_session(&Secret::new([1; 32]));
            assert!(set.starts_with(name) && set.contains("; HttpOnly") && !set.contains("Secure"), "{set}");
        }
    }

    #[test]
    fn a_cookie_comes_back_from_among_others_however_odd_they_are() {
        let secret = Secret::new([2; 32]);
        let ours = format!("sparekey_session_3000={}", secret.expose()).into_bytes();
        let cookies = cookies("http://localhost:3000");
        let among = |before: &[u8], after: &[u8]| [before, &ours, after].concat();
        for odd in [
            &b"a=b"[..],
            b"theme=bl\xc3\xa5",
            b"theme=bl\xe5",
            b"th\xffeme=x",
            b"\xff",
            b"",
            b"=",
            b"a",
            b"\"",
            b"a=\"",
            b"a=%00%ff",
            b"sparekey_session=x",
            b"sparekey_session_3001=x",
            b"sparekey_session_3000=x",
            b"sparekey_session_3000\xc2\xa0=y",
        ] {
            for line in [
                among(&[odd, b";"].concat(), b""),
                among(b"", &[b"; ", odd].concat()),
                among(b" \t", b"\t ;"),
            ] {
                for lines in [&[&line[..]][..], &[odd, &line], &[&line, odd]] {
                    let found = cookies.session(&headers(lines)).expect("ours is there");
                    assert!(found.digest().matches(&secret.digest()), "{odd:?}");
                }
            }
        }
        for none in [&b"sparekey_session_3000=x"[..], b"=;;=", b"xsparekey_session_3000"] {
            assert!(cookies.session(&headers(&[none])).is_none());
        }
        let elsewhere = self::cookies("https://app.example");
        assert!(elsewhere.session(&headers(&[&ours])).is_none(), "the name without prefix is another cookie");
    }

    #[test]
    fn a_planted_second_cookie_makes_neither_count() {
        let (one, two) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let cookies = cookies("http://localhost:3000");
        let twice = |one: &Secret, two: &Secret| {
            let name = "sparekey_session_3000";
            let line = format!("{name}={}; {name}={}", one.expose(), two.expose());
            cookies.session(&headers(&[line.as_bytes()]))
        };
        assert!(twice(&one, &two).is_none());
        assert!(twice(&one, &one).is_some());
    }

    #[test]
    fn a_value_that_another_tab_replaced_is_known_still() {
        let cookies = cookies("https://app.example");
        let (one, two) = (Secret::new([1; 32]), Secret::new([2; 32]));
        let sent = |lines: &[String]| {
            let jar: Vec<&str> = lines.iter().filter_map(|line| line.split(';').next()).collect();
            headers(&[jar.join("; ").as_bytes()])
        };
        let [_, copy] = cookies.keep_browser(&one);
        let [own, own_copy] = cookies.keep_browser(&two);
        let jar = sent(&[copy, own, own_copy]);
        let found: Vec<String> =
            cookies.browsers(&jar).iter().map(|value| value.expose().to_owned()).collect();
        assert_eq!(found, [two.expose(), one.expose()]);
        assert_eq!(cookies.browser(&jar).unwrap().expose(), two.expose());
        let many: Vec<String> =
            (0..50).map(|n| cookies.keep_browser(&Secret::new([n; 32]))[1].clone()).collect();
        assert_eq!(cookies.browsers(&sent(&many)).len(), MOST_VALUES);
    }
}
