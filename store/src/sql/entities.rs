//! The tables as SeaORM sees them, and the rows that an identity, changes and a session make.

#![expect(unreachable_pub, reason = "the derives of SeaORM make public types of public models")]

/// All of our tables; those whose rows others name stand before these.
pub(super) const TABLES: [&str; 17] = [
    "users",
    "identities",
    "changes",
    "sessions",
    "tickets",
    "runs",
    "entries",
    "messages",
    "removals",
    "shelf",
    "search_terms",
    "user_index",
    "search_fill",
    "operator_log",
    "erasures",
    "erasure_keys",
    "link_rules",
];

/// Those of them that know who was erased.
pub(super) const LEDGER_OF_ERASURES: [&str; 2] = ["erasures", "erasure_keys"];

/// Of a user, what is read back. The columns of the profile are written by name: see `users::profile`.
pub(super) mod users {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub is_disabled: bool,
        pub is_withdrawn: bool,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub last_login_at: Option<DateTimeUtc>,
        pub login_count: i64,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What users are found by.
pub(super) mod search_terms {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "search_terms")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub term: Vec<u8>,
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// What lists of users are sorted and filtered by.
pub(super) mod user_index {
    use identity::search::Row;
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "user_index")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        pub seen_at: i64,
        pub created_at: i64,
        pub name_key: Vec<u8>,
        pub email_key: Vec<u8>,
        pub status: String,
        pub verified: String,
        pub is_present: bool,
        pub is_blocked: bool,
        pub is_deleted: bool,
        pub is_several: bool,
        pub is_held: bool,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl From<&Row> for Model {
        fn from(row: &Row) -> Self {
            Self {
                user_id: row.user.0,
                seen_at: row.seen_at,
                created_at: row.created_at,
                name_key: row.name_key.clone().into_bytes(),
                email_key: row.email_key.clone().into_bytes(),
                status: row.status.to_string(),
                verified: row.verified.to_string(),
                is_present: row.is_present,
                is_blocked: row.is_blocked,
                is_deleted: row.is_deleted,
                is_several: row.is_several,
                is_held: row.is_held,
            }
        }
    }
}

/// One row while users that were there before are taken in.
pub(super) mod search_fill {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "search_fill")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: i64,
        pub up_to: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod identities {
    use identity::{Digest, Identity, StoreError, UserId};
    use sea_orm::entity::prelude::*;

    use crate::encoding::to_text;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "identities")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: Vec<u8>,
        pub user_id: Uuid,
        pub provider: String,
        pub issuer: String,
        pub subject: String,
        pub facts: String,
        pub claims: String,
        pub claim_times: String,
        pub standing: String,
        pub standing_at: DateTimeUtc,
        pub first_seen_at: DateTimeUtc,
        pub last_seen_at: DateTimeUtc,
        pub last_login_at: Option<DateTimeUtc>,
        pub observed_at: DateTimeUtc,
        pub holds: String,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The row of a user's identity.
        pub fn new(user: UserId, identity: &Identity) -> Result<Self, StoreError> {
            Ok(Self {
                key: key(identity),
                user_id: user.0,
                provider: identity.provider.clone(),
                issuer: identity.issuer.clone(),
                subject: identity.subject.clone(),
                facts: to_text(&identity.facts)?,
                claims: to_text(&identity.claims)?,
                claim_times: to_text(&identity.claim_times)?,
                standing: identity.standing.to_string(),
                standing_at: identity.standing_at,
                first_seen_at: identity.first_seen_at,
                last_seen_at: identity.last_seen_at,
                last_login_at: identity.last_login_at,
                observed_at: identity.observed_at,
                holds: to_text(&identity.holds)?,
            })
        }
    }

    /// The key of an identity's row.
    pub fn key(identity: &Identity) -> Vec<u8> {
        Digest::of_pair(&identity.issuer, &identity.subject).0.to_vec()
    }
}

pub(super) mod changes {
    use identity::{Change, IdentityName, StoreError, UserId};
    use sea_orm::entity::prelude::*;

