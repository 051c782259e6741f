//! Auth0's Management API. Its search ends at 1,000 users and lags, so the list is an export job: a file of one user a
//! line, compressed, which is read as it arrives and handed on in pages.

use std::io::Write;
use std::time::Duration;

use async_trait::async_trait;
use flate2::write::MultiGzDecoder;
use identity::{Account, AccountPage, Claims, Next};
use reqwest::Method;
use serde_json::{Value as Json, json};
use tokio::sync::Mutex;
use tokio::time::{Instant, sleep};
use url::Url;

use super::caller::{Caller, ok, question, unexpected};
use super::list::{List, found, number, page};
use crate::cache::Problem;
use crate::http::Download;

/// Users a page.
const PAGE: usize = 500;
/// Most bytes of one user; of a longer line it is only read where it ends.
const LARGEST: usize = 4 << 20;
/// Most bytes, unpacked, without a user among them.
const BARREN: usize = 64 << 20;
/// Most bytes of a page: beyond it the page ends earlier.
const PAGE_BYTES: usize = 4 << 20;
/// Most bytes that are unpacked at a time.
const PACKED: usize = 16 << 10;
/// How long a job may take.
const PATIENCE: Duration = Duration::from_secs(3600);

/// What is asked for: only that is in the file.
const FIELDS: [&str; 17] = [
    "user_id",
    "email",
    "email_verified",
    "username",
    "phone_number",
    "phone_verified",
    "name",
    "given_name",
    "family_name",
    "nickname",
    "picture",
    "created_at",
    "blocked",
    "identities",
    "app_metadata",
    "user_metadata",
    "email_domain",
];

/// The file that is being read, so that the next page goes on where the last one ended.
#[derive(Default)]
pub(super) struct Auth0(Mutex<Option<Lines>>);

#[async_trait]
impl List for Auth0 {
    /// Only for people who may see the users beside the export; the index lags by seconds.
    async fn count(&self, caller: &Caller) -> Result<Option<u64>, Problem> {
        let query = [("per_page", "1"), ("page", "0"), ("include_totals", "true"), ("fields", "user_id")];
        let answer = caller.get(caller.url(&["users"], &query)?).await?;
        Ok(number(answer.get("total")))
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let (job, line) = match cursor {
            Some(cursor) => cut(cursor)?,
            None => (begin(caller).await?, 0),
        };
        let mut reading = self.0.lock().await;
        let mut lines = match reading.take() {
            Some(lines) if lines.job == job && lines.read == line => lines,
            _ => {
                let Some(file) = finished(caller, &job).await? else {
                    return Ok(AccountPage::of(Next::Expired));
                };
                let mut lines = Lines::new(job, caller.download(&file).await?);
                while lines.read < line && lines.next().await?.is_some() {}
                lines
            }
        };
        let (mut records, mut bytes) = (Vec::new(), 0);
        while records.len() < PAGE && bytes < PAGE_BYTES {
            let Some(line) = lines.next().await? else { break };
            bytes += line.len();
            // What cannot be read is passed over.
            records.push(caller.record(&line).unwrap_or_default());
        }
        let is_over = records.len() < PAGE && bytes < PAGE_BYTES;
        let next =
            if is_over { Next::End(None) } else { Next::Page(format!("{}:{}", lines.job, lines.read)) };
        *reading = (!is_over).then_some(lines);
        Ok(page(caller, &records, None, next))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let record = caller.find_record(caller.url(&["users", reference], &[])?).await?;
        found(caller, record.as_ref(), None)
    }
}

/// A job and the lines of it that were read.
fn cut(cursor: &str) -> Result<(String, u64), Problem> {
    let parts = cursor.rsplit_once(':').and_then(|(job, line)| Some((job.to_owned(), line.parse().ok()?)));
    parts.ok_or_else(|| unexpected("the cursor is none of its"))
}

async fn begin(caller: &Caller) -> Result<String, Problem> {
    let fields: Vec<Json> = FIELDS.iter().map(|name| json!({ "name": name })).collect();
    let url = caller.url(&["jobs", "users-exports"], &[])?;
    let job = caller.post(url, json!({ "format": "json", "fields": fields })).await?;
    let id = job.get("id").and_then(Json::as_str).filter(|id| !id.is_empty());
    id.map(str::to_owned).ok_or_else(|| unexpected("its job has no id"))
}

