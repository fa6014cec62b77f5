//! What a rule costs: time per event of its log source, measured with the rule alone.
//!
//! In operation all rules share one pass, so the whole costs far less than the sum; but the
//! order of the rules, and which one is a hundred times dearer than the others, shows here.

use base_core::ContentFile;
use engine_detect::RulePack;
use engine_event::Event;
use engine_sigma::{RuleIdx, RuleSet, Scratch};
use std::collections::HashMap;
use std::hint::black_box;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Nanoseconds per event of the log source, by rule. Rules whose log source did not come are absent.
pub type Costs = HashMap<Arc<str>, f64>;

/// Most events a rule is held against.
const EVENTS: usize = 64;
/// Passes of which the quickest counts, so that what else the machine did stays out.
const PASSES: usize = 4;
/// A measurement of all rules ends after this time; what is left has no figure.
const LONGEST: Duration = Duration::from_secs(20);

/// Measures every rule of `pack` against those of `events` that are of its log source. Blocks.
#[must_use]
pub fn measure(pack: &RulePack, events: &[Event]) -> Costs {
    let mut costs = Costs::new();
    let begun = Instant::now();
    for (n, meta) in (0..).zip(pack.rules().rules()) {
        let of_source = |e: &&Event| pack.rules().applies(RuleIdx(n), &e.logsource);
        let events: Vec<&Event> = events.iter().filter(of_source).take(EVENTS).collect();
        if events.is_empty() {
            continue;
        }
        if begun.elapsed() > LONGEST {
            break;
        }
        // Placeholder lists of the pack are not at hand here: such a rule has no figure.
        let file = ContentFile { path: meta.file.to_string(), text: meta.source_text.to_string() };
        let (alone, _) = RuleSet::compile(&[file]);
        if alone.len() == 1 {
            costs.insert(Arc::clone(&meta.id), nanos(&alone, &events));
        }
    }
    costs
}

#[expect(clippy::cast_precision_loss, reason = "nanoseconds of a few events")]
fn nanos(alone: &RuleSet, events: &[&Event]) -> f64 {
    let mut scratch = Scratch::new();
    let mut best = u128::MAX;
    // One pass more, which only warms up.
    for pass in 0..=PASSES {
        let begun = Instant::now();
        for event in events {
            alone.evaluate(&event.logsource, &event.record, &mut scratch, &mut |rule| {
                black_box(rule);
            });
        }
        if pass > 0 {
            best = best.min(begun.elapsed().as_nanos());
        }
    }
    best as f64 / events.len() as f64
}
