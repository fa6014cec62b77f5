//! Reading the trail: who may see which acts, and that somebody looked.

use crate::ports::AuditPorts;
use base_audit::{Act, AuditRow, Broken, Filter, Signed, Verified, record_reading, search, verify_signed};
use base_authz::{Action, Caller};
use base_core::{Error, Result, Scope};
use base_db::Db;
use serde_json::json;

/// Acts on one page.
pub(crate) const PAGE: usize = 100;
/// Acts in one CSV file: what a spreadsheet still opens.
pub(crate) const CSV_ROWS: i64 = 100_000;

/// A page of acts.
pub(crate) struct Found {
    pub(crate) rows: Vec<AuditRow>,
    /// Number to go on before, when there is more.
    pub(crate) more: Option<i64>,
}

/// The newest acts that fit. Recorded as a look at the trail.
pub(crate) async fn list(db: &Db, caller: &Caller, ports: &AuditPorts, filter: &Filter) -> Result<Found> {
    let scope = caller.require(Action::AuditRead)?;
    let limit = i64::try_from(PAGE).unwrap_or(i64::MAX).saturating_add(1);
    let mut rows = search(db, &scope, filter, limit).await?;
    let more = rows.len() > PAGE;
    rows.truncate(PAGE);
    let more = rows.last().filter(|_| more).map(|r| r.seq);
    looked(db, caller, ports, "trail").await?;
    Ok(Found { rows, more })
}

/// One act, and the numbers of its neighbours in the person's scope.
pub(crate) async fn one(db: &Db, caller: &Caller, ports: &AuditPorts, seq: i64) -> Result<AuditRow> {
    let scope = caller.require(Action::AuditRead)?;
    let filter = Filter { before: Some(seq.saturating_add(1)), ..Filter::default() };
    let found = search(db, &scope, &filter, 1).await?.into_iter().find(|r| r.seq == seq);
    let found = found.ok_or_else(|| Error::not_found("there is no such act"))?;
    looked(db, caller, ports, "act").await?;
    Ok(found)
}

/// The acts that fit, for a file. Always recorded, with what was asked for.
pub(crate) async fn export(db: &Db, caller: &Caller, filter: &Filter) -> Result<Vec<AuditRow>> {
    let scope = caller.require(Action::AuditRead)?;
    let asked = json!({
        "from": filter.from.map(|t| t.to_string()), "until": filter.until.map(|t| t.to_string()),
        "account": filter.account, "action": filter.action, "object_kind": filter.object_kind,
        "object_id": filter.object_id, "unit": filter.unit, "format": "csv",
    });
    record_reading(db, caller, Act::new("audit.export", "audit", "trail").change(None, Some(asked))).await?;
    search(db, &scope, filter, CSV_ROWS).await
}

/// Leave to take the whole trail away. Always recorded.
pub(crate) async fn export_whole(db: &Db, caller: &Caller) -> Result<()> {
    whole(caller)?;
    let asked = json!({ "format": "ndjson", "whole": true });
    record_reading(db, caller, Act::new("audit.export", "audit", "trail").change(None, Some(asked))).await
}

/// What a verification found.
pub(crate) struct Check {
    pub(crate) verdict: std::result::Result<Verified, Broken>,
    pub(crate) checkpoints: Vec<Signed>,
}

/// Walks the whole trail. Recorded.
pub(crate) async fn verify(db: &Db, caller: &Caller, ports: &AuditPorts) -> Result<Check> {
    whole(caller)?;
    let verdict = verify_signed(db, ports.signer.key(), &[]).await?;
    let said = match &verdict {
        Ok(whole) => json!({ "whole": true, "acts": whole.acts, "signed": whole.signed }),
        Err(broken) => json!({ "whole": false, "entry": broken.seq, "reason": broken.to_string() }),
    };
    record_reading(db, caller, Act::new("audit.verify", "audit", "trail").change(None, Some(said))).await?;
    Ok(Check { verdict, checkpoints: base_audit::newest_checkpoints(db, 60).await? })
}

/// The whole trail is for those whose right covers the province; others must not learn that it exists.
fn whole(caller: &Caller) -> Result<()> {
    match caller.require(Action::AuditRead)? {
        scope if scope == Scope::province() => Ok(()),
        _ => Err(Error::not_found("there is no such page")),
    }
}

/// Whether the person may see the whole trail: for showing or hiding what leads there.
pub(crate) fn may_see_whole(caller: &Caller) -> bool {
    whole(caller).is_ok()
}

async fn looked(db: &Db, caller: &Caller, ports: &AuditPorts, what: &'static str) -> Result<()> {
    if ports.readings.is_new(&caller.principal.account, what, caller.now) {
        record_reading(db, caller, Act::new("audit.read", "audit", what)).await?;
    }
    Ok(())
}
