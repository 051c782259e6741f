//! No file imports one that imports it, straight or by way of others. What a module's own ancestors hold it may name:
//! it is a part of them. Tests may know everything.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use super::sources;

/// The path of a module within its crate.
type Module = Vec<String>;

/// The modules that have a file of their own, each with its code.
type Modules = BTreeMap<Module, String>;

/// Whom a module imports, and what of them.
type Imports = BTreeMap<Module, BTreeSet<String>>;

#[test]
fn no_file_imports_one_that_imports_it() {
    let circles: Vec<String> = super::OURS.iter().filter_map(|name| circle(name, &modules(name))).collect();
    assert!(circles.is_empty(), "move what both need below both:\n{}", circles.join("\n"));
}

#[test]
fn a_circle_is_found_however_it_is_imported() {
    let circle_of = |files: &[(&str, &str)]| {
        let module =
            |path: &str| path.split('/').filter(|part| !part.is_empty()).map(str::to_owned).collect();
        let modules: Modules = files.iter().map(|(path, code)| (module(path), (*code).to_owned())).collect();
        circle("", &modules).map(|told| told.lines().count())
    };
    assert_eq!(circle_of(&[("", "mod a;\nmod b;"), ("a", "use crate::b::B;"), ("b", "")]), None);
    assert_eq!(circle_of(&[("a", "use crate::b::B;"), ("b", "use super::a::{A, C as D};")]), Some(2));
    assert_eq!(
        circle_of(&[("a", "fn f() { crate::b::g::<u8>() }"), ("b", "use crate::{a::A, x};")]),
        Some(2)
    );
    let handed_on =
        [("", "pub use a::{A, x::Y};\npub use b::B;"), ("a", "use crate::B;"), ("b", "use crate::A;")];
    assert_eq!(circle_of(&handed_on), Some(2));
    let three =
        [("a", "use crate::b::B;"), ("b", "use super::{x, c};"), ("c", "// use crate::b;\nuse crate::a::A;")];
    assert_eq!(circle_of(&three), Some(3));
    let part_of_it = [("a", "mod b;\nuse b::B;"), ("a/b", "use super::A;")];
    assert_eq!(circle_of(&part_of_it), None);
    assert_eq!(
        circle_of(&[
            ("a", "mod b;\nfn f() { b::g() }"),
            ("a/b", "use crate::c::C;"),
            ("c", "use crate::a::A;")
        ]),
        Some(3)
    );
}

/// The files of a crate, without comments and without their tests.
fn modules(name: &str) -> Modules {
    let source = format!("{name}/src/");
    let module = |file: &str| {
        let path = file.strip_prefix(&source)?.strip_suffix(".rs")?;
        let mut module: Module = path.split('/').map(str::to_owned).collect();
        if matches!(module.last()?.as_str(), "mod" | "lib" | "main") {
            module.pop();
        }
        Some(module)
    };
    let files = sources(&[&source]);
    files.iter().filter_map(|(file, text)| Some((module(file)?, code(text)))).collect()
}

