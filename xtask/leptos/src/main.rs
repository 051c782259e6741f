//! cargo-leptos and wasm-bindgen in one binary, both pinned by this workspace's lock file.
//!
//! cargo-leptos looks for a program named `wasm-bindgen` on `PATH`, takes whatever version it
//! finds there, and downloads one where there is none. So `cargo xtask` puts a link to this binary
//! on `PATH` under that name, and it plays whichever part it is called by.

use std::env;
use std::path::PathBuf;

use anyhow::{Result, bail};
use clap::Parser;

fn main() -> Result<()> {
    let called = env::args_os().next().map(PathBuf::from).unwrap_or_default();
    if called.file_stem().is_some_and(|name| name == "wasm-bindgen") {
        return wasm_bindgen_cli::wasm_bindgen::run_cli_with_args(env::args_os());
    }
    let cli = cargo_leptos::config::Cli::parse();
    let verbose = cli.opts().map_or(0, |opts| opts.verbose);
    cargo_leptos::logger::setup(verbose, &cli.log);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    match runtime.block_on(cargo_leptos::run(cli)) {
        Ok(()) => Ok(()),
        Err(report) => bail!("{report:#}"),
    }
}
