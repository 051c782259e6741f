//! A list as its address says it: what is asked, and which columns are shown.

use identity::search::{From, Query};

use super::columns::{self, Column};

/// A list.
#[derive(Clone)]
pub(super) struct List {
    pub(super) query: Query,
    /// Beside the name, in their order.
    pub(super) columns: Vec<&'static Column>,
}

impl List {
    /// Everybody, in the usual columns.
    pub(super) fn new(query: Query) -> Self {
        Self { query, columns: columns::usual() }
    }

    /// Reads the query of an address, whatever stands there.
    pub(super) fn of_address(query: &str) -> Self {
        let pairs = identity::form_pairs(query);
        let words = pairs.iter().filter(|(name, _)| name == columns::PARAMETER);
        let words = words.flat_map(|(_, words)| words.split(','));
        Self { query: Query::of_address(query), columns: columns::read(words) }
    }

    /// Where it stands.
    pub(super) fn address(&self) -> String {
        let columns = self.written_columns().map(|words| format!("{}={words}", columns::PARAMETER));
        let parts: Vec<String> =
            [self.query.address()].into_iter().chain(columns).filter(|part| !part.is_empty()).collect();
        match parts.is_empty() {
            true => crate::STUDIO.to_owned(),
            false => format!("{}?{}", crate::STUDIO, parts.join("&")),
        }
    }

    /// Where the same list stands from its beginning, changed.
    pub(super) fn changed(&self, change: impl FnOnce(&mut Query)) -> String {
        let mut next = Self { query: self.beginning(), columns: self.columns.clone() };
        change(&mut next.query);
        next.address()
    }

    /// The question without a place.
    pub(super) fn beginning(&self) -> Query {
        Query { from: From::Start, ..self.query.clone() }
    }

    /// Who is asked for, without order and place.
    pub(super) fn whom(&self) -> Query {
        Query { q: self.query.q.clone(), filters: self.query.filters.clone(), ..Query::default() }
    }

    /// The columns as they stand in an address; none where they are the usual ones.
    pub(super) fn written_columns(&self) -> Option<String> {
        (self.columns != columns::usual()).then(|| columns::written(&self.columns))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_filter_starts_at_the_beginning_and_keeps_the_columns() {
        let list = List::of_address("q=ada&sort=name&after=x&size=50&cols=phone,email");
        let next = list.changed(|query| query.filters.several = true);
        assert_eq!(next, "/studio?q=ada&several=1&sort=name&size=50&cols=email,phone");
        assert_eq!(List::new(Query::default()).address(), "/studio");
    }

    #[test]
    fn columns_are_read_however_they_are_given_and_the_usual_ones_go_without_saying() {
        let address = |query: &str| List::of_address(query).address();
        assert_eq!(address("cols=email&cols=name&cols=email"), "/studio?cols=email");
        assert_eq!(address("cols=name"), "/studio?cols=name");
        assert_eq!(address("cols=email%2Cid"), "/studio?cols=email,id");
        for usual in ["", "cols=", "cols=%00,age", "cols=email,provider,status,login,seen,logins"] {
            assert_eq!(address(usual), "/studio", "{usual}");
        }
    }
}
