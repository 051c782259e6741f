//! Reads the text of a `.env` file: `NAME=value`, quotes, comments.
//! A dollar sign is a dollar sign (secrets hold them), and a fault names the line, never what stands on it.

use super::error::InvalidSetting;

/// What a `.env` file says, in its order, and the lines that cannot be read.
///
/// `'…'` is taken as it stands and `"…"` knows `\n`, `\r`, `\t`, `\\`, `\"` and `\$`; both may span lines.
/// Without quotes a value ends at the line's end or at a `#` after a blank.
pub(super) fn parse(text: &str) -> (Vec<(String, String)>, Vec<InvalidSetting>) {
    let mut rest = text.strip_prefix('\u{feff}').unwrap_or(text);
    let (mut entries, mut faults) = (Vec::new(), Vec::new());
    let mut line = 1;
    while !rest.is_empty() {
        let (read, length) = entry(rest);
        match read {
            Ok(entry) => entries.extend(entry),
            Err(sentence) => faults.push(InvalidSetting {
                name: ".env".to_owned(),
                sentence: format!("line {line} {sentence}"),
            }),
        }
        line += rest[..length].matches('\n').count();
        rest = &rest[length..];
    }
    (entries, faults)
}

type Entry = Result<Option<(String, String)>, &'static str>;

/// Reads one entry and says how many bytes it took, its line end included.
fn entry(text: &str) -> (Entry, usize) {
    let end = line_end(text);
    let line = text[..end].trim();
    if line.is_empty() || line.starts_with('#') {
        return (Ok(None), end);
    }
    let Some(equals) = text[..end].find('=') else {
        return (Err("has no `=`"), end);
    };
    let name = text[..equals].trim();
    let name = match name.split_once(char::is_whitespace) {
        Some(("export", name)) => name.trim(),
        _ => name,
    };
    if !is_name(name) {
        return (Err("does not begin with the name of a setting"), end);
    }
    let (value, length) = value(&text[equals + 1..]);
    let entry = value.map(|value| Some((name.to_owned(), value)));
    (entry, equals + 1 + length)
}

fn value(text: &str) -> (Result<String, &'static str>, usize) {
    let end = line_end(text);
    let blank = end - text[..end].trim_start().len();
    match text[blank..].chars().next() {
        Some(quote @ ('"' | '\'')) if blank < end => quoted(text, blank, quote),
        _ => (Ok(unquoted(&text[..end])), end),
    }
}

/// A value in quotes that opens at `open`. One that never closes takes the rest of the text with it.
fn quoted(text: &str, open: usize, quote: char) -> (Result<String, &'static str>, usize) {
    let mut value = String::new();
    let mut chars = text[open + 1..].char_indices();
    while let Some((at, c)) = chars.next() {
        if c == quote {
            let after = open + 1 + at + 1;
            let end = after + line_end(&text[after..]);
            let trailing = text[after..end].trim();
            let clean = trailing.is_empty() || trailing.starts_with('#');
            return (clean.then_some(value).ok_or("goes on after its quotes"), end);
        }
        match c {
            '\\' if quote == '"' => value.push_str(&escaped(chars.next().map(|(_, c)| c))),
            '\r' if text[open + 1 + at..].starts_with("\r\n") => {}
            c => value.push(c),
        }
    }
    (Err("opens a quote that never closes"), text.len())
}

fn escaped(c: Option<char>) -> String {
    match c {
        Some('n') => "\n".to_owned(),
        Some('r') => "\r".to_owned(),
        Some('t') => "\t".to_owned(),
        Some(c @ ('\\' | '"' | '$' | '\'')) => c.to_string(),
        Some(c) => format!("\\{c}"),
        None => "\\".to_owned(),
    }
}

fn unquoted(line: &str) -> String {
    let comment = line.char_indices().find(|(at, c)| *c == '#' && line[..*at].ends_with(char::is_whitespace));
    let end = comment.map_or(line.len(), |(at, _)| at);
    line[..end].trim().to_owned()
}

fn is_name(name: &str) -> bool {
    let mut bytes = name.bytes();
    bytes.next().is_some_and(|first| first.is_ascii_alphabetic() || first == b'_')
        && bytes.all(|byte| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'.')
}

/// The length of the first line, its line end included.
fn line_end(text: &str) -> usize {
    text.find('\n').map_or(text.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn one(text: &str) -> String {
        let (entries, faults) = parse(text);
        assert!(faults.is_empty(), "{faults:?}");
        assert_eq!(entries.len(), 1, "{entries:?}");
        entries[0].1.clone()
    }

    #[test]
    fn plain_values_end_at_the_line_or_at_a_comment() {
        assert_eq!(one("A=b"), "b");
        assert_eq!(one("  export A = b c  # why\n"), "b c");
        assert_eq!(one("A=b#c"), "b#c");
        assert_eq!(one("A=\r\n"), "");
        assert_eq!(one("A= # nothing\n"), "");
        assert_eq!(one("\u{feff}A=b\r\n"), "b");
        assert_eq!(one("A=pa$word\\n"), "pa$word\\n");
        assert_eq!(one("A=x=y"), "x=y");
    }

    #[test]
    fn quotes_keep_blanks_hashes_and_lines() {
        assert_eq!(one("A=' b # c '"), " b # c ");
        assert_eq!(one("A='b\\n'"), "b\\n");
        assert_eq!(one(r#"A="b\n\"c\" \$d \e" # why"#), "b\n\"c\" $d \\e");
        assert_eq!(one("A=\"one\r\ntwo\"\n"), "one\ntwo");
        assert_eq!(one("A=''"), "");
    }

    #[test]
    fn each_bad_line_is_named_by_its_number_and_not_by_what_it_says() {
        let (entries, faults) = parse(
            "# fine\nA=\"1\n2\"\nhunter2\n=hunter2\nB='x' hunter2\n1C=hunter2\nD=1\nE=\"hunter2\nF=2\n",
        );
        let words: Vec<String> = faults.iter().map(InvalidSetting::to_string).collect();
        assert_eq!(
            words,
            [
                ".env line 4 has no `=`",
                ".env line 5 does not begin with the name of a setting",
                ".env line 6 goes on after its quotes",
                ".env line 7 does not begin with the name of a setting",
                ".env line 9 opens a quote that never closes",
            ]
        );
        assert_eq!(entries.len(), 2);
    }

    proptest! {
        #[test]
        fn no_text_is_too_odd(text in any::<String>()) {
            parse(&text);
        }

        #[test]
        fn nor_one_that_is_nearly_right(text in "([A-C ]{0,2}[=#'\"\\\\\n\r$ é]{0,3}){0,8}") {
            parse(&text);
        }

        #[test]
        fn a_value_in_single_quotes_comes_back_as_it_was(value in "[^'\r]*") {
            prop_assert_eq!(one(&format!("A='{value}'")), value);
        }
    }
}
