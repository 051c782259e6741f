//! The rows of the checklist and the tests that hold them, as `rows.txt` lists them.
//!
//! A line that is not indented is a row: its name, and what it asks for. Below it stands a test a line:
//! `file::name` among the tests of `server`, a path with `::name` elsewhere, or `case:name` of a fault that
//! locks nobody out. One after a `+` shows what passes; without any, the tests above show that too.

/// A row of the checklist.
pub struct Row {
    pub name: &'static str,
    pub what: &'static str,
    pub refused: Vec<&'static str>,
    pub passes: Vec<&'static str>,
}

/// All of them, in the order of the file.
pub fn rows() -> Vec<Row> {
    let mut rows: Vec<Row> = Vec::new();
    for line in include_str!("rows.txt").lines() {
        let Some(test) = line.strip_prefix("  ") else {
            let (name, what) = line.split_once(' ').unwrap();
            rows.push(Row { name, what, refused: Vec::new(), passes: Vec::new() });
            continue;
        };
        let row = rows.last_mut().unwrap();
        match test.strip_prefix("+ ") {
            Some(test) => row.passes.push(test),
            None => row.refused.push(test),
        }
    }
    rows
}
