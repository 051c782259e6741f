//! The operator's yes in the studio to a scan that waits for it. It is also a public POST address below `/studio`, so it
//! asks first who acts, and that they showed lately who they are.

use leptos::prelude::*;

use crate::AppError;

/// Says yes to the list of a run, which is named besides, so that nobody says yes to another than they saw; and why. What
/// lacks a reason, or names another list, is asked again. Answers 303.
#[server(prefix = "/studio", endpoint = "approve")]
pub async fn approve_run(run: String, list: String, reason: String) -> Result<(), AppError> {
    use crate::order::LONGEST_REASON;
    use identity::scan::ScanError;
    use identity::{Code, RunId};
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    crate::require_operator().await?;
    let found = match run.parse().ok().map(RunId) {
        Some(id) => ports.directory.run(id).await.map_err(|error| visit.refuse(&error.into()))?,
        None => None,
    };
    let Some(run) = found else { return Err(visit.refuse(&Code::NotFound.into())) };
    let page = format!("{}/{}", crate::STUDIO_RUNS, run.id);
    let question = format!("{page}/approve");
    let Some(operator) = crate::operator_or_step_up(&question).await? else { return Ok(()) };
    let reason = reason.trim();
    if run.may_be_approved()
        && (list != run.list() || reason.is_empty() || reason.chars().count() > LONGEST_REASON)
    {
        visit.see_other(&question);
        return Ok(());
    }
    let by = operator.operator(&*visit, Some(reason.to_owned()));
    match ports.directory.approve(run.id, &by).await {
        // Why it cannot be approved any more, the page of the run says.
        Ok(_) | Err(ScanError::NotApproved(_)) => visit.see_other(&page),
        Err(ScanError::Store(error)) => return Err(visit.refuse(&error.into())),
        Err(_) => return Err(AppError::internal()),
    }
    Ok(())
}
