//! Who will be known at the other provider, and how. Reads, and writes the plan alone.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::io::BufWriter;
use std::path::Path;

use anyhow::{Context, bail};
use chrono::{NaiveDate, NaiveTime};
use formats::switch::{Head, LeftOut, Party, PlanLine, PlanWriter, Rung, SCHEMA, SignOff};
use identity::{
    Digest, Directory, EmailLink, Field, Fingerprint, Identity, Rights, RunId, Standing, Timestamp, User,
    UserId, Value, World,
};
use provider::admin::AdminInterface;

use super::target::{Target, folded, half};
use super::{Plan, interface, issuer};
use crate::System;
use crate::commands::development;
use crate::commands::export::private;
use crate::commands::operator::{actor, pages};
use crate::commands::terminal::tell;
use crate::config::{Config, Issuer};

pub(super) async fn run(directory: &Directory, asked: &Plan) -> anyhow::Result<()> {
    let (from, to) = (issuer(&asked.from)?, issuer(&asked.to)?);
    if from.issuer == to.issuer {
        bail!("both providers have the same issuer: nobody needs to be moved");
    }
    let mapping = asked.mapping.as_deref().map(read_mapping).transpose()?;
    let by = rungs(asked, mapping.is_some()).await?;
    let sign_off = sign_off(asked, &by)?;
    let target = match by.iter().any(|rung| rung.looks_there()) {
        true => Some(Target::read(interface(&asked.to)?, &by, asked.into.clone()).await?),
        false => None,
    };
    // Whoever has a right in the studio is not let in on less than a log-in.
    let rights = match by.iter().any(|rung| rung.is_less_than_a_login()) {
        true => Config::from_environment(!development::IS_ON)?.rights,
        false => Rights::default(),
    };
    let mut planner = Planner {
        from,
        to,
        by,
        mapping,
        target,
        rights,
        sign_off,
        into: asked.into.clone(),
        made_at: System.now(),
        subjects: HashSet::new(),
        emails: HashMap::new(),
    };
    let file = private().create_new(true).open(&asked.out);
    let file = file.with_context(|| format!("{} cannot be made", asked.out.display()))?;
    let counts = planner.write(directory, BufWriter::new(file)).await?;
    say(&counts);
    match asked.strict && counts.keys().any(|(rung, _)| rung.is_none()) {
        true => bail!("not everybody can be moved"),
        false => Ok(()),
    }
}

/// What is tried, in this order.
async fn rungs(asked: &Plan, has_mapping: bool) -> anyhow::Result<Vec<Rung>> {
    if asked.by.contains(&Rung::Mapping) && !has_mapping {
        bail!("say who has which subject by --mapping FILE");
    }
    if !asked.by.is_empty() {
        return Ok(asked.by.clone());
    }
    let makes = match interface(&asked.to) {
        Ok(interface) => way_of(&interface).await?,
        Err(_) => None,
    };
    let rungs: Vec<Rung> = has_mapping.then_some(Rung::Mapping).into_iter().chain(makes).collect();
    if rungs.is_empty() {
        bail!("nothing says how people will be known there: --mapping FILE, or --by same_subject");
    }
    Ok(rungs)
}

/// How accounts are made there: under our ids where we may give them.
async fn way_of(interface: &AdminInterface) -> anyhow::Result<Option<Rung>> {
    if !interface.makes_accounts() {
        return Ok(None);
    }
    Ok(Some(match interface.takes_ids().await? {
        true => Rung::ChosenSubject,
        false => Rung::ReturnedId,
    }))
}

/// What somebody signs for, where people are known by their e-mail address.
fn sign_off(asked: &Plan, by: &[Rung]) -> anyhow::Result<Option<SignOff>> {
    match (by.contains(&Rung::VerifiedEmail), &asked.sign_off, &asked.until) {
        (false, None, None) => Ok(None),
        (false, ..) => bail!("--sign-off and --until go with --by verified_email"),
        (true, Some(text), Some(until)) if !text.trim().is_empty() => {
            let until = end_of(until)?;
            if until <= System.now() {
                bail!("--until is over already");
            }
            Ok(Some(SignOff { text: text.clone(), until, actor: actor() }))
        }
        (true, ..) => bail!(
            "an e-mail address proves little: say why it is enough here by --sign-off \"…\", and until when by --until DATE"
        ),
    }
}

