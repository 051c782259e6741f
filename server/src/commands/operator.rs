//! What the commands over the copy share: who runs them, all users by pages, and how far they are.

use std::io::{BufRead, IsTerminal};
use std::time::Duration;

use anyhow::{Context, bail};
use identity::directory::{UndoAsked, UndoTurn};
use identity::{Act, Actor, Directory, Operator, Run, StoreError, User, UserId};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use tokio::task::JoinHandle;

use super::terminal::{UNWRITABLE, tell};

/// Users read at a time.
const PAGE: u32 = 500;

/// How often whoever does a run says that they are alive; a third of what they may be silent.
const ALIVE: Duration = Duration::from_secs(20);

/// Passes each user on, in the order of their ids.
pub(super) async fn each(
    directory: &Directory,
    mut pass: impl FnMut(&User) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let (progress, mut after) = (progress(), None);
    loop {
        let page = directory.page(after, PAGE).await?;
        for user in &page {
            pass(user).context(UNWRITABLE)?;
        }
        progress.inc(page.len() as u64);
        after = page.last().map(|user| user.id);
        if page.len() < PAGE as usize {
            break;
        }
    }
    progress.finish();
    Ok(())
}

/// Passes all users on, page by page, in the order of their ids.
pub(super) async fn pages(
    directory: &Directory,
    mut pass: impl AsyncFnMut(&[User]) -> anyhow::Result<()>,
) -> anyhow::Result<()> {
    let (progress, mut after) = (progress(), None);
    loop {
        let page = directory.page(after, PAGE).await?;
        pass(&page).await?;
        progress.inc(page.len() as u64);
        after = page.last().map(|user| user.id);
        if page.len() < PAGE as usize {
            progress.finish_and_clear();
            return Ok(());
        }
    }
}

/// On stderr, when somebody is looking.
pub(super) fn progress() -> ProgressBar {
    progress_of("users")
}

/// As [`progress`], of something else.
pub(super) fn progress_of(what: &str) -> ProgressBar {
    let progress = ProgressBar::no_length();
    if !std::io::stderr().is_terminal() {
        progress.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) =
        ProgressStyle::with_template(&format!("{{human_pos}} {what}, {{per_sec}}, {{elapsed}}"))
    {
        progress.set_style(style);
    }
    progress
}

/// Says every few seconds that whoever does a run is alive, until this is dropped.
pub(super) struct Alive(JoinHandle<()>);

impl Alive {
    pub(super) fn of(run: &Run, directory: &Directory) -> Self {
        let (run, directory) = (run.clone(), directory.clone());
        Self::saying(move || {
            let (run, directory) = (run.clone(), directory.clone());
            async move { directory.keep_run(&run).await }
        })
    }

    fn at_turn(turn: &UndoTurn, directory: &Directory) -> Self {
        let (turn, directory) = (turn.clone(), directory.clone());
        Self::saying(move || {
            let (turn, directory) = (turn.clone(), directory.clone());
            async move { directory.keep_undo_turn(&turn).await }
        })
    }

    fn saying<W>(say: impl Fn() -> W + Send + 'static) -> Self
    where
        W: Future<Output = Result<(), StoreError>> + Send,
    {
        Self(tokio::spawn(async move {
            loop {
                tokio::time::sleep(ALIVE).await;
                if let Err(error) = say().await {
                    tracing::warn!(code = error.code().as_str(), "the run's lease could not be renewed");
                }
            }
        }))
    }
}

/// Takes something back while nobody else takes back the same.
pub(super) async fn in_turn<T>(
    directory: &Directory,
    asked: &UndoAsked,
    work: impl Future<Output = anyhow::Result<T>>,
) -> anyhow::Result<T> {
    let Some(turn) = directory.take_undo_turn(asked).await? else {
        bail!(
            "somebody else is taking this back; they go on, or their turn ends 60 seconds after they were killed"
        );
    };
    let _alive = Alive::at_turn(&turn, directory);
    let done = work.await;
    directory.give_undo_turn_back(&turn).await;
    done
}

impl Drop for Alive {
    fn drop(&mut self) {
        self.0.abort();
    }
}

/// Says what will be done, and asks for the word by which it is, where somebody can answer.
pub(super) fn ask(what: &str, word: &str) -> anyhow::Result<()> {
    if !(std::io::stdin().is_terminal() && std::io::stderr().is_terminal()) {
        bail!("nobody is there to be asked; with --yes it is done without");
    }
    tell(what);
    tell(&format!("Type `{word}` to go on:"));
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer).context("the answer cannot be read")?;
    match answer.trim() == word {
        true => Ok(()),
        false => bail!("nothing was changed"),
    }
}

/// Writes down that somebody took users out, or looked at one. Where the database takes no write, whoever has it reads
/// it all the same, and is told.
pub(super) async fn note(directory: &Directory, act: Act, user: Option<UserId>, detail: Option<String>) {
    if directory.note(&operator(), act, user, detail).await.is_err() {
        tell("the database takes no write: this stands in no operators' log");
    }
}

/// Whoever runs this command, as one who acts.
pub(super) fn operator() -> Operator {
    actor().into()
}

/// Whoever runs this command.
pub(super) fn actor() -> Actor {
    Actor::Cli(whoami::username().unwrap_or_else(|_| "unknown".to_owned()))
}
