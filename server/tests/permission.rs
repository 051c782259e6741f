//! What a developer locks by a permission: a part of a page, and the data behind it.

use std::sync::Arc;

use app::{AppError, Insider, Permitted, Ports, Visit, require_permission, require_viewer};
use async_trait::async_trait;
use identity::{Code, Device, LoginError, Secret, Viewer};
use leptos::prelude::*;
use server::Config;

#[allow(missing_docs, reason = "it is shown as it stands")]
mod example;

use crate::store::people::{id, plain_login, session};
use crate::support::opened::Opened;

/// A request of this viewer, of nobody, or of somebody who cannot be looked up.
struct Of(Result<Option<Arc<Viewer>>, Code>);

#[async_trait]
impl Visit for Of {
    async fn viewer(&self) -> Result<Option<Arc<Viewer>>, LoginError> {
        self.0.clone().map_err(LoginError::from)
    }
    async fn insider(&self) -> Result<Option<Arc<Insider>>, LoginError> {
        Ok(None)
    }
    fn request_id(&self) -> String {
        String::new()
    }
    fn refuse(&self, error: &LoginError) -> AppError {
        AppError { code: error.code(), request_id: String::new(), provider: None }
    }
    fn address(&self) -> String {
        "/".to_owned()
    }
    fn query(&self) -> String {
        String::new()
    }
    fn browser(&self) -> Option<Secret> {
        None
    }
    fn session(&self) -> Option<Secret> {
        None
    }
    fn device(&self) -> Device {
        Device::default()
    }
    fn canonical(&self) -> Option<String> {
        None
    }
    fn browsers(&self) -> Vec<Secret> {
        Vec::new()
    }
    fn keep_browser(&self, _: &Secret) {}
    fn keep_session(&self, _: &Secret) {}
    fn drop_session(&self) {}
    fn see_other(&self, _: &str) {}
    fn status(&self, _: u16) {}
}

/// Ada, to whom the provider granted `a:b`.
fn ada() -> Of {
    let user = identity::merge::merge(None, &plain_login("ada", 0), id()).user;
    let session = session("ada", user.id, 0);
    Of(Ok(Some(Viewer { user, session }.into())))
}

/// Does the work as a page of this request would.
async fn at<T>(request: Of, work: impl Future<Output = T>) -> T {
    let owner = Owner::new();
    let store = Opened::at("sqlite::memory:", 7).await.store;
    let config = Config::parse(|_| None, false).unwrap();
    let ports = Ports { visit: Some(Arc::new(request)), ..server::ports(&config, &store).unwrap() };
    let work = owner.with(|| {
        provide_context(ports);
        ScopedFuture::new_untracked(work)
    });
    work.await
}

/// Ada, for whom the provider switched this on.
fn ada_with(flags: serde_json::Value) -> Of {
    let Of(Ok(Some(viewer))) = ada() else { unreachable!() };
    let mut viewer = Arc::unwrap_or_clone(viewer);
    viewer.session.access.access_token.insert("feature_flags".to_owned(), flags);
    let granted = serde_json::json!(["reports:read"]);
    viewer.session.access.access_token.insert("permissions".to_owned(), granted);
    Of(Ok(Some(viewer.into())))
}

#[tokio::test]
async fn the_example_of_the_docs_does_what_they_say() {
    let docs = include_str!("../../docs/permissions.md");
    assert!(docs.contains(include_str!("permission/example.rs")), "docs/permissions.md has another example");
    let reports = |request| at(request, async { view! { <example::Reports/> }.resolve().await.to_html() });
    let on = serde_json::json!({"new_reports": {"t": "b", "v": true}});
    let off = serde_json::json!({"new_reports": {"t": "b", "v": false}});
    let (with, without) = (reports(ada_with(on)).await, reports(ada_with(off)).await);
    assert!(with.contains("Reports") && with.contains("Try the new"), "{with}");
    assert!(without.contains("Reports") && !without.contains("Try the new"), "{without}");
    assert!(!reports(ada()).await.contains("Reports"), "another permission");
    assert!(!reports(Of(Ok(None))).await.contains("Reports"));
    let data = at(ada_with(serde_json::json!({})), example::reports()).await;
    assert_eq!(data.map(|reports| reports.len()), Ok(10));
    let refused = at(ada(), example::reports()).await;
    assert_eq!(refused.map_err(|error| error.code), Err(Code::Denied));
}

async fn shown(request: Of, permission: &'static str) -> String {
    at(request, async move {
        let part = view! { <Permitted permission>"The locked part"</Permitted> };
        part.resolve().await.to_html()
    })
    .await
}

#[tokio::test]
async fn a_locked_part_is_shown_to_whoever_holds_the_permission_and_leaves_no_trace_elsewhere() {
    assert!(shown(ada(), "a:b").await.contains("The locked part"));
    for (request, permission) in
        [(ada(), "a:c"), (ada(), "a"), (Of(Ok(None)), "a:b"), (Of(Err(Code::DatabaseUnavailable)), "a:b")]
    {
        let shown = shown(request, permission).await;
        assert!(!shown.contains("locked"), "{shown}");
    }
}

#[tokio::test]
async fn locked_data_is_given_to_whoever_holds_the_permission_and_refused_to_others() {
    let held = |viewer: Arc<Viewer>| viewer.session.access.permissions().contains(&"a:b");
    assert_eq!(at(ada(), require_permission("a:b")).await.map(held), Ok(true));
    assert_eq!(at(ada(), require_viewer()).await.map(held), Ok(true));
    for (request, permission, code) in [
        (ada(), "a:c", Code::Denied),
        (Of(Ok(None)), "a:b", Code::SignedOut),
        (Of(Err(Code::DatabaseUnavailable)), "a:b", Code::DatabaseUnavailable),
    ] {
        let refused = at(request, require_permission(permission)).await.map(drop);
        assert_eq!(refused.map_err(|error| error.code), Err(code));
    }
}
