//! What the plan's indicators are measured from.

use crate::model::{DenominatorSet, Fact, Facts};
use crate::org::Org;
use crate::store::{self, machine::Sums};
use base_core::{Error, Result, Timestamp};

/// A machine or device counts while it was seen within so many days.
pub const SEEN_DAYS: i64 = 30;

/// Units of the set whose network stands behind a firewall device that sends its log.
///
/// A unit from which nothing at all was seen counts as unknown, not as without.
///
/// # Errors
/// `NotFound` when there is no such set.
pub async fn measure_firewalls(org: &Org, set: &str, now: Timestamp) -> Result<Facts> {
    measure(org, set, now, |sums| Fact {
        unit: sums.unit.clone(),
        numerator: i64::from(sums.firewalls > 0),
        denominator: 1,
        unknown: i64::from(sums.any_newest.is_none()),
        oldest_at: sums.firewall_newest.or(sums.any_newest),
        newest_at: sums.firewall_newest.or(sums.any_newest),
    })
    .await
}

/// Machines of the set's units with a licensed anti-virus that is on.
///
/// Out of the machines the unit declared, or those seen if these are more; machines that did not report
/// their anti-virus are unknown.
///
/// # Errors
/// `NotFound` when there is no such set.
pub async fn measure_antivirus(org: &Org, set: &str, now: Timestamp) -> Result<Facts> {
    measure(org, set, now, |sums| {
        // Servers and devices also show up as machines; only what reports its state exceeds a declaration.
        let denominator = sums.declared.map_or(sums.seen, |declared| declared.max(sums.known));
        Fact {
            unit: sums.unit.clone(),
            numerator: sums.licensed,
            denominator,
            unknown: denominator.saturating_sub(sums.known).max(0),
            oldest_at: sums.hygiene_oldest,
            newest_at: sums.hygiene_newest,
        }
    })
    .await
}

async fn measure(org: &Org, set: &str, now: Timestamp, fact: impl Fn(&Sums) -> Fact) -> Result<Facts> {
    let missing = || Error::not_found(format!("there is no set of units '{set}'; define it first"));
    let set: DenominatorSet = store::set::newest_of(&org.db, set).await?.ok_or_else(missing)?;
    let sums = store::machine::sums(&org.db, now.plus_secs(-SEEN_DAYS * 86_400)).await?;
    let facts = sums.iter().filter(|s| set.units.contains(&s.unit)).map(fact).collect();
    Ok(Facts { set, facts })
}