fn code(text: &str) -> String {
    let before_tests = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
    let lines = before_tests.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Whom a module imports, but its ancestors and itself.
fn imports(modules: &Modules, module: &Module) -> Imports {
    let code = &modules[module];
    let mut imports = Imports::new();
    for path in paths(code, |word| is_root(word) || child(modules, module, word).is_some()) {
        let found = resolved(modules, module, &path, 0);
        if !module.starts_with(&found) {
            let name = path.last().copied().unwrap_or_default();
            imports.entry(found).or_default().insert(name.to_owned());
        }
    }
    imports
}

fn is_root(word: &str) -> bool {
    matches!(word, "crate" | "super" | "self")
}

fn child(modules: &Modules, module: &[String], word: &str) -> Option<Module> {
    let child = [module, &[word.to_owned()]].concat();
    modules.contains_key(&child).then_some(child)
}

/// The module that holds what a path names; what another only hands on is looked for where that has it from.
fn resolved(modules: &Modules, from: &Module, path: &[&str], handed_on: usize) -> Module {
    let mut at = from.clone();
    for word in path {
        match *word {
            "crate" => at.clear(),
            "self" => {}
            "super" => drop(at.pop()),
            word => match child(modules, &at, word) {
                Some(child) => at = child,
                None => {
                    let exports = modules.get(&at).map(|code| exports(code)).unwrap_or_default();
                    let export = exports.into_iter().find(|export| export.last() == Some(&word));
                    return match export {
                        Some(export) if handed_on < 5 => resolved(modules, &at, &export, handed_on + 1),
                        _ => at,
                    };
                }
            },
        }
    }
    at
}

/// What a module hands on.
fn exports(code: &str) -> Vec<Vec<&str>> {
    let uses = code.match_indices("use ").filter(|(at, _)| {
        let line = code[..*at].rsplit('\n').next().unwrap_or_default().trim();
        line.starts_with("pub")
    });
    uses.flat_map(|(at, word)| tree(&code[at + word.len()..]).0).collect()
}

/// The paths of a text that begin with such a word, an import of several as several.
fn paths(text: &str, begins: impl Fn(&str) -> bool) -> Vec<Vec<&str>> {
    let mut paths = Vec::new();
    for (at, _) in text.match_indices("::") {
        let before = &text[..at];
        let start = before.rfind(|letter| !is_of_word(letter)).map_or(0, |last| last + 1);
        let word = &before[start..];
        let is_first = !before[..start].ends_with(':');
        if is_first && begins(word) {
            let (inner, _) = tree(&text[at + 2..]);
            paths.extend(inner.into_iter().map(|path| [&[word], path.as_slice()].concat()));
        }
    }
    paths
}

/// The paths that an import's tree stands for, and what follows it.
fn tree(text: &str) -> (Vec<Vec<&str>>, &str) {
    let text = text.trim_start();
    let Some(mut rest) = text.strip_prefix('{') else {
        let (word, rest) = text.split_at(text.find(|letter| !is_of_word(letter)).unwrap_or(text.len()));
        let Some(inner) = rest.strip_prefix("::").filter(|_| !word.is_empty()) else {
            return (vec![vec![word]], rest);
        };
        let (paths, rest) = tree(inner);
        return (paths.into_iter().map(|path| [&[word], path.as_slice()].concat()).collect(), rest);
    };
    let mut all = Vec::new();
    loop {
        rest = rest.trim_start_matches(|letter: char| letter.is_whitespace() || letter == ',');
        if rest.is_empty() || rest.starts_with('}') {
            return (all, rest.get(1..).unwrap_or_default());
        }
        let (paths, after) = tree(rest);
        all.extend(paths);
        // What it is called here.
        rest = after.trim_start_matches(|letter| !matches!(letter, ',' | '}'));
    }
}

fn is_of_word(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_'
}

/// A circle of a crate, a line for each of its files.
fn circle(name: &str, modules: &Modules) -> Option<String> {
    let all: BTreeMap<&Module, Imports> =
        modules.keys().map(|module| (module, imports(modules, module))).collect();
    let circle = all.keys().find_map(|module| way_back(&all, module))?;
    let to = circle.iter().cycle().skip(1);
    let lines = circle.iter().zip(to).map(|(from, to)| {
        let what = Vec::from_iter(all[from][to].iter().map(String::as_str)).join(", ");
        format!("{name}/{} imports {what} of {}", from.join("/"), to.join("/"))
    });
    Some(lines.collect::<Vec<_>>().join("\n"))
}

/// The shortest way from a module back to itself.
fn way_back(all: &BTreeMap<&Module, Imports>, module: &Module) -> Option<Vec<Module>> {
    let mut ways = VecDeque::from([vec![module.clone()]]);
    let mut seen = BTreeSet::new();
    while let Some(way) = ways.pop_front() {
        for next in all[way.last()?].keys() {
            if next == module {
                return Some(way);
            }
            if all.contains_key(next) && seen.insert(next.clone()) {
                ways.push_back([way.as_slice(), std::slice::from_ref(next)].concat());
            }
        }
    }
    None
}
