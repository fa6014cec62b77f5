//! The stream: ordinary events of the province with the stories among them, for ever.
//!
//! Times rise. First comes the past (thinned, so that charts and search have content), then the
//! live stream. The same seed and start give the same records.

use super::below;
use super::fleet::{self, Machine};
use super::hygiene::{Hygiene, load_hygiene};
use super::ordinary::{Ordinary, load_ordinary};
use super::story::{Line, Sender, Step, Story, Via, load_stories};
use super::template::{Scene, Template};
use super::units::{Unit, load_units};
use base_core::{ContentError, ContentFile, Timestamp};
use rand::rngs::StdRng;
use rand::seq::index;
use rand::{Rng, SeedableRng};
use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::sync::Arc;

pub(crate) const SECOND: i64 = 1_000_000;
pub(crate) const HOUR: i64 = 3_600 * SECOND;

/// What the stream shall look like.
#[derive(Clone, Debug)]
pub(crate) struct StreamOptions {
    /// Seed of everything random.
    pub seed: u64,
    /// Where the live part begins.
    pub start: Timestamp,
    /// Seconds of past before `start`.
    pub past_secs: i64,
    /// About how many ordinary events the past has.
    pub past_events: u32,
    /// Ordinary events per second of the live part.
    pub rate: f64,
    /// Seconds from `start` to the first story.
    pub first_story_secs: i64,
    /// Seconds from the start of one story to that of the next.
    pub story_gap_secs: i64,
}

impl StreamOptions {
    /// For a new data folder: a day of past, then live.
    pub(crate) const fn first_start(start: Timestamp) -> Self {
        Self {
            seed: 2014,
            start,
            past_secs: 24 * 3_600,
            past_events: 12_000,
            rate: 20.0,
            first_story_secs: 3,
            story_gap_secs: 100,
        }
    }

    /// For a data folder that has the past already.
    pub(crate) fn next_start(start: Timestamp) -> Self {
        Self { seed: start.as_micros().unsigned_abs(), past_secs: 0, past_events: 0, ..Self::first_start(start) }
    }
}

/// One record of the stream.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DemoRecord {
    /// When it happens.
    pub at: Timestamp,
    /// Code of the unit it belongs to.
    pub unit_code: String,
    /// Id of the source definition that reads it.
    pub kind: Arc<str>,
    /// How it comes in.
    pub via: Via,
    /// Name of the sender.
    pub host: String,
    /// Address of the sender.
    pub peer: String,
    /// Id of the story it is part of.
    pub story: Option<Arc<str>>,
    /// The record as the source sends it.
    pub bytes: Vec<u8>,
}

/// A story that runs: its unit, actors and variables are drawn.
struct Run {
    story: usize,
    unit: usize,
    cast: Vec<usize>,
    servers: Vec<usize>,
    vars: Vec<(String, String)>,
    start: Timestamp,
}

/// A record of a story that is due: time, run, step, repetition.
type Due = Reverse<(Timestamp, u64, usize, u32)>;

/// The endless stream. Read it as an iterator, or by [`DemoStream::due`].
pub(crate) struct DemoStream {
    units: Vec<Unit>,
    /// First machine of each unit, and one beyond the last.
    first: Vec<usize>,
    machines: Vec<Machine>,
    first_server: Vec<usize>,
    servers: Vec<Machine>,
    ordinary: Vec<Ordinary>,
    weights: u32,
    stories: Vec<Arc<Story>>,
    hygiene: Hygiene,
    options: StreamOptions,
    rng: StdRng,
    next_ordinary: Timestamp,
    /// Starts of stories to come: in the past, then one after the other.
    past_starts: Vec<Timestamp>,
    next_story: Timestamp,
    runs: Vec<(u64, Run)>,
    started: u64,
    queue: BinaryHeap<Due>,
    serial: u64,
    held: Option<DemoRecord>,
}

