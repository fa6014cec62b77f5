//! A denominator set: a new version when its members or names change.

use crate::model::{DenominatorSet, Members, NewSet};
use crate::org::Org;
use crate::store;
use base_audit::{Act, record};
use base_authz::{Action, Caller};
use base_core::{Error, Result, UnitId};
use base_web::ports::UnitDirectory;
use serde_json::json;

/// Defines the set `code` as these units (by code). As [`make_set`] by hand.
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
    let new = NewSet {
        code: code.to_owned(),
        name_vi: names.0.to_owned(),
        name_en: names.1.to_owned(),
        note: note.unwrap_or_default().to_owned(),
        members: Members::Hand(units.to_vec()),
    };
    make_set(org, caller, &new).await
}

/// Makes a version of a set. Nothing happens when it is so already; otherwise a new version is made and the old ones
/// stay, so that an old percentage still says of what it was one. A version is never changed.
///
/// # Errors
/// `Forbidden`; `Invalid` with codes per field, also when no unit would be in it.
pub async fn make_set(org: &Org, caller: &Caller, new: &NewSet) -> Result<DenominatorSet> {
    let scope = caller.require(Action::UnitsManage)?;
    if scope.as_units().is_some() {
        // A set is of the province; who answers for one unit does not define what others are measured by.
        return Err(Error::not_found("there is no such set"));
    }
    new.check()?;
    let (mut members, rule) = match &new.members {
        Members::Hand(codes) => {
            let resolve = |code: &String| {
                let unknown = || Error::invalid("units", format!("unit-unknown|{code}"));
                org.resolve_code(code).map(|u| u.id).ok_or_else(unknown)
            };
            (codes.iter().map(resolve).collect::<Result<Vec<UnitId>>>()?, None)
        }
        Members::Rule(rule) => (rule.members(&org.timeline()), Some(rule.clone())),
    };
    members.sort();
    members.dedup();
    if members.is_empty() {
        return Err(Error::invalid(if rule.is_some() { "blocks" } else { "units" }, "set-empty"));
    }
    let before = store::set::newest_of(&org.db, &new.code).await?;
    let names = (new.name_vi.trim(), new.name_en.trim());
    if let Some(before) = &before {
        let mut same = before.units.clone();
        same.sort();
        if same == members && (before.name_vi.as_str(), before.name_en.as_str()) == names && before.rule == rule {
            return Ok(before.clone());
        }
    }
    let set = DenominatorSet {
        code: new.code.clone(),
        version: before.as_ref().map_or(1, |b| b.version.saturating_add(1)),
        name_vi: names.0.to_owned(),
        name_en: names.1.to_owned(),
        note: Some(new.note.trim().to_owned()).filter(|n| !n.is_empty()),
        made_at: caller.now,
        made_by: Some(caller.principal.name.clone()),
        rule,
        units: members,
    };
    let mut tx = org.db.begin().await?;
    store::set::insert(&mut tx, &set).await?;
    let count = |s: &DenominatorSet| json!({"version": s.version, "units": s.units.len(), "by_rule": s.rule.is_some()});
    let act = Act::new("units.define_set", "set", &set.code).change(before.as_ref().map(count), Some(count(&set)));
    record(&mut tx, caller, act).await?;
    tx.commit().await?;
    Ok(set)
}
