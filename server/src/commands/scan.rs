//! `sparekey scan [PROVIDER]` and `sparekey scan approve RUN`: the drift report to stdout, all else to stderr. The exit
//! status is 75 where the guard held the run, and 1 where the list proved nothing.

mod file;

use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, anyhow, bail};
use clap::{Args, Subcommand};
use formats::files::import::Format;
use identity::scan::{Report, Scan, ScanError, Stage};
use identity::{Accounts, RunId, RunState, Stores};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use provider::ProviderSettings;
use provider::admin::AdminInterface;

use super::operator::{actor, operator};
use super::terminal::{UNWRITABLE, escaped, print, tell};
use super::{development, import};
use crate::config::{Config, Environment};
use crate::database::open;
use crate::scans::{doing, in_turn, scan_of};
use crate::{System, telemetry};
use file::FileList;

/// The guard has held a run; its sentence was told already.
#[derive(Debug, thiserror::Error)]
#[error("held: nothing was written")]
pub(super) struct Held;

#[derive(Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// The provider, by its name in the settings; without it every one whose admin interface is set.
    provider: Option<String>,
    /// Say what would become of it and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// The report as one JSON object on stdout, one line a provider.
    #[arg(long)]
    json: bool,
    /// A file instead of the admin interface: another provider's export, or another Sparekey's.
    #[arg(long, value_name = "FILE", requires = "format")]
    file: Option<PathBuf>,
    /// What the file is: any format that `users import` reads.
    #[arg(long, value_name = "F", requires = "file", value_parser = import::format)]
    format: Option<Format>,
    /// The column or member of the file that is the account's id at the provider (its reference), where it is not the
    /// format's own id.
    #[arg(long, value_name = "FIELD", requires = "file")]
    subject: Option<String>,
}

#[derive(Subcommand)]
enum Command {
    /// Apply exactly the list of a run that was held, or of one that was incomplete: of that, it takes nobody away.
    Approve(Approve),
}

#[derive(Args)]
struct Approve {
    /// The run's id.
    run: uuid::Uuid,
    /// The report as one JSON object on stdout.
    #[arg(long)]
    json: bool,
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    let environment = Environment::read();
    let config = Config::from(&environment, !development::IS_ON)?;
    telemetry::start(&config.logging);
    let (config, _provider) =
        development::fill_in(&environment, config, development::Which::TheServers).await?;
    let store = open(config.database_url.expose(), &config.session_secrets).await?;
    let done = match &arguments.command {
        Some(Command::Approve(asked)) => approve(&config, store.ports(), asked).await,
        None => scan(&config, store.ports(), &arguments).await,
    };
    store.close().await;
    done
}

async fn approve(config: &Config, stores: Stores, asked: &Approve) -> anyhow::Result<()> {
    let run = RunId(asked.run);
    let found = stores.runs.run(run).await?;
    let provider =
        found.and_then(|run| run.provider).ok_or_else(|| anyhow!("there is no scan of this id"))?;
    let settings = config.providers.iter().find(|one| one.name == provider);
    let settings = settings.with_context(|| format!("the settings have no provider {provider} any more"))?;
    let scan = scan_of(settings, stores);
    let bar = bar();
    let watch = |stage, done, of| show(&bar, stage, done, of);
    let report = in_turn(&scan, scan.approve(run, &operator(), &watch)).await;
    bar.finish_and_clear();
    say(&report?, asked.json)
}

async fn scan(config: &Config, stores: Stores, arguments: &Arguments) -> anyhow::Result<()> {
    let (mut is_held, mut failed) = (false, 0);
    let chosen = chosen(config, arguments)?;
    let several = chosen.len() > 1;
    for settings in chosen {
        match one(settings, stores.clone(), arguments).await {
            Ok(report) => {
                say(&report, arguments.json)?;
                is_held |= report.state == RunState::Held;
                failed += u32::from(report.state == RunState::Incomplete);
            }
            // The others are scanned all the same.
            Err(error) if several => {
                failed += 1;
                tell(&format!("{}: {}", settings.name, telemetry::with_causes(error.as_ref())));
            }
            Err(error) => return Err(error),
        }
    }
    match (is_held, failed) {
        (true, _) => Err(Held.into()),
        (false, 0) => Ok(()),
        (false, _) => bail!("nothing was written of what was incomplete or could not be read"),
    }
}

/// Whom to scan.
fn chosen<'a>(config: &'a Config, arguments: &Arguments) -> anyhow::Result<Vec<&'a ProviderSettings>> {
    let all = || config.providers.iter().filter(|one| !one.is_retired);
    if let Some(name) = &arguments.provider {
        let found = config.providers.iter().find(|one| one.name == *name);
        let found = found.with_context(|| format!("the settings have no provider {name}"))?;
        if found.is_retired && arguments.file.is_none() {
            bail!("{name} is retired, and is asked nothing (docs/switch.md)");
        }
        if found.admin.is_none() && arguments.file.is_none() {
            bail!("the admin interface of {name} is not set: {HOW}");
        }
        return Ok(vec![found]);
    }
    if arguments.file.is_some() {
        let main =
            all().find(|one| one.name == app::MAIN).or_else(|| all().next().filter(|_| all().count() == 1));
        return Ok(vec![main.context("there are several providers: say whose accounts the file has")?]);
    }
    let with_interface: Vec<_> = all().filter(|one| one.admin.is_some() && !one.is_retired).collect();
    if with_interface.is_empty() {
        bail!("no provider's admin interface is set: {HOW}");
    }
    Ok(with_interface)
}

