//! What a user is found by: their terms, and the row that lists are sorted and filtered by. Both follow from the user
//! alone, so a store writes them with the user and compares them with what they were.

use std::collections::BTreeSet;

use super::day::micros;
use super::filters::{Filters, Verified};
use super::fold::{cut, fold, is_unspaced, tokens};
use crate::{Field, Identity, Standing, Status, User, UserId};

/// Terms of one name at most: one of ten thousand words is found by its first.
const OF_A_NAME: usize = 64;
/// Before the name of a filter that few users match.
const FILTER: char = '\u{1}';
/// Before the digits of a phone number from behind.
const PHONE_END: char = '\u{2}';

/// What one user is found, sorted and filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Each at most [`TERM_BYTES`](super::TERM_BYTES) long.
    pub terms: BTreeSet<String>,
    /// The narrow row.
    pub row: Row,
}

/// What lists are sorted and filtered by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Whose.
    pub user: UserId,
    /// The last log-in in microseconds since 1970; 0 for never.
    pub seen_at: i64,
    /// When the user was first heard of, in microseconds since 1970.
    pub created_at: i64,
    /// The folded name, cut; empty for none.
    pub name_key: String,
    /// The folded e-mail, cut; empty for none.
    pub email_key: String,
    /// Whether the user may enter.
    pub status: Status,
    /// What is known of the e-mail.
    pub verified: Verified,
    /// Whether an identity is present.
    pub is_present: bool,
    /// Whether an identity is blocked.
    pub is_blocked: bool,
    /// Whether an identity is deleted.
    pub is_deleted: bool,
    /// Whether there is more than one identity.
    pub is_several: bool,
    /// Whether the operator holds a field.
    pub is_held: bool,
}

/// The entry of a user; none of one who was taken away by an undo.
pub fn entry(user: &User) -> Option<Entry> {
    if user.is_withdrawn {
        return None;
    }
    let row = row(user);
    let mut terms = BTreeSet::new();
    for identity in &user.identities {
        identity_terms(&mut terms, identity);
    }
    terms.extend(filter_terms(user, &row));
    terms.remove("");
    Some(Entry { terms, row })
}

/// Whether the two have the same terms, and rows that differ in the time of the last log-in at most, by what entries
/// are made of. It is asked at each log-in, so it folds nothing; `false` may be said of two that are the same.
pub fn is_alike(one: &User, other: &User) -> bool {
    let alike = |one: &Identity, other: &Identity| {
        let values =
            |of: &Identity| of.facts.iter().map(|(field, fact)| (*field, fact.value.clone())).collect();
        let (these, those): (Vec<_>, Vec<_>) = (values(one), values(other));
        one.is(&other.issuer, &other.subject)
            && one.provider == other.provider
            && one.standing == other.standing
            && one.holds.is_empty() == other.holds.is_empty()
            && reference(one) == reference(other)
            && these == those
    };
    // Of several, the one in front may have changed.
    one.id == other.id
        && one.is_disabled == other.is_disabled
        && one.is_withdrawn == other.is_withdrawn
        && one.created_at == other.created_at
        && one.identities.len() < 2
        && one.identities.len() == other.identities.len()
        && one.identities.iter().zip(&other.identities).all(|(one, other)| alike(one, other))
}

/// The last log-in as a row has it.
pub fn seen_at(user: &User) -> i64 {
    user.last_login_at.map_or(0, micros)
}

/// The term of a subject, as it is.
pub fn subject_term(subject: &str) -> String {
    cut(&whole(&fold(subject))).to_owned()
}

/// The term of a provider's users.
pub fn provider_term(provider: &str) -> String {
    mark(&format!("provider:{provider}"))
}

/// The providers' names of all such terms begin after this.
pub fn provider_prefix() -> String {
    mark("provider:")
}

/// The term of a filter that few users match; none for one that most do.
pub(crate) fn mark(name: &str) -> String {
    cut(&format!("{FILTER}{name}")).to_owned()
}

/// The digits of a phone number from behind, as a term.
pub(crate) fn phone_end(digits: &str) -> String {
    let backwards: String = digits.chars().rev().collect();
    cut(&format!("{PHONE_END}{backwards}")).to_owned()
}

