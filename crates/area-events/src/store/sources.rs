//! Table `events_source`.

use crate::model::source::ListFilter;
use crate::model::source::{CheckedSource, peers_from, peers_text};
use crate::model::{Source, SourceKeep, SourceRow, Totals, Transport};
use base_core::fold::fold;
use base_core::{Result, Scope, SourceId, Timestamp, UnitId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx, flag};

const COLUMNS: &str = "SELECT id, name, unit, transport, hint, peers, identities, silent_after, enabled, declared, \
     token_tail, token_at, created_at, version, keep_least, keep_most FROM events_source WHERE 1 = 1";

fn read(row: &AnyRow) -> Result<Source> {
    Ok(Source {
        id: SourceId::new(row.text("id")?),
        name: row.text("name")?,
        unit: row.text_opt("unit")?.map(UnitId::new),
        transport: Transport::parse(&row.text("transport")?).unwrap_or(Transport::Http),
        hint: row.text_opt("hint")?,
        peers: peers_from(&row.text("peers")?),
        identities: row.text("identities")?.lines().map(str::to_owned).collect(),
        silent_after_secs: row.int("silent_after")?,
        enabled: row.flag("enabled")?,
        declared: row.flag("declared")?,
        token_tail: row.text_opt("token_tail")?,
        token_at: row.time_opt("token_at")?,
        created_at: row.time("created_at")?,
        version: row.int("version")?,
        keep: SourceKeep { at_least_days: days(row, "keep_least")?, at_most_days: days(row, "keep_most")? },
    })
}

fn days(row: &AnyRow, column: &str) -> Result<Option<u32>> {
    Ok(row.int_opt(column)?.and_then(|days| u32::try_from(days).ok()))
}

/// One source within the scope, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get_in(tx: &mut Tx, scope: &Scope, id: &SourceId) -> Result<Option<Source>> {
    let query = Sql::new(COLUMNS).push(" AND id = ").bind(id.as_str().to_owned()).scope("unit", scope);
    query.optional_in(tx).await?.as_ref().map(read).transpose()
}

/// A source with the hash of its token.
pub(crate) type WithHash = (Source, Option<String>);

/// Every source with the hash of its token, for the intake's book. A system job: senders
/// have no scope, the source they are found to be gives them one.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn all(pool: &AnyPool, scope: &Scope) -> Result<Vec<WithHash>> {
    let rows = Sql::new(
        "SELECT id, name, unit, transport, hint, peers, identities, silent_after, enabled, declared, token_tail, \
         token_at, created_at, version, keep_least, keep_most, token_hash FROM events_source WHERE 1 = 1",
    )
    .scope("unit", scope)
    .push(" ORDER BY id")
    .all(pool)
    .await?;
    rows.iter().map(|r| Ok((read(r)?, r.text_opt("token_hash")?))).collect()
}

/// Sources within the scope with their counts, by name. Sources are hundreds, not millions:
/// the list is sorted and cut into pages by the caller, who also knows their health.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(pool: &AnyPool, scope: &Scope, filter: &ListFilter, now: Timestamp) -> Result<Vec<SourceRow>> {
    let since = now.as_secs().div_euclid(60) - 60;
    let mut sql = Sql::new(
        "SELECT s.id, s.name, s.unit, s.transport, s.hint, s.peers, s.identities, s.silent_after, s.enabled, s.declared, s.token_tail, \
         s.token_at, s.created_at, s.version, s.keep_least, s.keep_most, t.first_seen, t.last_seen, t.events, t.bytes, t.unparsed, t.truncated, \
         t.not_utf8, t.no_time, h.hour_events, h.hour_unparsed FROM events_source s \
         LEFT JOIN events_source_total t ON t.source = s.id \
         LEFT JOIN (SELECT source, CAST(SUM(events) AS BIGINT) AS hour_events, CAST(SUM(unparsed) AS BIGINT) AS \
         hour_unparsed FROM events_minute WHERE minute > ",
    )
    .bind(since)
    .push(" GROUP BY source) h ON h.source = s.id WHERE 1 = 1")
    .scope("s.unit", scope);
    for word in fold(&filter.text).split_whitespace().take(8) {
        let pattern = format!("%{}%", word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"));
        sql = sql.push(" AND s.name_fold LIKE ").bind(pattern).push(r" ESCAPE '\'");
    }
    if let Some(unit) = &filter.unit {
        sql = sql.push(" AND s.unit = ").bind(unit.as_str().to_owned());
    }
    if let Some(transport) = filter.transport {
        sql = sql.push(" AND s.transport = ").bind(transport.as_str());
    }
    if let Some(id) = &filter.id {
        sql = sql.push(" AND s.id = ").bind(id.as_str().to_owned());
    }
    let rows = sql.push(" ORDER BY s.name_fold, s.id LIMIT 20000").all(pool).await?;
    rows.iter().map(read_row).collect()
}

