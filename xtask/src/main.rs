//! The project's own commands: `cargo xtask dev`, `test` and `build`. One file each; what they
//! share is where things are (`workspace`), how a program is run (`run`) and who makes the site (`leptos`).

mod bench;
mod browser;
mod build;
mod databases;
mod debian;
mod deny;
mod dev;
mod drill;
mod example;
mod http;
mod leptos;
mod mirror;
mod mutants;
mod notices;
mod release;
mod rename;
mod run;
mod test;
mod tools;
mod wait;
mod watch;
mod workspace;

use std::process::ExitCode;

use anyhow::Result;
use workspace::Workspace;

const USAGE: &str = "\
The commands of this project:

  cargo xtask dev           build, serve with live reload, and say which address to open
  cargo xtask test          every check and test; `--all` adds what takes long, and
                            `test clippy rust` runs those two steps alone
  cargo xtask build         the release: target/dist/sparekey and its site beside it
  cargo xtask bench         how fast it is; `--write` puts the table into the README, and
                            `--users 1000 --users 1000000` compares databases of that size
  cargo xtask wait          how long a developer waits: for the first build, and for an edit to be seen
  cargo xtask drill         a provider with 10,000 people is gone, and everybody is in at another one;
                            `--users 1000 --logins 50` makes it smaller
  cargo xtask mutants       changes the pure crates hundreds of times, and says what no test notices;
                            `--file identity/src/merge.rs` and the like go on to cargo-mutants
  cargo xtask advisories    renews the list of known holes that the dependencies are held against
  cargo xtask rename NAME   gives the project another name, in every file

Each does its own set-up, and says what it is doing.";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match command(&args) {
        Ok(code) => code,
        Err(error) => {
            eprintln!("\n{error:#}");
            ExitCode::FAILURE
        }
    }
}

fn command(args: &[&str]) -> Result<ExitCode> {
    match args {
        ["dev"] => dev::dev(&Workspace::find()?)?,
        ["test", steps @ ..] => passed(test::test(&Workspace::find()?, steps)?),
        ["build"] => passed(build::build(&Workspace::find()?)?),
        ["rename", name] => rename::rename(&Workspace::find()?, name)?,
        ["advisories", from @ ..] if from.len() < 2 => {
            deny::advisories(&Workspace::find()?, deny::source(from))?
        }
        ["bench", asked @ ..] => bench::bench(&Workspace::find()?, asked)?,
        ["wait", folder @ ..] if folder.len() < 2 => wait::wait(&Workspace::find()?, folder)?,
        ["drill", asked @ ..] => drill::drill(&Workspace::find()?, asked)?,
        ["mutants", asked @ ..] => mutants::mutants(&Workspace::find()?, asked)?,
        [] | ["help" | "--help" | "-h"] => println!("{USAGE}"),
        _ => {
            eprintln!("There is no command `{}`.\n\n{USAGE}", args.join(" "));
            return Ok(ExitCode::from(2));
        }
    }
    Ok(ExitCode::SUCCESS)
}

/// The last line of whatever tested something; what fails never gets here.
fn passed(number: usize) {
    if number > 0 {
        println!("\n{number} passed, 0 failed");
    }
}
