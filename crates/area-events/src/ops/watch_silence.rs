//! Looks for sources that have fallen silent, tells each once, and says so when it is over.
//!
//! A system job without a person: `app-server` runs it every minute. What a silence is: [`crate::model::silence`].

use crate::model::silence::{self, Missed};
use crate::model::source::ListFilter;
use crate::model::{SourceRow, Transport};
use crate::ports::{Silence, SilenceAlerts, SilenceText};
use crate::store::silence::Told;
use crate::store::{health, silence as table, sources};
use base_core::{Result, Scope, Timestamp};
use base_db::Db;
use base_i18n::Tr;
use std::collections::HashMap;

/// What a look found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Sources whose silence was told.
    pub silent: usize,
    /// Sources whose silence is over.
    pub back: usize,
}

/// The look and what it works with.
pub struct SilenceWatch<'a> {
    /// The records.
    pub db: &'a Db,
    /// Where silences are told.
    pub alerts: &'a dyn SilenceAlerts,
    /// The texts, in Vietnamese and English.
    pub texts: [&'a Tr; 2],
    /// Since when every sender could have been heard: the start of the server, or the end of a full disk. Nobody is
    /// to blame for what was said before.
    pub listening_since: Timestamp,
}

impl std::fmt::Debug for SilenceWatch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SilenceWatch").field("listening_since", &self.listening_since).finish_non_exhaustive()
    }
}

impl SilenceWatch<'_> {
    /// Looks at every source. To be called when what was received until a moment ago has been counted.
    ///
    /// # Errors
    /// When the database does not answer; what was told until then stays told.
    pub async fn look(&self, now: Timestamp) -> Result<Looked> {
        let scope = Scope::system("watch over silent sources");
        let rows = sources::list(self.db.read(), &scope, &ListFilter::default(), now).await?;
        let mut told: HashMap<_, _> =
            table::all(self.db.read()).await?.into_iter().map(|t| (t.source.clone(), t)).collect();
        let mut looked = Looked::default();
        for row in &rows {
            match told.remove(&row.source.id) {
                Some(told) => looked.back += usize::from(self.over(row, &told).await?),
                None => looked.silent += usize::from(self.begun(&scope, row, now).await?),
            }
        }
        Ok(looked)
    }

    /// Whether a told silence is over: the source was heard, or is not listened to any more.
    async fn over(&self, row: &SourceRow, told: &Told) -> Result<bool> {
        let heard = row.totals.is_some_and(|t| t.last_seen > told.since);
        if row.source.enabled && !heard {
            return Ok(false);
        }
        let mut tx = self.db.begin().await?;
        self.alerts.ended(&mut tx, &told.key).await?;
        table::remove(&mut tx, &told.source).await?;
        tx.commit().await?;
        Ok(true)
    }

    async fn begun(&self, scope: &Scope, row: &SourceRow, now: Timestamp) -> Result<bool> {
        let source = &row.source;
        let Some(totals) = row.totals.filter(|_| source.enabled && source.transport != Transport::Upload) else {
            return Ok(false);
        };
        let heard = totals.last_seen.max(self.listening_since);
        // Most sources are heard every minute: their hours need not be read.
        if now.micros_since(heard) <= source.silent_after_secs.saturating_mul(1_000_000) {
            return Ok(false);
        }
        let since = now.as_secs().div_euclid(3_600) - silence::HOURS_READ;
        let hours = health::hours(self.db.read(), scope, &source.id, since).await?;
        let Some(missed) = silence::missed(&hours, heard, source.silent_after_secs, now) else { return Ok(false) };
        let key = format!("source-silent:{}:{}", source.id, totals.last_seen.as_micros());
        let told = Told { source: source.id.clone(), since: totals.last_seen, key: key.clone() };
        let silence = Silence {
            key,
            name: source.name.clone(),
            unit: source.unit.clone(),
            last_seen: totals.last_seen,
            texts: self.texts.map(|tr| text(tr, row, totals.last_seen, missed, now)),
            facts: facts(row, totals.last_seen, missed),
        };
        let mut tx = self.db.begin().await?;
        self.alerts.silent(&mut tx, silence).await?;
        table::add(&mut tx, &told, now).await?;
        tx.commit().await?;
        Ok(true)
    }
}

fn text(tr: &Tr, row: &SourceRow, last_seen: Timestamp, missed: Missed, now: Timestamp) -> SilenceText {
    let quiet = tr.span(now.micros_since(last_seen).div_euclid(1_000_000));
    let at = tr.time(last_seen);
    SilenceText {
        what: tr.ta(
            "events-silence-what",
            &[("name", &row.source.name), ("at", &at), ("quiet", &quiet), ("normal", &missed.per_hour)],
        ),
        why: tr.t("events-silence-why"),
        do_now: [
            "events-silence-do-look",
            "events-silence-do-device",
            "events-silence-do-change",
            "events-silence-do-plan",
        ]
        .iter()
        .map(|key| tr.t(key))
        .collect(),
    }
}

/// What the alert rests on, for who wants to check it.
fn facts(row: &SourceRow, last_seen: Timestamp, missed: Missed) -> Vec<(String, String)> {
    [
        ("source.name", row.source.name.clone()),
        ("source.id", row.source.id.to_string()),
        ("source.last_seen", last_seen.to_string()),
        ("source.normal_per_hour", missed.per_hour.to_string()),
        ("source.missed", missed.events.to_string()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}
