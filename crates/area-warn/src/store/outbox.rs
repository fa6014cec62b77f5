//! Table `warn_outbox`: mail is put in with the warning, in one transaction, and sent by a job.

use crate::model::outbox::{MAX_ATTEMPTS, back_off_secs};
use crate::model::{MailKind, MailState, OutboxMail};
use base_core::{Result, Scope, Timestamp, UnitId, WarningId};
use base_db::{AnyPool, AnyRow, RowExt, Sql, Tx};

const COLUMNS: &str = "SELECT id, warning, unit, kind, to_name, to_address, subject, body, state, attempts, next_at, \
     last_error, created_at, sent_at FROM warn_outbox WHERE 1 = 1";

fn read(row: &AnyRow) -> Result<OutboxMail> {
    Ok(OutboxMail {
        id: row.text("id")?,
        warning: WarningId::new(row.text("warning")?),
        unit: UnitId::new(row.text("unit")?),
        kind: MailKind::parse(&row.text("kind")?),
        to_name: row.text("to_name")?,
        to_address: row.text("to_address")?,
        subject: row.text("subject")?,
        body: row.text("body")?,
        state: MailState::parse(&row.text("state")?),
        attempts: row.int("attempts")?,
        next_at: row.time("next_at")?,
        last_error: row.text_opt("last_error")?,
        created_at: row.time("created_at")?,
        sent_at: row.time_opt("sent_at")?,
    })
}

/// Puts a mail in.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn insert(tx: &mut Tx, mail: &OutboxMail) -> Result<()> {
    Sql::new(
        "INSERT INTO warn_outbox (id, warning, unit, kind, to_name, to_address, subject, body, state, attempts, \
         next_at, created_at) VALUES (",
    )
    .bind(mail.id.clone())
    .comma(mail.warning.as_str().to_owned())
    .comma(mail.unit.as_str().to_owned())
    .comma(mail.kind.as_str())
    .comma(mail.to_name.clone())
    .comma(mail.to_address.clone())
    .comma(mail.subject.clone())
    .comma(mail.body.clone())
    .comma(mail.state.as_str())
    .comma(mail.attempts)
    .comma(mail.next_at.as_micros())
    .comma(mail.created_at.as_micros())
    .push(")")
    .run(tx)
    .await?;
    Ok(())
}

/// Mail to be tried now, first put in first. A system job: it sends for every unit.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn due(pool: &AnyPool, scope: &Scope, now: Timestamp) -> Result<Vec<OutboxMail>> {
    let sql = Sql::new(COLUMNS)
        .push(" AND state = 'waiting' AND next_at <= ")
        .bind(now.as_micros())
        .scope("unit", scope)
        .push(" ORDER BY id LIMIT 100");
    sql.all(pool).await?.iter().map(read).collect()
}

/// Mails of one warning within the scope, first put in first.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn of_warning(pool: &AnyPool, scope: &Scope, id: &WarningId) -> Result<Vec<OutboxMail>> {
    let sql = Sql::new(COLUMNS)
        .push(" AND warning = ")
        .bind(id.as_str().to_owned())
        .scope("unit", scope)
        .push(" ORDER BY id LIMIT 200");
    sql.all(pool).await?.iter().map(read).collect()
}

/// How many mails wait although they were tried, and how many were given up.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn trouble(pool: &AnyPool, scope: &Scope) -> Result<(i64, i64)> {
    let waiting = Sql::new("SELECT COUNT(*) FROM warn_outbox WHERE state = 'waiting' AND attempts > 0");
    let failed = Sql::new("SELECT COUNT(*) FROM warn_outbox WHERE state = 'failed'");
    Ok((waiting.scope("unit", scope).count(pool).await?, failed.scope("unit", scope).count(pool).await?))
}

/// A mail server took it.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_sent(tx: &mut Tx, id: &str, now: Timestamp) -> Result<()> {
    Sql::new("UPDATE warn_outbox SET state = 'sent', attempts = attempts + 1, last_error = NULL, sent_at = ")
        .bind(now.as_micros())
        .push(" WHERE id = ")
        .bind(id.to_owned())
        .run(tx)
        .await?;
    Ok(())
}

/// It could not be sent: tried again later, or given up when `lasting` or tried too often.
/// Returns the state it has now.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn set_failed(
    tx: &mut Tx,
    mail: &OutboxMail,
    error: &str,
    lasting: bool,
    now: Timestamp,
) -> Result<MailState> {
    let attempts = mail.attempts + 1;
    let state = if lasting || attempts >= MAX_ATTEMPTS { MailState::Failed } else { MailState::Waiting };
    Sql::new("UPDATE warn_outbox SET state = ")
        .bind(state.as_str())
        .push(", attempts = ")
        .bind(attempts)
        .push(", next_at = ")
        .bind(now.plus_secs(back_off_secs(attempts)).as_micros())
        .push(", last_error = ")
        .bind(error.to_owned())
        .push(" WHERE id = ")
        .bind(mail.id.clone())
        .run(tx)
        .await?;
    Ok(state)
}

/// Puts what has not been sent of a warning back into the queue; how many mails.
///
/// # Errors
/// When the database does not answer.
pub(crate) async fn requeue(tx: &mut Tx, id: &WarningId, now: Timestamp) -> Result<u64> {
    Sql::new("UPDATE warn_outbox SET state = 'waiting', attempts = 0, next_at = ")
        .bind(now.as_micros())
        .push(" WHERE state <> 'sent' AND warning = ")
        .bind(id.as_str().to_owned())
        .run(tx)
        .await
}
