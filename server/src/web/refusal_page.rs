//! How a refusal is shown: as a page to a browser and as JSON to a program. What axum and tower refuse by a bare
//! status gets its code here.

use std::net::IpAddr;

use app::AppError;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use http::{HeaderMap, HeaderValue, StatusCode, Uri, header};
use identity::Code;

use super::filters::is_under;
use super::headers::text;
use super::rate_limit::Counted;
use super::refusal::{Refused, refuse};
use super::routes::scim;
use super::{Web, pages};
use crate::Shared;
use crate::telemetry::{self, RequestId, Said};

/// What axum or tower refused by themselves, with no word of ours: the refusal that says the same.
fn spoken(mut bare: Response) -> Response {
    let kind = bare.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes).unwrap_or(b"text/plain");
    let code = match bare.status() {
        _ if !kind.starts_with(b"text/plain") => return bare,
        StatusCode::BAD_REQUEST => Code::ParameterInvalid,
        StatusCode::METHOD_NOT_ALLOWED => Code::MethodNotAllowed,
        StatusCode::PAYLOAD_TOO_LARGE => Code::BodyTooLarge,
        StatusCode::UNSUPPORTED_MEDIA_TYPE => Code::MediaTypeUnsupported,
        _ => return bare,
    };
    let mut response = refuse(code);
    // RFC 9110 15.5.6: a 405 says which methods there are.
    response
        .headers_mut()
        .extend(bare.headers_mut().remove(header::ALLOW).map(|allow| (header::ALLOW, allow)));
    response
}

/// Shows refusals as pages to whoever accepts pages.
pub(super) async fn show(
    shared: &Shared,
    request: Request,
    next: impl AsyncFnOnce(Request) -> Response,
) -> Response {
    let asked = Asked::new(&request, &shared.web);
    // `OPTIONS *` and `CONNECT host:port` (RFC 9112 3.2) ask for no page of ours.
    let is_address = asked.address.path().starts_with('/');
    let response = if is_address { next(request).await } else { refuse(Code::ParameterInvalid) };
    let response = spoken(response);
    let Some(Refused { code, provider, because, is_logged }) = response.extensions().get().cloned() else {
        return response;
    };
    // Whoever is refused again and again fills no log.
    if !is_logged && shared.web.rate_limit.allows(Counted::Line, asked.from) {
        telemetry::refused(code, provider.as_deref(), because);
    }
    if let Some(said) = asked.said.as_ref() {
        said.set();
    }
    if is_under(asked.address.path(), scim::ROOT) {
        return scim::refused(code);
    }
    if !is_address || !asked.accepts_pages {
        return response;
    }
    let request_id = asked.id.map(|id| id.to_string()).unwrap_or_default();
    let error = AppError { code, request_id, provider };
    // Who is looking takes a query, and whoever comes too often gets none.
    let request = asked.again(code != Code::TooManyRequests);
    let mut page = pages::refusal_page(shared, error, request).await;
    *page.status_mut() = response.status();
    for kept in [header::ALLOW, header::RETRY_AFTER, header::SET_COOKIE] {
        for value in response.headers().get_all(&kept) {
            page.headers_mut().append(&kept, value.clone());
        }
    }
    page
}

/// What is kept of every request for the case that it is refused; a whole copy would cost each page more.
struct Asked {
    id: Option<RequestId>,
    said: Option<Said>,
    address: Uri,
    cookies: Vec<HeaderValue>,
    accepts_pages: bool,
    from: Option<IpAddr>,
}

impl Asked {
    fn new(request: &Request, web: &Web) -> Self {
        let headers = request.headers();
        Self {
            id: request.extensions().get().copied(),
            said: request.extensions().get().cloned(),
            address: request.uri().clone(),
            cookies: headers.get_all(header::COOKIE).iter().cloned().collect(),
            accepts_pages: accepts_pages(headers),
            from: web.client_ip.of(request.extensions(), headers),
        }
    }

    /// The same request, as far as the page of a refusal cares.
    fn again(self, with_cookies: bool) -> Request {
        let mut request = Request::new(Body::empty());
        *request.uri_mut() = self.address;
        if let Some(id) = self.id {
            request.extensions_mut().insert(id);
        }
        if with_cookies {
            request.headers_mut().extend(self.cookies.into_iter().map(|cookie| (header::COOKIE, cookie)));
        }
        request
    }
}

/// Whether whoever asks is a browser that navigates, more or less.
fn accepts_pages(headers: &HeaderMap) -> bool {
    headers.get_all(header::ACCEPT).iter().any(|accept| text(accept).contains("text/html"))
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use axum::Router;
    use axum::body::to_bytes;
    use axum::extract::Path;
    use axum::middleware::{Next, from_fn};
    use axum::routing::get;
    use tower::ServiceExt;

    use super::*;
    use crate::config::Config;
    use crate::web;

    /// Another test holds its table to `Code`.
    const DOCUMENT: &str = include_str!("../../../docs/errors.md");

    /// Refuses with the code that the address names.
    async fn site_of_refusals() -> Router {
        // Leptos starts its executor with its first route list.
        leptos_axum::generate_route_list(app::App);
        let config =
            Config::parse(|name| (name == "DATABASE_URL").then(|| "sqlite::memory:".into()), false).unwrap();
        let (store, _) = store::migrate(config.database_url.expose(), crate::seal(&[])).await.unwrap();
        let shared = Arc::new(Shared::new(&config, &store, web::options(config.listen)).unwrap());
        let refused = |Path(code): Path<Code>| async move { refuse(code) };
        let layer = move |request: Request, next: Next| {
            let shared = shared.clone();
            async move {
                let show = |request| show(&shared, request, |request| next.run(request));
                telemetry::observe(request, show).await
            }
        };
        Router::new().route("/{code}", get(refused)).layer(from_fn(layer))
    }

    async fn ask(site: &Router, code: &str, accept: &'static str) -> (StatusCode, HeaderMap, String) {
        let ask = http::Request::get(format!("/{code}")).header(header::ACCEPT, accept);
        let answer = site.clone().oneshot(ask.body(Body::empty()).unwrap()).await.unwrap();
        let (parts, body) = answer.into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        (parts.status, parts.headers, String::from_utf8(body.into()).unwrap())
    }

    #[tokio::test]
    async fn every_code_has_its_page_for_browsers_and_its_json_for_programs() {
        let site = site_of_refusals().await;
        let (_, table) = DOCUMENT.split_once("## All of them").unwrap();
        let codes = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
        let mut seen = 0;
        for code in codes {
            let status = code.parse::<Code>().unwrap().status();
            let (found, headers, page) = ask(&site, code, "text/html").await;
            let id = headers["x-request-id"].to_str().unwrap();
            assert_eq!(found, status, "{code}");
            assert_eq!(headers.contains_key(header::RETRY_AFTER), matches!(status, 429 | 503), "{code}");
            for (part, times) in [
                ("<main", 1),
                ("<h1>", 1),
                ("button primary", 1),
                (&format!("Code <code>{code}</code>"), 1),
                (id, 1),
                ("{who}", 0),
                ("{Who}", 0),
            ] {
                assert_eq!(page.matches(part).count(), times, "{code}: {part}");
            }
            let (found, _, json) = ask(&site, code, "*/*").await;
            assert_eq!((found.as_u16(), json), (status, format!(r#"{{"error":"{code}"}}"#)));
            seen += 1;
        }
        assert!(seen > 80, "{seen}");
    }
}
