//! Who of a switch can get in at the other provider, as far as it and the copy can tell.

use std::io::{BufWriter, Write};

use anyhow::{Context, bail};
use formats::files::export::our_id;
use identity::{
    Accounts, ChangesOf, Directory, Identity, IdentityName, Made, Standing, Status, User, UserId, What,
};
use provider::admin::AdminInterface;

use super::{Verify, interface, run_of};
use crate::commands::operator::progress;
use crate::commands::terminal::{UNWRITABLE, tell, visible};

/// Read at a time.
const PAGE: u32 = 200;

pub(super) async fn run(directory: &Directory, asked: &Verify) -> anyhow::Result<()> {
    let run = run_of(directory, asked.run).await?;
    let provider = run.provider.clone().context("the run says no provider")?;
    let interface = interface(&provider).inspect_err(|error| {
        tell(&format!("the accounts there are not looked at: {error:#}"));
    });
    let mut seen = Seen { directory, provider, interface: interface.ok(), people: 0, out: 0, invited: 0 };
    let mut out = BufWriter::new(std::io::stdout().lock());
    let (mut after, progress) = (None, progress());
    loop {
        let page = directory.made(Made::ByRun(run.id), after, PAGE).await?;
        for one in &page {
            for line in seen.lines(one).await? {
                writeln!(out, "{}", visible(&line)).context(UNWRITABLE)?;
            }
            progress.inc(1);
        }
        after = page.last().map(|one| one.user);
        if page.len() < PAGE as usize {
            break;
        }
    }
    progress.finish_and_clear();
    out.flush().context(UNWRITABLE)?;
    let Seen { people, out, invited, .. } = seen;
    tell(&format!("{} of {people} can get in", people - out));
    if invited > 0 {
        tell(&format!("{invited} were invited and have not come yet"));
    }
    match out {
        0 => Ok(()),
        some => bail!("{some} cannot get in"),
    }
}

struct Seen<'a> {
    directory: &'a Directory,
    provider: String,
    interface: Option<AdminInterface>,
    people: u64,
    out: u64,
    invited: u64,
}

impl Seen<'_> {
    /// A line for each identity by which somebody cannot get in, and for who was invited and has not come.
    async fn lines(&mut self, one: &ChangesOf) -> anyhow::Result<Vec<String>> {
        let (user, mut lines) = (one.user, Vec::new());
        let found = self.directory.find(user).await?;
        let joined = one.changes.iter().filter(|change| change.what == What::Linked);
        for name in joined.filter_map(|change| change.identity.as_ref()) {
            self.people += 1;
            if let Some(why) = self.why(user, found.as_ref(), name).await? {
                self.out += 1;
                lines.push(format!("{user} {} {why}", name.subject));
            }
        }
        let is_invited = one.changes.iter().any(|change| matches!(change.what, What::Invited { .. }));
        let has_come = |user: &User| user.identities.iter().any(|one| one.provider == self.provider);
        if is_invited && !found.as_ref().is_some_and(has_come) {
            self.invited += 1;
            lines.push(format!("{user} - was invited, and has not come yet"));
        }
        Ok(lines)
    }

    async fn why(
        &self,
        id: UserId,
        user: Option<&User>,
        name: &IdentityName,
    ) -> anyhow::Result<Option<&'static str>> {
        let one = user.and_then(|user| user.identity(&name.issuer, &name.subject));
        let (Some(user), Some(one)) = (user, one) else {
            return Ok(Some("the identity is not theirs any more"));
        };
        match (of_copy(user, one), &self.interface) {
            (None, Some(interface)) => of_account(interface, id, one).await,
            (why, _) => Ok(why),
        }
    }
}

/// What in the copy keeps a user out.
fn of_copy(user: &User, one: &Identity) -> Option<&'static str> {
    match (user.status(), one.standing) {
        (Status::Disabled, _) => Some("the user is disabled here"),
        (_, Standing::Blocked) => Some("the account is blocked there"),
        (_, Standing::Deleted) => Some("the account was deleted there"),
        (_, Standing::Present) => None,
    }
}

/// What at the provider keeps them out.
async fn of_account(
    interface: &AdminInterface,
    user: UserId,
    one: &Identity,
) -> anyhow::Result<Option<&'static str>> {
    let Some(account) = interface.by_id(&one.subject, &one.claims).await? else {
        return Ok(Some("there is no such account there"));
    };
    let bears = our_id(interface.interface(), &account.reference, &account.claims);
    Ok(match account.standing {
        Some(Standing::Blocked) => Some("the account is blocked there"),
        Some(Standing::Deleted) => Some("the account was deleted there"),
        _ if bears.is_some_and(|other| other != user) => Some("the account there bears another user's id"),
        Some(Standing::Present) | None => None,
    })
}
