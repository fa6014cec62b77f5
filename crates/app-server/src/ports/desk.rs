//! For the desk: the flow of events, and the warnings sent for an alert.

use crate::pipeline::board::Board;
use area_desk::ports::{Pulse, PulsePort, WarningRef, WarningsPort};
use area_warn::model::Warning;
use area_warn::ops::read_warning;
use async_trait::async_trait;
use base_core::{AlertId, Result, Scope, SharedClock, Timestamp};
use base_db::Db;
use engine_journal::Journal;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// The warnings of an alert.
pub(crate) struct WarningsOfAlerts {
    /// The records.
    pub db: Db,
    /// Time, for what is overdue.
    pub clock: SharedClock,
}

#[async_trait]
impl WarningsPort for WarningsOfAlerts {
    async fn of_alert(&self, scope: &Scope, alert: &AlertId) -> Result<Vec<WarningRef>> {
        let now = self.clock.now();
        Ok(read_warning::of_alert(&self.db, scope, alert).await?.into_iter().map(|w| reference(w, now)).collect())
    }

    async fn open(&self, scope: &Scope, now: Timestamp) -> Result<(i64, i64)> {
        read_warning::open_counts(&self.db, scope, now).await
    }
}

fn reference(w: Warning, now: Timestamp) -> WarningRef {
    WarningRef {
        href: format!("/canh-bao-don-vi/{}", w.id),
        overdue: w.is_overdue(now),
        code: w.code,
        unit: w.unit,
        state: w.state.as_str(),
        issued_at: w.issued_at,
        due_at: w.due_at,
        answer: w.ack_note,
    }
}

/// The flow of events: counts of the sources from the records, the present moment from the pipeline.
pub(crate) struct FlowPulse {
    /// The records.
    pub db: Db,
    /// Live figures of the pipeline.
    pub board: Arc<Board>,
    /// What is not parsed yet.
    pub journal: Arc<Journal>,
}

#[async_trait]
impl PulsePort for FlowPulse {
    async fn pulse(&self, scope: &Scope, now: Timestamp) -> Result<Pulse> {
        let flow = area_events::ops::pulse::flow(&self.db, scope, now).await?;
        let whole = scope.as_units().is_none();
        let lag = self.journal.end().saturating_sub(self.board.position.load(Ordering::Relaxed));
        Ok(Pulse {
            // The board knows the second; the counts per unit only the minute.
            per_second: if whole { self.board.rate(now) } else { flow.per_second },
            minutes: flow.minutes,
            sources: flow.sources,
            silent: flow.silent,
            silent_names: flow.silent_names.into_iter().map(|(name, id)| (name, format!("/nguon/{id}"))).collect(),
            unparsed_share: flow.unparsed_share,
            refused: flow.refused,
            lag: whole.then(|| i64::try_from(lag).unwrap_or(i64::MAX)),
        })
    }
}
