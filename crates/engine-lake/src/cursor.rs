//! The place between two pages of a search.

use base_core::Timestamp;
use engine_event::{Event, EventId};
use std::fmt;
use std::str::FromStr;

/// The last event a search has looked at: the next page begins behind it. Events are in order
/// of time, those of one time in order of id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    /// Its time.
    pub time: Timestamp,
    /// Its id.
    pub id: EventId,
}

impl Cursor {
    /// The place of an event.
    #[must_use]
    pub const fn of(event: &Event) -> Self {
        Self { time: event.time, id: event.id }
    }
}

impl fmt::Display for Cursor {
    /// A short text for links: `<time in µs>.<id>`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.time.as_micros(), self.id)
    }
}

/// The text is not a cursor; begin again at the first page.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this link to a further page is not complete; start the search again")]
pub struct BadCursor;

impl FromStr for Cursor {
    type Err = BadCursor;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (time, id) = text.split_once('.').ok_or(BadCursor)?;
        Ok(Self {
            time: Timestamp::from_micros(time.parse().map_err(|_| BadCursor)?),
            id: id.parse().map_err(|_| BadCursor)?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_back() {
        let cursor = Cursor { time: Timestamp::from_micros(-5), id: EventId::from_journal(3, 9) };
        assert_eq!(cursor.to_string().parse(), Ok(cursor));
        assert_eq!("12".parse::<Cursor>(), Err(BadCursor));
        assert_eq!("12.zz".parse::<Cursor>(), Err(BadCursor));
    }
}
