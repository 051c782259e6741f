//! The table of codes in `docs/errors.md` is made of the code itself. `UPDATE_DOCS=1` writes it anew.

use std::fmt::Write;

use identity::Code;

use super::{read, root};

const FILE: &str = "docs/errors.md";
const OPEN: &str = "<!-- codes: `UPDATE_DOCS=1 cargo test -p server docs` writes this table -->\n";
const CLOSE: &str = "<!-- /codes -->";

#[test]
fn the_table_of_codes_is_that_of_the_program() {
    let text = read(FILE);
    let (before, rest) = text.split_once(OPEN).unwrap();
    let (found, after) = rest.split_once(CLOSE).unwrap();
    let table = table(&read("refusal/src/lib.rs"), &read("app/src/words.rs"));
    if std::env::vars().any(|(name, value)| name == "UPDATE_DOCS" && value == "1") {
        std::fs::write(root().join(FILE), format!("{before}{OPEN}{table}{CLOSE}{after}")).unwrap();
        return;
    }
    assert_eq!(found, table, "UPDATE_DOCS=1 cargo test -p server docs");
}

/// A table for each group of `Code`, as its source groups and describes them.
fn table(codes: &str, words: &str) -> String {
    let body = codes.split_once("pub enum Code {").unwrap().1.split_once("\n}").unwrap().0;
    let (mut table, mut meaning) = (String::new(), String::new());
    for line in body.lines().map(str::trim) {
        if let Some(group) = line.strip_prefix("// ") {
            let heading = group.rsplit_once(':').map_or(group, |(heading, _)| heading);
            write!(table, "\n### {heading}\n\n| code | status | what it means | what the visitor reads |\n|---|---|---|---|\n")
                .unwrap();
        } else if let Some(text) = line.strip_prefix("/// ") {
            let space = if meaning.is_empty() { "" } else { " " };
            write!(meaning, "{space}{text}").unwrap();
        } else if let Some(variant) = line.strip_suffix(',') {
            let code: Code = snake_case(variant).parse().unwrap();
            let title = title(words, variant);
            writeln!(table, "| `{code}` | {} | {meaning} | {title} |", code.status()).unwrap();
            meaning.clear();
        }
    }
    table + "\n"
}

/// The heading of the page, as the words of the application have it.
fn title(words: &str, variant: &str) -> String {
    let (_, arm) = words.split_once(&format!("Code::{variant} => ")).unwrap();
    let title = arm.split('"').nth(1).unwrap();
    title.replace("{Who}", "*Provider*").replace("{who}", "*provider*")
}

fn snake_case(variant: &str) -> String {
    let mut name = String::new();
    for c in variant.chars() {
        if c.is_uppercase() && !name.is_empty() {
            name.push('_');
        }
        name.extend(c.to_lowercase());
    }
    name
}
