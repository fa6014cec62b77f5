//! The report of a hunt: counts of everything, samples of the detections, all in bounded memory.

pub mod tactic;
pub mod tally;
pub mod timeline;

use crate::finding::{Finding, RuleCard, Told};
use crate::hunt::Outcome;
use crate::skip::SkipLog;
use base_core::{Severity, Timestamp};
use std::collections::BTreeMap;
use std::sync::Arc;
use tactic::{LANE_ALL, LANE_NONE, NO_TACTIC, lane_of};
use tally::Tally;
use timeline::{LevelCounts, Timeline, level_index};

/// Most machines counted by name.
const MAX_HOSTS: usize = 20_000;
/// Most machines counted by name under one rule.
const MAX_HOSTS_PER_RULE: usize = 1_000;
/// Most rules remembered by name for one machine.
const MAX_RULES_PER_HOST: usize = 200;
/// Detections kept in full of one rule on one machine.
const SAMPLES_PER_PLACE: usize = 5;
/// Detections kept in full of one rule on all machines.
const SAMPLES_PER_RULE: usize = 25;
/// Detections kept in full of the whole run.
const MAX_SAMPLES: usize = 3_000;
/// Inputs whose counts are kept by name.
const MAX_NAMED_INPUTS: usize = 20_000;

/// First and last moment of something.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// First moment.
    pub first: Option<Timestamp>,
    /// Last moment.
    pub last: Option<Timestamp>,
}

impl Span {
    /// Widens the span so that it holds `time`.
    pub fn add(&mut self, time: Option<Timestamp>) {
        let Some(time) = time else { return };
        self.first = Some(self.first.map_or(time, |t| t.min(time)));
        self.last = Some(self.last.map_or(time, |t| t.max(time)));
    }
}

/// What is known of one rule on one machine.
#[derive(Clone, Debug, Default)]
pub struct PlaceTally {
    /// Detections.
    pub count: u64,
    /// When.
    pub span: Span,
    kept: usize,
}

/// What is known of one rule.
#[derive(Clone, Debug)]
pub struct RuleTally {
    /// The rule.
    pub card: Arc<RuleCard>,
    /// Detections.
    pub count: u64,
    /// When.
    pub span: Span,
    /// By machine; the empty name is for events that name none.
    pub hosts: Tally<PlaceTally>,
    /// The first detection told to a person.
    pub told: Told,
    /// The first detections, at most a few per machine.
    pub samples: Vec<Finding>,
}

/// What is known of one machine.
#[derive(Clone, Debug, Default)]
pub struct HostTally {
    /// Detections by level.
    pub levels: LevelCounts,
    /// When.
    pub span: Span,
    /// Rules that fired, by id; at most 200 are remembered.
    pub rules: std::collections::BTreeSet<Arc<str>>,
}

impl HostTally {
    /// Detections of all levels.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.levels.iter().sum()
    }

    /// The gravest level that fired.
    #[must_use]
    pub fn worst(&self) -> Severity {
        worst(&self.levels)
    }
}

/// The gravest level with a count; informational when there is none.
#[must_use]
pub fn worst(levels: &LevelCounts) -> Severity {
    Severity::ALL.into_iter().rev().find(|l| count_of(levels, *l) > 0).unwrap_or(Severity::Informational)
}

/// The count of one level.
#[must_use]
pub fn count_of(levels: &LevelCounts, level: Severity) -> u64 {
    levels.get(level_index(level)).copied().unwrap_or(0)
}

/// What was read of one input.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct InputTally {
    /// Records.
    pub events: u64,
    /// Detections.
    pub detections: u64,
    /// Records no source definition understood.
    pub unparsed: u64,
}

/// Counts of records.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize)]
pub struct EventCounts {
    /// Records read.
    pub read: u64,
    /// Records outside `--from/--to`.
    pub outside_range: u64,
    /// Records of no kind that is known: no rule was held against them.
    pub unparsed: u64,
    /// Records cut at the size limit.
    pub truncated: u64,
    /// Records without a believable time.
    pub no_time: u64,
    /// Records with bytes that are not UTF-8.
    pub not_utf8: u64,
    /// Records that came too far out of order to be correlated.
    pub late: u64,
}

impl EventCounts {
    /// Adds the counts of a batch.
    pub fn add(&mut self, other: &EventCounts) {
        self.read += other.read;
        self.outside_range += other.outside_range;
        self.unparsed += other.unparsed;
        self.truncated += other.truncated;
        self.no_time += other.no_time;
        self.not_utf8 += other.not_utf8;
        self.late += other.late;
    }
}

