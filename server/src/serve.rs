//! The server: one router, the layers in their one order, started and stopped.

use std::net::SocketAddr;
use std::time::Duration;

use app::{App, AppError, Visit, refused, shell};
use axum::body::Body;
use axum::extract::Request;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::serve::ListenerExt;
use axum::{Router, extract::State};
use http::{HeaderValue, StatusCode, header};
use identity::Code;
use leptos::config::LeptosOptions;
use leptos::prelude::provide_context;
use leptos_axum::{LeptosRoutes, generate_route_list, render_app_async_with_context};
use provider::{SetUpError, background};
use std::sync::Arc;
use store::{OpenError, Store};
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tower::{ServiceBuilder, ServiceExt};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use crate::config::Config;
use crate::http::{backchannel, form_post, health, initiate, me};
use crate::visit;
use crate::{Shared, guard, headers, refusal, seal, site, telemetry};

/// How often what has expired is forgotten.
const SWEEP: Duration = Duration::from_secs(60);
/// How long what is in flight may take to finish when the server is told to stop.
const GRACE: Duration = Duration::from_secs(10);
/// No form of ours is larger, in bytes.
const BODY_LIMIT: usize = 64 * 1024;

/// A server that is ready to answer.
pub struct Server {
    listener: TcpListener,
    router: Router,
    shared: Shared,
    store: Store,
}

/// Why the server does not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// No provider can be made of them: a key, an algorithm or a certificate authority that cannot be used.
    #[error("{0}")]
    Settings(#[from] SetUpError),
    /// It cannot be opened or brought up to date.
    #[error("{0}")]
    Database(#[from] OpenError),
    /// The address is another's, or none of this machine's.
    #[error("cannot listen on {address}: {source}")]
    Listen { address: SocketAddr, source: std::io::Error },
}

impl Server {
    /// Opens and migrates the database, listens, and calls no provider yet.
    ///
    /// # Errors
    /// The first of [`StartError`] that there is; nothing listens then.
    pub async fn new(config: &Config) -> Result<Self, StartError> {
        let address = config.listen;
        let listener =
            TcpListener::bind(address).await.map_err(|source| StartError::Listen { address, source })?;
        Self::on(listener, config).await
    }

    /// As [`Server::new`], on a listener that is there already.
    ///
    /// # Errors
    /// As [`Server::new`], but for `Listen`.
    pub async fn on(listener: TcpListener, config: &Config) -> Result<Self, StartError> {
        let store = store::open(config.database_url.expose(), seal(&config.session_secrets)).await?;
        let shared = Shared::new(config, &store, site::options(config.listen))?;
        Ok(Self { listener, router: router(&shared), shared, store })
    }

    /// Serves until `stop`, then finishes what is in flight, for at most 10 seconds, and what a visitor left
    /// halfway, for as long again, and closes the database.
    ///
    /// # Errors
    /// The operating system takes the listener away.
    pub async fn run(self, stop: impl Future<Output = ()> + Send + 'static) -> std::io::Result<()> {
        let sweeping = tokio::spawn(sweep(self.shared));
        let (stopping, stopped) = oneshot::channel::<()>();
        let stop = async move {
            stop.await;
            drop(stopping);
        };
        // Without it, streamed pages wait for acknowledgements (40 ms each).
        let listener = self.listener.tap_io(|stream| drop(stream.set_nodelay(true)));
        let service = self.router.into_make_service_with_connect_info::<SocketAddr>();
        let served = tokio::select! {
            served = axum::serve(listener, service).with_graceful_shutdown(stop).into_future() => served,
            () = patience(stopped) => Ok(()),
        };
        sweeping.abort();
        // Longer than that it may not take: whoever stops us does not wait for a provider.
        drop(tokio::time::timeout(GRACE, background::all_that_was_left()).await);
        self.store.close().await;
        served
    }
}

/// How long a visitor who does not read the answer can keep the server from stopping.
async fn patience(stopped: oneshot::Receiver<()>) {
    // The sender is dropped when the stop comes.
    stopped.await.unwrap_or_default();
    tokio::time::sleep(GRACE).await;
}

async fn sweep(shared: Shared) {
    let mut clock = tokio::time::interval(SWEEP);
    loop {
        clock.tick().await;
        let now = shared.login.world.now();
        let idle_since = now - shared.login.rules.session_idle;
        if let Err(error) = shared.login.sessions.sweep(now, idle_since).await {
            tracing::warn!(code = error.code().as_str(), "what has expired was not forgotten");
        }
        shared.site.limits.forget();
    }
}

fn router(shared: &Shared) -> Router {
    let site = &shared.site;
    let routes = pages(shared).merge(data(shared));
    #[cfg(debug_assertions)]
    let routes = routes.merge(development(shared));
    // The outermost stands first. One stack: of layers added one by one, axum boxes each and copies all of
    // them at each of them, for every request.
    let layers = ServiceBuilder::new()
        .layer(from_fn(telemetry::observe))
        .layer(from_fn_with_state(site.clone(), headers::set))
        .layer(from_fn_with_state(Arc::new(shared.clone()), refusal::show))
        .layer(CatchPanicLayer::custom(|_| refusal::refuse(Code::Internal)))
        .layer(from_fn_with_state(site.clone(), guard::rate))
        .layer(guard::csrf(site))
        .layer(from_fn(guard::navigation));
    routes.layer(layers)
}

fn data(shared: &Shared) -> Router {
    let callback = post(form_post::callback);
    Router::new()
        .route("/api/me", get(me::me))
        .route("/healthz", get(health::healthz))
        .route("/readyz", get(health::readyz))
        .route(app::CALLBACK, callback.clone())
        .route(&format!("{}/{{provider}}", app::CALLBACK), callback.clone())
        .route(app::KINDE_CALLBACK, callback)
        .route("/api/auth/success", get(success))
        .route(app::BACKCHANNEL_LOGOUT, post(backchannel::main))
        .route(&format!("{}/{{provider}}", app::BACKCHANNEL_LOGOUT), post(backchannel::named))
        .route(app::INITIATE, get(initiate::initiate).post(initiate::initiate))
        .with_state(shared.clone())
}

/// "What just happened".
#[cfg(debug_assertions)]
fn development(shared: &Shared) -> Router {
    let shared = shared.clone();
    let page = move |request: Request| async move {
        let (options, last) = (shared.options.clone(), telemetry::JOURNAL.last());
        let page = move || app::happened(options.clone(), last.clone());
        render_app_async_with_context(context(&shared), page)(request).await.into_response()
    };
    Router::new().route(app::HAPPENED, get(page))
}

fn pages(shared: &Shared) -> Router {
    let (options, for_files) = (shared.options.clone(), Arc::new(shared.clone()));
    let context = context(shared);
    let shell = move |options: LeptosOptions| move || shell(options.clone());
    Router::new()
        .leptos_routes_with_context(&options, generate_route_list(App), context, shell(options.clone()))
        .layer(from_fn(refusal::of_forms))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .fallback(move |request| file_or_not_found(for_files.clone(), request))
        .with_state(options)
}

/// What a page and a server function find in their context.
fn context(shared: &Shared) -> impl Fn() + Clone + Send + Sync + 'static {
    let shared = shared.clone();
    move || {
        provide_context(shared.login.clone());
        if let Some(visit) = visit::Request::at_hand(&shared.site, &shared.login) {
            provide_context::<Arc<dyn Visit>>(visit);
        }
        if cfg!(debug_assertions) {
            provide_context(app::Development);
        }
        headers::of_page(&shared.site);
    }
}

