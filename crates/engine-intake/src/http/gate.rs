//! Who may send by HTTP, and who hears of what was not taken.

use crate::{Identity, Transport};
use base_core::{SourceId, Timestamp};
use std::net::IpAddr;

/// Decides who a sender is. Asked for every request, before its body is read, so it answers from memory.
pub trait Gate: Send + Sync + std::fmt::Debug {
    /// The source that sends with this token or, where there is none, with this certificate.
    ///
    /// # Errors
    /// [`Stranger`] says why nobody is known by them.
    fn admit(&self, token: Option<&str>, identity: Option<&Identity>) -> Result<SourceId, Stranger>;

    /// Hears of what was not taken.
    fn note(&self, note: &NotTaken<'_>);
}

/// Why a sender is not let in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Stranger {
    /// It showed neither token nor certificate.
    Nameless,
    /// Nobody has this token or certificate, or not any more.
    Unknown,
    /// The source is switched off.
    Disabled(SourceId),
}

/// Why records were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Why {
    /// The sender is a stranger.
    Stranger,
    /// Its source is switched off.
    Disabled,
    /// Single records are not what was announced.
    BadRecord,
    /// The request as a whole cannot be read.
    BadBody,
    /// The sink cannot put them away now, because the disk is full, say.
    Full,
    /// Too much at once; the sender was told to come again.
    Busy,
    /// More than the quota; the sender was told to come again.
    Quota,
    /// The body came too slowly, or not to its end.
    Slow,
}

/// Records, or a request whose records could not be counted, that were not taken.
#[derive(Clone, Debug)]
pub struct NotTaken<'a> {
    /// Why.
    pub why: Why,
    /// Whose they were, when known.
    pub source: Option<&'a SourceId>,
    /// Where they came from.
    pub peer: IpAddr,
    /// By which protocol.
    pub transport: Transport,
    /// What was wrong.
    pub detail: &'a str,
    /// How many, or 1 for a request.
    pub records: u64,
    /// When.
    pub at: Timestamp,
}
