//! Bytes that should be JSON in UTF-8 (RFC 8259 8.1), as a text: strictly, or as far as they can be read.

use crate::Code;
use encoding_rs::Encoding;
use std::borrow::Cow;

/// A text, and which parts of it were read as they were meant.
pub(crate) struct Text<'a> {
    text: Cow<'a, str>,
    read: Read,
}

#[derive(Clone, Copy, PartialEq)]
enum Read {
    /// It is UTF-8.
    Whole,
    /// It is not; what could not be read became U+FFFD.
    Lossily,
    /// It is not, and was read in the charset that its sender names.
    ByCharset,
}

impl<'a> Text<'a> {
    /// For what checks rest on as a whole.
    pub(crate) fn strict(bytes: &'a [u8], malformed: Code) -> Result<Self, Code> {
        let text = std::str::from_utf8(bytes).map_err(|_| malformed)?;
        Ok(Self { text: mended(text.into()), read: Read::Whole })
    }

    /// For claims. A charset counts only where the bytes are no UTF-8: servers add one that nobody meant.
    pub(crate) fn tolerant(bytes: &'a [u8], charset: Option<&str>) -> Self {
        let named = charset.and_then(|charset| Encoding::for_label(charset.as_bytes()));
        let (text, read) = match (std::str::from_utf8(bytes), named) {
            (Ok(text), _) => (text.into(), Read::Whole),
            (Err(_), Some(charset)) if charset != encoding_rs::UTF_8 => {
                (charset.decode_without_bom_handling(bytes).0, Read::ByCharset)
            }
            _ => (String::from_utf8_lossy(bytes), Read::Lossily),
        };
        Self { text: mended(text), read }
    }

    /// The text without a byte order mark, which readers may ignore (RFC 8259 8.1).
    pub(crate) fn without_mark(self) -> Self {
        match self.text.strip_prefix('\u{feff}') {
            Some(rest) => Self { text: rest.to_owned().into(), ..self },
            None => self,
        }
    }

    /// A part of it, read as it was.
    pub(crate) fn part<'b>(&self, part: &'b str) -> Text<'b> {
        Text { text: part.into(), read: self.read }
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.text
    }

    /// Whether a part of it was UTF-8.
    pub(crate) fn is_sound(&self, part: &str) -> bool {
        match self.read {
            Read::Whole => true,
            Read::Lossily => !part.contains(char::REPLACEMENT_CHARACTER),
            Read::ByCharset => part.is_ascii(),
        }
    }
}

/// Replaces `\uD800` to `\uDFFF` that are not two halves of one character by `\ufffd`. A backslash
/// can only be inside a text, so no more of the grammar has to be known.
fn mended(text: Cow<'_, str>) -> Cow<'_, str> {
    let halves = halves(text.as_bytes());
    if halves.is_empty() {
        return text;
    }
    let mut mended = text.into_owned();
    for at in halves {
        mended.replace_range(at..at + 6, "\\ufffd");
    }
    mended.into()
}

/// Where the halves are that have no other.
fn halves(bytes: &[u8]) -> Vec<usize> {
    let (mut halves, mut at) = (Vec::new(), 0);
    while let Some(next) = bytes[at..].iter().position(|byte| *byte == b'\\') {
        at += next;
        at += match (unit(bytes, at), unit(bytes, at + 6)) {
            (Some(0xD800..=0xDBFF), Some(0xDC00..=0xDFFF)) => 12,
            (Some(0xD800..=0xDFFF), _) => {
                halves.push(at);
                6
            }
            _ => 2,
        };
        at = at.min(bytes.len());
    }
    halves
}

/// The UTF-16 unit of a `\uXXXX` that begins here.
fn unit(bytes: &[u8], at: usize) -> Option<u16> {
    let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
    let digits = std::str::from_utf8(digits).ok()?;
    u16::from_str_radix(digits, 16).ok()
}
#[cfg(test)]
mod tests {
    use super::*;

    fn tolerant(bytes: &[u8], charset: Option<&str>) -> String {
        Text::tolerant(bytes, charset).as_str().to_owned()
    }

    #[test]
    fn utf8_is_utf8_whatever_charset_is_stated() {
        for charset in [None, Some("utf-8"), Some("iso-8859-1"), Some("nonsense")] {
            assert_eq!(tolerant("Jörg".as_bytes(), charset), "Jörg");
            assert!(Text::tolerant("Jörg".as_bytes(), charset).is_sound("Jörg"));
        }
        assert_eq!(Text::strict("Jörg".as_bytes(), Code::TokenMalformed).unwrap().as_str(), "Jörg");
    }

    #[test]
    fn other_bytes_are_read_in_the_charset_that_is_stated() {
        assert_eq!(tolerant(b"J\xf6rg", Some("ISO-8859-1")), "Jörg");
        assert_eq!(tolerant(b"\x80 5", Some("windows-1252")), "€ 5");
        assert_eq!(tolerant(b"\x83\x41", Some("Shift_JIS")), "ア");
        let text = Text::tolerant(b"J\xf6rg", Some("latin1"));
        assert!(text.is_sound("Jrg") && !text.is_sound("ö"));
    }

    #[test]
    fn without_a_charset_that_helps_they_are_read_lossily_and_strictly_not_at_all() {
        for charset in [None, Some("utf-8"), Some("nonsense"), Some("")] {
            assert_eq!(tolerant(b"J\xf6rg", charset), "J\u{fffd}rg");
        }
        let text = Text::tolerant("é\u{fffd}".as_bytes(), None);
        assert!(text.is_sound("\u{fffd}"), "it was said so");
        let text = Text::tolerant(b"\xc3\xa9\xff", None);
        assert!(text.is_sound("é") && !text.is_sound("\u{fffd}"));
        assert_eq!(Text::strict(b"\xff", Code::TokenMalformed).err(), Some(Code::TokenMalformed));
    }

    #[test]
    fn one_byte_order_mark_is_not_part_of_the_text() {
        assert_eq!(Text::tolerant("\u{feff}{}".as_bytes(), None).without_mark().as_str(), "{}");
        assert_eq!(Text::tolerant(b"{}", None).without_mark().as_str(), "{}");
        assert_eq!(tolerant("\u{feff}{}".as_bytes(), None), "\u{feff}{}");
    }
}
