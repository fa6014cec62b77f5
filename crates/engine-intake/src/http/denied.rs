//! Why nothing of a request was taken.

use super::body::BodyError;

/// Why nothing of a request was taken; each protocol says it in its own words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// HTTP status.
    pub status: u16,
    /// A stable word for programs.
    pub kind: &'static str,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
    /// Seconds after which to come again; nothing when repeating is of no use.
    pub retry_after: Option<u32>,
}

impl Denied {
    pub(crate) fn new(status: u16, kind: &'static str, message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { status, kind, message: message.into(), remedy: remedy.into(), retry_after: None }
    }

    pub(crate) const fn later(mut self, seconds: u32) -> Self {
        self.retry_after = Some(seconds);
        self
    }

    /// Both in one, for protocols whose errors are one text.
    pub(crate) fn text(&self) -> String {
        format!("{}; {}", self.message, self.remedy)
    }
}

impl From<BodyError> for Denied {
    fn from(e: BodyError) -> Self {
        Self::new(e.status, if e.status == 413 { "too-large" } else { "bad-body" }, e.message, e.remedy)
    }
}
