//! "Where do I change …" in the README is true: whatever lists all of a kind stands in the kind's row.

use super::{code_spans, read, root, section};

/// What is changed, and the kind whose list grows with it: its file, and its name there.
const KINDS: [(&str, &str, &str); 6] = [
    ("the profile's fields", "identity/src/field.rs", "Field"),
    ("where facts come from", "identity/src/claims.rs", "Source"),
    ("what a webhook tells", "formats/src/webhook.rs", "Format"),
    ("what a provider's list says of its users", "formats/src/accounts.rs", "Interface"),
    ("what is used once", "identity/src/tickets.rs", "TicketKind"),
    ("the words of an error", "refusal/src/lib.rs", "Code"),
];

#[test]
fn whatever_lists_all_of_a_kind_stands_in_its_row() {
    let readme = read("README.md");
    let table = section(&readme, "## Where do I change …");
    let files = sources();
    for (change, home, name) in KINDS {
        let row = table.lines().find(|line| line.starts_with(&format!("| {change} |")));
        let row = row.unwrap_or_else(|| panic!("no row for {change}"));
        let named = code_spans(row);
        let members = members(&read(home), name);
        assert!(members.len() > 2, "{home} has no {name}");
        assert!(files.iter().any(|file| file == home && lists(&read(file), &members)), "{home}");
        for file in files.iter().filter(|file| lists(&read(file), &members)) {
            let is_named =
                named.iter().any(|span| span == file || (span.ends_with('/') && file.starts_with(span)));
            assert!(is_named, "{file} lists every {name}, and the row of {change} does not say so");
        }
    }
}

/// The sources of what is released, without tests.
fn sources() -> Vec<String> {
    let rooms = ["app", "formats", "identity", "migration", "provider", "refusal", "server", "store"];
    let mut folders: Vec<_> = rooms.iter().map(|room| root().join(room).join("src")).collect();
    let mut files = Vec::new();
    while let Some(folder) = folders.pop() {
        for path in std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()) {
            match path.is_dir() {
                true => folders.push(path),
                false => files.push(path.strip_prefix(root()).unwrap().to_str().unwrap().to_owned()),
            }
        }
    }
    files.retain(|file| file.ends_with(".rs") && !file.ends_with("/tests.rs") && !file.contains("/tests/"));
    files
}

/// The members of an enumeration, as the source has them.
fn members(text: &str, name: &str) -> Vec<String> {
    let (_, body) = text.split_once(&format!("pub enum {name} {{\n")).unwrap_or_else(|| panic!("no {name}"));
    let body = body.split("\n}").next().unwrap_or_default();
    let words = body.lines().map(|line| line.trim().trim_end_matches(','));
    let is_member =
        |word: &&str| word.starts_with(char::is_uppercase) && word.chars().all(char::is_alphanumeric);
    words.filter(is_member).map(str::to_owned).collect()
}

/// Whether all of them are named, as they are or in small letters.
fn lists(text: &str, members: &[String]) -> bool {
    let is_end =
        |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric() && letter != '_');
    let is_there = |name: &str| {
        text.match_indices(name).any(|(at, _)| {
            is_end(text[..at].chars().next_back()) && is_end(text[at + name.len()..].chars().next())
        })
    };
    members.iter().all(|member| is_there(member) || is_there(&in_small_letters(member)))
}

fn in_small_letters(member: &str) -> String {
    let mut small = String::new();
    for (at, letter) in member.char_indices() {
        if letter.is_uppercase() && at > 0 {
            small.push('_');
        }
        small.extend(letter.to_lowercase());
    }
    small
}
