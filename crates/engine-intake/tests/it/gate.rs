//! A gate with one key, and what it was told.

use base_core::SourceId;
use engine_intake::Identity;
use engine_intake::http::{Gate, NotTaken, Stranger, Why};
use std::sync::{Arc, Mutex};

/// The token that is let in.
pub(crate) const TOKEN: &str = "mgv_test";

/// Lets [`TOKEN`] in, and certificates.
#[derive(Debug, Default)]
pub(crate) struct OneKey {
    noted: Mutex<Vec<(Why, u64)>>,
}

impl OneKey {
    pub(crate) fn new() -> Arc<Self> {
        Arc::default()
    }

    /// Why something was not taken, and how much.
    pub(crate) fn noted(&self) -> Vec<(Why, u64)> {
        self.noted.lock().expect("lock").clone()
    }
}

impl Gate for OneKey {
    fn admit(&self, token: Option<&str>, identity: Option<&Identity>) -> Result<SourceId, Stranger> {
        match (token, identity) {
            (Some(TOKEN), _) => Ok(SourceId::new("s1")),
            (Some("mgv_other"), _) => Ok(SourceId::new("s2")),
            (Some("mgv_off"), _) => Err(Stranger::Disabled(SourceId::new("s3"))),
            (Some(_), _) => Err(Stranger::Unknown),
            (None, Some(Identity::Certificate { subject, .. })) => Ok(SourceId::new(subject.clone())),
            (None, _) => Err(Stranger::Nameless),
        }
    }

    fn note(&self, note: &NotTaken<'_>) {
        self.noted.lock().expect("lock").push((note.why, note.records));
    }
}
