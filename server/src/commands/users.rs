//! `sparekey users …`: the operator's way to the copy. Data to stdout, all else
//! to stderr; all users are read by pages, in bounded memory.

use std::io::Write;

use anyhow::Context;
use clap::Subcommand;
use formats::UserLine;
use identity::{Act, Directory, User};

use super::operator::note;
use super::terminal::{UNWRITABLE, escaped};
use super::who::{Who, find};
use super::{acts, export, history, import, invite, list, waiting};

#[derive(Subcommand)]
pub(super) enum Command {
    /// One line a user for people: id, status, e-mail, name, last log-in; tabs between them. Everybody, or whoever a
    /// search finds.
    List(list::Arguments),
    /// One user, as `export` prints it.
    Show(Who),
    /// All users: one a line as `sparekey.user/1` (JSON Lines), or as another provider takes them.
    Export(export::Arguments),
    /// Users out of a file: another provider's, a table of your own, or another Sparekey's.
    Import(import::Arguments),
    /// What changed of a user, newest first: when it was stated, what, from where, by whom, in which run.
    History(history::Arguments),
    /// Shut a user out: refused at log-in, out at the next request. The record stays.
    Disable(acts::Order),
    /// Let a user in again.
    Enable(acts::Order),
    /// Link an identity that is nobody's yet: a log-in by it is one of theirs.
    Link(acts::Link),
    /// One line an account whose person we do not know yet: id, provider, reference, since when, e-mail, name; tabs
    /// between them.
    Waiting(waiting::Waiting),
    /// Say that an account that waits is this user's: what was said of it is merged, and what will be said follows.
    Adopt(waiting::Adopt),
    /// Take an identity away, with the sessions that began by it; never the last.
    Unlink(acts::OfIdentity),
    /// Invite a user to log in at another provider: prints an address that is good once and for 7 days, for the log-in
    /// whose identity joins them. Ends their sessions. Refused for operators and viewers. Needs the settings of `serve`.
    Invite(invite::Arguments),
    /// Forget a user for good. No scan, message or file brings them back; a log-in of theirs starts a new user. With
    /// SESSION_SECRET it looks into the messages that nobody understood, too, and forgets those that name the user.
    Erase(acts::Erase),
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    match command {
        Command::Invite(arguments) => invite::run(&arguments).await,
        Command::Import(arguments) => {
            super::with_stores(async |stores, backups| import::run(stores, backups, arguments).await).await
        }
        Command::Erase(erase) => {
            super::with_sealed_directory(async |directory| acts::erase(directory, &erase).await).await
        }
        command => super::with_directory(async |directory| act(directory, command).await).await,
    }
}

async fn act(directory: &Directory, command: Command) -> anyhow::Result<()> {
    match command {
        Command::List(arguments) => list::run(directory, arguments).await,
        Command::Export(arguments) => export::run(directory, arguments).await,
        Command::Show(who) => show(directory, &find(directory, &who).await?).await,
        Command::History(arguments) => history::run(directory, &arguments).await,
        Command::Disable(order) => acts::disable(directory, &order).await,
        Command::Enable(order) => acts::enable(directory, &order).await,
        Command::Link(link) => acts::link(directory, &link).await,
        Command::Waiting(asked) => waiting::list(directory, &asked).await,
        Command::Adopt(asked) => waiting::adopt(directory, &asked).await,
        Command::Unlink(unlink) => acts::unlink(directory, &unlink).await,
        Command::Invite(_) | Command::Import(_) | Command::Erase(_) => {
            unreachable!("they need more than the directory")
        }
    }
}

async fn show(directory: &Directory, user: &User) -> anyhow::Result<()> {
    note(directory, Act::LookAtClaims, Some(user.id), None).await;
    let line = serde_json::to_string(&UserLine::full(user))?;
    writeln!(std::io::stdout(), "{}", escaped(&line)).context(UNWRITABLE)
}
