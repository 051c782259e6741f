//! The steps between a request and `identity::Login`: which secrets the cookies carry, where the browser goes.

use identity::{Arrival, Begun, Login, LoginError, LoginRequest, UserId};

use crate::{AppError, Visit};

/// Leaves for the provider, or for the choice of one.
pub(crate) async fn leave(
    login: &Login,
    visit: &dyn Visit,
    asked: LoginRequest,
    link: Option<UserId>,
) -> Result<(), AppError> {
    let known = visit.browser();
    let browser = known.clone().unwrap_or_else(|| login.world.secret());
    let choose = asked.choose_at(crate::PROVIDERS);
    let begun = login.begin(asked, &browser, link).await.map_err(|error| visit.refuse(&error))?;
    if known.is_none() {
        visit.keep_browser(&browser);
    }
    match begun {
        Begun::Provider(url) => visit.see_other(&url),
        Begun::Choose => visit.see_other(&choose),
    }
    Ok(())
}

/// Comes back from the provider.
pub(crate) async fn arrive(
    login: &Login,
    visit: &dyn Visit,
    provider: String,
    response: String,
) -> Result<(), AppError> {
    let finished = async {
        let viewer = visit.viewer().await?;
        let arrival =
            Arrival { provider, response, browser: visit.browser(), viewer, device: visit.device() };
        login.finish(arrival).await
    };
    let signed = finished.await.map_err(|error: LoginError| visit.refuse(&error))?;
    if let Some(session) = &signed.session {
        visit.keep_session(session);
    }
    visit.see_other(&signed.return_to);
    Ok(())
}

/// Logs out, here first. Whatever fails, the browser's cookie goes and the visitor sees a page.
pub(crate) async fn goodbye(login: &Login, visit: &dyn Visit) {
    let provider = match visit.session() {
        Some(session) => login.log_out(&session).await.unwrap_or_else(|error| {
            visit.refuse(&error);
            None
        }),
        None => None,
    };
    visit.drop_session();
    visit.see_other(provider.as_deref().unwrap_or(&login.rules.after_logout));
}
