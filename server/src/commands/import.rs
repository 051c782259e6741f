//! `sparekey users import`: users out of a file, record by record, in bounded memory. Each record of a provider's is
//! one observation; each line of ours one user. What cannot be taken in is named, and the rest goes on.

mod erased;
mod summary;

use std::collections::HashSet;
use std::fs::File;
use std::io::{BufRead, BufReader, Seek, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Args;
use formats::UserLine;
use formats::files::import::{Format, Item, Options, Place, Problem, Record, read};
use identity::{
    Digest, Directory, Observation, Origin, Run, RunKind, RunState, Source, Stores, Timestamp, World, Written,
};
use serde_json::json;

use super::operator::{Alive, actor, operator, progress};
use super::terminal::{UNWRITABLE, tell};
use crate::System;
use crate::config::Issuer;
use summary::Summary;

#[derive(Args)]
pub(super) struct Arguments {
    /// sparekey, keycloak, auth0, kinde, okta, entra, cognito, firebase, clerk, supabase, scim or csv.
    #[arg(long, value_parser = format)]
    format: Format,
    /// The provider whose accounts these are, by its name in the settings; without it `main`, or the only one.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// The column or member that is the subject (`sub`) at the provider, where it is not the format's own id.
    #[arg(long, value_name = "FIELD")]
    subject: Option<String>,
    /// Say what would become of it and write nothing.
    #[arg(long)]
    dry_run: bool,
    /// Take in all records or none. Reads the file twice.
    #[arg(long)]
    strict: bool,
    /// The summary as one JSON object on stdout.
    #[arg(long)]
    json: bool,
    /// Who was erased, where that is neither in erased.jsonl beside the file nor in that of BACKUP_TO.
    #[arg(long, value_name = "FILE")]
    erased: Option<PathBuf>,
    /// The file; `-` is stdin.
    file: PathBuf,
}

pub(super) fn format(word: &str) -> Result<Format, String> {
    word.parse().map_err(|_| {
        let all: Vec<String> = Format::ALL.iter().map(Format::to_string).collect();
        format!("it is one of {}", all.join(", "))
    })
}

pub(super) async fn run(stores: Stores, backups: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let stores = erased::knowing(stores, &arguments, backups).await?;
    let directory = &Directory::new(stores, Arc::new(System));
    let is_ours = arguments.format == Format::Sparekey;
    if is_ours && (arguments.provider.is_some() || arguments.subject.is_some()) {
        bail!("lines of sparekey name providers and subjects themselves: leave out --provider and --subject");
    }
    let issuer = match is_ours {
        true => None,
        false => Some(Issuer::from_environment(arguments.provider.as_deref())?),
    };
    let mut import = Import { directory, arguments: &arguments, issuer, started: System.now(), run: None };
    let mut input = Input::open(&arguments.file)?;
    if arguments.strict && !arguments.dry_run {
        if !input.is_repeatable() {
            bail!("--strict reads the file twice, and this can be read once: give the name of a file");
        }
        let judged = import.pass(input.reader()?).await?;
        if !judged.is_clean() {
            import.say(&judged)?;
            bail!("nothing was imported: --strict takes in all records or none");
        }
        input.rewind()?;
    }
    if !arguments.dry_run {
        import.start().await?;
    }
    let summary = import.pass(input.reader()?).await?;
    import.note_end(&summary).await?;
    import.say(&summary)?;
    if !summary.is_clean() {
        bail!("not every record could be taken in");
    }
    Ok(())
}

/// Records between two notes of how far the run is.
const NOTED: u64 = 1000;

/// The file, opened once, so that it is the same one each time it is read.
enum Input {
    Stdin,
    File(File),
}

impl Input {
    fn open(path: &Path) -> anyhow::Result<Self> {
        if path == Path::new("-") {
            return Ok(Self::Stdin);
        }
        let file = File::open(path).with_context(|| format!("{} cannot be opened", path.display()))?;
        Ok(Self::File(file))
    }

    fn reader(&mut self) -> anyhow::Result<Box<dyn BufRead>> {
        Ok(match self {
            Self::Stdin => Box::new(std::io::stdin().lock()),
            Self::File(file) => Box::new(BufReader::new(file.try_clone()?)),
        })
    }

    /// Whether it can be read once more.
    fn is_repeatable(&self) -> bool {
        match self {
            Self::Stdin => false,
            Self::File(file) => file.metadata().is_ok_and(|about| about.is_file()),
        }
    }

    /// Back to the beginning: what was given out by `reader` shares its place with this.
    fn rewind(&mut self) -> std::io::Result<()> {
        match self {
            Self::Stdin => Ok(()),
            Self::File(file) => file.rewind(),
        }
    }
}

struct Import<'a> {
    directory: &'a Directory,
    arguments: &'a Arguments,
    /// None where the lines say it themselves.
    issuer: Option<Issuer>,
    started: Timestamp,
    /// None where nothing is written.
    run: Option<(Run, Alive)>,
}

