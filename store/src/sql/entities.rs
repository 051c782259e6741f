//! The tables as SeaORM sees them, and the rows that an identity, changes and a session make.

#![expect(unreachable_pub, reason = "the derives of SeaORM make public types of public models")]

/// All of our tables.
pub(super) const TABLES: [&str; 5] = ["users", "identities", "changes", "sessions", "tickets"];

/// Of a user, what is read back. The columns of the profile are written by name: see `users::profile`.
pub(super) mod users {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub is_disabled: bool,
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

pub(super) mod identities {
    use identity::{Digest, Identity, StoreError, UserId};
    use sea_orm::entity::prelude::*;

    use crate::record::to_text;

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

    use crate::record::{ChangesRow, origin};

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
            row.changes()
        }
    }
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

pub(super) mod sessions {
    use identity::{Digest, Session, StoreError};
    use sea_orm::entity::prelude::*;

    use crate::record::{Details, seal_tokens, to_text};
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
