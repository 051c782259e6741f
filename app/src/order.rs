//! What an operator orders in the studio: an act, on whom, and why; read from an address or a form. Public because the
//! server reads forms.

use identity::{Act, Deed, Digest, UserId, Verdict};

/// People that one order may be about.
pub const MOST: usize = 100;
/// The longest address of a confirmation, which a log-in takes, in bytes.
const LONGEST: usize = 3000;
/// The longest reason, in letters.
pub(crate) const LONGEST_REASON: usize = 1000;
/// The word that whoever erases types.
pub(crate) const ERASE: &str = "erase";

/// An order, as far as it was given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Order {
    /// What is to be done; one of those that [`Deed`] knows.
    pub(crate) act: Act,
    /// To whom, each once.
    pub(crate) users: Vec<UserId>,
    /// Which session.
    pub(crate) session: Option<Digest>,
    /// Which identity: issuer and subject.
    pub(crate) identity: Option<(String, String)>,
    /// Why.
    pub(crate) reason: Option<String>,
    /// What was typed to confirm.
    pub(crate) word: String,
    /// The list that it leads back to.
    pub(crate) list: String,
}

/// What an order lacks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Lack {
    Reason,
    LongReason,
    Word,
}

impl Order {
    /// The order that these pairs give; none where they give none.
    pub(crate) fn of(pairs: &[(String, String)]) -> Option<Self> {
        let all = |name: &'static str| {
            pairs.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
        };
        let one = |name| all(name).next();
        let mut users: Vec<UserId> = Vec::new();
        for text in all("user").chain(all("users").flat_map(|several| several.split('.'))) {
            let user = UserId::parse(text)?;
            if !users.contains(&user) {
                users.push(user);
            }
        }
        let act = one("act")?.parse::<Act>().ok().filter(|act| is_deed(*act))?;
        let identity = one("issuer").zip(one("subject"));
        let order = Self {
            act,
            users,
            session: one("session").and_then(Digest::parse),
            identity: identity.map(|(issuer, subject)| (issuer.to_owned(), subject.to_owned())),
            reason: one("reason").map(str::trim).filter(|text| !text.is_empty()).map(str::to_owned),
            word: one("word").unwrap_or_default().trim().to_owned(),
            list: crate::way_back::list_of(pairs),
        };
        let is_whole = !order.users.is_empty() && order.users.len() <= MOST && order.deed().is_some();
        is_whole.then_some(order)
    }

    /// Whether these pairs say what is to be done, and to nobody.
    pub(crate) fn is_about_nobody(pairs: &[(String, String)]) -> bool {
        let is_about = |(name, _): &(String, String)| name == "user" || name == "users";
        let does =
            |(name, value): &(String, String)| name == "act" && value.parse::<Act>().is_ok_and(is_deed);
        pairs.iter().any(does) && !pairs.iter().any(is_about)
    }

    /// What is to be done to each.
    pub(crate) fn deed(&self) -> Option<Deed> {
        let identity = || self.identity.clone();
        match self.act {
            Act::Disable => Some(Deed::Disable),
            Act::Enable => Some(Deed::Enable),
            Act::EndSession => self.session.map(Deed::EndSession),
            Act::EndSessions => Some(Deed::EndSessions),
            Act::Unlink => identity().map(|(issuer, subject)| Deed::Unlink { issuer, subject }),
            Act::Erase => Some(Deed::Erase),
            _ => None,
        }
    }

    /// Whether nobody does it without saying why.
    pub(crate) fn wants_reason(&self) -> bool {
        matches!(self.act, Act::Disable | Act::Erase)
    }

    /// Whether it is confirmed by a typed word.
    pub(crate) fn wants_word(&self) -> bool {
        self.act == Act::Erase
    }

    /// What is missing before it can be done.
    pub(crate) fn lacks(&self) -> Option<Lack> {
        let length = self.reason.as_ref().map_or(0, |reason| reason.chars().count());
        match () {
            () if self.wants_reason() && length == 0 => Some(Lack::Reason),
            () if length > LONGEST_REASON => Some(Lack::LongReason),
            () if self.wants_word() && self.word != ERASE => Some(Lack::Word),
            () => None,
        }
    }

    /// The address of its confirmation page, short enough to come back to after a log-in.
    pub(crate) fn address(&self) -> String {
        let users: Vec<String> = self.users.iter().map(|user| user.short()).collect();
        let mut address = format!("{}?act={}&users={}", crate::STUDIO_ACTS, self.act, users.join("."));
        if let Some(session) = self.session {
            address.push_str(&format!("&session={}", session.to_text()));
        }
        if let Some((issuer, subject)) = &self.identity {
            let (issuer, subject) = (crate::require::encoded(issuer), crate::require::encoded(subject));
            address.push_str(&format!("&issuer={issuer}&subject={subject}"));
        }
        let whole = crate::way_back::hand_on(&address, &self.list);
        if whole.len() <= LONGEST { whole } else { address }
    }
}

/// Whether the studio does it by an order; all else is done elsewhere.
fn is_deed(act: Act) -> bool {
    use Act::{Disable, Enable, EndSession, EndSessions, Erase, Unlink};
    matches!(act, Disable | Enable | EndSession | EndSessions | Erase | Unlink)
}

