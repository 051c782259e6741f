//! HTTP: which address answers what, and the layers around all of them in their one order.

mod body;
mod client_ip;
mod cookies;
mod files;
mod filters;
mod headers;
mod onward;
mod pages;
mod rate_limit;
mod refusal;
mod refusal_page;
mod routes;
mod visit;

use std::sync::Arc;

use axum::Router;
use axum::middleware::{from_fn, from_fn_with_state};
use identity::Code;
use leptos::config::LeptosOptions;
use tower::ServiceBuilder;
use tower_http::catch_panic::CatchPanicLayer;

use crate::config::{Config, SiteUrl};
use crate::{Shared, telemetry};
use client_ip::ClientIp;
use cookies::Cookies;
use rate_limit::RateLimit;

pub(crate) use files::options;
pub(crate) use rate_limit::client_key;

/// What the HTTP side of all requests shares.
pub(crate) struct Web {
    url: SiteUrl,
    cookies: Cookies,
    client_ip: ClientIp,
    rate_limit: RateLimit,
    policy: headers::Policy,
    after_login: String,
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
        }
    }

    /// Forgets whoever was quiet; to be called now and then.
    pub(crate) fn forget(&self) {
        self.rate_limit.forget();
    }
}

/// Every address, and the layers. The outermost stands first.
pub(crate) fn router(shared: &Shared) -> Router {
    let (web, all) = (&shared.web, Arc::new(shared.clone()));
    let routes = pages::routes(shared).merge(routes::routes(shared));
    #[cfg(debug_assertions)]
    let routes = routes.merge(pages::development(shared));
    // One stack: of layers added one by one, axum boxes each and copies all of them at each of them, for
    // every request.
    let layers = ServiceBuilder::new()
        .layer(from_fn(telemetry::observe))
        .layer(from_fn_with_state(web.clone(), headers::set))
        .layer(from_fn_with_state(all.clone(), onward::go_on))
        .layer(from_fn_with_state(all, refusal_page::show))
        .layer(CatchPanicLayer::custom(|_| refusal::refuse(Code::Internal)))
        .layer(from_fn_with_state(web.clone(), filters::rate))
        .layer(filters::csrf(web))
        .layer(from_fn(filters::fetch_site))
        .layer(from_fn(filters::address))
        .layer(from_fn(filters::navigation))
        .layer(from_fn(body::read));
    routes.layer(layers)
}