    use crate::encoding::{ChangesRow, origin};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub ordinal: i64,
        pub provider: Option<String>,
        pub issuer: Option<String>,
        pub subject: Option<String>,
        pub whats: String,
        pub is_unmapped: bool,
        pub at: DateTimeUtc,
        pub received_at: DateTimeUtc,
        pub source: String,
        pub actor: Option<String>,
        pub run: Option<Uuid>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        pub fn new(user: UserId, row: ChangesRow) -> Self {
            let ChangesRow { version, ordinal, identity, whats, is_unmapped, origin } = row;
            let name = |part: fn(IdentityName) -> String| identity.clone().map(part);
            Self {
                user_id: user.0,
                version,
                ordinal,
                provider: name(|name| name.provider),
                issuer: name(|name| name.issuer),
                subject: name(|name| name.subject),
                whats,
                is_unmapped,
                at: origin.at,
                received_at: origin.received_at,
                source: origin.source.to_string(),
                actor: origin.actor.map(|actor| actor.to_string()),
                run: origin.run.map(|run| run.0),
            }
        }

        /// The changes of this row.
        pub fn changes(self) -> Result<Vec<Change>, StoreError> {
            self.row()?.1.changes()
        }

        /// Whose it is, and what every adapter keeps of it.
        pub fn row(self) -> Result<(UserId, ChangesRow), StoreError> {
            let identity = match (self.provider, self.issuer, self.subject) {
                (Some(provider), Some(issuer), Some(subject)) => {
                    Some(IdentityName { provider, issuer, subject })
                }
                _ => None,
            };
            let row = ChangesRow {
                version: self.version,
                ordinal: self.ordinal,
                identity,
                whats: self.whats,
                is_unmapped: self.is_unmapped,
                origin: origin(self.at, self.received_at, &self.source, self.actor.as_deref(), self.run)?,
            };
            Ok((UserId(self.user_id), row))
        }
    }
}

pub(super) mod messages {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "messages")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub key: Vec<u8>,
        pub provider: String,
        pub sender_id: String,
        pub kind: String,
        pub about: Option<Vec<u8>>,
        pub gone_at: Option<DateTimeUtc>,
        pub received_at: DateTimeUtc,
        pub state: String,
        pub reason: Option<String>,
        pub is_approved: bool,
        pub tries: i64,
        pub due_at: DateTimeUtc,
        pub version: i64,
        pub written_by: Option<Uuid>,
        pub sealed: Vec<u8>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod removals {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "removals")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub provider: Vec<u8>,
        pub entries: String,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod tickets {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "tickets")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub kind: String,
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: Vec<u8>,
        pub holder: Option<Vec<u8>>,
        pub sealed: Vec<u8>,
        pub taken_by: Option<Uuid>,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod entries {
    use identity::{Digest, Entry, EntryId, StoreError};
    use sea_orm::entity::prelude::*;

    use crate::encoding::{json, to_text};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "entries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub key: Vec<u8>,
        pub name_key: Option<Vec<u8>>,
        pub identity_key: Option<Vec<u8>>,
        pub one_with_key: Option<Vec<u8>>,
        pub provider_key: Vec<u8>,
        pub provider: String,
        pub reference: String,
        pub issuer: Option<String>,
        pub subject: Option<String>,
        pub name: Option<String>,
        pub one_with: Option<String>,
        pub resource: Option<String>,
        pub waiting: String,
        pub awaits_login: bool,
        pub is_gone: bool,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        pub fn new(entry: &Entry) -> Result<Self, StoreError> {
            let key = |one: &str, other: &str| Digest::of_pair(one, other).0.to_vec();
            let identity = entry.identity.as_ref();
            Ok(Self {
                id: entry.id.0,
                key: key(&entry.provider, &entry.reference),
                name_key: entry.name.as_ref().map(|name| key(&entry.provider, name)),
                identity_key: identity.map(|(issuer, subject)| key(issuer, subject)),
                one_with_key: entry.one_with.as_ref().map(|other| key(&entry.provider, other)),
                provider_key: provider_key(&entry.provider),
                provider: entry.provider.clone(),
                reference: entry.reference.clone(),
                issuer: identity.map(|(issuer, _)| issuer.clone()),
                subject: identity.map(|(_, subject)| subject.clone()),
                name: entry.name.clone(),
                one_with: entry.one_with.clone(),
                resource: entry.resource.as_ref().map(to_text).transpose()?,
                waiting: to_text(&entry.waiting)?,
                awaits_login: entry.awaits_login,
                is_gone: entry.is_gone,
                created_at: entry.created_at,
                updated_at: entry.updated_at,
                version: entry.version,
            })
        }

        pub fn entry(self) -> Result<Entry, StoreError> {
            Ok(Entry {
                id: EntryId(self.id),
                provider: self.provider,
                reference: self.reference,
                identity: self.issuer.zip(self.subject),
                awaits_login: self.awaits_login,
                waiting: json(&self.waiting)?,
                resource: self.resource.as_deref().map(json).transpose()?,
                name: self.name,
                one_with: self.one_with,
                is_gone: self.is_gone,
                created_at: self.created_at,
                updated_at: self.updated_at,
                version: self.version,
            })
        }
    }

    /// The key of a provider's name, which has no greatest length.
    pub fn provider_key(provider: &str) -> Vec<u8> {
        Digest::of_pair(provider, "").0.to_vec()
    }
}

