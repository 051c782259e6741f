//! One user: made, read, replaced, changed, taken away (RFC 7644 3.3 to 3.6).

use axum::response::Response;
use formats::scim::{self, Error, Meta, Query, Resource, Shown};
use http::{HeaderName, StatusCode, header};
use identity::{Entry, EntryId, Provisioned, Pushed, Ruling, Sent};
use serde_json::Value as Json;

use super::{Asked, Failure, answer};

/// How often a change is made anew that others are faster with.
const TRIES: usize = 10;

/// `POST /Users`.
pub(super) async fn create(asked: &Asked<'_>) -> Result<Response, Failure> {
    let resource = Resource::read(asked.json()?, asked.realm.attribute)?;
    asked.realm.check(&resource)?;
    let all = asked.all(&resource)?;
    let taken = asked.may_take_away(None, &all).await?;
    match asked.shared.ports.directory.create_resource(&sent(&resource), &all).await? {
        Provisioned::Kept(entry) => {
            asked.done(&taken).await?;
            asked.user(201, &entry)
        }
        Provisioned::Erased => Err(Error::ERASED.into()),
        Provisioned::Retired => Err(Error::RETIRED.into()),
        Provisioned::Taken | Provisioned::Moved => Err(Error::taken().into()),
    }
}

/// `GET` of one user.
pub(super) async fn read(asked: &Asked<'_>, id: &str) -> Result<Response, Failure> {
    let entry = asked.found(id).await?;
    let known = asked.header(header::IF_NONE_MATCH);
    match known.is_some() && scim::if_match(known, &scim::version(&resource(&entry))) {
        true => Ok(answer::empty(StatusCode::NOT_MODIFIED)),
        false => asked.user(200, &entry),
    }
}

/// `PUT` of one user: all of it. What is not there is cleared.
pub(super) async fn replace(asked: &Asked<'_>, id: &str) -> Result<Response, Failure> {
    let resource = Resource::read(asked.json()?, asked.realm.attribute)?;
    let all = asked.all(&resource)?;
    change(asked, id, |_| Ok((resource.clone(), all.clone()))).await
}

/// `PATCH` of one user: what it names, and nothing else.
pub(super) async fn patch(asked: &Asked<'_>, id: &str) -> Result<Response, Failure> {
    let body = asked.json()?;
    let attribute = asked.realm.attribute;
    let patched = |before: &Resource| {
        let patched = scim::patch(before, &body, attribute)?;
        let heard = scim::heard_of_patch(&patched, attribute).ok_or(Error::NOT_FOUND)?;
        Ok((patched.resource, asked.realm.pushed(heard, asked.now)))
    };
    change(asked, id, patched).await
}

/// `DELETE` of one user: the account is gone.
pub(super) async fn delete(asked: &Asked<'_>, id: &str) -> Result<Response, Failure> {
    for _ in 0..TRIES {
        let entry = asked.found(id).await?;
        asked.is_current(&entry)?;
        let gone = asked.all(&resource(&entry))?.gone(&entry.reference);
        let taken = asked.may_take_away(Some(&entry), &gone).await?;
        match asked.shared.ports.directory.remove_resource(&entry, &gone).await? {
            Provisioned::Kept(_) => {
                asked.done(&taken).await?;
                return Ok(answer::empty(StatusCode::NO_CONTENT));
            }
            Provisioned::Taken | Provisioned::Erased | Provisioned::Retired | Provisioned::Moved => {}
        }
    }
    Err(Error::STALE.into())
}

/// Makes another user of the one that is there, and says so. Where somebody else changed it meanwhile, it is made of
/// what is there then; but a client that named a version is told.
async fn change(
    asked: &Asked<'_>,
    id: &str,
    make: impl Fn(&Resource) -> Result<(Resource, Pushed), Error>,
) -> Result<Response, Failure> {
    for _ in 0..TRIES {
        let before = asked.found(id).await?;
        asked.is_current(&before)?;
        let (resource, pushed) = make(&resource(&before))?;
        let all = asked.all(&resource)?;
        let taken = if all.reference != before.reference {
            asked.realm.check(&resource)?;
            asked.may_take_away(Some(&before), &all.gone(&before.reference)).await?
        } else {
            asked.may_take_away(Some(&before), &pushed).await?
        };
        let directory = &asked.shared.ports.directory;
        match directory.change_resource(&before, &sent(&resource), &pushed, &all).await? {
            Provisioned::Kept(entry) => {
                asked.done(&taken).await?;
                return asked.user(200, &entry);
            }
            Provisioned::Taken => return Err(Error::taken().into()),
            Provisioned::Erased => return Err(Error::ERASED.into()),
            Provisioned::Retired => return Err(Error::RETIRED.into()),
            Provisioned::Moved => {}
        }
    }
    Err(Error::STALE.into())
}

