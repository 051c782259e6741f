//! The ports of one database, all of them.

use std::sync::Arc;

use crate::{
    Censuses, Entries, Erasures, LedgerCopy, LinkRules, Messages, OperatorLog, RemovalStore, Runs, Search,
    Sessions, Shelf, Tickets, Users,
};

/// The stores of one database.
#[derive(Clone)]
pub struct Stores {
    /// Users, identities and changes.
    pub users: Arc<dyn Users>,
    /// Sessions.
    pub sessions: Arc<dyn Sessions>,
    /// What can be used once.
    pub tickets: Arc<dyn Tickets>,
    /// Runs, and what they changed.
    pub runs: Arc<dyn Runs>,
    /// Accounts as their providers call them.
    pub entries: Arc<dyn Entries>,
    /// What providers pushed.
    pub messages: Arc<dyn Messages>,
    /// What the guard counts of it.
    pub removals: Arc<dyn RemovalStore>,
    /// What runs have read and not yet applied.
    pub shelf: Arc<dyn Shelf>,
    /// The list of users.
    pub search: Arc<dyn Search>,
    /// What operators did.
    pub log: Arc<dyn OperatorLog>,
    /// Who was erased.
    pub erasures: Arc<dyn Erasures>,
    /// Where that is kept besides, if it is.
    pub ledger_copy: Option<Arc<dyn LedgerCopy>>,
    /// What the operator has arranged for identities that are nobody's yet.
    pub link_rules: Arc<dyn LinkRules>,
    /// How many identities there are.
    pub census: Arc<dyn Censuses>,
}
