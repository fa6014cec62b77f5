//! `baseline`: an entity does more of something than is normal for it at this time of the week.
//!
//! Time is cut into buckets. For each place of the season (hour of the week, hour of the day, or
//! none) and for all hours together an entity has a mean `m` and a mean distance `d` from it, both
//! exponentially weighted, so that old weeks fade. A bucket that ended goes into them, clipped to
//! `m + 3·s`, so that an attack does not teach the entity that attacks are normal; hours without
//! events go in as nought. The spread is `s = max(1.25·d, √m, 1)` (1.25 times the mean distance is
//! the standard deviation of a normal distribution, √m that of counts).
//!
//! A bucket fires, once, when its sum exceeds `m + factor·s` and reaches `at_least`. Its limit is
//! fixed when it begins, from the buckets that ended at least one bucket earlier; events may
//! therefore come late by a whole bucket without changing what fires. Nothing fires before the
//! entity is known for `warmup`.

use super::machine::{Detect, Fired, Input, Outcome, State, read_id, write_id};
use super::{OneOrMore, Wanted};
use crate::behaviours::codec::{Reader, Writer};
use crate::behaviours::span::{DAY, HOUR, Span};
use engine_event::EventId;
use rustc_hash::FxHashSet;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    #[serde(default)]
    sum: Option<String>,
    #[serde(default)]
    distinct: Option<OneOrMore>,
    #[serde(default)]
    bucket: Option<Span>,
    #[serde(default)]
    season: Season,
    #[serde(default)]
    warmup: Option<Span>,
    #[serde(default)]
    factor: Option<f64>,
    at_least: f64,
}

/// What repeats.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
enum Season {
    None,
    HourOfDay,
    #[default]
    HourOfWeek,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub(in crate::behaviours) struct Baseline {
    bucket: i64,
    season: Season,
    /// In buckets.
    warmup: i64,
    factor: f64,
    at_least: f64,
    distinct: bool,
}

/// Vietnam is seven hours ahead of UTC all year.
const LOCAL: i64 = 7 * HOUR;
/// Midnight of a Monday, days after the epoch (a Thursday).
const MONDAY: i64 = 4;
/// Weight of the newest bucket once the first are in: for a place of the season, for all hours.
const SEASON_WEIGHT: f32 = 0.25;
const ALL_WEIGHT: f32 = 0.05;
/// Buckets that a place of the season must have seen before it is believed.
const SEASON_LEAST: u16 = 3;
/// An entity without events for so long is learnt anew.
const FORGET: i64 = 8 * 7 * DAY;
/// Different values counted per bucket; further ones do not raise the count.
const MAX_DISTINCT: usize = 4_096;
/// Event ids told of one detection.
const LISTED: usize = 50;

pub(super) fn read(settings: Settings) -> Result<(Baseline, Wanted), String> {
    let bucket = settings.bucket.unwrap_or(Span(HOUR)).0;
    let factor = settings.factor.unwrap_or(4.0);
    let fail = |text: &str| Err(format!("mangrove.behaviour: {text}"));
    if settings.sum.is_some() && settings.distinct.is_some() {
        return fail("give `sum` or `distinct`, not both");
    }
    if !(60_000_000..=7 * DAY).contains(&bucket) || DAY % bucket != 0 && bucket % DAY != 0 {
        return fail("`bucket` must divide a day, from 1m, or be whole days up to a week");
    }
    if !(1.0..=100.0).contains(&factor) || !(1.0..=1e15).contains(&settings.at_least) {
        return fail("give `factor` from 1 to 100 and `at_least` from 1");
    }
    // Every hour of the week must have been there often enough to be believed.
    let usual = if settings.season == Season::HourOfWeek { 21 } else { 14 };
    let warmup = settings.warmup.unwrap_or(Span::days(usual)).0;
    let distinct = settings.distinct.is_some();
    let kind = Baseline {
        bucket,
        season: settings.season,
        warmup: (warmup / bucket).max(1),
        factor,
        at_least: settings.at_least,
        distinct,
    };
    let value = settings.distinct.map(OneOrMore::list).unwrap_or_default();
    Ok((kind, Wanted { value, member: None, amount: settings.sum }))
}

/// Mean and mean distance from it.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
struct Normal {
    mean: f32,
    distance: f32,
    seen: u16,
}

impl Normal {
    fn spread(self) -> f32 {
        (1.25 * self.distance).max(self.mean.max(0.0).sqrt()).max(1.0)
    }

