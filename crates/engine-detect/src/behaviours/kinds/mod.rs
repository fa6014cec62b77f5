//! The kinds of behaviours: one file each, and the list of them.

mod baseline;
mod first_seen;
mod machine;
mod rare;
mod scan;
mod sequence;
mod travel;

pub(super) use machine::{Context, Fired, Input, Machine, State};

use super::places::Places;
use machine::Kept;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// A kind with its settings.
#[derive(Clone, Debug)]
pub(super) enum Kind {
    Baseline(baseline::Baseline),
    FirstSeen(first_seen::FirstSeen),
    Rare(rare::Rare),
    Sequence(sequence::Sequence),
    Travel(travel::Travel),
    Scan(scan::Scan),
}

/// Which values of an event a kind looks at.
#[derive(Clone, Debug, Default)]
pub(super) struct Wanted {
    /// Fields whose values together are *the* value.
    pub(super) value: Vec<String>,
    /// Field that names who showed it.
    pub(super) member: Option<String>,
    /// Field with a number; without one every event counts one.
    pub(super) amount: Option<String>,
}

/// A field, or several.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum OneOrMore {
    One(String),
    More(Vec<String>),
}

impl OneOrMore {
    pub(super) fn list(self) -> Vec<String> {
        match self {
            OneOrMore::One(one) => vec![one],
            OneOrMore::More(more) => more,
        }
    }
}

/// The names of all kinds, as content writes them.
pub(super) const NAMES: &str = "baseline, first-seen, rare, sequence, travel or scan";

impl Kind {
    /// From the name of the kind and its settings. Steps of a sequence are names of rules.
    pub(super) fn read(name: &str, settings: Value, places: &Arc<Places>) -> Result<(Kind, Wanted), String> {
        let said = |e: serde_json::Error| format!("mangrove.behaviour: {e}");
        match name {
            "baseline" => {
                baseline::read(serde_json::from_value(settings).map_err(said)?).map(|(k, w)| (Kind::Baseline(k), w))
            }
            "first-seen" => {
                first_seen::read(serde_json::from_value(settings).map_err(said)?).map(|(k, w)| (Kind::FirstSeen(k), w))
            }
            "rare" => rare::read(serde_json::from_value(settings).map_err(said)?).map(|(k, w)| (Kind::Rare(k), w)),
            "sequence" => {
                let kind = sequence::read(serde_json::from_value(settings).map_err(said)?)?;
                Ok((Kind::Sequence(kind), Wanted::default()))
            }
            "travel" => {
                let settings = serde_json::from_value(settings).map_err(said)?;
                let (kind, wanted) = travel::read(settings, places);
                Ok((Kind::Travel(kind), wanted))
            }
            "scan" => scan::read(serde_json::from_value(settings).map_err(said)?).map(|(k, w)| (Kind::Scan(k), w)),
            other => Err(format!("mangrove.behaviour: `{other}` is no kind; give {NAMES}")),
        }
    }

    /// The name by which content calls it.
    pub(super) const fn name(&self) -> &'static str {
        match self {
            Kind::Baseline(_) => "baseline",
            Kind::FirstSeen(_) => "first-seen",
            Kind::Rare(_) => "rare",
            Kind::Sequence(_) => "sequence",
            Kind::Travel(_) => "travel",
            Kind::Scan(_) => "scan",
        }
    }

    /// The rules that are the steps of a sequence.
    pub(super) fn steps(&self) -> Option<Vec<&str>> {
        match self {
            Kind::Sequence(sequence) => Some(sequence.rules()),
            _ => None,
        }
    }

    /// An empty memory for it.
    pub(super) fn machine(&self, budget: usize) -> Box<dyn Machine> {
        match self {
            Kind::Baseline(kind) => Box::new(Kept::new(kind.clone(), budget)),
            Kind::FirstSeen(kind) => Box::new(Kept::new(kind.clone(), budget)),
            Kind::Rare(kind) => Box::new(Kept::new(kind.clone(), budget)),
            Kind::Sequence(kind) => Box::new(Kept::new(kind.clone(), budget)),
            Kind::Travel(kind) => Box::new(Kept::new(kind.clone(), budget)),
            Kind::Scan(kind) => Box::new(Kept::new(kind.clone(), budget)),
        }
    }
}
