//! What is told of a log-in while it happens: which one it is, and how each step ended.

use super::*;
use crate::journal::listener::Listener;

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
            r#"name="State" verdict="Passed" detail="Known, of this browser, not used before, 5 s old""#;
        assert!(told.contains(known), "{told}");
        let merged = format!(r#"name="Merge" verdict="Passed" detail="{merged}""#);
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
        let refused = format!(r#"name="State" verdict="Refused" detail="{why}""#);
        assert!(told.contains(&id(&state)) && told.contains(&refused), "{told}");
    }
}
