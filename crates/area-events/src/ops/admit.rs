//! Who may send by HTTP: the gate of the intake.

use crate::book::SourceBook;
use crate::model::Reason;
use crate::refusals::{Note, RefusalLog};
use base_core::SourceId;
use engine_intake::Identity;
use engine_intake::http::{Gate, NotTaken, Stranger, Why};
use std::sync::Arc;

/// Lets sources in by their tokens and certificates, and counts what was not taken.
#[derive(Debug)]
pub struct SourceGate {
    /// Who the senders are.
    pub book: Arc<SourceBook>,
    /// Counts what is refused.
    pub refusals: Arc<RefusalLog>,
}

impl Gate for SourceGate {
    fn admit(&self, token: Option<&str>, identity: Option<&Identity>) -> Result<SourceId, Stranger> {
        // A token that is shown counts, also when it is wrong: a certificate must not cover up for it.
        let known = match (token, identity) {
            (Some(token), _) => self.book.by_token(token),
            (None, Some(shown)) => self.book.by_identity(shown),
            (None, None) => return Err(Stranger::Nameless),
        };
        match known {
            Some(known) if known.enabled => Ok(known.id),
            Some(known) => Err(Stranger::Disabled(known.id)),
            None => Err(Stranger::Unknown),
        }
    }

    fn note(&self, note: &NotTaken<'_>) {
        let known = note.source.and_then(|id| self.book.by_id(id));
        let reason = match note.why {
            Why::Stranger => Reason::UnknownToken,
            Why::Disabled => Reason::Disabled,
            Why::BadRecord => Reason::BadRecord,
            Why::BadBody => Reason::BadBody,
            Why::Full => Reason::Full,
            Why::Busy => Reason::Busy,
            Why::Quota => Reason::Quota,
            Why::Slow => Reason::Slow,
        };
        self.refusals.note(&Note {
            transport: note.transport.as_str(),
            sender: &note.peer.to_string(),
            reason,
            source: known.as_ref().map(|k| (&k.id, k.unit.as_ref())),
            detail: note.detail,
            records: note.records,
            at: note.at,
        });
    }
}
