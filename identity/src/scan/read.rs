//! Reading a list to its end, and then the copy: what is on the shelf already is taken from there.

use std::collections::HashSet;

use super::course::{Course, short};
use super::incomplete::Incomplete;
use super::judge::{self, Verdict};
use super::sheet::{Answer, Sheet, Sheets};
use super::tally::Tally;
use super::{Scan, ScanError, Scanned, Stage, Watch};
use crate::{
    AccountPage, Accounts, Claims, Code, Identity, Next, ProviderError, RunState, Standing, Timestamp, UserId,
};

/// Users of the copy that are looked at at a time.
const USERS: u32 = 500;
/// How often one list may begin anew because its cursor is too old.
const RESTARTS: u32 = 3;
/// Missing people in a row whom the provider cannot answer for: behind them it answers nobody.
const UNANSWERED: u32 = 10;

/// Who and what came by: 16 bytes for each, so that even millions fit into memory.
#[derive(Default)]
pub(super) struct Seen {
    accounts: HashSet<u128>,
    /// Kept as one with an account that is there.
    linked: HashSet<u128>,
    course: Course,
}

impl Seen {
    fn has(&self, reference: &str) -> bool {
        let name = short(reference);
        self.accounts.contains(&name) || self.linked.contains(&name)
    }
}

/// Where a list goes on.
enum Place {
    At(Option<String>),
    Over,
}

impl Scan {
    /// Everything before the first write.
    pub(super) async fn judged(
        &self,
        list: &dyn Accounts,
        sheets: &mut Sheets<'_>,
        started_at: Timestamp,
        watch: &Watch<'_>,
    ) -> Result<(Tally, Verdict), ScanError> {
        let (mut tally, seen, since) = self.read(list, sheets, started_at, watch).await?;
        let (present, missing) = match tally.is_delta {
            true => (self.present(&Seen::default(), watch).await?.0, 0),
            false => self.present(&seen, watch).await?,
        };
        tally.missing = missing;
        let strangers = !tally.is_delta && judge::is_anothers(present, missing);
        let incomplete = judge::shape(&tally, present).or(strangers.then_some(Incomplete::Strangers));
        let mut verdict = Verdict { incomplete, is_held: false, present, since };
        if incomplete.is_none() {
            if !tally.is_delta && missing > 0 {
                self.ask(list, sheets, &seen, &mut tally, watch).await?;
            }
            verdict.is_held = judge::is_held(&tally, present, self.about.limit);
        }
        Ok((tally, verdict))
    }

    async fn read(
        &self,
        list: &dyn Accounts,
        sheets: &mut Sheets<'_>,
        started_at: Timestamp,
        watch: &Watch<'_>,
    ) -> Result<(Tally, Seen, Option<String>), ScanError> {
        let (mut tally, mut seen) = (Tally::default(), Seen::default());
        let mut place = Place::At(None);
        let mut since = None;
        let mut at = 0;
        // What is there already.
        while let Some(sheet) = sheets.read(at).await? {
            match sheet {
                Sheet::Began { since, .. } => {
                    tally.is_delta = since.is_some();
                    place = Place::At(since);
                }
                Sheet::Counted { before } => tally.count_before = before,
                Sheet::Page { accounts, others, unreadable, cursor, next } => {
                    let next = next.map_or(Next::End(None), Next::Page);
                    let page = AccountPage { accounts, others, unreadable, next };
                    let before = tally.leaving();
                    self.count_page(&page, cursor.as_deref(), started_at, &mut tally, &mut seen).await?;
                    tally.note_sheet(at, before);
                    place = match page.next {
                        Next::Page(next) => Place::At(Some(next)),
                        Next::End(_) | Next::Expired => Place::Over,
                    };
                }
                Sheet::Ended { after, since: from } => {
                    tally.count_after = after;
                    sheets.count = at + 1;
                    return Ok((tally, seen, from));
                }
                _ => break,
            }
            at += 1;
        }
        sheets.count = at;
        if tally.count_before.is_none() && !tally.is_delta {
            tally.count_before = list.count().await?;
            sheets.add(&Sheet::Counted { before: tally.count_before }).await?;
        }
        let mut restarts = 0;
        while let Place::At(cursor) = place {
            self.keep_on(sheets, &tally).await?;
            let page = list.page(cursor.as_deref()).await?;
            let page = self.without_the_forgotten(page).await?;
            let next = match &page.next {
                Next::Expired if restarts == RESTARTS => return Err(self.always_expired().into()),
                Next::Expired => {
                    restarts += 1;
                    tracing::info!("the list's cursor is too old: it is read from its beginning");
                    sheets.begin(&self.began(list, None)).await?;
                    (tally, seen) = (Tally::default(), Seen::default());
                    tally.count_before = list.count().await?;
                    sheets.add(&Sheet::Counted { before: tally.count_before }).await?;
                    place = Place::At(None);
                    continue;
                }
                Next::Page(next) => Some(next.clone()),
                Next::End(from) => {
                    since = from.clone();
                    None
                }
            };
            let before = tally.leaving();
            self.count_page(&page, cursor.as_deref(), started_at, &mut tally, &mut seen).await?;
            tally.note_sheet(sheets.count, before);
            let AccountPage { accounts, others, unreadable, .. } = page;
            sheets.add(&Sheet::Page { accounts, others, unreadable, cursor, next: next.clone() }).await?;
            watch(Stage::Reading, tally.seen, tally.count_before);
            place = match next {
                Some(_) if tally.broke_off.is_some() => Place::Over,
                Some(next) => Place::At(Some(next)),
                None => Place::Over,
            };
        }
        if !tally.is_delta && tally.count_before.is_some() {
            tally.count_after = list.count().await?;
        }
        sheets.add(&Sheet::Ended { after: tally.count_after, since: since.clone() }).await?;
        Ok((tally, seen, since))
    }

