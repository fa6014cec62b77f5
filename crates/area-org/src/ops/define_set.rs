//! A denominator set: a new version when its members or names change.

use crate::model::DenominatorSet;
use crate::org::Org;
use crate::store;
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Result, UnitId};
use base_web::ports::UnitDirectory;
use serde_json::json;

/// Defines the set `code` as these units (by code). Nothing happens when it is so already; otherwise a new
/// version is made and the old ones stay, so that an old percentage still says of what it was one.
///
/// # Errors
/// `Forbidden`, or `Invalid` naming the code of a unit that does not exist.
pub async fn define_set(
    org: &Org,
    caller: &Caller,
    code: &str,
    names: (&str, &str),
    note: Option<&str>,
    units: &[String],
) -> Result<DenominatorSet> {
    caller.require(Action::UnitsManage)?;
    let resolve = |code: &String| {
        let unknown = || Error::invalid("units", format!("there is no unit '{code}'"));
        org.resolve_code(code).map(|u| u.id).ok_or_else(unknown)
    };
    let mut members: Vec<UnitId> = units.iter().map(resolve).collect::<Result<_>>()?;
    members.sort();
    members.dedup();
    let before = store::set::newest_of(&org.db, code).await?;
    if let Some(before) = &before {
        let mut same = before.units.clone();
        same.sort();
        if same == members && (before.name_vi.as_str(), before.name_en.as_str()) == names {
            return Ok(before.clone());
        }
    }
    let set = DenominatorSet {
        code: code.to_owned(),
        version: before.as_ref().map_or(1, |b| b.version.saturating_add(1)),
        name_vi: names.0.to_owned(),
        name_en: names.1.to_owned(),
        note: note.map(str::to_owned),
        made_at: caller.now,
        units: members,
    };
    let mut tx = org.db.begin().await?;
    store::set::insert(&mut tx, &set).await?;
    let count = |s: &DenominatorSet| json!({"version": s.version, "units": s.units.len()});
    let act = Act::new("units.define_set", "set", code).change(before.as_ref().map(count), Some(count(&set)));
    record(&mut tx, caller, act).await?;
    tx.commit().await?;
    Ok(set)
}
