//! A question to the list of users: what is searched, filtered and sorted by, and from where on. All of it stands in an
//! address, under the names that are here.

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use uuid::Uuid;

use super::asked::Asked;
use super::filters::{Filters, words};
use crate::UserId;

/// Users of a page, as they may be asked for.
pub const SIZES: [u32; 3] = [25, 50, 100];

/// A question.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    /// What was typed into the box.
    pub q: String,
    /// What must be so.
    pub filters: Filters,
    /// None: the best match where something was typed, else the last log-in.
    pub sort: Option<Sort>,
    /// None: newest first for times, A to Z for words.
    pub direction: Option<Direction>,
    /// From where on.
    pub from: From,
    /// Users of a page.
    pub size: u32,
}

/// From where on a list is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum From {
    /// From its beginning.
    #[default]
    Start,
    /// After this user.
    After(String),
    /// Before this user: the page that ends there.
    Before(String),
}

words! {
    /// What a list is sorted by.
    Sort {
        /// The last log-in.
        Login,
        /// When the user was first heard of.
        Seen,
        /// The name.
        Name,
        /// The e-mail.
        Email,
    }
}

words! {
    /// In which direction.
    Direction {
        /// A to Z, oldest first.
        Asc,
        /// Z to A, newest first.
        Desc,
    }
}

/// The order of a list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The smallest matching term first. Which of the words was walked along is kept from page to page.
    Match(Option<u8>),
    /// By a column.
    By(Sort, Direction),
}

/// A place in a list: the order, and the user who stands there. For the last log-in, which moves, also when that was, so
/// that whoever logs in meanwhile moves no page.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// Of which list.
    pub order: Order,
    /// Who.
    pub user: UserId,
    /// The last log-in then, in microseconds.
    pub seen_at: i64,
}

impl Default for Query {
    fn default() -> Self {
        Self {
            q: String::new(),
            filters: Filters::default(),
            sort: None,
            direction: None,
            from: From::Start,
            size: SIZES[0],
        }
    }
}

impl Query {
    /// Reads the query of an address, whatever stands there.
    pub fn of_address(query: &str) -> Self {
        let pairs: Vec<_> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
        Self::read(pairs.iter().map(|(name, value)| (name.as_str(), value.as_str())))
    }

    /// The query of an address that says this; empty for everybody.
    pub fn address(&self) -> String {
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(self.pairs()).finish()
    }

    /// Reads the parameters of an address; what cannot be understood counts as not given, of two the first is taken.
    pub fn read<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut given = Vec::<(&str, &str)>::new();
        for (name, value) in pairs {
            if !value.is_empty() && !given.iter().any(|(known, _)| *known == name) {
                given.push((name, value));
            }
        }
        let get = |name: &str| given.iter().find(|(known, _)| *known == name).map(|(_, value)| *value);
        let is = |name: &str| get(name).is_some_and(|value| matches!(value, "1" | "on" | "yes" | "true"));
        fn word<T: std::str::FromStr>(value: Option<&str>) -> Option<T> {
            value?.parse().ok()
        }
        let from = match (get("after"), get("before")) {
            (Some(after), _) => From::After(after.to_owned()),
            (None, Some(before)) => From::Before(before.to_owned()),
            (None, None) => From::Start,
        };
        let size = word::<u32>(get("size")).filter(|size| SIZES.contains(size));
        Self {
            q: get("q").unwrap_or_default().to_owned(),
            filters: Filters {
                status: word(get("status")),
                provider: get("provider").map(str::to_owned),
                verified: word(get("verified")),
                login: word(get("login")),
                from: word(get("from")),
                to: word(get("to")),
                several: is("several"),
                online: is("online"),
                hold: is("hold"),
                standing: word(get("standing")),
            },
            sort: word(get("sort")),
            direction: word(get("dir")),
            from,
            size: size.unwrap_or(SIZES[0]),
        }
    }

    /// The parameters that say this, each once; what goes without saying is left out.
    pub fn pairs(&self) -> Vec<(&'static str, String)> {
        fn word(value: Option<impl ToString>) -> Option<String> {
            value.map(|value| value.to_string())
        }
        let on = |is: bool| is.then(|| "1".to_owned());
        let filters = &self.filters;
        let (after, before) = match &self.from {
            From::Start => (None, None),
            From::After(cursor) => (Some(cursor.clone()), None),
            From::Before(cursor) => (None, Some(cursor.clone())),
        };
        let all = [
            ("q", Some(self.q.clone()).filter(|q| !q.is_empty())),
            ("status", word(filters.status)),
            ("provider", filters.provider.clone()),
            ("verified", word(filters.verified)),
            ("login", word(filters.login)),
            ("from", word(filters.from)),
            ("to", word(filters.to)),
            ("several", on(filters.several)),
            ("online", on(filters.online)),
            ("hold", on(filters.hold)),
            ("standing", word(filters.standing)),
            ("sort", word(self.sort)),
            ("dir", word(self.direction)),
            ("after", after),
            ("before", before),
            ("size", Some(self.size).filter(|size| *size != SIZES[0]).map(|size| size.to_string())),
        ];
        all.into_iter().filter_map(|(name, value)| Some((name, value?))).collect()
    }

    /// The question that was typed.
    pub fn asked(&self) -> Asked {
        Asked::read(&self.q)
    }

    /// The order of the list.
    pub fn order(&self, asked: &Asked) -> Order {
        match self.sort {
            None if !asked.words.is_empty() => Order::Match(None),
            sort => {
                let sort = sort.unwrap_or(Sort::Login);
                Order::By(sort, self.direction.unwrap_or(sort.first_direction()))
            }
        }
    }
}

