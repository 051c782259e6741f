//! Doing what a plan says: accounts first, then the identities, before anybody logs in by them. Every step bears being
//! done again, so the same command goes on where it was broken off.

mod invitations;

use std::collections::{BTreeMap, HashMap};
use std::fs::File;
use std::io::BufReader;
use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, bail};
use formats::switch::{Head, LeftOut, PlanLine, PlanReader, Rung};
use identity::{
    Counts, Digest, Directory, EmailLink, Fingerprint, IdentityName, Joined, NewAccount, Operator, Placed,
    Placement, Run, RunKind, RunState, UserId, World,
};
use provider::admin::AdminInterface;

use self::invitations::Invitations;
use super::target::account;
use super::{Apply, interface, issuer};
use crate::commands::development;
use crate::commands::operator::{actor, operator, pages, progress};
use crate::commands::terminal::tell;
use crate::config::{Environment, SealedConfig};
use crate::database::open;
use crate::{System, telemetry};

/// People at a time: one transaction of the other provider.
const CHUNK: usize = 200;

pub(super) async fn run(asked: &Apply) -> anyhow::Result<()> {
    let (head, planned) = judged(&asked.plan)?;
    let (database, secrets) = match planned.by.contains_key(&Rung::Invite) {
        // What an invitation opens is sealed.
        true => {
            let config = SealedConfig::from(&development::with_secret(Environment::read()))?;
            (config.database, config.session_secrets)
        }
        false => (crate::config::DatabaseConfig::from_environment()?, Vec::new()),
    };
    telemetry::start(&database.logging);
    let store = open(database.database_url.expose(), &secrets).await?;
    let directory = Directory::new(store.ports(), Arc::new(System));
    let done = apply(&directory, asked, head, &planned).await;
    store.close().await;
    done
}

async fn apply(directory: &Directory, asked: &Apply, head: Head, planned: &Planned) -> anyhow::Result<()> {
    let to = issuer(&head.to.provider)?;
    if to.issuer != head.to.issuer {
        bail!("the plan leads to {}, and {} is {} in the settings", head.to.issuer, to.provider, to.issuer);
    }
    is_this_store(directory, &head).await?;
    let interface = match planned.by.keys().any(|rung| rung.makes_accounts()) {
        true => Some(may_make(interface(&head.to.provider)?, planned).await?),
        false => None,
    };
    let invitations = match planned.by.contains_key(&Rung::Invite) {
        true => Some(Invitations::open(asked.invitations.as_deref(), &head.to.provider)?),
        false => None,
    };
    let (run, is_new) = start(directory, &head).await?;
    if let (Some(sign_off), true) = (&head.sign_off, is_new) {
        let by = Operator { reason: Some(sign_off.text.clone()), ..operator() };
        let until = formats::rfc3339(sign_off.until);
        let detail = format!("{} by verified e-mail until {until}, run {}", head.to.provider, run.id);
        directory.note(&by, identity::Act::SignOff, None, Some(detail)).await?;
    }
    let counts = planned.counts(&head.from.provider);
    let mut work = Work { directory, head, run, interface, invitations, counts };
    let done = work.all(&asked.plan).await;
    let failed = work.counts.iter().filter(|(name, _)| !is_in(name) && !is_planned(name));
    let left = failed.map(|(_, count)| count).sum::<u64>();
    let state = match (&done, left) {
        (Err(_), _) => RunState::Running,
        (Ok(()), 0) => RunState::Done,
        (Ok(()), _) => RunState::Incomplete,
    };
    directory.advance_run(&work.run, state, work.counts.clone()).await?;
    done.context("the same command goes on")?;
    let counts = work.counts.iter().filter(|(name, _)| !is_planned(name));
    let counts: Vec<String> = counts.map(|(name, count)| format!("{name} {count}")).collect();
    tell(&counts.join(", "));
    tell(&format!(
        "run {}; `sparekey switch verify {0}` looks at it, `sparekey switch undo {0}` takes it back",
        work.run.id
    ));
    let left = left + planned.left_out.values().sum::<u64>();
    match asked.strict && left > 0 {
        true => bail!("{left} are left out"),
        false => Ok(()),
    }
}

fn is_in(name: &str) -> bool {
    matches!(name, "joined" | "already" | "invited" | "by_email")
}

