//! A file as a provider's list. It proves nobody's absence: who is missing is asked for at the admin interface, where
//! there is one.

use std::fs::File;
use std::io::{BufReader, Read};
use std::path::{Path, PathBuf};

use anyhow::Context;
use async_trait::async_trait;
use formats::files::import::{Format, Import, Item, Options, Problem, read};
use identity::{Account, AccountPage, Accounts, Claims, Code, Extent, Next, ProviderError, World};
use provider::ProviderSettings;
use provider::admin::AdminInterface;
use tokio::sync::Mutex;

use crate::System;
use crate::commands::terminal::tell;

/// Accounts a page.
const PAGE: usize = 500;
/// Bytes of claims a page; beyond it the page ends earlier.
const PAGE_BYTES: usize = 4 << 20;

/// A file that is read once, page by page.
pub(super) struct FileList {
    provider: String,
    issuer: String,
    /// The claim by which the provider's accounts are known.
    reference: String,
    path: PathBuf,
    /// Where it is, how long and how old: another file is another list.
    list: String,
    format: Format,
    options: Options,
    interface: Option<AdminInterface>,
    reading: Mutex<Option<Reading>>,
}

struct Reading {
    items: Import<BufReader<Box<dyn Read + Send>>>,
    /// Items read.
    read: u64,
}

impl FileList {
    pub(super) fn new(
        settings: &ProviderSettings,
        path: &Path,
        format: Format,
        subject: Option<String>,
        interface: Option<AdminInterface>,
    ) -> anyhow::Result<Self> {
        let cannot = || format!("{} cannot be opened", path.display());
        let about = File::open(path).and_then(|file| file.metadata()).with_context(cannot)?;
        let place = path.canonicalize().with_context(cannot)?;
        let modified = about.modified().map(|time| chrono::DateTime::<chrono::Utc>::from(time).to_rfc3339());
        let list = format!(
            "file {} {} {} {} {}",
            place.display(),
            about.len(),
            modified.unwrap_or_default(),
            <&str>::from(format),
            subject.as_deref().unwrap_or_default()
        );
        Ok(Self {
            provider: settings.name.clone(),
            issuer: settings.issuer.clone(),
            reference: settings.reference.clone(),
            path: path.to_owned(),
            list,
            format,
            options: Options { subject, now: System.now() },
            interface,
            reading: Mutex::new(None),
        })
    }

    fn open(&self) -> Result<Reading, ProviderError> {
        let file = File::open(&self.path).map_err(|error| self.problem(error))?;
        let file: Box<dyn Read + Send> = Box::new(file);
        Ok(Reading { items: read(BufReader::new(file), self.format, self.options.clone()), read: 0 })
    }

    fn problem(&self, source: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> ProviderError {
        ProviderError {
            provider: self.provider.clone(),
            code: Code::AnswerUnexpected,
            source: Some(source.into()),
        }
    }

    /// The account's name at its provider: what the operator named, else the claim that it is there.
    fn reference(&self, own: Option<&str>, claims: &Claims) -> Option<String> {
        let is_own = self.reference == "sub" || self.options.subject.is_some();
        let claimed = || claims.get(&self.reference).and_then(|value| value.as_str());
        if is_own { own } else { claimed() }.map(str::to_owned)
    }

    fn nameless(&self) -> String {
        match self.reference.as_str() {
            "sub" => "it has no id of the account; --subject FIELD names one".to_owned(),
            claim => format!(
                "it has no `{claim}`, by which accounts are known there; --subject FIELD names another"
            ),
        }
    }

    /// The accounts of one item, or what is wrong with it.
    fn accounts(&self, item: Item) -> Result<Vec<Account>, Problem> {
        match item {
            Item::NoPerson(_) => Ok(Vec::new()),
            Item::Record(record) => {
                let none = || Problem { place: Some(record.place), reason: self.nameless() };
                let own = record.subject.as_deref();
                Ok(vec![Account {
                    reference: self.reference(own, &record.claims).ok_or_else(none)?,
                    claims: record.claims.clone(),
                    extent: record.extent.clone(),
                    standing: record.standing.or(Some(identity::Standing::Present)),
                    linked: Vec::new(),
                }])
            }
            Item::Line(place, line) => {
                let user = line.to_user(self.options.now);
                let user = user.map_err(|error| Problem { place: Some(place), reason: error.to_string() })?;
                let ours = user.identities.into_iter().filter(|one| one.issuer == self.issuer);
                let account = |one: identity::Identity| {
                    let none = || Problem { place: Some(place), reason: self.nameless() };
                    Ok(Account {
                        reference: self.reference(Some(&one.subject), &one.claims).ok_or_else(none)?,
                        claims: one.claims,
                        // What the line lists is there; what it leaves out is not said to be none.
                        extent: Extent::Full(Default::default()),
                        standing: Some(one.standing),
                        linked: Vec::new(),
                    })
                };
                ours.map(account).collect()
            }
        }
    }
}

#[async_trait]
impl Accounts for FileList {
    fn provider(&self) -> &str {
        &self.provider
    }

    fn list(&self) -> String {
        self.list.clone()
    }

    async fn count(&self) -> Result<Option<u64>, ProviderError> {
        Ok(None)
    }

    async fn page(&self, cursor: Option<&str>) -> Result<AccountPage, ProviderError> {
        let from = cursor.map_or(Ok(0), str::parse).map_err(|error| self.problem(error))?;
        let mut reading = self.reading.lock().await;
        let mut now = match reading.take() {
            Some(now) if now.read == from => now,
            _ => self.open()?,
        };
        while now.read < from && now.items.next().is_some() {
            now.read += 1;
        }
        let (mut page, mut bytes, mut number) = (AccountPage::of(Next::End(None)), 0, 0);
        while page.accounts.len() < PAGE && bytes < PAGE_BYTES {
            let Some(item) = now.items.next() else { return Ok(page) };
            now.read += 1;
            number += 1;
            match item.and_then(|item| self.accounts(item)) {
                Ok(accounts) if accounts.is_empty() => page.others += 1,
                Ok(accounts) => {
                    bytes += accounts.iter().map(|one| size(&one.claims)).sum::<usize>();
                    page.accounts.extend(accounts);
                }
                // A file that is none of this format says so before its first record.
                Err(problem) if problem.place.is_none() => return Err(self.problem(problem)),
                Err(problem) => {
                    tell(&problem.to_string());
                    page.unreadable.push(number);
                }
            }
        }
        page.next = Next::Page(now.read.to_string());
        *reading = Some(now);
        Ok(page)
    }

    async fn by_id(&self, reference: &str, known: &Claims) -> Result<Option<Account>, ProviderError> {
        match &self.interface {
            Some(interface) => interface.by_id(reference, known).await,
            None => Err(self.problem("a file proves nobody's absence")),
        }
    }
}

fn size(claims: &Claims) -> usize {
    serde_json::to_vec(claims).map_or(0, |bytes| bytes.len())
}
