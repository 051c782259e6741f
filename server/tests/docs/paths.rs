//! Files that the documents name are there, and the walk names what is in them.

use std::path::{Path, PathBuf};

use super::{code_spans, read, root, section};

const ENDINGS: [&str; 9] = [".rs", ".md", ".toml", ".ts", ".css", ".svg", ".service", ".lock", ".example"];

/// Every document: at the top, and one folder below.
fn documents() -> Vec<String> {
    let entries = |folder: &Path| -> Vec<PathBuf> {
        std::fs::read_dir(folder).into_iter().flatten().map(|entry| entry.unwrap().path()).collect()
    };
    let mut paths = entries(&root());
    paths.extend(paths.clone().iter().flat_map(|folder| entries(folder)));
    paths.retain(|path| path.extension().is_some_and(|ending| ending == "md"));
    paths.iter().map(|path| path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()).collect()
}

/// Whether a span reads as a path within the project, and one that is kept in it.
fn is_path(span: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let like_a_path = span.contains('/') || ENDINGS.iter().any(|ending| span.ends_with(ending));
    let built = span.starts_with("target/");
    // What the guide tells to write is not there yet.
    let to_be_written = span.contains("notes");
    let is_format = [formats::UserLine::SCHEMA, "sparekey.backup/1", "sparekey.log/1"].contains(&span);
    like_a_path
        && span.chars().all(letters)
        && !span.starts_with('/')
        && !built
        && !to_be_written
        && !is_format
}

/// The links within the project: a file, or nothing for the document itself, and what stands after `#`.
fn links(text: &str) -> impl Iterator<Item = (&str, &str)> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let within = targets.filter(|target| !target.contains("://"));
    within.map(|target| target.split_once('#').unwrap_or((target, "")))
}

/// The names by which the headings of a document are linked to.
fn anchors(text: &str) -> Vec<String> {
    let headings = text.lines().filter(|line| line.starts_with('#'));
    let slug = |heading: &str| -> String {
        let words = heading.trim_start_matches('#').trim().to_lowercase();
        let kept = words.chars().filter(|c| c.is_alphanumeric() || " -_".contains(*c));
        kept.map(|c| if c == ' ' { '-' } else { c }).collect()
    };
    headings.map(slug).collect()
}

#[test]
fn every_file_that_a_document_names_is_there() {
    for document in documents() {
        let text = read(&document);
        let spans = code_spans(&text);
        let missing: Vec<&&str> =
            spans.iter().filter(|span| is_path(span) && !root().join(span).exists()).collect();
        assert!(missing.is_empty(), "{document} names {missing:?}");
    }
}

/// The README says `cargo run -- studio`, and the benchmark has programs too.
#[test]
fn cargo_run_starts_sparekey() {
    let metadata = ["metadata", "--no-deps", "--format-version=1", "--offline"];
    let output =
        std::process::Command::new(env!("CARGO")).args(metadata).current_dir(root()).output().unwrap();
    let metadata: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap().iter();
    let started: Vec<&str> = packages.filter_map(|package| package["default_run"].as_str()).collect();
    assert_eq!(started, ["sparekey"]);
}

#[test]
fn every_link_within_the_project_leads_somewhere() {
    for document in documents() {
        let text = read(&document);
        let folder = root().join(&document).parent().unwrap().to_owned();
        let leads = |(file, anchor): &(&str, &str)| {
            let path = if file.is_empty() { root().join(&document) } else { folder.join(file) };
            path.exists()
                && (anchor.is_empty()
                    || anchors(&std::fs::read_to_string(path).unwrap()).contains(&(*anchor).to_owned()))
        };
        let missing: Vec<(&str, &str)> = links(&text).filter(|link| !leads(link)).collect();
        assert!(missing.is_empty(), "{document} links to {missing:?}");
    }
}

#[test]
fn each_step_of_the_walk_is_in_the_file_it_names() {
    let readme = read("README.md");
    let walk = section(&readme, "## The walk, from click to cookie");
    let rows: Vec<Vec<&str>> = walk.lines().map(code_spans).filter(|spans| spans.len() == 2).collect();
    assert!(rows.len() >= 12);
    for row in rows {
        let (file, name) = (row[0], row[1]);
        assert!(read(file).contains(&format!("fn {name}(")), "{file} has no {name}");
    }
}

#[test]
fn a_path_is_told_from_other_words() {
    for path in ["server/src/lib.rs", "Cargo.toml", "app/src/pages/", "docs/sparekey.service"] {
        assert!(is_path(path), "{path}");
    }
    for other in ["/auth/login", "target/dist", "https://a/b", "Login::begin", "sparekey.user/1", "SITE_URL"]
    {
        assert!(!is_path(other), "{other}");
    }
}
