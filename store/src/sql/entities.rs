//! The tables as SeaORM sees them, and the rows that a user, an identity and a change make.

#![expect(unreachable_pub, reason = "the derives of SeaORM make public types of public models")]

pub(super) mod users {
    use identity::{Field, User};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "users")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub id: Uuid,
        pub status: String,
        pub email: Option<String>,
        pub email_verified: Option<bool>,
        pub name: Option<String>,
        pub given_name: Option<String>,
        pub family_name: Option<String>,
        pub preferred_username: Option<String>,
        pub picture: Option<String>,
        pub phone_number: Option<String>,
        pub phone_number_verified: Option<bool>,
        pub locale: Option<String>,
        pub zoneinfo: Option<String>,
        pub created_at: DateTimeUtc,
        pub updated_at: DateTimeUtc,
        pub last_login_at: Option<DateTimeUtc>,
        pub login_count: i64,
        pub version: i64,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The row of a user, with the profile that it shows.
        pub fn of(user: &User) -> Self {
            let profile = user.profile();
            let text =
                |field| profile.get(&field).and_then(|shown| shown.fact.value.text()).map(str::to_owned);
            let flag = |field| profile.get(&field).and_then(|shown| shown.fact.value.flag());
            Self {
                id: user.id.0,
                status: user.status.to_string(),
                email: text(Field::Email),
                email_verified: flag(Field::EmailVerified),
                name: text(Field::Name),
                given_name: text(Field::GivenName),
                family_name: text(Field::FamilyName),
                preferred_username: text(Field::PreferredUsername),
                picture: text(Field::Picture),
                phone_number: text(Field::PhoneNumber),
                phone_number_verified: flag(Field::PhoneNumberVerified),
                locale: text(Field::Locale),
                zoneinfo: text(Field::Zoneinfo),
                created_at: user.created_at,
                updated_at: user.updated_at,
                last_login_at: user.last_login_at,
                login_count: user.login_count.try_into().unwrap_or(i64::MAX),
                version: user.version,
            }
        }
    }
}

pub(super) mod identities {
    use identity::{Identity, StoreError, UserId};
    use sea_orm::entity::prelude::*;

    use crate::key::key;

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
        pub fn of(user: UserId, identity: &Identity) -> Result<Self, StoreError> {
            Ok(Self {
                key: key(&identity.issuer, &identity.subject).to_vec(),
                user_id: user.0,
                provider: identity.provider.clone(),
                issuer: identity.issuer.clone(),
                subject: identity.subject.clone(),
                facts: serde_json::to_string(&identity.facts).map_err(StoreError::unreadable)?,
                claims: serde_json::to_string(&identity.claims).map_err(StoreError::unreadable)?,
                first_seen_at: identity.first_seen_at,
                last_seen_at: identity.last_seen_at,
                last_login_at: identity.last_login_at,
                observed_at: identity.observed_at,
            })
        }
    }
}

pub(super) mod changes {
    use identity::{Change, StoreError, UserId, Value};
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "changes")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub user_id: Uuid,
        #[sea_orm(primary_key, auto_increment = false)]
        pub version: i64,
        #[sea_orm(primary_key, auto_increment = false)]
        pub field: String,
        pub old_value: Option<String>,
        pub new_value: Option<String>,
        pub at: DateTimeUtc,
        pub source: String,
        pub provider: Option<String>,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}

    impl Model {
        /// The row of a change; values are JSON.
        pub fn of(user: UserId, change: &Change) -> Result<Self, StoreError> {
            let json = |value: &Option<Value>| value.as_ref().map(serde_json::to_string).transpose();
            Ok(Self {
                user_id: user.0,
                version: change.version,
                field: change.field.to_string(),
                old_value: json(&change.from).map_err(StoreError::unreadable)?,
                new_value: json(&change.to).map_err(StoreError::unreadable)?,
                at: change.at,
                source: change.source.to_string(),
                provider: change.provider.clone(),
            })
        }

        /// The change of this row.
        pub fn change(self) -> Result<Change, StoreError> {
            let value = |json: Option<String>| json.map(|json| serde_json::from_str(&json)).transpose();
            Ok(Change {
                field: self.field.parse().map_err(StoreError::unreadable)?,
                from: value(self.old_value).map_err(StoreError::unreadable)?,
                to: value(self.new_value).map_err(StoreError::unreadable)?,
                at: self.at,
                source: self.source.parse().map_err(StoreError::unreadable)?,
                provider: self.provider,
                version: self.version,
            })
        }
    }
}

pub(super) mod attempts {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "attempts")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub state: Vec<u8>,
        pub browser: Vec<u8>,
        pub sealed: Vec<u8>,
        pub taken_by: Option<Uuid>,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod sessions {
    use sea_orm::entity::prelude::*;

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
        pub leased_by: Option<Uuid>,
        pub leased_until: Option<DateTimeUtc>,
        pub created_at: DateTimeUtc,
        pub last_used_at: DateTimeUtc,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

pub(super) mod logout_tokens {
    use sea_orm::entity::prelude::*;

    #[derive(Clone, Debug, PartialEq, Eq, DeriveEntityModel)]
    #[sea_orm(table_name = "logout_tokens")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub key: Vec<u8>,
        pub spent_by: Uuid,
        pub expires_at: DateTimeUtc,
    }

    #[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
