//! What the pipeline saw of machines and devices.

use crate::model::{ObservedDevice, ObservedMachine};
use crate::org::{Org, Written};
use crate::store;
use base_core::{Result, UnitId};
use base_db::Tx;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, PoisonError};

/// A machine that goes on being seen is written at most once in so many seconds; hygiene that differs, at once.
const WRITE_EVERY_SECS: i64 = 300;
/// Longest host name, address or product kept, in characters (RFC 1035: 255).
const MAX_TEXT: usize = 255;
/// Machines remembered; beyond that the memory starts anew and some rows are written once more.
const MAX_REMEMBERED: usize = 200_000;

/// Keeps the machines of a batch, within the transaction of the batch. Sights of the same machine are merged
/// first; machines of units that do not exist are left out.
///
/// # Errors
/// When the database refuses.
pub async fn observe_machines(org: &Org, tx: &mut Tx, batch: &[ObservedMachine]) -> Result<()> {
    let mut merged: HashMap<(UnitId, String), ObservedMachine> = HashMap::new();
    for seen in batch {
        let host = host_key(&seen.host);
        if host.is_empty() {
            continue;
        }
        merged
            .entry((seen.unit.clone(), host.clone()))
            .and_modify(|kept| merge(kept, seen))
            .or_insert_with(|| ObservedMachine { host, ..bounded(seen) });
    }
    let due: Vec<((UnitId, String), ObservedMachine)> = {
        let written = org.written.lock().unwrap_or_else(PoisonError::into_inner);
        merged.into_iter().filter(|(key, seen)| is_due(written.get(key).copied(), seen)).collect()
    };
    for (_, seen) in &due {
        store::machine::upsert(tx, seen).await?;
    }
    // Remembered only once it is committed: a rolled-back batch comes again and must be written then.
    let memory = Arc::clone(&org.written);
    tx.after_commit(move || {
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        if memory.len() > MAX_REMEMBERED {
            memory.clear();
        }
        for (key, seen) in due {
            let hygiene = match (fingerprint(&seen), memory.get(&key)) {
                (0, Some(before)) => before.hygiene,
                (fresh, _) => fresh,
            };
            memory.insert(key, Written { at: seen.at, hygiene });
        }
    });
    Ok(())
}

/// Keeps the network devices of a batch, within the transaction of the batch.
///
/// # Errors
/// When the database refuses.
pub async fn observe_devices(tx: &mut Tx, batch: &[ObservedDevice]) -> Result<()> {
    let mut newest: HashMap<(UnitId, String, &'static str), ObservedDevice> = HashMap::new();
    for seen in batch {
        let host = host_key(&seen.host);
        if host.is_empty() {
            continue;
        }
        let seen = ObservedDevice { host: host.clone(), product: seen.product.as_deref().map(cut), ..seen.clone() };
        newest
            .entry((seen.unit.clone(), host, seen.kind))
            .and_modify(|kept| {
                kept.at = kept.at.max(seen.at);
                kept.product = seen.product.clone().or_else(|| kept.product.take());
            })
            .or_insert(seen);
    }
    for seen in newest.values() {
        store::machine::upsert_device(tx, seen).await?;
    }
    Ok(())
}

/// Windows says `PC-01` in one event and `pc-01.snv.example` in the next: one machine of the unit, so the first
/// label in lower case. An address stays whole.
fn host_key(host: &str) -> String {
    let host = host.trim();
    let label = match host.parse::<std::net::IpAddr>() {
        Ok(_) => host,
        Err(_) => host.split('.').next().unwrap_or(host),
    };
    cut(label).to_lowercase()
}

fn cut(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(MAX_TEXT).collect()
}

fn bounded(seen: &ObservedMachine) -> ObservedMachine {
    ObservedMachine {
        ip: seen.ip.as_deref().map(cut),
        os: seen.os.as_deref().map(cut),
        av_product: seen.av_product.as_deref().map(cut),
        ..seen.clone()
    }
}

/// The later of two sights wins field by field; what it does not say stays.
fn merge(kept: &mut ObservedMachine, seen: &ObservedMachine) {
    let seen = bounded(seen);
    let (later, earlier) = if seen.at >= kept.at { (seen, kept.clone()) } else { (kept.clone(), seen) };
    *kept = ObservedMachine {
        unit: kept.unit.clone(),
        host: kept.host.clone(),
        at: later.at,
        ip: later.ip.or(earlier.ip),
        os: later.os.or(earlier.os),
        av_product: later.av_product.or(earlier.av_product),
        av_licence: later.av_licence.or(earlier.av_licence),
        av_enabled: later.av_enabled.or(earlier.av_enabled),
        firewall_enabled: later.firewall_enabled.or(earlier.firewall_enabled),
    };
}

fn is_due(before: Option<Written>, seen: &ObservedMachine) -> bool {
    let Some(before) = before else { return true };
    let hygiene = fingerprint(seen);
    (hygiene != 0 && hygiene != before.hygiene) || seen.at >= before.at.plus_secs(WRITE_EVERY_SECS)
}

/// Tells hygiene states apart within this process; 0 = none reported.
fn fingerprint(seen: &ObservedMachine) -> u64 {
    if !seen.has_hygiene() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    (&seen.av_product, seen.av_licence.map(crate::model::Licence::as_str), seen.av_enabled, seen.firewall_enabled)
        .hash(&mut hasher);
    hasher.finish().max(1)
}
