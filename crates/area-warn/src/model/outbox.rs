//! Mail waiting to be sent, and when to try again.

use base_core::{Timestamp, UnitId, WarningId};

/// After this many attempts a mail is given up and shown as failed.
pub const MAX_ATTEMPTS: i64 = 12;

/// Why a mail is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailKind {
    /// The warning itself.
    Warning,
    /// A reminder.
    Reminder,
}

impl MailKind {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MailKind::Warning => "warning",
            MailKind::Reminder => "reminder",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        if text == "reminder" { MailKind::Reminder } else { MailKind::Warning }
    }
}

/// Where a mail stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailState {
    /// To be sent, or to be tried again.
    Waiting,
    /// A mail server has taken it.
    Sent,
    /// Given up.
    Failed,
}

impl MailState {
    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            MailState::Waiting => "waiting",
            MailState::Sent => "sent",
            MailState::Failed => "failed",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Self {
        match text {
            "sent" => MailState::Sent,
            "failed" => MailState::Failed,
            _ => MailState::Waiting,
        }
    }
}

/// A mail in the outbox.
#[derive(Clone, Debug)]
pub struct OutboxMail {
    /// Identity; also the local part of its Message-ID, so that a repeat can be told.
    pub id: String,
    /// The warning it carries.
    pub warning: WarningId,
    /// Unit of the warning.
    pub unit: UnitId,
    /// Why it is sent.
    pub kind: MailKind,
    /// Name of the receiver.
    pub to_name: String,
    /// Address of the receiver.
    pub to_address: String,
    /// Subject.
    pub subject: String,
    /// Text.
    pub body: String,
    /// Where it stands.
    pub state: MailState,
    /// How often it was tried.
    pub attempts: i64,
    /// When to try next.
    pub next_at: Timestamp,
    /// What went wrong last.
    pub last_error: Option<String>,
    /// When it was put in.
    pub created_at: Timestamp,
    /// When it was sent.
    pub sent_at: Option<Timestamp>,
}

/// Seconds to wait after `attempts` failures: 30 s, doubling, two hours at most.
#[must_use]
pub fn back_off_secs(attempts: i64) -> i64 {
    let doublings = u32::try_from(attempts.clamp(1, 9) - 1).unwrap_or(0);
    (30_i64 << doublings).min(7_200)
}

#[cfg(test)]
mod tests {
    use super::back_off_secs;

    #[test]
    fn waits_grow_and_stay_bounded() {
        let waits: Vec<i64> = [0, 1, 2, 3, 8, 9, i64::MAX].into_iter().map(back_off_secs).collect();
        assert_eq!(waits, [30, 30, 60, 120, 3_840, 7_200, 7_200]);
    }
}
