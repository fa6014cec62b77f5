//! Types and rules of warnings; no SQL, no HTTP, no SMTP.

pub mod draft;
pub mod mail;
pub mod outbox;
pub mod warning;

pub use draft::{Draft, DraftInput};
pub use outbox::{MailKind, MailState, OutboxMail};
pub use warning::{HistoryEntry, HistoryKind, ListRequest, Page, Sort, SortKey, State, Warning};
