//! The pages: plain forms that need no script, one sheet of style, and the headers that keep
//! them strict. `form-action` stays unset: Chromium applies it to the redirect after a form
//! as well, and that one leads to the application.

use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{Html, IntoResponse, Response};

use crate::params::Params;

const POLICY: &str = "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; \
                      base-uri 'none'; frame-ancestors 'none'";

/// A whole page. `body` is markup: escape what is not ours.
pub(crate) fn page(status: StatusCode, title: &str, body: &str) -> Response {
    let html = format!(
        r#"<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Development provider</title>
<link rel="icon" href="/provider.svg" type="image/svg+xml">
<link rel="stylesheet" href="/provider.css">
</head>
<body>
<header><p>Development provider. No passwords, nobody real.</p></header>
<main>
<h1>{title}</h1>
{body}
</main>
</body>
</html>
"#
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "strict-origin"),
    ];
    (status, headers, Html(html)).into_response()
}

/// A page that says why nothing happened.
pub(crate) fn refusal(status: StatusCode, why: &str) -> Response {
    page(status, "Not possible", &format!("<p>{}</p>", escape(why)))
}

/// The parameters in a form that posts itself to the client; without script, by a button.
pub(crate) fn form_post(redirect_uri: &str, params: &Params) -> Response {
    let fields: String = params
        .iter()
        .map(|(name, value)| {
            let (name, value) = (escape(name), escape(value));
            format!("<input type=\"hidden\" name=\"{name}\" value=\"{value}\">\n")
        })
        .collect();
    let body = format!(
        "<p>You go back to the application now.</p>\n\
         <form method=\"post\" action=\"{}\">\n{fields}<button>Go on</button>\n</form>\n\
         <script src=\"/submit.js\"></script>",
        escape(redirect_uri),
    );
    page(StatusCode::OK, "Back to the application", &body)
}

/// Text for markup, attribute values included.
pub(crate) fn escape(text: &str) -> String {
    text.replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;")
        .replace('"', "&quot;")
        .replace('\'', "&#39;")
}

/// The value of a cookie of this name.
pub(crate) fn cookie(headers: &HeaderMap, name: &str) -> Option<String> {
    let all = headers.get_all(header::COOKIE).iter();
    let mut pairs = all.filter_map(|value| value.to_str().ok()).flat_map(|value| value.split("; "));
    pairs.find_map(|pair| pair.strip_prefix(name)?.strip_prefix('=')).map(str::to_owned)
}

/// A cookie for this browser session; an empty value removes it.
pub(crate) fn set_cookie(response: &mut Response, name: &str, value: &str) {
    let age = if value.is_empty() { "; Max-Age=0" } else { "" };
    let cookie = format!("{name}={value}; Path=/; HttpOnly; SameSite=Lax{age}");
    if let Ok(cookie) = HeaderValue::from_str(&cookie) {
        response.headers_mut().append(header::SET_COOKIE, cookie);
    }
}

/// What the pages load.
pub(crate) async fn style() -> Response {
    asset("text/css; charset=utf-8", include_str!("../assets/provider.css"))
}

pub(crate) async fn icon() -> Response {
    asset("image/svg+xml", include_str!("../assets/provider.svg"))
}

pub(crate) async fn script() -> Response {
    asset("text/javascript; charset=utf-8", include_str!("../assets/submit.js"))
}

fn asset(kind: &'static str, text: &'static str) -> Response {
    let nosniff: (HeaderName, &str) = (header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    ([(header::CONTENT_TYPE, kind), nosniff], text).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_found_by_its_whole_name() {
        let mut headers = HeaderMap::new();
        let value = HeaderValue::from_static("dev_provider_10=a; dev_provider_1=b");
        headers.insert(header::COOKIE, value);
        assert_eq!(cookie(&headers, "dev_provider_1").as_deref(), Some("b"));
        assert_eq!(cookie(&headers, "dev_provider"), None);
    }

    #[test]
    fn markup_in_a_value_stays_text() {
        assert_eq!(escape("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    }
}
