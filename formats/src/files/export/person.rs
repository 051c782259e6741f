//! What targets ask of a person in common: an address that is one, a number in E.164, names that fit.

use identity::{Field, Status};

use super::loss::{Kind, LeftOut, Losses};
use crate::UserLine;

/// Stands where a target wants a name and there is none.
const NAMELESS: &str = "-";

/// Whether they may enter here.
pub(super) fn may_enter(user: &UserLine) -> bool {
    user.status == Status::Active
}

/// For targets that would let in whoever is in their file.
pub(super) fn must_enter(user: &UserLine) -> Result<(), LeftOut> {
    match may_enter(user) {
        true => Ok(()),
        false => Err(LeftOut("they are blocked here, and the file has no place for that")),
    }
}

/// The e-mail address, if it is one: what is not is refused by every importer. Whether its flag is true.
pub(super) fn email<'a>(user: &'a UserLine, losses: &mut Losses<'_>) -> Option<(&'a str, bool)> {
    let address = user.email.as_deref()?;
    if is_address(address) {
        return Some((address, user.email_verified == Some(true)));
    }
    losses.no_place(Field::Email);
    None
}

/// The address, for targets that hold nobody without one.
pub(super) fn required_email<'a>(
    user: &'a UserLine,
    losses: &mut Losses<'_>,
) -> Result<(&'a str, bool), LeftOut> {
    match email(user, losses) {
        Some(found) => Ok(found),
        None if user.email.is_some() => Err(LeftOut("the e-mail address is not one")),
        None => Err(LeftOut("no e-mail address")),
    }
}

/// One `@`, something on either side, no blanks, at most 254 bytes (RFC 5321 4.5.3.1.3).
fn is_address(text: &str) -> bool {
    let mut parts = text.split('@');
    let (Some(local), Some(domain), None) = (parts.next(), parts.next(), parts.next()) else { return false };
    let plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"".contains(c);
    !local.is_empty()
        && domain.contains('.')
        && !domain.starts_with('.')
        && !domain.ends_with('.')
        && text.len() <= 254
        && text.chars().all(plain)
}

/// The telephone number in E.164, without the separators that people write, and its flag. Where it has no
/// country code or an extension, it does not fit.
pub(super) fn phone(user: &UserLine, losses: &mut Losses<'_>) -> Option<(String, bool)> {
    let said = user.phone_number.as_deref()?;
    let digits = said.strip_prefix('+').map(|rest| {
        rest.chars().filter(|c| !matches!(c, ' ' | '-' | '.' | '(' | ')' | '\u{a0}')).collect::<String>()
    });
    match digits {
        Some(digits)
            if (1..=15).contains(&digits.len())
                && digits.bytes().all(|b| b.is_ascii_digit())
                && !digits.starts_with('0') =>
        {
            Some((format!("+{digits}"), user.phone_number_verified == Some(true)))
        }
        _ => {
            losses.no_place(Field::PhoneNumber);
            None
        }
    }
}

/// A text of at most so many characters, without control characters; what is longer has no place.
pub(super) fn fitting<'a>(
    text: &'a Option<String>,
    field: Field,
    most: usize,
    losses: &mut Losses<'_>,
) -> Option<&'a str> {
    let text = text.as_deref()?;
    if text.chars().count() <= most && !text.chars().any(char::is_control) {
        return Some(text);
    }
    losses.no_place(field);
    None
}

/// Given name and surname, for targets that require both. What was not said is made of the full name, then of
/// the user name, and reported.
pub(super) fn required_names(user: &UserLine, most: usize, losses: &mut Losses<'_>) -> (String, String) {
    let given = fitting(&user.given_name, Field::GivenName, most, losses);
    let family = fitting(&user.family_name, Field::FamilyName, most, losses);
    let words: Vec<&str> = user.name.as_deref().unwrap_or_default().split_whitespace().collect();
    let cut = |text: String| text.chars().filter(|c| !c.is_control()).take(most).collect::<String>();
    let made_given = || match (family, words.split_last()) {
        (Some(family), Some((last, before))) if *last == family && !before.is_empty() => before.join(" "),
        (Some(_), Some(_)) => words.join(" "),
        (None, Some((last, []))) => (*last).to_owned(),
        (None, Some((_, before))) => before.join(" "),
        (_, None) => user.preferred_username.clone().unwrap_or_default(),
    };
    let made_family = || match (given, words.split_first()) {
        (Some(given), Some((first, rest))) if *first == given && !rest.is_empty() => rest.join(" "),
        (None, Some((_, rest))) => rest.last().map(|last| (*last).to_owned()).unwrap_or_default(),
        _ => String::new(),
    };
    let mut or_made = |said: Option<&str>, field: Field, make: &dyn Fn() -> String| match said {
        Some(said) => said.to_owned(),
        None => {
            losses.add(Kind::NameMade, field.as_str());
            let made = cut(make());
            if made.trim().is_empty() { NAMELESS.to_owned() } else { made }
        }
    };
    (or_made(given, Field::GivenName, &made_given), or_made(family, Field::FamilyName, &made_family))
}

/// The full name, or what given name and surname say.
pub(super) fn full_name(user: &UserLine) -> Option<String> {
    let parts: Vec<&str> =
        [&user.given_name, &user.family_name].into_iter().filter_map(|part| part.as_deref()).collect();
    user.name.clone().or_else(|| (!parts.is_empty()).then(|| parts.join(" ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_has_one_at_and_something_on_either_side() {
        for yes in ["ada@example.com", "a+b@x.example", "ädä@exämple.de"] {
            assert!(is_address(yes), "{yes}");
        }
        let long = format!("{}@example.com", "a".repeat(250));
        for no in [
            "",
            "ada",
            "@example.com",
            "ada@",
            "a@b@c.de",
            "a b@c.de",
            "a@localhost",
            "a@.de",
            "a\n@c.de",
            &long,
        ] {
            assert!(!is_address(no), "{no}");
        }
    }
}
