//! A part of a page for whom the provider granted a permission (Kinde's `permissions`). Decided on the server:
//! whoever lacks it gets no trace of it. The data behind it has a lock of its own, `require_permission`.

use leptos::prelude::*;

/// Shows its children to whoever holds `permission`, and nothing to everybody else.
#[component]
pub fn Permitted(permission: &'static str, children: Children) -> impl IntoView {
    Suspend::new(async move {
        let viewer = match crate::visit() {
            Ok(visit) => visit.viewer().await.ok().flatten(),
            Err(_) => None,
        };
        let granted = viewer.is_some_and(|viewer| viewer.session.access.permission(permission).is_granted);
        granted.then(children)
    })
}
