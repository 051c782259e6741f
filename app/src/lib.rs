//! Pages, components, words and server functions. No HTTP, no database, no environment: what the server
//! knows comes as `Ports` by context.

#![allow(unreachable_pub, reason = "leptos' component macro writes `pub` into what it makes")]

mod account;
mod ago;
mod approve;
mod auth;
mod components;
mod error;
mod holds;
mod inbox;
mod islands;
pub mod journey;
mod order;
mod pages;
mod require;
mod undo;
mod visit;
mod waiting;
mod way_back;
mod words;

pub use account::*;
pub use auth::*;
pub use components::Permitted;
pub use error::AppError;
pub use pages::{Development, LoginTrace, Onward, Step};
pub use require::{
    StepUp, is_fresh_or_step_up, log_in_and_return, operator_log_in, operator_or_step_up, require_insider,
    require_operator, require_permission, require_viewer, viewer_or_step_up,
};
pub use visit::{Insider, Visit};

use std::sync::Arc;

use leptos::prelude::*;
use leptos_router::components::{FlatRoutes, Route, Router};
use leptos_router::{SsrMode, path};

use components::{Document, Refusal};
use pages::studio;
use pages::{
    Account, Dashboard, Erase, Erased, GoOn, Home, InvitationPage, LogOutPage, NotFound, Providers,
    WhatHappened,
};

/// Where the journey's pages are. The router, the settings and the tests use these.
pub const HOME: &str = "/";
pub const DASHBOARD: &str = "/dashboard";
pub const ACCOUNT: &str = "/account";
/// All that is stored about whoever asks, as one file.
pub const ACCOUNT_DATA: &str = "/account/data.json";
pub const ACCOUNT_ERASE: &str = "/account/erase";
/// Where whoever was erased reads so.
pub const ACCOUNT_ERASED: &str = "/account/erased";
pub const LOGIN: &str = "/auth/login";
pub const SIGNUP: &str = "/auth/signup";
pub const PROVIDERS: &str = "/auth/providers";
pub const CALLBACK: &str = "/auth/callback";
/// Where whoever was invited says that it is they (`code` is the invitation's secret).
pub const INVITATION: &str = "/auth/invitation";
pub const LOGOUT: &str = "/auth/logout";
/// Where a provider says that somebody logged out there.
pub const BACKCHANNEL_LOGOUT: &str = "/auth/backchannel-logout";
/// Below it is where each provider pushes what happened there.
pub const HOOKS: &str = "/hooks";
/// Where somebody else starts a log-in.
pub const INITIATE: &str = "/auth/initiate";
/// Where the header leads whoever is signed in, and its words.
pub(crate) const NAVIGATION: &[(&str, &str)] = &[(DASHBOARD, "Dashboard"), (ACCOUNT, "Your data")];

/// The users, for operators and viewers. Whatever is below it has one door (`server/src/web/door.rs`).
pub const STUDIO: &str = "/studio";
/// Below it is a page for each user.
pub const STUDIO_USERS: &str = "/studio/users/";
/// What providers pushed, and what somebody should look at of it.
pub(crate) const STUDIO_INBOX: &str = "/studio/inbox";
/// Accounts whose people are not known yet.
pub(crate) const STUDIO_WAITING: &str = "/studio/waiting";
/// Where what is done about messages asks first.
pub(crate) const STUDIO_INBOX_CONFIRM: &str = "/studio/inbox/confirm";
/// After the address of a user's page: all that is stored about them, as one file.
pub const DATA: &str = "/data.json";
/// The list of the studio as a file, with the same parameters.
pub const EXPORT_NDJSON: &str = "/studio/export.ndjson";
pub const EXPORT_CSV: &str = "/studio/export.csv";
/// The operators' log as a file.
pub const LOG_NDJSON: &str = "/studio/log.ndjson";
pub const LOG_CSV: &str = "/studio/log.csv";
/// How true the copy is.
pub(crate) const STUDIO_COPY: &str = "/studio/copy";
/// What scans, imports, undos and their like did.
pub(crate) const STUDIO_RUNS: &str = "/studio/runs";
/// Where the studio's own navigation leads, and its words: a page of the studio that is linked has a line here.
pub(crate) const STUDIO_NAVIGATION: &[(&str, &str)] = &[
    (STUDIO, "Users"),
    (STUDIO_COPY, "Copy"),
    (STUDIO_RUNS, "Runs"),
    (STUDIO_INBOX, "Inbox"),
    (STUDIO_LOG, "Log"),
];
/// Where an act on one user or several asks first (`GET`: `act`, `user` for each) and is then done (`POST`).
pub const STUDIO_ACTS: &str = "/studio/acts";
/// Where an operator is shown the claims of an identity (`POST`: `user`, `issuer`, `subject`).
pub const STUDIO_CLAIMS: &str = "/studio/claims";
/// What operators did.
pub const STUDIO_LOG: &str = "/studio/log";

