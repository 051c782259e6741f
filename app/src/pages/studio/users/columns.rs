//! The columns of the list. The name is always there; which others are shown stands in the address.

use chrono::SecondsFormat;
use identity::search::Sort;
use identity::{Field, Timestamp, User};
use leptos::prelude::*;

use crate::components::{Ago, Badge, label};

/// The parameter of an address that names columns, by commas.
pub(super) const PARAMETER: &str = "cols";
/// What an address says where the name alone is shown.
pub(super) const NAME: &str = "name";

/// A column.
pub(super) struct Column {
    /// Its word in an address.
    pub(super) word: &'static str,
    /// Its head.
    pub(super) head: &'static str,
    /// What a click on the head sorts by.
    pub(super) sort: Option<Sort>,
    /// Whether it is shown unless an address says otherwise.
    is_usual: bool,
    /// How its cells look: `own` says itself without its head where rows stack, `whole` has a line of its own there.
    pub(super) class: Option<&'static str>,
    /// What it shows of a user.
    pub(super) cell: fn(&User, Timestamp) -> AnyView,
}

impl PartialEq for Column {
    fn eq(&self, other: &Self) -> bool {
        self.word == other.word
    }
}

const fn column(word: &'static str, head: &'static str, cell: fn(&User, Timestamp) -> AnyView) -> Column {
    Column { word, head, sort: None, is_usual: true, class: None, cell }
}

/// A column that is shown only where an address says so.
const fn further(word: &'static str, head: &'static str, cell: fn(&User, Timestamp) -> AnyView) -> Column {
    Column { is_usual: false, ..column(word, head, cell) }
}

/// All of them, from left to right.
pub(super) const ALL: &[Column] = &[
    Column { sort: Some(Sort::Email), class: Some("own whole"), ..column("email", "E-mail", email) },
    Column { class: Some("own"), ..column("provider", "Provider", provider) },
    Column { class: Some("own"), ..column("status", "Status", status) },
    Column { sort: Some(Sort::Login), class: Some("own"), ..column("login", "Last log-in", last_login) },
    Column { sort: Some(Sort::Seen), ..column("seen", "First seen", first_seen) },
    Column { class: Some(NUMBER), ..column("logins", "Log-ins", |user, _| user.login_count.into_any()) },
    further("username", "User name", |user, _| stated(user, Field::PreferredUsername)),
    further("phone", "Phone", |user, _| stated(user, Field::PhoneNumber)),
    further("language", "Language", |user, _| stated(user, Field::Locale)),
    further("subject", "Subject", subject),
    further("id", "Id", |user, _| code(user.id.to_string())),
    further("changed", "Last change", |user, now| view! { <Ago at=user.updated_at now/> }.into_any()),
];

/// The class of numbers, which the head has too.
pub(super) const NUMBER: &str = "num";

/// Those that are shown unless an address says otherwise.
pub(super) fn usual() -> Vec<&'static Column> {
    ALL.iter().filter(|column| column.is_usual).collect()
}

/// The columns of these words, in their own order; the usual ones where none is known.
pub(super) fn read<'a>(words: impl Iterator<Item = &'a str>) -> Vec<&'static Column> {
    let words: Vec<&str> = words.collect();
    let named: Vec<&Column> = ALL.iter().filter(|column| words.contains(&column.word)).collect();
    if named.is_empty() && !words.contains(&NAME) { usual() } else { named }
}

/// As they stand in an address.
pub(super) fn written(columns: &[&Column]) -> String {
    let words: Vec<&str> = columns.iter().map(|column| column.word).collect();
    if words.is_empty() { NAME.to_owned() } else { words.join(",") }
}

fn email(user: &User, _: Timestamp) -> AnyView {
    let is_verified = user.profile().get(&Field::EmailVerified).and_then(|shown| shown.value.flag());
    let unverified =
        (is_verified != Some(true)).then(|| view! { " "<small class="quiet">"unverified"</small> });
    match user.text(Field::Email) {
        Some(email) => view! { <bdi>{email}</bdi> {unverified} }.into_any(),
        None => view! { <span class="quiet">"none"</span> }.into_any(),
    }
}

fn status(user: &User, _: Timestamp) -> AnyView {
    view! { <Badge status=user.status()/> }.into_any()
}

fn provider(user: &User, _: Timestamp) -> AnyView {
    let mut providers: Vec<String> = user.ranked().map(|one| label(&one.provider)).collect();
    providers.dedup();
    providers.join(", ").into_any()
}

fn last_login(user: &User, now: Timestamp) -> AnyView {
    match user.last_login_at {
        Some(at) => view! { <Ago at now/> }.into_any(),
        None => "never".into_any(),
    }
}

fn first_seen(user: &User, _: Timestamp) -> AnyView {
    let at = user.created_at;
    view! {
        <time datetime=at.to_rfc3339_opts(SecondsFormat::Secs, true)>{at.format("%-d %b %Y").to_string()}</time>
    }
    .into_any()
}

fn stated(user: &User, field: Field) -> AnyView {
    match user.text(field) {
        Some(text) => view! { <bdi>{text}</bdi> }.into_any(),
        None => view! { <span class="quiet">"not stated"</span> }.into_any(),
    }
}

fn subject(user: &User, _: Timestamp) -> AnyView {
    match user.ranked().next() {
        Some(one) => code(one.subject.clone()),
        None => view! { <span class="quiet">"none"</span> }.into_any(),
    }
}

fn code(text: String) -> AnyView {
    view! { <code>{text}</code> }.into_any()
}
