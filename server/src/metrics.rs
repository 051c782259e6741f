//! `METRICS_ADDR`: the state of the copy as Prometheus reads it, on an address of its own. No library: the text format 0.0.4
//! is a line a value, and a library's registry would be a second place for what the database knows.

use std::time::Duration;

use axum::Router;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use http::header;
use identity::{CopyState, CopyWatch, ProviderState, Timestamp};

/// What the text format calls itself.
const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";

/// How long a count is waited for: Prometheus waits 10 s, and the count goes on by itself.
const SOON: Duration = Duration::from_secs(5);

/// A value, and what its labels say besides the provider: none where it is not known.
type Value = (&'static str, Option<i64>);

/// A gauge that each provider has.
struct Gauge {
    name: &'static str,
    help: &'static str,
    values: fn(&ProviderState) -> Vec<Value>,
}

const GAUGES: [Gauge; 7] = [
    Gauge {
        name: "sparekey_identities",
        help: "Identities in the copy, by what their provider says of the account.",
        values: |one| {
            vec![
                (",standing=\"present\"", number(one.present)),
                (",standing=\"blocked\"", number(one.blocked)),
                (",standing=\"deleted\"", number(one.deleted)),
            ]
        },
    },
    Gauge {
        name: "sparekey_oldest_fact_timestamp_seconds",
        help: "When that present identity was last spoken of that nobody has spoken of for the longest time.",
        values: |one| vec![("", seconds(one.oldest))],
    },
    Gauge {
        name: "sparekey_last_scan_timestamp_seconds",
        help: "When the last scan began that was applied.",
        values: |one| vec![("", seconds(one.scanned_at))],
    },
    Gauge {
        name: "sparekey_scans_held",
        help: "Scans that the guard holds, because too many people would go away.",
        values: |one| vec![("", number(one.held_scans))],
    },
    Gauge {
        name: "sparekey_last_message_timestamp_seconds",
        help: "When the last message was received that the provider pushed.",
        values: |one| vec![("", seconds(one.last_message_at))],
    },
    Gauge {
        name: "sparekey_messages",
        help: "Messages of the provider that wait, are not understood, or are held by the guard.",
        values: |one| {
            vec![
                (",state=\"waiting\"", number(one.waiting)),
                (",state=\"quarantined\"", number(one.quarantined)),
                (",state=\"held\"", number(one.held)),
            ]
        },
    },
    Gauge {
        name: "sparekey_unknown_accounts",
        help: "Accounts of the provider whose people have not logged in yet.",
        values: |one| vec![("", number(one.unknown))],
    },
];

/// All that is served there.
pub(crate) fn router(copy: CopyWatch) -> Router {
    Router::new().route("/metrics", get(metrics)).with_state(copy)
}

async fn metrics(State(copy): State<CopyWatch>) -> Response {
    let (counted, is_up) = tokio::join!(tokio::time::timeout(SOON, copy.state()), copy.is_up());
    // Else what was counted last, and when; an alarm goes by that.
    let state = counted.ok().and_then(Result::ok).or_else(|| copy.last_seen());
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], text(state.as_ref(), is_up)).into_response()
}

/// The text format: for each gauge what it is, then its values. What is not known has no line.
fn text(state: Option<&CopyState>, is_up: bool) -> String {
    let mut text = String::new();
    let up = i64::from(is_up);
    head(&mut text, "sparekey_database_up", "Whether the database takes a write just now.");
    line(&mut text, "sparekey_database_up", "", up);
    let Some(state) = state else { return text };
    let counted = "sparekey_counted_timestamp_seconds";
    head(&mut text, counted, "When all that follows was counted; long ago where counting fails.");
    line(&mut text, counted, "", state.at.timestamp());
    if let Some((_, at)) = state.backups.as_ref().and_then(|backups| backups.proved.as_ref()) {
        let proved = "sparekey_last_verified_backup_timestamp_seconds";
        head(&mut text, proved, "When a backup in BACKUP_TO was restored last to try it.");
        line(&mut text, proved, "", at.timestamp());
    }
    for Gauge { name, help, values } in &GAUGES {
        head(&mut text, name, help);
        for provider in &state.providers {
            for (labels, value) in values(provider) {
                let labels = format!("{{provider=\"{}\"{labels}}}", escaped(&provider.provider));
                if let Some(value) = value {
                    line(&mut text, name, &labels, value);
                }
            }
        }
    }
    text
}

fn head(text: &mut String, name: &str, help: &str) {
    text.push_str(&format!("# HELP {name} {help}\n# TYPE {name} gauge\n"));
}

fn line(text: &mut String, name: &str, labels: &str, value: i64) {
    text.push_str(&format!("{name}{labels} {value}\n"));
}

fn number(count: u64) -> Option<i64> {
    i64::try_from(count).ok()
}

fn seconds(at: Option<Timestamp>) -> Option<i64> {
    at.map(|at| at.timestamp())
}

/// A label's value, as the format wants it.
fn escaped(value: &str) -> String {
    value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use identity::BackupState;

    use super::*;

    #[test]
    fn a_name_breaks_no_line_and_what_is_not_known_has_none() {
        let at = Timestamp::from_timestamp(60, 0).unwrap();
        let provider = ProviderState { provider: "a\"\\\nb".into(), present: 2, ..ProviderState::default() };
        let backups = Some(BackupState { proved: Some(("x".into(), at)) });
        let state = CopyState { at, providers: vec![provider], backups };
        let text = text(Some(&state), true);
        let present = "sparekey_identities{provider=\"a\\\"\\\\\\nb\",standing=\"present\"} 2";
        assert!(text.lines().any(|line| line == present), "{text}");
        assert!(text.lines().any(|line| line == "sparekey_counted_timestamp_seconds 60"), "{text}");
        let proved = "sparekey_last_verified_backup_timestamp_seconds 60";
        assert!(text.lines().any(|line| line == proved), "{text}");
        assert!(!text.contains("oldest_fact_timestamp_seconds{"), "{text}");
    }

    #[test]
    fn a_database_that_was_never_seen_is_down_and_that_is_all() {
        let down = "# HELP sparekey_database_up Whether the database takes a write just now.\n\
                    # TYPE sparekey_database_up gauge\nsparekey_database_up 0\n";
        assert_eq!(text(None, false), down);
    }
}
