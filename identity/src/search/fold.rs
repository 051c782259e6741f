//! Text as it is searched: without case and accents, the same for what is kept and for what is asked.

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{canonical_combining_class, is_combining_mark};

/// What is kept and asked of a word at most, in bytes of UTF-8.
pub const TERM_BYTES: usize = 64;

/// Compatibility forms decomposed, marks stripped, case folded (ß is ss), letters that have no mark to strip replaced
/// (ł ø đ ı æ œ þ), what cannot be seen left out; Hangul in syllables.
pub fn fold(text: &str) -> String {
    let bare = text.nfkd().filter(|letter| !is_mark(*letter) && !is_unseen(*letter));
    let mut folded = String::with_capacity(text.len());
    for letter in bare.flat_map(case_folded) {
        match without_mark(letter) {
            Some(plain) => folded.push_str(plain),
            None => folded.push(letter),
        }
    }
    folded.nfkd().filter(|letter| !is_mark(*letter)).nfc().collect()
}

/// At most [`TERM_BYTES`] of a text, cut between two letters.
pub(crate) fn cut(text: &str) -> &str {
    let mut end = text.len().min(TERM_BYTES);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

/// The smallest text that is larger than everything that begins with `prefix`; none where there is none. UTF-8 sorts as
/// its letters do, so a database may compare bytes.
pub fn next(prefix: &str) -> Option<String> {
    let mut letters: Vec<char> = prefix.chars().collect();
    while let Some(last) = letters.pop() {
        if let Some(larger) = successor(last) {
            letters.push(larger);
            return Some(letters.into_iter().collect());
        }
    }
    None
}

/// The words of a folded text: at whatever is neither letter nor digit it is split; emoji are words. Each part between
/// blanks comes with the words in it.
pub(crate) fn tokens(folded: &str) -> Vec<Vec<&str>> {
    folded.split_whitespace().map(words).filter(|words| !words.is_empty()).collect()
}

fn words(token: &str) -> Vec<&str> {
    let mut words = Vec::new();
    let mut start = None::<(usize, Kind)>;
    for (at, letter) in token.char_indices().chain([(token.len(), ' ')]) {
        let kind = kind(letter);
        match start {
            Some((from, of)) if of != kind => {
                words.push(&token[from..at]);
                start = (kind != Kind::Between).then_some((at, kind));
            }
            None if kind != Kind::Between => start = Some((at, kind)),
            _ => {}
        }
    }
    words
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Letter,
    Emoji,
    Between,
}

fn kind(letter: char) -> Kind {
    match letter {
        '\u{2600}'..='\u{27bf}' | '\u{2b00}'..='\u{2bff}' | '\u{1f000}'..='\u{1fbff}' => Kind::Emoji,
        letter if letter.is_alphanumeric() || is_combining_mark(letter) => Kind::Letter,
        _ => Kind::Between,
    }
}

/// Whether a text is written without blanks between its words, so that a word may begin anywhere.
pub(crate) fn is_unspaced(letter: char) -> bool {
    matches!(letter,
        '\u{3040}'..='\u{30ff}' | '\u{3400}'..='\u{4dbf}' | '\u{4e00}'..='\u{9fff}'
        | '\u{ac00}'..='\u{d7a3}' | '\u{f900}'..='\u{faff}' | '\u{20000}'..='\u{3ffff}')
}

/// An accent. Vowel signs, and the marks of Indic scripts and of kana, are parts of their letters.
fn is_mark(letter: char) -> bool {
    !matches!(canonical_combining_class(letter), 0 | 7..=9)
}

/// Controls are left to split words; what shapes or joins letters, and what chooses between shapes, is not there.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
}

/// Full case folding: by way of capitals, so that what has two small forms (σ, ς) or none of its own (ẞ) meets.
fn case_folded(letter: char) -> impl Iterator<Item = char> {
    letter.to_lowercase().flat_map(char::to_uppercase).flat_map(char::to_lowercase)
}

