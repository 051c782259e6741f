//! A slow phone: a real Chromium, its line and its processor slowed down, which `end2end/phone` steers.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result};

/// From the start of the navigation until the islands of the dashboard are ready; a median.
pub(crate) fn alive(site: &str, cookies: &str) -> Result<Duration> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).with_file_name("end2end");
    let done = Command::new("npm")
        .args(["run", "--silent", "phone"])
        .current_dir(folder)
        .env("PHONE_URL", site)
        .env("PHONE_COOKIES", cookies)
        .stderr(Stdio::inherit())
        .output()
        .context("npm, which steers the browser")?;
    let said = String::from_utf8_lossy(&done.stdout);
    milliseconds(&said).with_context(|| said.clone().into_owned())
}

fn milliseconds(said: &str) -> Option<Duration> {
    let (_, rest) = said.split_once("alive after ")?;
    Some(Duration::from_millis(rest.split_once(" ms")?.0.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_time_is_found_among_what_the_runner_says() {
        let said = "Running 1 test\nalive after 912 ms\n\n  1 passed (9s)\n";
        assert_eq!(milliseconds(said), Some(Duration::from_millis(912)));
        assert_eq!(milliseconds("  1 failed"), None);
    }
}
