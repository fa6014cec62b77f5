//! A time in which new events were refused because the disk was full.

use base_core::Timestamp;

/// A gap in what was received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The first refusal, or when the room fell below what is left to records.
    pub began: Timestamp,
    /// When there was room again; `None` while it lasts.
    pub ended: Option<Timestamp>,
    /// Requests by HTTP that were sent back. Their senders repeat them, so this is not what is missing.
    pub requests: u64,
    /// Datagrams that were lost: nobody repeats them.
    pub lost: u64,
}
