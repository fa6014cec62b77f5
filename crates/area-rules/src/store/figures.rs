//! Tables `rules_hit`, `rules_source`, `rules_field`, `rules_watch`: what the pipeline counts.

use crate::model::figures::{HOUR, hour_of};
use crate::model::{RuleFigure, RuleHits, SourceCount, SourceFigure};
use base_core::{Error, Result, Timestamp};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};
use engine_event::LogSource;
use std::collections::{HashMap, HashSet};

/// Hours of a day and of a week.
const DAY: i64 = 24;
const WEEK: i64 = 7 * DAY;
/// Hits are kept for so many hours, events of log sources for a week and a day.
const KEEP_HITS: i64 = 92 * DAY;
const KEEP_SOURCES: i64 = 8 * DAY;

fn word(part: Option<&std::sync::Arc<str>>) -> String {
    part.map(ToString::to_string).unwrap_or_default()
}

fn source_of(row: &AnyRow) -> Result<LogSource> {
    let (product, category, service) = (row.text("product")?, row.text("category")?, row.text("service")?);
    let part = |text: &'_ str| (!text.is_empty()).then_some(text.to_owned());
    Ok(LogSource::new(part(&product).as_deref(), part(&category).as_deref(), part(&service).as_deref()))
}

/// Adds the hits of a rule at `now`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_hits(tx: &mut Tx, figure: &RuleFigure, hidden: i64, now: Timestamp) -> Result<()> {
    let hour = hour_of(now);
    let known = Sql::new("SELECT companions FROM rules_hit WHERE rule = ")
        .bind(figure.rule.to_string())
        .push(" AND hour = ")
        .bind(hour)
        .optional_in(tx)
        .await?;
    let mut companions: Vec<String> = figure.companions.iter().map(ToString::to_string).collect();
    if let Some(row) = &known {
        let before: Vec<String> = serde_json::from_str(&row.text("companions")?).map_err(Error::bug)?;
        // What only came to be hidden says nothing about companions.
        if figure.hits == 0 { companions = before } else { companions.retain(|c| before.contains(c)) }
    }
    let companions = serde_json::to_string(&companions).map_err(Error::bug)?;
    Sql::new("INSERT INTO rules_hit (rule, hour, hits, hidden, last, companions) VALUES (")
        .bind(figure.rule.to_string())
        .comma(hour)
        .comma(i64::try_from(figure.hits).unwrap_or(i64::MAX))
        .comma(hidden)
        .comma(figure.last.as_micros())
        .comma(companions)
        .push(
            ") ON CONFLICT (rule, hour) DO UPDATE SET hits = rules_hit.hits + excluded.hits, \
             hidden = rules_hit.hidden + excluded.hidden, companions = excluded.companions, \
             last = CASE WHEN excluded.last > rules_hit.last THEN excluded.last ELSE rules_hit.last END",
        )
        .run(tx)
        .await?;
    Ok(())
}

/// Adds events and fields of log sources at `now`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_sources(tx: &mut Tx, figure: &SourceFigure, now: Timestamp) -> Result<()> {
    for (source, n) in &figure.events {
        Sql::new("INSERT INTO rules_source (product, category, service, hour, events) VALUES (")
            .bind(word(source.product.as_ref()))
            .comma(word(source.category.as_ref()))
            .comma(word(source.service.as_ref()))
            .comma(hour_of(now))
            .comma(i64::try_from(*n).unwrap_or(i64::MAX))
            .push(
                ") ON CONFLICT (product, category, service, hour) DO UPDATE SET events = rules_source.events + excluded.events",
            )
            .run(tx)
            .await?;
    }
    for (source, field) in &figure.fields {
        Sql::new("INSERT INTO rules_field (product, category, service, field, seen_at) VALUES (")
            .bind(word(source.product.as_ref()))
            .comma(word(source.category.as_ref()))
            .comma(word(source.service.as_ref()))
            .comma(field.to_string())
            .comma(now.as_micros())
            .push(") ON CONFLICT (product, category, service, field) DO UPDATE SET seen_at = excluded.seen_at")
            .run(tx)
            .await?;
    }
    Sql::new("INSERT INTO rules_watch (one, since) VALUES (1, ")
        .bind(now.as_micros())
        .push(") ON CONFLICT (one) DO NOTHING")
        .run(tx)
        .await?;
    Ok(())
}

/// Since when events are counted; `None` before the first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn since(pool: &AnyPool) -> Result<Option<Timestamp>> {
    let row = Sql::new("SELECT since FROM rules_watch WHERE one = 1").optional(pool).await?;
    row.map(|r| r.time("since")).transpose()
}

