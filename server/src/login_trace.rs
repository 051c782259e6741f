//! The last log-ins step by step, kept in memory by development builds for the page "What just happened".
//! They come as events of `tracing` (see `identity::journal`), so the log-in knows nothing of this.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex};

use app::Happened;
use identity::Code;
use identity::journal::{Step, TARGET};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Log-ins that are remembered.
const KEPT: usize = 20;

/// The last log-ins, the newest last. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct LoginTrace(Arc<Mutex<VecDeque<(String, Happened)>>>);

/// The name of the attempt that a span is about.
struct Attempt(String);

impl LoginTrace {
    /// The one log-in that something happened to last.
    pub(crate) fn last(&self) -> Option<Happened> {
        self.0.lock().ok()?.back().map(|(_, happened)| happened.clone())
    }

    /// Notes that the log-in at hand was refused.
    pub(crate) fn refused(&self, code: Code, request_id: &str) {
        if let Some((_, happened)) = self.0.lock().ok().as_mut().and_then(|kept| kept.back_mut()) {
            happened.refused = Some((code, request_id.to_owned()));
        }
    }

    fn note(&self, attempt: &str, step: Step) {
        let Ok(mut kept) = self.0.lock() else { return };
        let (attempt, mut happened) = match kept.iter().position(|(known, _)| known == attempt) {
            Some(at) => kept.remove(at).unwrap_or_default(),
            None => (attempt.to_owned(), Happened::default()),
        };
        happened.at = Some(chrono::Utc::now());
        happened.refused = None;
        happened.steps.push(step);
        kept.push_back((attempt, happened));
        while kept.len() > KEPT {
            kept.pop_front();
        }
    }
}

/// What the trace listens to.
pub(crate) fn concerns(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET || (metadata.is_span() && metadata.name() == "attempt")
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for LoginTrace {
    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        let mut texts = Texts::default();
        attributes.record(&mut texts);
        remember(&texts, attributes.metadata().name(), id, &context);
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut texts = Texts::default();
        values.record(&mut texts);
        let name = context.metadata(id).map(|metadata| metadata.name()).unwrap_or_default();
        remember(&texts, name, id, &context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if event.metadata().target() != TARGET {
            return;
        }
        let mut scope = context.event_scope(event).into_iter().flatten();
        let Some(attempt) =
            scope.find_map(|span| span.extensions().get::<Attempt>().map(|one| one.0.clone()))
        else {
            return;
        };
        let mut texts = Texts::default();
        event.record(&mut texts);
        if let (Ok(part), Ok(verdict)) = (texts.get("part").parse(), texts.get("verdict").parse()) {
            let (name, detail) = (texts.get("name").to_owned(), texts.get("detail").to_owned());
            self.note(&attempt, Step { part, name, verdict, detail });
        }
    }
}

fn remember<S: Subscriber + for<'a> LookupSpan<'a>>(
    texts: &Texts,
    name: &str,
    id: &Id,
    context: &Context<'_, S>,
) {
    if let Some(span) = context.span(id).filter(|_| name == "attempt" && !texts.get("id").is_empty()) {
        span.extensions_mut().replace(Attempt(texts.get("id").to_owned()));
    }
}

/// The fields of an event as text.
#[derive(Default)]
struct Texts(Vec<(&'static str, String)>);

impl Texts {
    fn get(&self, name: &str) -> &str {
        self.0.iter().find(|(known, _)| *known == name).map_or("", |(_, text)| text)
    }
}

impl Visit for Texts {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push((field.name(), value.to_owned()));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn std::fmt::Debug) {
        self.0.push((field.name(), format!("{value:?}")));
    }
}
