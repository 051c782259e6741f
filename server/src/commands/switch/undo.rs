//! Taking a switch back: the identities by which nobody has logged in, and the accounts that were made for them.

use std::collections::BTreeSet;

use anyhow::Context;
use identity::directory::{UndoAsked, Which};
use identity::undo::Terms;
use identity::{
    Change, ChangesOf, Counts, Directory, IdentityName, Made, Placement, Run, RunKind, RunState, UserId, What,
};
use provider::admin::AdminInterface;

use super::{Undo, interface, run_of};
use crate::commands::operator::{Alive, in_turn, operator, progress};
use crate::commands::terminal::tell;

/// Read at a time.
const PAGE: u32 = 200;

pub(super) async fn run(directory: &Directory, asked: &Undo) -> anyhow::Result<()> {
    let run = run_of(directory, asked.run).await?.id;
    let terms = Terms { even_if_changed: asked.force, hold: false };
    let which = Which::Made(Made::ByRun(run));
    let undo = UndoAsked { which, user: None, provider: None, source: None, terms };
    in_turn(directory, &undo, undo_switch(directory, asked, undo.clone())).await
}

async fn undo_switch(directory: &Directory, asked: &Undo, undo: UndoAsked) -> anyhow::Result<()> {
    let about = run_of(directory, asked.run).await?;
    let provider = about.provider.clone().context("the run says no provider")?;
    let interface = match asked.accounts {
        true => Some(interface(&provider)?),
        false => None,
    };
    let run = directory.start_run(RunKind::Undo, Some(&provider), &operator(), Some(about.id)).await?;
    let _alive = Alive::of(&run, directory);
    let mut work = Work { directory, asked: undo, run, interface, counts: Counts::new() };
    let done = work.all(&about).await;
    let state = if done.is_ok() { RunState::Done } else { RunState::Failed };
    directory.advance_run(&work.run, state, work.counts.clone()).await?;
    done.context("what was taken back stays so; the same command goes on")?;
    directory.set_undone(&about).await?;
    let count = |name: &str| work.counts.get(name).copied().unwrap_or_default();
    tell(&format!(
        "{} identities taken away, {} left, {} accounts taken away there",
        count("taken_away"),
        count("left"),
        count("accounts")
    ));
    tell(&format!("run {}", work.run.id));
    Ok(())
}

struct Work<'a> {
    directory: &'a Directory,
    asked: UndoAsked,
    run: Run,
    interface: Option<AdminInterface>,
    counts: Counts,
}

impl Work<'_> {
    async fn all(&mut self, about: &Run) -> anyhow::Result<()> {
        let (mut after, progress) = (None, progress());
        loop {
            let page = self.directory.made(Made::ByRun(about.id), after, PAGE).await?;
            for ChangesOf { user, changes } in &page {
                self.person(*user, &joined(changes)).await?;
                progress.inc(1);
            }
            after = page.last().map(|one| one.user);
            if page.len() < PAGE as usize {
                progress.finish_and_clear();
                return Ok(());
            }
        }
    }

    async fn person(&mut self, id: UserId, joined: &[(&IdentityName, bool)]) -> anyhow::Result<()> {
        self.directory.undo(id, &self.asked, &self.run).await?;
        // None where they were forgotten meanwhile: then the account is nobody's here.
        let user = self.directory.find(id).await?;
        for (name, is_made) in joined {
            let is_left =
                user.as_ref().is_some_and(|user| user.identity(&name.issuer, &name.subject).is_some());
            match is_left {
                true => {
                    tell(&format!("{id} keeps the identity: somebody has logged in by it"));
                    self.count("left");
                }
                false => {
                    self.count("taken_away");
                    if *is_made {
                        self.account(id, name).await?;
                    }
                }
            }
        }
        Ok(())
    }

    /// The run noted that it made the account, and the account bears our id of this user: else it stays.
    async fn account(&mut self, id: UserId, name: &IdentityName) -> anyhow::Result<()> {
        let Some(interface) = &self.interface else { return Ok(()) };
        if interface.remove(&name.subject, id).await? {
            self.count("accounts");
        }
        Ok(())
    }

    fn count(&mut self, what: &str) {
        *self.counts.entry(what.to_owned()).or_default() += 1;
    }
}

/// The identities that joined a user, and whether their accounts were made for it.
fn joined(changes: &[Change]) -> Vec<(&IdentityName, bool)> {
    let of = |what: &What, name: &IdentityName| {
        changes.iter().any(|change| change.what == *what && change.identity.as_ref() == Some(name))
    };
    let linked = changes.iter().filter(|change| change.what == What::Linked);
    // Begun again, a run may have linked one twice.
    let names: BTreeSet<&IdentityName> = linked.filter_map(|change| change.identity.as_ref()).collect();
    names.into_iter().map(|name| (name, of(&What::AccountMade, name))).collect()
}
