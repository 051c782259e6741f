//! The command line: one file a command. Data goes to stdout, all else to stderr; the exit status is 0 only
//! when all went well, 78 (`EX_CONFIG`) when the settings are at fault, 75 (`EX_TEMPFAIL`) where the guard held a run. A reader that closes the pipe ends it quietly.

mod acts;
mod alias;
mod backup;
mod check;
mod development;
mod export;
mod history;
mod hold;
mod import;
mod inbox;
mod invite;
mod list;
mod migrate;
mod operator;
mod restore;
mod runs;
mod scan;
mod serve;
mod studio;
mod switch;
mod terminal;
mod told;
mod undo;
mod users;
mod waiting;
mod who;

use std::path::Path;
use std::process::ExitCode;
use std::sync::Arc;

use clap::{Arg, CommandFactory, FromArgMatches, Parser, Subcommand};
use identity::{Directory, Stores};
use secrecy::SecretBox;

use crate::config::{DatabaseConfig, Environment, SealedConfig, SettingsError};
use crate::database::open;
use crate::{System, erased_file, telemetry};

/// The status of arguments that cannot be read, as clap has it.
const EX_USAGE: u8 = 2;
/// The status that says that the guard has held a run (`EX_TEMPFAIL` of `sysexits.h`).
const EX_TEMPFAIL: u8 = 75;
/// The status that says that the settings are at fault (`sysexits.h`).
const EX_CONFIG: u8 = 78;

/// Log in with any OpenID Connect provider; keep your users when it is gone.
///
/// Settings come from the environment and from `.env` in the working directory; `.env.example` lists them.
#[derive(Parser)]
#[command(name = "sparekey", version)]
struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    Backup(backup::Arguments),
    /// Serve the site (what happens without a command).
    Serve,
    /// Bring the database up to date.
    Migrate,
    /// Say what is right and wrong about the settings, the providers and the database.
    Check,
    /// See and let go of what is kept as it is, whatever the provider says.
    #[command(subcommand)]
    Hold(hold::Command),
    Restore(restore::Arguments),
    /// Issuers that are another one under a new name.
    #[command(subcommand)]
    Alias(alias::Command),
    /// What scans, imports, undos and their like did.
    #[command(subcommand)]
    Runs(runs::Command),
    /// See, take again and throw away the messages that providers pushed.
    #[command(subcommand)]
    Inbox(inbox::Command),
    /// The studio on this machine, for whoever runs this: look at your users.
    Studio(studio::Arguments),
    /// Move everybody to another provider, as the users they are.
    #[command(subcommand)]
    Switch(switch::Command),
    /// Take back what a run, a last word or a window of time changed.
    Undo(undo::Arguments),
    /// Compare a provider's list of users with the copy, and bring the copy up to date.
    Scan(scan::Arguments),
    /// See, export, import, shut out and let in users.
    #[command(subcommand)]
    Users(users::Command),
}

