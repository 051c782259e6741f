//! The user whom a command is about.

use anyhow::Context;
use clap::Args;
use identity::{Directory, User, UserId};

/// A user: by id, or by an identity.
#[derive(Args)]
pub(super) struct Who {
    /// The user's id.
    #[arg(required_unless_present = "subject")]
    id: Option<uuid::Uuid>,
    /// The issuer of one of their identities.
    #[arg(long, requires = "subject", conflicts_with = "id")]
    issuer: Option<String>,
    /// The subject of the same identity.
    #[arg(long, requires = "issuer", conflicts_with = "id")]
    subject: Option<String>,
}

impl Who {
    /// The user with this id.
    pub(super) fn id(id: uuid::Uuid) -> Self {
        Self { id: Some(id), issuer: None, subject: None }
    }
}

/// The user, or that there is none.
pub(super) async fn find(directory: &Directory, who: &Who) -> anyhow::Result<User> {
    let found = match (who.id, &who.issuer, &who.subject) {
        (Some(id), _, _) => directory.find(UserId(id)).await?,
        (None, Some(issuer), Some(subject)) => directory.find_by_identity(issuer, subject).await?,
        _ => None,
    };
    found.context("there is no such user; `sparekey users list` shows all")
}
