//! `sparekey users list`: everybody in the order in which they came, or whoever a search as the studio's finds.

use std::io::{BufWriter, Write};
use std::str::FromStr;

use anyhow::{Context, ensure};
use chrono::{NaiveDate, TimeDelta};
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use formats::UserLine;
use identity::search::{Asked, Direction, Filters, From, LastLogin, Meaning, Query, Sort, Verified};
use identity::{Directory, Field, Standing, Status, User};

use super::operator::each;
use super::terminal::{UNWRITABLE, escaped, tell, visible};

/// Users of one page.
const PAGE: u32 = 500;

#[derive(Args)]
pub(super) struct Arguments {
    /// An id, a subject, an e-mail or its beginning, `@domain`, a phone number, or the beginnings of words.
    #[arg(long)]
    search: Option<String>,
    #[arg(long, value_parser = word::<Status>(&["active", "disabled", "tombstone"]))]
    status: Option<Status>,
    /// Who has an identity of this provider.
    #[arg(long)]
    provider: Option<String>,
    /// What is known of the e-mail; `none` is without one.
    #[arg(long, value_parser = word::<Verified>(&["yes", "no", "none"]))]
    verified: Option<Verified>,
    #[arg(long, value_parser = word::<LastLogin>(&["today", "7d", "30d", "older", "never"]))]
    last_login: Option<LastLogin>,
    /// First heard of on this day (UTC) or later.
    #[arg(long)]
    from: Option<NaiveDate>,
    /// First heard of on this day (UTC) or before.
    #[arg(long)]
    to: Option<NaiveDate>,
    /// Who has more than one identity.
    #[arg(long)]
    several: bool,
    /// Who has something on hold.
    #[arg(long)]
    hold: bool,
    /// Who has an identity of which its provider says so.
    #[arg(long, value_parser = word::<Standing>(&["present", "blocked", "deleted"]))]
    standing: Option<Standing>,
    /// By the last log-in, the first one, the name or the e-mail: whoever changes meanwhile may be missing then, or be
    /// there twice. Otherwise whoever was heard of first comes first.
    #[arg(long, value_parser = word::<Sort>(&["login", "seen", "name", "email"]))]
    sort: Option<Sort>,
    /// The other way round.
    #[arg(long, value_parser = word::<Direction>(&["asc", "desc"]), requires = "sort")]
    dir: Option<Direction>,
    /// One object a line, as `export` prints it but without claims.
    #[arg(long)]
    json: bool,
}

/// One of these words.
fn word<T>(words: &'static [&'static str]) -> impl TypedValueParser<Value = T>
where
    T: FromStr + Clone + Send + Sync + 'static,
    T::Err: std::error::Error + Send + Sync + 'static,
{
    PossibleValuesParser::new(words).try_map(|word| word.parse::<T>())
}

impl Arguments {
    /// None where everybody is asked for, in no order.
    fn query(&self) -> Option<Query> {
        let query = Query {
            q: self.search.clone().unwrap_or_default(),
            filters: Filters {
                status: self.status,
                provider: self.provider.clone(),
                verified: self.verified,
                login: self.last_login,
                from: self.from,
                to: self.to,
                several: self.several,
                online: false,
                hold: self.hold,
                standing: self.standing,
            },
            sort: self.sort,
            direction: self.dir,
            ..Query::default()
        };
        (query != Query::default()).then_some(Query { size: PAGE, ..query })
    }
}

pub(super) async fn run(directory: &Directory, arguments: Arguments) -> anyhow::Result<()> {
    let mut out = BufWriter::new(std::io::stdout().lock());
    let mut print = |user: &User| match arguments.json {
        true => {
            let line = serde_json::to_string(&UserLine::public(user)).map_err(std::io::Error::other)?;
            writeln!(out, "{}", escaped(&line))
        }
        false => writeln!(out, "{}", row(user)),
    };
    match arguments.query() {
        None => each(directory, &mut print).await?,
        Some(query) if query.sort.is_none() => walk(directory, &query, &mut print).await?,
        Some(query) => sorted(directory, query, &mut print).await?,
    }
    out.flush().context(UNWRITABLE)
}

/// Everybody who is found, each once.
async fn walk(
    directory: &Directory,
    query: &Query,
    print: &mut impl FnMut(&User) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    let mut found = directory.walk(query, TimeDelta::zero()).await?;
    say(found.asked(), found.is_filling());
    loop {
        let users = found.next().await?;
        if users.is_empty() {
            return Ok(());
        }
        for user in &users {
            print(user).context(UNWRITABLE)?;
        }
    }
}

/// All pages of a list that is sorted, also where one of them is given up for its cost: whoever asks here has time.
async fn sorted(
    directory: &Directory,
    mut query: Query,
    print: &mut impl FnMut(&User) -> std::io::Result<()>,
) -> anyhow::Result<()> {
    loop {
        let hits = directory.search(&query, TimeDelta::zero()).await?;
        ensure!(!hits.is_lost, "the user where a page ended was erased meanwhile; ask again");
        if query.from == From::Start {
            say(&hits.asked, hits.is_filling);
        }
        for user in &hits.users {
            print(user).context(UNWRITABLE)?;
        }
        let Some(older) = hits.older else { return Ok(()) };
        query.from = From::After(older);
    }
}

/// How the query was read, and whether some may be missing.
fn say(asked: &Asked, is_filling: bool) {
    if asked.meaning != Meaning::Everybody {
        tell(&format!("searched for {}", asked.meaning.said()));
    }
    if is_filling {
        tell("users that were there before are still being taken into the search: some may be missing");
    }
}

/// No value may break the row or act on the terminal.
fn row(user: &User) -> String {
    let text = |field| visible(&user.text(field).unwrap_or_default()).into_owned();
    let last = user.last_login_at.map(|at| at.to_rfc3339_opts(chrono::SecondsFormat::Secs, true));
    [
        user.id.to_string(),
        user.status().to_string(),
        text(Field::Email),
        text(Field::Name),
        last.unwrap_or_else(|| "never".to_owned()),
    ]
    .join("\t")
}
