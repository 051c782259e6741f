//! Addresses: the site's own origin, what lies on it, and which may do without TLS.

use provider::is_loopback;
use url::{Position, Url};

/// The public origin of this application (RFC 6454). Redirect URIs and cookies come from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SiteUrl {
    url: Url,
    origin: String,
}

impl SiteUrl {
    /// # Errors
    /// A sentence, where it is no origin, or plain http off loopback.
    pub(super) fn parse(value: &str) -> Result<Self, String> {
        let example = "such as https://app.example.com";
        let url = Url::parse(value).map_err(|_| format!("must be a URL {example}"))?;
        web(&url)?;
        let bare = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if !bare {
            return Err(format!("must be an origin {example}, without a path"));
        }
        let origin = url.origin().ascii_serialization();
        Ok(Self { url, origin })
    }

    /// `https://app.example.com`: no slash at the end, no default port. What a browser sends as `Origin`.
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// Whether it is https: then cookies are `Secure` and carry the prefix `__Host-`.
    pub fn is_secure(&self) -> bool {
        self.url.scheme() == "https"
    }

    /// Host and port as a browser sends them in `Host`: without the port where it is the scheme's own.
    pub fn authority(&self) -> &str {
        &self.url[Position::BeforeHost..Position::AfterPort]
    }

    /// The port, named or the scheme's own.
    pub fn port(&self) -> u16 {
        self.url.port_or_known_default().unwrap_or_default()
    }

    /// The address of a path on this site. `path` begins with a slash.
    pub fn at(&self, path: &str) -> String {
        format!("{}{path}", self.origin)
    }

    /// An address on this site.
    ///
    /// # Errors
    /// A sentence, where `value` is neither a path nor a URL of this very origin.
    pub(super) fn own_url(&self, value: &str) -> Result<OwnUrl, String> {
        let absolute = url_of_any_site(value)?;
        let url = self.url.join(value).map_err(|_| no_own_url())?;
        let ours = url.origin() == self.url.origin()
            && url.username().is_empty()
            && url.password().is_none()
            // `/.//evil.example` is a path of ours, but what is left of it as a `Location` is not.
            && !url.path().starts_with("//");
        if !ours {
            return Err(no_own_url());
        }
        Ok(OwnUrl {
            path: url[Position::BeforePath..].to_owned(),
            as_written: absolute.then(|| value.to_owned()),
            url: url.into(),
        })
    }
}

/// An address on the own site to send a browser to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnUrl {
    /// Path, query and fragment: for a `Location` of ours.
    pub path: String,
    url: String,
    as_written: Option<String>,
}

impl OwnUrl {
    /// The whole URL, as a provider is told it and must have it registered:
    /// resolved, so that an origin ends with a slash, or to the byte as it was written, if it was written whole.
    pub(super) fn registered(&self, as_written: bool) -> &str {
        let written = self.as_written.as_ref().filter(|_| as_written);
        written.unwrap_or(&self.url)
    }
}

fn no_own_url() -> String {
    "must be a path or a URL on SITE_URL".to_owned()
}

/// Whether it is a whole URL; else it is a path.
///
/// # Errors
/// A sentence, where it could be an address on no site at all.
pub(super) fn url_of_any_site(value: &str) -> Result<bool, String> {
    let absolute = Url::parse(value).is_ok_and(|url| url.has_host());
    let sound = absolute || value.starts_with('/');
    match sound && !value.contains(char::is_control) {
        true => Ok(absolute),
        false => Err(no_own_url()),
    }
}

/// # Errors
/// A sentence, where it can be no issuer (OpenID Connect Discovery 2 and 3).
pub(super) fn issuer(value: &str) -> Result<Url, String> {
    let url = Url::parse(value)
        .ok()
        // `Url` drops tabs and line ends, but an issuer is compared byte for byte.
        .filter(|_| !value.contains(|c: char| c.is_control() || c.is_whitespace()))
        .ok_or("must be a URL such as https://acme.kinde.com")?;
    web(&url)?;
    if url.query().is_some() || url.fragment().is_some() {
        return Err("must not have a query or a fragment".to_owned());
    }
    if url.path().contains("/.well-known/") {
        return Err("must end before /.well-known/".to_owned());
    }
    Ok(url)
}

