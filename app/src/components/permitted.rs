//! A part of a page for whom the provider granted a permission or switched a feature flag on (Kinde's `permissions` and
//! `feature_flags`). Decided on the server: whoever lacks it gets no trace of it. The data behind it has a lock of its
//! own, `require_permission`.

use identity::Access;
use leptos::prelude::*;

/// Shows its children to whoever holds `permission` and has the boolean feature flag `flag` on, as far as they are
/// asked for, and nothing to everybody else.
#[component]
pub fn Permitted(
    #[prop(optional)] permission: Option<&'static str>,
    #[prop(optional)] flag: Option<&'static str>,
    children: Children,
) -> impl IntoView {
    Suspend::new(async move {
        let viewer = match crate::visit() {
            Ok(visit) => visit.viewer().await.ok().flatten(),
            Err(_) => None,
        };
        let is_granted = |access: &Access| {
            permission.is_none_or(|permission| access.permission(permission).is_granted)
                && flag.is_none_or(|flag| access.boolean_flag(flag, false))
        };
        let granted = viewer.is_some_and(|viewer| is_granted(&viewer.session.access));
        granted.then(children)
    })
}
