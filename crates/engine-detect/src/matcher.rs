//! Stateless matching: an event to the rules it matches.

use crate::detection::{Detection, Matched, summary_fields};
use crate::pack::RulePack;
use crate::tally::{Counter, Tally};
use engine_event::Event;
use engine_sigma::{Explanation, RuleIdx, Scratch};
use std::borrow::Cow;
use std::sync::Arc;

/// A rule that an event matched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Hit {
    /// The rule.
    pub rule: RuleIdx,
    /// Whether it is a detection of its own; `false` when it only feeds correlations.
    pub standalone: bool,
}

/// Memory of one thread that matches: give each its own.
#[derive(Debug, Default)]
pub struct MatchScratch {
    scratch: Scratch,
    counter: Counter,
}

impl MatchScratch {
    /// An empty scratch.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What was counted since the last call.
    pub fn take_tally(&mut self) -> Tally {
        self.counter.take()
    }

    /// Lets the tally tell the fields of each log source anew: what is told once is not told
    /// again, and whoever asks whether a field still comes must have it told from time to time.
    pub fn forget_fields(&mut self) {
        self.counter.forget_fields();
    }
}

/// Holds rules against events. Cheap to clone and to share.
#[derive(Clone, Debug)]
pub struct Matcher {
    pack: Arc<RulePack>,
}

impl Matcher {
    /// A matcher for the rules of `pack`.
    #[must_use]
    pub fn new(pack: Arc<RulePack>) -> Self {
        Self { pack }
    }

    /// The rules.
    #[must_use]
    pub fn pack(&self) -> &Arc<RulePack> {
        &self.pack
    }

    /// Appends every rule that `event` matches.
    pub fn hits(&self, event: &Event, scratch: &mut MatchScratch, out: &mut Vec<Hit>) {
        scratch.counter.event(&event.logsource, &event.record, event.marks.unparsed);
        let before = out.len();
        self.hits_uncounted(event, scratch, out);
        scratch.counter.hits(&self.pack, out.get(before..).unwrap_or_default(), event.time);
    }

    /// Like [`Matcher::hits`], for rules beside those that are counted.
    pub(crate) fn hits_uncounted(&self, event: &Event, scratch: &mut MatchScratch, out: &mut Vec<Hit>) {
        let rules = self.pack.rules();
        let raw = message(event);
        rules.evaluate_with_raw(&event.logsource, &event.record, raw.as_deref(), &mut scratch.scratch, &mut |rule| {
            out.push(Hit { rule, standalone: rules.is_standalone(rule) });
        });
    }

    /// The detection of a hit. `None` only when the hit is of another pack.
    #[must_use]
    pub fn detection(&self, event: &Event, hit: Hit) -> Option<Detection> {
        let rule = self.pack.info(hit.rule)?;
        let explanation = self.explain(event, hit.rule)?;
        Some(Detection::of_event(rule, event, &[], Matched::of(explanation), summary_fields(event, rule)))
    }

    /// Why a rule matches an event, or does not, predicate by predicate.
    #[must_use]
    pub fn explain(&self, event: &Event, rule: RuleIdx) -> Option<Explanation> {
        self.pack.rules().explain(rule, &event.logsource, &event.record, message(event).as_deref())
    }
}

/// The raw message for keyword searches, where it is text. JSON and XML are left out: their
/// values are in the record, and names of members are not the message.
fn message(event: &Event) -> Option<Cow<'_, str>> {
    let start = event.raw.trim_ascii_start();
    let structured = start.starts_with(b"{")
        || start.starts_with(b"[{")
        || start.starts_with(b"<Event")
        || start.starts_with(b"<?xml");
    (event.marks.unparsed || !structured).then(|| event.raw_text())
}
