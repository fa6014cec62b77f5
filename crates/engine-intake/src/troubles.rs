//! What senders do wrong, told once per sender and kind, with place and remedy.
//!
//! A sender set to the wrong port repeats its mistake thousands of times a minute. Each kind of mistake of
//! a source is one entry with a count; the log hears of it when the count is a power of two.

use base_core::Timestamp;
use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};

/// Most entries kept; the ones not seen for longest make room.
const MOST: usize = 256;

/// What kind of mistake.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum TroubleKind {
    /// Bytes that are not what the protocol asks for.
    Framing,
    /// A record longer than the limit; its beginning was kept.
    Oversized,
    /// A record begun and not ended for too long.
    Slow,
    /// TLS could not be agreed on.
    Handshake,
    /// Too many connections, of this address or of all.
    Connections,
    /// More than the source's quota.
    Quota,
    /// Acknowledgements that the sender does not read.
    Unread,
    /// A file that cannot be read, or of which something was lost.
    File,
    /// Our own certificate cannot be loaded.
    Certificate,
    /// A sender that shows no token or certificate that is known.
    Stranger,
}

impl TroubleKind {
    /// Every kind.
    pub const ALL: [Self; 10] = [
        Self::Framing,
        Self::Oversized,
        Self::Slow,
        Self::Handshake,
        Self::Connections,
        Self::Quota,
        Self::Unread,
        Self::File,
        Self::Certificate,
        Self::Stranger,
    ];

    /// A stable word for string keys.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Framing => "framing",
            Self::Oversized => "oversized",
            Self::Slow => "slow",
            Self::Handshake => "handshake",
            Self::Connections => "connections",
            Self::Quota => "quota",
            Self::Unread => "unread",
            Self::File => "file",
            Self::Certificate => "certificate",
            Self::Stranger => "stranger",
        }
    }
}

/// A mistake and how often it was made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// Its kind.
    pub kind: TroubleKind,
    /// Whose it is: an address, a certificate, a file.
    pub source: String,
    /// Where it was seen last, such as `connection 10.1.2.3:40112, byte 1880`.
    pub place: String,
    /// What was wrong.
    pub reason: String,
    /// What to do.
    pub remedy: &'static str,
    /// How often since the start.
    pub count: u64,
    /// When last.
    pub last: Timestamp,
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({}): {}; {}", self.source, self.place, self.reason, self.remedy)
    }
}

/// What is to be told.
pub(crate) struct Tell {
    pub(crate) kind: TroubleKind,
    pub(crate) source: String,
    pub(crate) place: String,
    pub(crate) reason: String,
    pub(crate) remedy: &'static str,
    pub(crate) at: Timestamp,
}

/// The list, bounded.
#[derive(Debug, Default)]
pub(crate) struct Troubles(Mutex<HashMap<(TroubleKind, String), Trouble>>);

impl Troubles {
    pub(crate) fn tell(&self, tell: Tell) {
        let Tell { kind, source, place, reason, remedy, at } = tell;
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (kind, source);
        if all.len() >= MOST && !all.contains_key(&key) {
            let oldest = all.iter().min_by_key(|(_, t)| t.last.as_micros()).map(|(k, _)| k.clone());
            oldest.and_then(|k| all.remove(&k));
        }
        let source = key.1.clone();
        let entry = all.entry(key).or_insert_with(|| Trouble {
            kind,
            source,
            place: String::new(),
            reason: String::new(),
            remedy,
            count: 0,
            last: at,
        });
        (entry.place, entry.reason, entry.remedy, entry.last) = (place, reason, remedy, at);
        entry.count += 1;
        if entry.count.is_power_of_two() {
            tracing::warn!(kind = kind.as_str(), times = entry.count, "a sender is in trouble: {entry}");
        }
    }

    /// All of them, last seen first.
    pub(crate) fn list(&self) -> Vec<Trouble> {
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let mut list: Vec<Trouble> = all.values().cloned().collect();
        list.sort_by(|a, b| b.last.cmp(&a.last).then_with(|| a.source.cmp(&b.source)));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repetition_is_counted_and_the_list_is_bounded() {
        let troubles = Troubles::default();
        for n in 0..2000_i64 {
            let source = if n % 2 == 0 { "10.0.0.1".to_owned() } else { format!("sender {n}") };
            let (place, reason) = (format!("byte {n}"), "rubbish".to_owned());
            let at = Timestamp::from_secs(n);
            troubles.tell(Tell { kind: TroubleKind::Framing, source, place, reason, remedy: "mend it", at });
        }
        let list = troubles.list();
        assert_eq!(list.len(), MOST);
        let busy = list.iter().find(|t| t.source == "10.0.0.1").expect("still there");
        assert_eq!((busy.count, busy.place.as_str()), (1000, "byte 1998"));
        assert_eq!(busy.to_string(), "10.0.0.1 (byte 1998): rubbish; mend it");
    }
}
