//! Whether a rule is alive: do its events come, with the fields it needs; does it fire, alone or
//! always beside another; is it right.
//!
//! | flag | says |
//! |---|---|
//! | off | a person switched it off |
//! | dead | no event of its log source came in the last day |
//! | starved | events come, but fields without which it cannot match never did |
//! | shadowed | each of its hits of a week was also one of another rule of the same or a higher level |
//! | noisy | it fires far more often, or far more often wrongly, than anybody can look at |

use super::cost::Costs;
use super::figures::Holding;
use super::indicator_list::Standing;
use base_core::Timestamp;
use engine_detect::behaviours::BehaviourStats;
use engine_detect::{RuleIdx, RuleInfo, RulePack};
use engine_event::LogSource;
use engine_sigma::{CorrelationKind, Referred};
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

/// Events of a log source below which a missing field proves nothing.
pub const STARVED_FROM: i64 = 50;
/// Hits of a week below which going along with another rule proves nothing.
pub const SHADOWED_FROM: i64 = 3;
/// Hits of a day from which a rule is noisy.
pub const NOISY_HITS: i64 = 200;
/// Closed alerts of a month from which their verdicts count.
pub const NOISY_CLOSED: i64 = 5;
/// Share of false alarms among them from which a rule is noisy, in percent.
pub const NOISY_FALSE_PERCENT: i64 = 80;

/// Something to look after.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Flag {
    /// Switched off by a person.
    Off,
    /// No event of its log source in the last day.
    Dead,
    /// Fields it cannot do without never came.
    Starved,
    /// Every hit was also one of another rule.
    Shadowed,
    /// Too many hits, or too many false ones.
    Noisy,
}

impl Flag {
    /// Every flag, gravest first.
    pub const ALL: [Flag; 5] = [Flag::Dead, Flag::Starved, Flag::Shadowed, Flag::Noisy, Flag::Off];

    /// The word in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Flag::Off => "off",
            Flag::Dead => "dead",
            Flag::Starved => "starved",
            Flag::Shadowed => "shadowed",
            Flag::Noisy => "noisy",
        }
    }

    /// From the word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|f| f.as_str() == text)
    }
}

/// Events of a log source.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SourceCount {
    /// In the last 24 hours.
    pub day: i64,
    /// In the last 7 days.
    pub week: i64,
}

/// Hits of a rule.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RuleHits {
    /// In the last 24 hours.
    pub day: i64,
    /// In the last 7 days.
    pub week: i64,
    /// Detections that filters hid in the last 7 days.
    pub hidden: i64,
    /// Time of the latest, however long ago.
    pub last: Option<Timestamp>,
    /// Rules that matched each of the hits of the week too.
    pub companions: Vec<String>,
}

/// What became of a rule's alerts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Feedback {
    /// Alerts raised in the last 30 days.
    pub alerts: i64,
    /// Of these, not closed yet.
    pub open: i64,
    /// Closed as a real attack.
    pub confirmed: i64,
    /// Closed as a false alarm.
    pub false_alarms: i64,
}

impl Feedback {
    /// Share of false alarms among the closed ones, in percent; `None` while none is closed.
    #[must_use]
    pub fn false_percent(&self) -> Option<i64> {
        let closed = self.confirmed + self.false_alarms;
        (closed > 0).then(|| self.false_alarms * 100 / closed)
    }
}

/// A rule that a person switched off.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Off {
    /// Why.
    pub reason: String,
    /// Who.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
}

/// What was observed, from which liveness follows.
#[derive(Clone, Debug, Default)]
pub struct Observed {
    /// Since when the pipeline counts.
    pub since: Timestamp,
    /// Events by log source.
    pub sources: HashMap<LogSource, SourceCount>,
    /// Fields that came in the last 7 days, by log source.
    pub fields: HashMap<LogSource, HashSet<String>>,
    /// Hits by rule.
    pub hits: HashMap<String, RuleHits>,
    /// What became of the alerts, by rule.
    pub feedback: HashMap<String, Feedback>,
    /// Rules switched off.
    pub off: HashMap<String, Off>,
    /// Filters that hold now, by rule.
    pub filters: HashMap<String, i64>,
    /// What rules cost.
    pub costs: Arc<Costs>,
    /// What correlations hold in memory.
    pub holdings: Arc<[Holding]>,
    /// Counters of behaviours.
    pub behaviours: Arc<[BehaviourStats]>,
}

