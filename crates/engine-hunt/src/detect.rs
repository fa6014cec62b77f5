//! From events to findings: the seam to `engine-detect`.

use crate::finding::{AttackLink, Finding, MatchedField, RuleCard, Told, excerpt};
use crate::hunt::HuntOptions;
use base_core::{Lang, Severity, Timestamp};
use engine_detect::{
    AttackKind, Correlator, CorrelatorOptions, Detection, EntityKind, Hit, MatchScratch, Matched, Matcher, Observation,
    RuleInfo, RulePack, Texts, lookup,
};
use engine_event::{CommonField, Event};
use engine_parse::Place;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap};
use std::sync::Arc;

/// What an event gave.
pub(crate) struct Seen {
    pub(crate) findings: Vec<Finding>,
    /// For correlations: what they count, and what their finding would say of this event.
    pub(crate) observation: Option<Box<(Observation, Context)>>,
}

impl Seen {
    /// Memory while it waits, roughly, in bytes.
    pub(crate) fn weight(&self) -> usize {
        let text = |f: &Finding| {
            f.event.as_ref().map_or(0, |e| e.get().len())
                + f.told.what.len()
                + f.told.why.len()
                + f.matched.iter().map(|m| m.value.len() + m.pattern.len() + 96).sum::<usize>()
        };
        let observation = self.observation.as_ref().map_or(0, |_| 1_024);
        size_of::<Self>()
            + observation
            + self.findings.iter().map(|f| size_of::<Finding>() + 512 + text(f)).sum::<usize>()
    }
}

/// What a correlation says of the event that completed it.
pub(crate) struct Context {
    host: Option<Box<str>>,
    user: Option<Box<str>>,
    source_ip: Option<Box<str>>,
    event_code: Option<Box<str>>,
    input: Arc<str>,
    place: Place,
    /// Values for the placeholders of correlations' texts.
    values: Vec<(Arc<str>, Box<str>)>,
}

/// Cards of rules, made once per rule.
#[derive(Default)]
struct Cards(FxHashMap<Arc<str>, Arc<RuleCard>>);

impl Cards {
    fn of(&mut self, rule: &RuleInfo) -> Arc<RuleCard> {
        if let Some(card) = self.0.get(&rule.id) {
            return Arc::clone(card);
        }
        let links = rule.attack.iter().filter(|a| a.kind != AttackKind::Tactic);
        let card = Arc::new(RuleCard {
            id: rule.id.to_string(),
            title: rule.title.clone(),
            level: rule.level,
            file: rule.file.to_string(),
            tactics: rule.tactics().map(|t| t.name.clone()).collect(),
            attack: links.map(|a| AttackLink { id: a.id.clone(), url: a.url.clone() }).collect(),
            false_positives: rule.falsepositives.clone(),
        });
        self.0.insert(Arc::clone(&rule.id), Arc::clone(&card));
        card
    }
}

/// A worker's matching.
pub(crate) struct Matching {
    matcher: Matcher,
    scratch: MatchScratch,
    hits: Vec<Hit>,
    /// Only asked which events correlations count; the counting is [`Correlating`]'s.
    extractor: Correlator,
    placeholders: Vec<Arc<str>>,
    cards: Cards,
    level: Severity,
    lang: Lang,
    keep_event: bool,
}

impl Matching {
    pub(crate) fn new(pack: &Arc<RulePack>, options: &HuntOptions) -> Self {
        let names: BTreeSet<&str> =
            pack.infos().filter(|i| i.correlation).flat_map(|i| i.explain.texts(options.lang).placeholders()).collect();
        Self {
            matcher: Matcher::new(Arc::clone(pack)),
            scratch: MatchScratch::new(),
            hits: Vec::new(),
            extractor: Correlator::new(Arc::clone(pack), CorrelatorOptions::default()),
            placeholders: names.into_iter().map(Arc::from).collect(),
            cards: Cards::default(),
            level: options.level,
            lang: options.lang,
            keep_event: options.keep_event,
        }
    }

    /// Matches an event. Adds to `seen` when a rule fires or a correlation counts it, and to
    /// `below` what fires below the level that is told.
    pub(crate) fn look(
        &mut self,
        event: &Event,
        input: &Arc<str>,
        place: Place,
        position: u64,
        seen: &mut Vec<Seen>,
    ) -> u64 {
        self.hits.clear();
        self.matcher.hits(event, &mut self.scratch, &mut self.hits);
        if self.hits.is_empty() {
            return 0;
        }
        let mut below = 0;
        let mut findings = Vec::new();
        let mut json = None;
        for hit in self.hits.iter().filter(|h| h.standalone) {
            let Some(info) = self.matcher.pack().info(hit.rule) else { continue };
            if info.level < self.level {
                below += 1;
                continue;
            }
            let Some(detection) = self.matcher.detection(event, *hit) else { continue };
            let card = self.cards.of(&detection.rule);
            if self.keep_event && json.is_none() {
                json = event_json(event);
            }
            findings.push(Finding {
                rule: card,
                time: (!event.marks.no_time).then_some(event.time),
                host: common(event, CommonField::HostName),
                user: common(event, CommonField::UserName),
                source_ip: common(event, CommonField::SourceIp),
                input: Arc::clone(input),
                place,
                kind: Arc::clone(&event.kind),
                logsource: Arc::clone(&event.logsource),
                event_code: common(event, CommonField::EventCode),
                told: told(detection.rule.explain_for(self.lang, event)),
                matched: detection.matched.into_iter().map(matched).collect(),
                events: 1,
                event: json.clone(),
            });
        }
        // Records without a time would all seem to happen at once.
        let observation = if event.marks.no_time { None } else { self.extractor.extract(event, &self.hits, position) };
        let observation = observation.map(|o| Box::new((o, self.context(event, input, place))));
        if observation.is_some() || !findings.is_empty() {
            seen.push(Seen { findings, observation });
        }
        below
    }