/// What the plan said, and not what became of it.
fn is_planned(name: &str) -> bool {
    name == PLANNED || name.starts_with(LEFT_OUT) || name.starts_with(FROM)
}

/// How many are to be moved, among the counts of the run.
const PLANNED: &str = "planned";
/// Begins the counts of those whom the plan leaves out.
const LEFT_OUT: &str = "left_out: ";
/// Begins the count of those whom the plan is about: with the provider that they leave.
const FROM: &str = "from: ";

/// What is planned, by a plan that is as it was written.
struct Planned {
    by: HashMap<Rung, u64>,
    left_out: BTreeMap<LeftOut, u64>,
}

impl Planned {
    fn counts(&self, from: &str) -> Counts {
        let left_out = self.left_out.iter().map(|(why, count)| (format!("{LEFT_OUT}{why}"), *count));
        let planned = self.by.values().sum();
        let all = planned + self.left_out.values().sum::<u64>();
        left_out.chain([(PLANNED.to_owned(), planned), (format!("{FROM}{from}"), all)]).collect()
    }
}

fn judged(path: &Path) -> anyhow::Result<(Head, Planned)> {
    let (head, lines) = read(path)?;
    let mut planned = Planned { by: HashMap::new(), left_out: BTreeMap::new() };
    for line in lines {
        match line? {
            PlanLine { rung: Some(rung), .. } => *planned.by.entry(rung).or_default() += 1,
            PlanLine { left_out, .. } => {
                *planned.left_out.entry(left_out.unwrap_or(LeftOut::NoWayIn)).or_default() += 1;
            }
        }
    }
    Ok((head, planned))
}

fn read(path: &Path) -> anyhow::Result<(Head, PlanReader<BufReader<File>>)> {
    let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
    Ok(PlanReader::new(BufReader::new(file))?)
}

/// The interface, if we may do there what the plan says; said before anything is begun.
async fn may_make(interface: AdminInterface, planned: &Planned) -> anyhow::Result<AdminInterface> {
    if planned.by.contains_key(&Rung::ChosenSubject) && !interface.takes_ids().await? {
        bail!(
            "{} does not let us give ids to accounts any more (Keycloak: manage-realm); nothing was begun. Give that \
             right, or make a plan --by returned_id",
            interface.interface()
        );
    }
    Ok(interface)
}

/// Refuses a plan of other people.
async fn is_this_store(directory: &Directory, head: &Head) -> anyhow::Result<()> {
    let mut people = Fingerprint::new(&head.to.issuer);
    pages(directory, async |page| {
        page.iter().for_each(|user| people.add(user));
        Ok(())
    })
    .await?;
    match people.into_hex() == head.people {
        true => Ok(()),
        false => bail!(
            "this plan is of another database, or people and their identities are others since it was made: make a \
             new one"
        ),
    }
}

/// The run of the plan: the same one, however often it is begun; and whether this is the first time.
async fn start(directory: &Directory, head: &Head) -> anyhow::Result<(Run, bool)> {
    let is_new = directory.run(head.run).await?.is_none();
    let run = Run {
        id: head.run,
        kind: RunKind::Switch,
        provider: Some(head.to.provider.clone()),
        actor: Some(actor()),
        about: None,
        state: RunState::Running,
        counts: Counts::new(),
        started_at: System.now(),
        finished_at: None,
    };
    let there = directory.begin_run(&operator(), &run).await?;
    if there.state == RunState::Undone {
        bail!("this plan was applied and taken back: make a new one");
    }
    let again = directory.advance_run(&there, RunState::Running, Counts::new()).await?;
    Ok((again.context("somebody else is at this run")?, is_new))
}

struct Work<'a> {
    directory: &'a Directory,
    head: Head,
    run: Run,
    interface: Option<AdminInterface>,
    invitations: Option<Invitations>,
    counts: Counts,
}

/// What an account came to: its id, or why there is none.
type Outcome = Result<String, &'static str>;