/// Everything a hunt found out.
#[derive(Clone, Debug)]
pub struct Report {
    /// When the run began.
    pub started: Timestamp,
    /// When it ended.
    pub finished: Timestamp,
    /// Whether a person stopped it before the end.
    pub stopped: bool,
    /// Inputs found.
    pub inputs: u64,
    /// Inputs that could be opened and recognised.
    pub inputs_read: u64,
    /// Bytes of the inputs as stored.
    pub bytes: u64,
    /// Rules in use.
    pub rules: u64,
    /// Records.
    pub events: EventCounts,
    /// Times of the records read.
    pub event_span: Span,
    /// Detections by level.
    pub levels: LevelCounts,
    /// Detections below `--level` that were left out.
    pub below_level: u64,
    /// By rule id.
    pub by_rule: BTreeMap<Arc<str>, RuleTally>,
    /// By machine.
    pub by_host: Tally<HostTally>,
    /// By tactic slug.
    pub by_tactic: BTreeMap<&'static str, LevelCounts>,
    /// By input.
    pub by_input: Tally<InputTally>,
    /// Over time.
    pub timeline: Timeline,
    /// What was left out.
    pub skips: SkipLog,
    samples: usize,
}

impl Report {
    /// An empty report.
    #[must_use]
    pub fn new(started: Timestamp) -> Self {
        Self {
            started,
            finished: started,
            stopped: false,
            inputs: 0,
            inputs_read: 0,
            bytes: 0,
            rules: 0,
            events: EventCounts::default(),
            event_span: Span::default(),
            levels: LevelCounts::default(),
            below_level: 0,
            by_rule: BTreeMap::new(),
            by_host: Tally::new(MAX_HOSTS),
            by_tactic: BTreeMap::new(),
            by_input: Tally::new(MAX_NAMED_INPUTS),
            timeline: Timeline::default(),
            skips: SkipLog::default(),
            samples: 0,
        }
    }

    /// Detections in all.
    #[must_use]
    pub fn detections(&self) -> u64 {
        self.levels.iter().sum()
    }

    /// How the run ended, as the exit status says it.
    #[must_use]
    pub fn outcome(&self) -> Outcome {
        if self.inputs_read == 0 {
            Outcome::Nothing
        } else if self.stopped || self.skips.any_fault() {
            Outcome::Partial
        } else {
            Outcome::Complete
        }
    }

    /// Counts a detection and keeps it as a sample while there is room.
    pub fn add(&mut self, finding: &Finding) {
        let level = finding.rule.level;
        if let Some(n) = self.levels.get_mut(level_index(level)) {
            *n += 1;
        }
        if let Some(input) = self.by_input.of(&finding.input) {
            input.detections += 1;
        }
        let id: Arc<str> = Arc::from(finding.rule.id.as_str());
        self.add_rule(finding, &id);
        self.add_host(finding, &id);
        self.add_tactics(finding);
    }

    fn add_host(&mut self, finding: &Finding, id: &Arc<str>) {
        let Some(host) = self.by_host.of(finding.host.as_deref().unwrap_or_default()) else { return };
        if let Some(n) = host.levels.get_mut(level_index(finding.rule.level)) {
            *n += 1;
        }
        host.span.add(finding.time);
        if host.rules.len() < MAX_RULES_PER_HOST && !host.rules.contains(id) {
            // Share the key of the rule table instead of keeping another copy of the text.
            let key = self.by_rule.get_key_value(id).map_or_else(|| Arc::clone(id), |(key, _)| Arc::clone(key));
            host.rules.insert(key);
        }
    }

    fn add_tactics(&mut self, finding: &Finding) {
        let tactics: Vec<&'static str> = finding.rule.tactics.iter().filter_map(|t| tactic::tactic_slug(t)).collect();
        let level = level_index(finding.rule.level);
        let named = if tactics.is_empty() { vec![NO_TACTIC] } else { tactics };
        for name in &named {
            if let Some(n) = self.by_tactic.entry(name).or_default().get_mut(level) {
                *n += 1;
            }
        }
        if let Some(time) = finding.time {
            let lanes = named.iter().map(|t| if *t == NO_TACTIC { LANE_NONE } else { lane_of(t) });
            self.timeline.add(time, std::iter::once(LANE_ALL).chain(lanes), finding.rule.level);
        }
    }

    fn add_rule(&mut self, finding: &Finding, id: &Arc<str>) {
        let rule = self.by_rule.entry(Arc::clone(id)).or_insert_with(|| RuleTally {
            card: Arc::clone(&finding.rule),
            count: 0,
            span: Span::default(),
            hosts: Tally::new(MAX_HOSTS_PER_RULE),
            told: finding.told.clone(),
            samples: Vec::new(),
        });
        rule.count += 1;
        rule.span.add(finding.time);
        let Some(place) = rule.hosts.of(finding.host.as_deref().unwrap_or_default()) else { return };
        place.count += 1;
        place.span.add(finding.time);
        let room = place.kept < SAMPLES_PER_PLACE && rule.samples.len() < SAMPLES_PER_RULE;
        if room && self.samples < MAX_SAMPLES {
            place.kept += 1;
            self.samples += 1;
            // A sample shows what sets it apart: the event is for the streamed formats, the
            // reasons are those of the rule, and a text equal to the first is not kept again.
            let what = if finding.told.what == rule.told.what { String::new() } else { finding.told.what.clone() };
            let told = Told { what, ..Told::default() };
            rule.samples.push(Finding { event: None, told, ..finding.clone() });
        }
    }