const HOW: &str =
    "give OIDC_ADMIN_CLIENT_ID and OIDC_ADMIN_CLIENT_SECRET, or OIDC_ADMIN_TOKEN (docs/copy.md)";

async fn one(settings: &ProviderSettings, stores: Stores, arguments: &Arguments) -> anyhow::Result<Report> {
    let interface = AdminInterface::new(settings, Arc::new(System))?;
    let scan = scan_of(settings, stores);
    match (&arguments.file, arguments.format, interface) {
        (Some(path), Some(format), interface) => {
            let list = FileList::new(settings, path, format, arguments.subject.clone(), interface)?;
            watched(&scan, &list, arguments).await
        }
        (_, _, Some(list)) => watched(&scan, &list, arguments).await,
        _ => bail!("the admin interface of {} is not set: {HOW}", settings.name),
    }
}

async fn watched(scan: &Scan, list: &dyn Accounts, arguments: &Arguments) -> anyhow::Result<Report> {
    let bar = bar();
    let watch = |stage, done, of| show(&bar, stage, done, of);
    let done = match arguments.dry_run {
        true => scan.dry_run(list, &watch).await,
        false => in_turn(scan, scan.run(list, Some(actor()), &watch)).await,
    };
    bar.finish_and_clear();
    match done {
        Err(ScanError::Provider(error)) => {
            Err(anyhow::Error::from(error)
                .context("nothing was written: the list could not be read to its end"))
        }
        done => Ok(done?),
    }
}

/// On stderr, when somebody is looking.
fn bar() -> ProgressBar {
    let bar = ProgressBar::no_length();
    if !std::io::stderr().is_terminal() {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    bar
}

fn show(bar: &ProgressBar, stage: Stage, done: u64, of: Option<u64>) {
    let template = match of {
        Some(_) => "{msg} {wide_bar} {human_pos}/{human_len}, {per_sec}, {eta}",
        None => "{msg}: {human_pos}, {per_sec}, {elapsed}",
    };
    let message = doing(stage);
    if bar.message() != message {
        bar.reset();
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_message(message);
    }
    if let Some(of) = of {
        bar.set_length(of.max(done));
    }
    bar.set_position(done);
}

/// The drift report.
fn say(report: &Report, as_json: bool) -> anyhow::Result<()> {
    if as_json {
        let line = serde_json::to_string(report)?;
        writeln!(std::io::stdout(), "{}", escaped(&line)).context(UNWRITABLE)?;
    } else {
        lines(report).iter().try_for_each(|line| print(line)).context(UNWRITABLE)?;
    }
    if let Some(reason) = report.incomplete.filter(|_| report.state == RunState::Incomplete) {
        tell(&format!("incomplete, nothing was written: {}", reason.sentence()));
        if let Some(RunId(run)) = report.run {
            tell(&format!("to apply what was read, and take nobody away: sparekey scan approve {run}"));
        }
    }
    if report.state == RunState::Held {
        tell(&format!(
            "held, nothing was written: {} gone and {} newly blocked are more than OIDC_MISSING_LIMIT lets pass",
            report.gone, report.blocked
        ));
        if let Some(RunId(run)) = report.run {
            tell(&format!("if that is right, within 7 days: sparekey scan approve {run}"));
        }
    }
    if report.unreadable > 0 {
        let more = if report.unreadable > report.unreadable_at.len() as u64 { ", …" } else { "" };
        tell(&format!(
            "{} records could not be read and were passed over: {}{more}",
            report.unreadable,
            report.unreadable_at.join("; ")
        ));
    }
    if report.unanswered > 0 {
        tell(&format!("{} of the missing could not be asked for, and stay as they are", report.unanswered));
    }
    Ok(())
}

fn lines(report: &Report) -> Vec<String> {
    let run = report.run.map_or("nothing was written".to_owned(), |run| format!("run {}", run.0));
    let fields: Vec<String> = report.by_field.iter().map(|(name, count)| format!("{name} {count}")).collect();
    let fields = if fields.is_empty() { String::new() } else { format!(" ({})", fields.join(", ")) };
    vec![
        format!("{}: {}, {run}", report.provider, report.state),
        format!("  seen         {}", report.seen),
        format!("  new          {}", report.new),
        format!("  changed      {}{fields}", report.changed),
        format!("  reappeared   {}", report.reappeared),
        format!("  blocked      {}", report.blocked),
        format!("  missing      {}, of them gone {}", report.missing, report.gone),
        format!("  unknown      {}", report.unknown),
    ]
}
