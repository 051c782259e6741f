//! authentik's API v3. Which member of a user is the subject of a token, the `sub_mode` of the OAuth2 provider says:
//! it is asked for once, and is authentik's default where we may not ask.

use async_trait::async_trait;
use identity::{Account, AccountPage, Claims, Code, Next};
use serde_json::Value as Json;
use tokio::sync::OnceCell;
use url::Url;

use super::caller::{Caller, smaller, unexpected};
use super::list::{List, found, list, number, page};
use crate::cache::Problem;

/// Users a page.
const PAGE: u64 = 100;

pub(super) struct Authentik {
    client_id: String,
    subject: OnceCell<&'static str>,
}

impl Authentik {
    pub(super) fn new(client_id: &str) -> Self {
        Self { client_id: client_id.to_owned(), subject: OnceCell::new() }
    }

    /// The member of a user that is the subject.
    async fn subject(&self, caller: &Caller) -> Result<&'static str, Problem> {
        let ask = || async {
            let query = [("client_id", self.client_id.as_str())];
            let answer = match caller.get(at(caller, &["providers", "oauth2"], &query)?).await {
                // We may list users and nothing else.
                Err(problem) if problem.code != Code::ProviderUnavailable => return member(None),
                answer => answer?,
            };
            let ours = |one: &&Json| one.get("client_id").and_then(Json::as_str) == Some(&self.client_id);
            let providers = answer.get("results").and_then(Json::as_array).into_iter().flatten();
            let mode = providers.into_iter().find(ours).and_then(|one| one.get("sub_mode")?.as_str());
            member(mode)
        };
        self.subject.get_or_try_init(ask).await.copied()
    }
}

fn member(mode: Option<&str>) -> Result<&'static str, Problem> {
    Ok(match mode {
        None | Some("hashed_user_id") => "uid",
        Some("user_id") => "pk",
        Some("user_uuid") => "uuid",
        Some("user_username") => "username",
        Some("user_email") => "email",
        Some("user_upn") => "attributes.upn",
        Some(_) => return Err(unexpected("it makes subjects in a way (sub_mode) that is not known here")),
    })
}

#[async_trait]
impl List for Authentik {
    async fn count(&self, caller: &Caller) -> Result<Option<u64>, Problem> {
        let answer = caller.get(users(caller, &[("page_size", "1")])?).await?;
        Ok(number(answer.get("pagination").and_then(|pages| pages.get("count"))))
    }

    async fn page(&self, caller: &Caller, cursor: Option<&str>) -> Result<AccountPage, Problem> {
        let subject = self.subject(caller).await?;
        let mut place = Place::of(cursor)?;
        loop {
            let (number_of_page, size) = (place.page.to_string(), place.size.to_string());
            let query = [("ordering", "pk"), ("page", &*number_of_page), ("page_size", &*size)];
            let answer = match caller.get(users(caller, &query)?).await {
                Err(problem) if problem.code == Code::AnswerTooLarge && place.size > 1 => {
                    place = place.smaller();
                    continue;
                }
                // Whoever is too large by themselves is passed over.
                Err(problem) if problem.code == Code::AnswerTooLarge => {
                    return Ok(page(caller, &[Json::Null], Some(subject), place.next().cursor()));
                }
                answer => answer?,
            };
            let next = number(answer.get("pagination").and_then(|pages| pages.get("next")));
            let next = next.filter(|next| *next > 0).map_or(Next::End(None), |_| place.next().cursor());
            return Ok(page(caller, list(&answer, "results")?, Some(subject), next));
        }
    }

    /// By its own number, which the last list said: no hash can be asked for.
    async fn by_id(
        &self,
        caller: &Caller,
        reference: &str,
        known: &Claims,
    ) -> Result<Option<Account>, Problem> {
        let subject = self.subject(caller).await?;
        let own = match subject {
            "pk" => reference.to_owned(),
            _ => number(known.get("pk")).map(|pk| pk.to_string()).ok_or_else(|| {
                unexpected("this account was never listed, and can be asked for by its number only")
            })?,
        };
        let record = caller.find_record(at(caller, &["core", "users", &own], &[])?).await?;
        found(caller, record.as_ref(), Some(subject))
    }
}

/// Pages are counted from 1, in sizes that may change on the way: each divides the one before.
#[derive(Clone, Copy, Debug, PartialEq)]
struct Place {
    page: u64,
    size: u64,
}

impl Place {
    fn of(cursor: Option<&str>) -> Result<Self, Problem> {
        let (page, size) = cursor.unwrap_or("1").split_once(':').unwrap_or((cursor.unwrap_or("1"), "100"));
        match (page.parse(), size.parse()) {
            (Ok(page @ 1..), Ok(size @ 1..=PAGE)) => Ok(Self { page, size }),
            _ => Err(unexpected("the cursor is none of its")),
        }
    }

    /// The first of the smaller pages that this one is made of.
    fn smaller(self) -> Self {
        let size = smaller(self.size);
        Self { page: (self.page - 1) * (self.size / size) + 1, size }
    }

    /// The page behind it, as large as one can begin there.
    fn next(self) -> Self {
        let before = self.page * self.size;
        let sizes = std::iter::successors(Some(PAGE), |size| (*size > 1).then(|| smaller(*size)));
        let size = sizes.filter(|size| *size >= self.size).find(|size| before.is_multiple_of(*size));
        let size = size.unwrap_or(self.size);
        Self { page: before / size + 1, size }
    }

    fn cursor(self) -> Next {
        Next::Page(format!("{}:{}", self.page, self.size))
    }
}

/// People only.
fn users(caller: &Caller, query: &[(&str, &str)]) -> Result<Url, Problem> {
    let people = [("type", "internal"), ("type", "external")];
    let query: Vec<_> = people.into_iter().chain(query.iter().copied()).collect();
    at(caller, &["core", "users"], &query)
}

/// Its addresses end in a slash.
fn at(caller: &Caller, segments: &[&str], query: &[(&str, &str)]) -> Result<Url, Problem> {
    let mut url = caller.url(segments, query)?;
    url.set_path(&format!("{}/", url.path()));
    Ok(url)
}

#[cfg(test)]
mod tests {
    use super::{Place, member};

    #[test]
    fn a_page_that_is_too_large_is_read_in_parts_and_the_next_ones_whole_again() {
        let at = |page, size| Place { page, size };
        assert_eq!([Place::of(None).unwrap(), Place::of(Some("3:20")).unwrap()], [at(1, 100), at(3, 20)]);
        assert!(["0", "x", "1:0", "1:500"].into_iter().all(|odd| Place::of(Some(odd)).is_err()));
        assert_eq!(
            (at(1, 100).next(), at(2, 100).smaller(), at(6, 20).smaller()),
            (at(2, 100), at(6, 20), at(26, 4))
        );
        assert_eq!(
            [at(6, 20).next(), at(10, 20).next(), at(40, 1).next()],
            [at(7, 20), at(3, 100), at(3, 20)]
        );
    }

    #[test]
    fn the_default_is_the_hash_and_what_is_not_known_is_no_guess() {
        assert_eq!(member(None).unwrap(), "uid");
        assert_eq!(member(Some("user_email")).unwrap(), "email");
        assert!(member(Some("something_new")).is_err());
    }
}
