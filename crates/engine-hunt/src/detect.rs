//! From events to findings: the seam to `engine-detect`.

use crate::finding::{AttackLink, Finding, MatchedField, RuleCard, Told, excerpt};
use crate::hunt::{HuntOptions, Looks};
use base_core::{Lang, Severity, Timestamp};
use engine_detect::behaviours::{self, BehaviourDetector, BehaviourScratch, Behaviours};
use engine_detect::indicators::IndicatorWatch;
use engine_detect::{
    AttackKind, Correlator, CorrelatorOptions, Detection, EntityKind, Hit, MatchScratch, Matched, Matcher, Observation,
    RuleInfo, Texts, lookup,
};
use engine_event::{CommonField, Event, EventId};
use engine_parse::Place;
use rustc_hash::FxHashMap;
use std::cmp::Ordering;
use std::collections::{BTreeSet, BinaryHeap, VecDeque};
use std::sync::Arc;

/// What an event gave.
pub(crate) struct Seen {
    pub(crate) findings: Vec<Finding>,
    /// For correlations and behaviours.
    pub(crate) observation: Option<Box<Counted>>,
}

/// What correlations and behaviours count of an event, and what their finding would say of it.
pub(crate) struct Counted {
    correlation: Option<Observation>,
    behaviour: Option<behaviours::Observation>,
    context: Context,
}

/// Where an event stands.
#[derive(Clone, Copy)]
pub(crate) struct At<'a> {
    pub(crate) input: &'a Arc<str>,
    pub(crate) place: Place,
    pub(crate) position: u64,
    /// The event is kept under its id, and can be found again by it.
    pub(crate) stored: bool,
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

/// What a correlation or behaviour says of the event that completed it.
#[derive(Clone)]
pub(crate) struct Context {
    event: EventId,
    host: Option<Box<str>>,
    user: Option<Box<str>>,
    source_ip: Option<Box<str>>,
    event_code: Option<Box<str>>,
    input: Arc<str>,
    place: Place,
    stored: bool,
    /// Values for the placeholders of their texts.
    values: Vec<(Arc<str>, Box<str>)>,
}

impl Default for Context {
    /// Of an event that is not known any more.
    fn default() -> Self {
        Self {
            event: EventId::default(),
            host: None,
            user: None,
            source_ip: None,
            event_code: None,
            input: Arc::from(""),
            place: Place::Whole,
            stored: false,
            values: Vec::new(),
        }
    }
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
    behaviours: Arc<Behaviours>,
    behaving: BehaviourScratch,
    watch: Option<IndicatorWatch>,
    found: Vec<Detection>,
    placeholders: Vec<Arc<str>>,
    cards: Cards,
    level: Severity,
    lang: Lang,
    keep_event: bool,
}

impl Matching {
    pub(crate) fn new(looks: &Looks, options: &HuntOptions) -> Self {
        let Looks { pack, behaviours, indicators } = looks;
        let over_time = pack.infos().filter(|i| i.correlation).chain(behaviours.infos());
        let names: BTreeSet<&str> = over_time.flat_map(|i| i.explain.texts(options.lang).placeholders()).collect();
        Self {
            matcher: Matcher::new(Arc::clone(pack)),
            scratch: MatchScratch::new(),
            hits: Vec::new(),
            extractor: Correlator::new(Arc::clone(pack), CorrelatorOptions::default()),
            behaviours: Arc::clone(behaviours),
            behaving: BehaviourScratch::default(),
            watch: indicators.clone().map(IndicatorWatch::new),
            found: Vec::new(),
            placeholders: names.into_iter().map(Arc::from).collect(),
            cards: Cards::default(),
            level: options.level,
            lang: options.lang,
            keep_event: options.keep_event,
        }
    }

