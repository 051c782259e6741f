//! `/studio/copy`: how true the copy is. For each provider when it was heard of last, how old the oldest word is, and
//! what waits for somebody.

use identity::{BackupState, CopyState, ProviderState, Run, RunState, Timestamp};
use leptos::prelude::*;

use super::runs::run_address;
use crate::components::{Ago, Content, label, shown, studio, whole};
use crate::{STUDIO_INBOX, STUDIO_RUNS, STUDIO_WAITING};

#[component]
pub(crate) fn Copy() -> impl IntoView {
    studio(content())
}

async fn content() -> Content {
    crate::require_insider().await?;
    let (ports, visit) = (crate::ports()?, crate::visit()?);
    let state = ports.copy.state().await.map_err(|error| visit.refuse(&error.into()))?;
    let now = ports.world.now();
    shown("Copy · Studio · Sparekey", copy(&state, now))
}

fn copy(state: &CopyState, now: Timestamp) -> impl IntoView + use<> {
    let providers = state.providers.iter().map(|one| provider(one, now)).collect_view();
    let seconds = (now - state.at).num_seconds().max(0);
    view! {
        <h1>"State of the copy"</h1>
        <p class="lead">"How old what is known of each provider's people is, and what waits for somebody."</p>
        {match state.providers.is_empty() {
            true => view! { <p class="empty">"There is no provider, and nobody is known."</p> }.into_any(),
            false => providers.into_any(),
        }}
        {state.backups.as_ref().map(|backups| backups_of(backups, now))}
        <p class="hint">
            {format!("Counted at {} UTC, {seconds} s ago.", state.at.format("%H:%M:%S"))}
        </p>
    }
}

fn provider(state: &ProviderState, now: Timestamp) -> impl IntoView + use<> {
    let name = label(&state.provider);
    let figure = |word, number, href| figure(word, number, href);
    let people = format!("/studio?provider={}", state.provider);
    let with = |standing| format!("{people}&standing={standing}");
    view! {
        <section>
            <h2><bdi>{name}</bdi></h2>
            {state.needs_a_look().then(|| view! { <p class="notice">"Something here waits for an operator."</p> })}
            <dl class="figures">
                {figure("Present", state.present, with("present"))}
                {figure("Blocked", state.blocked, with("blocked"))}
                {figure("Gone", state.deleted, with("deleted"))}
                {figure("Scans held", state.held_scans, STUDIO_RUNS.to_owned())}
                {figure("Messages held", state.held, STUDIO_INBOX.to_owned())}
                {figure("Quarantined", state.quarantined, STUDIO_INBOX.to_owned())}
                {figure("Waiting", state.waiting, STUDIO_INBOX.to_owned())}
                {figure("Unknown accounts", state.unknown, format!("{STUDIO_WAITING}?provider={}", state.provider))}
            </dl>
            <dl class="fields">
                <div><dt>"Oldest word on anybody present"</dt><dd>{when(state.oldest, now, "nobody is present")}</dd></div>
                <div><dt>"As the provider's list was"</dt><dd>{when(state.scanned_at, now, "no list was applied yet")}</dd></div>
                <div><dt>"Last scan"</dt><dd>{last_scan(state.last_scan.as_ref(), now)}</dd></div>
                <div><dt>"Last message"</dt><dd>{when(state.last_message_at, now, "none in 30 days")}</dd></div>
            </dl>
        </section>
    }
}

fn backups_of(state: &BackupState, now: Timestamp) -> impl IntoView + use<> {
    let proved = match &state.proved {
        Some((file, at)) => view! { <Ago at=*at now/> ", " <code>{file.clone()}</code> }.into_any(),
        None => {
            view! { <span class="quiet">"none yet: "<code>"sparekey backup verify"</code>" restores one to try it"</span> }
                .into_any()
        }
    };
    view! {
        <section>
            <h2>"Backups"</h2>
            <dl class="fields">
                <div><dt>"Last verified"</dt><dd>{proved}</dd></div>
            </dl>
        </section>
    }
}

fn figure(word: &'static str, number: u64, href: String) -> impl IntoView {
    view! {
        <div>
            <dt>{word}</dt>
            <dd><a href=href>{whole(number)}</a></dd>
        </div>
    }
}

fn when(at: Option<Timestamp>, now: Timestamp, never: &'static str) -> AnyView {
    match at {
        Some(at) => view! { <Ago at now/> }.into_any(),
        None => view! { <span class="quiet">{never}</span> }.into_any(),
    }
}

fn last_scan(run: Option<&Run>, now: Timestamp) -> AnyView {
    let Some(run) = run else { return view! { <span class="quiet">"none yet"</span> }.into_any() };
    let state = match run.state {
        RunState::Held => "held by the guard",
        RunState::Incomplete => "incomplete: nothing was written",
        RunState::Failed => "failed: the provider did not answer",
        RunState::Running => "under way",
        RunState::Approved => "approved",
        RunState::Undone => "taken back",
        RunState::Superseded => "held, and superseded by a later one",
        RunState::Done => "applied",
    };
    view! { <a href=run_address(run.id)>{state}</a> ", begun " <Ago at=run.started_at now/> }.into_any()
}
