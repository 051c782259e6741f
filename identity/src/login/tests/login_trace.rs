//! What is traced of a log-in while it happens: which one it is, and how each step ended.

use std::io::{PipeReader, Read, pipe};
use std::sync::Arc;

use tracing::Level;
use tracing::subscriber::{DefaultGuard, set_default};
use tracing_subscriber::fmt::format::FmtSpan;

use super::*;
use crate::login_trace::beginning;

/// Hears whatever this thread says: one line for each step, and one for the end of each log-in.
struct Listener(DefaultGuard, PipeReader);

impl Listener {
    fn new() -> Self {
        let (told, log) = pipe().unwrap();
        let log = tracing_subscriber::fmt().with_writer(Arc::new(log)).with_max_level(Level::DEBUG);
        let log = log.with_span_events(FmtSpan::CLOSE).with_ansi(false).with_level(false).without_time();
        Self(set_default(log.finish()), told)
    }

    /// What was told until now.
    fn told(self) -> String {
        let Self(listening, mut told) = self;
        drop(listening);
        let mut text = String::new();
        told.read_to_string(&mut text).unwrap();
        text
    }
}

/// What is told while somebody comes back with this state.
async fn told(stage: &Stage, state: &str) -> String {
    let listener = Listener::new();
    let _ = stage.login.finish(stage.arrival(0, state)).await;
    listener.told()
}

/// What the attempt with this state is called.
fn id(state: &str) -> String {
    let key = Secret::parse(state).unwrap().digest().to_text();
    format!("id=\"{}\"", &key[..8])
}

#[tokio::test]
async fn both_halves_of_a_log_in_go_by_the_beginning_of_its_key() {
    let stage = Stage::new();
    let listener = Listener::new();
    let state = stage.begin(0, None).await;
    let begun = listener.told();
    assert!(begun.starts_with(&format!("attempt{{{}}}:", id(&state))), "{begun}");
    let finished = told(&stage, &state).await;
    assert!(finished.lines().all(|line| line.contains(&id(&state))), "{finished}");
}

#[tokio::test]
async fn a_log_in_tells_how_old_it_is_and_what_it_changed() {
    let stage = Stage::new();
    for (name, merged) in [
        ("Ada", "A new identity; first values of name"),
        ("Ada", "Known; no field was changed"),
        ("Ada L.", "Known; changed were name"),
    ] {
        let state = stage.begin(0, None).await;
        stage.world.pass(SECOND * 5);
        let answer = stage.main().redeemed("ada", stage.now(), claims(json!({"name": name})));
        stage.main().will_answer(Ok(answer));
        let told = told(&stage, &state).await;
        let known =
            r#"name="State" verdict="passed" detail="Known, of this browser, not used before, 5 s old""#;
        assert!(told.contains(known), "{told}");
        let merged = format!(r#"name="Merge" verdict="passed" detail="{merged}""#);
        assert!(told.contains(&merged), "{told}");
    }
}

#[tokio::test]
async fn a_refused_attempt_tells_why() {
    let stage = Stage::new();
    let (late, used) = (stage.begin(0, None).await, stage.begin(0, None).await);
    told(&stage, &used).await;
    stage.world.pass(LOGIN_TTL);
    for (state, why) in [
        (used, "It was used before"),
        (late, "It is too old"),
        (stage.world.secret().expose().to_owned(), "This browser started no log-in with it"),
    ] {
        let told = told(&stage, &state).await;
        let refused = format!(r#"name="State" verdict="refused" detail="{why}""#);
        assert!(told.contains(&id(&state)) && told.contains(&refused), "{told}");
    }
}

#[test]
fn a_step_is_traced_for_whoever_listens_and_its_detail_made_for_nobody_else() {
    step(Part::Asked, "State", Verdict::Passed, || unreachable!("nobody listens"));
    let listener = Listener::new();
    step(Part::Asked, "State", Verdict::Skipped, || "why".to_owned());
    let told = "login_trace: part=\"We asked\" name=\"State\" verdict=\"skipped\" detail=\"why\"\n";
    assert_eq!(listener.told(), told);
}

#[test]
fn the_beginning_of_a_secret_is_four_characters_of_it() {
    assert_eq!(["abcdefgh", "éé"].map(beginning), ["abcd…", "éé…"]);
}