    fn context(&self, event: &Event, input: &Arc<str>, place: Place) -> Context {
        let value = |name: &Arc<str>| lookup(event, name).map(|v| (Arc::clone(name), Box::from(v)));
        Context {
            host: common(event, CommonField::HostName),
            user: common(event, CommonField::UserName),
            source_ip: common(event, CommonField::SourceIp),
            event_code: common(event, CommonField::EventCode),
            input: Arc::clone(input),
            place,
            values: self.placeholders.iter().filter_map(value).collect(),
        }
    }
}

/// Most observations that wait to be put in order of time, about 1.5 KB each.
const WAITING: usize = 40_000;

/// An observation that waits for earlier ones.
struct Waiting {
    /// When it happened, then the order in which it was met: equal times keep their order.
    order: (Timestamp, u64),
    observation: Observation,
    context: Context,
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order == other.order
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    /// The earliest is the greatest: a heap gives the greatest first.
    fn cmp(&self, other: &Self) -> Ordering {
        other.order.cmp(&self.order)
    }
}

/// The counting half of correlations: one for the whole hunt.
///
/// Files come one after the other while a correlation looks over time: `auth.log` is read
/// before `auth.log.1`, and an attack leaves traces in several files of a machine. So
/// observations wait, sorted by time, until all is read or too many wait.
pub(crate) struct Correlating {
    correlator: Correlator,
    cards: Cards,
    lang: Lang,
    waiting: BinaryHeap<Waiting>,
    met: u64,
}

impl Correlating {
    pub(crate) fn new(pack: &Arc<RulePack>, options: &HuntOptions) -> Self {
        Self {
            correlator: Correlator::new(Arc::clone(pack), CorrelatorOptions::default()),
            cards: Cards::default(),
            lang: options.lang,
            waiting: BinaryHeap::new(),
            met: 0,
        }
    }

    /// Takes an observation; gives the findings that are due because too many wait.
    pub(crate) fn take(&mut self, observation: Observation, context: Context) -> Vec<Finding> {
        self.met += 1;
        self.waiting.push(Waiting { order: (observation.time(), self.met), observation, context });
        if self.waiting.len() > WAITING { self.next().unwrap_or_default() } else { Vec::new() }
    }

    /// Counts the earliest observation that waits; `None` when none does.
    pub(crate) fn next(&mut self) -> Option<Vec<Finding>> {
        let Waiting { observation, context, .. } = self.waiting.pop()?;
        let mut out = Vec::new();
        self.correlator.observe(observation, &mut out);
        Some(out.into_iter().map(|d| self.finding(d, &context)).collect())
    }

    /// Observations that came too late to be counted, in spite of the waiting.
    pub(crate) fn late(&self) -> u64 {
        self.correlator.stats().late
    }

    fn finding(&mut self, detection: Detection, context: &Context) -> Finding {
        let texts = detection.rule.explain.texts(self.lang);
        let value = |name: &str| {
            let known = context.values.iter().find(|(n, _)| **n == *name).map(|(_, v)| v.as_ref());
            known.or_else(|| detection.matched.iter().find(|m| m.field == name).map(|m| m.value.as_str()))
        };
        let told = told(texts.filled(&value));
        // A correlation across machines is about the address or account it grouped by, yet the
        // last event's machine is where to begin.
        let entity = (detection.entity.kind == EntityKind::Host).then(|| Box::from(detection.entity.name.as_str()));
        Finding {
            rule: self.cards.of(&detection.rule),
            time: Some(detection.time),
            host: context.host.clone().or(entity),
            user: context.user.clone(),
            source_ip: context.source_ip.clone(),
            input: Arc::clone(&context.input),
            place: context.place,
            kind: Arc::clone(&detection.kind),
            logsource: Arc::clone(&detection.logsource),
            event_code: context.event_code.clone(),
            told,
            matched: detection.matched.into_iter().map(matched).collect(),
            events: detection.count,
            // It stands for many events; the fields of one would mislead.
            event: None,
        }
    }
}

fn common(event: &Event, field: CommonField) -> Option<Box<str>> {
    event.common.get(field).filter(|v| !v.is_empty()).map(Box::from)
}

fn event_json(event: &Event) -> Option<Box<serde_json::value::RawValue>> {
    serde_json::value::to_raw_value(&event.record).ok()
}

fn told(texts: Texts) -> Told {
    Told { what: texts.what, why: texts.why, do_now: texts.do_now }
}

fn matched(m: Matched) -> MatchedField {
    let (value, span) = excerpt(&m.value, m.span);
    MatchedField {
        field: m.field,
        op: m.op,
        pattern: crate::finding::cut(&m.pattern, crate::finding::MAX_VALUE_CHARS),
        value,
        span,
    }
}
