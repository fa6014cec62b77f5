//! The warning: a numbered letter to a unit that asks for an answer until a time.

use base_core::{AlertId, Severity, Timestamp, UnitId, WarningId};

/// Rows on a page.
pub const PAGE_ROWS: i64 = 50;
/// Most rows of an export.
pub const EXPORT_ROWS: i64 = 50_000;
/// Longest subject, in characters.
pub const MAX_SUBJECT_CHARS: usize = 300;
/// Longest text, in characters.
pub const MAX_BODY_CHARS: usize = 20_000;
/// Longest answer of a unit, in characters.
pub const MAX_NOTE_CHARS: usize = 4_000;
/// Most reminders for one warning.
pub const MAX_REMINDERS: i64 = 10;

/// How far a warning has come. Each state implies those before it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum State {
    /// In the unit's inbox; the mail is on its way or there is none.
    Sent,
    /// A mail server has taken the mail for the unit.
    Delivered,
    /// Somebody of the unit has opened it.
    Read,
    /// The unit has acknowledged it.
    Acknowledged,
}

impl State {
    /// Every state, first to last.
    pub const ALL: [State; 4] = [State::Sent, State::Delivered, State::Read, State::Acknowledged];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            State::Sent => "sent",
            State::Delivered => "delivered",
            State::Read => "read",
            State::Acknowledged => "acknowledged",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// A warning as stored.
#[derive(Clone, Debug)]
pub struct Warning {
    /// Identity.
    pub id: WarningId,
    /// Year of the number.
    pub year: i64,
    /// Number within the year.
    pub number: i64,
    /// The number as written: `01/CB-ATTT`.
    pub code: String,
    /// To whom.
    pub unit: UnitId,
    /// The alert it came from.
    pub alert: Option<AlertId>,
    /// Title of that alert at the time.
    pub alert_title: Option<String>,
    /// How grave.
    pub severity: Severity,
    /// Subject (trích yếu).
    pub subject: String,
    /// Text, paragraphs divided by empty lines.
    pub body: String,
    /// Until when the unit is to acknowledge.
    pub due_at: Timestamp,
    /// How far it has come.
    pub state: State,
    /// Rises with each change.
    pub version: i64,
    /// Who issued it.
    pub issued_name: String,
    /// When it was issued.
    pub issued_at: Timestamp,
    /// When a mail server took the mail.
    pub delivered_at: Option<Timestamp>,
    /// When it was first opened by the unit.
    pub read_at: Option<Timestamp>,
    /// By whom.
    pub read_name: Option<String>,
    /// When it was acknowledged.
    pub ack_at: Option<Timestamp>,
    /// By whom.
    pub ack_name: Option<String>,
    /// With which words.
    pub ack_note: Option<String>,
    /// How many reminders went out.
    pub reminders: i64,
    /// When the last one did.
    pub reminded_at: Option<Timestamp>,
}

impl Warning {
    /// Whether the time is up without an acknowledgement.
    #[must_use]
    pub fn is_overdue(&self, now: Timestamp) -> bool {
        self.state != State::Acknowledged && self.due_at <= now
    }

    /// Whether a reminder is due by itself: once when three quarters of the time are gone,
    /// once when the time is up, then each day, [`MAX_REMINDERS`] times at most.
    #[must_use]
    pub fn reminder_due(&self, now: Timestamp) -> bool {
        if self.state == State::Acknowledged || self.reminders >= MAX_REMINDERS {
            return false;
        }
        let span = self.due_at.micros_since(self.issued_at).max(0);
        let early = self.issued_at.plus_micros(span / 4 * 3);
        match self.reminded_at {
            None => now >= early,
            Some(last) if last < self.due_at => now >= self.due_at,
            Some(last) => now >= last.plus_secs(86_400),
        }
    }
}

/// The number as written on the warning: two digits at least, then the type and issuer.
#[must_use]
pub fn code(number: i64) -> String {
    format!("{number:02}/CB-ATTT")
}

/// Kinds of lines in a warning's history.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HistoryKind {
    /// Issued by an analyst.
    Issued,
    /// Taken by a mail server; the note is the address.
    Delivered,
    /// Mail given up; the note is the address and the reason.
    MailFailed,
    /// Opened by the unit.
    Read,
    /// Acknowledged; the note is the officer's.
    Acknowledged,
    /// Reminded.
    Reminded,
    /// Mail put back into the queue by a person.
    Requeued,
}

