//! "What just happened": the last log-in step by step. Development builds serve it, at `HAPPENED`.

use std::fmt::Write;

use chrono::{DateTime, Utc};
use identity::Code;
use identity::journal::{Part, Step, Verdict};
use leptos::prelude::*;

use crate::LOGIN;
use crate::components::{Content, page, shown};
use crate::words::{name, words};

/// A log-in, as far as it got.
#[derive(Clone, Debug, Default)]
pub struct Happened {
    /// When something last happened to it.
    pub at: Option<DateTime<Utc>>,
    pub steps: Vec<Step>,
    /// Why it was refused, and in which request.
    pub refused: Option<(Code, String)>,
}

/// There in context where this page is served, so that other pages can link to it.
#[derive(Clone, Copy)]
pub struct Development;

#[component]
pub(crate) fn WhatHappened(happened: Option<Happened>) -> impl IntoView {
    page(async move { told(happened) })
}

fn told(happened: Option<Happened>) -> Content {
    let title = "What happened at the last log-in · Sparekey";
    let Some(happened) = happened else {
        let main = view! {
            <h1>"What happened at the last log-in"</h1>
            <p class="lead">"Nobody has logged in since this server started."</p>
            <p class="row"><a class="button primary" href=LOGIN rel="external">"Log in"</a></p>
        };
        return shown(title, main);
    };
    let parts = [
        (Part::Asked, "We asked"),
        (Part::CameBack, "The browser came back"),
        (Part::IdToken, "The ID token"),
        (Part::Record, "The record"),
    ];
    let sections = parts.map(|(part, heading)| section(heading, &happened.steps, part)).collect_view();
    shown(
        title,
        view! {
            <h1>"What happened at the last log-in"</h1>
            <p class="lead">{summary(&happened)}</p>
            {happened.refused.map(refusal)}
            {sections}
            <p class="row">
                <a class="button primary" href=LOGIN rel="external">"Log in again"</a>
                " "
                <span class="hint">"This page exists in development only. Tokens are cut short."</span>
            </p>
        },
    )
}

fn summary(happened: &Happened) -> String {
    let mut text = happened.at.map(|at| at.format("At %H:%M:%S UTC. ").to_string()).unwrap_or_default();
    let refused = happened.steps.iter().position(|step| step.verdict == Verdict::Refused);
    // Writing to a String cannot fail.
    let written = match refused {
        Some(at) => write!(text, "Refused at step {}.", at + 1),
        None if happened.refused.is_some() => write!(text, "Refused."),
        None if happened.steps.iter().any(|step| step.part == Part::Record) => write!(text, "All went well."),
        None => write!(text, "The browser has not come back yet."),
    };
    written.unwrap_or_default();
    text
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

fn section(heading: &'static str, steps: &[Step], part: Part) -> Option<impl IntoView + use<>> {
    let rows: Vec<_> = steps.iter().filter(|step| step.part == part).cloned().map(row).collect();
    (!rows.is_empty()).then(|| {
        view! {
            <section>
                <h2>{heading}</h2>
                <ol class="ledger">{rows}</ol>
            </section>
        }
    })
}

fn row(step: Step) -> impl IntoView {
    let (class, word) = match step.verdict {
        Verdict::Passed => ("badge passed", "passed"),
        Verdict::Refused => ("badge refused", "refused"),
        Verdict::Skipped => ("badge skipped", "not reached"),
    };
    let detail =
        (!step.detail.is_empty()).then(|| view! { <br/> <small class="quiet">{step.detail}</small> });
    view! {
        <li class="row apart">
            <span><b>{step.name}</b> {detail}</span>
            " "
            <span class=class>{word}</span>
        </li>
    }
}