    fn learn(&mut self, sum: f32, weight: f32) {
        let sum = if self.seen >= SEASON_LEAST { sum.min(self.mean + 3.0 * self.spread()) } else { sum };
        // The first ones weigh alike.
        let weight = weight.max(1.0 / (f32::from(self.seen) + 1.0));
        let distance = if self.seen == 0 { 0.0 } else { (sum - self.mean).abs() };
        self.mean += weight * (sum - self.mean);
        self.distance += weight * (distance - self.distance);
        self.seen = self.seen.saturating_add(1);
    }

    fn write(self, out: &mut Writer) {
        out.f32(self.mean);
        out.f32(self.distance);
        out.u16(self.seen);
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        Some(Self { mean: input.f32()?, distance: input.f32()?, seen: input.u16()? })
    }
}

/// The number of a bucket: so far from the ends of what fits that differences of two fit as well.
fn number(input: &mut Reader<'_>) -> Option<i64> {
    input.i64().filter(|n| n.unsigned_abs() <= 1 << 60)
}

/// A bucket that still takes events.
#[derive(Debug, Default)]
struct Open {
    number: i64,
    sum: f64,
    values: FxHashSet<u64>,
    /// Mean that was expected, and the limit; none while warming up.
    limit: Option<(f32, f64)>,
    fired: bool,
    first: i64,
    events: Vec<EventId>,
    count: u64,
}

/// What is normal for an entity, and its two newest buckets.
#[derive(Debug, Default)]
pub(in crate::behaviours) struct Habit {
    /// Number of its first bucket.
    first: Option<i64>,
    all: Normal,
    season: Vec<Normal>,
    /// The bucket before the newest, and the newest.
    open: [Open; 2],
}

impl Detect for Baseline {
    type State = Habit;

    fn observe(&self, state: &mut Habit, input: &Input<'_>) -> Outcome {
        let number = input.time.div_euclid(self.bucket);
        match state.first {
            None => self.begin(state, number),
            Some(_) => self.advance(state, number),
        }
        let [before, newest] = &mut state.open;
        let open = if number == newest.number {
            newest
        } else if number == before.number {
            before
        } else {
            return Outcome { late: true, ..Outcome::default() };
        };
        let mut outcome = Outcome::default();
        if self.distinct {
            if open.values.len() < MAX_DISTINCT {
                open.values.insert(input.feed.hash);
            } else {
                outcome.evicted = u64::from(!open.values.contains(&input.feed.hash));
            }
            #[expect(clippy::cast_precision_loss, reason = "at most 4096")]
            {
                open.sum = open.values.len() as f64;
            }
        } else {
            open.sum += input.feed.amount;
        }
        open.count += 1;
        open.first = if open.count == 1 { input.time } else { open.first.min(input.time) };
        if open.events.len() < LISTED {
            open.events.push(input.seen.event);
        }
        if let Some((expected, limit)) = open.limit.filter(|(_, limit)| !open.fired && open.sum > *limit) {
            open.fired = true;
            outcome.fired = Some(exceeded(open, input, expected, limit));
        }
        outcome
    }
}

fn exceeded(open: &Open, input: &Input<'_>, expected: f32, limit: f64) -> Fired {
    let mut events: Vec<EventId> = open.events.iter().copied().filter(|id| *id != input.seen.event).collect();
    events.push(input.seen.event);
    Fired {
        events,
        count: open.count,
        first_time: open.first,
        time: input.time,
        notes: vec![
            ("observed", format!("{:.0}", open.sum)),
            ("expected", format!("{expected:.0}")),
            ("limit", format!("{limit:.0}")),
        ],
    }
}

impl Baseline {
    fn begin(&self, state: &mut Habit, number: i64) {
        state.first = Some(number);
        state.open = [Open { number: number - 1, ..Open::default() }, Open { number, ..Open::default() }];
    }