    /// Looks at an event; of no known source only for indicators. Adds to `seen` when something
    /// fires or is counted over time; gives how many fire below the level that is told.
    pub(crate) fn look(&mut self, event: &mut Event, known: bool, at: At<'_>, seen: &mut Vec<Seen>) -> u64 {
        self.hits.clear();
        if known {
            self.matcher.hits(event, &mut self.scratch, &mut self.hits);
        }
        let correlation = self.correlation(event, at.position);
        let below = self.hits_below(event);
        // In files an event is received when it happened: what waits, and what expires, goes by that.
        if !event.marks.no_time {
            event.received = event.time;
        }
        let behaviour =
            if known && !event.marks.no_time { self.behaviours.extract(event, &mut self.behaving) } else { None };
        let below = below + self.indicators(event);
        let findings = self.findings(event, at);
        if !findings.is_empty() || correlation.is_some() || behaviour.is_some() {
            let counted = correlation.is_some() || behaviour.is_some();
            let observation =
                counted.then(|| Box::new(Counted { correlation, behaviour, context: self.context(event, at) }));
            seen.push(Seen { findings, observation });
        }
        below
    }

    /// What correlations count. Records without a time would all seem to happen at once.
    fn correlation(&self, event: &Event, position: u64) -> Option<Observation> {
        if event.marks.no_time || self.hits.is_empty() {
            return None;
        }
        self.extractor.extract(event, &self.hits, position)
    }

    /// Collects the detections of rules; gives how many are below the level.
    fn hits_below(&mut self, event: &Event) -> u64 {
        let mut below = 0;
        for hit in self.hits.iter().filter(|h| h.standalone) {
            let Some(info) = self.matcher.pack().info(hit.rule) else { continue };
            if info.level < self.level {
                below += 1;
            } else {
                self.found.extend(self.matcher.detection(event, *hit));
            }
        }
        below
    }

    /// Collects the detections of lists; gives how many are below the level.
    fn indicators(&mut self, event: &Event) -> u64 {
        let Some(watch) = &mut self.watch else { return 0 };
        let before = self.found.len();
        watch.observe(event, &mut self.found);
        let told = self.found.len();
        let level = self.level;
        let mut n = 0;
        self.found.retain(|d| {
            n += 1;
            n <= before || d.rule.level >= level
        });
        (told - self.found.len()) as u64
    }

    fn findings(&mut self, event: &Event, at: At<'_>) -> Vec<Finding> {
        if self.found.is_empty() {
            return Vec::new();
        }
        let json = if self.keep_event { event_json(event) } else { None };
        let mut findings = Vec::with_capacity(self.found.len());
        for detection in self.found.drain(..) {
            findings.push(Finding {
                rule: self.cards.of(&detection.rule),
                time: (!event.marks.no_time).then_some(event.time),
                host: common(event, CommonField::HostName),
                user: common(event, CommonField::UserName),
                source_ip: common(event, CommonField::SourceIp),
                input: Arc::clone(at.input),
                place: at.place,
                id: at.stored.then_some(event.id),
                kind: Arc::clone(&event.kind),
                logsource: Arc::clone(&event.logsource),
                event_code: common(event, CommonField::EventCode),
                told: told(detection.texts(self.lang, Some(event))),
                matched: detection.matched.into_iter().map(matched).collect(),
                events: 1,
                event: json.clone(),
            });
        }
        findings
    }

    fn context(&self, event: &Event, at: At<'_>) -> Context {
        let value = |name: &Arc<str>| lookup(event, name).map(|v| (Arc::clone(name), Box::from(v)));
        Context {
            event: event.id,
            host: common(event, CommonField::HostName),
            user: common(event, CommonField::UserName),
            source_ip: common(event, CommonField::SourceIp),
            event_code: common(event, CommonField::EventCode),
            input: Arc::clone(at.input),
            place: at.place,
            stored: at.stored,
            values: self.placeholders.iter().filter_map(value).collect(),
        }
    }
}

/// Most observations that wait to be put in order of time, about 1.5 KB each.
const WAITING: usize = 40_000;

/// Contexts of events that a behaviour may tell of later, when what it waited for did not come.
const LATER: usize = 4_096;

