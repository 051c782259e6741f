//! `/people`: everybody, each in a form by which they are renamed, blocked or deleted; and the application is told, or
//! not.

use std::sync::Arc;

use axum::Extension;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect, Response};

use crate::core::Core;
use crate::door::Asked;
use crate::html::{self, escape};
use crate::people::Person;
use crate::push::{By, tell};

/// The fields of a person that the page shows.
const FIELDS: [(&str, &str); 3] =
    [("given_name", "Given name"), ("family_name", "Family name"), ("email", "E-mail")];

/// `GET /people`.
pub(crate) async fn show(State(core): State<Arc<Core>>) -> Response {
    let told = std::mem::take(&mut *core.told.lock());
    let people = core.people.lock().clone();
    let forms: String = people.iter().filter(|one| !one.hidden).map(form).collect();
    let body = format!(
        "{}<p>Change somebody here, and see what the application makes of it: in its studio, in its inbox, in what \
         they may still do.</p>\n{forms}\n<p><a href=\"/faults\">Fault switches</a></p>",
        if told.is_empty() {
            String::new()
        } else {
            format!("<p class=\"on\" role=\"status\">{}</p>\n", escape(&told))
        },
    );
    html::page(StatusCode::OK, "People", &body)
}

/// `POST /people`: `act` is `change`, `block`, `let_in` or `delete`; `by` says how the application is told.
pub(crate) async fn change(State(core): State<Arc<Core>>, Extension(asked): Extension<Asked>) -> Response {
    let form = &asked.call.form;
    let Some(mut person) = core.known(form.text("sub")) else {
        return html::refusal(StatusCode::NOT_FOUND, "There is nobody of this subject.");
    };
    let is_gone = match form.text("act") {
        "change" => {
            rename(&mut person, |field| form.text(field));
            false
        }
        "block" | "let_in" => {
            person.is_blocked = form.text("act") == "block";
            false
        }
        "delete" => true,
        _ => return html::refusal(StatusCode::BAD_REQUEST, "There is no such act."),
    };
    {
        let mut people = core.people.lock();
        match people.iter().position(|known| known.subject == person.subject) {
            Some(at) if is_gone => drop(people.remove(at)),
            Some(at) => people[at] = person.clone(),
            None => {}
        }
    }
    let said = tell(&core, By::named(form.text("by")), &person, is_gone).await;
    *core.told.lock() = said;
    Redirect::to("/people").into_response()
}

fn rename<'a>(person: &mut Person, given: impl Fn(&str) -> &'a str) {
    for (field, _) in FIELDS {
        person.state(field, given(field).trim());
    }
    let whole = format!("{} {}", person.text("given_name"), person.text("family_name"));
    person.state("name", whole.trim());
    match person.text("email").is_empty() {
        true => drop(person.claims.remove("email_verified")),
        false => drop(person.claims.insert("email_verified".to_owned(), true.into())),
    }
}

fn form(person: &Person) -> String {
    let subject = escape(&person.subject);
    let fields: String = FIELDS
        .iter()
        .map(|(field, label)| {
            let (id, value) = (format!("{field} {subject}"), escape(person.text(field)));
            format!(
                "<p><label for=\"{id}\">{label}</label><input id=\"{id}\" type=\"text\" name=\"{field}\" \
                 value=\"{value}\" autocomplete=\"off\"></p>\n"
            )
        })
        .collect();
    let ways =
        [("webhook", "by webhook"), ("scim", "by SCIM"), ("nothing", "not at all, so that a scan finds it")];
    let ways: String = ways
        .iter()
        .map(|(value, words)| {
            let checked = if *value == "webhook" { " checked" } else { "" };
            format!("<label><input type=\"radio\" name=\"by\" value=\"{value}\"{checked}> {words}</label>\n")
        })
        .collect();
    let (act, words) = if person.is_blocked { ("let_in", "Let in again") } else { ("block", "Block") };
    format!(
        "<details><summary><bdi>{}</bdi> <small>{}{}</small></summary>\n<form method=\"post\" action=\"/people\">\
         <input type=\"hidden\" name=\"sub\" value=\"{subject}\">\n{fields}<fieldset><legend>Tell the application</legend>\n\
         {ways}</fieldset>\n<p><button name=\"act\" value=\"change\">Change</button> <button name=\"act\" value=\"{act}\">\
         {words}</button> <button name=\"act\" value=\"delete\">Delete</button></p></form></details>\n",
        escape(person.title()),
        escape(&person.detail()),
        if person.is_blocked { ", blocked" } else { "" },
    )
}