impl Work<'_> {
    async fn all(&mut self, path: &Path) -> anyhow::Result<()> {
        let progress = progress();
        let (_, lines) = read(path)?;
        let mut chunk = Vec::new();
        for line in lines {
            let line = line?;
            if line.rung.is_some() {
                chunk.push(line);
            }
            if chunk.len() == CHUNK {
                self.some(&chunk).await?;
                progress.inc(chunk.len() as u64);
                // For whoever looks at the run meanwhile.
                self.directory.advance_run(&self.run, RunState::Running, self.counts.clone()).await?;
                chunk.clear();
            }
        }
        self.some(&chunk).await?;
        progress.finish_and_clear();
        Ok(())
    }

    async fn some(&mut self, lines: &[PlanLine]) -> anyhow::Result<()> {
        let mut made = self.place(lines, Rung::ChosenSubject).await?;
        made.extend(self.place(lines, Rung::ReturnedId).await?);
        for line in lines {
            let what = match (line.rung, made.remove(&line.user), &line.subject) {
                (Some(Rung::Invite), ..) => self.invite(line.user).await?,
                (Some(Rung::VerifiedEmail), ..) => self.by_email(line).await?,
                (_, Some(Err(why)), _) => why,
                (_, Some(Ok(subject)), _) => self.join(line, &subject).await?,
                (_, None, Some(subject)) => self.join(line, subject).await?,
                // They have an identity there since an earlier try.
                (_, None, None) => "already",
            };
            if !is_in(what) {
                tell(&format!("{} is left out: {}", line.user, what.replace('_', " ")));
            }
            *self.counts.entry(what.to_owned()).or_default() += 1;
        }
        Ok(())
    }

    async fn join(&self, line: &PlanLine, subject: &str) -> anyhow::Result<&'static str> {
        let (provider, issuer) = (self.head.to.provider.clone(), self.head.to.issuer.clone());
        let name = IdentityName { provider, issuer, subject: subject.to_owned() };
        let is_made = line.rung.is_some_and(Rung::makes_accounts) && !line.is_there;
        Ok(match self.directory.join(line.user, &name, &self.run, is_made).await? {
            Joined::New => "joined",
            Joined::Already => "already",
            Joined::HasAnother => "has_another",
            Joined::Taken => "taken",
            Joined::NoUser => "no_user",
        })
    }

    async fn invite(&mut self, user: UserId) -> anyhow::Result<&'static str> {
        match &mut self.invitations {
            Some(invitations) => invitations.invite(self.directory, user, &self.head.to, &self.run).await,
            None => Ok("not_invited"),
        }
    }

    /// Lets the address lead to the user until the end date.
    async fn by_email(&self, line: &PlanLine) -> anyhow::Result<&'static str> {
        let key = line.email.as_deref().and_then(Digest::parse);
        let (Some(email), Some(sign_off)) = (key, &self.head.sign_off) else { return Ok("not_signed_for") };
        let Some(user) = self.directory.find(line.user).await? else { return Ok("no_user") };
        if user.identities.iter().any(|one| one.issuer == self.head.to.issuer) {
            return Ok("already");
        }
        let (issuer, user, run) = (self.head.to.issuer.clone(), user.id, self.run.id);
        self.directory.let_email_lead(EmailLink { issuer, email, user, run, until: sign_off.until }).await?;
        Ok("by_email")
    }

    /// Makes the accounts that are to be made by this rung: their ids, or why there is none.
    async fn place(&self, lines: &[PlanLine], rung: Rung) -> anyhow::Result<HashMap<UserId, Outcome>> {
        let mut made = HashMap::new();
        let Some(interface) = &self.interface else { return Ok(made) };
        let mut accounts: Vec<NewAccount> = Vec::new();
        for line in lines.iter().filter(|line| line.rung == Some(rung) && !line.is_there) {
            let user = self.directory.find(line.user).await?;
            // Whoever has an identity there needs no account, and must not get a second one.
            let is_new = |user: &identity::User| {
                let there = user.identities.iter().find(|one| one.issuer == self.head.to.issuer);
                there.is_none_or(|one| line.subject.as_ref() == Some(&one.subject))
            };
            let Some(user) = user.filter(is_new) else { continue };
            match account(&user, interface, self.head.into.as_deref()) {
                Some(account) => accounts.push(account),
                None => drop(made.insert(line.user, Err("unfit"))),
            }
        }
        if accounts.is_empty() {
            return Ok(made);
        }
        let placed = interface.place(&accounts, rung == Rung::ChosenSubject).await?;
        for (account, placed) in accounts.iter().zip(placed) {
            let outcome = match placed {
                Placed::There(id) => Ok(id),
                Placed::Conflict => Err("there_already"),
                Placed::Refused => Err("refused_there"),
            };
            made.insert(account.user, outcome);
        }
        Ok(made)
    }
}
