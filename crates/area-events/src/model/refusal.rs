//! What was not taken in: counted, so that a loss is seen where it begins.

use base_core::{SourceId, Timestamp, UnitId};

/// Why records were not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    /// The token is unknown or withdrawn.
    UnknownToken,
    /// The source is switched off.
    Disabled,
    /// A line is not what was announced.
    BadRecord,
    /// The whole body cannot be read: wrong compression, too long.
    BadBody,
    /// The disk of the journal is full.
    Full,
    /// Too much at once; the sender was told to come again.
    Busy,
    /// The connection was closed because of its limits.
    Limits,
    /// More than the quota of the source; the sender was told to come again.
    Quota,
    /// The request came too slowly.
    Slow,
}

impl Reason {
    /// Every reason.
    pub const ALL: [Reason; 9] = [
        Reason::UnknownToken,
        Reason::Disabled,
        Reason::BadRecord,
        Reason::BadBody,
        Reason::Full,
        Reason::Busy,
        Reason::Limits,
        Reason::Quota,
        Reason::Slow,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Reason::UnknownToken => "unknown-token",
            Reason::Disabled => "disabled",
            Reason::BadRecord => "bad-record",
            Reason::BadBody => "bad-body",
            Reason::Full => "full",
            Reason::Busy => "busy",
            Reason::Limits => "limits",
            Reason::Quota => "quota",
            Reason::Slow => "slow",
        }
    }
}

/// Refusals of one sender for one reason on one day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    /// UTC day.
    pub day: String,
    /// The word of the transport, such as `http` or `syslog`.
    pub transport: String,
    /// Address or name of the sender.
    pub sender: String,
    /// Word of the reason.
    pub reason: String,
    /// The source, when known.
    pub source: Option<SourceId>,
    /// Its unit.
    pub unit: Option<UnitId>,
    /// What was wrong with the last one.
    pub detail: String,
    /// How many records, or requests where their records could not be counted.
    pub records: i64,
    /// When the last one was.
    pub last_at: Timestamp,
}
