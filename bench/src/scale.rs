//! Whether it gets slower as users get more: the same people at databases of several sizes, which take turns.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use dev_provider::{DevProvider, Person, Settings};

use crate::Programs;
use crate::backup::{BackedUp, back_up};
use crate::browser::{Browser, LogIns};
use crate::databases::Databases;
use crate::export::{Export, export};
use crate::figures::{median_of, whole};
use crate::load::{Round, Visitors, in_turn, round};
use crate::people::{self, claims, subject};
use crate::process::Process;
use crate::search::Cost;
use crate::site::Site;
use crate::table::{machine, table};
use crate::{fill, search, wire};

/// Rounds of each size; they take turns.
const ROUNDS: usize = 5;
/// Those who log in, evenly among all.
const VISITORS: u64 = 200;

/// One size under measurement.
struct Crowd {
    users: u64,
    database: String,
    /// Users written in a second while the database was filled.
    filled: f64,
    site: Site,
    server: Process,
    browser: Browser,
    subjects: Vec<String>,
    /// The script that asks as each of them in turn.
    in_turn: std::path::PathBuf,
    dashboard: Vec<Round>,
    me: Vec<Round>,
    log_ins: Vec<LogIns>,
}

/// Measures SQLite and, where its server is installed, PostgreSQL; prints a table for each.
pub(crate) async fn measure(programs: &Programs, sizes: &[u64]) -> Result<()> {
    compare(programs, sizes, &Databases::sqlite()?).await?;
    match Databases::postgres()? {
        Some(databases) => compare(programs, sizes, &databases).await?,
        None => println!("PostgreSQL was not measured: `apt-get install postgresql` brings its server.\n"),
    }
    println!("{ROUNDS} rounds, medians. {}.", machine());
    Ok(())
}

async fn compare(programs: &Programs, sizes: &[u64], databases: &Databases) -> Result<()> {
    let (name, folder) = (databases.name(), tempfile::tempdir()?);
    let provider = dev_provider::start(Settings::for_site("http://localhost")).await?;
    let mut crowds = Vec::new();
    for users in sizes {
        eprintln!("{name}: making {} users.", whole(*users as f64));
        let database = databases.fresh(&format!("of_{users}")).await?;
        crowds.push(gather(programs, folder.path(), &provider, &database, *users).await?);
    }
    for number in 0..=ROUNDS {
        eprintln!("{name}: round {number} of {ROUNDS}.");
        for crowd in &mut crowds {
            crowd.round(number == 0).await?;
        }
    }
    let exported = |crowd: &Crowd| export(&crowd.site, programs, folder.path(), crowd.users);
    let exports: Vec<Export> = crowds.iter().map(exported).collect::<Result<_>>()?;
    let backed_up = |crowd: &Crowd| back_up(&crowd.site, programs, folder.path(), crowd.users);
    let backups: Vec<BackedUp> = crowds.iter().map(backed_up).collect::<Result<_>>()?;
    print(name, &crowds, &exports, &backups);
    let (mut costs, mut rates) = (Vec::new(), Vec::new());
    for crowd in &crowds {
        eprintln!("{name}: searching {} users.", whole(crowd.users as f64));
        costs.push(search::measure(&crowd.database, crowd.users, provider.issuer()).await?);
        rates.push(fill::search(&crowd.database).await?);
    }
    print_search(name, &crowds, &costs, &rates);
    Ok(())
}

/// Fills a database, starts a server on it and logs the visitors in.
async fn gather(
    programs: &Programs,
    folder: &Path,
    provider: &DevProvider,
    database: &str,
    users: u64,
) -> Result<Crowd> {
    let start = std::time::Instant::now();
    fill::people(database, users, provider.issuer()).await?;
    let filled = users as f64 / start.elapsed().as_secs_f64();
    eprintln!("{} users written in a second.", whole(filled));
    let numbers = visitors(users, provider.issuer());
    for n in &numbers {
        provider.set_person(Person { claims: claims(*n), ..Person::new(subject(*n)) });
    }
    let subjects: Vec<String> = numbers.iter().map(|n| subject(*n)).collect();
    let site = Site::new(provider, &format!("bench-{users}"), database)?;
    let server = site.start(programs, folder)?;
    let browser = site.browser()?;
    let first = *numbers.first().context("nobody may log in")?;
    let before = people::person(first, provider.issuer()).user.login_count;
    is_known(&server, &browser.log_in(&subject(first)).await?, before + 1)?;
    let cookies = browser.log_all_in(&subjects).await?;
    fill::sessions(database, users).await?;
    let script = folder.join(format!("visitors-{users}.lua"));
    in_turn(&script, &cookies)?;
    let (dashboard, me, log_ins) = (Vec::new(), Vec::new(), Vec::new());
    let database = database.to_owned();
    let in_turn = script;
    Ok(Crowd { users, database, filled, site, server, browser, subjects, in_turn, dashboard, me, log_ins })
}

/// Numbers from all over, of those who may log in.
fn visitors(users: u64, issuer: &str) -> Vec<u64> {
    let all = (0..VISITORS.min(users)).map(|at| at * users / VISITORS.min(users));
    all.filter(|n| !people::person(*n, issuer).user.is_disabled).collect()
}

