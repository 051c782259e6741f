//! The table of the README: pages against bare ones, a log-in, start, memory, bytes on the wire.

use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dev_provider::{DevProvider, Person, Settings};

use crate::Programs;
use crate::browser::{Browser, LogIns};
use crate::figures::{median, median_of, whole};
use crate::load::{Round, Visitors, round};
use crate::people::{claims, subject};
use crate::phone;
use crate::process::{Memory, Process, free_address};
use crate::site::Site;
use crate::table::{Row, aims, machine, table};
use crate::wire::{self, FirstLoad};

/// Rounds of each; they take turns.
const ROUNDS: usize = 5;
/// Starts that are timed.
const STARTS: usize = 7;
/// Those who log in again and again.
const PEOPLE: u64 = 200;
/// How long a server may settle before its memory counts.
const SETTLE: Duration = Duration::from_secs(1);

/// What is asked for under load, in the order of the table.
const ASKED: [&str; 6] = [
    "bare Axum handler, one read",
    "bare Leptos page, one read by a resource",
    "bare Leptos page, one read, as lean as can be",
    "`/`",
    "`/dashboard`, signed in",
    "`/api/me`, signed in",
];
const LEAN: usize = 2;
const HOME: usize = 3;
const DASHBOARD: usize = 4;

/// All that was measured.
struct Measured {
    rounds: [Vec<Round>; ASKED.len()],
    log_ins: Vec<LogIns>,
    start: Duration,
    idle: Memory,
    after_load: Memory,
    home: FirstLoad,
    dashboard: FirstLoad,
    /// Until the dashboard is alive on a slow phone.
    alive: Duration,
}

/// Measures, and prints.
pub(crate) async fn measure(programs: &Programs) -> Result<()> {
    let folder = tempfile::tempdir()?;
    let provider = dev_provider::start(Settings::for_site("http://localhost")).await?;
    print(&run(programs, folder.path(), &provider).await?);
    Ok(())
}

async fn run(programs: &Programs, folder: &Path, provider: &DevProvider) -> Result<Measured> {
    let database = format!("sqlite://{}?mode=rwc", folder.join("sparekey.db").display());
    let site = Site::new(provider, "sparekey-bench", &database)?;
    eprintln!("Timing starts.");
    let start = starts(&site, programs, folder)?;
    let bare = bare(programs, folder)?;
    let server = site.start(programs, folder)?;
    std::thread::sleep(SETTLE);
    let idle = server.memory()?;
    let (browser, people) = (site.browser()?, people(provider));
    let cookies = first_log_ins(&browser, &people).await?;
    let home = wire::first_load(server.address, "/", "")?;
    let dashboard = wire::first_load(server.address, "/dashboard", &cookies)?;
    eprintln!("A slow phone.");
    let alive = phone::alive(site.url(), &cookies)?;
    let (mut rounds, mut log_ins) = ([const { Vec::new() }; ASKED.len()], Vec::new());
    for number in 0..=ROUNDS {
        eprintln!("Round {number} of {ROUNDS}.");
        let loads = loads(&bare, &server, &cookies)?;
        let logged_in = browser.round(&server, &people, Duration::from_secs(2)).await?;
        // The first one only warms up.
        if number > 0 {
            rounds.iter_mut().zip(loads).for_each(|(rounds, load)| rounds.push(load));
            log_ins.push(logged_in);
        }
    }
    std::thread::sleep(SETTLE);
    Ok(Measured { rounds, log_ins, start, idle, after_load: server.memory()?, home, dashboard, alive })
}

/// The median of some starts, to the first 200 of Home, on a database that is there already.
fn starts(site: &Site, programs: &Programs, folder: &Path) -> Result<Duration> {
    drop(site.start(programs, folder)?);
    let took: Result<Vec<f64>> =
        (0..STARTS).map(|_| Ok(site.start(programs, folder)?.took.as_secs_f64())).collect();
    Ok(Duration::from_secs_f64(median(took?)))
}

fn bare(programs: &Programs, folder: &Path) -> Result<Process> {
    let address = free_address()?;
    let mut command = Command::new(&programs.bare);
    command.current_dir(folder).env_clear().arg(folder.join("bare.db")).arg(address.to_string());
    // Leptos warns there of the site that it has not.
    Process::start(command.stderr(Stdio::null()), address, "/axum")
}

/// People whom the provider knows; their subjects.
fn people(provider: &DevProvider) -> Vec<String> {
    let known = |n| Person { claims: claims(n), ..Person::new(subject(n)) };
    provider.set_people((0..PEOPLE).map(known).collect());
    (0..PEOPLE).map(subject).collect()
}

/// All of them log in for the first time; the cookies of one come back.
async fn first_log_ins(browser: &Browser, people: &[String]) -> Result<String> {
    let cookies = browser.log_all_in(people).await?;
    cookies.into_iter().next().context("nobody logged in")
}