impl Sort {
    /// All of them.
    pub const ALL: &'static [Sort] = <Sort as strum::VariantArray>::VARIANTS;

    /// Newest first for times, A to Z for words.
    pub fn first_direction(self) -> Direction {
        match self {
            Sort::Login | Sort::Seen => Direction::Desc,
            Sort::Name | Sort::Email => Direction::Asc,
        }
    }
}

impl Direction {
    /// The other one.
    pub fn reversed(self) -> Self {
        match self {
            Direction::Asc => Direction::Desc,
            Direction::Desc => Direction::Asc,
        }
    }
}

/// In front of the word that is walked along.
const MATCH: u8 = 0x80;

impl Cursor {
    /// As it stands in an address: short, and nobody's name.
    pub fn written(&self) -> String {
        let mut bytes = vec![match self.order {
            Order::Match(word) => MATCH | word.unwrap_or_default(),
            Order::By(sort, direction) => (sort as u8) << 1 | direction as u8,
        }];
        bytes.extend(self.user.0.as_bytes());
        if let Order::By(Sort::Login, _) = self.order {
            bytes.extend(self.seen_at.to_be_bytes());
        }
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// Reads a place in a list of this order; none where it is none, or of another list.
    pub fn read(written: &str, order: Order) -> Option<Self> {
        let bytes = URL_SAFE_NO_PAD.decode(written.get(..64.min(written.len()))?).ok()?;
        let (code, rest) = bytes.split_first()?;
        let (user, rest) = rest.split_at_checked(16)?;
        let user = UserId(Uuid::from_slice(user).ok()?);
        let of_times = <[u8; 8]>::try_from(rest).map(i64::from_be_bytes);
        let (order, seen_at) = match order {
            Order::Match(_) if code & MATCH != 0 && rest.is_empty() => (Order::Match(Some(code & !MATCH)), 0),
            Order::By(Sort::Login, direction) if *code == direction as u8 => (order, of_times.ok()?),
            Order::By(sort, direction)
                if *code == ((sort as u8) << 1 | direction as u8) && rest.is_empty() =>
            {
                (order, 0)
            }
            _ => return None,
        };
        Some(Self { order, user, seen_at })
    }
}

#[cfg(test)]
mod tests {
    use super::super::micros;
    use super::*;
    use crate::{Status, Timestamp};

    fn read(address: &str) -> Query {
        Query::of_address(address)
    }

    #[test]
    fn what_stands_in_an_address_is_read_and_written_again() {
        let all = "q=ada&status=disabled&provider=main&verified=none&login=7d&from=2026-01-02&to=2026-02-01&several=1\
                   &online=1&hold=1&standing=blocked&sort=name&dir=desc&after=x&size=50";
        let query = read(all);
        assert_eq!(query.address(), all);
        assert_eq!(read("q=%ED%A0%80+%26&x").address(), "q=%EF%BF%BD%EF%BF%BD%EF%BF%BD+%26");
        assert_eq!(read("before=y").from, From::Before("y".to_owned()));
        assert!(Query::default().pairs().is_empty());
    }

    #[test]
    fn what_cannot_be_understood_is_not_given() {
        let odd =
            "q=&status=odd&verified=&login=1d&from=yesterday&several=0&sort=age&dir=up&size=1000&what=x";
        assert_eq!(read(odd), Query::default());
        assert_eq!(read("status=active&status=disabled").filters.status, Some(Status::Active));
    }

    #[test]
    fn days_are_whole_and_in_utc() {
        let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
        let at = |text: &str| micros(text.parse().unwrap());
        let seen = |login: &str| read(&format!("login={login}")).filters.seen(now);
        assert_eq!(seen("today"), Some((at("2026-11-30T00:00:00Z"), i64::MAX)));
        assert_eq!(seen("7d"), Some((at("2026-11-23T12:00:00Z"), i64::MAX)));
        assert_eq!(seen("older"), Some((1, at("2026-10-31T12:00:00Z") - 1)));
        assert_eq!((seen("never"), seen("x")), (Some((0, 0)), None));
        let days = read("from=2026-11-01&to=2026-11-02").filters.created();
        assert_eq!(days, Some((at("2026-11-01T00:00:00Z"), at("2026-11-03T00:00:00Z") - 1)));
        assert_eq!(read("").filters.created(), None);
    }

    #[test]
    fn a_cursor_is_read_in_its_own_list_only() {
        let user = UserId(Uuid::from_u128(7));
        let mut orders = vec![Order::Match(Some(3))];
        for sort in Sort::ALL {
            orders.extend([Direction::Asc, Direction::Desc].map(|direction| Order::By(*sort, direction)));
        }
        for order in &orders {
            let seen_at = if matches!(order, Order::By(Sort::Login, _)) { 42 } else { 0 };
            let cursor = Cursor { order: *order, user, seen_at };
            let written = cursor.written();
            assert!(written.len() < 40);
            for other in &orders {
                let read = Cursor::read(&written, *other);
                assert_eq!(read, (order == other).then_some(cursor), "{order:?} {other:?}");
            }
        }
        for odd in ["", "x", "AAAA", "ä", &"A".repeat(10_000)] {
            assert!(orders.iter().all(|order| Cursor::read(odd, *order).is_none()), "{odd}");
        }
    }

    #[test]
    fn the_order_follows_from_what_is_asked() {
        let order = |address: &str| read(address).order(&read(address).asked());
        assert_eq!(order(""), Order::By(Sort::Login, Direction::Desc));
        assert_eq!(order("q=ada"), Order::Match(None));
        assert_eq!(order("q=ada&sort=name"), Order::By(Sort::Name, Direction::Asc));
        assert_eq!(order("sort=login&dir=asc"), Order::By(Sort::Login, Direction::Asc));
    }
}
