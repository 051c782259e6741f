//! What a user, an identity, an observation, a log-in attempt and a session *are*, how facts are merged,
//! and the order of the steps of a log-in.
//!
//! The story in a paragraph: a browser asks to log in ([`Login::begin`]); we remember an [`Attempt`] and send
//! it to the [`Provider`]. It comes back ([`Login::finish`]); the attempt is taken, once; the provider's
//! answer is redeemed for an [`Observation`]; [`merge`](merge::merge) makes a [`User`] and its [`Change`]s of it;
//! [`Users::write`] keeps both in one atomic step, in which a [`Session`] starts. Whatever else finds or changes
//! users is [`Directory`]'s.
//!
//! Nothing here does I/O, reads a clock, the environment or randomness: those are the ports' ([`Users`],
//! [`Sessions`], [`Tickets`], [`Entries`], [`Provider`], [`World`]), and their adapters live in `store`, `provider` and `server`.
//! Builds for native and wasm.

#![warn(missing_docs)]

mod access;
mod accounts;
pub mod acts;
mod archive;
mod attempt;
mod census;
mod change;
mod claims;
mod copy_state;
mod decision;
pub mod directory;
pub mod entries;
mod erasures;
mod error;
mod field;
mod form;
pub mod history;
mod hold;
mod ids;
pub mod import;
mod inbox;
mod invitation;
mod link_rules;
mod login;
pub mod login_trace;
pub mod merge;
mod messages;
mod missing_limit;
mod observation;
mod operator_log;
mod origin;
mod provider;
mod removals;
mod return_to;
mod rights;
mod runs;
pub mod scan;
pub mod search;
mod secret;
mod session;
mod sessions;
mod shelf;
mod stores;
mod switch;
mod tickets;
pub mod undo;
mod user;
mod users;
mod world;

pub use access::{Access, Flag, FlagValue, Organization, Permission, Stated};
pub use accounts::{Account, AccountPage, Accounts, Next};
pub use archive::{Archive, Forgotten, Record, Snapshot, WrittenChanges};
pub use attempt::{Attempt, Joins, Link, LoginRequest};
pub use census::{Census, Censuses};
pub use change::{Change, IdentityName, What};
pub use claims::{Claims, Source, pretty};
pub use copy_state::{BackupState, CopyState, CopyWatch, LookAtBackups, ProviderState};
pub use decision::{Decision, Ends, Write, Written};
pub use directory::{Deed, Directory, EntryLinked, Operator, Provisioned, Pushed, PushedTo, Sent, Verdict};
pub use entries::{Entries, Entry, EntryCounts, EntryId, Said};
pub use erasures::{Erase, ErasedName, Erasure, ErasureKey, Erasures, LedgerCopy};
pub use error::{LoginError, ProviderError, StoreError};
pub use field::{Field, Value};
pub use form::form_pairs;
pub use hold::{Held, Hold, Holds, NotHeld};
pub use ids::{RunId, Timestamp, UserId};
pub use inbox::{Arrived, Inbox, Ruling};
pub use invitation::{Invitation, Invited};
pub use link_rules::{EmailLink, IssuerAlias, LinkRule, LinkRuleKind, LinkRules};
pub use login::{Arrival, Begun, Login, Rules, Signed, Viewer};
pub use messages::{
    Message, MessageCount, MessageId, MessageName, MessageState, Messages, Senders, message_key,
};
pub use missing_limit::{MissingLimit, NoLimit};
pub use observation::{Extent, Observation, combine};
pub use operator_log::{Act, LogLine, OperatorLog};
pub use origin::{Actor, NoActor, Origin};
pub use provider::{Ask, LoggedOut, Provider, PushedToken, Redeemed, Refreshed};
pub use refusal::Code;
pub use removals::{Base, Judged, Removal, RemovalStore, Removals, judge};
pub use return_to::return_to;
pub use rights::{Right, Rights, Role};
pub use runs::{ChangesOf, Counts, Made, Run, RunKind, RunState, Runs, RunsAsked, unfinished_restore};
pub use search::{Search, Walk};
pub use secret::{Digest, Secret};
pub use session::{Device, Session, Tokens};
pub use sessions::{Lease, Sessions};
pub use shelf::Shelf;
pub use stores::Stores;
pub use switch::{Fingerprint, Joined, NewAccount, Placed, Placement};
pub use tickets::{Taken, Ticket, TicketKind, Tickets};
pub use user::{Fact, Facts, Identity, Profile, Shown, Standing, Status, User};
pub use users::{Decide, Users, Whom};
pub use world::World;
