//! How what stands beside the Sigma rules fares: behaviours and lists of indicators.

use super::indicator_list::Standing;
use super::liveness::{Liveness, Observed, correlated, entry, flags, liveness};
use super::{Flag, SourceCount};
use engine_detect::RuleInfo;
use engine_detect::behaviours::Behaviours;
use std::sync::Arc;

/// A list that has values, as the rule list shows it.
#[derive(Clone, Debug)]
pub struct LiveList {
    /// The rule that stands for it.
    pub info: Arc<RuleInfo>,
    /// Whether it is switched on.
    pub is_on: bool,
    /// How far it is on its way into memory.
    pub standing: Standing,
}

/// How each behaviour fares, in the order of their files.
#[must_use]
pub fn of_behaviours(behaviours: &Behaviours, observed: &Observed) -> Vec<Liveness> {
    if behaviours.is_empty() {
        return Vec::new();
    }
    // The rules that select events live on their log sources, as any rule does.
    let rules = liveness(behaviours.pack(), observed);
    let one = |info: &Arc<RuleInfo>| {
        let steps: Vec<&Liveness> =
            behaviours.rules_of(&info.id).into_iter().filter_map(|rule| rules.get(rule.index())).collect();
        let mut made = correlated(info, observed, &steps, behaviours.is_sequence(&info.id));
        // Steps have no page of their own.
        made.built_on = Vec::new();
        made.behaviour = observed.behaviours.iter().find(|b| *b.id == *info.id).cloned();
        made.flags = flags(&made, behaviours.pack());
        made
    };
    behaviours.infos().map(one).collect()
}

/// How lists of indicators fare: they look at every event, and live as long as any comes.
#[must_use]
pub fn of_lists(lists: &[LiveList], observed: &Observed) -> Vec<Liveness> {
    let day = observed.sources.values().map(|c| c.day).sum();
    let week = observed.sources.values().map(|c| c.week).sum();
    let one = |list: &LiveList| {
        let mut made = entry(&list.info, observed, SourceCount { day, week }, Vec::new(), Vec::new());
        made.flags = Flag::ALL
            .into_iter()
            .filter(|flag| match flag {
                Flag::Off => made.off.is_some() || !list.is_on,
                // A list that is not in memory finds nothing, however many events come.
                Flag::Dead => day == 0 || matches!(list.standing, Standing::Failed(_)),
                Flag::Starved | Flag::Shadowed => false,
                Flag::Noisy => made.is_noisy(),
            })
            .collect();
        made.list = Some(list.standing.clone());
        made
    };
    lists.iter().map(one).collect()
}
