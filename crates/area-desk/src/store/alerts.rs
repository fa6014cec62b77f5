//! Table `desk_alert`: reading with a scope, and the change of state.

use crate::model::listing::{EXPORT_ROWS, PAGE_ROWS};
use crate::model::{Alert, AttackLink, Entity, ListRequest, Page, RuleSnapshot, Sort, SortKey, State};
use base_core::fold::fold;
use base_core::{AccountId, AlertId, Error, Result, Scope, Severity, Timestamp, UnitId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT id, rule, rule_digest, title, severity, unit, entity_kind, entity_name, host, explain, \
     state, version, holder_name, raised_at, updated_at, first_seen, last_seen, detections FROM desk_alert \
     WHERE 1 = 1";

/// Reads an alert out of a row of [`COLUMNS`].
fn read(row: &AnyRow) -> Result<Alert> {
    let explain = row.text("explain")?;
    Ok(Alert {
        id: AlertId::new(row.text("id")?),
        rule: row.text("rule")?,
        rule_digest: row.text("rule_digest")?,
        title: row.text("title")?,
        severity: Severity::from_rank(row.int("severity")?).unwrap_or(Severity::Medium),
        unit: row.text_opt("unit")?.map(UnitId::new),
        entity: Entity { kind: row.text("entity_kind")?, name: row.text("entity_name")? },
        host: row.text_opt("host")?,
        explain: serde_json::from_str(&explain).map_err(Error::bug)?,
        state: State::parse(&row.text("state")?).unwrap_or(State::New),
        version: row.int("version")?,
        holder_name: row.text_opt("holder_name")?,
        raised_at: row.time("raised_at")?,
        updated_at: row.time("updated_at")?,
        first_seen: row.time("first_seen")?,
        last_seen: row.time("last_seen")?,
        detections: row.int("detections")?,
    })
}

/// One alert within the scope.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get(pool: &AnyPool, scope: &Scope, id: &AlertId) -> Result<Option<Alert>> {
    let query = Sql::new(COLUMNS).push(" AND id = ").bind(id.as_str().to_owned()).scope("unit", scope);
    query.optional(pool).await?.as_ref().map(read).transpose()
}

/// One alert within the scope, seen from inside a write transaction.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn get_in(tx: &mut Tx, scope: &Scope, id: &AlertId) -> Result<Option<Alert>> {
    let query = Sql::new(COLUMNS).push(" AND id = ").bind(id.as_str().to_owned()).scope("unit", scope);
    query.optional_in(tx).await?.as_ref().map(read).transpose()
}

/// Pattern for LIKE that finds `text` anywhere, with the wild cards in it taken literally.
pub(crate) fn like(text: &str) -> String {
    let mut pattern = String::with_capacity(text.len() + 2);
    pattern.push('%');
    for c in text.chars() {
        if matches!(c, '%' | '_' | '\\') {
            pattern.push('\\');
        }
        pattern.push(c);
    }
    pattern.push('%');
    pattern
}

fn filtered(start: &'static str, scope: &Scope, request: &ListRequest) -> Sql {
    let words: Vec<String> = fold(&request.text).split_whitespace().take(8).map(like).collect();
    let mut sql = Sql::new(start)
        .scope("unit", scope)
        .when(!request.severities.is_empty(), |q| {
            q.push(" AND severity IN ").bind_list(request.severities.iter().map(|s| s.rank()))
        })
        .when(!request.states.is_empty(), |q| {
            q.push(" AND state IN ").bind_list(request.states.iter().map(|s| s.as_str()))
        });
    if let Some(unit) = &request.unit {
        sql = sql.push(" AND unit = ").bind(unit.as_str().to_owned());
    }
    if request.no_unit {
        sql = sql.push(" AND unit IS NULL");
    }
    if let Some(rule) = &request.rule {
        sql = sql.push(" AND rule = ").bind(rule.clone());
    }
    if let Some(from) = request.from {
        sql = sql.push(" AND raised_at >= ").bind(from.as_micros());
    }
    if let Some(until) = request.until {
        sql = sql.push(" AND raised_at < ").bind(until.as_micros());
    }
    for word in words {
        sql = sql.push(" AND search_text LIKE ").bind(word).push(r" ESCAPE '\'");
    }
    sql
}

const fn order(sort: Sort) -> &'static str {
    match (sort.key, sort.descending) {
        (SortKey::Raised, true) => " ORDER BY raised_at DESC, id DESC",
        (SortKey::Raised, false) => " ORDER BY raised_at, id",
        (SortKey::Severity, true) => " ORDER BY severity DESC, raised_at DESC, id DESC",
        (SortKey::Severity, false) => " ORDER BY severity, raised_at DESC, id DESC",
        (SortKey::Count, true) => " ORDER BY detections DESC, id DESC",
        (SortKey::Count, false) => " ORDER BY detections, id DESC",
        (SortKey::LastSeen, true) => " ORDER BY last_seen DESC, id DESC",
        (SortKey::LastSeen, false) => " ORDER BY last_seen, id",
        (SortKey::Title, true) => " ORDER BY title DESC, raised_at DESC, id DESC",
        (SortKey::Title, false) => " ORDER BY title, raised_at DESC, id DESC",
        (SortKey::Entity, true) => " ORDER BY entity_name DESC, raised_at DESC, id DESC",
        (SortKey::Entity, false) => " ORDER BY entity_name, raised_at DESC, id DESC",
    }
}