pub(super) mod sessions {
    use identity::{Digest, Session, StoreError};
    use sea_orm::entity::prelude::*;

    use crate::encoding::{Details, seal_tokens, to_text};
    use crate::sealed::Seal;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "sessions")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Vec<u8>,
        pub user_id: Uuid,
        pub subject_key: Vec<u8>,
        pub sid_key: Option<Vec<u8>>,
        pub details: String,
        pub access: String,
        pub tokens: Vec<u8>,
        pub generation: i64,
        pub refresh_at: Option<DateTimeUtc>,
        pub leased_by: Option<Uuid>,
        pub leased_until: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub last_used_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        pub fn new(seal: &Seal, session: &Session) -> Result<Self, StoreError> {
            let Session { id, issuer, subject, sid, tokens, .. } = session;
            Ok(Self {
                id: id.0.to_vec(),
                user_id: session.user.0,
                subject_key: Digest::of_pair(issuer, subject).0.to_vec(),
                sid_key: sid.as_ref().map(|sid| Digest::of_pair(issuer, sid).0.to_vec()),
                details: to_text(&Details::from(session))?,
                access: to_text(&session.access)?,
                tokens: seal_tokens(seal, id, tokens)?,
                generation: tokens.generation,
                refresh_at: session.refresh_at,
                leased_by: None,
                leased_until: None,
                created_at: session.created_at,
                last_used_at: session.last_used_at,
                expires_at: session.expires_at,
            })
        }
    }
}

pub(super) mod runs {
    use identity::{Run, RunId, StoreError};
    use sea_orm::entity::prelude::*;

    use crate::encoding::{json, to_text};

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "runs")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub kind: String,
        pub provider: Option<String>,
        pub actor: Option<String>,
        pub about: Option<Uuid>,
        pub state: String,
        pub counts: String,
        pub started_at: DateTimeUtc,
        pub finished_at: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        pub fn new(run: &Run) -> Result<Self, StoreError> {
            Ok(Self {
                id: run.id.0,
                kind: run.kind.to_string(),
                provider: run.provider.clone(),
                actor: run.actor.as_ref().map(ToString::to_string),
                about: run.about.map(|about| about.0),
                state: run.state.to_string(),
                counts: to_text(&run.counts)?,
                started_at: run.started_at,
                finished_at: run.finished_at,
            })
        }

        pub fn run(self) -> Result<Run, StoreError> {
            Ok(Run {
                id: RunId(self.id),
                kind: self.kind.parse().map_err(StoreError::unreadable)?,
                provider: self.provider,
                actor: self.actor.map(|actor| actor.parse()).transpose().map_err(StoreError::unreadable)?,
                about: self.about.map(RunId),
                state: self.state.parse().map_err(StoreError::unreadable)?,
                counts: json(&self.counts)?,
                started_at: self.started_at,
                finished_at: self.finished_at,
            })
        }
    }
}

pub(super) mod shelf {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "shelf")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub run: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub number: i64,
        pub sealed: Vec<u8>,
        pub kept_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod link_rules {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "link_rules")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub rule_key: Vec<u8>,
        pub kind: String,
        pub content: String,
        pub until: Option<DateTimeUtc>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
