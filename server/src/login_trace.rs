//! The last log-ins step by step, kept in memory by development builds for the page "What just happened".
//! They come as events of `tracing` (see `identity::login_trace`), so the log-in knows nothing of this.

use std::collections::HashMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex};

use app::{LoginTrace, Step};
use identity::Code;
use identity::login_trace::TARGET;
use tracing::field::{Field, Visit};
use tracing::span::{Id, Record};
use tracing::{Event, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

/// Log-ins that are remembered.
const KEPT: usize = 20;

/// Keeps the last log-ins by the names of their attempts, the newest last. Cheap to clone.
#[derive(Clone, Default)]
pub(crate) struct Recorder(Arc<Mutex<Vec<(String, LoginTrace)>>>);

/// The name of the attempt that a span is about.
struct Attempt(String);

impl Recorder {
    /// The one log-in that something happened to last.
    pub(crate) fn last(&self) -> Option<LoginTrace> {
        self.0.lock().ok()?.last().map(|(_, trace)| trace.clone())
    }

    /// Notes that the log-in at hand was refused.
    pub(crate) fn refused(&self, code: Code, request_id: &str) {
        if let Some((_, trace)) = self.0.lock().ok().as_mut().and_then(|kept| kept.last_mut()) {
            trace.refused = Some((code, request_id.to_owned()));
        }
    }

    fn note(&self, attempt: String, step: Step) {
        let Ok(mut kept) = self.0.lock() else { return };
        let known = kept.iter().position(|(name, _)| *name == attempt).map(|at| kept.remove(at).1);
        let mut steps = known.map(|trace| trace.steps).unwrap_or_default();
        steps.push(step);
        kept.push((attempt, LoginTrace { at: chrono::Utc::now(), steps, refused: None }));
        let surplus = kept.len().saturating_sub(KEPT);
        kept.drain(..surplus);
    }
}

/// What the recorder listens to; the layer hears of nothing else.
pub(crate) fn concerns(metadata: &Metadata<'_>) -> bool {
    metadata.target() == TARGET || (metadata.is_span() && metadata.name() == "attempt")
}

impl<S: Subscriber + for<'a> LookupSpan<'a>> Layer<S> for Recorder {
    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        let mut texts = Texts::default();
        values.record(&mut texts);
        if let (Some(span), Some(attempt)) = (context.span(id), texts.0.remove("id")) {
            span.extensions_mut().replace(Attempt(attempt));
        }
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        let mut scope = context.event_scope(event).into_iter().flatten();
        let attempt = scope.find_map(|span| span.extensions().get().map(|Attempt(name)| name.clone()));
        let Some(attempt) = attempt else { return };
        let mut texts = Texts::default();
        event.record(&mut texts);
        let [part, name, verdict, detail] =
            ["part", "name", "verdict", "detail"].map(|field| texts.0.remove(field).unwrap_or_default());
        self.note(attempt, Step { part, name, verdict, detail });
    }
}

/// The fields of an event as text.
#[derive(Default)]
struct Texts(HashMap<&'static str, String>);

impl Visit for Texts {
    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.insert(field.name(), value.to_owned());
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.0.insert(field.name(), format!("{value:?}"));
    }
}
