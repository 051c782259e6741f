//! `sparekey switch plan|apply|verify|undo`: everybody in at another provider, as the user they are.

mod apply;
mod plan;
mod target;
mod undo;
mod verify;

use std::path::PathBuf;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::{Args, Subcommand};
use formats::switch::Rung;
use identity::Directory;
use identity::{Run, RunId, RunKind};
use provider::admin::AdminInterface;

use super::development;
use super::runs;
use crate::System;
use crate::config::{Config, Issuer};

#[derive(Subcommand)]
pub(super) enum Command {
    /// Say for each user how they will be known at the other provider. Changes nothing, here or there.
    Plan(Plan),
    /// Do what a plan says. Begun again, it goes on.
    Apply(Apply),
    /// Say who of a switch can get in at the other provider, and why the others cannot.
    Verify(Verify),
    /// Take away the identities of a switch by which nobody has logged in.
    Undo(Undo),
}

#[derive(Args)]
pub(super) struct Plan {
    /// The provider that people leave, by its name in the settings.
    #[arg(long, value_name = "A")]
    from: String,
    /// The provider that they go to.
    #[arg(long, value_name = "B")]
    to: String,
    /// The rungs, in the order in which they are tried: mapping, same_subject, carried_claim, chosen_subject, returned_id,
    /// verified_email, invite. Without it `mapping` where there is one, and then `chosen_subject` where the provider takes
    /// ids from us, `returned_id` where it gives its own.
    #[arg(long, value_delimiter = ',')]
    by: Vec<Rung>,
    /// A table `user,subject` that says who has which subject at B.
    #[arg(long, value_name = "FILE")]
    mapping: Option<PathBuf>,
    /// Into which connection (Auth0) or organization (ZITADEL) accounts go.
    #[arg(long, value_name = "NAME")]
    into: Option<String>,
    /// Why a verified e-mail address is enough here to know people by; goes with `--by verified_email`.
    #[arg(long, value_name = "TEXT")]
    sign_off: Option<String>,
    /// The last day, in UTC, on which it is enough.
    #[arg(long, value_name = "DATE")]
    until: Option<String>,
    /// The plan; must not exist.
    #[arg(long, value_name = "FILE")]
    out: PathBuf,
    /// Exit with status 1 if anybody is left out.
    #[arg(long)]
    strict: bool,
}

#[derive(Args)]
pub(super) struct Apply {
    /// The plan.
    plan: PathBuf,
    /// Where the addresses of those go who are invited: a table `user,address,until`.
    #[arg(long, value_name = "FILE")]
    invitations: Option<PathBuf>,
    /// Exit with status 1 if anybody is left out.
    #[arg(long)]
    strict: bool,
}

#[derive(Args)]
pub(super) struct Verify {
    /// The run of the switch.
    run: uuid::Uuid,
}

#[derive(Args)]
pub(super) struct Undo {
    /// The run of the switch.
    run: uuid::Uuid,
    /// Take away the accounts too that the switch made at the provider for them.
    #[arg(long)]
    accounts: bool,
    /// Those too by whose identities somebody has logged in, where they have another.
    #[arg(long)]
    force: bool,
}

pub(super) async fn run(command: Command) -> anyhow::Result<()> {
    if let Command::Apply(asked) = &command {
        return apply::run(asked).await;
    }
    super::with_directory(async |directory| match command {
        Command::Plan(asked) => plan::run(directory, &asked).await,
        Command::Apply(_) => unreachable!("it opens the database for itself"),
        Command::Verify(asked) => verify::run(directory, &asked).await,
        Command::Undo(asked) => undo::run(directory, &asked).await,
    })
    .await
}

/// The provider of this name, by its issuer; it may be out, or have no other settings.
fn issuer(name: &str) -> anyhow::Result<Issuer> {
    Ok(Issuer::from_environment(Some(name))?)
}

/// The admin interface of the provider of this name.
fn interface(name: &str) -> anyhow::Result<AdminInterface> {
    let config = Config::from_environment(!development::IS_ON)?;
    let settings = config.providers.iter().find(|one| one.name == name);
    let settings = settings.with_context(|| format!("the settings name no provider {name}"))?;
    let mut settings = settings.clone();
    settings.admin.iter_mut().for_each(|admin| admin.is_for_writing = true);
    let interface = AdminInterface::new(&settings, Arc::new(System))?;
    interface
        .with_context(|| format!("the settings name no admin interface of {name}: see OIDC_ADMIN_CLIENT_ID"))
}

/// The run of a switch.
async fn run_of(directory: &Directory, id: uuid::Uuid) -> anyhow::Result<Run> {
    let run = runs::find(directory, RunId(id)).await?;
    if run.kind != RunKind::Switch {
        bail!("this run is no switch, but {}", run.kind);
    }
    Ok(run)
}
