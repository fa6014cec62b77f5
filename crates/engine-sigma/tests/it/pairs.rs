//! Ten million pairs of a random rule and a random event: the engine, in every way it can be
//! used, gives the answer of the slow reading.

use crate::oracle::{self, Event};
use crate::random;
use crate::support::{file, record};
use base_core::ContentFile;
use engine_event::{LogSource, Record};
use engine_sigma::{CompileOptions, Routing, RuleIdx, RuleSet, Scratch};
use proptest::strategy::{Strategy, ValueTree};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};
use std::sync::atomic::{AtomicUsize, Ordering};

struct Sample {
    json: String,
    source: LogSource,
    record: Record,
}

/// The same rules and events in every run; another seed (a number) by `MANGROVE_SEED`.
struct Drawn {
    texts: Vec<String>,
    events: Vec<Sample>,
}

fn draw(rules: usize, events: usize) -> Drawn {
    let seed: u8 = std::env::var("MANGROVE_SEED").ok().and_then(|s| s.parse().ok()).unwrap_or(7);
    let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]);
    let mut runner = TestRunner::new_with_rng(Config::default(), rng);
    let mut texts = Vec::with_capacity(rules);
    let strategy = random::rule();
    for n in 0..rules {
        texts.push(format!("id: rule-{n}\n{}", strategy.new_tree(&mut runner).expect("a rule").current()));
    }
    let mut samples = Vec::with_capacity(events);
    let strategy = (random::event(), random::source());
    for _ in 0..events {
        let (json, source) = strategy.new_tree(&mut runner).expect("an event").current();
        samples.push(Sample { record: record(&json), json, source });
    }
    Drawn { texts, events: samples }
}

impl Drawn {
    fn files(&self) -> Vec<ContentFile> {
        self.texts.iter().map(|t| file(t)).collect()
    }

    fn compile(&self, routing: Routing) -> RuleSet {
        let (set, errors) = RuleSet::compile_with(&self.files(), &CompileOptions { routing, ..random::options() });
        assert!(errors.is_empty(), "{errors:?}");
        set
    }

    /// The slow reading's answer: for each event, the rules that match; and how many pairs were held together.
    fn expected(&self, routing: oracle::Routing) -> (Vec<Vec<u32>>, usize) {
        let (placeholders, next, pairs) = (random::options().placeholders, AtomicUsize::new(0), AtomicUsize::new(0));
        let work = || {
            let slow: Vec<_> = self.texts.iter().map(|t| oracle::Rule::read(t, &placeholders)).collect();
            let (mut done, mut held) = (Vec::new(), 0);
            while let Some((n, sample)) =
                Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|n| Some((n, self.events.get(n)?)))
            {
                let event = Event::new(&sample.record, None);
                let mut hits = Vec::new();
                for (number, rule) in (0_u32..).zip(&slow).filter(|(_, r)| r.applies(&sample.source, routing)) {
                    held += 1;
                    if rule.matches(&event) {
                        hits.push(number);
                    }
                }
                done.push((n, hits));
            }
            pairs.fetch_add(held, Ordering::Relaxed);
            done
        };
        let mut all: Vec<(usize, Vec<u32>)> = std::thread::scope(|scope| {
            let running = [scope.spawn(work), scope.spawn(work)];
            running.into_iter().flat_map(|r| r.join().expect("finished")).collect()
        });
        all.sort();
        (all.into_iter().map(|(_, hits)| hits).collect(), pairs.into_inner())
    }

    /// The engine's answer for one event.
    fn hits(&self, set: &RuleSet, event: usize, scratch: &mut Scratch) -> Vec<u32> {
        let Sample { source, record, .. } = &self.events[event];
        let mut hits = Vec::new();
        set.evaluate(source, record, scratch, &mut |rule| hits.push(rule.0));
        hits
    }

    fn check(&self, way: &str, event: usize, found: &[u32], expected: &[u32]) {
        let differ = |n: &&u32| found.contains(n) != expected.contains(n);
        if let Some(rule) = found.iter().chain(expected).find(differ) {
            let Sample { json, source, .. } = &self.events[event];
            let matched = expected.contains(rule);
            panic!("{way}: expected {matched}\n{}\n{json}\n{source:?}", self.texts[*rule as usize]);
        }
        assert_eq!(found, expected, "{way}: order of event {event}");
    }
}