/// Id, name and unit of the first sources by name that have all words of the filter's text.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn names(
    pool: &AnyPool,
    scope: &Scope,
    filter: &ListFilter,
    most: usize,
) -> Result<Vec<(SourceId, String, Option<UnitId>)>> {
    let mut sql = Sql::new("SELECT id, name, unit FROM events_source WHERE 1 = 1").scope("unit", scope);
    for word in fold(&filter.text).split_whitespace().take(8) {
        let pattern = format!("%{}%", word.replace('\\', r"\\").replace('%', r"\%").replace('_', r"\_"));
        sql = sql.push(" AND name_fold LIKE ").bind(pattern).push(r" ESCAPE '\'");
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = sql.push(" ORDER BY name_fold, id LIMIT ").bind(most).all(pool).await?;
    let one = |r: &AnyRow| Ok((SourceId::new(r.text("id")?), r.text("name")?, r.text_opt("unit")?.map(UnitId::new)));
    rows.iter().map(one).collect()
}

fn read_row(row: &AnyRow) -> Result<SourceRow> {
    let totals = match row.time_opt("last_seen")? {
        None => None,
        Some(last_seen) => Some(Totals {
            first_seen: row.time("first_seen")?,
            last_seen,
            events: row.int("events")?,
            bytes: row.int("bytes")?,
            unparsed: row.int("unparsed")?,
            truncated: row.int("truncated")?,
            not_utf8: row.int("not_utf8")?,
            no_time: row.int("no_time")?,
        }),
    };
    Ok(SourceRow {
        source: read(row)?,
        totals,
        hour_events: row.int_opt("hour_events")?.unwrap_or(0),
        hour_unparsed: row.int_opt("hour_unparsed")?.unwrap_or(0),
    })
}

/// What is written besides the form.
#[derive(Debug)]
pub(crate) struct NewSource<'a> {
    /// Identity.
    pub(crate) id: &'a SourceId,
    /// The form.
    pub(crate) form: &'a CheckedSource,
    /// Whether a person declared it.
    pub(crate) declared: bool,
    /// Hash and tail of its token.
    pub(crate) token: Option<(String, String)>,
    /// When.
    pub(crate) now: Timestamp,
}

/// Writes a new source.
///
/// # Errors
/// `Conflict` when the name is taken; when the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, new: NewSource<'_>) -> Result<()> {
    let token_at = new.token.as_ref().map(|_| new.now.as_micros());
    let (hash, tail) = new.token.unzip();
    Sql::new(
        "INSERT INTO events_source (id, name, name_fold, unit, transport, hint, peers, identities, silent_after, enabled, \
         declared, token_hash, token_tail, token_at, created_at, keep_least, keep_most, version) VALUES (",
    )
    .bind(new.id.as_str().to_owned())
    .comma(new.form.name.clone())
    .comma(fold(&new.form.name))
    .comma(new.form.unit.as_ref().map(|u| u.as_str().to_owned()))
    .comma(new.form.transport.as_str())
    .comma(new.form.hint.clone())
    .comma(peers_text(&new.form.peers))
    .comma(new.form.identities.join("\n"))
    .comma(new.form.silent_after_secs)
    .comma(flag(true))
    .comma(flag(new.declared))
    .comma(hash)
    .comma(tail)
    .comma(token_at)
    .comma(new.now.as_micros())
    .comma(new.form.keep.at_least_days.map(i64::from))
    .comma(new.form.keep.at_most_days.map(i64::from))
    .push(", 1)")
    .run(tx)
    .await?;
    Ok(())
}

/// Changes what the form holds; the source is declared thereby. `false` when it has changed
/// since `version`.
///
/// # Errors
/// `Conflict` when the name is taken; when the database does not answer.
pub(crate) async fn update(tx: &mut Tx, id: &SourceId, version: i64, form: &CheckedSource) -> Result<bool> {
    let touched = Sql::new("UPDATE events_source SET version = version + 1, declared = 1, name = ")
        .bind(form.name.clone())
        .push(", name_fold = ")
        .bind(fold(&form.name))
        .push(", unit = ")
        .bind(form.unit.as_ref().map(|u| u.as_str().to_owned()))
        .push(", transport = ")
        .bind(form.transport.as_str())
        .push(", hint = ")
        .bind(form.hint.clone())
        .push(", peers = ")
        .bind(peers_text(&form.peers))
        .push(", identities = ")
        .bind(form.identities.join("\n"))
        .push(", silent_after = ")
        .bind(form.silent_after_secs)
        .push(", keep_least = ")
        .bind(form.keep.at_least_days.map(i64::from))
        .push(", keep_most = ")
        .bind(form.keep.at_most_days.map(i64::from))
        .push(" WHERE id = ")
        .bind(id.as_str().to_owned())
        .push(" AND version = ")
        .bind(version)
        .run(tx)
        .await?;
    Ok(touched == 1)
}

/// Sets a new token; the old one no longer works.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_token(tx: &mut Tx, id: &SourceId, hash: String, tail: String, now: Timestamp) -> Result<()> {
    Sql::new("UPDATE events_source SET version = version + 1, token_hash = ")
        .bind(hash)
        .push(", token_tail = ")
        .bind(tail)
        .push(", token_at = ")
        .bind(now.as_micros())
        .push(" WHERE id = ")
        .bind(id.as_str().to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// Switches a source on or off.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_enabled(tx: &mut Tx, id: &SourceId, enabled: bool) -> Result<()> {
    Sql::new("UPDATE events_source SET version = version + 1, enabled = ")
        .bind(flag(enabled))
        .push(" WHERE id = ")
        .bind(id.as_str().to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// The id of the source with a name. A system job: used to find the source that the program
/// itself has made.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn named_in(tx: &mut Tx, name: &str) -> Result<Option<SourceId>> {
    let row = Sql::new("SELECT id FROM events_source WHERE name = ").bind(name.to_owned()).optional_in(tx).await?;
    row.map(|r| Ok(SourceId::new(r.text("id")?))).transpose()
}