    /// Makes `number` the newest bucket, if it is newer; the buckets before the last two go into the habit.
    fn advance(&self, state: &mut Habit, number: i64) {
        let [_, Open { number: newest, .. }] = state.open;
        if number <= newest {
            return;
        }
        if (number - newest).saturating_mul(self.bucket) > FORGET {
            *state = Habit::default();
            self.begin(state, number);
            return;
        }
        let [before, last] = std::mem::take(&mut state.open);
        self.learn(state, before.number, before.sum);
        let previous = if number == newest + 1 {
            last
        } else {
            self.learn(state, last.number, last.sum);
            for empty in newest + 1..number - 1 {
                self.learn(state, empty, 0.0);
            }
            Open { number: number - 1, limit: self.limit(state, number - 1), ..Open::default() }
        };
        let limit = self.limit(state, number);
        state.open = [previous, Open { number, limit, ..Open::default() }];
    }

    /// Lets a bucket that has ended into the habit; those before the first event are not known.
    fn learn(&self, state: &mut Habit, number: i64, sum: f64) {
        if state.first.is_none_or(|first| number < first) {
            return;
        }
        #[expect(clippy::cast_possible_truncation, reason = "sums of this size need no more digits")]
        let sum = sum.min(1e30) as f32;
        state.all.learn(sum, ALL_WEIGHT);
        let Some((places, place)) = self.place(number) else { return };
        state.season.resize(places, Normal::default());
        if let Some(normal) = state.season.get_mut(place) {
            normal.learn(sum, SEASON_WEIGHT);
        }
    }

    /// How many places the season has, and which a bucket is at.
    fn place(&self, number: i64) -> Option<(usize, usize)> {
        let places = match self.season {
            Season::None => return None,
            Season::HourOfDay => 24,
            Season::HourOfWeek => 168,
        };
        let hours = number.saturating_mul(self.bucket).saturating_add(LOCAL + (7 - MONDAY) * DAY).div_euclid(HOUR);
        usize::try_from(hours.rem_euclid(places))
            .ok()
            .zip(usize::try_from(places).ok())
            .map(|(place, all)| (all, place))
    }

    /// What is expected of a bucket, and from what sum on it fires.
    fn limit(&self, state: &Habit, number: i64) -> Option<(f32, f64)> {
        if state.first.is_none_or(|first| number - first < self.warmup) {
            return None;
        }
        let seasonal = self.place(number).and_then(|(_, place)| state.season.get(place)).copied();
        let normal = seasonal.filter(|n| n.seen >= SEASON_LEAST).unwrap_or(state.all);
        let limit = f64::from(normal.mean) + self.factor * f64::from(normal.spread());
        // A sum must exceed the limit and reach the least.
        Some((normal.mean, limit.max(self.at_least - 0.5)))
    }
}

impl State for Habit {
    fn bytes(&self) -> usize {
        let open = self.open.iter().map(|o| o.values.len() * 16 + o.events.len() * 16).sum::<usize>();
        size_of::<Self>() + self.season.len() * size_of::<Normal>() + open
    }

    fn write(&self, out: &mut Writer) {
        out.flag(self.first.is_some());
        out.i64(self.first.unwrap_or_default());
        self.all.write(out);
        out.count(self.season.len());
        self.season.iter().for_each(|n| n.write(out));
        for open in &self.open {
            out.i64(open.number);
            out.f64(open.sum);
            let mut values: Vec<u64> = open.values.iter().copied().collect();
            values.sort_unstable();
            out.count(values.len());
            values.into_iter().for_each(|v| out.u64(v));
            out.flag(open.limit.is_some());
            let (expected, limit) = open.limit.unwrap_or_default();
            out.f32(expected);
            out.f64(limit);
            out.flag(open.fired);
            out.i64(open.first);
            out.count(open.events.len());
            open.events.iter().for_each(|id| write_id(*id, out));
            out.u64(open.count);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (is_some, first) = (input.flag()?, number(input)?);
        let mut habit = Habit { first: is_some.then_some(first), all: Normal::read(input)?, ..Habit::default() };
        for _ in 0..input.count(10)? {
            habit.season.push(Normal::read(input)?);
        }
        for open in &mut habit.open {
            (open.number, open.sum) = (number(input)?, input.f64()?);
            for _ in 0..input.count(8)? {
                open.values.insert(input.u64()?);
            }
            let limited = input.flag()?;
            let limit = (input.f32()?, input.f64()?);
            open.limit = limited.then_some(limit);
            (open.fired, open.first) = (input.flag()?, input.i64()?);
            for _ in 0..input.count(8)? {
                open.events.push(read_id(input)?);
            }
            open.count = input.u64()?;
        }
        Some(habit)
    }
}
