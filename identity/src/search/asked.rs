//! What somebody who types into the one box means: an id, an e-mail, a domain, a phone number, or the beginnings of words.

use uuid::Uuid;

use super::entry::{digits, phone_end, whole};
use super::fold::{cut, fold, tokens};
use crate::UserId;

/// Words of one query that are looked at; the rest says nothing new, or is no query.
const MOST_WORDS: usize = 8;
/// Letters of one query that are looked at.
const MOST_LETTERS: usize = 1_000;
/// What is shorter is no phone number by itself.
const PHONE_DIGITS: usize = 5;
/// So many digits from the end are enough to find a phone number.
const PHONE_END_DIGITS: usize = 7;

/// How a query was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, strum::Display, strum::IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum Meaning {
    /// Nothing was asked.
    #[default]
    Everybody,
    /// One of our ids; if there is no such user, a subject or a reference that looks like one.
    Id,
    /// The beginning of an e-mail.
    Email,
    /// `@` and the beginning of a domain.
    Domain,
    /// The beginning of a phone number, or seven digits or more of its end.
    Phone,
    /// One word, the beginning of a name, an e-mail, a user name, a subject or a reference.
    Word,
    /// Several of them, which must all be there.
    Words,
}

impl Meaning {
    /// What is searched for, after "searched for".
    pub fn said(self) -> &'static str {
        match self {
            Meaning::Everybody => "nothing: everybody is here",
            Meaning::Id => "an id, or a subject or reference that looks like one",
            Meaning::Email => "an e-mail that begins so",
            Meaning::Domain => "an e-mail's domain that begins so",
            Meaning::Phone => "a phone number that begins so, or ends with these seven digits or more",
            Meaning::Word => "a name, e-mail, user name, subject or reference that begins so",
            Meaning::Words => {
                "names, e-mails, user names, subjects or references that begin with each of these words"
            }
        }
    }
}

/// A query as it was read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// How.
    pub meaning: Meaning,
    /// The user whose id it may be.
    pub id: Option<UserId>,
    /// All of them must be met.
    pub words: Vec<Word>,
    /// Whether a part of it was too much to look at.
    pub is_cut: bool,
}

/// One thing that a user must have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Word {
    /// A term that begins with one of these.
    pub any: Vec<String>,
    /// Where nobody has such a term: terms that begin with each of these. A name that is typed with a hyphen may be kept
    /// with a blank.
    pub parts: Vec<String>,
}

impl Asked {
    /// Reads what was typed. Whatever it is, it is some question.
    pub fn read(typed: &str) -> Self {
        let head: String = typed.chars().take(MOST_LETTERS).collect();
        let is_cut = head.len() < typed.len();
        let folded = fold(&head);
        let pieces: Vec<&str> =
            folded.split(|letter: char| letter.is_control() || letter.is_whitespace()).collect();
        let pieces: Vec<&str> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
        let asked = match pieces.as_slice() {
            [] => Self::default(),
            [one] => one_piece(one),
            several => phone(&whole(&folded)).unwrap_or_else(|| several_pieces(several)),
        };
        // What has no word in it, such as `%`, is nobody's.
        let asks_nothing = asked.meaning == Meaning::Everybody && !pieces.is_empty();
        let none = || Self {
            meaning: Meaning::Word,
            words: vec![Word::beginning(&pieces.concat())],
            ..Self::default()
        };
        let asked = if asks_nothing { none() } else { asked };
        Self { is_cut: is_cut || asked.is_cut, ..asked }
    }
}

impl Word {
    fn beginning(text: &str) -> Self {
        Self { any: vec![cut(text).to_owned()], parts: Vec::new() }
    }

    /// Whether whoever meets this word meets the other one as well.
    fn implies(&self, other: &Word) -> bool {
        let begins = |one: &String| other.any.iter().any(|other| one.starts_with(other.as_str()));
        other.parts.is_empty() && self.parts.is_empty() && self.any.iter().all(begins)
    }
}

fn one_piece(piece: &str) -> Asked {
    let meant = |meaning, words| Asked { meaning, words, ..Asked::default() };
    if let (Ok(id), 32 | 36) = (Uuid::try_parse(piece), piece.len()) {
        return Asked { id: Some(UserId(id)), ..meant(Meaning::Id, vec![Word::beginning(piece)]) };
    }
    if piece.starts_with('@') {
        return meant(Meaning::Domain, vec![Word::beginning(piece)]);
    }
    if piece.contains('@') {
        return meant(Meaning::Email, vec![Word::beginning(piece)]);
    }
    if let Some(phone) = phone(piece) {
        return phone;
    }
    match word(piece) {
        Some(word) => meant(Meaning::Word, vec![word]),
        None => Asked::default(),
    }
}

fn several_pieces(pieces: &[&str]) -> Asked {
    let all: Vec<Word> = pieces.iter().filter_map(|piece| word(piece)).collect();
    let mut words: Vec<Word> = Vec::new();
    for word in all.iter().take(MOST_WORDS) {
        if !words.iter().any(|other| other.implies(word)) {
            words.retain(|other| !word.implies(other));
            words.push(word.clone());
        }
    }
    let meaning = match words.len() {
        0 => Meaning::Everybody,
        1 => Meaning::Word,
        _ => Meaning::Words,
    };
    Asked { meaning, words, is_cut: all.len() > MOST_WORDS, id: None }
}

