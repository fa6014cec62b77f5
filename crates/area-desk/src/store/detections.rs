//! Tables `desk_rule` and `desk_detection`, and the making and growing of alerts.

use crate::model::detection::{EVIDENCE_PER_ALERT, GROUP_SECS};
use crate::model::{Evidence, NewDetection, RuleSnapshot, State};
use base_core::fold::fold;
use base_core::{AlertId, Error, Result, Timestamp};
use base_db::{AnyPool, RowExt, Sql, Tx};

/// Whether a detection with this key has been taken in already.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn known(tx: &mut Tx, key: &str) -> Result<bool> {
    Ok(alert_of(tx, key).await?.is_some())
}

/// The alert that the detection with this key belongs to.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn alert_of(tx: &mut Tx, key: &str) -> Result<Option<AlertId>> {
    let row =
        Sql::new("SELECT alert FROM desk_detection WHERE detection = ").bind(key.to_owned()).optional_in(tx).await?;
    row.map(|r| Ok(AlertId::new(r.text("alert")?))).transpose()
}

/// An open alert that a repeat belongs to.
#[derive(Debug)]
pub(crate) struct OpenGroup {
    /// The alert.
    pub(crate) alert: AlertId,
    /// How many detections it has.
    pub(crate) detections: i64,
}

/// The alert that `detection` repeats: same rule, unit and entity, not closed, within the span.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn group_of(tx: &mut Tx, detection: &NewDetection) -> Result<Option<OpenGroup>> {
    let row = Sql::new("SELECT id, detections FROM desk_alert WHERE group_key = ")
        .bind(detection.group_key())
        .push(" AND last_seen >= ")
        .bind(detection.time.plus_secs(-GROUP_SECS).as_micros())
        .push(" AND first_seen <= ")
        .bind(detection.time.plus_secs(GROUP_SECS).as_micros())
        .push(" AND state IN ")
        .bind_list([State::New.as_str(), State::Looking.as_str()])
        .push(" ORDER BY last_seen DESC LIMIT 1")
        .optional_in(tx)
        .await?;
    row.map(|r| Ok(OpenGroup { alert: AlertId::new(r.text("id")?), detections: r.int("detections")? })).transpose()
}

/// Makes an alert out of its first detection.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert_alert(tx: &mut Tx, id: &AlertId, d: &NewDetection, now: Timestamp) -> Result<()> {
    let explain = serde_json::to_string(&d.explain).map_err(Error::bug)?;
    let search = fold(&format!(
        "{} {} {} {} {} {}",
        d.rule.title,
        d.entity_name,
        d.host.as_deref().unwrap_or_default(),
        d.rule.id,
        d.explain.vi.what,
        d.explain.en.what
    ));
    Sql::new(
        "INSERT INTO desk_alert (id, rule, rule_digest, title, severity, unit, entity_kind, entity_name, group_key, \
         host, explain, search_text, state, version, raised_at, updated_at, first_seen, last_seen, detections) VALUES ",
    )
    .push("(")
    .bind(id.as_str().to_owned())
    .comma(d.rule.id.clone())
    .comma(d.rule.digest.clone())
    .comma(d.rule.title.clone())
    .comma(d.rule.severity.rank())
    .comma(d.unit.as_ref().map(|u| u.as_str().to_owned()))
    .comma(d.entity_kind.clone())
    .comma(d.entity_name.clone())
    .comma(d.group_key())
    .comma(d.host.clone())
    .comma(explain)
    .comma(search)
    .comma(State::New.as_str())
    .push(", 1, ")
    .bind(now.as_micros())
    .comma(now.as_micros())
    .comma(d.time.as_micros())
    .comma(d.time.as_micros())
    .push(", 1)")
    .run(tx)
    .await?;
    Ok(())
}

/// Counts a repeat on its alert. The version stays: a form a person has open is still good.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn grow_alert(tx: &mut Tx, alert: &AlertId, time: Timestamp, now: Timestamp) -> Result<()> {
    let at = time.as_micros();
    Sql::new("UPDATE desk_alert SET detections = detections + 1, updated_at = ")
        .bind(now.as_micros())
        .push(", first_seen = CASE WHEN first_seen > ")
        .bind(at)
        .push(" THEN ")
        .bind(at)
        .push(" ELSE first_seen END, last_seen = CASE WHEN last_seen < ")
        .bind(at)
        .push(" THEN ")
        .bind(at)
        .push(" ELSE last_seen END WHERE id = ")
        .bind(alert.as_str().to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// Writes the detection itself; the first few of an alert with their evidence.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert_detection(tx: &mut Tx, alert: &AlertId, position: i64, d: &NewDetection) -> Result<()> {
    let evidence = if position < EVIDENCE_PER_ALERT {
        Some(serde_json::to_string(&d.evidence).map_err(Error::bug)?)
    } else {
        None
    };
    Sql::new("INSERT INTO desk_detection (detection, alert, time, position, evidence) VALUES (")
        .bind(d.key.clone())
        .comma(alert.as_str().to_owned())
        .comma(d.time.as_micros())
        .comma(position)
        .comma(evidence)
        .push(")")
        .run(tx)
        .await?;
    Ok(())
}

/// Keeps the text of a rule, once per version.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn keep_rule(tx: &mut Tx, rule: &RuleSnapshot, now: Timestamp) -> Result<()> {
    let attack = serde_json::to_string(&rule.attack).map_err(Error::bug)?;
    Sql::new("INSERT INTO desk_rule (rule, digest, title, severity, file, source_text, attack, first_seen) VALUES (")
        .bind(rule.id.clone())
        .comma(rule.digest.clone())
        .comma(rule.title.clone())
        .comma(rule.severity.rank())
        .comma(rule.file.clone())
        .comma(rule.source_text.clone())
        .comma(attack)
        .comma(now.as_micros())
        .push(") ON CONFLICT (rule, digest) DO NOTHING")
        .run(tx)
        .await?;
    Ok(())
}

/// The evidence kept for an alert, first detection first. The caller has read the alert
/// with a scope: the id is proof of that.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn evidence(pool: &AnyPool, alert: &AlertId) -> Result<Vec<Evidence>> {
    let rows = Sql::new("SELECT evidence FROM desk_detection WHERE evidence IS NOT NULL AND alert = ")
        .bind(alert.as_str().to_owned())
        .push(" ORDER BY position")
        .all(pool)
        .await?;
    rows.iter().map(|r| serde_json::from_str(&r.text("evidence")?).map_err(Error::bug)).collect()
}
