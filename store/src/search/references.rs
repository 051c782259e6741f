//! References that are another claim than the subject stand in the provider's entries, whole. Whoever is called so there is
//! found by their subject, which is a term.

use identity::search::{Asked, provider_prefix, subject_term};
use identity::{Entries, StoreError};

use super::{Ranges, Span};

/// The longest reference, in bytes.
const LONGEST: usize = 255;

/// The terms of the subjects of all accounts whose reference is what was typed, letter for letter.
pub(super) async fn subjects(
    ranges: &impl Ranges,
    entries: &dyn Entries,
    asked: &Asked,
    typed: &str,
) -> Result<Vec<String>, StoreError> {
    let reference = typed.trim();
    let odd = |letter: char| letter.is_whitespace() || letter.is_control();
    if asked.words.len() != 1 || reference.len() > LONGEST || reference.contains(odd) {
        return Ok(Vec::new());
    }
    let mut terms = Vec::new();
    for provider in providers(ranges).await? {
        let entry = entries.find_by_reference(&provider, reference).await?;
        terms.extend(entry.and_then(|entry| entry.identity).map(|(_, subject)| subject_term(&subject)));
    }
    Ok(terms)
}

/// The providers of all users: from one's term to the next, for there are few, and many users of each.
async fn providers(ranges: &impl Ranges) -> Result<Vec<String>, StoreError> {
    let prefix = provider_prefix();
    let mut rest = Span::beginning(&prefix);
    let mut providers = Vec::new();
    while let Some((term, _)) = ranges.entries(&rest, None, false, 1).await?.pop() {
        providers.extend(term.strip_prefix(&prefix).map(str::to_owned));
        rest.from = format!("{term}\0");
    }
    Ok(providers)
}
