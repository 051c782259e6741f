//! Files that the documents name are there, and the walk names what is in them.

use super::{code_spans, read, root, section};

const DOCUMENTS: [&str; 5] =
    ["README.md", "ARCHITECTURE.md", "docs/running.md", "docs/own-feature.md", "docs/errors.md"];
const ENDINGS: [&str; 9] = [".rs", ".md", ".toml", ".ts", ".css", ".svg", ".service", ".lock", ".example"];

/// Whether a span reads as a path within the project, and one that is kept in it.
fn is_path(span: &str) -> bool {
    let letters = |c: char| c.is_ascii_alphanumeric() || "_-./".contains(c);
    let like_a_path = span.contains('/') || ENDINGS.iter().any(|ending| span.ends_with(ending));
    let built = span.starts_with("target/");
    // What the guide tells to write is not there yet.
    let to_be_written = span.contains("notes");
    let is_format = span == identity::UserLine::SCHEMA;
    like_a_path
        && span.chars().all(letters)
        && !span.starts_with('/')
        && !built
        && !to_be_written
        && !is_format
}

/// The targets of links to files of the project, without what stands after `#`.
fn links(text: &str) -> impl Iterator<Item = &str> {
    let targets = text.split("](").skip(1).filter_map(|rest| rest.split(')').next());
    let within = targets.filter(|target| !target.contains("://") && !target.starts_with('#'));
    within.map(|target| target.split('#').next().unwrap_or_default())
}

#[test]
fn every_file_that_a_document_names_is_there() {
    for document in DOCUMENTS {
        let text = read(document);
        let spans = code_spans(&text);
        let missing: Vec<&&str> =
            spans.iter().filter(|span| is_path(span) && !root().join(span).exists()).collect();
        assert!(missing.is_empty(), "{document} names {missing:?}");
    }
}

#[test]
fn every_link_within_the_project_leads_somewhere() {
    for document in DOCUMENTS {
        let text = read(document);
        let folder = root().join(document).parent().unwrap().to_owned();
        // Pictures are made by a browser test.
        let kept = links(&text).filter(|target| !target.starts_with("docs/screenshots/"));
        let missing: Vec<&str> = kept.filter(|target| !folder.join(target).exists()).collect();
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