impl DemoStream {
    /// Reads the demo content and stands at the beginning of the stream.
    ///
    /// # Errors
    /// When a file of the demo content is missing or wrong.
    pub(crate) fn load(files: &[ContentFile], options: StreamOptions) -> Result<Self, ContentError> {
        let units = load_units(files)?;
        let (machines, servers) = (fleet::workstations(&units), fleet::servers(&units));
        let (mut ordinary, mut hygiene) = (Vec::new(), None);
        for file in below(files, "stream/") {
            if file.path.ends_with("hygiene.toml") {
                hygiene = Some(load_hygiene(file, &options, machines.len())?);
            } else {
                load_ordinary(file, &units, &mut ordinary)?;
            }
        }
        let missing = |name: &str| ContentError {
            file: format!("demo/stream/{name}"),
            line: None,
            message: "is missing or empty".to_owned(),
            remedy: "restore the file in content/demo".to_owned(),
        };
        let stories: Vec<Arc<Story>> = load_stories(files)?.into_iter().map(Arc::new).collect();
        let weights: u32 = ordinary.iter().map(|o: &Ordinary| o.weight).sum();
        if weights == 0 || units.is_empty() {
            return Err(missing("*.toml"));
        }
        let begin = options.start.plus_secs(-options.past_secs);
        Ok(Self {
            first: starts(&machines, units.len()),
            first_server: starts(&servers, units.len()),
            hygiene: hygiene.ok_or_else(|| missing("hygiene.toml"))?,
            past_starts: past_starts(&options, stories.len()),
            next_story: options.start.plus_secs(options.first_story_secs),
            rng: StdRng::seed_from_u64(options.seed),
            next_ordinary: begin,
            units,
            machines,
            servers,
            ordinary,
            weights,
            stories,
            options,
            runs: Vec::new(),
            started: 0,
            queue: BinaryHeap::new(),
            serial: 0,
            held: None,
        })
    }

    /// The records that have happened by `now`, at most `max`; call again for more.
    pub(crate) fn due(&mut self, now: Timestamp, max: usize) -> Vec<DemoRecord> {
        let mut batch = Vec::new();
        while batch.len() < max {
            let Some(record) = self.held.take().or_else(|| self.next()) else { break };
            if record.at > now {
                self.held = Some(record);
                break;
            }
            batch.push(record);
        }
        batch
    }

    /// When the next record happens.
    pub(crate) fn next_at(&mut self) -> Option<Timestamp> {
        if self.held.is_none() {
            self.held = self.next();
        }
        self.held.as_ref().map(|record| record.at)
    }

    fn in_past(&self, at: Timestamp) -> bool {
        at < self.options.start
    }

    /// Starts every story that begins before the next record.
    fn start_stories(&mut self) {
        if self.stories.is_empty() {
            return;
        }
        let horizon = self.next_ordinary.min(self.hygiene.at);
        while let Some(at) = self.past_starts.last().copied().filter(|at| *at <= horizon) {
            self.past_starts.pop();
            self.start_story(at, true);
        }
        while self.next_story <= horizon {
            self.start_story(self.next_story, false);
            self.next_story = self.next_story.plus_secs(self.options.story_gap_secs.max(1));
        }
    }

    fn start_story(&mut self, at: Timestamp, past: bool) {
        let number = self.started;
        self.started += 1;
        // Live stories begin with the first of the list, whatever ran in the past.
        let order = if past { number } else { number - self.past_runs().min(number) };
        let count = self.stories.len() as u64;
        let story_at = usize::try_from(order % count).unwrap_or_default();
        let Some(story) = self.stories.get(story_at).cloned() else { return };
        // In the past it happened to the last of a story's units, now it happens to the first.
        let round = usize::try_from(order / count).unwrap_or_default();
        let place = if past { story.units.len() - 1 } else { round % story.units.len() };
        let code = story.units.get(place).map_or("", String::as_str);
        let unit = self.units.iter().position(|u| u.code == code).unwrap_or_default();
        let (cast, servers) = (self.draw(&self.first.clone(), unit), self.draw(&self.first_server.clone(), unit));
        let mut run = Run { story: story_at, unit, cast, servers, vars: Vec::new(), start: at };
        for (name, template) in &story.vars {
            let value = self.fill(template, at, unit, None, Some(&run), 0);
            run.vars.push((name.clone(), value));
        }
        for (step_at, step) in story.steps.iter().enumerate() {
            self.queue.push(Reverse((step_time(&run, step, 0), number, step_at, 0)));
        }
        self.runs.push((number, run));
        // A run is forgotten when none of its steps is waiting.
        let queue = &self.queue;
        self.runs.retain(|(id, _)| queue.iter().any(|Reverse((_, run, _, _))| run == id));
    }

    fn past_runs(&self) -> u64 {
        if self.options.past_secs >= 3_600 { self.stories.len() as u64 } else { 0 }
    }

    /// Up to nine different machines of a unit.
    fn draw(&mut self, first: &[usize], unit: usize) -> Vec<usize> {
        let (from, to) = span(first, unit);
        let count = to - from;
        index::sample(&mut self.rng, count, count.min(9)).into_iter().map(|i| from + i).collect()
    }

