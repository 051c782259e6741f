//! What a reader of the record saw change, newest first.

use identity::history::{Seen, SeenWhat};
use identity::{Field, IdentityName, Source, Status, Timestamp, Value};
use leptos::prelude::*;

use super::{Ago, label, name_of, table};

#[component]
pub(crate) fn History(history: Vec<Seen>, now: Timestamp) -> impl IntoView {
    let rows = history.into_iter().map(|seen| {
        let (name, from, to) = difference(seen.what);
        view! {
            <tr role="row">
                <th role="rowheader" scope="row">{name}</th>
                <td role="cell" data-label="From"><span>{side(from)}</span></td>
                <td role="cell" data-label="To"><span>{side(to)}</span></td>
                <td role="cell" data-label="Source"><span>{source(seen.origin.source, seen.identity.as_ref())}</span></td>
                <td role="cell" data-label="When"><span><Ago at=seen.origin.at now/></span></td>
            </tr>
        }
    });
    table("Newest first", ["Field", "From", "To", "Source", "When"], rows.collect_view())
}

/// What changed, from what, to what.
fn difference(what: SeenWhat) -> (&'static str, Option<Value>, Option<Value>) {
    let status = |status: Status| Some(Value::Text(status.to_string()));
    match what {
        SeenWhat::Field { field, from, to } => (field_name(field), from, to),
        SeenWhat::Status { from, to } => ("Status", status(from), status(to)),
        SeenWhat::Linked(name) => ("Provider linked", None, Some(Value::Text(called(&name)))),
        SeenWhat::Unlinked(name) => ("Provider unlinked", Some(Value::Text(called(&name))), None),
        SeenWhat::Invited(provider) => ("Invited to log in", None, Some(Value::Text(label(&provider)))),
    }
}

/// What a field is called.
pub(crate) fn field_name(field: Field) -> &'static str {
    match field {
        Field::Email => "E-mail",
        Field::EmailVerified => "E-mail verified",
        Field::Name => "Name",
        Field::GivenName => "Given name",
        Field::FamilyName => "Family name",
        Field::PreferredUsername => "User name",
        Field::Picture => "Picture",
        Field::PhoneNumber => "Phone",
        Field::PhoneNumberVerified => "Phone verified",
        Field::Locale => "Language",
        Field::Zoneinfo => "Time zone",
    }
}

fn side(value: Option<Value>) -> AnyView {
    match value {
        None => view! { <span class="quiet">"nothing"</span> }.into_any(),
        Some(Value::Flag(true)) => "yes".into_any(),
        Some(Value::Flag(false)) => "no".into_any(),
        Some(Value::Text(text)) => view! { <bdi>{short(text)}</bdi> }.into_any(),
    }
}

/// A picture's address can be a page long; here its beginning says enough.
pub(crate) fn short(text: String) -> String {
    match text.char_indices().nth(80) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

fn called(name: &IdentityName) -> String {
    name_of(&name.provider, &name.issuer)
}

fn source(source: Source, name: Option<&IdentityName>) -> String {
    let provider = name.map_or_else(|| "a provider".to_owned(), called);
    match source {
        Source::Login => format!("log-in at {provider}"),
        Source::Refresh => format!("renewed at {provider}"),
        Source::Webhook => format!("webhook from {provider}"),
        Source::Scim => format!("SCIM from {provider}"),
        Source::Scan => format!("read from {provider}"),
        Source::Import => "imported".to_owned(),
        Source::Operator => "the people who run this site".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_text_is_cut_between_characters_and_a_short_one_is_not() {
        assert_eq!(short("é".repeat(80)), "é".repeat(80));
        assert_eq!(short("é".repeat(81)), format!("{}…", "é".repeat(80)));
    }
}
