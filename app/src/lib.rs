//! Pages, components, words and server functions. No HTTP, no database, no environment: what the server
//! knows comes as `Ports` by context.

#![allow(unreachable_pub, reason = "leptos' component macro writes `pub` into what it makes")]

mod account;
mod ago;
mod auth;
mod components;
mod error;
mod guard;
mod islands;
pub mod journey;
mod pages;
mod visit;
mod words;

pub use account::*;
pub use auth::*;
pub use components::Permitted;
pub use error::AppError;
pub use guard::{
    StepUp, is_fresh_or_step_up, log_in_and_return, require_permission, require_viewer, viewer_or_step_up,
};
pub use pages::{Development, LoginTrace, Onward, Step};
pub use visit::Visit;

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

use components::{Document, Refusal};
use pages::{
    Account, Callback, Dashboard, GoOn, Home, LogIn, LogOutPage, NotFound, Providers, SignUp, WhatHappened,
};

/// Where the journey's pages are. The router, the settings and the tests use these.
pub const HOME: &str = "/";
pub const DASHBOARD: &str = "/dashboard";
pub const ACCOUNT: &str = "/account";
pub const LOGIN: &str = "/auth/login";
pub const SIGNUP: &str = "/auth/signup";
pub const PROVIDERS: &str = "/auth/providers";
pub const CALLBACK: &str = "/auth/callback";
pub const LOGOUT: &str = "/auth/logout";
/// Where a provider says that somebody logged out there.
pub const BACKCHANNEL_LOGOUT: &str = "/auth/backchannel-logout";
/// Where somebody else starts a log-in.
pub const INITIATE: &str = "/auth/initiate";
/// Where the header leads whoever is signed in, and its words.
pub(crate) const NAVIGATION: &[(&str, &str)] = &[(DASHBOARD, "Dashboard"), (ACCOUNT, "Your data")];

/// Below it are the addresses of Kinde's Next.js starter.
pub const KINDE: &str = "/api/auth/";
/// The redirect URI of Kinde's Next.js starter.
pub const KINDE_CALLBACK: &str = "/api/auth/kinde_callback";

/// What the provider of the plain settings is called.
pub const MAIN: &str = "main";

/// What happened at the last log-in; in development builds only.
pub const LOGIN_TRACE: &str = "/dev/last-log-in";

/// The whole document, for every page.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    view! { <Document options><App/></Document> }
}

/// The whole document of a refusal that no page came to: a form post that failed, a request that a layer of
/// the server turned away. The status is the server's to set.
pub fn refused(options: LeptosOptions, error: AppError) -> impl IntoView {
    view! { <Document options><Refusal error/></Document> }
}

/// The whole document of a page that goes on by itself.
pub fn going_on(options: LeptosOptions, onward: Onward) -> impl IntoView {
    view! { <Document options><GoOn onward/></Document> }
}

/// The whole document of "What just happened", which only development builds serve.
pub fn login_trace(options: LeptosOptions, trace: Option<LoginTrace>) -> impl IntoView {
    view! { <Document options><WhatHappened trace/></Document> }
}

/// The one route table. Pages wait for what they show (`Async`): redirects and status codes come before the
/// first byte, and all of it is there without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Home ssr=SsrMode::Async/>
                <Route path=path!("/dashboard") view=Dashboard ssr=SsrMode::Async/>
                <Route path=path!("/account") view=Account ssr=SsrMode::Async/>
                <Route path=path!("/auth/login") view=LogIn ssr=SsrMode::Async/>
                <Route path=path!("/auth/signup") view=SignUp ssr=SsrMode::Async/>
                <Route path=path!("/auth/providers") view=Providers ssr=SsrMode::Async/>
                <Route path=path!("/auth/callback") view=Callback ssr=SsrMode::Async/>
                <Route path=path!("/auth/callback/:provider") view=Callback ssr=SsrMode::Async/>
                <Route path=path!("/auth/logout") view=LogOutPage ssr=SsrMode::Async/>
                // The addresses of Kinde's Next.js starter.
                <Route path=path!("/api/auth/login") view=LogIn ssr=SsrMode::Async/>
                <Route path=path!("/api/auth/register") view=SignUp ssr=SsrMode::Async/>
                <Route path=path!("/api/auth/kinde_callback") view=Callback ssr=SsrMode::Async/>
                <Route path=path!("/api/auth/logout") view=LogOutPage ssr=SsrMode::Async/>
            </FlatRoutes>
        </Router>
    }
}

/// What a page and a server function need of the world; the server provides it by context.
#[derive(Clone)]
pub struct Ports {
    /// The journey.
    pub login: identity::Login,
    /// The users, and what may be done with them.
    pub directory: identity::Directory,
    /// The clock and fresh ids.
    pub world: Arc<dyn identity::World>,
    /// The request at hand; none where Leptos runs without one, for its route list.
    pub visit: Option<Arc<dyn Visit>>,
}

/// The ports; there in every request.
pub(crate) fn ports() -> Result<Ports, AppError> {
    use_context::<Ports>().ok_or_else(AppError::internal)
}

/// The journey.
pub(crate) fn login() -> Result<identity::Login, AppError> {
    Ok(ports()?.login)
}

/// The request at hand. In a server function and in a page's resource there always is one.
pub(crate) fn visit() -> Result<Arc<dyn Visit>, AppError> {
    ports()?.visit.ok_or_else(AppError::internal)
}
