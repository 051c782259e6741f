//! HTTP: which address answers what, and the layers around all of them in their one order.

mod body;
mod client_ip;
mod cookies;
mod door;
mod files;
mod filters;
mod headers;
mod local;
mod onward;
mod pages;
mod rate_limit;
mod refusal;
mod refusal_page;
mod routes;
mod studio;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::Response;
use identity::Code;
use leptos::config::LeptosOptions;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::{Config, SiteUrl};
use crate::{Shared, telemetry};
use client_ip::ClientIp;
use cookies::Cookies;
use rate_limit::RateLimit;
use routes::scim::Realm;

pub(crate) use files::options;
pub(crate) use local::Local;
pub(crate) use rate_limit::{client_key, wider};
pub(crate) use routes::scim::ROOT as SCIM;

/// What the HTTP side of all requests shares.
pub(crate) struct Web {
    url: SiteUrl,
    cookies: Cookies,
    client_ip: ClientIp,
    rate_limit: RateLimit,
    policy: headers::Policy,
    after_login: String,
    scim: Vec<Realm>,
    /// Where the studio is opened by a command, and not by a log-in.
    local: Option<Local>,
}

impl Web {
    pub(crate) fn new(config: &Config, options: &LeptosOptions) -> Self {
        Self {
            url: config.site_url.clone(),
            cookies: Cookies::new(&config.site_url, config.session_absolute, config.login_ttl),
            client_ip: ClientIp { proxies: config.trusted_proxies.clone(), header: config.proxy_header },
            rate_limit: RateLimit::new(config.rate_limit),
            policy: headers::Policy::new(files::reload_socket(options).as_deref()),
            after_login: config.post_login_redirect.path.clone(),
            scim: routes::scim::realms(config),
            local: None,
        }
    }

    /// The same, behind the door of `sparekey studio`.
    pub(crate) fn behind(self, local: Local) -> Self {
        Self { local: Some(local), ..self }
    }

    /// Forgets whoever was quiet; to be called now and then.
    pub(crate) fn forget(&self) {
        self.rate_limit.forget();
    }
}

/// Every address, and the layers. The outermost stands first.
pub(crate) fn router(shared: &Shared) -> Router {
    let all = Arc::new(shared.clone());
    let routes = pages::routes(shared).merge(routes::routes(shared));
    #[cfg(debug_assertions)]
    let routes = routes.merge(pages::development(shared));
    // One stack, and of few layers: axum boxes each and copies all below it, for every request.
    let layers = ServiceBuilder::new()
        .layer(from_fn_with_state(all.clone(), answered))
        .layer(CatchPanicLayer::custom(|_| refusal::refuse(Code::Internal)))
        .layer(from_fn_with_state(all.clone(), door::admit))
        .layer(filters::csrf(&shared.web))
        .layer(from_fn_with_state(all, filtered));
    routes.layer(layers)
}

/// What is done to every answer. The innermost stands first.
async fn answered(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let show = |request| refusal_page::show(&shared, request, |request| next.run(request));
    let go_on = |request| onward::go_on(&shared, request, show);
    let set = |request| headers::set(&shared.web, request, go_on);
    telemetry::observe(request, set).await
}

/// What a request must be before anything happens. The innermost stands first.
async fn filtered(State(shared): State<Arc<Shared>>, request: Request, next: Next) -> Response {
    let web = &*shared.web;
    let read = |request| body::read(web, request, |request| next.run(request));
    // Only what starts or does something counts: another site's page could use up a visitor's share.
    let rate = |request| filters::rate(web, request, read);
    let navigation = |request| filters::navigation(request, rate);
    let address = |request| filters::address(request, navigation);
    filters::fetch_site(request, address).await
}
