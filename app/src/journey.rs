//! The steps between a request and `identity::Login`: which secrets the cookies carry, where the browser goes.
//! Public because the server and the bodies of server functions alone call them, and in the browser those bodies are gone.

use std::sync::Arc;

use identity::{Arrival, Begun, Code, Digest, Directory, Login, LoginError, LoginRequest, Secret, Viewer};

use crate::{AppError, Ports, Visit};

/// What Kinde's links call `return_to`.
const KINDE_RETURN_TO: &str = "post_login_redirect_url";

/// Leaves for the provider as the address of the visit asks; with `prompt`, that instead of what it asks for.
pub async fn log_in(login: &Login, visit: &dyn Visit, prompt: Option<&str>) -> Result<(), AppError> {
    let mut asked = LoginRequest::of_query(&visit.query());
    if visit.address().starts_with(crate::KINDE) {
        asked.return_to = asked.return_to.or(asked.further.remove(KINDE_RETURN_TO));
    }
    if let Some(prompt) = prompt {
        asked.prompt = Some(prompt.to_owned());
    }
    begin(login, visit, asked).await
}

/// Leaves for the provider from the site's own host; from another one, for there first.
pub async fn begin(login: &Login, visit: &dyn Visit, asked: LoginRequest) -> Result<(), AppError> {
    match visit.canonical() {
        Some(elsewhere) => visit.see_other(&elsewhere),
        None => leave(login, visit, asked, None).await?,
    }
    Ok(())
}

/// Leaves for the provider, or for the choice of one.
pub async fn leave(
    login: &Login,
    visit: &dyn Visit,
    asked: LoginRequest,
    link: Option<&Viewer>,
) -> Result<(), AppError> {
    let choose = asked.choose_at(crate::PROVIDERS);
    let browser = browser(login, visit);
    let begun = login.begin(asked, &browser, link).await.map_err(|error| visit.refuse(&error))?;
    keep(visit, &browser);
    match begun {
        Begun::Provider(url) => visit.see_other(&url),
        Begun::Choose => visit.see_other(&choose),
    }
    Ok(())
}

/// Leaves for the provider of an invitation.
pub async fn accept(login: &Login, visit: &dyn Visit, code: &str) -> Result<(), AppError> {
    let secret = invitation(visit, code)?;
    let browser = browser(login, visit);
    let begun = login.accept(&secret, &browser).await.map_err(|error| visit.refuse(&error))?;
    keep(visit, &browser);
    match begun {
        Begun::Provider(url) => visit.see_other(&url),
        Begun::Choose => visit.see_other(crate::PROVIDERS),
    }
    Ok(())
}

/// The secret of an invitation, as an address or a form has it.
pub fn invitation(visit: &dyn Visit, code: &str) -> Result<Secret, AppError> {
    Secret::parse(code).ok_or_else(|| visit.refuse(&Code::InvitationUnknown.into()))
}

/// The browser's own value, or a fresh one.
fn browser(login: &Login, visit: &dyn Visit) -> Secret {
    visit.browser().unwrap_or_else(|| login.new_browser())
}

/// Gives the browser the value under which something was begun, where it has none.
fn keep(visit: &dyn Visit, browser: &Secret) {
    if visit.browser().is_none() {
        visit.keep_browser(browser);
    }
}

/// Comes back from the provider.
pub async fn arrive(
    login: &Login,
    visit: &dyn Visit,
    provider: String,
    response: String,
) -> Result<(), AppError> {
    let finished = async {
        let viewer = visit.viewer().await?.map(Arc::unwrap_or_clone);
        let arrival =
            Arrival { provider, response, browsers: visit.browsers(), viewer, device: visit.device() };
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
pub async fn goodbye(login: &Login, visit: &dyn Visit) {
    let provider = match visit.session() {
        Some(session) => login.log_out(&session).await.unwrap_or_else(|error| {
            visit.refuse(&error);
            None
        }),
        None => None,
    };
    visit.drop_session();
    visit.see_other(provider.as_deref().unwrap_or(&login.rules().after_logout));
}

/// Logs out everywhere: the other sessions, then this one, then at the provider.
pub async fn goodbye_everywhere(ports: &Ports, visit: &dyn Visit, viewer: &Viewer) -> Result<(), AppError> {
    end_others(&ports.directory, visit, viewer).await?;
    goodbye(&ports.login, visit).await;
    Ok(())
}

/// Ends one session of this person, named by its digest. Somebody else's, or one that is gone, changes nothing.
pub async fn end_one(
    directory: &Directory,
    visit: &dyn Visit,
    viewer: &Viewer,
    session: &str,
) -> Result<(), AppError> {
    let id = Digest::parse(session).ok_or_else(|| visit.refuse(&Code::ParameterInvalid.into()))?;
    let ended = directory.end_session(viewer.user.id, &id).await;
    ended.map_err(|error| visit.refuse(&error.into()))?;
    match id.matches(&viewer.session.id) {
        true => {
            visit.drop_session();
            visit.see_other(crate::HOME);
        }
        false => visit.see_other(crate::ACCOUNT),
    }
    Ok(())
}

/// Ends all other sessions of this person.
pub async fn end_others(directory: &Directory, visit: &dyn Visit, viewer: &Viewer) -> Result<(), AppError> {
    let ended = directory.end_sessions(viewer.user.id, Some(viewer.session.id)).await;
    ended.map_err(|error| visit.refuse(&error.into()))?;
    visit.see_other(crate::ACCOUNT);
    Ok(())
}

/// Takes an identity away from this person. Where it is the one that they came by, their session ends with it.
pub async fn unlink(
    directory: &Directory,
    visit: &dyn Visit,
    viewer: &Viewer,
    issuer: &str,
    subject: &str,
) -> Result<(), AppError> {
    let actor = Some(identity::Actor::User(viewer.user.id));
    let unlinked = directory.unlink(viewer.user.id, issuer, subject, actor).await;
    unlinked.map_err(|error| visit.refuse(&error))?;
    match (&*viewer.session.issuer, &*viewer.session.subject) == (issuer, subject) {
        true => {
            visit.drop_session();
            visit.see_other(crate::HOME);
        }
        false => visit.see_other(crate::ACCOUNT),
    }
    Ok(())
}

/// What one types to be erased.
const ERASE: &str = "erase";

/// Forgets this person, if they typed the word; else asks again.
pub async fn erase(
    directory: &Directory,
    visit: &dyn Visit,
    viewer: &Viewer,
    word: &str,
) -> Result<(), AppError> {
    if word.trim() != ERASE {
        visit.see_other(&format!("{}?missed=1", crate::ACCOUNT_ERASE));
        return Ok(());
    }
    directory.erase(viewer.user.id).await.map_err(|error| visit.refuse(&error.into()))?;
    visit.drop_session();
    visit.see_other(crate::ACCOUNT_ERASED);
    Ok(())
}
