//! `sparekey users disable|enable|link|unlink|erase`: what an operator does to one user. Each is one line in the operators'
//! log, under the system's name of whoever runs the command.

use std::io::Write;

use anyhow::{Context, bail};
use clap::Args;
use identity::{Deed, Directory, Operator, Status, User, Verdict};
use serde_json::json;

use super::operator::{actor, ask};
use super::terminal::{UNWRITABLE, escaped, tell};
use super::who::{Who, find};

/// Whom to do it to, and why.
#[derive(Args)]
pub(super) struct Order {
    #[command(flatten)]
    who: Who,
    #[command(flatten)]
    how: How,
}

/// What each act takes.
#[derive(Args)]
struct How {
    /// Why; it stands in the operators' log and, for disable, in the user's history.
    #[arg(long)]
    reason: Option<String>,
    /// Says what became of it as one JSON object on stdout.
    #[arg(long)]
    json: bool,
}

/// An identity to link or unlink.
#[derive(Args)]
pub(super) struct OfIdentity {
    /// The user's id.
    id: uuid::Uuid,
    /// The issuer of the identity.
    #[arg(long)]
    issuer: String,
    /// The subject of the identity.
    #[arg(long)]
    subject: String,
    #[command(flatten)]
    how: How,
}

/// An identity that is nobody's yet.
#[derive(Args)]
pub(super) struct Link {
    #[command(flatten)]
    identity: OfIdentity,
    /// The provider's name in the settings.
    #[arg(long, default_value = app::MAIN)]
    provider: String,
}

/// Whom to forget.
#[derive(Args)]
pub(super) struct Erase {
    #[command(flatten)]
    order: Order,
    /// Does not ask.
    #[arg(long)]
    yes: bool,
}

pub(super) async fn disable(directory: &Directory, order: &Order) -> anyhow::Result<()> {
    let user = find(directory, &order.who).await?;
    done(directory, &user, &Deed::Disable, &order.how).await
}

pub(super) async fn enable(directory: &Directory, order: &Order) -> anyhow::Result<()> {
    let user = find(directory, &order.who).await?;
    done(directory, &user, &Deed::Enable, &order.how).await?;
    let user = directory.find(user.id).await?;
    if user.is_some_and(|user| user.status() == Status::Tombstone) {
        tell("no provider has this user any more; a log-in by one of their identities lets them in");
    }
    Ok(())
}

pub(super) async fn link(directory: &Directory, link: &Link) -> anyhow::Result<()> {
    let OfIdentity { id, issuer, subject, how } = &link.identity;
    let user = find(directory, &Who::id(*id)).await?;
    let (provider, issuer, subject) = (link.provider.clone(), issuer.clone(), subject.clone());
    done(directory, &user, &Deed::Link { provider, issuer, subject }, how).await
}

pub(super) async fn unlink(directory: &Directory, unlink: &OfIdentity) -> anyhow::Result<()> {
    let OfIdentity { id, issuer, subject, how } = unlink;
    let user = find(directory, &Who::id(*id)).await?;
    let deed = Deed::Unlink { issuer: issuer.clone(), subject: subject.clone() };
    done(directory, &user, &deed, how).await
}

pub(super) async fn erase(directory: &Directory, erase: &Erase) -> anyhow::Result<()> {
    let user = find(directory, &erase.order.who).await?;
    if !erase.yes {
        let what = format!(
            "{} goes for good: record, identities, history, sessions. A log-in of theirs starts a new user.",
            user.id
        );
        ask(&what, "erase")?;
    }
    done(directory, &user, &Deed::Erase, &erase.order.how).await
}

async fn done(directory: &Directory, user: &User, deed: &Deed, how: &How) -> anyhow::Result<()> {
    let by = Operator { actor: actor(), reason: how.reason.clone(), request: None };
    let verdict = directory.act(&by, user.id, deed).await?;
    let now = directory.find(user.id).await?;
    let status = now.map(|user| user.status());
    if how.json {
        let (act, verdict) = (deed.act(), word(verdict));
        let line = json!({ "id": user.id, "act": act, "verdict": verdict, "status": status }).to_string();
        writeln!(std::io::stdout(), "{}", escaped(&line)).context(UNWRITABLE)?;
    }
    match verdict {
        Verdict::Done | Verdict::AsItWas => tell(&sentence(user, deed, status)),
        Verdict::Nobody => bail!("there is no such user any more"),
        Verdict::Oneself => bail!("nobody does that to themselves"),
        Verdict::IdentityLast => {
            bail!("the last identity that lets the user in is not unlinked; `users erase` forgets the user")
        }
        Verdict::IdentityTaken => bail!("the identity is another user's"),
    }
    Ok(())
}

fn sentence(user: &User, deed: &Deed, status: Option<Status>) -> String {
    let id = user.id;
    match (deed, status) {
        (Deed::Link { .. }, _) => format!("the identity is one of {id}"),
        (Deed::Unlink { .. }, _) => format!("the identity is none of {id}"),
        (Deed::Invite { provider, .. }, _) => format!("{id} is invited to log in at {provider}"),
        (Deed::EndSession(_) | Deed::EndSessions, _) => format!("{id} is signed out"),
        (Deed::Disable | Deed::Enable | Deed::Erase, Some(status)) => format!("{id} is {status}"),
        (Deed::Disable | Deed::Enable | Deed::Erase, None) => format!("{id} is erased"),
    }
}

fn word(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Done => "done",
        Verdict::AsItWas => "as_it_was",
        Verdict::Nobody => "nobody",
        Verdict::Oneself => "oneself",
        Verdict::IdentityLast => "identity_last",
        Verdict::IdentityTaken => "identity_taken",
    }
}
