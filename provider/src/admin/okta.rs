//! Okta's Core API. The list leaves out whoever was deactivated (`DEPROVISIONED`): asked for by id, they are there.

use async_trait::async_trait;
use http::HeaderMap;
use identity::{Account, AccountPage, Claims, Next};
use reqwest::Method;
use serde_json::Value as Json;
use url::Url;

use super::caller::{Caller, fitting, ok, question, unexpected};
use super::list::{List, found, page, too_large};
use crate::cache::Problem;

/// Users a page, the most there are.
const PAGE: u64 = 200;

pub(super) struct Okta;

#[async_trait]
impl List for Okta {
    async fn count(&self, _: &Caller) -> Result<Option<u64>, Problem> {
        Ok(None)
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let url = match cursor {
            Some(next) => caller.own(next)?,
            None => caller.url(&["users"], &[])?,
        };
        let read = fitting(PAGE, |most| caller.ask(question(Method::GET, limited(&url, most), None)));
        let answer = ok(read.await?.ok_or_else(too_large)?)?;
        let next = next_link(&answer.headers).map_or(Next::End(None), Next::Page);
        let Json::Array(records) = caller.records(&answer)? else {
            return Err(unexpected("its answer is no list"));
        };
        Ok(page(caller, &records, None, next))
    }

    async fn by_id(&self, caller: &Caller, reference: &str, _: &Claims) -> Result<Option<Account>, Problem> {
        let record = caller.find_record(caller.url(&["users", reference], &[])?).await?;
        found(caller, record.as_ref(), None)
    }
}

/// The same page with at most so many users.
fn limited(page: &Url, most: u64) -> Url {
    let mut url = page.clone();
    let others = page.query_pairs().filter(|(name, _)| name != "limit");
    url.query_pairs_mut().clear().extend_pairs(others).append_pair("limit", &most.to_string());
    url
}

/// The address of `rel="next"` among the links (RFC 8288).
fn next_link(headers: &HeaderMap) -> Option<String> {
    let links = headers.get_all("link").iter().filter_map(|value| value.to_str().ok());
    links.flat_map(|links| links.split(',')).find_map(|link| {
        let (address, parameters) = link.trim().strip_prefix('<')?.split_once('>')?;
        let is_next = parameters.split(';').any(|one| matches!(one.trim(), "rel=\"next\"" | "rel=next"));
        is_next.then(|| address.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use http::HeaderValue;

    use super::*;

    #[test]
    fn a_smaller_page_begins_where_the_larger_one_did() {
        let page = Url::parse("https://o.example/api/v1/users?after=a%2Bb&limit=200&filter=x").unwrap();
        let smaller = "https://o.example/api/v1/users?after=a%2Bb&filter=x&limit=40";
        assert_eq!(limited(&page, 40).as_str(), smaller);
    }

    #[test]
    fn the_next_page_is_the_link_that_says_so() {
        let headers = |values: &[&'static str]| -> HeaderMap {
            values.iter().map(|value| (http::header::LINK, HeaderValue::from_static(value))).collect()
        };
        let own = "<https://o.example/api/v1/users?limit=200>; rel=\"self\"";
        let next = "<https://o.example/api/v1/users?after=7&limit=200>; rel=\"next\"";
        let address = Some("https://o.example/api/v1/users?after=7&limit=200".to_owned());
        assert_eq!(next_link(&headers(&[own, next])), address);
        assert_eq!(
            next_link(&headers(&["<https://a/x>; rel=\"self\", <https://a/y>; rel=\"next\""])),
            Some("https://a/y".to_owned())
        );
        assert_eq!(next_link(&headers(&[own])), None);
    }
}