/// The decimal digits of a folded text.
pub(crate) fn digits(folded: &str) -> String {
    folded.chars().filter(char::is_ascii_digit).collect()
}

fn row(user: &User) -> Row {
    let profile = user.profile();
    let text = |field| profile.get(&field).and_then(|shown| shown.value.text()).unwrap_or_default();
    let is_verified = profile.get(&Field::EmailVerified).and_then(|shown| shown.value.flag());
    let email_key = email(text(Field::Email));
    let any = |standing| user.identities.iter().any(|one| one.standing == standing);
    Row {
        user: user.id,
        seen_at: seen_at(user),
        created_at: micros(user.created_at),
        name_key: name_key(&shown_name(&profile)),
        verified: match (email_key.is_empty(), is_verified) {
            (true, _) => Verified::None,
            (false, Some(true)) => Verified::Yes,
            (false, _) => Verified::No,
        },
        email_key,
        status: user.status(),
        is_present: any(Standing::Present),
        is_blocked: any(Standing::Blocked),
        is_deleted: any(Standing::Deleted),
        is_several: user.identities.len() > 1,
        is_held: user.identities.iter().any(|one| !one.holds.is_empty()),
    }
}

/// The name, or what stands for one.
fn shown_name(profile: &crate::Profile<'_>) -> String {
    let text = |field| profile.get(&field).and_then(|shown| shown.value.text());
    match (text(Field::Name), text(Field::GivenName), text(Field::FamilyName)) {
        (Some(name), _, _) => name.to_owned(),
        (None, Some(given), Some(family)) => format!("{given} {family}"),
        (None, given, family) => given.or(family).unwrap_or_default().to_owned(),
    }
}

/// Words of a name with one blank between them; a name without words sorts by what it is.
fn name_key(name: &str) -> String {
    let folded = fold(name);
    let words = tokens(&folded).concat().join(" ");
    let key = if words.is_empty() { folded.trim().replace('\0', "") } else { words };
    cut(&key).trim_end().to_owned()
}

fn identity_terms(terms: &mut BTreeSet<String>, identity: &Identity) {
    for (field, fact) in &identity.facts {
        let Some(text) = fact.value.as_ref().and_then(|value| value.text()) else { continue };
        match field {
            Field::Name | Field::GivenName | Field::FamilyName => name_terms(terms, text),
            Field::PreferredUsername => whole_terms(terms, text),
            Field::Email => email_terms(terms, text),
            Field::PhoneNumber => phone_terms(terms, text),
            _ => {}
        }
    }
    whole_terms(terms, &identity.subject);
    if let Some(reference) = reference(identity) {
        whole_terms(terms, reference);
    }
}

/// Entra's id in its interfaces, which is another claim than `sub`. Others stand in the entries.
fn reference(identity: &Identity) -> Option<&str> {
    identity.claims.get("oid").and_then(|oid| oid.as_str())
}

/// Each word; what stands between blanks as one word; and of what is written without blanks each ending.
fn name_terms(terms: &mut BTreeSet<String>, name: &str) {
    let folded = fold(name);
    let of_name = tokens(&folded).into_iter().flat_map(|words| {
        let joined = words.concat();
        let endings = words.into_iter().flat_map(|word| {
            let starts = word.char_indices().filter(|(at, letter)| *at == 0 || is_unspaced(*letter));
            starts.map(|(at, _)| cut(&word[at..]).to_owned())
        });
        std::iter::once(cut(&joined).to_owned()).chain(endings).collect::<Vec<_>>()
    });
    terms.extend(of_name.take(OF_A_NAME));
}

/// As it is, and without what is neither letter nor digit.
fn whole_terms(terms: &mut BTreeSet<String>, text: &str) {
    let folded = fold(text);
    terms.insert(cut(&whole(&folded)).to_owned());
    terms.insert(cut(&tokens(&folded).concat().concat()).to_owned());
}

/// A folded text in one piece, controls left out.
pub(crate) fn whole(folded: &str) -> String {
    let pieces: Vec<&str> =
        folded.split(|letter: char| letter.is_control() || letter.is_whitespace()).collect();
    let pieces: Vec<&str> = pieces.into_iter().filter(|piece| !piece.is_empty()).collect();
    pieces.join(" ")
}