/// https, or http to this very machine, and nobody's name in it.
fn web(url: &Url) -> Result<(), String> {
    if !matches!(url.scheme(), "http" | "https") || url.host().is_none() {
        return Err("must begin with https://".to_owned());
    }
    if url.scheme() == "http" && !is_loopback(url) {
        return Err("must begin with https://; plain http is for localhost only".to_owned());
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Err("must not have a user name or a password in it".to_owned());
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn site(value: &str) -> SiteUrl {
        SiteUrl::parse(value).unwrap()
    }

    #[test]
    fn an_origin_is_taken_and_loses_its_slash_and_default_port() {
        let app = site("https://App.Example.com:443/");
        assert_eq!(app.origin(), "https://app.example.com");
        assert_eq!(app.authority(), "app.example.com");
        assert!(app.is_secure());
        let dev = site("http://localhost:3000");
        assert_eq!(dev.authority(), "localhost:3000");
        assert_eq!(dev.at("/auth/callback"), "http://localhost:3000/auth/callback");
        assert!(!dev.is_secure());
        assert_eq!(site("http://[::1]:8080").authority(), "[::1]:8080");
    }

    #[test]
    fn whatever_is_more_or_less_than_an_origin_is_refused() {
        for bad in [
            "localhost:3000",
            "app.example.com",
            "ftp://app.example.com",
            "https://app.example.com/app",
            "https://app.example.com/?a",
            "https://app.example.com/#a",
            "https://ada@app.example.com",
            "https://",
            "file:///tmp",
            "",
        ] {
            assert!(SiteUrl::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in [
            "http://localhost",
            "http://app.localhost:3000",
            "http://127.0.0.1:3000",
            "http://127.9.9.9",
            "http://[::1]",
        ] {
            assert!(SiteUrl::parse(good).is_ok(), "{good}");
            assert!(issuer(good).is_ok(), "{good}");
        }
        for bad in [
            "http://app.example.com",
            "http://0.0.0.0:3000",
            "http://10.0.0.1",
            "http://localhost.example.com",
            "http://notlocalhost",
            "http://[::]",
        ] {
            assert!(SiteUrl::parse(bad).is_err(), "{bad}");
            assert!(issuer(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_own_url_is_a_path_or_a_url_of_the_own_origin() {
        let site = site("http://localhost:3000");
        let own = |value: &str| site.own_url(value).unwrap();
        assert_eq!(own("/").registered(false), "http://localhost:3000/");
        assert_eq!(own("/").registered(true), "http://localhost:3000/");
        assert_eq!(own("/a?b#c").path, "/a?b#c");
        assert_eq!(own("http://localhost:3000/dashboard").path, "/dashboard");
        let bare = own("http://localhost:3000");
        assert_eq!(bare.path, "/");
        assert_eq!(bare.registered(false), "http://localhost:3000/");
        assert_eq!(bare.registered(true), "http://localhost:3000");
        for bad in [
            "//evil.example",
            "/\\evil.example",
            "/.//evil.example",
            "https://localhost:3000/",
            "http://localhost/",
            "http://ada@localhost:3000/",
            "dashboard",
            "javascript:alert(1)",
            "/\t/evil.example",
            "/a\nb",
        ] {
            assert!(site.own_url(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn an_issuer_may_have_a_path_but_no_query() {
        assert!(issuer("https://id.example.com/realms/acme").is_ok());
        assert!(issuer("https://acme.auth0.com/").is_ok());
        assert!(issuer("https://id.example.com/?a=b").is_err());
        assert!(issuer("https://id.example.com/#a").is_err());
        assert!(issuer("https://u:p@id.example.com").is_err());
        assert!(issuer("https://id.example.com/.well-known/openid-configuration").is_err());
        assert!(issuer("acme.kinde.com").is_err());
        assert!(issuer("https://acme.\tkinde.com").is_err());
    }
}
