//! The guide to one's own feature is the worked example, which is compiled and tested: line by line the same.

use super::{blocks, read};

/// The lines that the patch adds, file by file.
fn added() -> Vec<String> {
    let patch = read("examples/notes.patch");
    let files = patch.split("\ndiff --git ").map(|file| {
        let body = file.split_once("\n@@ ").map_or("", |(_, body)| body);
        body.lines().filter_map(|line| line.strip_prefix('+')).map(|line| format!("{line}\n")).collect()
    });
    files.collect()
}

#[test]
fn what_the_guide_tells_to_write_is_what_is_compiled_and_tested() {
    let (guide, files) = (read("docs/own-feature.md"), added());
    let blocks = blocks(&guide, "rust");
    let (whole, parts): (Vec<&str>, Vec<&str>) = blocks.into_iter().partition(|one| one.starts_with("//! "));
    assert!(whole.len() >= 5 && parts.len() >= 3);
    for block in whole {
        let name = block.lines().next();
        assert!(files.iter().any(|file| file == block), "{name:?} is another in examples/notes.patch");
    }
    let lines: Vec<&str> = files.iter().flat_map(|file| file.lines()).map(str::trim).collect();
    for line in parts.iter().flat_map(|part| part.lines()).map(str::trim) {
        let is_said = line.is_empty() || line.starts_with("// ");
        assert!(is_said || lines.contains(&line), "{line:?} is not in examples/notes.patch");
    }
}