    fn fill(
        &mut self,
        raw: &Template,
        at: Timestamp,
        unit: usize,
        own: Option<&Machine>,
        run: Option<&Run>,
        n: u32,
    ) -> String {
        let (from, to) = span(&self.first, unit);
        let pick = |all: &'_ [Machine], places: &[usize]| {
            places.iter().filter_map(|p| all.get(*p)).cloned().collect::<Vec<_>>()
        };
        let cast = run.map(|r| pick(&self.machines, &r.cast)).unwrap_or_default();
        let servers = run.map(|r| pick(&self.servers, &r.servers)).unwrap_or_default();
        let Some(unit) = self.units.get(unit) else { return String::new() };
        let scene = Scene {
            at,
            unit,
            own,
            lan: self.machines.get(from..to).unwrap_or_default(),
            cast: &cast.iter().collect::<Vec<_>>(),
            servers: &servers.iter().collect::<Vec<_>>(),
            vars: run.map(|r| r.vars.as_slice()).unwrap_or_default(),
            repetition: n,
            serial: self.serial,
        };
        raw.fill(&scene, &mut self.rng)
    }

    /// Makes the record of a line for a unit and, in a story, its run.
    fn record(&mut self, line: &Line, at: Timestamp, unit: usize, run: Option<&Run>, n: u32) -> DemoRecord {
        self.serial += 1;
        let named = line.unit.as_deref().and_then(|code| self.units.iter().position(|u| u.code == code));
        let owner = named.unwrap_or(unit);
        let own = self.sender(&line.sender, unit, run);
        let raw = self.fill(&line.raw, at, unit, own.as_ref(), run, n);
        let (host, peer) = match (&line.sender, own) {
            (Sender::Device(host, address), _) => {
                (self.fill(host, at, unit, None, run, n), self.fill(address, at, unit, None, run, n))
            }
            (_, Some(machine)) => (machine.host, machine.ip),
            (_, None) => (String::new(), String::new()),
        };
        DemoRecord {
            at,
            unit_code: self.units.get(owner).map(|u| u.code.clone()).unwrap_or_default(),
            kind: Arc::from(line.kind.as_str()),
            via: line.via,
            host,
            peer,
            story: run.and_then(|r| self.stories.get(r.story)).map(|s| Arc::from(s.id.as_str())),
            bytes: raw.into_bytes(),
        }
    }

    fn sender(&mut self, sender: &Sender, unit: usize, run: Option<&Run>) -> Option<Machine> {
        let (all, first, cast, number) = match sender {
            Sender::Workstation(n) => (&self.machines, &self.first, run.map(|r| &r.cast), *n),
            Sender::Server(n) => (&self.servers, &self.first_server, run.map(|r| &r.servers), *n),
            Sender::Device(..) => return None,
        };
        let place = match cast {
            Some(cast) => *cast.get(number)?,
            None => {
                let (from, to) = span(first, unit);
                if to <= from {
                    return None;
                }
                self.rng.random_range(from..to)
            }
        };
        all.get(place).cloned()
    }

    fn next_ordinary_record(&mut self) -> Option<DemoRecord> {
        let at = self.next_ordinary;
        self.next_ordinary = at.plus_micros(self.pause(at));
        let mut share = self.rng.random_range(0..self.weights);
        let chosen = self.ordinary.iter().position(|o| {
            let hit = share < o.weight;
            share = share.saturating_sub(o.weight);
            hit
        })?;
        let ordinary = self.ordinary.get(chosen)?;
        let line = ordinary.line.clone();
        let unit = match line.sender {
            // A unit with more machines sends more.
            Sender::Workstation(_) if ordinary.units.len() == self.units.len() => {
                let machine = self.rng.random_range(0..self.machines.len());
                self.machines.get(machine).map_or(0, |m| m.unit)
            }
            _ => *ordinary.units.get(self.rng.random_range(0..ordinary.units.len()))?,
        };
        Some(self.record(&line, at, unit, None, 0))
    }

    /// Microseconds to the next ordinary event: even when live, by the hour of day in the past.
    fn pause(&mut self, at: Timestamp) -> i64 {
        let mean = if self.in_past(at) {
            let even = self.options.past_secs * SECOND / i64::from(self.options.past_events.max(1));
            // 0.5 is the mean of the day's activity below, weighted by hours.
            even * 50 / activity_percent(at)
        } else {
            micros_per_event(self.options.rate)
        };
        mean.max(2) * self.rng.random_range(200..1_800) / 1_000
    }

    fn next_hygiene_record(&mut self) -> Option<DemoRecord> {
        let at = self.hygiene.at;
        let machine = self.machines.get(self.hygiene.next * self.hygiene.stride % self.machines.len().max(1))?.clone();
        self.hygiene.next += 1;
        if self.hygiene.next >= self.machines.len() {
            self.hygiene.next = 0;
            self.hygiene.gap = self.hygiene.every / i64::try_from(self.machines.len()).unwrap_or(i64::MAX);
        }
        self.hygiene.at = at.plus_micros(self.hygiene.gap.max(1));
        self.serial += 1;
        let raw = self.hygiene.raw.clone();
        let text = self.fill(&raw, at, machine.unit, Some(&machine), None, 0);
        Some(DemoRecord {
            at,
            unit_code: self.units.get(machine.unit).map(|u| u.code.clone()).unwrap_or_default(),
            kind: Arc::clone(&self.hygiene.kind),
            via: self.hygiene.via,
            host: machine.host,
            peer: machine.ip,
            story: None,
            bytes: text.into_bytes(),
        })
    }

    fn next_story_record(&mut self) -> Option<DemoRecord> {
        let Reverse((at, number, step_at, n)) = self.queue.pop()?;
        let place = self.runs.iter().position(|(id, _)| *id == number)?;
        // Taken out while its record is made, so that both can be borrowed.
        let (id, run) = self.runs.swap_remove(place);
        let story = self.stories.get(run.story).cloned();
        let record = story.as_ref().and_then(|s| s.steps.get(step_at)).map(|step| {
            if n + 1 < step.times {
                self.queue.push(Reverse((step_time(&run, step, n + 1), number, step_at, n + 1)));
            }
            self.record(&step.line, at, run.unit, Some(&run), n)
        });
        self.runs.push((id, run));
        record
    }
}

