//! The command line: one file a command. Data goes to stdout, all else to stderr; the exit status is 0 only
//! when all went well, 78 (`EX_CONFIG`) when the settings are at fault. A reader that closes the pipe ends it quietly.

mod check;
mod development;
mod export;
mod import;
mod migrate;
mod operator;
mod serve;
mod terminal;
mod users;

use std::process::ExitCode;

use clap::{Parser, Subcommand};

use crate::config::{DatabaseConfig, Faults};
use crate::telemetry;

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
    /// Serve the site (what happens without a command).
    Serve,
    /// Bring the database up to date.
    Migrate,
    /// Say what is right and wrong about the settings, the providers and the database.
    Check,
    /// See, export, import, shut out and let in users.
    #[command(subcommand)]
    Users(users::Command),
}

/// Reads the arguments and does what they say.
pub fn run() -> ExitCode {
    let command = Arguments::parse().command.unwrap_or(Command::Serve);
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
            Command::Migrate => migrate::migrate().await,
            Command::Check => check::check().await,
            Command::Users(command) => users::run(command).await,
        }
    });
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => report(&error),
    }
}

/// Settings at fault are listed as they are; all else is one line with its causes.
fn report(error: &anyhow::Error) -> ExitCode {
    if let Some(faults) = error.downcast_ref::<Faults>() {
        terminal::tell("sparekey: the settings are at fault");
        faults.to_string().lines().for_each(terminal::tell);
        return ExitCode::from(EX_CONFIG);
    }
    if !terminal::is_closed(error) {
        terminal::tell(&format!("sparekey: {}", telemetry::with_causes(error.as_ref())));
    }
    ExitCode::FAILURE
}

/// The settings of the commands that need the database alone; starts logging.
fn database_config() -> anyhow::Result<DatabaseConfig> {
    let config = DatabaseConfig::from_environment()?;
    telemetry::start(&config.logging);
    Ok(config)
}
