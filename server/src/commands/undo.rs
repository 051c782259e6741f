//! `sparekey undo`: takes back what a run, a last word or a window of time changed. Without `--apply` it says what it
//! would do, person by person, and writes nothing.

mod report;

use std::io::{BufWriter, Write};

use anyhow::{Context, bail};
use chrono::{DateTime, Utc};
use clap::{ArgGroup, Args};
use identity::directory::{UndoAsked, UndoneUser, Which};
use identity::undo::Terms;
use identity::{Counts, Directory, Held, Made, Run, RunId, RunKind, RunState, Source, Timestamp, UserId};

use self::report::Report;
use super::operator::{Alive, actor, in_turn, operator, progress};
use super::runs;
use super::terminal::{UNWRITABLE, tell};

#[derive(Args)]
#[command(group(ArgGroup::new("which").required(true).args(["run", "last", "field", "from"])))]
pub(super) struct Arguments {
    /// All that this run changed; `sparekey runs list` shows the runs.
    #[arg(long, value_name = "RUN")]
    run: Option<uuid::Uuid>,
    /// The last that changed anything of the user.
    #[arg(long, requires = "user")]
    last: bool,
    /// The last change of this field of the user, or of the `standing`.
    #[arg(long, value_name = "FIELD", requires = "user")]
    field: Option<Held>,
    /// What was received from this time on (RFC 3339) …
    #[arg(long, value_name = "TIME", requires = "to", value_parser = time)]
    from: Option<Timestamp>,
    /// … to this one.
    #[arg(long, value_name = "TIME", requires = "from", value_parser = time)]
    to: Option<Timestamp>,
    /// Of this user alone.
    #[arg(long, value_name = "ID")]
    user: Option<uuid::Uuid>,
    /// Of this provider's identities alone.
    #[arg(long, value_name = "NAME")]
    provider: Option<String>,
    /// From this source alone: login, refresh, webhook, scim, scan, import or operator.
    #[arg(long)]
    source: Option<Source>,
    /// Do it. It is a run, so that it can be undone.
    #[arg(long)]
    apply: bool,
    /// Keep what comes back against whatever the provider says next, until `sparekey hold release`.
    #[arg(long)]
    hold: bool,
    /// End the sessions that were started within the time, too.
    #[arg(long, requires = "from")]
    end_sessions: bool,
    /// Take values back also where they have changed again since.
    #[arg(long)]
    even_if_changed: bool,
    /// One JSON object for each person, on stdout.
    #[arg(long)]
    json: bool,
}

fn time(text: &str) -> Result<Timestamp, String> {
    let time = DateTime::parse_from_rfc3339(text);
    let time =
        time.map_err(|_| "it is a time like 2026-11-30T10:00:00Z or 2026-11-30T11:00:00+01:00".to_owned())?;
    Ok(time.with_timezone(&Utc))
}

pub(super) async fn run(arguments: Arguments) -> anyhow::Result<()> {
    super::with_directory(async |directory| undo(directory, &arguments).await).await
}

async fn undo(directory: &Directory, arguments: &Arguments) -> anyhow::Result<()> {
    let asked = arguments.asked()?;
    match arguments.apply {
        true => in_turn(directory, &asked, undo_what(directory, arguments, asked.clone())).await,
        false => undo_what(directory, arguments, asked).await,
    }
}

async fn undo_what(directory: &Directory, arguments: &Arguments, asked: UndoAsked) -> anyhow::Result<()> {
    let about = match arguments.run {
        Some(id) => Some(runs::find(directory, RunId(id)).await?),
        None => None,
    };
    if about.as_ref().is_some_and(|about| !about.state.is_over()) {
        tell("this run is not over; what it still changes stays");
    }
    let mut work = Work { directory, arguments, asked, about, run: None, unwritable: None };
    let done = work.people().await;
    let (report, sessions) = match done {
        Ok(report) => (report, work.sessions().await?),
        Err(error) => {
            work.note_end(RunState::Failed, Counts::new()).await;
            return Err(error.context("what was taken back stays so; the same command goes on"));
        }
    };
    work.note_end(RunState::Done, report.counts(sessions)).await;
    work.mark_undone().await?;
    work.say(&report, sessions);
    work.unwritable.map_or(Ok(()), |error| Err(error).context(UNWRITABLE))
}

struct Work<'a> {
    directory: &'a Directory,
    arguments: &'a Arguments,
    asked: UndoAsked,
    /// The run that is taken back.
    about: Option<Run>,
    /// The run that does it, from the first person on of whom something comes back.
    run: Option<(Run, Alive)>,
    /// Why nobody reads any more what is done; it is done all the same.
    unwritable: Option<std::io::Error>,
}