    /// Whoever was erased here counts, and nothing else of them is kept.
    async fn without_the_forgotten(&self, mut page: AccountPage) -> Result<AccountPage, ScanError> {
        let Scanned { provider, issuer, .. } = &self.about;
        let references: Vec<&str> = page.accounts.iter().map(|one| one.reference.as_str()).collect();
        let forgotten = self.directory.forgotten(provider, issuer, &references).await?;
        page.others += forgotten.len() as u64;
        page.accounts.retain(|one| !forgotten.contains(&one.reference));
        Ok(page)
    }

    async fn count_page(
        &self,
        page: &AccountPage,
        cursor: Option<&str>,
        started_at: Timestamp,
        tally: &mut Tally,
        seen: &mut Seen,
    ) -> Result<(), ScanError> {
        let before = tally.seen;
        tally.seen += page.others + page.unreadable.len() as u64;
        tally.begins_empty |= seen.course.count() == 0 && tally.seen == 0 && page.accounts.is_empty();
        tally.pass_over(seen.course.count() + 1, &page.unreadable);
        for account in &page.accounts {
            if !seen.accounts.insert(short(&account.reference)) {
                continue;
            }
            tally.seen += 1;
            seen.linked.extend(account.linked.iter().map(|one| short(one)));
            self.count_account(account, started_at, tally).await?;
        }
        let new = tally.seen - before;
        let left = seen.course.pass(cursor, &page.accounts, new, tally.count_before, tally.is_delta);
        tally.broke_off = tally.broke_off.or(left);
        Ok(())
    }

    fn always_expired(&self) -> ProviderError {
        let sentence =
            "the list's cursor is too old again and again, however often it is read from its beginning";
        let (provider, code) = (self.about.provider.clone(), Code::AnswerUnexpected);
        ProviderError { provider, code, source: Some(sentence.into()) }
    }

    /// How many of the provider's identities are present in the copy, and how many of them were not in the list.
    async fn present(&self, seen: &Seen, watch: &Watch<'_>) -> Result<(u64, u64), ScanError> {
        let (mut present, mut missing, mut after) = (0, 0, None);
        loop {
            let users = self.directory.page(after, USERS).await?;
            for identity in users.iter().flat_map(|user| &user.identities).filter(|one| self.is_ours(one)) {
                present += 1;
                missing += u64::from(!self.reference(identity).is_none_or(|one| seen.has(one)));
            }
            watch(Stage::Comparing, present, None);
            after = users.last().map(|user| user.id);
            if users.len() < USERS as usize {
                return Ok((present, missing));
            }
        }
    }