/// An observation that waits for earlier ones.
struct Waiting {
    /// When it happened, then the order in which it was met: equal times keep their order.
    order: (Timestamp, u64),
    counted: Counted,
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

/// The counting half of correlations and behaviours: one for the whole hunt.
///
/// Files come one after the other while these look over time: `auth.log` is read before
/// `auth.log.1`, and an attack leaves traces in several files of a machine. So observations wait,
/// sorted by time, until all is read or too many wait.
pub(crate) struct Correlating {
    correlator: Correlator,
    behaving: BehaviourDetector,
    /// What the latest events for behaviours were, oldest first.
    later: VecDeque<Context>,
    cards: Cards,
    lang: Lang,
    waiting: BinaryHeap<Waiting>,
    met: u64,
}

impl Correlating {
    pub(crate) fn new(looks: &Looks, options: &HuntOptions) -> Self {
        Self {
            correlator: Correlator::new(Arc::clone(&looks.pack), CorrelatorOptions::default()),
            behaving: BehaviourDetector::new(Arc::clone(&looks.behaviours)),
            later: VecDeque::new(),
            cards: Cards::default(),
            lang: options.lang,
            waiting: BinaryHeap::new(),
            met: 0,
        }
    }

    /// Takes what is counted of an event; gives the findings that are due because too many wait.
    pub(crate) fn take(&mut self, counted: Counted) -> Vec<Finding> {
        let of_correlation = counted.correlation.as_ref().map(Observation::time);
        let time = of_correlation.or_else(|| counted.behaviour.as_ref().map(behaviours::Observation::time));
        self.met += 1;
        self.waiting.push(Waiting { order: (time.unwrap_or_default(), self.met), counted });
        if self.waiting.len() > WAITING { self.next().unwrap_or_default() } else { Vec::new() }
    }

    /// Counts the earliest observation that waits; `None` when none does.
    pub(crate) fn next(&mut self) -> Option<Vec<Finding>> {
        let Counted { correlation, behaviour, context } = self.waiting.pop()?.counted;
        let mut out = Vec::new();
        if let Some(observation) = correlation {
            self.correlator.observe(observation, &mut out);
        }
        if let Some(observation) = behaviour {
            self.behaving.observe(&observation, &mut out);
            if self.later.len() >= LATER {
                self.later.pop_front();
            }
            self.later.push_back(context.clone());
        }
        Some(out.into_iter().map(|d| self.of_event(d, &context)).collect())
    }

    /// What falls due with the last event of all, at `last`.
    pub(crate) fn end(&mut self, last: Option<Timestamp>) -> Vec<Finding> {
        let Some(last) = last else { return Vec::new() };
        let mut out = Vec::new();
        self.behaving.advance(last, &mut out);
        let nothing = Context::default();
        out.into_iter().map(|d| self.of_event(d, &nothing)).collect()
    }

    /// A finding told with the event it stands on, which may be an earlier one than the present.
    fn of_event(&mut self, detection: Detection, present: &Context) -> Finding {
        let on = detection.events.last().copied();
        if on.is_none() || on == Some(present.event) || detection.rule.correlation {
            return self.finding(detection, present);
        }
        let earlier = self.later.iter().rev().find(|c| Some(c.event) == on).cloned();
        self.finding(detection, &earlier.unwrap_or_default())
    }

    /// Observations that came too late to be counted, in spite of the waiting.
    pub(crate) fn late(&self) -> u64 {
        self.correlator.stats().late + self.behaving.stats().iter().map(|s| s.late).sum::<u64>()
    }

    fn finding(&mut self, detection: Detection, context: &Context) -> Finding {
        let texts = detection.rule.explain.texts(self.lang);
        let value = |name: &str| {
            let known = context.values.iter().find(|(n, _)| **n == *name).map(|(_, v)| v.as_ref());
            // What a behaviour says of itself (`observed`, `distinct` …) stands among the fields to show.
            let own = || detection.summary_fields.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
            let grouped = || detection.matched.iter().find(|m| m.field == name).map(|m| m.value.as_str());
            known.or_else(own).or_else(grouped)
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
            id: context.stored.then_some(context.event),
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
