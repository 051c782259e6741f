//! The result as Markdown: tables, each figure with what it should be, and where and when it was measured.

use std::fmt::Write;

use chrono::Utc;

/// A figure that has an aim.
pub(crate) struct Row {
    pub(crate) what: &'static str,
    pub(crate) is: String,
    pub(crate) aim: &'static str,
    pub(crate) met: bool,
}

/// The figures and whether they are what they should be.
pub(crate) fn aims(rows: &[Row]) -> String {
    let lines = rows.iter().map(|row| {
        let verdict = if row.met { "yes" } else { "no" };
        [row.what.to_owned(), row.is.clone(), row.aim.to_owned(), verdict.to_owned()]
    });
    table(&["", "measured", "aim", "met"], lines)
}

/// Any table; all columns but the first are numbers.
pub(crate) fn table(
    heads: &[impl AsRef<str>],
    lines: impl IntoIterator<Item = impl AsRef<[String]>>,
) -> String {
    let heads: Vec<&str> = heads.iter().map(AsRef::as_ref).collect();
    let mut text = format!("| {} |\n|---{}|\n", heads.join(" | "), "|--:".repeat(heads.len() - 1));
    for line in lines {
        // Writing to a String cannot fail.
        writeln!(text, "| {} |", line.as_ref().join(" | ")).unwrap_or_default();
    }
    text
}

/// When, and on what.
pub(crate) fn machine() -> String {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    let about = std::fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model = about.lines().find_map(|line| line.strip_prefix("model name")?.split_once(": "));
    let model = model.map_or("an unknown processor", |(_, name)| name);
    format!("{}, {cores} cores of {model}, the load on the same cores", Utc::now().format("%-d %B %Y"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_figure_stands_beside_its_aim() {
        let row = Row { what: "a log-in", is: "1.4 ms".to_owned(), aim: "≤ 1.5 ms", met: true };
        let expected =
            "|  | measured | aim | met |\n|---|--:|--:|--:|\n| a log-in | 1.4 ms | ≤ 1.5 ms | yes |\n";
        assert_eq!(aims(&[row]), expected);
    }
}