/// The end of a day in UTC, or a time in RFC 3339.
fn end_of(text: &str) -> anyhow::Result<Timestamp> {
    if let Ok(day) = text.parse::<NaiveDate>() {
        let next = day.succ_opt().context("--until is too far away")?;
        return Ok(next.and_time(NaiveTime::MIN).and_utc());
    }
    text.parse::<Timestamp>().context("--until is a date such as 2027-01-31")
}

/// `user,subject`, with a head.
fn read_mapping(path: &Path) -> anyhow::Result<HashMap<UserId, String>> {
    let unreadable = || format!("{} cannot be read", path.display());
    let text = std::fs::read_to_string(path).with_context(unreadable)?;
    let mut lines = text.trim_start_matches('\u{feff}').lines();
    if lines.next().map(str::trim) != Some("user,subject") {
        bail!("{} does not begin with a line user,subject", path.display());
    }
    let mut mapping = HashMap::new();
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let at =
            || format!("line {} of {} is not a user's id, a comma and a subject", number + 2, path.display());
        let (user, subject) = line.trim_end_matches('\r').split_once(',').with_context(at)?;
        let user = UserId(user.trim().parse().with_context(at)?);
        let subject = subject
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
            .map_or_else(|| subject.to_owned(), |quoted| quoted.replace("\"\"", "\""));
        if subject.is_empty() || subject.len() > 255 || subject.contains('\0') {
            bail!("{}", at());
        }
        if mapping.insert(user, subject).is_some() {
            bail!("{} names the user {user} twice", path.display());
        }
    }
    Ok(mapping)
}

type CountsByRung = BTreeMap<(Option<Rung>, Option<LeftOut>), u64>;

struct Planner {
    from: Issuer,
    to: Issuer,
    by: Vec<Rung>,
    mapping: Option<HashMap<UserId, String>>,
    target: Option<Target>,
    rights: Rights,
    sign_off: Option<SignOff>,
    into: Option<String>,
    made_at: Timestamp,
    subjects: HashSet<u128>,
    /// How many users have an address, by any of their identities.
    emails: HashMap<u128, u32>,
}

/// How somebody will be known.
enum Known {
    /// By this subject; the account is there already.
    There(String),
    /// By this subject, of an account that is made.
    Under(String),
    /// By the id that is given to an account that is made.
    Later,
    /// By an address.
    Email(Digest),
}

impl Planner {
    async fn write(
        &mut self,
        directory: &Directory,
        out: impl std::io::Write,
    ) -> anyhow::Result<CountsByRung> {
        // The head says who they are, so all are looked at once before.
        let mut people = Fingerprint::new(&self.to.issuer);
        let emails = &mut self.emails;
        pages(directory, async |page| {
            for user in page {
                people.add(user);
                let theirs: HashSet<u128> = user.identities.iter().filter_map(email).map(folded).collect();
                theirs.into_iter().for_each(|email| *emails.entry(email).or_default() += 1);
            }
            Ok(())
        })
        .await?;
        let party = |one: &Issuer| Party { provider: one.provider.clone(), issuer: one.issuer.clone() };
        let head = Head {
            schema: SCHEMA.to_owned(),
            run: RunId(System.new_id().0),
            from: party(&self.from),
            to: party(&self.to),
            by: self.by.clone(),
            into: self.into.clone(),
            sign_off: self.sign_off.clone(),
            made_at: self.made_at,
            people: people.into_hex(),
        };
        let mut plan = PlanWriter::new(out, &head)?;
        let mut counts = CountsByRung::new();
        let left = self.from.issuer.clone();
        pages(directory, async |page| {
            let theirs = page.iter().filter(|user| user.identities.iter().any(|one| one.issuer == left));
            for user in theirs {
                let line = self.line(directory, user).await?;
                *counts.entry((line.rung, line.left_out)).or_default() += 1;
                plan.user(&line)?;
            }
            Ok(())
        })
        .await?;
        plan.end().context("the plan cannot be written")?;
        Ok(counts)
    }

