//! The addresses of those who are invited, in a file for whoever sends them out. Who stands in it is invited, so the same
//! command goes on where it was broken off.

use std::collections::HashSet;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::Path;

use anyhow::{Context, bail};
use formats::switch::Party;
use identity::{Directory, Invitation, Operator, Run, UserId};

use crate::commands::export::private;
use crate::commands::invite::{address, may_be_invited, open_provider};
use crate::commands::{development, operator::actor};
use crate::config::{Config, Environment};

const HEAD: &str = "user,address,until\n";

pub(super) struct Invitations {
    config: Config,
    file: File,
    there: HashSet<String>,
}

impl Invitations {
    /// Opens the file, or makes it; for its owner alone.
    pub(super) fn open(path: Option<&Path>, provider: &str) -> anyhow::Result<Self> {
        let path =
            path.context("the plan invites people: say where their addresses go by --invitations FILE")?;
        let config = Config::from(&development::with_secret(Environment::read()), !development::IS_ON)?;
        open_provider(&config, provider)?;
        let unwritable = || format!("{} cannot be written", path.display());
        let mut file =
            private().read(true).create(true).truncate(false).open(path).with_context(unwritable)?;
        let mut text = String::new();
        file.read_to_string(&mut text).with_context(unwritable)?;
        // A line that was broken off is none.
        let whole = text.rfind('\n').map_or(0, |end| end + 1);
        file.set_len(whole as u64).with_context(unwritable)?;
        file.seek(SeekFrom::End(0)).with_context(unwritable)?;
        match text[..whole].strip_prefix(HEAD) {
            Some(lines) => {
                let there =
                    lines.lines().filter_map(|line| Some(line.split_once(',')?.0.to_owned())).collect();
                Ok(Self { config, file, there })
            }
            None if whole == 0 => {
                file.write_all(HEAD.as_bytes()).with_context(unwritable)?;
                Ok(Self { config, file, there: HashSet::new() })
            }
            None => bail!("{} is no list of invitations: give another name", path.display()),
        }
    }

    /// Invites one, and writes the address down.
    pub(super) async fn invite(
        &mut self,
        directory: &Directory,
        id: UserId,
        to: &Party,
        run: &Run,
    ) -> anyhow::Result<&'static str> {
        let Some(user) = directory.find(id).await? else { return Ok("no_user") };
        if user.identities.iter().any(|one| one.issuer == to.issuer) || self.there.contains(&id.to_string()) {
            return Ok("already");
        }
        if may_be_invited(&self.config, &user).is_err() {
            return Ok("not_invited");
        }
        let by = Operator { actor: actor(), reason: None, request: None };
        let (provider, issuer) = (to.provider.clone(), to.issuer.clone());
        let invitation = Invitation { user: id, provider, issuer, run: Some(run.id) };
        let Some(invited) = directory.invite(&by, &invitation).await? else { return Ok("no_user") };
        let address = address(&self.config.site_url, &invited);
        let line = format!("{id},{address},{}\n", formats::rfc3339(invited.until));
        self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_data())?;
        self.there.insert(id.to_string());
        Ok("invited")
    }
}
