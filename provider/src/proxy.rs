//! The proxy by which calls leave (`HTTPS_PROXY`), and for whom not (`NO_PROXY`).
//!
//! Only https leaves the machine at all, so there is no proxy for plain http; loopback is never asked by way of
//! a proxy, whose loopback is not ours.

use std::fmt;
use std::sync::Arc;

use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;
use url::Url;

use crate::host::{has_plain_host, is_loopback};

/// A proxy, and what it is for.
#[derive(Clone)]
pub struct Proxy {
    address: Url,
    matcher: Arc<Matcher>,
}

impl Proxy {
    /// A proxy at `address`, `http://proxy.example:3128` or `proxy.example:3128`, with a name and a password
    /// where it wants them; for all hosts but those of `except`, a list as curl takes it: names and what is
    /// below them, addresses, networks, `*`.
    ///
    /// # Errors
    /// A sentence, where it is no address of an HTTP proxy. It does not repeat the address.
    pub fn new(address: &str, except: Option<&str>) -> Result<Self, String> {
        let with_scheme = if address.contains("://") { address.into() } else { format!("http://{address}") };
        let url = Url::parse(&with_scheme).ok();
        let address = url.filter(|url| matches!(url.scheme(), "http" | "https") && has_plain_host(url));
        let address = address.ok_or("must be the address of an HTTP proxy, http://HOST:PORT")?;
        let matcher = Matcher::builder().https(address.to_string()).no(except.unwrap_or_default().to_owned());
        Ok(Self { address, matcher: Arc::new(matcher.build()) })
    }

    /// Its host and port, without what it may be told of us.
    pub fn host(&self) -> String {
        let port = self.address.port_or_known_default().unwrap_or_default();
        format!("{}:{port}", self.address.host_str().unwrap_or_default())
    }

    pub(super) fn address(&self) -> &Url {
        &self.address
    }

    /// Whether this URL is asked for by way of it.
    pub(super) fn is_for(&self, url: &Url) -> bool {
        let uri = url.as_str().parse::<Uri>();
        !is_loopback(url) && uri.is_ok_and(|uri| self.matcher.intercept(&uri).is_some())
    }
}

/// Without the password.
impl fmt::Debug for Proxy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Proxy").field(&self.host()).finish()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_for(except: &str, url: &str) -> bool {
        Proxy::new("proxy.example:3128", Some(except)).unwrap().is_for(&Url::parse(url).unwrap())
    }

    #[test]
    fn it_is_for_all_that_is_https_and_not_excepted() {
        assert!(is_for("", "https://op.example/token"));
        assert!(is_for("other.example,10.0.0.0/8", "https://op.example:8443/token"));
        assert!(!is_for("op.example", "https://op.example/token"));
        assert!(!is_for(".example", "https://op.example/token"));
        assert!(!is_for("10.0.0.0/8", "https://10.1.2.3/token"));
        assert!(!is_for("*", "https://op.example/token"));
    }

    #[test]
    fn loopback_and_plain_http_are_asked_directly() {
        for url in
            ["https://localhost:8443/", "https://127.0.0.1/", "https://[::1]/", "http://127.0.0.1:3001/"]
        {
            assert!(!is_for("", url), "{url}");
        }
    }

    #[test]
    fn its_address_may_lack_the_scheme_and_its_password_is_not_shown() {
        let proxy = Proxy::new("http://ada:secret@proxy.example:3128", None).unwrap();
        assert_eq!(format!("{proxy:?}"), r#"Proxy("proxy.example:3128")"#);
        assert_eq!(Proxy::new("proxy.example", None).unwrap().host(), "proxy.example:80");
        for odd in ["", "socks5://proxy.example", "http://", "ftp://proxy.example:1"] {
            assert!(Proxy::new(odd, None).is_err(), "{odd}");
        }
    }
}