/// How one rule fares.
#[derive(Clone, Debug)]
pub struct Liveness {
    /// The rule.
    pub info: Arc<RuleInfo>,
    /// Events of its log source.
    pub events: SourceCount,
    /// Log sources its events came from in the last 7 days, with their number.
    pub sources: Vec<(LogSource, i64)>,
    /// Its hits.
    pub hits: RuleHits,
    /// Fields without which it cannot match and which never came; empty when it can match or when
    /// too few events came to tell.
    pub missing: Vec<String>,
    /// What became of its alerts.
    pub feedback: Feedback,
    /// When it is switched off.
    pub off: Option<Off>,
    /// Filters that hold now.
    pub filters: i64,
    /// Nanoseconds per event of its log source, alone.
    pub cost: Option<f64>,
    /// What it holds in memory, when it is a correlation.
    pub memory: Option<Holding>,
    /// For a correlation: the ids of the rules it counts.
    pub built_on: Vec<Arc<str>>,
    /// Its counters, when it is a behaviour and the pipeline has told them.
    pub behaviour: Option<BehaviourStats>,
    /// How far it is on its way into memory, when it is a list of indicators.
    pub list: Option<Standing>,
    /// What to look after, gravest first.
    pub flags: Vec<Flag>,
}

impl Liveness {
    /// Hits per million events of its log source over the last 7 days.
    #[must_use]
    #[expect(clippy::cast_precision_loss, reason = "a rate to be read, not reckoned with")]
    pub fn per_million(&self) -> Option<f64> {
        (self.events.week > 0).then(|| self.hits.week as f64 * 1e6 / self.events.week as f64)
    }

    /// Whether it fires more often, or more often wrongly, than anybody can look at.
    #[must_use]
    pub fn is_noisy(&self) -> bool {
        self.hits.day >= NOISY_HITS
            || (self.feedback.confirmed + self.feedback.false_alarms >= NOISY_CLOSED
                && self.feedback.false_percent().is_some_and(|p| p >= NOISY_FALSE_PERCENT))
    }
}

/// What the events of one kind of log source are, for the rules that ask for it.
struct Supply {
    count: SourceCount,
    sources: Vec<(LogSource, i64)>,
    fields: HashSet<String>,
}

/// How each rule and correlation of `pack` fares, in the order of the pack.
#[must_use]
pub fn liveness(pack: &RulePack, observed: &Observed) -> Vec<Liveness> {
    let mut supplies: HashMap<[Option<String>; 3], Arc<Supply>> = HashMap::new();
    let mut rules: Vec<Liveness> = Vec::with_capacity(pack.len());
    for (n, meta) in (0..).zip(pack.rules().rules()) {
        let Some(info) = pack.info(RuleIdx(n)) else { continue };
        let asked = &meta.logsource;
        let key = [asked.product.clone(), asked.category.clone(), asked.service.clone()];
        let supply = supplies.entry(key).or_insert_with(|| Arc::new(supply(pack, RuleIdx(n), observed)));
        let enough = supply.count.week >= STARVED_FROM;
        let here = |name: &str| supply.fields.contains(name);
        let missing = if enough { pack.rules().starved_of(RuleIdx(n), &here) } else { Vec::new() };
        let missing = missing.into_iter().map(str::to_owned).collect();
        rules.push(entry(info, observed, supply.count.clone(), supply.sources.clone(), missing));
    }
    let single = rules.len();
    for (n, correlation) in pack.rules().correlations().iter().enumerate() {
        let Some(info) = pack.correlation_info(n) else { continue };
        let referred = correlation.refers_to.iter().filter_map(|r| match r {
            Referred::Rule(rule) => rules.get(rule.index()),
            Referred::Correlation(earlier) => rules.get(single + earlier),
        });
        let in_turn = matches!(correlation.kind, CorrelationKind::Temporal | CorrelationKind::TemporalOrdered);
        let made = correlated(info, observed, &referred.collect::<Vec<_>>(), in_turn);
        rules.push(made);
    }
    for rule in &mut rules {
        rule.flags = flags(rule, pack);
    }
    rules
}