/// What became of the order, for one person.
pub(crate) fn told(act: Act, verdict: Verdict) -> &'static str {
    match (verdict, act) {
        (Verdict::Done, Act::Disable) => "Disabled, and signed out.",
        (Verdict::Done, Act::Enable) => "Enabled.",
        (Verdict::Done, Act::EndSession) => "The session has ended.",
        (Verdict::Done, Act::EndSessions) => "Signed out everywhere.",
        (Verdict::Done, Act::Unlink) => "Unlinked.",
        (Verdict::Done, Act::Erase) => "Erased.",
        (Verdict::Done, _) => "Done.",
        (Verdict::AsItWas, _) => "Nothing to do: it was so already.",
        (Verdict::Nobody, Act::Erase) => "Erased already.",
        (Verdict::Nobody, _) => "There is no such user any more.",
        (Verdict::Oneself, _) => "Not done: nobody does that to themselves.",
        (Verdict::IdentityLast, _) => {
            "Not done: this is the last identity that lets the user in. To take it away is to erase the user."
        }
        (Verdict::IdentityTaken, _) => "Not done: the identity is another user's.",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn order(query: &str) -> Option<Order> {
        let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
        let pairs: Vec<(String, String)> =
            pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        Order::of(&pairs)
    }

    const ADA: &str = "0198a7f0-22d4-7e19-8b3c-6d10f9e5a487";
    const BOB: &str = "0198a7f0-22d4-7e19-8b3c-6d10f9e5a488";

    #[test]
    fn an_order_comes_back_from_its_own_address() {
        for query in [
            format!("act=disable&user={ADA}&user={BOB}&user={ADA}"),
            format!("act=erase&user={ADA}"),
            format!("act=end_session&user={ADA}&session={}", "A".repeat(43)),
            format!("act=unlink&user={ADA}&issuer=https://a&subject=x"),
        ] {
            let given = order(&query).unwrap();
            let address = given.address();
            let (_, back) = address.split_once('?').unwrap();
            let back = back.replace("%3A", ":");
            assert_eq!(order(&back).unwrap(), given, "{query}");
        }
        assert_eq!(order(&format!("act=disable&user={ADA}&user={ADA}")).unwrap().users.len(), 1);
    }

    #[test]
    fn the_address_of_a_whole_page_of_people_fits_in_a_log_in() {
        let users: Vec<String> = (0..MOST as u128).map(|n| format!("user={}", uuid(n))).collect();
        let full = order(&format!("act=disable&{}", users.join("&"))).unwrap();
        assert!(full.address().len() < LONGEST, "{}", full.address().len());
        let searched = Order { list: "q=ada&sort=name".to_owned(), ..full.clone() };
        assert!(searched.address().ends_with("&list=q%3Dada%26sort%3Dname"), "{}", searched.address());
        // People go before the list that they were ticked in.
        let long = Order { list: format!("q={}", "ä".repeat(400)), ..full.clone() };
        assert_eq!(long.address(), full.address());
        assert!(order(&format!("act=disable&{}&user={ADA}", users.join("&"))).is_none(), "more than a page");
    }

    fn uuid(n: u128) -> String {
        format!("{n:08x}-0000-7000-8000-000000000000")
    }

    #[test]
    fn what_is_no_order_is_none() {
        for odd in [
            "",
            "act=disable",
            "act=disable&user=",
            "act=disable&user=ada",
            &format!("act=end_session&user={ADA}"),
            &format!("act=end_session&user={ADA}&session=x"),
            &format!("act=unlink&user={ADA}"),
            &format!("act=export&user={ADA}"),
            &format!("act=nothing&user={ADA}"),
            &format!("user={ADA}"),
        ] {
            assert_eq!(order(odd), None, "{odd}");
        }
    }

    #[test]
    fn an_act_on_nobody_is_told_from_what_is_no_order() {
        let about_nobody = |query: &str| {
            let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            let pairs: Vec<_> = pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
            Order::is_about_nobody(&pairs)
        };
        assert!(about_nobody("act=disable") && about_nobody("act=end_sessions&reason=x"));
        for other in ["", "act=nothing", "act=export", "user=x", "act=disable&user=x", "act=disable&users="] {
            assert!(!about_nobody(other), "{other}");
        }
    }

    #[test]
    fn an_erase_wants_a_reason_and_the_word() {
        let lacks = |rest: &str| order(&format!("act=erase&user={ADA}{rest}")).unwrap().lacks();
        assert_eq!(lacks(""), Some(Lack::Reason));
        assert_eq!(lacks("&reason= "), Some(Lack::Reason));
        assert_eq!(lacks("&reason=asked"), Some(Lack::Word));
        assert_eq!(lacks("&reason=asked&word=Erase"), Some(Lack::Word));
        assert_eq!(lacks("&reason=asked&word= erase "), None);
        assert_eq!(lacks(&format!("&word=erase&reason={}", "a".repeat(1001))), Some(Lack::LongReason));
        assert_eq!(order(&format!("act=enable&user={ADA}")).unwrap().lacks(), None);
        assert_eq!(order(&format!("act=disable&user={ADA}")).unwrap().lacks(), Some(Lack::Reason));
    }
}
