//! A browser as small as it can be: cookies for each host, no redirect followed, a page asked for.
//!
//! It reaches the site by its address, whatever `SITE_URL` says, and names the site in `Host` as a browser
//! does; so that a site on https can be tested without a certificate.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Mutex;
use std::time::Duration;

use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode};
use url::{Url, form_urlencoded};

/// One browser with its cookies.
pub(crate) struct Browser {
    http: reqwest::Client,
    site: Url,
    door: SocketAddr,
    jar: Mutex<BTreeMap<(String, String), String>>,
}

/// A request about to be sent.
pub(crate) struct Ask<'a> {
    browser: &'a Browser,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Vec<u8>,
}

/// What came back.
#[derive(Clone, Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl Browser {
    pub(crate) fn new(site: &str, door: SocketAddr) -> Self {
        // As it is on the wire: nothing is unpacked.
        let http = dev_provider::http::client()
            .no_gzip()
            .no_deflate()
            .timeout(Duration::from_secs(60))
            .build()
            .unwrap();
        Self { http, site: Url::parse(site).unwrap(), door, jar: Mutex::default() }
    }

    /// The same browser, whom a load balancer sends to another door of the site.
    pub(crate) fn sent_to(&self, door: SocketAddr) -> Self {
        let jar = Mutex::new(self.jar.lock().unwrap().clone());
        Self { http: self.http.clone(), site: self.site.clone(), door, jar }
    }

    /// The same browser at another site.
    pub(crate) fn at(&self, site: &str, door: SocketAddr) -> Self {
        Self { site: Url::parse(site).unwrap(), ..self.sent_to(door) }
    }

    /// Where its requests go.
    pub(crate) fn door(&self) -> SocketAddr {
        self.door
    }

    /// A navigation to a path of the site, or to a whole address.
    pub(crate) async fn get(&self, target: &str) -> Answer {
        self.ask(Method::GET, target).send().await
    }

    /// A form of the site's own.
    pub(crate) async fn post(&self, target: &str, form: &[(&str, &str)]) -> Answer {
        let ask = self.ask(Method::POST, target).header("origin", &self.origin());
        ask.header("sec-fetch-site", "same-origin").form(form).send().await
    }

    /// Any request; it accepts pages until it is told otherwise.
    pub(crate) fn ask(&self, method: Method, target: &str) -> Ask<'_> {
        let url = self.site.join(target).unwrap();
        let ask = Ask { browser: self, method, url, headers: HeaderMap::new(), body: Vec::new() };
        ask.header("accept", "text/html,application/xhtml+xml,*/*;q=0.8")
    }

    /// The site's origin, as it stands in `Origin`.
    pub(crate) fn origin(&self) -> String {
        self.site.origin().ascii_serialization()
    }

    /// What a cookie of ours is called on this site.
    pub(crate) fn name_of(&self, name: &str) -> String {
        match self.site.scheme() {
            "https" => format!("__Host-{name}"),
            _ => format!("{name}_{}", self.site.port_or_known_default().unwrap()),
        }
    }

    /// A cookie of ours.
    pub(crate) fn cookie(&self, name: &str) -> Option<String> {
        let jar = self.jar.lock().unwrap();
        jar.get(&(self.site.host_str().unwrap().to_owned(), self.name_of(name))).cloned()
    }

    /// Puts a cookie of ours into the jar.
    pub(crate) fn plant(&self, name: &str, value: &str) {
        let host = self.site.host_str().unwrap().to_owned();
        self.jar.lock().unwrap().insert((host, self.name_of(name)), value.to_owned());
    }

    /// Forgets the cookies of every other host: the provider does not know this browser any more.
    pub(crate) fn forget_the_providers(&self) {
        let own = self.site.host_str().unwrap();
        self.jar.lock().unwrap().retain(|(host, _), _| host == own);
    }

    /// The `Cookie` header for the site.
    pub(crate) fn cookies(&self) -> String {
        self.cookies_of(self.site.host_str().unwrap())
    }

    fn cookies_of(&self, host: &str) -> String {
        let jar = self.jar.lock().unwrap();
        let own = jar.iter().filter(|((of, _), _)| of == host);
        own.map(|((_, name), value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }

    fn keep(&self, host: &str, headers: &HeaderMap) {
        let mut jar = self.jar.lock().unwrap();
        for line in headers.get_all("set-cookie") {
            let cookie = cookie::Cookie::parse(line.to_str().unwrap().to_owned()).unwrap();
            let key = (host.to_owned(), cookie.name().to_owned());
            match cookie.max_age().is_some_and(|age| age.is_zero()) || cookie.value().is_empty() {
                true => jar.remove(&key),
                false => jar.insert(key, cookie.value().to_owned()),
            };
        }
    }
}

impl Ask<'_> {
    /// Sets a header, or with an empty value takes it away.
    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        match value {
            "" => drop(self.headers.remove(name)),
            value => drop(self.headers.insert(name, HeaderValue::from_str(value).unwrap())),
        }
        self
    }

    pub(crate) fn form(self, pairs: &[(&str, &str)]) -> Self {
        let body = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
        self.body("application/x-www-form-urlencoded", body)
    }

    pub(crate) fn body(mut self, kind: &str, body: impl Into<Vec<u8>>) -> Self {
        self.body = body.into();
        self.header("content-type", kind)
    }

    pub(crate) async fn send(self) -> Answer {
        self.try_send().await.unwrap()
    }

    /// As `send`, where whoever is asked may die meanwhile.
    pub(crate) async fn try_send(self) -> reqwest::Result<Answer> {
        let answer = self.begin().await?;
        let (status, headers) = (answer.status(), answer.headers().clone());
        let body = String::from_utf8_lossy(&answer.bytes().await?).into_owned();
        Ok(Answer { status, headers, body })
    }

    /// The answer as far as its heads, whose body is still to be read.
    pub(crate) async fn begin(self) -> reqwest::Result<reqwest::Response> {
        let Self { browser, method, url, mut headers, body } = self;
        let host = url.host_str().unwrap().to_owned();
        let mut to = url.clone();
        if url.origin() == browser.site.origin() {
            let authority = &url[url::Position::BeforeHost..url::Position::AfterPort];
            headers.entry("host").or_insert(HeaderValue::from_str(authority).unwrap());
            to.set_scheme("http").unwrap();
            to.set_ip_host(browser.door.ip()).unwrap();
            to.set_port(Some(browser.door.port())).unwrap();
        }
        let cookies = browser.cookies_of(&host);
        if !cookies.is_empty() && !headers.contains_key("cookie") {
            headers.insert("cookie", HeaderValue::from_str(&cookies).unwrap());
        }
        let answer = browser.http.request(method, to).headers(headers).body(body).send().await?;
        browser.keep(&host, answer.headers());
        Ok(answer)
    }
}

