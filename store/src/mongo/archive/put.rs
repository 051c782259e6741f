//! Records written, many documents a request.

use identity::{Record, User};
use mongodb::Collection;
use mongodb::bson::doc;

use super::super::documents::{
    ChangesDocument, ErasureDocument, ErasureKeyDocument, LogDocument, RunDocument, UserDocument, uuid,
};
use super::super::entries::EntryDocument;
use super::super::link_rules::LinkRuleDocument;
use super::super::messages::MessageDocument;
use super::super::search::terms_of;
use super::Mongo;
use crate::encoding::ChangesRow;
use crate::try_error::TryError;

impl Mongo {
    /// One kind after the other, so that whose users are not there has no changes either.
    pub(super) async fn put_records(&self, records: &[Record]) -> Result<(), TryError> {
        let (mut users, mut changes, mut runs) = (Vec::<&User>::new(), Vec::new(), Vec::new());
        let (mut entries, mut lines, mut messages) = (Vec::new(), Vec::new(), Vec::new());
        let (mut keys, mut erasures, mut rules) = (Vec::new(), Vec::new(), Vec::new());
        for record in records {
            match record {
                Record::User(user) => users.push(user),
                Record::Changes(one) => {
                    changes.push(ChangesDocument::new(one.user, ChangesRow::try_from(&**one)?));
                }
                Record::Run(run) => runs.push(RunDocument::new(run)?),
                Record::Entry(entry) => entries.push(EntryDocument::new(entry)?),
                Record::Log(line) => lines.push(LogDocument::from(line)),
                Record::LinkRule(rule) => rules.push(LinkRuleDocument::new(rule)?),
                Record::Message(message) => messages.push(MessageDocument::sealed(&self.seal, message)?),
                Record::ErasureKey(key) => keys.push(ErasureKeyDocument::from(key)),
                Record::Erasure(entry) => erasures.push(ErasureDocument::from(entry)),
            }
        }
        for key in &keys {
            self.add_key(key).await?;
        }
        for entry in &erasures {
            self.add_erasure(entry).await?;
        }
        self.put_users(&users).await?;
        put_all(&self.changes, changes).await?;
        put_all(&self.runs, runs).await?;
        put_all(&self.entries, entries).await?;
        put_all(&self.operator_log, lines).await?;
        put_all(&self.link_rules, rules).await?;
        put_all(&self.messages, messages).await
    }

    async fn put_users(&self, users: &[&User]) -> Result<(), TryError> {
        let documents = users.iter().map(|user| UserDocument::new(None, user, Vec::new(), None));
        put_all(&self.users, documents.collect::<Result<_, _>>()?).await?;
        let terms = users.iter().flat_map(|user| terms_of(user)).collect();
        put_all(&self.database.collection("search_terms"), terms).await?;
        let ids: Vec<_> = users.iter().map(|user| uuid(user.id)).collect();
        let done = doc! { "$set": { "terms_due": false } };
        self.users.update_many(doc! { "_id": { "$in": ids } }, done).await?;
        Ok(())
    }
}

async fn put_all<T: serde::Serialize + Send + Sync>(to: &Collection<T>, all: Vec<T>) -> Result<(), TryError> {
    if !all.is_empty() {
        to.insert_many(all).await?;
    }
    Ok(())
}
