//! Tables `rules_list`, `rules_list_file`, `rules_list_untold` and `rules_allow`.

use crate::model::Untold;
use crate::model::figures::hour_of;
use crate::model::indicator_list::{FileState, IndicatorList, ListFile, ListHits, ListReport};
use base_core::{Error, Kind, Result, Timestamp};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx, flag};
use engine_detect::indicators::ListSpec;
use engine_detect::indicators::load::Format;
use std::collections::{HashMap, HashSet};

const FILES: &str = "SELECT id, list, state, name, format, digest, bytes, added, unwanted, other_kinds, mistakes, \
     more_mistakes, by_name, at, active_at FROM rules_list_file";
const LISTS: &str = "SELECT id, spec, is_on FROM rules_list";

fn unknown(what: &str) -> Error {
    Error::new(Kind::Bug, format!("a file of indicators has a {what} that this version does not know"))
}

fn file(row: &AnyRow) -> Result<ListFile> {
    Ok(ListFile {
        id: row.text("id")?,
        list: row.text("list")?,
        state: FileState::parse(&row.text("state")?).ok_or_else(|| unknown("state"))?,
        name: row.text("name")?,
        format: Format::parse(&row.text("format")?).ok_or_else(|| unknown("format"))?,
        digest: row.text("digest")?,
        bytes: row.int("bytes")?,
        report: ListReport {
            added: row.int("added")?,
            unwanted: row.int("unwanted")?,
            other_kinds: serde_json::from_str(&row.text("other_kinds")?).map_err(Error::bug)?,
            mistakes: serde_json::from_str(&row.text("mistakes")?).map_err(Error::bug)?,
            more_mistakes: row.int("more_mistakes")?,
        },
        by_name: row.text("by_name")?,
        at: row.time("at")?,
        active_at: row.time_opt("active_at")?,
    })
}

/// Lists that content describes (`shipped`) and those that people made, by title.
fn assemble(shipped: &[ListSpec], rows: &[AnyRow], files: &[AnyRow]) -> Result<Vec<IndicatorList>> {
    let empty = |spec: &ListSpec, shipped| IndicatorList {
        spec: spec.clone(),
        shipped,
        is_on: true,
        active: None,
        staged: None,
    };
    let mut all: Vec<IndicatorList> = shipped.iter().map(|s| empty(s, true)).collect();
    for row in rows {
        let (id, is_on) = (row.text("id")?, row.flag("is_on")?);
        match all.iter_mut().find(|l| l.spec.id == id) {
            Some(list) => list.is_on = is_on,
            None => {
                // Content described it and does so no more: what is in force stays, told by its id.
                let spec = match row.text_opt("spec")? {
                    Some(spec) => serde_json::from_str(&spec).map_err(Error::bug)?,
                    None => ListSpec { title: id.clone(), id, ..ListSpec::default() },
                };
                all.push(IndicatorList { is_on, ..empty(&spec, false) });
            }
        }
    }
    for row in files {
        let file = file(row)?;
        let Some(list) = all.iter_mut().find(|l| l.spec.id == file.list) else { continue };
        match file.state {
            FileState::Active => list.active = Some(file),
            FileState::Staged => list.staged = Some(file),
        }
    }
    all.sort_by(|a, b| a.spec.title.cmp(&b.spec.title));
    Ok(all)
}

/// All lists.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn all(pool: &AnyPool, shipped: &[ListSpec]) -> Result<Vec<IndicatorList>> {
    assemble(shipped, &Sql::new(LISTS).all(pool).await?, &Sql::new(FILES).all(pool).await?)
}

/// All lists, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn all_in(tx: &mut Tx, shipped: &[ListSpec]) -> Result<Vec<IndicatorList>> {
    let rows = Sql::new(LISTS).all_in(tx).await?;
    let files = Sql::new(FILES).all_in(tx).await?;
    assemble(shipped, &rows, &files)
}

/// Ids of all files.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn file_ids(pool: &AnyPool) -> Result<HashSet<String>> {
    Sql::new("SELECT id FROM rules_list_file").all(pool).await?.iter().map(|r| r.text("id")).collect()
}

/// Notes a list: its description when people made it, and whether it is on.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn put(tx: &mut Tx, list: &IndicatorList, by: (&str, &str), at: Timestamp) -> Result<()> {
    let spec = (!list.shipped).then(|| serde_json::to_string(&list.spec)).transpose().map_err(Error::bug)?;
    Sql::new("INSERT INTO rules_list (id, spec, is_on, by_account, by_name, at) VALUES (")
        .bind(list.spec.id.clone())
        .comma(spec)
        .comma(flag(list.is_on))
        .comma(by.0.to_owned())
        .comma(by.1.to_owned())
        .comma(at.as_micros())
        .push(") ON CONFLICT (id) DO UPDATE SET spec = excluded.spec, is_on = excluded.is_on")
        .run(tx)
        .await?;
    Ok(())
}

