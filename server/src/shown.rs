//! What comes from outside, made fit to be looked at: no control, bidi or other format character gets to a terminal or
//! a log raw, or it could hide, reorder or make up what stands beside it.

use std::borrow::Cow;

use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// One line for people: what would act on a terminal is `�`.
pub(crate) fn visible(text: &str) -> Cow<'_, str> {
    match text.contains(is_hidden) {
        true => text.replace(is_hidden, "\u{fffd}").into(),
        false => text.into(),
    }
}

/// JSON that means the same, with `\u….` for what would act on a terminal. Line ends between values stay.
pub(crate) fn escaped(json: &str) -> Cow<'_, str> {
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

/// Whether a character acts on what shows it instead of being shown.
pub(crate) fn is_hidden(c: char) -> bool {
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
