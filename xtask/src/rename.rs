//! `cargo xtask rename`: gives the project another name, in every file and every file's name.

use std::fs;
use std::path::Path;

use anyhow::{Result, ensure};

use crate::mirror::left_out;
use crate::run::{cargo, output, program, run};
use crate::workspace::Workspace;

/// The name as it is now; this file renames itself as well.
const NAME: &str = "sparekey";
/// What keeps its name: the format of exported users, which outlives programs, and the pinned build
/// tool, which would be built anew.
const KEPT: [&str; 2] = ["sparekey.user", "sparekey-leptos"];
/// Whose words are not ours to change.
const OTHERS: [&str; 2] = ["LICENSE", "CHANGELOG"];

/// Renames the project, then formats it, for lines have another length now.
pub fn rename(workspace: &Workspace, name: &str) -> Result<()> {
    ensure!(is_name(name), "A name is small letters and digits and begins with a letter: not `{name}`.");
    ensure!(
        !stands_in(&workspace.root, name)?,
        "`{name}` stands in the sources already, so it could not be told from the name: take another."
    );
    ensure!(
        is_clean(&workspace.root),
        "Commit what you changed first: then `git diff` shows the renaming, and `git restore .` undoes it."
    );
    let files = in_folder(&workspace.root, name)?;
    for manifest in
        [workspace.root.join("Cargo.toml"), workspace.xtask_manifest(), workspace.leptos_manifest()]
    {
        run(cargo().args(["fmt", "--all", "--manifest-path"]).arg(manifest))?;
    }
    println!(
        "{files} files say {} now. The next build takes as long as the first: `cargo xtask test`.",
        capital(name)
    );
    Ok(())
}

fn is_name(name: &str) -> bool {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    name.starts_with(|c: char| c.is_ascii_lowercase()) && name.chars().all(letters)
}

/// Whether a Rust file or a manifest has the word. Prose may: no program reads it.
fn stands_in(folder: &Path, word: &str) -> Result<bool> {
    for entry in fs::read_dir(folder)? {
        let (entry, path) = entry.map(|entry| (entry.file_name(), entry.path()))?;
        if left_out(&entry) {
            continue;
        }
        let source = path.extension().is_some_and(|ending| ending == "rs" || ending == "toml");
        let found = match path.is_dir() {
            true => stands_in(&path, word)?,
            false => source && fs::read_to_string(&path)?.to_lowercase().contains(word),
        };
        if found {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Whether git has nothing to say; without git there is nothing to lose.
fn is_clean(root: &Path) -> bool {
    let said = output(program("git").args(["status", "--porcelain"]).current_dir(root));
    said.map_or(true, |said| said.is_empty())
}

/// Renames what is in a folder, and says how many files that changed.
fn in_folder(folder: &Path, name: &str) -> Result<usize> {
    let mut changed = 0;
    for entry in fs::read_dir(folder)?.collect::<Result<Vec<_>, _>>()? {
        let (file, path) = (entry.file_name(), entry.path());
        let file = file.to_string_lossy();
        if left_out(&entry.file_name()) || OTHERS.iter().any(|other| file.starts_with(other)) {
            continue;
        }
        if path.is_dir() {
            changed += in_folder(&path, name)?;
        } else if let Ok(text) = fs::read_to_string(&path)
            && text != renamed(&text, name)
        {
            fs::write(&path, renamed(&text, name))?;
            changed += 1;
        }
        if file.contains(NAME) {
            fs::rename(&path, folder.join(file.replace(NAME, name)))?;
        }
    }
    Ok(changed)
}

fn renamed(text: &str, name: &str) -> String {
    let marks = ["\u{e000}", "\u{e001}"];
    let hidden = KEPT.iter().zip(marks).fold(text.to_owned(), |text, (kept, mark)| text.replace(kept, mark));
    let renamed = hidden
        .replace(NAME, name)
        .replace(&capital(NAME), &capital(name))
        .replace(&NAME.to_uppercase(), &name.to_uppercase());
    KEPT.iter().zip(marks).fold(renamed, |text, (kept, mark)| text.replace(mark, kept))
}

fn capital(name: &str) -> String {
    name[..1].to_uppercase() + &name[1..]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// In parts, so that this file has no name that somebody might want.
    fn other() -> String {
        ["qua", "gga"].concat()
    }

    #[test]
    fn a_name_is_changed_in_each_of_its_forms_and_what_is_kept_stays() {
        let (small, large, loud) = (NAME, capital(NAME), NAME.to_uppercase());
        let text = format!("{small}_session {large} {loud}_BINARY {} {}", KEPT[0], KEPT[1]);
        let (small, large, loud) = (other(), capital(&other()), other().to_uppercase());
        let expected = format!("{small}_session {large} {loud}_BINARY {} {}", KEPT[0], KEPT[1]);
        assert_eq!(renamed(&text, &other()), expected);
    }

    #[test]
    fn a_folder_is_renamed_with_its_files_and_without_what_is_not_ours() {
        let folder = tempfile::tempdir().unwrap();
        let at = |file: &str| folder.path().join(file);
        fs::create_dir_all(at("docs")).unwrap();
        fs::create_dir_all(at("target")).unwrap();
        let service = format!("docs/{NAME}.service");
        for file in [service.as_str(), ".env.example", "LICENSE-MIT", "target/built"] {
            fs::write(at(file), NAME).unwrap();
        }
        fs::write(at("picture.png"), [0xff, 0xd8]).unwrap();
        assert_eq!(in_folder(folder.path(), &other()).unwrap(), 2);
        let read = |file: &str| fs::read_to_string(at(file)).unwrap();
        assert_eq!(read(&format!("docs/{}.service", other())), other());
        assert_eq!(read(".env.example"), other());
        assert_eq!((read("LICENSE-MIT"), read("target/built")), (NAME.to_owned(), NAME.to_owned()));
    }

    #[test]
    fn a_name_that_the_sources_have_or_that_is_none_is_not_taken() {
        let root = Workspace::find().unwrap().root;
        assert!(stands_in(&root, "server").unwrap() && stands_in(&root, NAME).unwrap());
        assert!(!stands_in(&root, &other()).unwrap());
        assert!(is_name("a2"));
        for none in ["", "2nd", "Aa", "a-b", "a_", "aß"] {
            assert!(!is_name(none), "{none}");
        }
    }
}
