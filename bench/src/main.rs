//! The benchmark's driver: `bench SPAREKEY BARE [--users N]…`. `cargo xtask bench` builds what it needs and runs
//! it. Markdown goes to stdout, what goes on to stderr.
//!
//! Everything is measured in one run and in short rounds that take turns, so that a busy machine hurts all
//! alike; what counts are medians and ratios. It blocks this thread at will: what answers runs on others.

mod backup;
mod browser;
mod databases;
mod export;
mod figures;
mod fill;
mod load;
mod pages;
mod people;
mod phone;
mod process;
mod scale;
mod search;
mod site;
mod table;
mod wire;

use std::path::PathBuf;

use anyhow::{Context, Result, bail};

/// What the driver was told.
pub(crate) struct Programs {
    /// The release, its site beside it.
    pub(crate) sparekey: PathBuf,
    /// `bare.rs`, built.
    pub(crate) bare: PathBuf,
}

#[tokio::main]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut program = || arguments.next().map(PathBuf::from).context("bench SPAREKEY BARE [--users N]…");
    let programs = Programs { sparekey: program()?, bare: program()? };
    match sizes(arguments)?.as_slice() {
        [] => pages::measure(&programs).await,
        sizes => scale::measure(&programs, sizes).await,
    }
}

/// The numbers of users to compare, the smallest first.
fn sizes(arguments: impl Iterator<Item = String>) -> Result<Vec<u64>> {
    let mut sizes = Vec::new();
    let mut arguments = arguments.peekable();
    while let Some(argument) = arguments.next() {
        match (argument.as_str(), arguments.next()) {
            ("--users", Some(number)) => {
                sizes.push(number.replace(['_', ','], "").parse().with_context(|| number.clone())?);
            }
            _ => bail!("`{argument}` is not understood; there is `--users N`"),
        }
    }
    sizes.sort_unstable();
    Ok(sizes)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given(arguments: &[&str]) -> Result<Vec<u64>> {
        sizes(arguments.iter().map(ToString::to_string))
    }

    #[test]
    fn sizes_are_read_as_people_write_them() {
        assert_eq!(given(&["--users", "1_000_000", "--users", "1,000"]).unwrap(), [1000, 1_000_000]);
        assert!(given(&[]).unwrap().is_empty());
        assert!(given(&["--users"]).is_err() && given(&["--users", "many"]).is_err());
    }
}
