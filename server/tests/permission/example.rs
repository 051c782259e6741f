//! What docs/permissions.md shows, as it stands there.

use app::{AppError, Permitted, require_permission};
use leptos::prelude::*;

/// A part of a page: reports for whoever may read them, a button for whoever has the new ones.
#[component]
pub fn Reports() -> impl IntoView {
    view! {
        <Permitted permission="reports:read">
            <h2>"Reports"</h2>
            <Permitted flag="new_reports">
                <a href="/reports/new">"Try the new reports"</a>
            </Permitted>
        </Permitted>
    }
}

/// The data behind it, as a page or a server function gives it out: its first line is the lock, whatever a page shows.
pub async fn reports() -> Result<Vec<String>, AppError> {
    let viewer = require_permission("reports:read").await?;
    let limit = viewer.session.access.integer_flag("reports_limit", 10);
    Ok((1..=limit).map(|number| format!("Report {number}")).collect())
}