    async fn line(&mut self, directory: &Directory, user: &User) -> anyhow::Result<PlanLine> {
        let left_out = |why| PlanLine { left_out: Some(why), ..PlanLine::new(user.id) };
        if user.identities.iter().any(|one| one.issuer == self.to.issuer) {
            return Ok(left_out(LeftOut::Already));
        }
        let present =
            user.ranked().find(|one| one.issuer == self.from.issuer && one.standing == Standing::Present);
        let Some(present) = present else { return Ok(left_out(LeftOut::NotPresent)) };
        let mut why = LeftOut::NoWayIn;
        for rung in self.by.clone() {
            let known = match self.known(directory, user, present, rung).await? {
                Ok(Some(known)) => known,
                Ok(None) => continue,
                Err(unfit) => {
                    why = unfit;
                    continue;
                }
            };
            let line = PlanLine { rung: Some(rung), ..PlanLine::new(user.id) };
            let (subject, is_there) = match known {
                Known::Later => return Ok(line),
                Known::Email(key) => return Ok(PlanLine { email: Some(key.to_text()), ..line }),
                Known::There(subject) => (subject, true),
                Known::Under(subject) => (subject, false),
            };
            let owner = directory.find_by_identity(&self.to.issuer, &subject).await?;
            if owner.is_some() {
                why = LeftOut::Taken;
            } else if !self.subjects.insert(half(&subject)) {
                why = LeftOut::Twice;
            } else {
                return Ok(PlanLine { subject: Some(subject), is_there, ..line });
            }
        }
        Ok(left_out(why))
    }

    async fn known(
        &mut self,
        directory: &Directory,
        user: &User,
        present: &Identity,
        rung: Rung,
    ) -> anyhow::Result<Result<Option<Known>, LeftOut>> {
        if rung.is_less_than_a_login() && self.rights.may_concern(user) {
            return Ok(Err(LeftOut::Operator));
        }
        Ok(match (rung, &mut self.target) {
            (Rung::Mapping, _) => {
                let subject = self.mapping.as_ref().and_then(|mapping| mapping.get(&user.id));
                Ok(subject.cloned().map(Known::There))
            }
            (Rung::SameSubject, _) => Ok(Some(Known::There(present.subject.clone()))),
            (Rung::CarriedClaim, Some(target)) => {
                target.carried(user.id).map(|found| found.map(Known::There))
            }
            (Rung::ChosenSubject, Some(target)) => target.fits(user).map(|there| {
                let subject = target.chosen(user.id)?;
                Some(if there.is_some() { Known::There(subject) } else { Known::Under(subject) })
            }),
            (Rung::ReturnedId, Some(target)) => {
                target.fits(user).map(|there| Some(there.map_or(Known::Later, Known::There)))
            }
            (Rung::VerifiedEmail, Some(_)) => self.by_email(directory, user, present).await?.map(Some),
            (Rung::Invite, _) => Ok((!user.is_disabled).then_some(Known::Later)),
            (_, None) => Ok(None),
        })
    }

    /// An address that this person has shown at a log-in to be theirs, that nobody else has, here or there.
    async fn by_email(
        &self,
        directory: &Directory,
        user: &User,
        present: &Identity,
    ) -> anyhow::Result<Result<Known, LeftOut>> {
        let Some(address) = email(present) else { return Ok(Err(LeftOut::NotVerified)) };
        let flag = present.facts.get(&Field::EmailVerified).and_then(|fact| fact.value.as_ref()?.flag());
        if flag != Some(true) || present.last_login_at.is_none_or(|at| at >= self.made_at) {
            return Ok(Err(LeftOut::NotVerified));
        }
        for field in [Field::Email, Field::EmailVerified] {
            if !directory.was_stated_by_login(user, present, field).await? {
                return Ok(Err(LeftOut::NotVerified));
            }
        }
        let folded = folded(address);
        let here = self.emails.get(&folded).copied().unwrap_or_default();
        let there = self.target.as_ref().map_or(u32::MAX, |target| target.with_email(folded));
        match here == 1 && there <= 1 {
            true => Ok(Ok(Known::Email(EmailLink::key(&self.to.issuer, address)))),
            false => Ok(Err(LeftOut::NotUnique)),
        }
    }
}

/// The address of an identity.
fn email(one: &Identity) -> Option<&str> {
    one.facts.get(&Field::Email)?.value.as_ref().and_then(Value::text)
}

fn say(counts: &CountsByRung) {
    for ((rung, left_out), count) in counts {
        match (rung, left_out) {
            (Some(rung), _) => tell(&format!("{count:>9}  {rung}")),
            (None, Some(why)) => tell(&format!("{count:>9}  left out: {why}")),
            (None, None) => {}
        }
    }
    if counts.is_empty() {
        tell("nobody has an identity of the provider that is left");
    }
}