impl Iterator for DemoStream {
    type Item = DemoRecord;

    fn next(&mut self) -> Option<DemoRecord> {
        if let Some(held) = self.held.take() {
            return Some(held);
        }
        self.start_stories();
        let story_at = self.queue.peek().map(|Reverse((at, ..))| *at);
        let other = self.next_ordinary.min(self.hygiene.at);
        if story_at.is_some_and(|at| at <= other) {
            return self.next_story_record();
        }
        if self.hygiene.at < self.next_ordinary { self.next_hygiene_record() } else { self.next_ordinary_record() }
    }
}

/// Each story once in the past, the last first in the list (they are taken from its end).
fn past_starts(options: &StreamOptions, stories: usize) -> Vec<Timestamp> {
    if options.past_secs < 3_600 {
        return Vec::new();
    }
    let parts = i64::try_from(stories).unwrap_or(0) + 1;
    (1..parts).map(|part| options.start.plus_secs(-options.past_secs * part / parts)).collect()
}

fn starts(machines: &[Machine], units: usize) -> Vec<usize> {
    (0..=units).map(|unit| machines.partition_point(|m| m.unit < unit)).collect()
}

fn span(first: &[usize], unit: usize) -> (usize, usize) {
    let from = first.get(unit).copied().unwrap_or_default();
    (from, first.get(unit + 1).copied().unwrap_or(from))
}

fn step_time(run: &Run, step: &Step, n: u32) -> Timestamp {
    run.start.plus_micros((step.after_ms + step.every_ms * i64::from(n)) * 1_000)
}

/// How busy the province is at an hour of the day, in percent of the busiest.
fn activity_percent(at: Timestamp) -> i64 {
    // Viet Nam is seven hours ahead of UTC.
    match (at.as_secs() / 3_600 + 7).rem_euclid(24) {
        8..=10 | 14..=15 => 100,
        7 | 11 | 13 | 16 => 75,
        12 | 17 => 45,
        18..=21 => 25,
        _ => 15,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "between one event a day and a million a second")]