/// What a letter is searched as whose stroke is no mark that could be stripped.
fn without_mark(letter: char) -> Option<&'static str> {
    Some(match letter {
        'ł' => "l",
        'ø' => "o",
        'đ' | 'ð' => "d",
        'ı' => "i",
        'ħ' => "h",
        'ŧ' => "t",
        'æ' => "ae",
        'œ' => "oe",
        'þ' => "th",
        _ => return None,
    })
}

fn successor(letter: char) -> Option<char> {
    match letter {
        char::MAX => None,
        // Between them are the surrogates, which are no letters.
        '\u{d7ff}' => Some('\u{e000}'),
        letter => char::from_u32(u32::from(letter) + 1),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn case_and_accents_do_not_matter() {
        for (written, folded) in [
            ("Siobhán Ní Bhriain", "siobhan ni bhriain"),
            ("Łukasz ØSTERGAARD Đorđe", "lukasz ostergaard dorde"),
            ("Straße STRASSE ẞ", "strasse strasse ss"),
            ("Æsir Œuvre Þór", "aesir oeuvre thor"),
            ("ıI İi", "ii ii"),
            ("ΣΊΣΥΦΟΣ Σίσυφος", "σισυφοσ σισυφοσ"),
            ("Ọlúwafẹ́mi Adébáyọ̀", "oluwafemi adebayo"),
            ("Nguyễn", "nguyen"),
            ("김민지", "김민지"),
            ("ガギ", "ガギ"),
            ("Ｆｕｌｌ ﬁ Ⅳ", "full fi iv"),
            ("Александра Фёдорова Йод", "александра федорова иод"),
            ("مُحَمَّد", "محمد"),
            ("हिमांशु", "हिमांशु"),
            ("a\u{200d}b\u{fe0f}\u{ad}c", "abc"),
        ] {
            assert_eq!(fold(written), folded, "{written}");
            assert_eq!(fold(folded), folded, "{written}");
        }
    }

    #[test]
    fn a_text_is_split_at_what_is_neither_letter_nor_digit_and_emoji_are_words() {
        let of = |text: &str| tokens(&fold(text)).concat().join(" ");
        for (written, words) in [
            ("O'Brien", "o brien"),
            ("Jean-Luc  Picard", "jean luc picard"),
            ("Mira🌻🦊 x", "mira 🌻🦊 x"),
            ("R2-D2", "r2 d2"),
            ("--- '' \u{0}", ""),
            ("a\u{1}b", "a b"),
            ("अनन्या शर्मा", "अनन्या शर्मा"),
        ] {
            assert_eq!(of(written), words, "{written}");
        }
    }

    #[test]
    fn what_comes_next_is_larger_than_all_that_begins_so() {
        assert_eq!(next("a").as_deref(), Some("b"));
        assert_eq!(next("a\u{10ffff}").as_deref(), Some("b"));
        assert_eq!(next("\u{d7ff}").as_deref(), Some("\u{e000}"));
        assert_eq!((next("\u{10ffff}"), next("")), (None, None));
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(text in ".{0,20}") {
            let once = fold(&text);
            prop_assert_eq!(fold(&once), once);
        }

        #[test]
        fn a_prefix_and_what_begins_with_it_are_in_its_range(prefix in ".{1,6}", rest in ".{0,6}", other in ".{0,6}") {
            let end = next(&prefix);
            let is_in = |text: &str| text >= prefix.as_str() && end.as_deref().is_none_or(|end| text < end);
            let text = format!("{prefix}{rest}");
            prop_assert!(is_in(&text));
            prop_assert_eq!(is_in(&other), other.starts_with(&prefix));
        }

        #[test]
        fn what_is_cut_is_short_and_a_beginning(text in ".{0,80}") {
            let short = cut(&text);
            prop_assert!(short.len() <= TERM_BYTES && text.starts_with(short));
            prop_assert!(text.len() <= TERM_BYTES || short.len() > TERM_BYTES - 4);
        }
    }
}
