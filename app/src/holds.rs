//! What operators let go of in the studio. It is also a public POST address below `/studio`, so it asks first who acts,
//! and that they showed lately who they are.

use leptos::prelude::*;

use crate::AppError;

/// Lets something that is held of a user (a field, or `standing`) follow this provider again. Answers 303 to the user's
/// page.
#[server(prefix = "/studio", endpoint = "holds/release")]
pub async fn release_hold(
    user: String,
    held: String,
    provider: String,
    list: Option<String>,
) -> Result<(), AppError> {
    use identity::{Code, Held, UserId};
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    crate::require_operator().await?;
    let (Some(user), Ok(held)) = (UserId::parse(&user), held.parse::<Held>()) else {
        return Err(visit.refuse(&Code::ParameterInvalid.into()));
    };
    let page = crate::way_back::hand_on(&format!("{}{user}", crate::STUDIO_USERS), &list.unwrap_or_default());
    let Some(operator) = crate::operator_or_step_up(&page).await? else { return Ok(()) };
    let by = operator.operator(&*visit, None);
    let released = ports.directory.release_holds(user, Some(held), Some(&provider), &by).await;
    released.map_err(|error| visit.refuse(&error.into()))?;
    visit.see_other(&page);
    Ok(())
}