/// The user who was made is the one who logged in.
fn is_known(server: &Process, cookies: &str, login_count: u64) -> Result<()> {
    let me = wire::get(server.address, "/api/me", cookies)?;
    let me: serde_json::Value = serde_json::from_slice(&me.body)?;
    ensure!(me["login_count"] == login_count, "the log-in did not find the user who was made: {me}");
    Ok(())
}

impl Crowd {
    async fn round(&mut self, warms_up: bool) -> Result<()> {
        let visitors = Visitors::Many(&self.in_turn);
        let dashboard = round(&self.server, "/dashboard", &visitors)?;
        let me = round(&self.server, "/api/me", &visitors)?;
        let log_ins = self.browser.round(&self.server, &self.subjects, Duration::from_secs(2)).await?;
        if !warms_up {
            self.dashboard.push(dashboard);
            self.me.push(me);
            self.log_ins.push(log_ins);
        }
        Ok(())
    }
}

fn print(name: &str, crowds: &[Crowd], exports: &[Export], backups: &[BackedUp]) {
    let cost = |what: &str, digits: usize, figure: &dyn Fn(&Crowd) -> f64| {
        let figures: Vec<f64> = crowds.iter().map(figure).collect();
        line(what, &figures, &|number| format!("{number:.digits$}"), |first, last| last / first)
    };
    let speed = |what: &str, figures: Vec<f64>| line(what, &figures, &whole, |first, last| first / last);
    let speeds =
        |what: &str, figure: &dyn Fn(&Crowd) -> f64| speed(what, crowds.iter().map(figure).collect());
    let peak = |what: &str, figures: Vec<f64>| {
        line(what, &figures, &|number| format!("{number:.1}"), |first, last| last / first)
    };
    let backed_up = |figure: fn(&BackedUp) -> f64| backups.iter().map(figure).collect();
    let lines = [
        cost("a log-in, server CPU ms", 2, &|crowd| median_of(&crowd.log_ins, |round| round.cpu)),
        speeds("log-ins/s", &|crowd| median_of(&crowd.log_ins, |round| round.per_second)),
        cost("`/dashboard`, server CPU s per 1,000", 3, &|crowd| {
            median_of(&crowd.dashboard, |one| one.cpu_per_1000)
        }),
        speeds("`/dashboard`, requests/s", &|crowd| median_of(&crowd.dashboard, |one| one.per_second)),
        cost("`/api/me`, server CPU s per 1,000", 3, &|crowd| median_of(&crowd.me, |one| one.cpu_per_1000)),
        speeds("`/api/me`, requests/s", &|crowd| median_of(&crowd.me, |one| one.per_second)),
        speed("`users export` with its start, users/s", exports.iter().map(|one| one.per_second).collect()),
        speeds("filled as fast as the database takes it, users/s", &|crowd| crowd.filled),
        peak("`users export`, peak MiB", exports.iter().map(|export| export.peak).collect()),
        speed("`backup`, users/s", backed_up(|one| one.backup.per_second)),
        peak("`backup`, peak MiB", backed_up(|one| one.backup.peak)),
        speed("`restore` into SQLite, users/s", backed_up(|one| one.restore.per_second)),
        peak("`restore`, peak MiB", backed_up(|one| one.restore.peak)),
    ];
    let mut heads = vec![name.to_owned()];
    heads.extend(crowds.iter().map(|crowd| format!("{} users", whole(crowd.users as f64))));
    heads.push("cost, last to first".to_owned());
    println!("{}", table(&heads, lines));
}

/// Half of the questions take no longer than the first figure, all but one in twenty no longer than the second.
/// The last line says how fast `serve` takes in users who were there before there was a search.
fn print_search(name: &str, crowds: &[Crowd], costs: &[Vec<Cost>], rates: &[f64]) {
    let mut heads = vec![format!("{name}, ms: median / p95 / CPU")];
    heads.extend(crowds.iter().map(|crowd| format!("{} users", whole(crowd.users as f64))));
    heads.push("p95, last to first".to_owned());
    let [first, ..] = costs else { return };
    let lines = first.iter().enumerate().map(|(at, cost)| {
        let of_sizes: Vec<&Cost> = costs.iter().filter_map(|costs| costs.get(at)).collect();
        let mut line = vec![cost.what.to_owned()];
        line.extend(
            of_sizes.iter().map(|one| format!("{:.1} / {:.1} / {:.1}", one.median, one.p95, one.cpu)),
        );
        line.push(match of_sizes.as_slice() {
            [first, .., last] => format!("{:.2}x", last.p95 / first.p95),
            _ => String::new(),
        });
        line
    });
    let filled = line("the search filled by `serve`, users/s", rates, &whole, |first, last| first / last);
    println!("{}", table(&heads, lines.chain([filled])));
}

/// What it is, each size's figure, and how much more the largest costs than the smallest.
fn line(
    what: &str,
    figures: &[f64],
    written: &dyn Fn(f64) -> String,
    ratio: impl Fn(f64, f64) -> f64,
) -> Vec<String> {
    let mut line = vec![what.to_owned()];
    line.extend(figures.iter().map(|figure| written(*figure)));
    if let [first, .., last] = figures {
        line.push(format!("{:.2}x", ratio(*first, *last)));
    } else {
        line.push(String::new());
    }
    line
}
