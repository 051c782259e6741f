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

/// A log in memory, so that a test can ask what was told.
#[cfg(test)]
pub(crate) mod listener {
    use std::io::{PipeReader, Read, pipe};
    use std::sync::Arc;

    use tracing::Level;
    use tracing::subscriber::{DefaultGuard, set_default};
    use tracing_subscriber::fmt::format::FmtSpan;

    /// Hears whatever this thread says: one line for each step, and one for the end of each log-in.
    pub(crate) struct Listener(DefaultGuard, PipeReader);

    impl Listener {
        pub(crate) fn new() -> Self {
            let (told, log) = pipe().unwrap();
            let log = tracing_subscriber::fmt().with_writer(Arc::new(log)).with_max_level(Level::DEBUG);
            let log = log.with_span_events(FmtSpan::CLOSE).with_ansi(false).with_level(false).without_time();
            Self(set_default(log.finish()), told)
        }

        /// What was told until now.
        pub(crate) fn told(self) -> String {
            let Self(listening, mut told) = self;
            drop(listening);
            let mut text = String::new();
            told.read_to_string(&mut text).unwrap();
            text
        }
    }
}

#[cfg(test)]
mod tests {
    use super::listener::Listener;
    use super::*;

    #[test]
    fn a_step_is_told_to_whoever_listens_and_its_detail_made_for_nobody_else() {
        step(Part::Asked, "State", Verdict::Passed, || unreachable!("nobody listens"));
        let listener = Listener::new();
        step(Part::Asked, "State", Verdict::Skipped, || "why".to_owned());
        let told = "journey: part=\"Asked\" name=\"State\" verdict=\"Skipped\" detail=\"why\"\n";
        assert_eq!(listener.told(), told);
    }

    #[test]
    fn the_beginning_of_a_secret_is_four_characters_of_it() {
        assert_eq!(beginning("abcdefgh"), "abcd…");
        assert_eq!(beginning("éé"), "éé…");
    }
}