/// One page of the list and the number of rows over all pages.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn list(pool: &AnyPool, scope: &Scope, request: &ListRequest) -> Result<Page<Alert>> {
    let total = filtered("SELECT COUNT(*) FROM desk_alert WHERE 1 = 1", scope, request).count(pool).await?;
    let rows = filtered(COLUMNS, scope, request)
        .push(order(request.sort))
        .page(PAGE_ROWS, request.offset.max(0))
        .all(pool)
        .await?;
    Ok(Page { rows: rows.iter().map(read).collect::<Result<_>>()?, total })
}

/// Alerts a quick search looks through: the newest within the scope. So its cost has an end, however many there are.
pub(crate) const LOOKED_THROUGH: i64 = 20_000;

/// Alerts among the newest that have all of `patterns` in what the list searches, newest first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn find(pool: &AnyPool, scope: &Scope, patterns: &[String], most: usize) -> Result<Vec<Alert>> {
    let mut sql = Sql::new("SELECT n.id FROM (SELECT id, raised_at, search_text FROM desk_alert WHERE 1 = 1")
        .scope("unit", scope)
        .push(" ORDER BY raised_at DESC, id DESC LIMIT ")
        .bind(LOOKED_THROUGH)
        .push(") AS n WHERE 1 = 1");
    for pattern in patterns {
        sql = sql.push(" AND n.search_text LIKE ").bind(pattern).push(r" ESCAPE '\'");
    }
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let rows = sql.push(" ORDER BY n.raised_at DESC, n.id DESC LIMIT ").bind(most).all(pool).await?;
    let ids = rows.iter().map(|r| r.text("id")).collect::<Result<Vec<_>>>()?;
    let rows = Sql::new(COLUMNS).push(" AND id IN ").bind_list(ids).scope("unit", scope);
    let rows = rows.push(" ORDER BY raised_at DESC, id DESC").all(pool).await?;
    rows.iter().map(read).collect()
}

/// The account that has taken an alert up.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn holder(tx: &mut Tx, scope: &Scope, id: &AlertId) -> Result<Option<AccountId>> {
    let sql = Sql::new("SELECT holder FROM desk_alert WHERE id = ").bind(id.as_str()).scope("unit", scope);
    let row = sql.optional_in(tx).await?;
    Ok(row.map_or(Ok(None), |r| r.text_opt("holder"))?.map(AccountId::new))
}

/// The rows of the list from `offset` on, for an export, at most [`EXPORT_ROWS`] in all.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn export(pool: &AnyPool, scope: &Scope, request: &ListRequest) -> Result<Vec<Alert>> {
    let sql = filtered(COLUMNS, scope, request).push(order(request.sort)).page(EXPORT_ROWS, 0);
    sql.all(pool).await?.iter().map(read).collect()
}

/// Sets the state. `false` when the alert has changed since `version`.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_state(
    tx: &mut Tx,
    alert: &Alert,
    to: State,
    holder: Option<(&str, &str)>,
    now: Timestamp,
) -> Result<bool> {
    let touched = Sql::new("UPDATE desk_alert SET state = ")
        .bind(to.as_str())
        .push(", holder = ")
        .bind(holder.map(|h| h.0.to_owned()))
        .push(", holder_name = ")
        .bind(holder.map(|h| h.1.to_owned()))
        .push(", updated_at = ")
        .bind(now.as_micros())
        .push(", version = version + 1 WHERE id = ")
        .bind(alert.id.as_str().to_owned())
        .push(" AND version = ")
        .bind(alert.version)
        .run(tx)
        .await?;
    Ok(touched == 1)
}

/// The rule text that raised an alert.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn rule(pool: &AnyPool, rule: &str, digest: &str) -> Result<Option<RuleSnapshot>> {
    let row = Sql::new("SELECT title, severity, file, source_text, attack FROM desk_rule WHERE rule = ")
        .bind(rule.to_owned())
        .push(" AND digest = ")
        .bind(digest.to_owned())
        .optional(pool)
        .await?;
    let Some(row) = row else { return Ok(None) };
    let attack: Vec<AttackLink> = serde_json::from_str(&row.text("attack")?).map_err(Error::bug)?;
    Ok(Some(RuleSnapshot {
        id: rule.to_owned(),
        digest: digest.to_owned(),
        title: row.text("title")?,
        severity: Severity::from_rank(row.int("severity")?).unwrap_or(Severity::Medium),
        file: row.text("file")?,
        source_text: row.text("source_text")?,
        attack,
    }))
}

/// Ids and titles of the rules that raised alerts within the scope, for the filter. Rules are
/// few: each is looked up in the alerts once.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn rules_seen(pool: &AnyPool, scope: &Scope) -> Result<Vec<(String, String)>> {
    let rows = Sql::new(
        "SELECT r.rule AS rule, MAX(r.title) AS title FROM desk_rule r WHERE EXISTS \
         (SELECT 1 FROM desk_alert a WHERE a.rule = r.rule",
    )
    .scope("a.unit", scope)
    .push(") GROUP BY r.rule ORDER BY 2 LIMIT 5000")
    .all(pool)
    .await?;
    rows.iter().map(|r| Ok((r.text("rule")?, r.text("title")?))).collect()
}

#[cfg(test)]
mod tests {
    use super::like;

    #[test]
    fn wild_cards_of_a_person_are_literal() {
        assert_eq!(like(r"50%_a\b"), r"%50\%\_a\\b%");
    }
}
