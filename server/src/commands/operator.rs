//! What the commands over the copy share: who runs them, all users by pages, and how far they are.

use std::io::IsTerminal;

use anyhow::Context;
use identity::{Actor, Directory, User};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::terminal::UNWRITABLE;

/// Users read at a time.
const PAGE: u32 = 500;

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

/// On stderr, when somebody is looking.
pub(super) fn progress() -> ProgressBar {
    let progress = ProgressBar::no_length();
    if !std::io::stderr().is_terminal() {
        progress.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{human_pos} users, {per_sec}, {elapsed}") {
        progress.set_style(style);
    }
    progress
}

/// Whoever runs this command.
pub(super) fn actor() -> Actor {
    Actor::Cli(whoami::username().unwrap_or_else(|_| "unknown".to_owned()))
}
