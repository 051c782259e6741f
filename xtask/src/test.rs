//! `cargo xtask test`: every check and test there is, cheapest first, so that a fault shows early.

use anyhow::Result;

use crate::build;
use crate::http::free_address;
use crate::leptos::Leptos;
use crate::place::Place;
use crate::run::{cargo, run, run_tests, step};
use crate::{browser, leptos, watch};

/// Runs them all; `all` adds what takes long.
pub fn test(place: &Place, all: bool) -> Result<()> {
    step("Formatting", "a second", || formatting(place))?;
    step("Clippy, for the server", "2 minutes the first time", || clippy(place))?;
    step("Clippy, for the browser", "1 minute the first time", || clippy_wasm(place))?;
    step("Documentation", "some seconds", || documentation(place))?;
    let mut passed = step("Rust tests", "5 minutes the first time", || {
        run_tests(cargo().arg("test").current_dir(&place.root))
    })?;
    passed += step("These commands themselves", "half a minute", || commands(place))?;
    step("What the browser tests need", "a minute the first time", || {
        browser::packages(place)?;
        browser::chromium(place)
    })?;
    let leptos = step("cargo-leptos", "6 minutes the first time", || Leptos::ready(place))?;
    passed += step("Browser tests", "6 minutes the first time, then 1", || end_to_end(place, &leptos))?;
    passed += step("Reload after an edit", "2 minutes the first time", || {
        watch::reloads_after_an_edit(place, &leptos)
    })?;
    if all {
        build::build(place)?;
    }
    println!("\n{passed} passed, 0 failed");
    Ok(())
}

fn formatting(place: &Place) -> Result<()> {
    for manifest in [place.root.join("Cargo.toml"), place.xtask_manifest(), place.leptos_manifest()] {
        run(cargo().args(["fmt", "--all", "--check", "--manifest-path"]).arg(manifest))?;
    }
    Ok(())
}

fn clippy(place: &Place) -> Result<()> {
    run(cargo().args(["clippy", "--all-targets", "--", "--deny=warnings"]).current_dir(&place.root))
}

/// `frontend` turns on what `app` is in the browser.
fn clippy_wasm(place: &Place) -> Result<()> {
    run(cargo()
        .args(["clippy", "-p=frontend", "-p=app", "--target", leptos::WASM, "--target-dir"])
        .arg(place.target.join("front"))
        .args(["--", "--deny=warnings"])
        .current_dir(&place.root))
}

fn documentation(place: &Place) -> Result<()> {
    run(cargo().args(["doc", "--no-deps"]).env("RUSTDOCFLAGS", "--deny=warnings").current_dir(&place.root))
}

fn commands(place: &Place) -> Result<usize> {
    let manifest = place.xtask_manifest();
    run(cargo()
        .args(["clippy", "--all-targets", "--manifest-path"])
        .arg(&manifest)
        .args(["--", "--deny=warnings"]))?;
    run_tests(cargo().args(["test", "--manifest-path"]).arg(&manifest))
}

/// As anybody with cargo-leptos runs it: `cargo leptos end-to-end`. The server that it starts
/// beside the tests idles, away from the developer's own; Playwright starts another for itself.
fn end_to_end(place: &Place, leptos: &Leptos) -> Result<usize> {
    let address = free_address()?;
    run_tests(
        leptos
            .command(place, &["end-to-end"])
            .env("LEPTOS_SITE_ADDR", address.to_string())
            .env("SITE_URL", format!("http://localhost:{}", address.port()))
            .env("DATABASE_URL", "sqlite::memory:")
            .env("SPAREKEY_BINARY", place.binary("debug", "sparekey")),
    )
}