/// The whole address, and `@` with its domain.
fn email_terms(terms: &mut BTreeSet<String>, text: &str) {
    let email = email_whole(text);
    if let Some((_, domain)) = email.rsplit_once('@') {
        terms.insert(cut(&format!("@{domain}")).to_owned());
    }
    terms.insert(cut(&email).to_owned());
}

fn email(text: &str) -> String {
    cut(&email_whole(text)).to_owned()
}

fn email_whole(text: &str) -> String {
    whole(&fold(text)).replace(' ', "")
}

/// The digits, from the beginning and from the end.
fn phone_terms(terms: &mut BTreeSet<String>, text: &str) {
    let digits = digits(&fold(text));
    if !digits.is_empty() {
        terms.insert(cut(&digits).to_owned());
        terms.insert(phone_end(&digits));
    }
}

/// What few users may have is found by a term of its own; what most have, a walk meets soon.
fn filter_terms(user: &User, row: &Row) -> Vec<String> {
    let mut marks: Vec<String> = user.identities.iter().map(|one| provider_term(&one.provider)).collect();
    let own = [
        (row.status != Status::Active, format!("status:{}", row.status)),
        (true, format!("verified:{}", row.verified)),
        (row.is_blocked, format!("standing:{}", Standing::Blocked)),
        (row.is_deleted, format!("standing:{}", Standing::Deleted)),
        (row.is_several, "several".to_owned()),
        (row.is_held, "hold".to_owned()),
    ];
    marks.extend(own.into_iter().filter(|(is, _)| *is).map(|(_, name)| mark(&name)));
    marks
}

/// The terms by which those who meet a filter are found; none where it is not asked, or a walk along all finds them.
impl Filters {
    /// By status.
    pub fn status_term(&self) -> Option<String> {
        let status = self.status.filter(|status| *status != Status::Active)?;
        Some(mark(&format!("status:{status}")))
    }

    /// By what is known of the e-mail.
    pub fn verified_term(&self) -> Option<String> {
        Some(mark(&format!("verified:{}", self.verified?)))
    }

    /// By standing.
    pub fn standing_term(&self) -> Option<String> {
        let standing = self.standing.filter(|standing| *standing != Standing::Present)?;
        Some(mark(&format!("standing:{standing}")))
    }

    /// By the number of identities.
    pub fn several_term(&self) -> Option<String> {
        self.several.then(|| mark("several"))
    }

    /// By holds.
    pub fn hold_term(&self) -> Option<String> {
        self.hold.then(hold_term)
    }
}