/// Events by log source in the last day and week.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn sources(pool: &AnyPool, now: Timestamp) -> Result<HashMap<LogSource, SourceCount>> {
    let hour = hour_of(now);
    let rows =
        Sql::new("SELECT product, category, service, CAST(SUM(events) AS BIGINT) AS week, CAST(SUM(CASE WHEN hour > ")
            .bind(hour - DAY)
            .push(" THEN events ELSE 0 END) AS BIGINT) AS day FROM rules_source WHERE hour > ")
            .bind(hour - WEEK)
            .push(" GROUP BY product, category, service")
            .all(pool)
            .await?;
    rows.iter().map(|r| Ok((source_of(r)?, SourceCount { day: r.int("day")?, week: r.int("week")? }))).collect()
}

/// Fields by log source that came in the last week.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn fields(pool: &AnyPool, now: Timestamp) -> Result<HashMap<LogSource, HashSet<String>>> {
    // A field is noted at most a day late, so a week is eight days here.
    let rows = Sql::new("SELECT product, category, service, field FROM rules_field WHERE seen_at > ")
        .bind(now.as_micros() - (WEEK + DAY) * HOUR)
        .all(pool)
        .await?;
    let mut fields: HashMap<LogSource, HashSet<String>> = HashMap::new();
    for row in &rows {
        fields.entry(source_of(row)?).or_default().insert(row.text("field")?);
    }
    Ok(fields)
}

/// Hits by rule.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn hits(pool: &AnyPool, now: Timestamp) -> Result<HashMap<String, RuleHits>> {
    let hour = hour_of(now);
    let rows = Sql::new("SELECT rule, MAX(last) AS last FROM rules_hit WHERE hits > 0 GROUP BY rule").all(pool).await?;
    let mut found: HashMap<String, RuleHits> = HashMap::new();
    for row in &rows {
        found.insert(row.text("rule")?, RuleHits { last: row.time_opt("last")?, ..RuleHits::default() });
    }
    let rows = Sql::new("SELECT rule, hour, hits, hidden, companions FROM rules_hit WHERE hour > ")
        .bind(hour - WEEK)
        .push(" ORDER BY rule, hour")
        .all(pool)
        .await?;
    let mut before = String::new();
    for row in &rows {
        let rule = row.text("rule")?;
        let companions: Vec<String> = serde_json::from_str(&row.text("companions")?).map_err(Error::bug)?;
        let hits = found.entry(rule.clone()).or_default();
        let n = row.int("hits")?;
        hits.week += n;
        hits.day += if row.int("hour")? > hour - DAY { n } else { 0 };
        hits.hidden += row.int("hidden")?;
        if n > 0 {
            if before == rule {
                hits.companions.retain(|c| companions.contains(c));
            } else {
                hits.companions = companions;
            }
            before = rule;
        }
    }
    Ok(found)
}

/// Hits and hidden ones of a rule per day of Cà Mau (UTC+7), counted from 1970, from `first` on.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn per_day(pool: &AnyPool, rule: &str, first: i64) -> Result<Vec<(i64, i64, i64)>> {
    let rows = Sql::new("SELECT hour, hits, hidden FROM rules_hit WHERE rule = ")
        .bind(rule.to_owned())
        .push(" AND hour >= ")
        .bind(first * DAY - 7)
        .push(" ORDER BY hour")
        .all(pool)
        .await?;
    let mut days: Vec<(i64, i64, i64)> = Vec::new();
    for row in &rows {
        let day = (row.int("hour")? + 7).div_euclid(DAY);
        let (hits, hidden) = (row.int("hits")?, row.int("hidden")?);
        match days.last_mut().filter(|d| d.0 == day) {
            Some(last) => *last = (day, last.1 + hits, last.2 + hidden),
            None => days.push((day, hits, hidden)),
        }
    }
    Ok(days)
}

/// Removes what is older than anything shows.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn forget(tx: &mut Tx, now: Timestamp) -> Result<u64> {
    let hour = hour_of(now);
    let hits = Sql::new("DELETE FROM rules_hit WHERE hour < ").bind(hour - KEEP_HITS).run(tx).await?;
    let untold = Sql::new("DELETE FROM rules_list_untold WHERE hour < ").bind(hour - KEEP_HITS).run(tx).await?;
    let sources = Sql::new("DELETE FROM rules_source WHERE hour < ").bind(hour - KEEP_SOURCES).run(tx).await?;
    let fields =
        Sql::new("DELETE FROM rules_field WHERE seen_at < ").bind(now.as_micros() - 4 * WEEK * HOUR).run(tx).await?;
    Ok(hits + untold + sources + fields)
}
