//! `rare`: a value that hardly any member of the fleet shows.
//!
//! The share of a value is the number of members (machines, accounts) that showed it within
//! `within`, over the number of all members seen within `within`. When a member shows a value it
//! had not shown, and the share, this member included, is at most `share`, the behaviour fires:
//! once per member and value, until the value falls out of `within`. Nothing fires until `learn`
//! has passed since the first event and `members` members are known.

use super::machine::{Detect, Fired, Input, Outcome, State};
use super::{OneOrMore, Wanted};
use crate::behaviours::codec::{Reader, Writer};
use crate::behaviours::span::{DAY, Span};
use rustc_hash::FxHashMap;
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    value: OneOrMore,
    member: String,
    #[serde(default)]
    share: Option<f64>,
    #[serde(default)]
    members: Option<usize>,
    #[serde(default)]
    within: Option<Span>,
    #[serde(default)]
    learn: Option<Span>,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub(in crate::behaviours) struct Rare {
    share: f64,
    members: usize,
    within: i64,
    learn: i64,
}

/// Members kept per value: one that so many show is common in any fleet.
const MAX_HOLDERS: usize = 64;

pub(super) fn read(settings: Settings) -> Result<(Rare, Wanted), String> {
    let value = settings.value.list();
    let share = settings.share.unwrap_or(0.01);
    let members = settings.members.unwrap_or(20);
    if value.is_empty() || !(share > 0.0 && share <= 0.5) || members < 2 {
        return Err("mangrove.behaviour: give `value` a field, `share` above 0 up to 0.5, `members` from 2".to_owned());
    }
    let kind = Rare {
        share,
        members,
        within: settings.within.unwrap_or(Span::days(30)).0,
        learn: settings.learn.unwrap_or(Span::days(7)).0,
    };
    Ok((kind, Wanted { value, member: Some(settings.member), amount: None }))
}

/// Who showed what, and when last.
#[derive(Debug, Default)]
pub(in crate::behaviours) struct Fleet {
    first: Option<i64>,
    /// When old members and values were last left out.
    swept: i64,
    members: FxHashMap<u64, i64>,
    values: FxHashMap<u64, Vec<(u64, i64)>>,
    holders: usize,
}

impl Detect for Rare {
    type State = Fleet;

    fn observe(&self, state: &mut Fleet, input: &Input<'_>) -> Outcome {
        let (time, member) = (input.time, input.feed.member);
        let first = state.first.map_or(time, |f| f.min(time));
        state.first = Some(first);
        if time.saturating_sub(state.swept) > DAY {
            state.sweep(time.saturating_sub(self.within));
            state.swept = time;
        }
        let last = state.members.entry(member).or_insert(time);
        *last = time.max(*last);
        let holders = state.values.entry(input.feed.hash).or_default();
        if let Some((_, last)) = holders.iter_mut().find(|(m, _)| *m == member) {
            let lapsed = time.saturating_sub(*last) > self.within;
            *last = time.max(*last);
            if !lapsed {
                return Outcome::default();
            }
        } else if holders.len() < MAX_HOLDERS {
            holders.push((member, time));
            state.holders += 1;
        } else if let Some(oldest) = holders.iter_mut().min_by_key(|(_, last)| *last) {
            *oldest = (member, time);
            return Outcome::default();
        }
        let since = time.saturating_sub(self.within);
        let now = holders.iter().filter(|(_, last)| *last >= since).count();
        let mut outcome = Outcome::default();
        if self.is_rare(now, state.members.len()) && time.saturating_sub(first) >= self.learn {
            let notes = vec![
                ("value", input.feed.value.to_string()),
                ("holders", now.to_string()),
                ("members", state.members.len().to_string()),
            ];
            outcome.fired = Some(Fired::by(input, notes));
        }
        outcome
    }
}

impl Rare {
    #[expect(clippy::cast_precision_loss, reason = "numbers of machines")]
    fn is_rare(&self, holders: usize, members: usize) -> bool {
        holders < MAX_HOLDERS && members >= self.members && holders as f64 <= (self.share * members as f64).max(1.0)
    }
}

impl Fleet {
    fn sweep(&mut self, since: i64) {
        self.members.retain(|_, last| *last >= since);
        self.values.retain(|_, holders| {
            holders.retain(|(_, last)| *last >= since);
            !holders.is_empty()
        });
        self.holders = self.values.values().map(Vec::len).sum();
    }
}

impl State for Fleet {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.members.len() * 24 + self.values.len() * 56 + self.holders * 16
    }

    /// The tenth of the values that was shown longest ago.
    fn shrink(&mut self) -> u64 {
        let latest = |holders: &[(u64, i64)]| holders.iter().map(|(_, last)| *last).max().unwrap_or(i64::MIN);
        let mut times: Vec<i64> = self.values.values().map(|h| latest(h)).collect();
        if times.len() < 10 {
            return 0;
        }
        let tenth = times.len() / 10;
        let (_, &mut limit, _) = times.select_nth_unstable(tenth);
        let before = self.values.len();
        self.values.retain(|_, holders| latest(holders) > limit);
        self.holders = self.values.values().map(Vec::len).sum();
        (before - self.values.len()) as u64
    }

    fn write(&self, out: &mut Writer) {
        out.flag(self.first.is_some());
        out.i64(self.first.unwrap_or_default());
        out.i64(self.swept);
        out.count(self.members.len());
        let mut members: Vec<_> = self.members.iter().collect();
        members.sort_unstable();
        for (member, last) in members {
            out.u64(*member);
            out.i64(*last);
        }
        out.count(self.values.len());
        let mut values: Vec<_> = self.values.iter().collect();
        values.sort_unstable_by_key(|(hash, _)| **hash);
        for (hash, holders) in values {
            out.u64(*hash);
            out.count(holders.len());
            for (member, last) in holders {
                out.u64(*member);
                out.i64(*last);
            }
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (is_some, first) = (input.flag()?, input.i64()?);
        let mut fleet = Fleet { first: is_some.then_some(first), swept: input.i64()?, ..Fleet::default() };
        for _ in 0..input.count(16)? {
            fleet.members.insert(input.u64()?, input.i64()?);
        }
        for _ in 0..input.count(16)? {
            let hash = input.u64()?;
            let mut holders = Vec::new();
            for _ in 0..input.count(16)? {
                holders.push((input.u64()?, input.i64()?));
            }
            fleet.holders += holders.len();
            fleet.values.insert(hash, holders);
        }
        Some(fleet)
    }
}
