//! Whether a list comes to an end, judged page by page. Pure.

use std::collections::HashSet;

use super::incomplete::Incomplete;
use crate::{Account, Digest};

/// Pages in a row that may tell of nobody new.
const BARREN: u32 = 1000;
/// Records in a list whose provider does not count them.
const MOST: u64 = 10_000_000;
/// Of one who counts, so many more than twice as many as were counted: people come while the list is read.
const FURTHER: u64 = 1000;

/// The pages of a list that came by: 16 bytes for each, so that even millions fit into memory.
#[derive(Default)]
pub struct Course {
    cursors: HashSet<u128>,
    pages: HashSet<u128>,
    records: u64,
    barren: u32,
}

impl Course {
    /// Notes a page: the cursor under which it was asked for, who is on it, how many of its records were on no page
    /// before, and how many the provider counted. Whether the list must be left, and why. A list of changes may say the
    /// same of the same people twice, on pages of its own.
    pub fn pass(
        &mut self,
        cursor: Option<&str>,
        accounts: &[Account],
        new: u64,
        counted: Option<u64>,
        is_delta: bool,
    ) -> Option<Incomplete> {
        let names: Vec<&str> = accounts.iter().map(|one| one.reference.as_str()).collect();
        let is_new_cursor = self.cursors.insert(short(cursor.unwrap_or_default()));
        let is_new_page = is_delta || names.is_empty() || self.pages.insert(short(&names.join("\0")));
        self.records += new;
        self.barren = if new > 0 { 0 } else { self.barren + 1 };
        let most = counted.map_or(MOST, |counted| counted.saturating_mul(2).saturating_add(FURTHER));
        match is_new_cursor && is_new_page {
            false => Some(Incomplete::Repeated),
            true => (self.barren >= BARREN || self.records > most).then_some(Incomplete::Endless),
        }
    }

    /// Pages so far.
    pub(super) fn count(&self) -> u64 {
        self.cursors.len() as u64
    }
}

/// A name in 16 bytes.
pub(super) fn short(name: &str) -> u128 {
    let digest = Digest::of_pair("", name);
    digest.0.iter().take(16).fold(0, |sum, byte| sum << 8 | u128::from(*byte))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claims, Extent};

    fn account(reference: &str) -> Account {
        let (claims, linked) = (Claims::new(), Vec::new());
        Account { reference: reference.to_owned(), claims, extent: Extent::Partial, standing: None, linked }
    }

    #[test]
    fn a_page_or_a_cursor_twice_is_a_repetition() {
        let (ada, bea) = ([account("ada")], [account("bea")]);
        let mut course = Course::default();
        assert_eq!(course.pass(None, &ada, 1, None, false), None);
        assert_eq!(course.pass(Some("1"), &bea, 1, None, false), None);
        assert_eq!(course.pass(Some("2"), &[], 0, None, false), None, "an empty page is no repetition");
        assert_eq!(course.pass(Some("3"), &[], 0, None, false), None);
        assert_eq!(course.pass(Some("4"), &ada, 0, None, false), Some(Incomplete::Repeated));
        assert_eq!(course.pass(Some("2"), &[account("eve")], 1, None, false), Some(Incomplete::Repeated));
    }

    #[test]
    fn a_list_of_changes_repeats_itself_only_by_its_cursor() {
        let ada = [account("ada")];
        let mut course = Course::default();
        assert_eq!(course.pass(Some("1"), &ada, 1, None, true), None);
        assert_eq!(course.pass(Some("2"), &ada, 0, None, true), None, "she changed twice");
        assert_eq!(course.pass(Some("1"), &ada, 0, None, true), Some(Incomplete::Repeated));
    }

    #[test]
    fn a_thousand_pages_without_anybody_new_have_no_end() {
        let mut course = Course::default();
        let mut pass = |cursor: u32, new| course.pass(Some(&cursor.to_string()), &[], new, None, false);
        assert!((0..BARREN - 1).all(|cursor| pass(cursor, 0).is_none()));
        assert_eq!(pass(5000, 1), None, "somebody new: it goes on");
        assert!((6000..6000 + BARREN - 1).all(|cursor| pass(cursor, 0).is_none()));
        assert_eq!(pass(7999, 0), Some(Incomplete::Endless));
    }

    #[test]
    fn nor_has_a_list_of_far_more_than_were_counted() {
        let ends = |counted, new| Course::default().pass(None, &[], new, counted, false);
        assert_eq!((ends(Some(10), 1020), ends(Some(10), 1021)), (None, Some(Incomplete::Endless)));
        assert_eq!((ends(None, MOST), ends(None, MOST + 1)), (None, Some(Incomplete::Endless)));
        assert_eq!(ends(Some(u64::MAX), MOST + 1), None);
    }
}
