//! `/studio/acts`: an act asks first, then says what became of it for each person. Both are pages without script.

use identity::{Act, Directory, Operator, UserId, Verdict};
use leptos::prelude::*;

use super::people::{name_or_id, names};
use super::users::{list_address, to_list};
use crate::components::{Content, shown, studio};
use crate::order::{ERASE, Lack, Order, told};
use crate::{AppError, Insider, STUDIO_ACTS, way_back};

/// The confirmation.
#[component]
pub(crate) fn Confirm() -> impl IntoView {
    studio(confirm())
}

/// What became of a form that was posted.
#[component]
pub(crate) fn Acted(form: Vec<(String, String)>) -> impl IntoView {
    studio(acted(form))
}

async fn confirm() -> Content {
    let pairs = identity::form_pairs(&crate::visit()?.query());
    if Order::is_about_nobody(&pairs) {
        crate::require_operator().await?;
        return nobody(&way_back::list_of(&pairs));
    }
    let order = order(&pairs)?;
    let Some(operator) = crate::operator_or_step_up(&order.address()).await? else { return Ok(None) };
    asked(&order, &operator, None).await
}

/// The buttons of the list were used, and no row was ticked.
fn nobody(list: &str) -> Content {
    crate::visit()?.status(400);
    shown(
        "Nobody is ticked · Studio · Sparekey",
        view! {
            <h1>"Nobody is ticked."</h1>
            <p class="lead">"Nothing was done. Go back, and tick the people whom it is about."</p>
            <p class="row">
                <a class="button primary" href=list_address(list)>{to_list(list)}</a>
            </p>
        },
    )
}

async fn acted(form: Vec<(String, String)>) -> Content {
    crate::require_operator().await?;
    let order = order(&form)?;
    let Some(operator) = crate::operator_or_step_up(&order.address()).await? else { return Ok(None) };
    if let Some(lack) = order.lacks() {
        crate::visit()?.status(400);
        return asked(&order, &operator, Some(lack)).await;
    }
    let (directory, visit) = (crate::ports()?.directory, crate::visit()?);
    // Whom it was done to, before some of them are gone.
    let people = names(&directory, &order.users).await?;
    let by = operator.operator(&*visit, order.reason.clone());
    let verdicts = carry_out(&directory, &order, &by).await?;
    let rows = order.users.iter().zip(people).zip(verdicts).map(|((id, name), verdict)| {
        let is_left = !matches!((order.act, verdict), (Act::Erase, Verdict::Done) | (_, Verdict::Nobody));
        view! {
            <li class="row apart">
                <span>{who(*id, name, is_left, &order.list)}</span>
                <span>{told(order.act, verdict)}</span>
            </li>
        }
    });
    let rows = rows.collect_view();
    shown(
        format!("{} · Studio · Sparekey", title(order.act)),
        view! {
            <h1>{title(order.act)}</h1>
            <ul class="ledger" aria-label="What became of it">{rows}</ul>
            <p class="row">
                <a class="button" href=list_address(&order.list)>{to_list(&order.list)}</a>
                <a href=crate::STUDIO_LOG>"The operators' log"</a>
            </p>
        },
    )
}

async fn carry_out(directory: &Directory, order: &Order, by: &Operator) -> Result<Vec<Verdict>, AppError> {
    let visit = crate::visit()?;
    let Some(deed) = order.deed() else { return Err(AppError::internal()) };
    let mut verdicts = Vec::new();
    for id in &order.users {
        let verdict = directory.act(by, *id, &deed).await;
        verdicts.push(verdict.map_err(|error| visit.refuse(&error.into()))?);
    }
    Ok(verdicts)
}

async fn asked(order: &Order, operator: &Insider, lack: Option<Lack>) -> Content {
    let people = names(&crate::ports()?.directory, &order.users).await?;
    let is_oneself = |id: UserId| operator.actor == identity::Actor::User(id);
    let count = people.len();
    let list = order.users.iter().zip(people).map(|(id, name)| {
        let oneself = is_oneself(*id).then_some(" (you)");
        let gone = name.is_none().then_some(" (there is no such user any more)");
        view! { <li>{who(*id, name, gone.is_none(), &order.list)} {oneself} {gone}</li> }
    });
    let heading = match count {
        1 => format!("{}?", title(order.act)),
        several => format!("{} for {several} people?", title(order.act)),
    };
    shown(
        format!("{} · Studio · Sparekey", heading.trim_end_matches('?')),
        view! {
            <h1>{heading}</h1>
            <p class="lead">{lead(order.act)}</p>
            <ul class="ledger" aria-label="Whom it is about">{list.collect_view()}</ul>
            {form(order, lack)}
        },
    )
}