/// One round of each address, checked before it is loaded.
fn loads(bare: &Process, server: &Process, cookies: &str) -> Result<[Round; ASKED.len()]> {
    holds(bare, "/leptos", "", "ada@example.com")?;
    holds(bare, "/lean", "", "ada@example.com")?;
    holds(server, "/dashboard", cookies, "You are signed in.")?;
    holds(server, "/api/me", cookies, "sparekey.user/1")?;
    let signed_in = Visitors::One(cookies);
    Ok([
        round(bare, "/axum", &Visitors::Nobody)?,
        round(bare, "/leptos", &Visitors::Nobody)?,
        round(bare, "/lean", &Visitors::Nobody)?,
        round(server, "/", &Visitors::Nobody)?,
        round(server, "/dashboard", &signed_in)?,
        round(server, "/api/me", &signed_in)?,
    ])
}

fn holds(server: &Process, path: &str, cookies: &str, text: &str) -> Result<()> {
    let answer = wire::get(server.address, path, cookies)?;
    ensure!(String::from_utf8_lossy(&answer.body).contains(text), "{path} does not say {text:?}");
    Ok(())
}

fn print(measured: &Measured) {
    let Measured { rounds, log_ins, start, idle, after_load, home, dashboard, alive } = measured;
    let per_second = |at: usize| median_of(&rounds[at], |round| round.per_second);
    let cpu = |at: usize| median_of(&rounds[at], |round| round.cpu_per_1000);
    let lines = ASKED
        .iter()
        .enumerate()
        .map(|(at, what)| [(*what).to_owned(), whole(per_second(at)), format!("{:.3}", cpu(at))]);
    println!("{}", table(&["", "requests/s", "server CPU s per 1,000"], lines));

    let dashboard_to_lean = ratio(rounds, DASHBOARD, LEAN, |round| round.per_second);
    let home_to_lean = ratio(rounds, HOME, LEAN, |round| round.cpu_per_1000);
    let log_in = median_of(log_ins, |round| round.cpu);
    let log_ins_per_second = median_of(log_ins, |round| round.per_second);
    let milliseconds = start.as_secs_f64() * 1000.0;
    let woken = dashboard.script + dashboard.wasm;
    let alive = alive.as_secs_f64();
    let figure = |what, is, aim, met| Row { what, is, aim, met };
    let rows = [
        figure(
            "`/dashboard`, requests/s against the lean page",
            format!("{dashboard_to_lean:.2}"),
            "≥ 0.85",
            dashboard_to_lean >= 0.85,
        ),
        figure("`/`, CPU against the lean page", format!("{home_to_lean:.2}"), "≤ 0.4", home_to_lean <= 0.4),
        figure("a log-in, server CPU", format!("{log_in:.2} ms"), "≤ 1.2 ms", log_in <= 1.2),
        figure("start to the first 200", format!("{milliseconds:.0} ms"), "≤ 40 ms", milliseconds <= 40.0),
        figure("memory, idle", format!("{:.1} MiB", idle.now), "≤ 20 MiB", idle.now <= 20.0),
        figure(
            "memory, after load",
            format!("{:.1} MiB", after_load.now),
            "≤ 40 MiB",
            after_load.now <= 40.0,
        ),
        figure("script on `/`", kilobytes(home.script + home.wasm), "none", home.script + home.wasm == 0),
        figure("script and wasm of `/dashboard`", kilobytes(woken), "≤ 105 kB", woken <= 105_000),
        figure("`/dashboard` alive on a slow phone", format!("{alive:.2} s"), "≤ 0.9 s", alive <= 0.9),
    ];
    println!("{}", aims(&rows));

    let loads = [("`/`", home), ("`/dashboard`", dashboard)].map(|(page, load)| {
        let bytes = [load.html, load.css, load.script, load.wasm, load.other, load.total()].map(kilobytes);
        let [html, css, script, wasm, other, total] = bytes;
        [page.to_owned(), html, css, script, wasm, other, total]
    });
    println!("{}", table(&["first visit", "HTML", "CSS", "script", "wasm", "icon", "in all"], loads));
    println!(
        "{} log-ins a second, the provider on the same cores. Files come as brotli. {ROUNDS} rounds, medians. {}.",
        whole(log_ins_per_second),
        machine()
    );
}

/// A figure of one against that of another in the same round: the median of all rounds.
fn ratio(rounds: &[Vec<Round>; ASKED.len()], one: usize, other: usize, of: fn(&Round) -> f64) -> f64 {
    let pairs = rounds[one].iter().zip(&rounds[other]);
    median(pairs.map(|(one, other)| of(one) / of(other)).collect())
}

fn kilobytes(bytes: usize) -> String {
    if bytes == 0 { "0".to_owned() } else { format!("{:.1} kB", bytes as f64 / 1000.0) }
}