/// The term of users who have a field on hold.
pub fn hold_term() -> String {
    mark("hold")
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::{Fact, Source, Timestamp, Value};

    fn at(seconds: i64) -> Timestamp {
        chrono::DateTime::from_timestamp(seconds, 0).unwrap()
    }

    fn identity(subject: &str, facts: &[(Field, &str)]) -> Identity {
        let fact = |text: &str| {
            let value = match text {
                "true" => Value::Flag(true),
                text => Value::Text(text.to_owned()),
            };
            Fact { value: Some(value), at: at(1), source: Source::Login }
        };
        Identity {
            provider: "main".into(),
            issuer: "https://one.example".into(),
            subject: subject.into(),
            facts: facts.iter().map(|(field, text)| (*field, fact(text))).collect(),
            claims: serde_json::Map::new(),
            claim_times: BTreeMap::new(),
            standing: Standing::Present,
            standing_at: at(1),
            first_seen_at: at(1),
            last_seen_at: at(9),
            last_login_at: None,
            observed_at: at(1),
            holds: crate::Holds::new(),
        }
    }

    fn user(identities: Vec<Identity>) -> User {
        User { identities, ..User::new(UserId(Uuid::from_u128(1)), at(1)) }
    }

    fn found(user: &User) -> Entry {
        entry(user).unwrap()
    }

    fn terms(facts: &[(Field, &str)]) -> Vec<String> {
        let without = |term: &String| !term.starts_with(FILTER) && term != "subject";
        found(&user(vec![identity("Subject", facts)])).terms.into_iter().filter(without).collect()
    }

    #[test]
    fn a_name_is_found_by_its_words_joined_and_apart() {
        assert_eq!(
            terms(&[(Field::Name, "Jean-Luc O'Brien")]),
            ["brien", "jean", "jeanluc", "luc", "o", "obrien"]
        );
        assert_eq!(terms(&[(Field::Name, "Łucja 🌻"), (Field::GivenName, "Łucja")]), ["lucja", "🌻"]);
        assert_eq!(terms(&[(Field::Name, "山田 太郎")]), ["太郎", "山田", "田", "郎"]);
        assert_eq!(terms(&[(Field::Name, "김민지")]), ["김민지", "민지", "지"]);
    }

    #[test]
    fn an_email_is_found_whole_and_by_its_domain_and_a_phone_from_both_ends() {
        assert_eq!(terms(&[(Field::Email, "Ada.L@Example.com")]), ["@example.com", "ada.l@example.com"]);
        assert_eq!(terms(&[(Field::PhoneNumber, "+49 170/123")]), ["\u{2}32107194", "49170123"]);
        assert_eq!(terms(&[(Field::PreferredUsername, "ada.l")]), ["ada.l", "adal"]);
    }

    #[test]
    fn subject_reference_and_provider_are_terms() {
        let mut one = identity("auth0|5F", &[]);
        one.claims.insert("oid".to_owned(), json!("0198f000-0000"));
        let terms = found(&user(vec![one])).terms;
        for term in ["auth0|5f", "auth05f", "0198f000-0000", &provider_term("main")] {
            assert!(terms.contains(term), "{term} {terms:?}");
        }
    }

    #[test]
    fn a_row_says_what_lists_ask() {
        let nobody = found(&user(vec![])).row;
        assert_eq!((nobody.seen_at, nobody.name_key.as_str(), nobody.verified), (0, "", Verified::None));
        let mut blocked = identity("b", &[]);
        blocked.standing = Standing::Blocked;
        let facts = [
            (Field::GivenName, "Ádá"),
            (Field::FamilyName, "Love"),
            (Field::Email, "A@b"),
            (Field::EmailVerified, "true"),
        ];
        let mut ada = user(vec![identity("a", &facts), blocked]);
        ada.last_login_at = Some(at(5));
        let row = found(&ada).row;
        assert_eq!(
            (row.seen_at, row.name_key.as_str(), row.email_key.as_str()),
            (5_000_000, "ada love", "a@b")
        );
        assert!(row.is_present && row.is_blocked && !row.is_deleted && row.is_several);
        assert_eq!(row.verified, Verified::Yes);
        let unverified = found(&user(vec![identity("a", &[(Field::Email, "a@b")])])).row;
        assert_eq!(unverified.verified, Verified::No);
    }

    #[test]
    fn a_log_in_that_changes_nothing_leaves_the_terms_alone() {
        let one = user(vec![identity("a", &[(Field::Name, "Ada")])]);
        let mut other = one.clone();
        other.last_login_at = Some(at(7));
        other.identities[0].facts.values_mut().for_each(|fact| fact.at = at(7));
        assert!(is_alike(&one, &other));
        assert_eq!(found(&one).terms, found(&other).terms);
        let renamed = user(vec![identity("a", &[(Field::Name, "Eva")])]);
        let shut_out = User { is_disabled: true, ..one.clone() };
        for changed in [renamed, shut_out, user(vec![])] {
            assert!(!is_alike(&one, &changed));
        }
    }

    #[test]
    fn who_is_held_is_marked_and_who_was_taken_away_is_not_found() {
        let mut held = identity("a", &[(Field::Name, "Ada")]);
        let hold = crate::Hold { at: at(1), actor: None, run: None };
        held.holds.insert(crate::Held::Field(Field::Name), hold);
        let entry_of_held = found(&user(vec![held]));
        assert!(entry_of_held.row.is_held && entry_of_held.terms.contains(&hold_term()));
        assert!(!is_alike(&user(vec![identity("a", &[(Field::Name, "Ada")])]), &user(vec![])));
        assert_eq!(entry(&User { is_withdrawn: true, ..user(vec![]) }), None);
    }

    #[test]
    fn a_name_of_ten_thousand_words_is_bounded() {
        let long = "word".repeat(100) + &" 山".repeat(10_000);
        let terms = terms(&[(Field::Name, &long)]);
        assert!(terms.len() <= OF_A_NAME && terms.iter().all(|term| term.len() <= 64));
    }
}