/// Writes a new file, in the place of one of the same list and state; gives the id of that one.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn put_file(tx: &mut Tx, file: &ListFile, account: &str) -> Result<Option<String>> {
    let former = drop_file(tx, &file.list, file.state).await?;
    let report = &file.report;
    Sql::new(
        "INSERT INTO rules_list_file (id, list, state, name, format, digest, bytes, added, unwanted, other_kinds, \
         mistakes, more_mistakes, by_account, by_name, at, active_at) VALUES (",
    )
    .bind(file.id.clone())
    .comma(file.list.clone())
    .comma(file.state.as_str())
    .comma(file.name.clone())
    .comma(file.format.as_str())
    .comma(file.digest.clone())
    .comma(file.bytes)
    .comma(report.added)
    .comma(report.unwanted)
    .comma(serde_json::to_string(&report.other_kinds).map_err(Error::bug)?)
    .comma(serde_json::to_string(&report.mistakes).map_err(Error::bug)?)
    .comma(report.more_mistakes)
    .comma(account.to_owned())
    .comma(file.by_name.clone())
    .comma(file.at.as_micros())
    .comma(file.active_at.map(Timestamp::as_micros))
    .push(")")
    .run(tx)
    .await?;
    Ok(former)
}

/// Takes the file of a list and state away; gives its id.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn drop_file(tx: &mut Tx, list: &str, state: FileState) -> Result<Option<String>> {
    let row = Sql::new("DELETE FROM rules_list_file WHERE list = ")
        .bind(list.to_owned())
        .push(" AND state = ")
        .bind(state.as_str())
        .push(" RETURNING id")
        .optional_in(tx)
        .await?;
    row.map(|r| r.text("id")).transpose()
}

/// Puts the file that waits into force.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn activate(tx: &mut Tx, id: &str, at: Timestamp) -> Result<()> {
    Sql::new("UPDATE rules_list_file SET state = 'active', active_at = ")
        .bind(at.as_micros())
        .push(" WHERE id = ")
        .bind(id.to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// Takes a list away that people made.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn remove(tx: &mut Tx, list: &str) -> Result<()> {
    Sql::new("DELETE FROM rules_list WHERE id = ").bind(list.to_owned()).run(tx).await?;
    Ok(())
}

/// How often each list was met, by its id.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn hits(pool: &AnyPool, now: Timestamp) -> Result<HashMap<String, ListHits>> {
    let hour = hour_of(now);
    let mut all: HashMap<String, ListHits> = HashMap::new();
    let rows = Sql::new(
        "SELECT rule, MAX(last) AS last, CAST(SUM(CASE WHEN hour > ",
    )
    .bind(hour - 7 * 24)
    .push(" THEN hits ELSE 0 END) AS BIGINT) AS week, CAST(SUM(CASE WHEN hour > ")
    .bind(hour - 30 * 24)
    .push(" THEN hits ELSE 0 END) AS BIGINT) AS month FROM rules_hit WHERE hits > 0 AND rule LIKE 'indicator-%' GROUP BY rule")
    .all(pool)
    .await?;
    for row in &rows {
        let rule = row.text("rule")?;
        let list = rule.strip_prefix("indicator-").unwrap_or(&rule).to_owned();
        let found = ListHits {
            week: row.int("week")?,
            month: row.int("month")?,
            last: row.time_opt("last")?,
            ..ListHits::default()
        };
        all.insert(list, found);
    }
    let rows = Sql::new(
        "SELECT list, CAST(SUM(allowed) AS BIGINT) AS allowed, CAST(SUM(expired) AS BIGINT) AS expired FROM rules_list_untold WHERE hour > ",
    )
    .bind(hour - 30 * 24)
    .push(" GROUP BY list")
    .all(pool)
    .await?;
    for row in &rows {
        let hits = all.entry(row.text("list")?).or_default();
        (hits.allowed, hits.expired) = (row.int("allowed")?, row.int("expired")?);
    }
    Ok(all)
}

/// Adds indicators that were found and not told, at `now`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn add_untold(tx: &mut Tx, untold: &Untold, now: Timestamp) -> Result<()> {
    let number = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
    Sql::new("INSERT INTO rules_list_untold (list, hour, allowed, expired) VALUES (")
        .bind(untold.list.clone())
        .comma(hour_of(now))
        .comma(number(untold.allowed))
        .comma(number(untold.expired))
        .push(
            ") ON CONFLICT (list, hour) DO UPDATE SET allowed = rules_list_untold.allowed + excluded.allowed, \
             expired = rules_list_untold.expired + excluded.expired",
        )
        .run(tx)
        .await?;
    Ok(())
}

/// What people allow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnAllow {
    /// As written.
    pub text: String,
    /// Who wrote it last.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

/// What people allow; `None` when nobody wrote anything yet.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn allow(pool: &AnyPool) -> Result<Option<OwnAllow>> {
    let row = Sql::new("SELECT text, by_name, at FROM rules_allow WHERE one = 1").optional(pool).await?;
    row.map(|r| Ok(OwnAllow { text: r.text("text")?, by_name: r.text("by_name")?, at: r.time("at")? })).transpose()
}

/// Writes what people allow.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_allow(tx: &mut Tx, own: &OwnAllow) -> Result<()> {
    Sql::new("INSERT INTO rules_allow (one, text, by_name, at) VALUES (1, ")
        .bind(own.text.clone())
        .comma(own.by_name.clone())
        .comma(own.at.as_micros())
        .push(") ON CONFLICT (one) DO UPDATE SET text = excluded.text, by_name = excluded.by_name, at = excluded.at")
        .run(tx)
        .await?;
    Ok(())
}