impl Work<'_> {
    async fn people(&mut self) -> anyhow::Result<Report> {
        let mut out = BufWriter::new(std::io::stdout().lock());
        let (mut report, mut after, progress) = (Report::default(), None, progress());
        while let Some(people) = self.directory.to_undo(&self.asked, after).await? {
            for id in &people {
                if let Some(one) = self.person(*id).await? {
                    let lines = report.person(&one, self.arguments.json);
                    let mut write = || lines.iter().try_for_each(|line| writeln!(out, "{line}"));
                    self.told(|| progress.suspend(&mut write))?;
                }
                progress.inc(1);
            }
            after = people.last().copied();
        }
        progress.finish_and_clear();
        self.told(|| out.flush())?;
        Ok(report)
    }

    /// Says what became of somebody. Where nobody reads it, only what writes nothing else stops there.
    fn told(&mut self, tell: impl FnOnce() -> std::io::Result<()>) -> anyhow::Result<()> {
        if self.unwritable.is_none()
            && let Err(error) = tell()
        {
            match self.arguments.apply {
                true => self.unwritable = Some(error),
                false => return Err(error).context(UNWRITABLE),
            }
        }
        Ok(())
    }

    async fn person(&mut self, id: UserId) -> anyhow::Result<Option<UndoneUser>> {
        let would = self.directory.would_undo(id, &self.asked, Some(actor())).await?;
        let Some(would) = would else {
            if self.asked.user.is_some() {
                bail!("there is no such user");
            }
            // Forgotten meanwhile, with all that there was.
            return Ok(None);
        };
        if !self.arguments.apply || would.undone.write.is_none() {
            return Ok(Some(would));
        }
        let run = self.start().await?;
        Ok(self.directory.undo(id, &self.asked, &run).await?)
    }

    async fn start(&mut self) -> anyhow::Result<Run> {
        if let Some((run, _)) = &self.run {
            return Ok(run.clone());
        }
        self.directory.end_broken_off_runs().await?;
        let about = self.about.as_ref().map(|about| about.id);
        let provider = self.arguments.provider.as_deref();
        let run = self.directory.start_run(RunKind::Undo, provider, &operator(), about).await?;
        self.run = Some((run.clone(), Alive::of(&run, self.directory)));
        Ok(run)
    }

    /// Ends the sessions that were started in the window, or counts them.
    async fn sessions(&mut self) -> anyhow::Result<u64> {
        let Which::Made(Made::Between(from, to)) = self.asked.which else { return Ok(0) };
        if !self.arguments.end_sessions {
            return Ok(0);
        }
        let (user, provider) = (self.asked.user, self.asked.provider.clone());
        let started = self.directory.started(from, to, user, provider.as_deref()).await?;
        if !self.arguments.apply || started == 0 {
            return Ok(started);
        }
        // That they end is an act of this run, also where nothing else comes back by it.
        self.start().await?;
        Ok(self.directory.end_started(from, to, user, provider.as_deref()).await?)
    }

    /// Where the database fails at this, the run stays *running* until somebody sees that nobody goes on with it, and the
    /// same command finds nothing left to do.
    async fn note_end(&self, state: RunState, counts: Counts) {
        if let Some((run, _)) = &self.run
            && let Err(error) = self.directory.advance_run(run, state, counts).await
        {
            tracing::warn!(%error, "the end of the run could not be noted");
        }
    }

    /// A run that was taken back as a whole is *undone*; where it was an undo itself, what that took back is done again.
    async fn mark_undone(&self) -> anyhow::Result<()> {
        let Some(about) = &self.about else { return Ok(()) };
        let UndoAsked { user, provider, source, .. } = &self.asked;
        let is_whole = user.is_none() && provider.is_none() && source.is_none();
        if !self.arguments.apply || !is_whole {
            return Ok(());
        }
        Ok(self.directory.taken_back(about).await?)
    }

    fn say(&self, report: &Report, sessions: u64) {
        let end = match sessions {
            0 => String::new(),
            sessions => format!(", {sessions} sessions ended"),
        };
        match (self.arguments.apply, &self.run) {
            (false, _) => {
                tell(&format!("{report}{end}: so it would be; nothing was written, --apply does it"))
            }
            (true, None) => tell(&format!("{report}{end}")),
            (true, Some((run, _))) => {
                tell(&format!("{report}{end}"));
                tell(&format!("run {}; `sparekey undo --run {0} --apply` takes it back", run.id));
            }
        }
    }
}

impl Arguments {
    fn asked(&self) -> anyhow::Result<UndoAsked> {
        let which = match (self.run, self.from, self.to, self.field) {
            (Some(run), ..) => Which::Made(Made::ByRun(RunId(run))),
            (_, Some(from), Some(to), _) if from > to => bail!("--from is later than --to"),
            (_, Some(from), Some(to), _) => Which::Made(Made::Between(from, to)),
            (.., Some(field)) => Which::LastOf(field),
            _ => Which::Last,
        };
        Ok(UndoAsked {
            which,
            user: self.user.map(UserId),
            provider: self.provider.clone(),
            source: self.source,
            terms: Terms { even_if_changed: self.even_if_changed, hold: self.hold },
        })
    }
}
