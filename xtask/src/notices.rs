//! The notices that a release owes to those whose code is in it: every package of `cargo tree`, its licence,
//! and the texts that came with it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::leptos::WASM;
use crate::release::{FEATURES, files_of};
use crate::run::{cargo, output};
use crate::workspace::Workspace;

/// How files that hold a licence or a notice begin.
const TEXTS: [&str; 6] = ["licence", "license", "copying", "copyright", "notice", "unlicense"];

const HEAD: &str = "\
Third-party notices

The release holds the packages below, beside Rust's standard library (the Rust Project Developers, MIT OR
Apache-2.0). Each stands with its licence and with the numbers of the texts that came with it, which follow.
A package without a number came without a text: its licence and its authors are what it says of itself.

";

/// A package of the release.
struct Package {
    name: String,
    version: String,
    licence: String,
    authors: String,
    folder: PathBuf,
}

/// The file `THIRD-PARTY-NOTICES` of the release.
pub fn notices(workspace: &Workspace) -> Result<String> {
    let server = [&FEATURES[..], &["--package=server"]].concat();
    let browser = ["--package=frontend", "--target", WASM];
    let mut names = tree(workspace, &server)?;
    names.extend(tree(workspace, &browser)?);
    let all = packages(&output(
        cargo().args(["metadata", "--locked", "--format-version=1"]).current_dir(&workspace.root),
    )?)?;
    let used: Vec<&Package> = all.iter().filter(|package| names.contains(&package.named())).collect();
    ensure!(used.len() > 100, "cargo named only {} packages", used.len());
    write(&used)
}

/// `name vVERSION` of each package that is linked, so without those of macros and build scripts.
fn tree(workspace: &Workspace, args: &[&str]) -> Result<Vec<String>> {
    let tree = output(
        cargo()
            .args(["tree", "--locked", "--edges=normal,no-proc-macro", "--prefix=none"])
            .args(args)
            .current_dir(&workspace.root),
    )?;
    let named = |line: &str| line.split(' ').take(2).collect::<Vec<_>>().join(" ");
    Ok(tree.lines().map(named).collect())
}

/// All packages but our own, by name.
fn packages(metadata: &str) -> Result<Vec<Package>> {
    let metadata: Value = serde_json::from_str(metadata)?;
    let packages = metadata["packages"].as_array().context("cargo named no packages")?;
    let foreign = packages.iter().filter(|package| !package["source"].is_null());
    foreign.map(|package| Package::read(package).context("a package without a name")).collect()
}

impl Package {
    fn read(package: &Value) -> Option<Self> {
        let text = |name: &str| package[name].as_str().map(str::to_owned);
        let authors = package["authors"].as_array().into_iter().flatten().filter_map(Value::as_str);
        Some(Self {
            name: text("name")?,
            version: text("version")?,
            licence: text("license").unwrap_or_else(|| "see its text".into()),
            authors: authors.collect::<Vec<_>>().join(", "),
            folder: Path::new(package["manifest_path"].as_str()?).parent()?.to_owned(),
        })
    }

    fn named(&self) -> String {
        format!("{} v{}", self.name, self.version)
    }

    /// The texts in its folder and below, where the C code that it brings has its own.
    fn texts(&self) -> Result<Vec<String>> {
        let mut files = files_of(&self.folder)?;
        files.retain(|file| is_a_text(file));
        files.sort();
        files.iter().map(|file| Ok(String::from_utf8_lossy(&fs::read(file)?).into_owned())).collect()
    }
}

fn is_a_text(file: &Path) -> bool {
    let name = file.file_name().unwrap_or_default().to_string_lossy().to_lowercase();
    let is_source = [".rs", ".c", ".h", ".py"].iter().any(|ending| name.ends_with(ending));
    TEXTS.iter().any(|start| name.starts_with(start)) && !is_source
}

/// The list, then each text once; two that differ in nothing but their blanks are one.
fn write(packages: &[&Package]) -> Result<String> {
    let (mut list, mut texts) = (HEAD.to_owned(), String::new());
    let mut numbers = BTreeMap::new();
    for package in packages {
        write!(list, "{} {}: {}", package.name, package.version, package.licence)?;
        let mut own = Vec::new();
        for text in package.texts()? {
            let words = text.split_whitespace().collect::<Vec<_>>().join(" ");
            let next = numbers.len() + 1;
            let number = *numbers.entry(words).or_insert(next);
            if number == next {
                write!(texts, "\n\n==== {number} ====\n\n{}\n", text.trim_end())?;
            }
            own.push(number.to_string());
        }
        own.dedup();
        let said = if own.is_empty() { package.authors.clone() } else { own.join(", ") };
        writeln!(list, " [{said}]")?;
    }
    Ok(list + &texts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_stand_once_and_each_package_names_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let package = |name: &str, text: Option<&str>| {
            let folder = folder.path().join(name);
            fs::create_dir_all(folder.join("c/code")).unwrap();
            fs::write(folder.join("license.rs"), "no text").unwrap();
            if let Some(text) = text {
                fs::write(folder.join("c/code/LICENSE.txt"), text).unwrap();
            }
            let (version, licence) = ("1.0.0".to_owned(), "MIT".to_owned());
            Package { name: name.into(), version, licence, authors: "Ada".into(), folder }
        };
        let all = [
            package("a", Some("Do as\nyou like\n")),
            package("b", Some("Do as you  like")),
            package("c", None),
        ];
        let written = write(&all.iter().collect::<Vec<_>>()).unwrap();
        assert!(written.contains("\na 1.0.0: MIT [1]\nb 1.0.0: MIT [1]\nc 1.0.0: MIT [Ada]\n"), "{written}");
        assert_eq!(written.matches("you like").count(), 1, "{written}");
    }

    #[test]
    fn what_a_release_is_made_of_is_named_and_what_tests_are_made_of_is_not() {
        let written = notices(&Workspace::find().unwrap()).unwrap();
        for name in ["axum", "wasm-bindgen", "sea-orm", "mongodb"] {
            assert!(written.contains(&format!("\n{name} ")), "{name}");
        }
        for name in ["proptest", "serde_derive", "dev-provider", "server"] {
            assert!(!written.contains(&format!("\n{name} ")), "{name}");
        }
    }
}
