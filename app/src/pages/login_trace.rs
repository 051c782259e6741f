//! "What just happened": the last log-in step by step. Development builds serve it, at `LOGIN_TRACE`.

use chrono::{DateTime, Utc};
use identity::Code;
use leptos::prelude::*;

use crate::LOGIN;
use crate::components::{Content, page, shown};
use crate::words::{name, words};

/// A log-in, as far as it got.
#[derive(Clone, Debug)]
pub struct LoginTrace {
    /// When something last happened to it.
    pub at: DateTime<Utc>,
    pub steps: Vec<Step>,
    /// Why it was refused, and in which request.
    pub refused: Option<(Code, String)>,
}

/// One step of it, in the words of `identity::login_trace`.
#[derive(Clone, Debug)]
pub struct Step {
    pub part: String,
    pub name: String,
    pub verdict: String,
    pub detail: String,
}

/// There in context where this page is served, so that other pages can link to it.
#[derive(Clone, Copy)]
pub struct Development;

#[component]
pub(crate) fn WhatHappened(trace: Option<LoginTrace>) -> impl IntoView {
    page(async move { content(trace) })
}

fn content(trace: Option<LoginTrace>) -> Content {
    let title = "What happened at the last log-in · Sparekey";
    let Some(trace) = trace else {
        let main = view! {
            <h1>"What happened at the last log-in"</h1>
            <p class="lead">"Nobody has logged in since this server started."</p>
            <p class="row"><a class="button primary" href=LOGIN rel="external">"Log in"</a></p>
        };
        return shown(title, main);
    };
    let lead = format!("At {}. {}", trace.at.format("%H:%M:%S UTC"), summary(&trace));
    let parts = trace.steps.chunk_by(|one, next| one.part == next.part).map(part).collect_view();
    shown(
        title,
        view! {
            <h1>"What happened at the last log-in"</h1>
            <p class="lead">{lead}</p>
            {trace.refused.map(refusal)}
            {parts}
            <p class="row">
                <a class="button primary" href=LOGIN rel="external">"Log in again"</a>
                " "
                <span class="hint">"This page exists in development only. Tokens are cut short."</span>
            </p>
        },
    )
}

fn summary(trace: &LoginTrace) -> String {
    match trace.steps.iter().position(|step| step.verdict == "refused") {
        Some(at) => format!("Refused at step {}.", at + 1),
        None if trace.refused.is_some() => "Refused.".to_owned(),
        None if trace.steps.iter().any(|step| step.name == "Merge") => "All went well.".to_owned(),
        None => "The browser has not come back yet.".to_owned(),
    }
}

fn refusal((code, request): (Code, String)) -> impl IntoView {
    let words = words(code);
    view! {
        <div class="notice error">
            <p><b>{name(words.title, None)}</b> " " {name(words.lead, None)}</p>
        </div>
        <p class="ref">"Code " <code>{code.as_str()}</code> " · request " <code>{request}</code></p>
    }
}

fn part(steps: &[Step]) -> impl IntoView + use<> {
    view! {
        <section>
            <h2>{steps[0].part.clone()}</h2>
            <ol class="ledger">{steps.iter().cloned().map(row).collect_view()}</ol>
        </section>
    }
}

fn row(step: Step) -> impl IntoView {
    let detail =
        (!step.detail.is_empty()).then(|| view! { <br/> <small class="quiet">{step.detail}</small> });
    view! {
        <li class="row apart">
            <span><b>{step.name}</b> {detail}</span>
            " "
            <span class=format!("badge {}", step.verdict)>{step.verdict.clone()}</span>
        </li>
    }
}