/// Reads the arguments and does what they say.
pub fn run() -> ExitCode {
    let read = arguments().try_get_matches().and_then(|read| Arguments::from_arg_matches(&read));
    let read = match read {
        Ok(read) => read,
        Err(error) => return unread(&error),
    };
    let command = read.command.unwrap_or(Command::Serve);
    let runtime = match tokio::runtime::Builder::new_multi_thread().enable_all().build() {
        Ok(runtime) => runtime,
        Err(error) => {
            terminal::tell(&format!("sparekey: the system gives no threads: {error}"));
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match command {
            Command::Serve => serve::serve().await,
            Command::Backup(arguments) => backup::run(arguments).await,
            Command::Restore(arguments) => restore::run(arguments).await,
            Command::Migrate => migrate::migrate().await,
            Command::Check => check::check().await,
            Command::Alias(command) => alias::run(command).await,
            Command::Hold(command) => hold::run(command).await,
            Command::Runs(command) => runs::run(command).await,
            Command::Inbox(command) => inbox::run(command).await,
            Command::Studio(arguments) => studio::run(&arguments).await,
            Command::Switch(command) => switch::run(command).await,
            Command::Undo(arguments) => undo::run(arguments).await,
            Command::Scan(arguments) => scan::run(arguments).await,
            Command::Users(command) => users::run(command).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

/// What the command line may hold. The value of an option may begin with `-`: a subject does now and then.
fn arguments() -> clap::Command {
    with_hyphens(Arguments::command())
}

fn with_hyphens(command: clap::Command) -> clap::Command {
    let takes_value = |arg: &Arg| !arg.is_positional() && arg.get_action().takes_values();
    let command = command.mut_args(|arg| {
        let takes_value = takes_value(&arg);
        arg.allow_hyphen_values(takes_value)
    });
    command.mut_subcommands(with_hyphens)
}

/// Help, or what is wrong with the arguments: status 2. They may be pasted from anywhere, and act on no terminal.
fn unread(error: &clap::Error) -> ExitCode {
    if !error.use_stderr() {
        error.exit();
    }
    error.render().to_string().lines().for_each(terminal::tell);
    ExitCode::from(EX_USAGE)
}

/// Settings at fault are listed as they are; all else is one line with its causes.
fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(faults) = error.downcast_ref::<SettingsError>() {
        terminal::tell("sparekey: the settings are at fault");
        faults.to_string().lines().for_each(terminal::tell);
        return ExitCode::from(EX_CONFIG);
    }
    if error.is::<scan::Held>() {
        return ExitCode::from(EX_TEMPFAIL);
    }
    if !terminal::is_closed(error) {
        terminal::tell(&format!("sparekey: {}", telemetry::with_causes(error.as_ref())));
    }
    ExitCode::FAILURE
}

/// Does something with the copy, which must be there and up to date; needs the database alone.
async fn with_directory(work: impl AsyncFnOnce(&Directory) -> anyhow::Result<()>) -> anyhow::Result<()> {
    with_stores(async |stores, _| work(&directory(stores)).await).await
}

/// The same, with what is sealed where there is a secret.
async fn with_sealed_directory(
    work: impl AsyncFnOnce(&Directory) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let config = SealedConfig::if_any(&development::with_secret(Environment::read()))?;
    telemetry::start(&config.database.logging);
    opened(&config.database, &config.session_secrets, async |stores, _| work(&directory(stores)).await).await
}

fn directory(stores: Stores) -> Directory {
    Directory::new(stores, Arc::new(System))
}

/// As [`with_directory`], with the stores, and the folder of the backups where there is one.
async fn with_stores(
    work: impl AsyncFnOnce(Stores, Option<&Path>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    opened(&database_config()?, &[], work).await
}

async fn opened(
    config: &DatabaseConfig,
    secrets: &[SecretBox<[u8; 32]>],
    work: impl AsyncFnOnce(Stores, Option<&Path>) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let store = open(config.database_url.expose(), secrets).await?;
    let backups = config.backup_to.as_deref();
    let done = work(erased_file::beside(store.ports(), backups), backups).await;
    store.close().await;
    done
}

/// The settings of the commands that need the database alone; starts logging.
fn database_config() -> anyhow::Result<DatabaseConfig> {
    let config = DatabaseConfig::from_environment()?;
    telemetry::start(&config.logging);
    Ok(config)
}

#[cfg(test)]
mod tests {
    use clap::error::{ContextKind, ContextValue, ErrorKind};

    use super::*;

    /// Each option that takes a value, with the words of its command before it.
    fn options(command: &clap::Command, words: &[String]) -> Vec<Vec<String>> {
        let taking = command.get_arguments().filter(|arg| arg.get_action().takes_values());
        let longs = taking.filter_map(|arg| arg.get_long());
        let mut all: Vec<Vec<String>> = longs.map(|long| [words, &[format!("--{long}")]].concat()).collect();
        for sub in command.get_subcommands() {
            all.extend(options(sub, &[words, &[sub.get_name().to_owned()]].concat()));
        }
        all
    }

    #[test]
    fn the_value_of_any_option_of_any_command_may_begin_with_a_hyphen() {
        let all = options(&arguments(), &["sparekey".to_owned()]);
        assert!(all.len() > 40, "{}", all.len());
        for mut words in all {
            words.push("-AbC".to_owned());
            let Err(error) = arguments().try_get_matches_from(&words) else { continue };
            // It was read as the value, whatever else is missing or wrong with it.
            let value = Some(&ContextValue::String("-AbC".to_owned()));
            let is_read =
                matches!(error.kind(), ErrorKind::MissingRequiredArgument | ErrorKind::ArgumentConflict)
                    || (error.kind() != ErrorKind::UnknownArgument
                        && error.get(ContextKind::InvalidValue) == value);
            assert!(is_read, "{words:?}: {error}");
        }
        let ids = ["sparekey", "users", "show", "--issuer", "https://id.example", "--subject", "-AbC"];
        let read = Arguments::from_arg_matches(&arguments().try_get_matches_from(ids).unwrap()).unwrap();
        assert!(matches!(read.command, Some(Command::Users(_))));
        for unknown in [["sparekey", "-AbC"], ["sparekey", "--AbC"]] {
            assert!(arguments().try_get_matches_from(unknown).is_err());
        }
    }
}
