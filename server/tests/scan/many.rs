//! A hundred thousand people at a scripted Keycloak, in bounded memory. Full run only.

use std::process::Stdio;
use std::time::{Duration, Instant};

use super::here::Here;
use crate::support::process::sparekey;

/// How many; `SCAN_PEOPLE` says otherwise.
const PEOPLE: usize = 100_000;
/// What the process may hold at most, in MiB, whoever many they are.
const MOST_MIB: u64 = 256;

fn people() -> usize {
    #[allow(clippy::disallowed_methods, reason = "this is no setting of the program")]
    let asked = std::env::var("SCAN_PEOPLE").ok();
    asked.map_or(PEOPLE, |number| number.parse().unwrap())
}

/// The most memory that a process has held, in MiB; none once it has ended.
fn peak(pid: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    line.trim().trim_end_matches(" kB").parse::<u64>().ok().map(|kib| kib / 1024)
}

/// Scans by the real binary: its report, the most that it held, and how long it took.
async fn scanned(here: &Here) -> (serde_json::Value, u64, Duration) {
    let environment = here.environment();
    let settings: Vec<(&str, &str)> =
        environment.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let mut command = sparekey(here.folder.path(), &settings, &["scan", "--json"]);
    let start = Instant::now();
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::piped()).spawn().unwrap();
    let mut most = 0;
    while child.try_wait().unwrap().is_none() {
        most = most.max(peak(child.id()).unwrap_or_default());
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let took = start.elapsed();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    (serde_json::from_slice(&output.stdout).unwrap(), most, took)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_hundred_thousand_people_are_scanned_in_bounded_memory() {
    let people = people();
    let here = Here::start(people).await;
    for (what, new) in [("the first scan", people), ("the next one", 0)] {
        let (report, most, took) = scanned(&here).await;
        assert_eq!((&report["state"], &report["seen"]), (&"done".into(), &people.into()), "{report}");
        assert_eq!(report["new"], new, "{report}");
        let rate = people as f64 / took.as_secs_f64();
        println!(
            "{what}: {people} people in {:.0} s, {rate:.0} a second, {most} MiB at most",
            took.as_secs_f64()
        );
        assert!(most < MOST_MIB, "{most} MiB");
    }
}