/// A word as it is, in one piece or in its parts.
fn word(piece: &str) -> Option<Word> {
    if piece.contains('@') {
        return Some(Word::beginning(piece));
    }
    let parts = tokens(piece).concat();
    let joined = parts.concat();
    let mut any = vec![cut(piece).to_owned()];
    if joined != piece {
        any.push(cut(&joined).to_owned());
    }
    match parts.as_slice() {
        [] => None,
        [_] => Some(Word { any, parts: Vec::new() }),
        parts => Some(Word {
            any,
            parts: parts.iter().take(MOST_WORDS).map(|part| cut(part).to_owned()).collect(),
        }),
    }
}

/// Digits, and what people write between them; also the beginning of a subject of digits.
fn phone(text: &str) -> Option<Asked> {
    let digits = digits(text);
    let is_phone = text.chars().all(|letter| letter.is_ascii_digit() || "+-./() ".contains(letter));
    if !is_phone || digits.len() < PHONE_DIGITS {
        return None;
    }
    // A number is typed with the zeros of a country's or of the whole world's prefix, and kept without.
    let number = digits.trim_start_matches('0');
    let mut any = vec![cut(text).to_owned(), cut(&digits).to_owned(), cut(number).to_owned()];
    if number.len() >= PHONE_END_DIGITS {
        any.push(phone_end(number));
    }
    any.retain(|one| !one.is_empty());
    any.sort_unstable();
    any.dedup();
    Some(Asked { meaning: Meaning::Phone, words: vec![Word { any, parts: Vec::new() }], ..Asked::default() })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn any(typed: &str) -> (Meaning, Vec<Vec<String>>) {
        let asked = Asked::read(typed);
        (asked.meaning, asked.words.into_iter().map(|word| word.any).collect())
    }

    fn one(meaning: Meaning, any: &[&str]) -> (Meaning, Vec<Vec<String>>) {
        (meaning, vec![any.iter().map(ToString::to_string).collect()])
    }

    #[test]
    fn what_is_pasted_is_read_as_what_it_is() {
        assert_eq!(any("  "), (Meaning::Everybody, vec![]));
        assert_eq!(any(" Ada@Example.com "), one(Meaning::Email, &["ada@example.com"]));
        assert_eq!(any("@Gmail.com"), one(Meaning::Domain, &["@gmail.com"]));
        assert_eq!(any("@"), one(Meaning::Domain, &["@"]));
        let id = "0198F000-0000-7000-8000-000000000001";
        assert_eq!(any(id), one(Meaning::Id, &[&id.to_lowercase()]));
        assert_eq!(Asked::read(id).id.unwrap().to_string(), id.to_lowercase());
        assert_eq!(any("ÅDA"), one(Meaning::Word, &["ada"]));
        assert_eq!(any("auth0|5F12"), one(Meaning::Word, &["auth0|5f12", "auth05f12"]));
        assert_eq!(Asked::read("auth0|5F12").words[0].parts, ["auth0", "5f12"]);
        assert_eq!(any("Ada L").0, Meaning::Words);
        assert_eq!(any("李"), one(Meaning::Word, &["李"]));
    }

    #[test]
    fn a_phone_number_is_its_digits_from_the_beginning_or_seven_from_the_end() {
        let end = "\u{2}7654321";
        assert_eq!(any("+1 (234) 567"), one(Meaning::Phone, &[end, "+1 (234) 567", "1234567"]));
        assert_eq!(any("01234567"), one(Meaning::Phone, &[end, "01234567", "1234567"]));
        assert_eq!(any("12345"), one(Meaning::Phone, &["12345"]));
        assert_eq!(any("1234"), one(Meaning::Word, &["1234"]));
        assert_eq!(any("00000").0, Meaning::Phone);
    }

    #[test]
    fn a_word_that_another_one_implies_is_not_asked() {
        assert_eq!(any("a ada Ada"), one(Meaning::Word, &["ada"]));
        let many = "a1 b2 c3 d4 e5 f6 g7 h8 i9";
        assert_eq!((any(many).1.len(), Asked::read(many).is_cut), (8, true));
    }

    #[test]
    fn what_has_no_word_is_nobodys() {
        for typed in ["%", "_ _", "'\"", "-- ;"] {
            let asked = Asked::read(typed);
            assert_eq!(asked.meaning, Meaning::Word, "{typed}");
            assert!(!asked.words[0].any[0].is_empty());
        }
        assert!(Asked::read(&"x".repeat(10_000)).is_cut);
    }

    proptest! {
        #[test]
        fn whatever_is_typed_is_some_bounded_question(typed in "\\PC{0,40}|[@+0-9 .'-]{0,30}") {
            let asked = Asked::read(&typed);
            prop_assert!(asked.words.len() <= MOST_WORDS);
            for term in asked.words.iter().flat_map(|word| word.any.iter().chain(&word.parts)) {
                prop_assert!(!term.is_empty() && term.len() <= super::super::TERM_BYTES);
            }
            prop_assert_eq!(asked.words.is_empty(), asked.meaning == Meaning::Everybody);
        }
    }
}
