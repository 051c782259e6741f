//! `/studio/waiting`: accounts that providers told of and whose people we do not know yet, by pages, the oldest first. An
//! operator can say whose one is.

use identity::{Entry, Role, Timestamp, form_pairs};
use leptos::prelude::*;
use leptos::server_fn::ServerFn;

use crate::STUDIO;
use crate::components::{Ago, Content, label, pages, shown, studio, table};
use crate::waiting::{AdoptAccount, WaitingShown, sentence};
use crate::way_back::{handing_on, query_of};

/// Accounts on a page.
const PAGE: u32 = 50;

#[component]
pub(crate) fn Waiting() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    let insider = crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let pairs = form_pairs(&visit.query());
    let asked = |name: &str| pairs.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str());
    let here = WaitingShown::of_address(&visit.query());
    let page = ports.directory.waiting_entries(here.provider.as_deref(), here.after, PAGE).await;
    let page = page.map_err(|error| visit.refuse(&error.into()))?;
    let now = ports.world.now();
    let may_act = insider.role >= Role::Operator;
    let problem = asked("problem").and_then(sentence);
    let rows = page.iter().map(|entry| row(entry, &here, may_act, now)).collect_view();
    let next = page.last().filter(|_| page.len() == PAGE as usize);
    let next = next.map(|last| WaitingShown { after: Some(last.id), ..here.clone() }.address(None));
    let columns = ["Account", "Provider", "E-mail", "Name", "Since", "Whose"];
    shown(
        "Waiting accounts · Studio · Sparekey",
        view! {
            <h1>"Waiting accounts"</h1>
            <p class="lead">
                "A provider told of them, and nobody has logged in as them. The first log-in says whose they are; where you know it, you can."
            </p>
            {problem.map(|problem| view! { <p class="notice" role="alert">{problem}</p> })}
            {match page.is_empty() {
                true => view! { <p class="empty">"No account waits."</p> }.into_any(),
                false => table("The longest known first", columns, rows),
            }}
            {pages(None, next, "Newer")}
        },
    )
}

fn row(entry: &Entry, here: &WaitingShown, may_act: bool, now: Timestamp) -> impl IntoView + use<> {
    let email = entry.said("email");
    let email = match &email {
        Some(email) => {
            let address = format!("{STUDIO}?q={}", crate::require::encoded(email));
            view! { <a href=address>{email.clone()}</a> }.into_any()
        }
        None => view! { <span class="quiet">"not said"</span> }.into_any(),
    };
    let name = entry.said("name").unwrap_or_else(|| "not said".to_owned());
    view! {
        <tr role="row">
            <th role="rowheader" scope="row"><code>{entry.reference.clone()}</code></th>
            <td role="cell" data-label="Provider"><span>{label(&entry.provider)}</span></td>
            <td role="cell" data-label="E-mail"><span>{email}</span></td>
            <td role="cell" data-label="Name"><span><bdi>{name}</bdi></span></td>
            <td role="cell" data-label="Since"><span><Ago at=entry.created_at now/></span></td>
            <td role="cell" data-label="Whose"><div>{whose(entry, here, may_act)}</div></td>
        </tr>
    }
}

fn whose(entry: &Entry, here: &WaitingShown, may_act: bool) -> AnyView {
    if !may_act {
        return view! { <span class="quiet">"operators can say"</span> }.into_any();
    }
    let words = format!("Id of the user whose account {} is", entry.reference);
    view! {
        <form method="post" action=AdoptAccount::PATH class="row">
            <input type="hidden" name="account" value=entry.id.to_string()/>
            {handing_on(&query_of(&here.address(None)))}
            <input name="user" required=true autocomplete="off" spellcheck="false" placeholder="user's id" aria-label=words/>
            <button class="small">"Link"</button>
        </form>
    }
    .into_any()
}
