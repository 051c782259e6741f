//! `/account`: everything that is stored about one, what it was before, and what one can do about it.

use identity::{Login, Provider, Session, Timestamp, User};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::components::{Ago, Content, History, device_name, identities, label, page, record, shown, table};
use crate::{AppError, EndOtherSessions, EndSession, LinkProvider, LogOutEverywhere};

/// Of how many writes the changes are shown.
const WRITES: u32 = 50;

#[component]
pub(crate) fn Account() -> impl IntoView {
    page(content())
}

async fn content() -> Content {
    let Some(viewer) = crate::guard::viewer_or_login().await? else { return Ok(None) };
    let ports = crate::ports()?;
    let user = &viewer.user;
    let now = ports.world.now();
    let idle = ports.login.rules().session_idle;
    let sessions = ports.directory.sessions(user.id, idle).await.map_err(refuse)?;
    let history = ports.directory.history(user, WRITES).await.map_err(refuse)?;
    let others = unlinked(&ports.login, user);
    shown(
        "Your data · Sparekey",
        view! {
            <h1>"Your data"</h1>
            <p class="lead">"Everything that is stored about you, where it came from, and what it was before."</p>
            {record(user, now)}
            <p class="row">
                <a class="button primary" href="/api/me" download="sparekey.json" rel="external">"Download as JSON"</a>
                " "
                <span class="hint">"One file, in the standard claim names of OpenID Connect."</span>
            </p>
            <section id="changes">
                <h2>"What changed"</h2>
                <History history now/>
            </section>
            <section id="providers">
                <h2>"Linked providers"</h2>
                <p>"Each of these opens the same user. Link two, and losing one costs you nothing."</p>
                {identities(user, now, true)}
                <Link others/>
            </section>
            <section id="sessions">
                <h2>"Your sessions"</h2>
                <Sessions sessions this=viewer.session.clone() now/>
            </section>
        },
    )
}

fn refuse(error: identity::StoreError) -> AppError {
    crate::visit().map_or_else(|error| error, |visit| visit.refuse(&error.into()))
}

/// The providers that know nothing of this user yet.
fn unlinked(login: &Login, user: &User) -> Vec<String> {
    let knows = |provider: &dyn Provider| user.identities.iter().any(|one| provider.vouches_for(&one.issuer));
    let others = login.providers().iter().filter(|provider| !knows(provider.as_ref()));
    others.map(|one| one.name().to_owned()).collect()
}

#[component]
fn Link(others: Vec<String>) -> impl IntoView {
    let any = !others.is_empty();
    let forms = others.into_iter().map(|provider| {
        view! {
            <form method="post" action=LinkProvider::PATH>
                <button name="provider" value=provider.clone()>"Link " {label(&provider)}</button>
            </form>
        }
    });
    let forms = forms.collect_view();
    any.then(|| {
        view! {
            <div class="row">{forms} <span class="hint">"You will log in there once. The last provider cannot be unlinked."</span></div>
        }
    })
}

#[component]
fn Sessions(sessions: Vec<Session>, this: Session, now: Timestamp) -> impl IntoView {
    let others = sessions.len() > 1;
    let rows = sessions.into_iter().map(|one| session_row(one, &this, now)).collect_view();
    view! {
        {table("Newest use first", ["Device", "Place", "Last seen", "Provider", "End"], rows)}
        <div class="row">
            {others
                .then(|| {
                    view! {
                        <form method="post" action=EndOtherSessions::PATH>
                            <button>"End all other sessions"</button>
                        </form>
                    }
                })}
            <form method="post" action=LogOutEverywhere::PATH>
                <button class="danger">"Log out everywhere"</button>
            </form>
        </div>
    }
}

fn session_row(one: Session, this: &Session, now: Timestamp) -> impl IntoView + use<> {
    let device = device_name(one.device.user_agent.as_deref());
    let mine = one.id == this.id;
    let near = one.device.address == this.device.address;
    let end = match mine {
        true => view! { <span class="quiet">"use Log out"</span> }.into_any(),
        false => end_form(one.id.to_text(), &device).into_any(),
    };
    view! {
        <tr role="row">
            <th role="rowheader" scope="row">
                {device} {mine.then(|| view! { " " <small class="quiet">"this one"</small> })}
            </th>
            <td role="cell" data-label="Place">
                <span>{if near { "this network" } else { "another network" }}</span>
            </td>
            <td role="cell" data-label="Last seen"><span><Ago at=one.last_used_at now/></span></td>
            <td role="cell" data-label="Provider"><span>{label(&one.provider)}</span></td>
            <td role="cell" data-label="End"><div>{end}</div></td>
        </tr>
    }
}

fn end_form(session: String, device: &str) -> impl IntoView + use<> {
    view! {
        <form method="post" action=EndSession::PATH>
            <button class="small" name="session" value=session aria-label=format!("End the session in {device}")>
                "End"
            </button>
        </form>
    }
}