/// The file of a job, when it is there; none where the job is forgotten.
async fn finished(caller: &Caller, job: &str) -> Result<Option<Url>, Problem> {
    let (start, mut pause) = (Instant::now(), Duration::from_millis(250));
    while start.elapsed() < PATIENCE {
        let answer = caller.ask(question(Method::GET, caller.url(&["jobs", job], &[])?, None)).await?;
        // Whoever says so: the list begins anew, and nobody is gone for that.
        if answer.status == 404 {
            return Ok(None);
        }
        let state = caller.record(&ok(answer)?.body)?;
        match state.get("status").and_then(Json::as_str) {
            Some("completed") => {
                let location =
                    state.get("location").and_then(Json::as_str).and_then(|at| Url::parse(at).ok());
                return location.map(Some).ok_or_else(|| unexpected("its job names no file"));
            }
            Some("failed") => return Err(unexpected("its export job failed")),
            _ => sleep(pause).await,
        }
        pause = (pause * 2).min(Duration::from_secs(10));
    }
    Err(unexpected("its export job takes longer than an hour"))
}

/// The lines of a compressed file, as it arrives.
struct Lines {
    job: String,
    /// Lines given out.
    read: u64,
    download: Download,
    /// What came and is not unpacked yet: little of it may become much.
    packed: Vec<u8>,
    unpack: MultiGzDecoder<Vec<u8>>,
    /// Of what is unpacked, where the next line begins.
    at: usize,
    is_whole: bool,
    /// The line that is read is longer than a user may be: what came of it is gone.
    is_too_long: bool,
    /// Bytes that were thrown away since the last line that was given out.
    barren: usize,
}

impl Lines {
    fn new(job: String, download: Download) -> Self {
        let unpack = MultiGzDecoder::new(Vec::new());
        let (packed, at, is_whole) = (Vec::new(), 0, false);
        Self { job, read: 0, download, packed, unpack, at, is_whole, is_too_long: false, barren: 0 }
    }

    /// The next line that is not blank, empty where it was too long; none at the end of the file.
    async fn next(&mut self) -> Result<Option<Vec<u8>>, Problem> {
        while self.barren <= BARREN {
            let unpacked = self.unpack.get_mut();
            let blank = |byte: &&u8| !self.is_too_long && byte.is_ascii_whitespace();
            let blank = unpacked[self.at..].iter().take_while(blank).count();
            self.at += blank;
            self.barren += blank;
            let rest = &unpacked[self.at..];
            let end = rest.iter().position(|byte| *byte == b'\n');
            if let Some(end) = end.or(self.is_whole.then_some(rest.len())) {
                let is_too_long = std::mem::take(&mut self.is_too_long);
                if end == 0 && !is_too_long {
                    return Ok(None);
                }
                let line = if is_too_long { Vec::new() } else { rest[..end].to_vec() };
                self.at += end;
                (self.read, self.barren) = (self.read + 1, 0);
                return Ok(Some(line));
            }
            unpacked.drain(..self.at);
            self.at = 0;
            if self.is_too_long || unpacked.len() > LARGEST {
                self.is_too_long = true;
                self.barren += unpacked.len();
                unpacked.clear();
            }
            self.more().await?;
        }
        Err(unexpected("64 MiB of its file have no user in them"))
    }

    async fn more(&mut self) -> Result<(), Problem> {
        let broken = |_| unexpected("its file is not compressed as it should be, or cut short");
        if self.packed.is_empty() {
            match self.download.piece().await? {
                Some(piece) => self.packed = piece,
                None => {
                    self.unpack.try_finish().map_err(broken)?;
                    self.is_whole = true;
                }
            }
        }
        let rest = self.packed.split_off(self.packed.len().min(PACKED));
        let part = std::mem::replace(&mut self.packed, rest);
        self.unpack.write_all(&part).map_err(broken)
    }
}