/// The user as its client sent it.
pub(super) fn resource(entry: &Entry) -> Resource {
    Resource::kept(entry.resource.clone().unwrap_or_default())
}

/// What the directory keeps of it. PostgreSQL keeps no NUL.
fn sent(resource: &Resource) -> Sent {
    let name = resource.attributes().get("userName").and_then(Json::as_str);
    Sent { resource: resource.attributes().clone(), name: name.map(folded) }
}

/// A user name as it is compared: case does not count.
pub(super) fn folded(name: &str) -> String {
    name.to_lowercase().replace('\0', "\u{FFFD}")
}

impl Asked<'_> {
    /// The user with this id; another provider's, and one that was taken away, are not there.
    async fn found(&self, id: &str) -> Result<Entry, Failure> {
        let Ok(id) = id.parse() else { return Err(Error::NOT_FOUND.into()) };
        let entry = self.shared.ports.directory.entry(EntryId(id)).await?;
        entry.filter(|entry| self.sees(entry)).ok_or(Error::NOT_FOUND.into())
    }

    /// Whether it is a user of this provider's client.
    pub(super) fn sees(&self, entry: &Entry) -> bool {
        entry.provider == self.realm.provider && entry.is_kept()
    }

    /// All of a user, as its client says it.
    fn all(&self, resource: &Resource) -> Result<Pushed, Error> {
        let heard = scim::heard(resource, self.realm.attribute).ok_or(Error::NOT_FOUND)?;
        Ok(self.realm.pushed(heard, self.now))
    }

    /// Refuses what was made of another version than the one that is there (RFC 7644 3.14).
    fn is_current(&self, entry: &Entry) -> Result<(), Error> {
        let is_current = scim::if_match(self.header(header::IF_MATCH), &scim::version(&resource(entry)));
        if is_current { Ok(()) } else { Err(Error::STALE) }
    }

    fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A user as it is shown.
    pub(super) fn shown(&self, entry: &Entry) -> Shown {
        resource(entry).shown(&Meta {
            id: entry.id.to_string(),
            location: [&self.realm.base, "Users", &entry.id.to_string()].join("/"),
            created: entry.created_at,
            last_modified: entry.updated_at,
        })
    }

    /// The answer that has a user, with the attributes that were asked for.
    fn user(&self, status: u16, entry: &Entry) -> Result<Response, Failure> {
        let projection = Query::parse(&self.query)?.projection;
        let whole = self.shown(entry);
        let shown = projection.apply(whole.clone());
        Ok(answer::user(status, &whole, shown))
    }

    /// Refuses what would take away too many at once, and notes it for the operator: its client keeps it and comes
    /// again. The user that a client made last, and whom nobody has been since, it may take back uncounted: so it tries
    /// whether it is heard. What the operator said yes to is given back, for [`Asked::done`].
    async fn may_take_away(&self, entry: Option<&Entry>, pushed: &Pushed) -> Result<Option<Pushed>, Failure> {
        let (inbox, directory) = (&self.shared.hooks.inbox, &self.shared.ports.directory);
        if let Some(entry) = entry
            && directory.is_made_last(entry).await?
        {
            return Ok(None);
        }
        match inbox.judge_request(directory, pushed, self.realm.limit).await? {
            Ruling::Goes => Ok(None),
            Ruling::Released => Ok(Some(pushed.clone())),
            Ruling::Dropped => Err(Error::DROPPED.into()),
            Ruling::Held => {
                tracing::warn!(
                    provider = pushed.provider,
                    "SCIM request held: too many would lose their access"
                );
                Err(Error::HELD.into())
            }
        }
    }

    /// Notes that what the operator said yes to is done.
    async fn done(&self, released: &Option<Pushed>) -> Result<(), Failure> {
        match released {
            Some(pushed) => Ok(self.shared.hooks.inbox.request_done(pushed).await?),
            None => Ok(()),
        }
    }
}
