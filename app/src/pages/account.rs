//! `/account`: everything that is stored about one, what it was before, and what one can do about it.

mod elsewhere;
mod erase;
mod linked;
mod sessions;

use identity::User;
use identity::history::HistoryPage;
use leptos::prelude::*;

use crate::components::{Content, History, page, record, shown};
use crate::require::viewer_or_login;
use crate::{ACCOUNT, ACCOUNT_DATA, ACCOUNT_ERASE, AppError};

use elsewhere::Elsewhere;
pub(crate) use erase::{Erase, Erased};

/// How many changes a page shows, more or less: those of one write stand together.
const CHANGES: usize = 30;

#[component]
pub(crate) fn Account() -> impl IntoView {
    page(content())
}

/// Which page of each long list.
#[derive(Default)]
struct Pages {
    /// Changes by writes before this version of the user.
    before: Option<i64>,
    /// Sessions, from 0.
    sessions: usize,
    /// Messages before the one with this id, and acts before the line with this one.
    messages: Option<String>,
    acts: Option<String>,
}

impl Pages {
    /// What cannot be read counts as not given.
    fn of_query(query: &str) -> Self {
        let mut pages = Self::default();
        for (name, value) in query.split('&').filter_map(|pair| pair.split_once('=')) {
            match name {
                "before" => pages.before = value.parse().ok(),
                "messages" => pages.messages = Some(value.to_owned()),
                "acts" => pages.acts = Some(value.to_owned()),
                "sessions" => pages.sessions = value.parse().unwrap_or_default(),
                _ => {}
            }
        }
        pages
    }
}

async fn content() -> Content {
    let Some(viewer) = viewer_or_login().await? else { return Ok(None) };
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let (now, pages) = (ports.world.now(), Pages::of_query(&visit.query()));
    let idle = ports.login.rules().session_idle;
    // A viewer's user comes without the claims; whoever is erased in this moment has none.
    let user = ports.directory.find(viewer.user.id).await.map_err(refuse)?;
    let user = user.unwrap_or_else(|| viewer.user.clone());
    let sessions = ports.directory.sessions(user.id, idle).await.map_err(refuse)?;
    let history = ports.directory.history_page(&user, pages.before, CHANGES).await.map_err(refuse)?;
    let elsewhere = Elsewhere::read(&ports.directory, &user, &pages).await.map_err(refuse)?;
    let others = linked::unlinked(&ports.login, &user);
    shown(
        "Your data · Sparekey",
        view! {
            <h1>"Your data"</h1>
            <p class="lead">"Everything that is stored about you, where it came from, and what it was before."</p>
            {record(&user, now)}
            <p class="row">
                <a class="button primary" href=ACCOUNT_DATA rel="external">"Download as JSON"</a>
                " "
                <span class="hint">"All of it as one file, in the standard claim names of OpenID Connect."</span>
            </p>
            <section id="changes">
                <h2>"What changed"</h2>
                {changes(history, &user, &pages, now)}
            </section>
            <section id="providers">
                <h2>"Linked providers"</h2>
                <p>"Each of these opens the same user. Link two, and losing one costs you nothing."</p>
                {linked::linked(&user, now)}
                {linked::link(others)}
            </section>
            {elsewhere.accounts(now)}
            <section id="sessions">
                <h2>"Your sessions"</h2>
                {sessions::sessions(sessions, &viewer.session, pages.sessions, now)}
            </section>
            {elsewhere.messages(now)}
            {elsewhere.acts(now)}
            <section id="erase">
                <h2>"Be erased"</h2>
                <p>
                    "We forget you: your record, its history and every session. It cannot be undone. The next log-in starts a new user."
                </p>
                <p class="notice warning">
                    <b>"Download your data first"</b> " if you may want it later. You will log in once more before anything is erased."
                </p>
                <p class="row">
                    <a class="button danger" href=ACCOUNT_ERASE rel="external">"Be erased"</a>
                </p>
            </section>
        },
    )
}

fn changes(page: HistoryPage, user: &User, pages: &Pages, now: identity::Timestamp) -> impl IntoView + use<> {
    let HistoryPage { seen, older, is_cut } = page;
    let is_empty = seen.is_empty();
    let is_newest = pages.before.is_none_or(|before| before > user.version);
    let older = older
        .map(|before| view! { <a href=format!("{ACCOUNT}?before={before}#changes")>"Older changes"</a> });
    let newest = (!is_newest).then(|| view! { <a href=format!("{ACCOUNT}#changes")>"Newest changes"</a> });
    view! {
        {match is_empty {
            true => view! { <p class="empty">"Nothing changed."</p> }.into_any(),
            false => view! { <History history=seen now/> }.into_any(),
        }}
        <nav class="row" aria-label="Pages of changes">{newest} " " {older}</nav>
        <p class="hint">
            {is_cut.then_some("What changed before is in the download. ")}
            "Of more than 10,000 changes the oldest of what is not part of your record go first, and of more than 20,000 the oldest. The download has all that is kept."
        </p>
    }
}

pub(super) fn refuse(error: identity::StoreError) -> AppError {
    crate::visit().map_or_else(|error| error, |visit| visit.refuse(&error.into()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_that_cannot_be_read_is_the_first() {
        let pages = Pages::of_query("before=12&sessions=2");
        assert_eq!((pages.before, pages.sessions), (Some(12), 2));
        for odd in
            ["", "before=&sessions=-1", "before=x&sessions=99999999999999999999999", "before", "sessions=1.5"]
        {
            let pages = Pages::of_query(odd);
            assert_eq!((pages.before, pages.sessions), (None, 0), "{odd}");
        }
    }
}
