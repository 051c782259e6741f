//! `sparekey users export`: all users in our own format or in that of another provider, to stdout or into a
//! folder, with a report of what the format cannot hold.

use std::fs::File;
use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use clap::Args;
use formats::UserLine;
use formats::files::export::{Export, Files, Format, Loss, Options, Summary};
use identity::{Act, Directory};

use super::operator::{each, note};
use super::terminal::{UNWRITABLE, escaped, tell};

#[derive(Args)]
pub(super) struct Arguments {
    /// sparekey, keycloak, auth0, kinde, okta, entra, cognito, firebase, clerk, zitadel, scim or csv.
    #[arg(long, default_value_t = Format::Sparekey, value_parser = format)]
    format: Format,
    /// Where to write what was lost and of whom: JSON Lines, the counts at the end. Must not exist.
    #[arg(long, value_name = "FILE")]
    report: Option<PathBuf>,
    /// A folder for the files, which must not be in it yet; without it, one file goes to stdout.
    #[arg(long, value_name = "FOLDER")]
    out: Option<PathBuf>,
    /// Exit with status 1 if anything was lost.
    #[arg(long)]
    strict: bool,
    /// Where it goes: the realm (keycloak), the organization's id (zitadel), the address where guests arrive
    /// (entra).
    #[arg(long)]
    into: Option<String>,
    /// The header of the user pool, as `aws cognito-idp get-csv-header` gives it: JSON, or CSV.
    #[arg(long, value_name = "FILE")]
    header: Option<PathBuf>,
}

fn format(word: &str) -> Result<Format, String> {
    word.parse().map_err(|_| {
        let all: Vec<String> = Format::ALL.iter().map(Format::to_string).collect();
        format!("it is one of {}", all.join(", "))
    })
}

pub(super) async fn run(directory: &Directory, arguments: Arguments) -> anyhow::Result<()> {
    let options = || -> anyhow::Result<Options> {
        let columns = arguments.header.as_deref().map(columns).transpose()?;
        Ok(Options { into: arguments.into.clone(), columns })
    };
    let new = || -> anyhow::Result<Export> {
        Export::new(arguments.format, options()?).context("say it by --into or --header")
    };
    let export = new()?;
    let mut report = Report::create(arguments.report.as_deref())?;
    note(directory, Act::Export, None, Some(format!("users export --format {}", arguments.format))).await;
    let summary = match &arguments.out {
        Some(folder) => {
            let mut files = Folder::create(folder)?;
            let summary = write(directory, export, &mut files, &mut report).await?;
            files.close().context(UNWRITABLE)?;
            summary
        }
        None => {
            if export.may_split() {
                let counted = write(directory, new()?, &mut Nowhere, &mut Report(None)).await?;
                if counted.files > 1 {
                    bail!("{} takes this in {} files: say --out FOLDER", arguments.format, counted.files);
                }
            }
            let is_csv =
                matches!(arguments.format, Format::Okta | Format::Entra | Format::Cognito | Format::Csv);
            let out = io::stdout().lock();
            let mut files = Stdout { escapes: !is_csv || out.is_terminal(), out: BufWriter::new(out) };
            let summary = write(directory, export, &mut files, &mut report).await?;
            files.out.flush().context(UNWRITABLE)?;
            summary
        }
    };
    report.end(&summary).context("the report cannot be written")?;
    say(&summary);
    if arguments.strict && !summary.is_complete() {
        bail!("not everything has a place in {}", arguments.format);
    }
    Ok(())
}

async fn write(
    directory: &Directory,
    mut export: Export,
    files: &mut dyn Files,
    report: &mut Report,
) -> anyhow::Result<Summary> {
    each(directory, |user| report.lost(&export.user(&UserLine::full(user), files)?)).await?;
    export.end(files).context(UNWRITABLE)
}

/// The names of the columns, out of the answer of `get-csv-header` or the line of the template.
fn columns(path: &Path) -> anyhow::Result<Vec<String>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("{} cannot be read", path.display()))?;
    let json = serde_json::from_str::<serde_json::Value>(&text).ok();
    let names = json.as_ref().and_then(|json| json.get("CSVHeader")).and_then(|names| names.as_array());
    Ok(match names {
        Some(names) => names.iter().filter_map(|name| name.as_str().map(str::to_owned)).collect(),
        None => {
            text.lines().next().unwrap_or_default().split(',').map(|name| name.trim().to_owned()).collect()
        }
    })
}

