//! `sequence`: steps that follow one another, with or without something missing.
//!
//! Steps are rules of the same file, by name. The steps must happen in order, to different events,
//! all within `within` from the first to the last. `absent: <rule>` between two steps says that
//! no such event may lie between them. As the last step it says that no such event may follow
//! within `for`; then the sequence fires when that time has passed without it.
//!
//! Of several ways to fill the steps the one that begins latest counts. What a sequence has used is
//! not used again. Events may come in any order as long as they are not older than `within`.

use super::machine::{Context, Detect, Fired, Input, Outcome, State, read_id, write_id};
use crate::behaviours::codec::{Reader, Writer};
use crate::behaviours::span::{SECOND, Span};
use engine_event::EventId;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    steps: Vec<StepSettings>,
    within: Span,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
enum StepSettings {
    Rule(String),
    Absent(AbsentSettings),
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct AbsentSettings {
    absent: String,
    #[serde(default, rename = "for")]
    span: Option<Span>,
}

/// The settings, checked. Steps are numbered in the order in which their rules are first named.
#[derive(Clone, Debug)]
pub(in crate::behaviours) struct Sequence {
    rules: Vec<String>,
    /// The steps that must happen, each with what must not lie before it.
    steps: Vec<Step>,
    /// What must not follow, and for how long.
    then_absent: Option<(u16, i64)>,
    within: i64,
}

/// Bits of rules: one that must have matched, and those that must not lie between it and the step before.
#[derive(Clone, Copy, Debug)]
struct Step {
    rule: u16,
    without: u16,
}

/// Most steps; each rule is a bit.
const MAX_STEPS: usize = 16;
/// Most events remembered per entity.
const MAX_EVENTS: usize = 256;
/// How long after its time an absence is waited for, since events come late, microseconds.
const SETTLE: i64 = 120 * SECOND;

pub(super) fn read(settings: Settings) -> Result<Sequence, String> {
    let mut made = Sequence { rules: Vec::new(), steps: Vec::new(), then_absent: None, within: settings.within.0 };
    let (mut without, count) = (0, settings.steps.len());
    for (n, step) in settings.steps.into_iter().enumerate() {
        match step {
            StepSettings::Rule(rule) => {
                let rule = made.bit(rule)?;
                made.steps.push(Step { rule, without: std::mem::take(&mut without) });
            }
            StepSettings::Absent(absent) => {
                let bit = made.bit(absent.absent)?;
                let last = n + 1 == count;
                match absent.span {
                    Some(span) if last => made.then_absent = Some((bit, span.0)),
                    None if !last && !made.steps.is_empty() => without |= bit,
                    _ => {
                        let text = "an absent step stands between two steps, or last with `for`";
                        return Err(format!("mangrove.behaviour: {text}"));
                    }
                }
            }
        }
    }
    if made.steps.is_empty() || (made.steps.len() < 2 && made.then_absent.is_none()) {
        return Err("mangrove.behaviour: give `steps` at least two rules, or one and an absent one".to_owned());
    }
    Ok(made)
}

impl Sequence {
    fn bit(&mut self, rule: String) -> Result<u16, String> {
        let at = self.rules.iter().position(|r| *r == rule).unwrap_or_else(|| {
            self.rules.push(rule);
            self.rules.len() - 1
        });
        if at < MAX_STEPS {
            Ok(1 << at)
        } else {
            Err(format!("mangrove.behaviour: more than {MAX_STEPS} rules in one sequence"))
        }
    }

    /// Names of the rules, in the order of their bits.
    pub(super) fn rules(&self) -> Vec<&str> {
        self.rules.iter().map(String::as_str).collect()
    }

    /// The way through the steps that begins latest and ends at the last event possible, as places.
    fn chain(&self, events: &[Seen]) -> Option<Vec<usize>> {
        // For the step before: per event, where the best chain that ends there begins, and its predecessor.
        let mut tables: Vec<Vec<Option<(usize, usize)>>> = Vec::with_capacity(self.steps.len());
        for step in &self.steps {
            let previous = tables.last();
            let mut best: Option<(usize, usize)> = None;
            let row = events.iter().enumerate().map(|(at, event)| {
                let fits = event.rules & step.rule != 0;
                let ends = match previous {
                    None => fits.then_some((at, at)),
                    Some(_) => best.filter(|_| fits).filter(|(from, _)| self.in_time(events, *from, at)),
                };
                if event.rules & step.without != 0 {
                    best = None;
                }
                // Later events may follow this one.
                if let Some((from, _)) = previous.and_then(|p| p.get(at).copied().flatten())
                    && best.is_none_or(|(known, _)| from >= known)
                {
                    best = Some((from, at));
                }
                ends
            });
            let row: Vec<_> = row.collect();
            tables.push(row);
        }
        let mut at = tables.last()?.iter().rposition(Option::is_some)?;
        let mut chain = vec![at];
        for table in tables.iter().skip(1).rev() {
            at = table.get(at).copied().flatten()?.1;
            chain.push(at);
        }
        chain.reverse();
        Some(chain)
    }

