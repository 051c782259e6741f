//! What the first bytes say: a mark that is taken away, an encoding or a container that is refused by name.

use std::io::BufRead;

use super::Problem;

/// What comes after the blanks at the beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Begins {
    Object,
    Array,
    Rows,
    Nothing,
}

/// Takes away UTF-8's mark and says how the text begins. Nothing else is consumed but blank lines are counted
/// by the reader, so they stay.
pub(super) fn begin(from: &mut impl BufRead) -> Result<Begins, Problem> {
    let unreadable =
        |error: std::io::Error| Problem::of_file(format!("the file cannot be read: {}", error.kind()));
    let first = from.fill_buf().map_err(unreadable)?;
    let refused = match first {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => Some(UTF16),
        [b'{' | b'[' | b'"' | b'A'..=b'z', 0, ..] | [0, b'{' | b'[' | b'"' | b'A'..=b'z', ..] => Some(UTF16),
        [0x1f, 0x8b, ..] => Some("this file is packed by gzip: unpack it first (gunzip)"),
        [b'P', b'K', 3, 4, ..] => {
            Some("this is a ZIP archive or a spreadsheet: unpack it, or save it as CSV")
        }
        _ => None,
    };
    if let Some(refused) = refused {
        return Err(Problem::of_file(refused));
    }
    if first.starts_with(b"\xef\xbb\xbf") {
        from.consume(3);
    }
    let rest = from.fill_buf().map_err(unreadable)?;
    Ok(match rest.iter().find(|byte| !byte.is_ascii_whitespace()) {
        Some(b'{') => Begins::Object,
        Some(b'[') => Begins::Array,
        Some(_) => Begins::Rows,
        None => Begins::Nothing,
    })
}

const UTF16: &str = "this file is UTF-16: save it as UTF-8 (iconv -f UTF-16 -t UTF-8)";

/// A text that is not UTF-8.
pub(super) const NOT_UTF8: &str =
    "not UTF-8; where the file is Latin-1, save it as UTF-8 (iconv -f LATIN1 -t UTF-8)";
