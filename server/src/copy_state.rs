//! The state of the copy, watched while the site is served, and said in words.

use std::time::Duration;

use chrono::TimeDelta;
use formats::rfc3339;
use identity::{CopyState, CopyWatch, ProviderState, Timestamp};

/// How often it is looked at, so that whoever asks finds it counted.
const LOOK: Duration = Duration::from_secs(60);
/// Between two lines of the log about a provider of which nothing needs a look.
const TOLD: TimeDelta = TimeDelta::hours(1);

/// Looks at the state of the copy for as long as the process runs, and tells the log: each hour, and at once when
/// something comes to need a look.
pub(crate) async fn watch(copy: CopyWatch) {
    let mut clock = tokio::time::interval(LOOK);
    let (mut told_at, mut needed) = (None::<Timestamp>, Vec::new());
    loop {
        clock.tick().await;
        let state = match copy.state().await {
            Ok(state) => state,
            Err(error) => {
                tracing::warn!(code = error.code().as_str(), "the state of the copy cannot be seen");
                continue;
            }
        };
        let is_due = told_at.is_none_or(|told_at| state.at - told_at >= TOLD);
        for provider in &state.providers {
            if is_due || (provider.needs_a_look() && !needed.contains(&provider.provider)) {
                tell(provider, &state);
            }
        }
        let needs_a_look = |one: &&ProviderState| one.needs_a_look();
        needed = state.providers.iter().filter(needs_a_look).map(|one| one.provider.clone()).collect();
        if is_due {
            told_at = Some(state.at);
        }
    }
}

fn tell(provider: &ProviderState, state: &CopyState) {
    let (name, words) = (provider.provider.as_str(), words(provider, state.at));
    match provider.needs_a_look() {
        true => tracing::warn!(provider = name, "state of the copy: {words}"),
        false => tracing::info!(provider = name, "state of the copy: {words}"),
    }
}

/// One line about one provider.
pub(crate) fn words(provider: &ProviderState, now: Timestamp) -> String {
    let at = |time: Option<Timestamp>| match time {
        Some(time) => format!("{} ({} ago)", rfc3339(time), age(now - time)),
        None => "never".to_owned(),
    };
    let scan = match &provider.last_scan {
        Some(run) => format!("last scan {} {}", at(Some(run.started_at)), run.state),
        None => "last scan never".to_owned(),
    };
    let ProviderState { present, blocked, deleted, waiting, quarantined, held, held_scans, unknown, .. } =
        provider;
    format!(
        "{present} present, {blocked} blocked, {deleted} gone; oldest word {}; {scan}; last message {}; waiting \
         {waiting}, quarantined {quarantined}, held {held}, scans held {held_scans}, unknown {unknown}",
        at(provider.oldest),
        at(provider.last_message_at)
    )
}

/// In its largest unit.
fn age(span: TimeDelta) -> String {
    match span.num_seconds().max(0) {
        seconds @ ..120 => format!("{seconds} s"),
        seconds @ ..7200 => format!("{} min", seconds / 60),
        seconds @ ..172_800 => format!("{} h", seconds / 3600),
        seconds => format!("{} d", seconds / 86_400),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_timestamp(seconds, 0).unwrap()
    }

    #[test]
    fn a_provider_is_one_line() {
        let provider = ProviderState {
            present: 3,
            held: 1,
            oldest: Some(at(0)),
            last_message_at: Some(at(86_400)),
            ..ProviderState::default()
        };
        assert_eq!(
            words(&provider, at(86_460)),
            "3 present, 0 blocked, 0 gone; oldest word 1970-01-01T00:00:00Z (24 h ago); last scan never; last message \
             1970-01-02T00:00:00Z (60 s ago); waiting 0, quarantined 0, held 1, scans held 0, unknown 0"
        );
    }
}
