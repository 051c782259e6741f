//! The journey in a real browser on each database: Playwright's own tests, with WebAssembly and without any
//! script. Full run only. Which pages there are is no business of the database, so the others are left out.

use std::path::Path;
use std::process::Command;

use crate::support::databases::{Database, Kind};

const JOURNEY: [&str; 4] = ["login.spec", "guard.spec", "refusals.spec", "islands.spec"];

pub async fn the_journey_passes(kind: Kind) {
    let db = Database::fresh(kind).await;
    let store = db.open().await;
    let traces = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("browser-{kind:?}"));
    let mut playwright = Command::new("npx");
    playwright.args(["playwright", "test", "--output"]).arg(traces).args(JOURNEY);
    playwright.current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end"));
    playwright.env("SPAREKEY_BINARY", env!("CARGO_BIN_EXE_sparekey")).env("END2END_DATABASE_URL", &db.url);
    let done =
        playwright.output().expect("Node.js 20 or newer with npm (Debian: apt-get install nodejs npm)");
    println!("{}{}", String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    assert!(done.status.success(), "on {kind:?}: {}", done.status);
    let users = store.users.page(None, 100).await.unwrap();
    assert!(users.len() > 2, "whoever logged in is in another database: {users:?}");
}
