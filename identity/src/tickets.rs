//! What can be used once, or is leased: log-in attempts, ids of logout tokens, jobs. One shape for all of it: a kind, a
//! key, a holder, sealed content, who took it, and until when it counts. Written as obligations.

use async_trait::async_trait;

use crate::{Digest, StoreError, Timestamp};

/// What a ticket is for.
#[derive(
    Clone, Copy, Debug, PartialEq, Eq, Hash, strum::Display, strum::EnumString, strum::IntoStaticStr,
)]
#[strum(serialize_all = "snake_case")]
pub enum TicketKind {
    /// A log-in that was started; held by a browser.
    Attempt,
    /// The id of a logout token, so that none is believed twice.
    LogoutToken,
    /// Work that one process does at a time; held by it, see [`Tickets::lease`].
    Job,
    /// An invitation to join a user by a log-in at another provider.
    Invitation,
}

impl TicketKind {
    /// Whether it must survive a loss of power. An attempt need not: the visitor starts again, and the provider
    /// takes no code twice.
    pub fn is_lasting(self) -> bool {
        self != TicketKind::Attempt
    }
}

/// Something that can be used once.
#[derive(Clone, PartialEq, Eq)]
pub struct Ticket {
    /// What it is for.
    pub kind: TicketKind,
    /// Unique within the kind.
    pub key: Digest,
    /// Who alone may take it; none where anybody may.
    pub holder: Option<Digest>,
    /// Encrypted at rest.
    pub content: Vec<u8>,
    /// From then on it cannot be taken, and is forgotten.
    pub expires_at: Timestamp,
}

/// What became of an attempt to take a ticket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Taken {
    /// Ours now; nobody else gets it.
    Ours(Ticket),
    /// Taken before.
    Used(Ticket),
    /// Too old.
    Expired(Ticket),
    /// There is none of this holder's with this key, or it was sealed under a secret that is lost.
    Unknown,
}

/// The store of tickets.
#[async_trait]
pub trait Tickets: Send + Sync {
    /// Keeps a ticket until it expires, under a key of random bits. Of one holder's of a kind, those that expire
    /// first go where there are more than `at_most`; this one stays, whatever clock the others are of.
    ///
    /// # Errors
    /// [`StoreError::Unavailable`] where the database does not answer, or nothing can be sealed.
    async fn issue(&self, ticket: &Ticket, at_most: u32) -> Result<(), StoreError>;

    /// Takes a ticket: of all callers one gets it, also where the database's answer was lost and had to be asked
    /// for again. Another holder's is [`Taken::Unknown`] and stays usable.
    ///
    /// # Errors
    /// As [`Tickets::issue`].
    async fn take(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError>;

    /// What [`Tickets::take`] would say now; takes nothing.
    ///
    /// # Errors
    /// As [`Tickets::issue`].
    async fn look(
        &self,
        kind: TicketKind,
        key: &Digest,
        holder: Option<&Digest>,
        now: Timestamp,
    ) -> Result<Taken, StoreError>;

    /// Issues and takes in one: whether this caller was the first to name the key.
    ///
    /// # Errors
    /// As [`Tickets::issue`].
    async fn spend(&self, ticket: &Ticket) -> Result<bool, StoreError>;

    /// Takes the right to do a job until `until`, or keeps it: of all callers, in all processes, one holder has it,
    /// until it gives it back or the time runs out by the clock of whoever asks. Whether it is this holder's now, also
    /// where the database's answer was lost and had to be asked for again.
    ///
    /// # Errors
    /// As [`Tickets::issue`].
    async fn lease(
        &self,
        job: &Digest,
        holder: &Digest,
        now: Timestamp,
        until: Timestamp,
    ) -> Result<bool, StoreError>;

    /// Keeps a job until `until` that is this holder's, even if it ran out meanwhile and nobody took it. Whether it
    /// still is: where not, somebody else may be at work, and what was not yet written must not be.
    ///
    /// # Errors
    /// As [`Tickets::issue`].
    async fn renew(&self, job: &Digest, holder: &Digest, until: Timestamp) -> Result<bool, StoreError>;

    /// Gives a job back, where it is this holder's.
    ///
    /// # Errors
    /// As [`Tickets::issue`].
    async fn release(&self, job: &Digest, holder: &Digest) -> Result<(), StoreError>;

    /// Forgets what has expired.
    ///
    /// # Errors
    /// As [`Tickets::issue`].
    async fn sweep(&self, now: Timestamp) -> Result<(), StoreError>;
}

impl Ticket {
    /// The lease of a job.
    pub fn of_job(job: &Digest, holder: &Digest, until: Timestamp) -> Self {
        let (kind, content) = (TicketKind::Job, Vec::new());
        Self { kind, key: *job, holder: Some(*holder), content, expires_at: until }
    }
}

impl std::fmt::Debug for Ticket {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Ticket({}, until {})", self.kind, self.expires_at)
    }
}