impl HistoryKind {
    const ALL: [HistoryKind; 7] = [
        Self::Issued,
        Self::Delivered,
        Self::MailFailed,
        Self::Read,
        Self::Acknowledged,
        Self::Reminded,
        Self::Requeued,
    ];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Issued => "issued",
            Self::Delivered => "delivered",
            Self::MailFailed => "mail-failed",
            Self::Read => "read",
            Self::Acknowledged => "acknowledged",
            Self::Reminded => "reminded",
            Self::Requeued => "requeued",
        }
    }

    /// From the stored word; an unknown one reads as issued.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        Self::ALL.into_iter().find(|k| k.as_str() == text).unwrap_or(Self::Issued)
    }
}

/// One line of a warning's history.
#[derive(Clone, Debug)]
pub struct HistoryEntry {
    /// When.
    pub at: Timestamp,
    /// Who; empty for the program.
    pub actor_name: String,
    /// What.
    pub kind: HistoryKind,
    /// Words.
    pub note: String,
}

/// By what the list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// When it was issued.
    #[default]
    Issued,
    /// Until when it is to be answered; answered ones last.
    Due,
    /// Severity, then newest.
    Severity,
    /// How far it has come.
    State,
}

impl SortKey {
    /// Every key.
    pub const ALL: [SortKey; 4] = [SortKey::Issued, SortKey::Due, SortKey::Severity, SortKey::State];

    /// The word in links.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SortKey::Issued => "issued",
            SortKey::Due => "due",
            SortKey::Severity => "severity",
            SortKey::State => "state",
        }
    }

    /// From the word in a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// Order of the list.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Sort {
    /// By what.
    pub key: SortKey,
    /// Largest first.
    pub descending: bool,
}

impl Default for Sort {
    /// Newest first.
    fn default() -> Self {
        Self { key: SortKey::Issued, descending: true }
    }
}

/// Filters of the list. Empty means no filter.
#[derive(Clone, Debug, Default)]
pub struct ListRequest {
    /// Any of these states.
    pub states: Vec<State>,
    /// Only those whose time is up at this moment.
    pub overdue_at: Option<Timestamp>,
    /// One unit.
    pub unit: Option<UnitId>,
    /// From one alert.
    pub alert: Option<AlertId>,
    /// Free text over number, subject and text, without regard to accents.
    pub text: String,
    /// Order.
    pub sort: Sort,
    /// Rows before the first one of the page.
    pub offset: i64,
}

/// One page of rows and how many there are in all.
#[derive(Clone, Debug)]
pub struct Page<T> {
    /// The rows.
    pub rows: Vec<T>,
    /// How many rows the filters leave, over all pages.
    pub total: i64,
}

#[cfg(test)]
pub(crate) fn sample(issued: Timestamp, due: Timestamp) -> Warning {
    Warning {
        id: WarningId::new("w"),
        year: 2026,
        number: 1,
        code: code(1),
        unit: UnitId::new("u"),
        alert: None,
        alert_title: None,
        severity: Severity::High,
        subject: String::new(),
        body: String::new(),
        due_at: due,
        state: State::Sent,
        version: 1,
        issued_name: String::new(),
        issued_at: issued,
        delivered_at: None,
        read_at: None,
        read_name: None,
        ack_at: None,
        ack_name: None,
        ack_note: None,
        reminders: 0,
        reminded_at: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reminders_come_late_in_the_term_at_its_end_and_daily() {
        let start = Timestamp::from_secs(1_000_000);
        let mut w = sample(start, start.plus_secs(4_000));
        assert!(!w.reminder_due(start.plus_secs(2_999)));
        assert!(w.reminder_due(start.plus_secs(3_000)));
        w.reminded_at = Some(start.plus_secs(3_000));
        w.reminders = 1;
        assert!(!w.reminder_due(start.plus_secs(3_999)));
        assert!(w.reminder_due(start.plus_secs(4_000)));
        w.reminded_at = Some(start.plus_secs(4_000));
        assert!(!w.reminder_due(start.plus_secs(4_001)));
        assert!(w.reminder_due(start.plus_secs(4_000 + 86_400)));
        w.reminders = MAX_REMINDERS;
        assert!(!w.reminder_due(start.plus_secs(9_000_000)));
        w.state = State::Acknowledged;
        assert!(!w.is_overdue(start.plus_secs(9_000_000)));
    }

    #[test]
    fn numbers_are_written_as_in_an_office() {
        assert_eq!(code(1), "01/CB-ATTT");
        assert_eq!(code(123), "123/CB-ATTT");
    }
}
