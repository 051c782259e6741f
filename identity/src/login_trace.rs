//! A log-in step by step, as `tracing` events of one target. A development build shows the last one as a page;
//! elsewhere `RUST_LOG=login_trace=debug` shows them as log lines. Details hold no token, code or secret, at most
//! the beginning of one.

use std::fmt::Display;

/// The target of the events.
pub const TARGET: &str = "login_trace";

/// The part of a log-in that a step belongs to, as its heading.
#[derive(Clone, Copy, Debug, strum::IntoStaticStr)]
pub enum Part {
    /// Up to the redirect to the provider.
    #[strum(serialize = "We asked")]
    Asked,
    /// From the callback to the tokens.
    #[strum(serialize = "The browser came back")]
    CameBack,
    /// The checks of the ID token.
    #[strum(serialize = "The ID token")]
    IdToken,
    /// Userinfo and what was written.
    #[strum(serialize = "The record")]
    Record,
}

/// How a step ended.
#[derive(Clone, Copy, Debug, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Verdict {
    /// It went well.
    Passed,
    /// It ended the log-in.
    Refused,
    /// It was not needed, or not reached.
    Skipped,
}

/// Traces a step of the log-in at hand. `detail` is made only where somebody listens.
pub fn step(part: Part, name: &str, verdict: Verdict, detail: impl FnOnce() -> String) {
    if tracing::enabled!(target: TARGET, tracing::Level::DEBUG) {
        let (part, verdict): (&str, &str) = (part.into(), verdict.into());
        tracing::debug!(target: TARGET, part, name, verdict, detail = detail());
    }
}

/// Traces a step that passed, or was refused for what the error says.
pub fn outcome<T, E: Display>(part: Part, name: &str, outcome: &Result<T, E>) {
    match outcome {
        Ok(_) => step(part, name, Verdict::Passed, String::new),
        Err(error) => step(part, name, Verdict::Refused, || error.to_string()),
    }
}

/// The beginning of a random value: enough to tell two apart, not enough to be of use.
pub fn beginning(secret: &str) -> String {
    format!("{}…", secret.chars().take(4).collect::<String>())
}