fn supply(pack: &RulePack, rule: RuleIdx, observed: &Observed) -> Supply {
    let mut found = Supply { count: SourceCount::default(), sources: Vec::new(), fields: HashSet::new() };
    for (source, count) in observed.sources.iter().filter(|(s, _)| pack.rules().applies(rule, s)) {
        found.count.day += count.day;
        found.count.week += count.week;
        found.sources.push((source.clone(), count.week));
        found.fields.extend(observed.fields.get(source).into_iter().flatten().cloned());
    }
    found.sources.sort_by_key(|s| std::cmp::Reverse(s.1));
    found
}

pub(super) fn entry(
    info: &Arc<RuleInfo>,
    observed: &Observed,
    events: SourceCount,
    sources: Vec<(LogSource, i64)>,
    missing: Vec<String>,
) -> Liveness {
    let id: &str = &info.id;
    let holding = observed.holdings.iter().find(|h| *h.rule == *id).cloned();
    Liveness {
        info: Arc::clone(info),
        events,
        sources,
        missing,
        hits: observed.hits.get(id).cloned().unwrap_or_default(),
        feedback: observed.feedback.get(id).copied().unwrap_or_default(),
        off: observed.off.get(id).cloned(),
        filters: observed.filters.get(id).copied().unwrap_or_default(),
        cost: observed.costs.get(id).copied(),
        memory: holding.filter(|_| info.correlation),
        built_on: Vec::new(),
        behaviour: None,
        list: None,
        flags: Vec::new(),
    }
}

/// A correlation lives on what it counts. One that waits for several things in turn needs each
/// of them, every other just one.
pub(super) fn correlated(info: &Arc<RuleInfo>, observed: &Observed, of: &[&Liveness], in_turn: bool) -> Liveness {
    let mut sources: Vec<(LogSource, i64)> = Vec::new();
    for (source, n) in of.iter().flat_map(|r| &r.sources) {
        if !sources.iter().any(|(s, _)| s == source) {
            sources.push((source.clone(), *n));
        }
    }
    let (day, week): (Vec<i64>, Vec<i64>) = of.iter().map(|r| (r.events.day, r.events.week)).unzip();
    let scarce = |counts: Vec<i64>| if in_turn { counts.into_iter().min() } else { counts.into_iter().max() };
    let events = SourceCount { day: scarce(day).unwrap_or(0), week: scarce(week).unwrap_or(0) };
    let starved = of.iter().filter(|r| !r.missing.is_empty()).count();
    let cannot = if in_turn { starved > 0 } else { !of.is_empty() && starved == of.len() };
    let missing: BTreeSet<String> =
        if cannot { of.iter().flat_map(|r| r.missing.iter().cloned()).collect() } else { BTreeSet::new() };
    let mut made = entry(info, observed, events, sources, missing.into_iter().collect());
    made.built_on = of.iter().map(|r| Arc::clone(&r.info.id)).collect();
    made
}