fn form(order: &Order, lack: Option<Lack>) -> impl IntoView + use<> {
    let hidden = |name: &'static str, value: String| view! { <input type="hidden" name=name value=value/> };
    let users = order.users.iter().map(|id| hidden("user", id.to_string())).collect_view();
    let session = order.session.map(|session| hidden("session", session.to_text()));
    let identity = order
        .identity
        .clone()
        .map(|(issuer, subject)| (hidden("issuer", issuer), hidden("subject", subject)));
    let is_bad = matches!(order.act, Act::Disable | Act::Erase | Act::Unlink);
    let class = if is_bad { "danger" } else { "primary" };
    view! {
        <form method="post" action=STUDIO_ACTS>
            {hidden("act", order.act.to_string())} {way_back::handing_on(&order.list)} {users} {session} {identity} {reason(order, lack)}
            {order.wants_word().then(|| word(lack))}
            <div class="row">
                <button class=class>{title(order.act)}</button>
                <a class="button" href=back(order)>"Do nothing"</a>
            </div>
        </form>
    }
}

/// Where one was: at the page of whom it is about, or at the list.
fn back(order: &Order) -> String {
    match order.users.as_slice() {
        [one] => way_back::hand_on(&super::user_address(*one), &order.list),
        _ => list_address(&order.list),
    }
}

fn reason(order: &Order, lack: Option<Lack>) -> impl IntoView + use<> {
    let hint = match lack {
        Some(Lack::Reason) => "Say why: nothing was done yet.",
        Some(Lack::LongReason) => "At most 1,000 letters: nothing was done yet.",
        Some(Lack::Word) | None => "It stands in the operators' log, with your name.",
    };
    let is_wrong = matches!(lack, Some(Lack::Reason | Lack::LongReason));
    let label = if order.wants_reason() { "Why" } else { "Why (you may leave it out)" };
    view! {
        <p>
            <label for="reason">{label}</label>
            <input
                id="reason"
                name="reason"
                autocomplete="off"
                maxlength="1000"
                required=order.wants_reason()
                value=order.reason.clone()
                aria-invalid=is_wrong.then_some("true")
                aria-describedby="why"
            />
            <span class="hint" id="why">{hint}</span>
        </p>
    }
}

fn word(lack: Option<Lack>) -> impl IntoView {
    let is_wrong = lack == Some(Lack::Word);
    view! {
        <p>
            <label for="word">"Type " <b>{ERASE}</b> " to confirm"</label>
            <input
                id="word"
                name="word"
                autocomplete="off"
                spellcheck="false"
                required=true
                aria-invalid=is_wrong.then_some("true")
                aria-describedby="typed"
            />
            <span class="hint" id="typed">
                {if is_wrong { "That was another word: nothing was done yet." } else { "It cannot be taken back." }}
            </span>
        </p>
    }
}

fn who(id: UserId, name: Option<String>, is_there: bool, list: &str) -> AnyView {
    let name = name_or_id(id, name);
    match is_there {
        true => {
            let address = way_back::hand_on(&super::user_address(id), list);
            view! { <a href=address>{name}</a> }.into_any()
        }
        false => view! { <span>{name}</span> }.into_any(),
    }
}

fn order(pairs: &[(String, String)]) -> Result<Order, AppError> {
    match Order::of(pairs) {
        Some(order) => Ok(order),
        None => Err(crate::visit()?.refuse(&identity::Code::ParameterInvalid.into())),
    }
}

fn title(act: Act) -> &'static str {
    match act {
        Act::Disable => "Disable",
        Act::Enable => "Enable",
        Act::EndSession => "End the session",
        Act::EndSessions => "End all sessions",
        Act::Unlink => "Unlink",
        Act::Erase => "Erase",
        _ => "Act",
    }
}

fn lead(act: Act) -> &'static str {
    match act {
        Act::Disable => {
            "Refused at log-in with a code of its own, and out at the next request. The record stays."
        }
        Act::Enable => "May log in again, where a provider still has them.",
        Act::EndSession => "That browser is signed out. Whoever sits there can log in again.",
        Act::EndSessions => "Signed out in every browser. Whoever it is can log in again.",
        Act::Unlink => {
            "A log-in by that identity is not theirs any more, and the sessions that began by it end."
        }
        Act::Erase => {
            "Record, identities, history and sessions go for good. What stays is that it was done, when, by whom and why, and a digest that keeps scans, messages, files and backups from bringing them back. A log-in of theirs starts a new user."
        }
        _ => "",
    }
}