    /// Asks for whoever is present in the copy and not in the list, one by one: a list proves no absence.
    async fn ask(
        &self,
        list: &dyn Accounts,
        sheets: &mut Sheets<'_>,
        seen: &Seen,
        tally: &mut Tally,
        watch: &Watch<'_>,
    ) -> Result<(), ScanError> {
        let (mut after, mut asked, mut in_a_row) = (None::<UserId>, 0, 0);
        while let Some(Sheet::Asked { up_to, answers, unanswered }) = sheets.read(sheets.count).await? {
            self.count_answers(&answers, sheets.count, tally).await?;
            tally.unanswered += unanswered;
            asked += answers.len() as u64 + unanswered;
            after = Some(up_to);
            sheets.count += 1;
        }
        loop {
            let users = self.directory.page(after, USERS).await?;
            let Some(last) = users.last().map(|user| user.id) else { return Ok(()) };
            let (mut answers, mut unanswered) = (Vec::new(), 0);
            for identity in users.iter().flat_map(|user| &user.identities).filter(|one| self.is_ours(one)) {
                let Some(reference) = self.reference(identity).filter(|one| !seen.has(one)) else { continue };
                match self.answer(list, reference, &identity.claims).await {
                    Ok(answer) => {
                        answers.push(answer);
                        in_a_row = 0;
                    }
                    // Of one who cannot be asked for, nothing is known; where nobody can, the provider is to blame.
                    Err(error) => {
                        in_a_row += u32::from(error.code != Code::AnswerUnexpected);
                        if in_a_row == UNANSWERED {
                            return Err(error.into());
                        }
                        tracing::debug!(%error, "a missing account could not be asked for");
                        unanswered += 1;
                    }
                }
                asked += 1;
                watch(Stage::Asking, asked, Some(tally.missing));
                if asked % 50 == 0 {
                    self.keep_on(sheets, tally).await?;
                }
            }
            if !answers.is_empty() || unanswered > 0 {
                self.count_answers(&answers, sheets.count, tally).await?;
                tally.unanswered += unanswered;
                sheets.add(&Sheet::Asked { up_to: last, answers, unanswered }).await?;
            }
            after = Some(last);
            if users.len() < USERS as usize {
                return Ok(());
            }
        }
    }

    /// What the provider says of one account.
    async fn answer(
        &self,
        list: &dyn Accounts,
        reference: &str,
        known: &Claims,
    ) -> Result<Answer, ProviderError> {
        let at = self.world.now();
        let account = list.by_id(reference, known).await?;
        Ok(Answer { reference: reference.to_owned(), account, at })
    }

    /// Counts what was answered, which is or will be on this sheet.
    async fn count_answers(
        &self,
        answers: &[Answer],
        sheet: u64,
        tally: &mut Tally,
    ) -> Result<(), ScanError> {
        let before = tally.leaving();
        for answer in answers {
            match &answer.account {
                Some(account) => self.count_account(account, answer.at, tally).await?,
                None => self.count_gone(&answer.reference, answer.at, tally).await?,
            }
        }
        tally.note_sheet(sheet, before);
        Ok(())
    }

    /// Notes how far it is, and goes on only while the turn is ours. A dry run has no turn.
    async fn keep_on(&self, sheets: &Sheets<'_>, tally: &Tally) -> Result<(), ScanError> {
        let Some(run) = sheets.run() else { return Ok(()) };
        self.still_ours().await?;
        if let Some(mut run) = self.stores.runs.run(run).await?.filter(|run| run.state == RunState::Running) {
            run.counts = tally.counts();
            self.stores.runs.advance(&run, RunState::Running, None).await?;
        }
        Ok(())
    }

    fn is_ours(&self, identity: &Identity) -> bool {
        identity.issuer == self.about.issuer && identity.standing == Standing::Present
    }

    /// The account's id at the provider; none where no log-in has said it yet.
    fn reference<'a>(&self, identity: &'a Identity) -> Option<&'a str> {
        match self.about.reference.as_str() {
            "sub" => Some(&identity.subject),
            claim => identity.claims.get(claim)?.as_str(),
        }
    }
}
