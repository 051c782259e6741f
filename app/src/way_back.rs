//! The way back to a list: a page that is reached from one, and an act upon it, hand on the query of the list's address, so
//! that whoever comes back finds it as it was. It is read as what it says, so that it leads nowhere else.

use leptos::prelude::*;

/// The parameter that hands it on.
const LIST: &str = "list";
/// Longer ones are not handed on: a log-in between the two must take the whole address.
const LONGEST: usize = 1000;

/// The query of the list that an address or a form hands on; empty where there is none.
pub(crate) fn list_of(pairs: &[(String, String)]) -> String {
    let list = pairs.iter().find(|(name, _)| name == LIST).map(|(_, list)| list.as_str());
    list.filter(|list| list.len() <= LONGEST).unwrap_or_default().to_owned()
}

/// The query of this address of a list.
pub(crate) fn query_of(address: &str) -> String {
    let query = address.split_once('?').map_or("", |(_, query)| query);
    if query.len() <= LONGEST { query.to_owned() } else { String::new() }
}

/// The address of a page that hands on the list.
pub(crate) fn hand_on(address: &str, list: &str) -> String {
    if list.is_empty() {
        return address.to_owned();
    }
    let joint = if address.contains('?') { '&' } else { '?' };
    format!("{address}{joint}{LIST}={}", crate::require::encoded(list))
}

/// The field of a form that hands on the list.
pub(crate) fn handing_on(list: &str) -> Option<impl IntoView + use<>> {
    (!list.is_empty()).then(|| view! { <input type="hidden" name=LIST value=list.to_owned()/> })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_comes_back_as_it_was_handed_on() {
        for query in ["q=ada+b&sort=name&after=x", "q=%26list%3D%25", "q=ä&cols=email,id"] {
            let address = hand_on("/studio/users/x?before=3", query);
            let (_, handed) = address.split_once('?').unwrap();
            assert_eq!(list_of(&identity::form_pairs(handed)), query);
        }
        assert_eq!(hand_on("/studio", ""), "/studio");
        assert_eq!(query_of("/studio?q=a"), "q=a");
        assert_eq!(query_of("/studio"), "");
        let long = format!("/studio?q={}", "a".repeat(LONGEST));
        assert_eq!(query_of(&long), "");
        assert_eq!(list_of(&[("list".to_owned(), "a".repeat(LONGEST + 1))]), "");
    }
}
