//! Typed ids: ULID text, or another stable text, that cannot be mixed up.

use crate::{Clock, Timestamp};
use serde::{Deserialize, Serialize};
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

macro_rules! typed_id {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(Arc<str>);

        impl $name {
            /// From stored or sent text.
            #[must_use]
            pub fn new(text: impl AsRef<str>) -> Self {
                Self(Arc::from(text.as_ref()))
            }

            /// The text as stored.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )+};
}

typed_id! {
    /// An account that signs in.
    AccountId,
    /// An alert on the desk.
    AlertId,
    /// A place events come from: one sender with one token or one address range.
    SourceId,
    /// An information system of the province.
    SystemId,
    /// A public body (đơn vị).
    UnitId,
    /// A numbered warning to a unit.
    WarningId,
}

/// Makes new ids: ULIDs, sortable by time, never the same twice in one process.
#[derive(Debug)]
pub struct IdSource {
    clock: Arc<dyn Clock>,
    last: Mutex<Option<ulid::Ulid>>,
}

impl IdSource {
    /// A source that stamps ids with `clock`.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>) -> Self {
        Self { clock, last: Mutex::new(None) }
    }

    /// A new ULID as 26 characters of Crockford base 32.
    pub fn next(&self) -> String {
        let ms = u64::try_from(self.clock.now().as_micros() / 1_000).unwrap_or(0);
        let mut last = self.last.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = ulid::Ulid::from_parts(ms, rand::random::<u128>());
        // Within a millisecond (or when the clock steps back) count up, so order holds.
        let next = match *last {
            Some(prev) if prev.timestamp_ms() >= ms => prev.increment().unwrap_or(fresh),
            _ => fresh,
        };
        *last = Some(next);
        next.to_string()
    }

    /// The clock the ids are stamped with.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ManualClock;

    #[test]
    fn ids_rise_even_when_the_clock_stands() {
        let ids = IdSource::new(ManualClock::at(Timestamp::from_secs(1_400_000_000)));
        let made: Vec<String> = (0..1000).map(|_| ids.next()).collect();
        assert!(made.windows(2).all(|w| w[0] < w[1]));
    }
}
