//! What reaches a terminal. Names come from outside: no control, bidi or other format character of theirs gets there
//! raw, or it could hide, reorder or make up what stands beside it.

use std::borrow::Cow;
use std::io::{self, Write};

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// What is said where output fails.
pub(super) const UNWRITABLE: &str = "the output cannot be written";

/// One line for people: what would act on a terminal is `�`.
pub(super) fn visible(text: &str) -> Cow<'_, str> {
    match text.contains(is_hidden) {
        true => text.replace(is_hidden, "\u{fffd}").into(),
        false => text.into(),
    }
}

/// JSON that means the same, with `\u….` for what would act on a terminal. Line ends between values stay.
pub(super) fn escaped(json: &str) -> Cow<'_, str> {
    let acts = |c: char| is_hidden(c) && !c.is_ascii_whitespace();
    if !json.contains(acts) {
        return json.into();
    }
    let mut out = String::with_capacity(json.len() + 32);
    for c in json.chars() {
        match acts(c) {
            true => {
                out.extend(c.encode_utf16(&mut [0; 2]).iter().map(|unit| format!("\\u{unit:04x}")));
            }
            false => out.push(c),
        }
    }
    out.into()
}

/// One line to stdout.
///
/// # Errors
/// It cannot be written; [`is_closed`] knows that nobody reads any more.
pub(super) fn print(line: &str) -> io::Result<()> {
    writeln!(io::stdout(), "{}", visible(line))
}

/// One line to stderr. Where that cannot be written, nobody is there to be told.
pub(super) fn tell(line: &str) {
    drop(writeln!(io::stderr(), "{}", visible(line)));
}

/// Whether our output found no reader any more, as before `head`. A database's broken connection is another error.
pub(super) fn is_closed(error: &anyhow::Error) -> bool {
    error.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
}

fn is_hidden(c: char) -> bool {
    use GeneralCategory::{Control, Format, LineSeparator, ParagraphSeparator};
    match c {
        ' '..='~' => false,
        c => {
            matches!(c.general_category(), Control | Format | LineSeparator | ParagraphSeparator)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// C0, DEL, C1, marks of direction, a line separator, a soft hyphen, a byte order mark, a tag.
    const ODD: &str = "\u{1b}\n\t\u{7f}\u{9b}\u{202e}\u{2066}\u{200f}\u{2028}\u{ad}\u{feff}\u{e0041}";

    #[test]
    fn what_acts_on_a_terminal_is_replaced_and_letters_are_not() {
        assert_eq!(visible(ODD), "\u{fffd}".repeat(12));
        let names = "Ada Lovelace, Žofie, 李, مريم, 🦀, a~b";
        assert!(matches!(visible(names), Cow::Borrowed(same) if same == names));
    }

    #[test]
    fn json_is_escaped_and_means_the_same() {
        let line = serde_json::to_string(&format!("Ada {ODD}")).unwrap();
        let shown = escaped(&line);
        assert!(shown.contains("\\u202e") && shown.contains("\\udb40\\udc41"), "{shown}");
        assert!(!shown.contains(is_hidden), "{shown}");
        let read: String = serde_json::from_str(&shown).unwrap();
        assert_eq!(read, format!("Ada {ODD}"));
        assert!(matches!(escaped("{\"a\":\"é\"}\n"), Cow::Borrowed(_)));
    }
}
