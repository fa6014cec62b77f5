//! Switches a rule off, with a reason, and on again.

use super::over_province;
use crate::book::RuleBook;
use crate::model::Tuning;
use crate::model::filter::MAX_REASON_CHARS;
use crate::store::{filters, switches};
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Timestamp};
use base_db::{Db, Tx};
use serde_json::json;
use std::sync::Arc;

/// Reads what is tuned, as the transaction leaves it, and hands it to the pipeline on commit.
pub(super) async fn refresh(tx: &mut Tx, book: &Arc<RuleBook>, now: Timestamp) -> Result<()> {
    let tuning = Tuning::new(switches::ids_in(tx).await?, &filters::live_in(tx, now).await?);
    let book = Arc::clone(book);
    tx.after_commit(move || book.set_tuning(tuning));
    Ok(())
}

/// Hands what is tuned to the pipeline: at the start, and from time to time, to drop what has ended.
///
/// # Errors
/// When the database does not answer.
pub async fn load_tuning(db: &Db, book: &Arc<RuleBook>, now: Timestamp) -> Result<()> {
    let mut tx = db.begin().await?;
    refresh(&mut tx, book, now).await?;
    tx.commit().await
}

/// Switches a rule off: it raises no alerts any more. Correlations that count its hits go on.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Invalid` without a reason;
/// `Conflict` when it is off.
pub async fn switch_off(db: &Db, book: &Arc<RuleBook>, caller: &Caller, rule: &str, reason: &str) -> Result<()> {
    over_province(caller, Action::RulesSwitch)?;
    known(book, rule)?;
    let reason = reason.trim();
    match reason.chars().count() {
        0..5 => return Err(Error::invalid("reason", "reason-missing")),
        n if n > MAX_REASON_CHARS => return Err(Error::invalid("reason", "reason-long")),
        _ => {}
    }
    let mut tx = db.begin().await?;
    let by = (caller.principal.account.as_str(), caller.principal.name.as_str());
    if !switches::off(&mut tx, rule, reason, by, caller.now).await? {
        return Err(Error::new(Kind::Conflict, "the rule is switched off already"));
    }
    let act = Act::new("rules.switch", "rule", rule).change(Some(json!({"on": true})), Some(json!({"on": false})));
    base_audit::record(&mut tx, caller, act.why(reason)).await?;
    refresh(&mut tx, book, caller.now).await?;
    tx.commit().await
}

/// Switches a rule on again.
///
/// # Errors
/// `Forbidden` without the right over the province; `Conflict` when it is on.
pub async fn switch_on(db: &Db, book: &Arc<RuleBook>, caller: &Caller, rule: &str) -> Result<()> {
    over_province(caller, Action::RulesSwitch)?;
    let mut tx = db.begin().await?;
    if !switches::on(&mut tx, rule).await? {
        return Err(Error::new(Kind::Conflict, "the rule is switched on already"));
    }
    let act = Act::new("rules.switch", "rule", rule).change(Some(json!({"on": false})), Some(json!({"on": true})));
    base_audit::record(&mut tx, caller, act).await?;
    refresh(&mut tx, book, caller.now).await?;
    tx.commit().await
}

/// The rule must run.
pub(super) fn known(book: &RuleBook, rule: &str) -> Result<()> {
    match book.find(rule) {
        Some(_) => Ok(()),
        None => Err(Error::not_found(format!("no rule {rule}"))),
    }
}