fn micros_per_event(rate: f64) -> i64 {
    (1_000_000.0 / rate.clamp(1.0 / 86_400.0, 1_000_000.0)) as i64
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::shipped;
    use std::collections::{HashMap, HashSet};

    fn start() -> Timestamp {
        Timestamp::parse_rfc3339("2026-11-23T01:30:00Z").expect("time")
    }

    fn stream(options: StreamOptions) -> DemoStream {
        DemoStream::load(&shipped(), options).expect("loads")
    }

    #[test]
    fn times_rise_and_the_same_seed_gives_the_same_records() {
        let first: Vec<DemoRecord> = stream(StreamOptions::first_start(start())).take(30_000).collect();
        let second: Vec<DemoRecord> = stream(StreamOptions::first_start(start())).take(30_000).collect();
        assert!(first.windows(2).all(|w| w[0].at <= w[1].at));
        assert!(first == second, "the stream is not deterministic");
        assert!(first.iter().all(|r| !r.bytes.is_empty() && !r.host.is_empty() && !r.peer.is_empty()));
    }

    #[test]
    fn the_past_covers_a_day_and_every_machine_reports_once() {
        let mut stream = stream(StreamOptions::first_start(start()));
        let past = stream.due(start().plus_micros(-1), usize::MAX);
        assert!((9_000..20_000).contains(&past.len()), "{} records", past.len());
        assert!(past[0].at <= start().plus_secs(-23 * 3_600));
        let reported: HashSet<&str> =
            past.iter().filter(|r| &*r.kind == "mangrove/hygiene").map(|r| r.host.as_str()).collect();
        assert_eq!(reported.len(), 2_800);
        let told: HashSet<&str> = past.iter().filter_map(|r| r.story.as_deref()).collect();
        assert_eq!(told.len(), 4, "{told:?}");
    }

    /// No source is silent because the machines of other units report meanwhile.
    #[test]
    fn the_units_take_turns_with_their_reports() {
        let reports = stream(StreamOptions::first_start(start())).filter(|r| &*r.kind == "mangrove/hygiene");
        let units: HashSet<String> = reports.take(400).map(|r| r.unit_code).collect();
        assert!(units.len() > 35, "{} units among 400 machines", units.len());
    }

    #[test]
    fn without_a_past_the_machines_report_within_ten_minutes() {
        let mut stream = stream(StreamOptions::next_start(start()));
        let records = stream.due(start().plus_secs(601), usize::MAX);
        assert!(records.iter().all(|r| r.at >= start()));
        let reported: HashSet<&str> =
            records.iter().filter(|r| &*r.kind == "mangrove/hygiene").map(|r| r.host.as_str()).collect();
        assert_eq!(reported.len(), 2_800);
    }

    #[test]
    fn live_rate_and_stories_are_as_asked() {
        let options = StreamOptions { past_secs: 0, rate: 50.0, ..StreamOptions::first_start(start()) };
        let mut stream = stream(options);
        let records = stream.due(start().plus_secs(450), usize::MAX);
        let ordinary = records.iter().filter(|r| r.story.is_none() && &*r.kind != "mangrove/hygiene").count();
        assert!((20_000..25_000).contains(&ordinary), "{ordinary} ordinary records in 450 s at 50 a second");
        let mut first: HashMap<&str, i64> = HashMap::new();
        for record in &records {
            if let Some(story) = record.story.as_deref() {
                first.entry(story).or_insert(record.at.micros_since(start()) / SECOND);
            }
        }
        assert_eq!(first.get("defacement"), Some(&3));
        assert_eq!(first.get("usb-worm"), Some(&103));
        assert_eq!(first.get("mail-phishing"), Some(&203));
        assert_eq!(first.get("wan-failure"), Some(&303));
        let worm: HashSet<&str> =
            records.iter().filter(|r| r.story.as_deref() == Some("usb-worm")).map(|r| r.unit_code.as_str()).collect();
        assert_eq!(worm, HashSet::from(["NHIEN"]), "the district whose officer has an account comes first");
    }

    #[test]
    fn stories_come_again_at_other_units() {
        let mut stream = stream(StreamOptions { past_secs: 0, rate: 1.0, ..StreamOptions::first_start(start()) });
        let units: HashSet<String> = stream
            .due(start().plus_secs(1_600), usize::MAX)
            .into_iter()
            .filter(|r| r.story.as_deref() == Some("usb-worm"))
            .map(|r| r.unit_code)
            .collect();
        assert_eq!(units.len(), 4, "{units:?}");
    }

    #[test]
    fn due_gives_each_record_once_and_says_when_the_next_comes() {
        let options = StreamOptions { past_secs: 0, ..StreamOptions::first_start(start()) };
        let whole = stream(options.clone()).due(start().plus_secs(60), usize::MAX);
        let mut stream = stream(options);
        let mut pieces = Vec::new();
        for second in 0..=60 {
            while let Some(at) = stream.next_at().filter(|at| *at <= start().plus_secs(second)) {
                let batch = stream.due(start().plus_secs(second), 7);
                assert_eq!(batch[0].at, at);
                pieces.extend(batch);
            }
        }
        assert_eq!(pieces, whole);
    }

    #[test]
    fn json_records_are_json_and_every_name_is_invented() {
        for record in stream(StreamOptions::first_start(start())).take(30_000) {
            let text = String::from_utf8(record.bytes).expect("text");
            assert!(!text.contains("${"), "{text}");
            if record.via == Via::Http {
                serde_json::from_str::<serde_json::Value>(&text).unwrap_or_else(|e| panic!("{e}: {text}"));
            }
            assert!(record.host.ends_with(".example"), "{}", record.host);
        }
    }
}