/// Below it are the addresses of Kinde's Next.js starter.
pub const KINDE: &str = "/api/auth/";
pub const KINDE_LOGIN: &str = "/api/auth/login";
pub const KINDE_SIGNUP: &str = "/api/auth/register";
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

/// The pairs of a form.
pub type Form = Vec<(String, String)>;

/// The whole document of what an act in the studio came to, or of its confirmation where something lacks.
pub fn studio_act(options: LeptosOptions, form: Form) -> impl IntoView {
    view! { <Document options><studio::Acted form/></Document> }
}

/// The whole document of an identity's claims, for an operator.
pub fn studio_claims(options: LeptosOptions, form: Form) -> impl IntoView {
    view! { <Document options><studio::Claims form/></Document> }
}

/// The whole document of `sparekey studio` for whoever has not opened it.
pub fn studio_closed(options: LeptosOptions) -> impl IntoView {
    view! { <Document options><studio::Closed/></Document> }
}

/// The whole document of "What just happened", which only development builds serve.
pub fn login_trace(options: LeptosOptions, trace: Option<LoginTrace>) -> impl IntoView {
    view! { <Document options><WhatHappened trace/></Document> }
}

/// The one table of pages. What only leads on is in `server/src/web/routes`. Pages wait for what they show (`Async`): redirects and status codes come before the
/// first byte, and all of it is there without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    view! {
        <Router>
            <FlatRoutes fallback=NotFound>
                <Route path=path!("/") view=Home ssr=SsrMode::Async/>
                <Route path=path!("/dashboard") view=Dashboard ssr=SsrMode::Async/>
                <Route path=path!("/account") view=Account ssr=SsrMode::Async/>
                <Route path=path!("/account/erase") view=Erase ssr=SsrMode::Async/>
                <Route path=path!("/account/erased") view=Erased ssr=SsrMode::Async/>
                <Route path=path!("/auth/providers") view=Providers ssr=SsrMode::Async/>
                <Route path=path!("/auth/invitation") view=InvitationPage ssr=SsrMode::Async/>
                <Route path=path!("/auth/logout") view=LogOutPage ssr=SsrMode::Async/>
                // As Kinde's Next.js starter has it.
                <Route path=path!("/api/auth/logout") view=LogOutPage ssr=SsrMode::Async/>
                // The studio: each page asks who is looking by `require_insider`, or `require_operator`.
                <Route path=path!("/studio") view=studio::Users ssr=SsrMode::Async/>
                <Route path=path!("/studio/copy") view=studio::Copy ssr=SsrMode::Async/>
                <Route path=path!("/studio/inbox") view=studio::Inbox ssr=SsrMode::Async/>
                <Route path=path!("/studio/waiting") view=studio::Waiting ssr=SsrMode::Async/>
                <Route path=path!("/studio/inbox/confirm") view=studio::InboxAct ssr=SsrMode::Async/>
                <Route path=path!("/studio/users/:id") view=studio::UserPage ssr=SsrMode::Async/>
                <Route path=path!("/studio/acts") view=studio::Confirm ssr=SsrMode::Async/>
                <Route path=path!("/studio/log") view=studio::Log ssr=SsrMode::Async/>
                <Route path=path!("/studio/runs") view=studio::Runs ssr=SsrMode::Async/>
                <Route path=path!("/studio/runs/:id") view=studio::RunPage ssr=SsrMode::Async/>
                <Route path=path!("/studio/runs/:id/approve") view=studio::ApprovePage ssr=SsrMode::Async/>
                <Route path=path!("/studio/runs/:id/left-out") view=studio::LeftOut ssr=SsrMode::Async/>
                <Route path=path!("/studio/runs/:id/undo") view=studio::UndoPage ssr=SsrMode::Async/>
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
    /// How true the copy is.
    pub copy: identity::CopyWatch,
    /// What providers pushed.
    pub inbox: identity::Inbox,
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
    with_context(|ports: &Ports| ports.login.clone()).ok_or_else(AppError::internal)
}

/// The request at hand. In a server function and in a page's resource there always is one.
pub(crate) fn visit() -> Result<Arc<dyn Visit>, AppError> {
    with_context(|ports: &Ports| ports.visit.clone()).flatten().ok_or_else(AppError::internal)
}