    /// Rules that fired: gravest first, then by number of detections.
    #[must_use]
    pub fn rules_by_weight(&self) -> Vec<&RuleTally> {
        let mut rules: Vec<&RuleTally> = self.by_rule.values().collect();
        rules.sort_by(|a, b| {
            b.card
                .level
                .cmp(&a.card.level)
                .then_with(|| b.count.cmp(&a.count))
                .then_with(|| a.card.title.cmp(&b.card.title))
                .then_with(|| a.card.id.cmp(&b.card.id))
        });
        rules
    }

    /// Machines: gravest level first, then the number at that level, then all detections.
    #[must_use]
    pub fn hosts_by_weight(&self) -> Vec<(&str, &HostTally)> {
        self.by_host.sorted_by(|h| {
            let [i, l, m, h_, c] = h.levels;
            std::cmp::Reverse([c, h_, m, l, i])
        })
    }

    /// Tactics met, in attack order, those without one last.
    #[must_use]
    pub fn tactics_in_order(&self) -> Vec<(&'static str, &LevelCounts)> {
        let named = tactic::TACTICS.iter().chain(std::iter::once(&NO_TACTIC));
        named.filter_map(|t| self.by_tactic.get(t).map(|c| (*t, c))).collect()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::finding::{AttackLink, MatchedField};
    use engine_event::LogSource;

    pub(crate) fn card(id: &str, level: Severity, tactics: &[&str]) -> Arc<RuleCard> {
        Arc::new(RuleCard {
            id: id.to_owned(),
            title: format!("Rule {id}"),
            level,
            file: format!("{id}.yml"),
            tactics: tactics.iter().map(|t| (*t).to_owned()).collect(),
            attack: vec![AttackLink {
                id: "T1003".to_owned(),
                url: "https://attack.mitre.org/techniques/T1003/".to_owned(),
            }],
            false_positives: vec!["Administrators".to_owned()],
        })
    }

    pub(crate) fn finding(card: &Arc<RuleCard>, host: Option<&str>, secs: i64) -> Finding {
        Finding {
            rule: Arc::clone(card),
            time: Some(Timestamp::from_secs(secs)),
            host: host.map(Box::from),
            user: Some(Box::from("van.thu")),
            source_ip: None,
            input: Arc::from("logs/security.evtx"),
            place: engine_parse::Place::Record(7),
            id: None,
            kind: Arc::from("microsoft/windows-sysmon"),
            logsource: Arc::new(LogSource::new(Some("windows"), Some("process_creation"), None)),
            event_code: Some(Box::from("1")),
            told: Told {
                what: "Chương trình lạ đọc bộ nhớ LSASS".to_owned(),
                why: "Kẻ tấn công có thể lấy được mật khẩu.".to_owned(),
                do_now: vec!["Cô lập máy trạm.".to_owned()],
            },
            matched: vec![MatchedField {
                field: "CommandLine".to_owned(),
                op: "contains".to_owned(),
                pattern: "lsass".to_owned(),
                value: "procdump -ma lsass.exe".to_owned(),
                span: Some((13, 18)),
            }],
            events: 1,
            event: None,
        }
    }

    #[test]
    fn counts_by_rule_host_and_tactic() {
        let mut report = Report::new(Timestamp::EPOCH);
        let (a, b) = (
            card("a", Severity::High, &["credential-access"]),
            card("b", Severity::Critical, &["impact", "execution"]),
        );
        for n in 0..30 {
            report.add(&finding(&a, Some("PC-01"), n));
        }
        report.add(&finding(&b, Some("PC-02"), 99));
        report.add(&finding(&b, None, 100));
        assert_eq!(report.detections(), 32);
        let rules = report.rules_by_weight();
        assert_eq!((rules[0].card.id.as_str(), rules[0].count), ("b", 2));
        assert_eq!((rules[1].count, rules[1].samples.len()), (30, SAMPLES_PER_PLACE));
        let hosts: Vec<_> = report.hosts_by_weight().iter().map(|(name, h)| ((*name).to_owned(), h.total())).collect();
        assert_eq!(hosts, [(String::new(), 1), ("PC-02".to_owned(), 1), ("PC-01".to_owned(), 30)]);
        let tactics: Vec<_> = report.tactics_in_order().iter().map(|(t, _)| *t).collect();
        assert_eq!(tactics, ["execution", "credential-access", "impact"]);
    }

    #[test]
    fn memory_is_bounded_whatever_the_number_of_machines() {
        let mut report = Report::new(Timestamp::EPOCH);
        let a = card("a", Severity::Low, &[]);
        for (n, second) in (0..MAX_HOSTS + 500).zip(0..) {
            report.add(&finding(&a, Some(&format!("h{n}")), second));
        }
        assert_eq!(report.by_host.len(), MAX_HOSTS);
        assert_eq!(report.by_host.others, 500);
        assert_eq!(report.by_rule["a"].samples.len(), SAMPLES_PER_RULE);
        assert_eq!(report.detections(), MAX_HOSTS as u64 + 500);
    }
}
