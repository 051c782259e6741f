//! The fault switches as a form, on the choose-an-account page and at `/faults`, and the same
//! as JSON for tests that live in another process.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::{Extension, Json};
use serde_json::json;

use crate::core::Core;
use crate::door::Asked;
use crate::faults::{EVERYDAY, Fault};
use crate::html;

/// `GET /faults`: the switches, or with `Accept: application/json` what is on and what there is.
pub(crate) async fn show(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let accept = asked.call.headers.get(header::ACCEPT);
    if accept.is_some_and(|kind| kind.as_bytes().starts_with(b"application/json")) {
        let names = |faults: &[Fault]| faults.iter().map(|fault| fault.name()).collect::<Vec<_>>();
        let state = json!({"active": names(&core.faults.active()), "all": names(Fault::ALL)});
        return Json(state).into_response();
    }
    let people = "<p><a href=\"/people\">Change, block or delete people</a></p>\n";
    html::page(StatusCode::OK, "Fault switches", &format!("{people}{}", switches(&core, None)))
}

/// `POST /faults`: exactly the faults named are on from now, for one log-in, or for good with
/// `keep=on`. A name that is unknown changes nothing.
pub(crate) async fn set(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let form = &asked.call.form;
    let named: Option<Vec<Fault>> = form.all("fault").map(Fault::named).collect();
    let Some(faults) = named else {
        return html::refusal(StatusCode::BAD_REQUEST, "There is no fault by that name.");
    };
    core.faults.clear_all();
    for fault in faults {
        match form.get("keep") {
            Some(_) => core.faults.set(fault),
            None => core.faults.set_once(fault),
        }
    }
    match form.get("request") {
        Some(id) => {
            let query = url::form_urlencoded::byte_serialize(id.as_bytes()).collect::<String>();
            Redirect::to(&format!("/authorize/choose?request={query}")).into_response()
        }
        None => Redirect::to("/faults").into_response(),
    }
}

/// The form. `id` leads back to the log-in whose page it stands on.
pub(crate) fn switches(core: &Core, id: Option<&str>) -> String {
    let active = core.faults.active();
    let back = id.map(|id| format!("<input type=\"hidden\" name=\"request\" value=\"{id}\">"));
    let open = if id.is_none() { " open" } else { "" };
    format!(
        "{}<details{open}><summary>Fault switches: make the next answer wrong</summary>\n\
         <form method=\"post\" action=\"/faults\">{}\n{}\n{}\n\
         <fieldset><legend>How long</legend><label><input type=\"checkbox\" name=\"keep\"> keep them on</label></fieldset>\n\
         <button>Set</button></form></details>",
        what_is_on(&active),
        back.unwrap_or_default(),
        fieldset("Off after one log-in", &EVERYDAY, &active),
        groups(&active),
    )
}

fn what_is_on(active: &[Fault]) -> String {
    if active.is_empty() {
        return String::new();
    }
    let labels: Vec<String> = active.iter().map(|fault| fault.label()).collect();
    format!("<p class=\"on\">On: {}.</p>\n", labels.join(", "))
}

/// The rest, folded up by where they bite.
fn groups(active: &[Fault]) -> String {
    let rest = Fault::ALL.iter().filter(|fault| !EVERYDAY.contains(fault));
    let rest: Vec<Fault> = rest.copied().collect();
    let mut names: Vec<&str> = rest.iter().map(|fault| fault.group()).collect();
    names.sort_unstable();
    names.dedup();
    names
        .into_iter()
        .map(|name| {
            let members = rest.iter().copied().filter(|fault| fault.group() == name);
            let members: Vec<Fault> = members.collect();
            format!(
                "<details><summary>{name}, {}</summary>{}</details>\n",
                members.len(),
                fieldset(name, &members, active),
            )
        })
        .collect()
}

fn fieldset(legend: &str, faults: &[Fault], active: &[Fault]) -> String {
    let boxes: String = faults
        .iter()
        .map(|fault| {
            let checked = if active.contains(fault) { " checked" } else { "" };
            format!(
                "<label><input type=\"checkbox\" name=\"fault\" value=\"{}\"{checked}> {}</label>\n",
                fault.name(),
                fault.label(),
            )
        })
        .collect();
    format!("<fieldset><legend>{legend}</legend>\n{boxes}</fieldset>")
}