impl Answer {
    /// One header; empty where it is not there.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where it leads; the answer must be 303.
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, 303, "{self:?}");
        self.header("location")
    }

    /// The lines of `Set-Cookie`.
    pub(crate) fn set_cookies(&self) -> Vec<&str> {
        self.headers.get_all("set-cookie").iter().map(|line| line.to_str().unwrap()).collect()
    }

    /// The stable code of a refusal: the one on its page, or the one of its JSON.
    pub(crate) fn code(&self) -> &str {
        let on_page = between(&self.body, "Code <code>", "</code>");
        on_page
            .or(between(&self.body, "\"error\":\"", "\""))
            .or(between(&self.body, "\"code\":\"", "\""))
            .unwrap_or("")
    }

    /// The heading of a page.
    pub(crate) fn heading(&self) -> &str {
        between(&self.body, "<h1>", "</h1>").unwrap_or("")
    }

    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// Status and code in one, for tables.
    pub(crate) fn verdict(&self) -> (u16, &str) {
        (self.status.as_u16(), self.code())
    }
}

/// The text between the first `start` and the `end` after it.
pub(crate) fn between<'a>(text: &'a str, start: &str, end: &str) -> Option<&'a str> {
    let (_, rest) = text.split_once(start)?;
    rest.split_once(end).map(|(found, _)| found)
}

/// One parameter of an address's query.
pub(crate) fn parameter(address: &str, name: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let mut pairs = form_urlencoded::parse(query.as_bytes());
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}
