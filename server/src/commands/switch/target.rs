//! The provider that people go to, and whom it has already.

use std::collections::{HashMap, HashSet};

use anyhow::{Context, bail};
use formats::UserLine;
use formats::accounts::Interface;
use formats::files::export::{chosen_subject, new_account, our_id};
use formats::switch::{LeftOut, Rung};
use identity::scan::Course;
use identity::{Account, Accounts, Digest, NewAccount, Next, User, UserId};
use provider::admin::AdminInterface;

/// What is known of it while a plan is made; names and addresses in 16 bytes each.
pub(super) struct Target {
    interface: AdminInterface,
    into: Option<String>,
    names: HashSet<u128>,
    emails: HashMap<u128, u32>,
    /// The accounts that bear an id of ours; none where two bear the same.
    ours: HashMap<UserId, Option<String>>,
    /// Names that this plan gives away.
    given: HashSet<u128>,
}

impl Target {
    pub(super) async fn read(
        interface: AdminInterface,
        by: &[Rung],
        into: Option<String>,
    ) -> anyhow::Result<Self> {
        let name = interface.interface();
        if by.iter().any(|rung| rung.makes_accounts()) && !interface.makes_accounts() {
            bail!(
                "{name} makes no accounts for us: take a file of `sparekey users export` there, and --mapping FILE"
            );
        }
        if by.contains(&Rung::VerifiedEmail) && !interface.makes_accounts() {
            bail!("{name} cannot be asked who has an e-mail address: nobody is known by it there");
        }
        if by.contains(&Rung::ChosenSubject) && !interface.takes_ids().await? {
            let why = match name {
                Interface::Keycloak => "the service account lacks the role manage-realm",
                _ => "the provider gives ids of its own",
            };
            bail!(
                "{name} takes no ids of accounts from us ({why}): --by returned_id makes them one after the other"
            );
        }
        let mut target = Self {
            into,
            names: HashSet::new(),
            emails: HashMap::new(),
            ours: HashMap::new(),
            given: HashSet::new(),
            interface,
        };
        target.everybody().await?;
        Ok(target)
    }

    async fn everybody(&mut self) -> anyhow::Result<()> {
        const CONTEXT: &str = "the accounts that are there cannot be read";
        let counted = self.interface.count().await.context(CONTEXT)?;
        let (mut course, mut cursor) = (Course::default(), None);
        loop {
            let page = self.interface.page(cursor.as_deref()).await.context(CONTEXT)?;
            page.accounts.iter().for_each(|account| self.note(account));
            let records = page.accounts.len() + page.unreadable.len();
            let records = records as u64 + page.others;
            let left = course.pass(cursor.as_deref(), &page.accounts, records, counted, false);
            if let Some(reason) = left {
                bail!("{CONTEXT}: {}", reason.sentence());
            }
            match page.next {
                Next::Page(next) => cursor = Some(next),
                Next::End(_) => return Ok(()),
                Next::Expired => bail!("{CONTEXT}: they changed too much meanwhile; try again"),
            }
        }
    }

    fn note(&mut self, account: &Account) {
        let text = |claim: &str| account.claims.get(claim).and_then(|value| value.as_str());
        for (kind, claim) in [("username", "preferred_username"), ("email", "email")] {
            let name = text(claim).map(|name| half(&format!("{kind} {}", name.to_lowercase())));
            self.names.extend(name);
        }
        if let Some(email) = text("email") {
            *self.emails.entry(folded(email)).or_default() += 1;
        }
        if let Some(user) = our_id(self.interface.interface(), &account.reference, &account.claims) {
            let one = self.ours.entry(user).or_insert_with(|| Some(account.reference.clone()));
            // A list may show somebody twice.
            if one.as_ref() != Some(&account.reference) {
                *one = None;
            }
        }
    }

    /// How many accounts have an address.
    pub(super) fn with_email(&self, folded: u128) -> u32 {
        self.emails.get(&folded).copied().unwrap_or_default()
    }

    /// The account that bears our id of a user.
    pub(super) fn carried(&self, user: UserId) -> Result<Option<String>, LeftOut> {
        match self.ours.get(&user) {
            Some(None) => Err(LeftOut::Twice),
            Some(found) => Ok(found.clone()),
            None => Ok(None),
        }
    }

    /// The subject of an account under our id.
    pub(super) fn chosen(&self, user: UserId) -> Option<String> {
        chosen_subject(self.interface.interface(), user)
    }

    /// Whether an account of this user can be made there; the one that an earlier switch made, where there is one.
    pub(super) fn fits(&mut self, user: &User) -> Result<Option<String>, LeftOut> {
        if let Some(made) = self.carried(user.id)? {
            return Ok(Some(made));
        }
        let account = account(user, &self.interface, self.into.as_deref()).ok_or(LeftOut::Unfit)?;
        let theirs: Vec<u128> = account.names.iter().map(|name| half(name)).collect();
        if theirs.iter().any(|name| self.names.contains(name)) {
            return Err(LeftOut::ThereAlready);
        }
        match theirs.iter().any(|name| self.given.contains(name)) {
            true => Err(LeftOut::Twice),
            false => {
                self.given.extend(theirs);
                Ok(None)
            }
        }
    }
}

/// The account of one user; none where the provider cannot hold it.
pub(super) fn account(user: &User, interface: &AdminInterface, into: Option<&str>) -> Option<NewAccount> {
    let into = match interface.interface() {
        Interface::Keycloak => interface.address().rsplit('/').next(),
        _ => into,
    };
    new_account(interface.interface(), &UserLine::full(user), into).ok()
}

/// An address, in 16 bytes.
pub(super) fn folded(address: &str) -> u128 {
    half(&address.to_ascii_lowercase())
}

/// A text, in 16 bytes.
pub(super) fn half(text: &str) -> u128 {
    Digest::of_pair("", text).0.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}
