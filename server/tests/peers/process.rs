//! A provider that `node` starts, for as long as this process lives.

use std::fs::File;
use std::io::{BufRead, BufReader, Read, Seek};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use serde_json::Value;

/// Starts `end2end/peers/{script}` and returns the facts it prints when it serves.
///
/// It ends when its standard input does, which we hold open until this process ends, however it ends.
pub(crate) fn start(script: &str, settings: &Value) -> Value {
    let Running { mut child, facts } = Running::start(script, settings);
    std::mem::forget(child.stdin.take());
    facts
}

/// A provider that can be killed.
pub(crate) struct Running {
    child: Child,
    /// What it printed when it served.
    pub(crate) facts: Value,
}

impl Running {
    /// As [`start`], for as long as this is kept.
    pub(crate) fn start(script: &str, settings: &Value) -> Self {
        let (child, facts) = started(script, settings);
        Self { child, facts }
    }

    /// `kill -9` of all that it started.
    #[cfg(feature = "full-run")]
    pub(crate) fn kill(mut self) {
        drop(self.child.stdin.take());
        self.child.wait().unwrap();
    }
}

fn started(script: &str, settings: &Value) -> (Child, Value) {
    let folder = end2end();
    assert!(
        folder.join("node_modules/oidc-provider").exists(),
        "The tests against other providers need npm's packages. Run `npm --prefix end2end ci`, then this again."
    );
    let mut said = tempfile::tempfile().unwrap();
    let mut node = Command::new("node");
    node.arg(folder.join("peers").join(script)).arg(settings.to_string()).current_dir(&folder);
    node.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(said.try_clone().unwrap());
    let mut child = node.spawn().unwrap_or_else(|error| {
        panic!("The tests against other providers need Node.js 20 or newer (Debian: apt-get install nodejs npm): {error}")
    });
    let mut facts = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut facts).unwrap();
    let facts = serde_json::from_str(&facts);
    (child, facts.unwrap_or_else(|_| panic!("{script} does not start:\n{}", all(&mut said))))
}

fn end2end() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../end2end")
}

fn all(file: &mut File) -> String {
    let mut text = String::new();
    file.rewind().unwrap();
    file.read_to_string(&mut text).unwrap();
    text
}
