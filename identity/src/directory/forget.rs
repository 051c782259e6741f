//! What of a person is kept elsewhere than with their user, forgotten when they are.

use serde_json::Value as Json;

use crate::{Directory, Entry, ErasedName, Field, MessageName, MessageState, StoreError, User, UserId};

/// Messages looked at at a time.
const PAGE: u32 = 200;
/// In a text that is no JSON, a shorter name may be a part of any word, in bytes.
const LEAST: usize = 8;

impl Directory {
    /// Forgets the messages that nobody understood and that name a user, before the user goes, so that whoever dies
    /// between the two begins again. The user's accounts as their providers call them: they go with the user, in one
    /// step, and so do the messages about them.
    pub(crate) async fn forget_elsewhere(&self, id: UserId) -> Result<Vec<(String, Entry)>, StoreError> {
        let Some(user) = self.find(id).await? else { return Ok(Vec::new()) };
        let entries = self.entries_of(&user).await?;
        let mut names = names_of(&user);
        names.extend(entries.iter().map(|(_, entry)| entry.reference.clone()));
        self.forget_in_quarantine(&names).await?;
        Ok(entries)
    }

    /// Whom such a message is about, nothing says but its content: one that cannot be opened here stays.
    async fn forget_in_quarantine(&self, names: &[String]) -> Result<(), StoreError> {
        let (messages, mut after, mut sealed) = (&self.stores.messages, None, 0_u32);
        loop {
            let states = [MessageState::Quarantined, MessageState::Dropped];
            let page = messages.page(&states, None, after, PAGE).await?;
            for message in page.iter().filter(|message| message.about.is_none()) {
                let Some(whole) = messages.find(&MessageName::Id(message.id)).await? else { continue };
                match whole.content {
                    Some(content) if speaks_of(&content, names) => messages.forget(message.id).await?,
                    Some(_) => {}
                    None => sealed += 1,
                }
            }
            after = page.last().map(|message| message.id);
            if page.len() < PAGE as usize {
                break;
            }
        }
        if sealed > 0 {
            tracing::warn!(
                messages = sealed,
                "messages that nobody understood are encrypted under another SESSION_SECRET or need one: whether they \
                 name whoever is erased is not known, and they stay until they are 30 days old"
            );
        }
        Ok(())
    }

    /// Has the copy of the ledger follow, and forgets what scans have read of whoever was erased. They are: what is left
    /// undone here, the next erase or sweep does.
    pub(crate) async fn follow_an_erasure(&self) {
        if let Some(copy) = &self.stores.ledger_copy {
            copy.follow().await;
        }
        if let Err(error) = self.forget_on_the_shelf().await {
            tracing::warn!(
                code = error.code().as_str(),
                "what scans have read of somebody erased is forgotten later"
            );
        }
    }
}

/// What providers call a user: their ids, and addresses that few others have.
fn names_of(user: &User) -> Vec<String> {
    let of_identity = |one: &crate::Identity| {
        let said = [Field::Email, Field::PhoneNumber].into_iter().filter_map(|field| {
            let fact = one.facts.get(&field)?;
            fact.value.as_ref()?.text().map(str::to_owned)
        });
        let claimed = ErasedName::REFERENCES.iter().filter_map(|name| one.claims.get(*name)?.as_str());
        let ids = std::iter::once(one.subject.clone()).chain(claimed.map(str::to_owned));
        ids.chain(said).collect::<Vec<_>>()
    };
    user.identities.iter().flat_map(of_identity).collect()
}

/// Whether what was received names somebody: a value of its JSON is one of these names, or its text holds one.
fn speaks_of(content: &[u8], names: &[String]) -> bool {
    // Behind a line of headers.
    let body = content.iter().position(|byte| *byte == b'\n').map_or(content, |end| &content[end + 1..]);
    match serde_json::from_slice::<Json>(body) {
        Ok(body) => holds(&body, names),
        Err(_) => {
            let text = String::from_utf8_lossy(content).to_lowercase();
            names.iter().any(|name| name.len() >= LEAST && text.contains(&name.to_lowercase()))
        }
    }
}

fn holds(value: &Json, names: &[String]) -> bool {
    // Ids are compared letter for letter, addresses are not.
    let is =
        |name: &String, text: &str| name == text || (name.contains('@') && name.eq_ignore_ascii_case(text));
    let is_one = |text: &str| names.iter().any(|name| is(name, text));
    match value {
        Json::String(text) if is_one(text) => true,
        // Some send records as texts.
        Json::String(text) if text.starts_with(['{', '[']) => {
            serde_json::from_str::<Json>(text).is_ok_and(|inner| holds(&inner, names))
        }
        Json::Number(number) => is_one(&number.to_string()),
        Json::Array(all) => all.iter().any(|one| holds(one, names)),
        Json::Object(members) => members.iter().any(|(name, one)| is_one(name) || holds(one, names)),
        Json::String(_) | Json::Bool(_) | Json::Null => false,
    }
}

#[cfg(test)]
mod tests {
    use super::speaks_of;

    #[test]
    fn a_message_names_somebody_by_a_whole_value_wherever_it_stands() {
        let names = ["auth0|7".to_owned(), "42".to_owned(), "ada@example.com".to_owned()];
        for said in [
            r#"{"type":"odd","data":{"deep":[{"id":"auth0|7"}]}}"#,
            r#"{"user":"auth0\u007c7"}"#,
            r#"{"id":42}"#,
            r#"{"email":"Ada@Example.com"}"#,
            r#"{"by_id":{"42":{}}}"#,
            r#"{"representation":"{\"email\":\"ada@example.com\"}"}"#,
            "email=ada@example.com&type=odd",
        ] {
            assert!(speaks_of(format!("{{}}\n{said}").as_bytes(), &names), "{said}");
            assert!(
                !speaks_of(format!("{{}}\n{said}").as_bytes(), &["grace@example.com".to_owned()]),
                "{said}"
            );
        }
        for other in [r#"{"id":"auth0|77","n":421,"email":"bada@example.com"}"#, "id=42&of=auth0|7", "", "{}"]
        {
            assert!(!speaks_of(format!("{{}}\n{other}").as_bytes(), &names), "{other}");
        }
    }
}
