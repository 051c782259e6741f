//! The page on which one chooses who to be.

use axum::http::StatusCode;
use axum::response::Response;
use url::Url;

use crate::core::Core;
use crate::html::{self, escape};
use crate::people::Person;
use crate::request::Request;
use crate::switch_page::switches;

/// Choose an account, be somebody new, set a fault, or cancel.
pub(crate) fn choose_page(core: &Core, id: &str, request: &Request) -> Response {
    let creating = request.asks("create");
    let id = escape(id);
    let (people, new) = (people_form(core, &id, request), new_form(&id));
    let (title, forms) = if creating {
        let forms = format!("{new}<h2>Or be somebody who is here already</h2>{people}");
        ("Be somebody new", forms)
    } else {
        let forms = format!("{people}<h2>Be somebody new</h2>{new}");
        ("Choose an account", forms)
    };
    let body = format!(
        "{}\n{forms}\n{}\n{}",
        asker(request),
        switches(core, Some(&id)),
        form("/authorize/cancel", &id, "", "<button>Cancel</button>"),
    );
    html::page(StatusCode::OK, title, &body)
}

fn asker(request: &Request) -> String {
    let url = Url::parse(&request.redirect_uri).ok();
    let host = url.map(|url| {
        let port = url.port().map(|port| format!(":{port}"));
        format!("{}{}", url.host_str().unwrap_or_default(), port.unwrap_or_default())
    });
    format!(
        "<p><code>{}</code> at <code>{}</code> wants to know who you are. It asks for <code>{}</code>.</p>",
        escape(&request.client_id),
        escape(&host.unwrap_or_default()),
        escape(&request.scope),
    )
}

fn people_form(core: &Core, id: &str, request: &Request) -> String {
    let mut people = core.people.lock().clone();
    people.retain(|person| !person.hidden);
    let hinted = |person: &Person| match &request.login_hint {
        Some(hint) => {
            person.subject == *hint || person.claims.get("email").is_some_and(|email| email == hint)
        }
        None => false,
    };
    people.sort_by_key(|person| !hinted(person));
    let buttons: String = people.iter().map(button).collect();
    form("/authorize/choose", id, "", &format!("<ul>{buttons}</ul>"))
}

fn button(person: &Person) -> String {
    format!(
        "<li><button name=\"sub\" value=\"{}\"><bdi>{}</bdi> <small>{}</small></button></li>\n",
        escape(&person.subject),
        escape(person.title()),
        escape(&person.detail()),
    )
}

fn new_form(id: &str) -> String {
    let fields = r#"
<p><label for="name">Name, may be empty</label><input id="name" type="text" name="name" autocomplete="off"></p>
<p><label for="email">E-mail, may be empty</label><input id="email" type="text" name="email" autocomplete="off" spellcheck="false"></p>
<p><button>Log in as this person</button></p>"#;
    form("/authorize/new", id, " class=\"new\"", fields)
}

fn form(action: &str, id: &str, attributes: &str, fields: &str) -> String {
    format!(
        "<form method=\"post\" action=\"{action}\"{attributes}><input type=\"hidden\" name=\"request\" value=\"{id}\">{fields}</form>"
    )
}