/// To stderr: what was lost and how often.
fn say(summary: &Summary) {
    if summary.is_complete() {
        return;
    }
    tell(&format!("{} of {} users written; lost on the way:", summary.written, summary.users));
    for ((kind, what), count) in &summary.losses {
        tell(&format!("{count:>9}  {kind}: {what}"));
    }
}

/// One file, to stdout. What would act on a terminal is escaped: in JSON it means the same, and a table that goes to
/// a terminal is there to be looked at.
struct Stdout<W> {
    out: W,
    escapes: bool,
}

impl<W: Write> Files for Stdout<W> {
    fn start(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        match std::str::from_utf8(bytes) {
            Ok(text) if self.escapes => self.out.write_all(escaped(text).as_bytes()),
            _ => self.out.write_all(bytes),
        }
    }
}

/// Counts the files and keeps nothing.
struct Nowhere;

impl Files for Nowhere {
    fn start(&mut self, _: &str) -> io::Result<()> {
        Ok(())
    }

    fn bytes(&mut self, _: &[u8]) -> io::Result<()> {
        Ok(())
    }
}

/// Files in a folder. Each has `.partial` behind its name until it is whole, and is for its owner alone.
struct Folder {
    folder: PathBuf,
    open: Option<(BufWriter<File>, PathBuf)>,
}

impl Folder {
    fn create(folder: &Path) -> anyhow::Result<Self> {
        std::fs::create_dir_all(folder).with_context(|| format!("{} cannot be made", folder.display()))?;
        Ok(Self { folder: folder.to_owned(), open: None })
    }

    fn close(&mut self) -> io::Result<()> {
        let Some((file, path)) = self.open.take() else { return Ok(()) };
        file.into_inner().map_err(|error| error.into_error())?.sync_all()?;
        std::fs::rename(partial(&path), path)
    }
}

impl Files for Folder {
    fn start(&mut self, name: &str) -> io::Result<()> {
        self.close()?;
        let path = self.folder.join(name);
        if path.exists() {
            return Err(io::Error::new(
                io::ErrorKind::AlreadyExists,
                format!("{} is there already", path.display()),
            ));
        }
        // Left by an export that was broken off; made anew, it is nobody else's.
        let partial = partial(&path);
        std::fs::remove_file(&partial).or_else(|error| match error.kind() {
            io::ErrorKind::NotFound => Ok(()),
            _ => Err(error),
        })?;
        self.open = Some((BufWriter::new(private().create_new(true).open(partial)?), path));
        Ok(())
    }

    fn bytes(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.open.as_mut().map_or(Ok(()), |(file, _)| file.write_all(bytes))
    }
}

fn partial(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    name.into()
}

/// A list of people is for its owner's eyes.
pub(super) fn private() -> std::fs::OpenOptions {
    let mut options = File::options();
    options.write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// Who lost what, one a line; then how often, and how many users there were.
struct Report(Option<BufWriter<File>>);

impl Report {
    fn create(path: Option<&Path>) -> anyhow::Result<Self> {
        let open = |path: &Path| {
            let file = private().create_new(true).open(path);
            file.with_context(|| format!("{} cannot be made", path.display()))
        };
        Ok(Self(path.map(open).transpose()?.map(BufWriter::new)))
    }

    fn lost(&mut self, losses: &[Loss]) -> io::Result<()> {
        let Some(file) = &mut self.0 else { return Ok(()) };
        for loss in losses {
            serde_json::to_writer(&mut *file, loss)?;
            writeln!(file)?;
        }
        Ok(())
    }

    fn end(self, summary: &Summary) -> io::Result<()> {
        let Some(mut file) = self.0 else { return Ok(()) };
        for ((kind, what), count) in &summary.losses {
            writeln!(file, "{}", serde_json::json!({"kind": kind, "what": what, "count": count}))?;
        }
        let (users, written, files) = (summary.users, summary.written, summary.files);
        writeln!(file, "{}", serde_json::json!({"users": users, "written": written, "files": files}))?;
        file.flush()
    }
}