impl Import<'_> {
    /// From now on it is written.
    async fn start(&mut self) -> anyhow::Result<()> {
        let provider = self.issuer.as_ref().map(|one| one.provider.as_str());
        self.directory.end_broken_off_runs().await?;
        let run = self.directory.start_run(RunKind::Import, provider, &operator(), None).await?;
        self.started = run.started_at;
        let alive = Alive::of(&run, self.directory);
        self.run = Some((run, alive));
        Ok(())
    }

    /// Notes how far the run is.
    async fn note(&self, state: RunState, summary: &Summary) -> anyhow::Result<()> {
        if let Some((run, _)) = &self.run {
            self.directory.advance_run(run, state, summary.counts()).await?;
        }
        Ok(())
    }

    async fn note_end(&self, summary: &Summary) -> anyhow::Result<()> {
        match summary.is_clean() {
            true => self.note(RunState::Done, summary).await,
            false => self.note(RunState::Incomplete, summary).await,
        }
    }

    /// Reads the file once, and takes in what it holds, or finds out what would become of it.
    async fn pass(&self, from: Box<dyn BufRead>) -> anyhow::Result<Summary> {
        let options = Options { subject: self.arguments.subject.clone(), now: self.started };
        let (mut summary, mut seen, progress) = (Summary::default(), Seen::default(), progress());
        for item in read(from, self.arguments.format, options) {
            let taken = match item {
                Ok(Item::NoPerson(_)) => {
                    summary.no_person += 1;
                    Ok(None)
                }
                Ok(Item::Record(record)) => self.person(*record, &mut summary, &mut seen).await,
                Ok(Item::Line(place, line)) => self.line(place, &line, &mut summary, &mut seen).await,
                Err(problem) => Ok(summary.passed_over(problem)),
            };
            match taken {
                Ok(None) => {}
                Ok(Some(problem)) => progress.suspend(|| tell(&problem.to_string())),
                Err(error) => {
                    progress.finish_and_clear();
                    // The database may be what failed; then the run stays as it was noted last.
                    if let Err(unnoted) = self.note(RunState::Failed, &summary).await {
                        tracing::warn!(error = %unnoted, "the run could not be noted as failed");
                    }
                    self.say(&summary)?;
                    return Err(error.context("what went in before stays; the same command goes on"));
                }
            }
            progress.inc(1);
            if progress.position() % NOTED == 0 {
                self.note(RunState::Running, &summary).await?;
            }
        }
        progress.finish_and_clear();
        Ok(summary)
    }

    /// A record of a provider's; what stands in its way.
    async fn person(
        &self,
        record: Record,
        summary: &mut Summary,
        seen: &mut Seen,
    ) -> anyhow::Result<Option<Problem>> {
        let Some(Issuer { provider, issuer }) = self.issuer.clone() else {
            bail!("a line of another format")
        };
        let Some(subject) = record.subject else {
            if summary.people() == 0 {
                bail!(
                    "these records of {} have no id that a log-in could be known by, and a user without one could not \
                     be kept: say which column or member is the subject (`sub`) by --subject FIELD",
                    self.arguments.format
                );
            }
            return Ok(summary
                .passed_over(at(record.place, "it has no id of the account; --subject FIELD names one")));
        };
        if !seen.is_first(Digest::of_pair(&issuer, &subject)) {
            return Ok(
                summary.passed_over(at(record.place, "the same account as a record before it, which counts"))
            );
        }
        let observation = Observation {
            provider,
            issuer,
            subject,
            origin: self.origin(),
            extent: record.extent,
            claims: record.claims,
            standing: record.standing,
        };
        match self.run.is_some() {
            false => match self.directory.would_hear(&observation).await? {
                Some(write) => summary.heard(&write),
                None => summary.erased(),
            },
            true => match self.directory.hear(&observation).await? {
                Written::Kept(write) => summary.heard(&write),
                // They were erased here: only a log-in of theirs makes them anew.
                Written::Left(None) => summary.erased(),
                Written::Left(Some(_)) | Written::Erased(_) => summary.unchanged += 1,
                Written::Refused(code) => return Ok(summary.passed_over(at(record.place, code.to_string()))),
            },
        }
        Ok(None)
    }

    /// A line of ours; what stands in its way.
    async fn line(
        &self,
        place: Place,
        line: &UserLine,
        summary: &mut Summary,
        seen: &mut Seen,
    ) -> anyhow::Result<Option<Problem>> {
        let user = match line.to_user(self.started) {
            Ok(user) => user,
            Err(error) => return Ok(summary.passed_over(at(place, error.to_string()))),
        };
        let identities = user.identities.iter().map(|one| Digest::of_pair(&one.issuer, &one.subject));
        let names = identities.chain([Digest::of_pair("", &user.id.to_string())]);
        if names.filter(|name| !seen.is_first(*name)).count() > 0 {
            return Ok(summary
                .passed_over(at(place, "the user or an identity is in a line before it, which counts")));
        }
        let taken = match self.run.is_some() {
            false => self.directory.would_take_in(&user).await?,
            true => self.directory.take_in(&user, &self.origin()).await?,
        };
        Ok(summary.taken_in(taken).map(|reason| at(place, reason)))
    }

    /// As of the start of the run, so that a log-in meanwhile is newer.
    fn origin(&self) -> Origin {
        let (at, received_at) = (self.started, System.now());
        Origin {
            at,
            received_at,
            source: Source::Import,
            actor: Some(actor()),
            run: self.run.as_ref().map(|(run, _)| run.id),
        }
    }

    fn say(&self, summary: &Summary) -> anyhow::Result<()> {
        let would = if self.run.is_none() { "nothing was written; it would be " } else { "" };
        if self.arguments.json {
            let about = json!({
                "run": self.run.as_ref().map(|(run, _)| run.id),
                "format": self.arguments.format.to_string(),
                "provider": self.issuer.as_ref().map(|one| &one.provider),
            });
            return writeln!(std::io::stdout(), "{}", summary.json(about)).context(UNWRITABLE);
        }
        tell(&format!("{would}{summary}"));
        if let Some((run, _)) = &self.run {
            tell(&format!("run {}; `sparekey undo --run {0} --apply` takes it back", run.id));
        }
        Ok(())
    }
}

fn at(place: Place, reason: impl Into<String>) -> Problem {
    Problem { place: Some(place), reason: reason.into() }
}

/// Who was in the file before: 16 bytes for each name, so that even millions fit into memory.
#[derive(Default)]
struct Seen(HashSet<u128>);

impl Seen {
    fn is_first(&mut self, name: Digest) -> bool {
        let half = name.0.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte));
        self.0.insert(half)
    }
}
