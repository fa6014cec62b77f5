//! How the flow of events is doing: for the overview.

use crate::model::Health;
use crate::model::counts::minute_of;
use crate::model::source::ListFilter;
use crate::store::{counts, refusals, sources};
use base_core::{Result, Scope, SourceId, Timestamp};
use base_db::Db;

/// Minutes the picture goes back.
const MINUTES: i64 = 30;
/// Silent sources named one by one.
const NAMED: usize = 8;

/// The flow of events within a scope.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Flow {
    /// Events per second over the last whole minute.
    pub per_second: f64,
    /// Events per minute of the last 30 minutes, oldest first.
    pub minutes: Vec<i64>,
    /// Sources switched on.
    pub sources: i64,
    /// Of these, silent or never heard.
    pub silent: i64,
    /// The first of them: name and id.
    pub silent_names: Vec<(String, SourceId)>,
    /// Share of the last hour's events that no definition could read.
    pub unparsed_share: Option<f64>,
    /// Records refused in the last 24 hours.
    pub refused: i64,
}

/// The flow within `scope`. The caller has made the scope of the person's right to see it.
///
/// # Errors
/// When the database does not answer.
pub async fn flow(db: &Db, scope: &Scope, now: Timestamp) -> Result<Flow> {
    let pool = db.read();
    let this = minute_of(now);
    let rows = counts::minutes(pool, scope, None, this - 60).await?;
    let events_in = |minute: i64| rows.iter().find(|r| r.0 == minute).map_or(0, |r| r.1);
    let (hour, unread) = rows.iter().fold((0, 0), |(e, u), r| (e + r.1, u + r.2));
    let list = sources::list(pool, scope, &ListFilter::default(), now).await?;
    let on = list.iter().filter(|r| r.source.enabled);
    let silent: Vec<_> = list.iter().filter(|r| matches!(r.health(now), Health::Silent | Health::Never)).collect();
    let (_, refused) = refusals::totals(pool, scope, now.plus_secs(-86_400)).await?;
    Ok(Flow {
        per_second: per_second(events_in(this - 1), events_in(this), now),
        minutes: (this - MINUTES + 1..=this).map(events_in).collect(),
        sources: i64::try_from(on.count()).unwrap_or(i64::MAX),
        silent: i64::try_from(silent.len()).unwrap_or(i64::MAX),
        silent_names: silent.iter().take(NAMED).map(|r| (r.source.name.clone(), r.source.id.clone())).collect(),
        unparsed_share: crate::model::source::share(unread, hour),
        refused,
    })
}

/// Over the last 60 seconds: this minute so far, and as much of the minute before as is missing.
fn per_second(before: i64, current: i64, now: Timestamp) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "a rate for people")]
    let (before, current, into) = (before as f64, current as f64, now.as_secs().rem_euclid(60) as f64);
    (current + before * (60.0 - into) / 60.0) / 60.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_flow_reads_the_same_at_every_second_of_a_minute() {
        for second in 0..60 {
            let so_far = second * 10;
            let rate = per_second(600, so_far, Timestamp::from_secs(second));
            assert!((rate - 10.0).abs() < 1e-9, "{second}: {rate}");
        }
    }
}
