//! Sources with their health, their course, and what was refused.

use crate::model::counts::{Unread, minute_of};
use crate::model::gap::Gap;
use crate::model::health::{NewField, Pace};
use crate::model::source::ListFilter;
use crate::model::{Health, Refusal, SourceRow};
use crate::store::{counts, gaps, health, refusals, sources};
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, SourceId, Timestamp};
use base_db::Db;

/// By what the list is sorted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum SortKey {
    /// What needs attention first, then by name.
    #[default]
    Health,
    /// By name.
    Name,
    /// Last heard.
    LastSeen,
    /// Events of the last hour.
    Hour,
    /// Share of unreadable events.
    Unread,
}

impl SortKey {
    /// Every key.
    pub const ALL: [SortKey; 5] = [SortKey::Health, SortKey::Name, SortKey::LastSeen, SortKey::Hour, SortKey::Unread];

    /// The word in links.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            SortKey::Health => "health",
            SortKey::Name => "name",
            SortKey::LastSeen => "last-seen",
            SortKey::Hour => "hour",
            SortKey::Unread => "unread",
        }
    }

    /// From the word in a link.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.as_str() == text)
    }
}

/// What the list is asked for.
#[derive(Clone, Debug, Default)]
pub struct Request {
    /// Filters the database applies.
    pub filter: ListFilter,
    /// Health, which the clock decides.
    pub health: Option<Health>,
    /// Order.
    pub sort: SortKey,
    /// Largest first.
    pub descending: bool,
}

/// The sources the person may see, filtered and sorted.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn list(db: &Db, caller: &Caller, request: &Request) -> Result<Vec<SourceRow>> {
    let scope = caller.require(Action::SourcesRead)?;
    let now = caller.now;
    let mut rows = sources::list(db.read(), &scope, &request.filter, now).await?;
    rows.retain(|r| {
        request.health.is_none_or(|h| r.health(now) == h || (h == Health::Silent && r.health(now) == Health::Never))
    });
    // The database gives them by name; sorting is stable, so equals stay in that order.
    match request.sort {
        SortKey::Health => rows.sort_by_key(|r| r.health(now)),
        SortKey::Name => {}
        SortKey::LastSeen => rows.sort_by_key(|r| r.totals.map_or(Timestamp::EPOCH, |t| t.last_seen)),
        SortKey::Hour => rows.sort_by_key(|r| r.hour_events),
        SortKey::Unread => rows.sort_by(|a, b| {
            let share = |r: &SourceRow| r.unparsed_share().unwrap_or(0.0);
            share(a).total_cmp(&share(b))
        }),
    }
    if request.descending {
        rows.reverse();
    }
    Ok(rows)
}

/// Fields are new after the first day of a kind of record, in microseconds; before that all of them are.
const LEARNT: i64 = 86_400_000_000;

/// One source with its course.
#[derive(Debug)]
pub struct Full {
    /// The source with its counts.
    pub row: SourceRow,
    /// Minute, events, unreadable ones, over the last 24 hours; minutes without events are left out.
    pub minutes: Vec<(i64, i64, i64)>,
    /// What was refused of it in the last seven days.
    pub refusals: Vec<Refusal>,
    /// Its rate and lag against what is normal for it.
    pub pace: Pace,
    /// Records that no definition could read, newest first.
    pub unread: Vec<Unread>,
    /// Fields that are new in the last week.
    pub new_fields: Vec<NewField>,
}

/// One source.
///
/// # Errors
/// `Forbidden` without the right; `NotFound` outside the scope.
pub async fn one(db: &Db, caller: &Caller, id: &SourceId) -> Result<Full> {
    let scope = caller.require(Action::SourcesRead)?;
    let filter = ListFilter { id: Some(id.clone()), ..ListFilter::default() };
    let found = sources::list(db.read(), &scope, &filter, caller.now).await?.into_iter().next();
    let row = found.ok_or_else(|| Error::not_found(format!("no source {id}")))?;
    let since = minute_of(caller.now) - 24 * 60;
    let hour = minute_of(caller.now).div_euclid(60);
    let hours = health::hours(db.read(), &scope, id, hour - 29 * 24).await?;
    let week = caller.now.plus_secs(-7 * 86_400);
    Ok(Full {
        pace: Pace::of(&hours, hour),
        unread: health::unread(db.read(), &scope, id).await?,
        new_fields: health::new_fields(db.read(), &scope, id, week, LEARNT).await?,
        row,
        minutes: counts::minutes(db.read(), &scope, Some(id), since).await?,
        refusals: refusals::list(db.read(), &scope, caller.now.plus_secs(-7 * 86_400), Some(id), 50, 0).await?,
    })
}

/// Gaps shown; a full disk is rare.
const GAPS: i64 = 50;

/// The last times in which the disk was full and nothing was taken in, newest first.
///
/// # Errors
/// `Forbidden` for who may not see the whole province: the gap is everybody's; when the database does not answer.
pub async fn gaps(db: &Db, caller: &Caller) -> Result<Vec<Gap>> {
    if !caller.require(Action::SourcesRead)?.contains_opt(None) {
        return Err(Error::new(Kind::Forbidden, "gaps are shown to who may see the whole province"));
    }
    gaps::last(db.read(), GAPS).await
}

/// One page of what was refused in the last 30 days, with the number of rows and records.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn refused(db: &Db, caller: &Caller, limit: i64, offset: i64) -> Result<(Vec<Refusal>, i64, i64)> {
    let scope = caller.require(Action::SourcesRead)?;
    let since = caller.now.plus_secs(-30 * 86_400);
    let (rows, records) = refusals::totals(db.read(), &scope, since).await?;
    let list = refusals::list(db.read(), &scope, since, None, limit, offset).await?;
    Ok((list, rows, records))
}