    fn in_time(&self, events: &[Seen], from: usize, to: usize) -> bool {
        let time = |n: usize| events.get(n).map_or(0, |e| e.time);
        time(to).saturating_sub(time(from)) <= self.within
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
struct Seen {
    time: i64,
    event: EventId,
    rules: u16,
}

/// Events of an entity in the order of time, and what is awaited.
#[derive(Debug, Default)]
pub(in crate::behaviours) struct Trail {
    events: Vec<Seen>,
    /// Nothing before this counts any more: it was used.
    used: Option<(i64, EventId)>,
    waiting: Option<Waiting>,
}

#[derive(Debug)]
struct Waiting {
    deadline: i64,
    fired: Fired,
    context: Context,
}

impl Detect for Sequence {
    type State = Trail;

    fn observe(&self, state: &mut Trail, input: &Input<'_>) -> Outcome {
        let seen = Seen { time: input.time, event: input.seen.event, rules: input.feed.steps };
        let newest = state.events.last().map_or(seen.time, |e| e.time.max(seen.time));
        let keep = self.within.max(self.then_absent.map_or(0, |(_, span)| span));
        let old = newest.saturating_sub(keep);
        if seen.time < old || state.used.is_some_and(|used| (seen.time, seen.event) <= used) {
            return Outcome { late: true, ..Outcome::default() };
        }
        if let (Some(waiting), Some((bit, _))) = (&state.waiting, self.then_absent)
            && seen.rules & bit != 0
            && seen.time > waiting.fired.time
            && seen.time <= waiting.deadline
        {
            state.waiting = None;
        }
        let at = state.events.partition_point(|e| (e.time, e.event) <= (seen.time, seen.event));
        state.events.insert(at, seen);
        let gone = state.events.partition_point(|e| e.time < old).max(state.events.len().saturating_sub(MAX_EVENTS));
        let fresh = state.events.partition_point(|e| e.time < old);
        state.events.drain(..gone);
        let mut outcome = Outcome { evicted: (gone - fresh) as u64, ..Outcome::default() };
        if state.waiting.is_none()
            && let Some(fired) = self.chain(&state.events).and_then(|chain| fired(&state.events, &chain))
        {
            outcome.fired = self.settle(state, fired, input);
        }
        outcome
    }

    fn next_due(&self, state: &Trail) -> Option<i64> {
        state.waiting.as_ref().map(|w| w.deadline.saturating_add(SETTLE))
    }

    fn due(&self, state: &mut Trail, watermark: i64) -> Option<(Context, Fired)> {
        let waiting = state.waiting.take_if(|w| w.deadline.saturating_add(SETTLE) <= watermark)?;
        Some((waiting.context, waiting.fired))
    }
}

impl Sequence {
    /// Takes what was used out of the trail; gives what fires at once.
    fn settle(&self, state: &mut Trail, fired: Fired, input: &Input<'_>) -> Option<Fired> {
        let end = fired.events.last().map(|id| (fired.time, *id));
        let after = state.events.partition_point(|e| Some((e.time, e.event)) <= end);
        state.events.drain(..after);
        state.used = end;
        let Some((bit, span)) = self.then_absent else { return Some(fired) };
        let deadline = fired.time.saturating_add(span);
        let came = state.events.iter().any(|e| e.rules & bit != 0 && e.time <= deadline);
        if !came {
            state.waiting = Some(Waiting { deadline, fired, context: Context::of(input) });
        }
        None
    }
}

fn fired(events: &[Seen], chain: &[usize]) -> Option<Fired> {
    let steps: Vec<&Seen> = chain.iter().filter_map(|n| events.get(*n)).collect();
    let (first, last) = (steps.first()?, steps.last()?);
    Some(Fired {
        events: steps.iter().map(|s| s.event).collect(),
        count: steps.len() as u64,
        first_time: first.time,
        time: last.time,
        notes: vec![("minutes", (last.time.saturating_sub(first.time) / (60 * SECOND)).to_string())],
    })
}

impl State for Trail {
    fn bytes(&self) -> usize {
        let waiting = self.waiting.as_ref().map_or(0, |w| w.context.bytes() + w.fired.events.len() * 16 + 128);
        size_of::<Self>() + self.events.len() * size_of::<Seen>() + waiting
    }

    fn write(&self, out: &mut Writer) {
        out.count(self.events.len());
        for seen in &self.events {
            out.i64(seen.time);
            write_id(seen.event, out);
            out.u16(seen.rules);
        }
        out.flag(self.used.is_some());
        if let Some((time, event)) = self.used {
            out.i64(time);
            write_id(event, out);
        }
        out.flag(self.waiting.is_some());
        if let Some(waiting) = &self.waiting {
            out.i64(waiting.deadline);
            out.i64(waiting.fired.first_time);
            out.i64(waiting.fired.time);
            out.count(waiting.fired.events.len());
            waiting.fired.events.iter().for_each(|id| write_id(*id, out));
            waiting.context.write(out);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let mut trail = Trail::default();
        for _ in 0..input.count(18)? {
            trail.events.push(Seen { time: input.i64()?, event: read_id(input)?, rules: input.u16()? });
        }
        if input.flag()? {
            trail.used = Some((input.i64()?, read_id(input)?));
        }
        if input.flag()? {
            let (deadline, first_time, time) = (input.i64()?, input.i64()?, input.i64()?);
            let mut events = Vec::new();
            for _ in 0..input.count(8)? {
                events.push(read_id(input)?);
            }
            let minutes = (time.saturating_sub(first_time) / (60 * SECOND)).to_string();
            let fired =
                Fired { count: events.len() as u64, events, first_time, time, notes: vec![("minutes", minutes)] };
            trail.waiting = Some(Waiting { deadline, fired, context: Context::read(input)? });
        }
        Some(trail)
    }
}