pub(super) fn flags(rule: &Liveness, pack: &RulePack) -> Vec<Flag> {
    let noisy = rule.is_noisy();
    let beside = rule.hits.companions.iter().any(|c| pack.find(c).is_some());
    let shadowed = rule.hits.week >= SHADOWED_FROM && beside;
    let holds = |flag: &Flag| match flag {
        Flag::Off => rule.off.is_some(),
        Flag::Dead => rule.events.day == 0,
        Flag::Starved => rule.events.day > 0 && !rule.missing.is_empty(),
        Flag::Shadowed => shadowed,
        // What only feeds correlations makes no alerts, so nobody has to look at it.
        Flag::Noisy => noisy && rule.info.standalone,
    };
    Flag::ALL.into_iter().filter(holds).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::ContentFile;

    fn pack(rules: &str) -> RulePack {
        let (pack, errors) = RulePack::load(&[ContentFile { path: "a.yml".into(), text: rules.into() }], &[]);
        assert!(errors.is_empty(), "{errors:?}");
        pack
    }

    const THREE: &str = "\
title: one
id: one
name: one
logsource: {product: windows, category: process_creation}
detection:
    s: {Image: a, OriginalFileName: b}
    condition: s
---
title: two
id: two
logsource: {product: linux, service: sshd}
detection:
    s: {message: a}
    condition: s
---
title: three
id: three
correlation:
    type: event_count
    rules: [one]
    group-by: [User]
    timespan: 1m
    condition: {gte: 2}
";

    fn observed(week: i64, fields: &[&str]) -> Observed {
        let source = LogSource::new(Some("windows"), Some("process_creation"), Some("sysmon"));
        let names = fields.iter().map(|f| (*f).to_owned()).collect();
        Observed {
            sources: [(source.clone(), SourceCount { day: week, week })].into(),
            fields: [(source, names)].into(),
            ..Observed::default()
        }
    }

    fn flags_of(pack: &RulePack, observed: &Observed) -> Vec<(String, Vec<Flag>)> {
        liveness(pack, observed).into_iter().map(|l| (l.info.id.to_string(), l.flags)).collect()
    }

    #[test]
    fn dead_and_starved_and_what_is_built_on_them() {
        let pack = pack(THREE);
        let few = flags_of(&pack, &observed(STARVED_FROM - 1, &["Image"]));
        assert_eq!(few, [("one".into(), vec![]), ("two".into(), vec![Flag::Dead]), ("three".into(), vec![])]);
        let many = flags_of(&pack, &observed(STARVED_FROM, &["Image"]));
        assert_eq!((many[0].1.as_slice(), many[2].1.as_slice()), (&[Flag::Starved][..], &[Flag::Starved][..]));
        let all = liveness(&pack, &observed(STARVED_FROM, &["Image"]));
        assert_eq!(all[0].missing, ["OriginalFileName"]);
        assert_eq!(all[2].built_on, [Arc::from("one")]);
        let fed = flags_of(&pack, &observed(STARVED_FROM, &["Image", "OriginalFileName"]));
        assert!(fed[0].1.is_empty() && fed[2].1.is_empty());
    }

    #[test]
    fn shadowed_and_noisy() {
        let pack = pack(&THREE.replace("title: one\nid: one\nname: one", "title: one\nid: one\nname: one\nlevel: low"));
        let mut seen = observed(1_000, &["Image", "OriginalFileName"]);
        let hits = RuleHits { day: 3, week: 3, companions: vec!["two".into()], ..RuleHits::default() };
        seen.hits.insert("one".into(), hits.clone());
        // One feeds a correlation only and is no alert, yet that it goes along is worth knowing.
        assert_eq!(flags_of(&pack, &seen)[0].1, [Flag::Shadowed]);
        seen.hits.insert("one".into(), RuleHits { companions: vec!["gone".into()], ..hits });
        assert!(flags_of(&pack, &seen)[0].1.is_empty(), "a rule that is no longer there casts no shadow");
        seen.feedback.insert("three".into(), Feedback { confirmed: 1, false_alarms: 4, ..Feedback::default() });
        assert_eq!(flags_of(&pack, &seen)[2].1, [Flag::Noisy]);
        seen.off.insert("three".into(), Off { reason: "x".into(), by_name: "y".into(), at: Timestamp::EPOCH });
        assert_eq!(flags_of(&pack, &seen)[2].1, [Flag::Noisy, Flag::Off]);
    }
}