/// Another order of the events, the same in every run.
fn shuffled(events: usize) -> Vec<usize> {
    let mut order: Vec<usize> = (0..events).collect();
    let mut state = 0x9E37_79B9_7F4A_7C15_u64;
    for n in (1..events).rev() {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        order.swap(n, (state >> 33) as usize % (n + 1));
    }
    order
}

/// Every way of use gives what is expected.
fn agree(drawn: &Drawn, routing: Routing, expected: &[Vec<u32>]) {
    let set = drawn.compile(routing);
    let all = 0..drawn.events.len();
    let mut scratch = Scratch::new();
    for pass in ["first", "second", "third"] {
        for n in all.clone() {
            drawn.check(pass, n, &drawn.hits(&set, n, &mut scratch), &expected[n]);
        }
    }
    for n in shuffled(drawn.events.len()) {
        drawn.check("shuffled", n, &drawn.hits(&set, n, &mut scratch), &expected[n]);
        drawn.check("repeated", n, &drawn.hits(&set, n, &mut scratch), &expected[n]);
    }
    for n in all.clone().step_by(7) {
        drawn.check("fresh scratch", n, &drawn.hits(&set, n, &mut Scratch::new()), &expected[n]);
    }
    // Next to no memory: what is remembered is forgotten again and again.
    for budget in [0, 600, 6_000, 60_000] {
        let mut scratch = Scratch::with_budget(budget);
        for n in all.clone().step_by(5).chain(all.clone().step_by(3)) {
            drawn.check("little memory", n, &drawn.hits(&set, n, &mut scratch), &expected[n]);
        }
    }
    // Reload: the rules compiled anew, also with others before them, and back, on the same scratch.
    let other = drawn.compile(routing);
    for n in all.clone().step_by(3) {
        let set = if n / 300 % 2 == 0 { &other } else { &set };
        drawn.check("reloaded", n, &drawn.hits(set, n, &mut scratch), &expected[n]);
    }
    std::thread::scope(|scope| {
        for start in 0..2 {
            let (set, all) = (&set, all.clone());
            scope.spawn(move || {
                let mut scratch = Scratch::new();
                for n in
                    all.skip(start).step_by(2).chain(shuffled(drawn.events.len()).into_iter().skip(start).step_by(2))
                {
                    drawn.check("two threads", n, &drawn.hits(set, n, &mut scratch), &expected[n]);
                }
            });
        }
    });
    for n in all.step_by(97) {
        let Sample { source, record, .. } = &drawn.events[n];
        let told = (0..drawn.texts.len() as u32).filter(|rule| {
            let explained = set.explain(RuleIdx(*rule), source, record, None).expect("a rule");
            explained.matched && explained.applies
        });
        drawn.check("explained", n, &told.collect::<Vec<_>>(), &expected[n]);
    }
}

#[test]
fn ten_million_pairs_agree() {
    let drawn = draw(2_000, 5_000);
    let (expected, pairs) = drawn.expected(oracle::Routing::Everything);
    assert_eq!(pairs, 10_000_000);
    let matches: usize = expected.iter().map(Vec::len).sum();
    let silent = (0..2_000).filter(|rule| !expected.iter().any(|hits| hits.contains(rule))).count();
    println!("{pairs} pairs, {matches} of them match, {silent} rules never");
    assert!(matches > pairs / 20 && matches < pairs * 19 / 20 && silent < 400, "{matches} {silent}");
    agree(&drawn, Routing::Everything, &expected);
}

#[test]
fn log_sources_choose_the_rules() {
    let drawn = draw(600, 1_500);
    for (routing, slow) in
        [(Routing::Placed, oracle::Routing::Placed), (Routing::ConflictOnly, oracle::Routing::ConflictOnly)]
    {
        let (expected, pairs) = drawn.expected(slow);
        println!("{routing:?}: {pairs} of {} pairs meet", 600 * 1_500);
        assert!(pairs > 200_000 && pairs < 600 * 1_500);
        agree(&drawn, routing, &expected);
    }
}