/// A file of the site, or what says that there is nothing.
async fn file_or_not_found(shared: Arc<Shared>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let asked = Request::from_parts(parts.clone(), Body::empty());
    let Ok(mut found) = site::files(&shared.options).oneshot(asked).await;
    match found.status() {
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED if !refusal::accepts_pages(&parts.headers) => {
            refusal::refuse(Code::NotFound)
        }
        StatusCode::NOT_FOUND | StatusCode::METHOD_NOT_ALLOWED => {
            let options = shared.options.clone();
            let page = render_app_async_with_context(context(&shared), move || shell(options.clone()));
            page(Request::from_parts(parts, Body::empty())).await.into_response()
        }
        _ => {
            let headers = found.headers_mut();
            headers.insert(header::VARY, HeaderValue::from_static("Accept-Encoding"));
            headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
            found.map(Body::new)
        }
    }
}

/// The page of a refusal that was made outside the pages.
pub(crate) async fn refusal_page(shared: &Shared, error: AppError, request: Request) -> Response {
    let options = shared.options.clone();
    let page = move || refused(options.clone(), error.clone());
    render_app_async_with_context(context(shared), page)(request).await.into_response()
}

/// Where Kinde's starter ends a log-in.
async fn success(State(shared): State<Shared>) -> Response {
    let to =
        HeaderValue::from_str(&shared.site.after_login).unwrap_or(HeaderValue::from_static(app::DASHBOARD));
    (StatusCode::SEE_OTHER, [(header::LOCATION, to)]).into_response()
}
