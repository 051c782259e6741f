//! What happens at a log-in, step by step, as events of `tracing` under one target. A development build shows
//! the last one as a page; elsewhere `RUST_LOG=journey=debug` shows them as log lines. Details hold no token,
//! code or secret, at most the beginning of one.

use serde::{Deserialize, Serialize};

/// The target of the events.
pub const TARGET: &str = "journey";

/// The part of a log-in that a step belongs to.
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    strum::EnumString,
    strum::IntoStaticStr,
)]
pub enum Part {
    Asked,
    CameBack,
    IdToken,
    Record,
}

/// How a step ended.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, strum::EnumString, strum::IntoStaticStr,
)]
pub enum Verdict {
    Passed,
    Refused,
    Skipped,
}

/// One step, as it is shown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Step {
    pub part: Part,
    pub name: String,
    pub verdict: Verdict,
    pub detail: String,
}

/// Notes a step of the log-in at hand. `detail` is only made where somebody listens.
pub fn step(part: Part, name: &str, verdict: Verdict, detail: impl FnOnce() -> String) {
    if tracing::enabled!(target: "journey", tracing::Level::DEBUG) {
        let (part, verdict): (&str, &str) = (part.into(), verdict.into());
        tracing::debug!(target: "journey", part, name, verdict, detail = detail());
    }
}

/// The beginning of a random value: enough to tell two apart, not enough to be of use.
pub fn beginning(secret: &str) -> String {
    format!("{}…", secret.chars().take(4).collect::<String>())
}
