//! `travel`: one account at two places too far apart for the time between.
//!
//! Places come from the table of networks ([`crate::behaviours::Places`]); an address that is not
//! in it tells nothing. A log-on is compared with the one before and the one after it in time.
//! It fires when they are at least `distance_km` apart and would take more than `speed_kmh`,
//! and then rests for `again`.

use super::Wanted;
use super::machine::{Detect, Fired, Input, Outcome, State, read_id, write_id};
use crate::behaviours::codec::{Reader, Writer};
use crate::behaviours::places::{Places, distance_km};
use crate::behaviours::span::{HOUR, SECOND, Span};
use engine_event::EventId;
use serde::Deserialize;
use std::net::IpAddr;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Settings {
    address: String,
    #[serde(default)]
    distance_km: Option<f64>,
    #[serde(default)]
    speed_kmh: Option<f64>,
    #[serde(default)]
    again: Option<Span>,
}

/// The settings, checked.
#[derive(Clone, Debug)]
pub(in crate::behaviours) struct Travel {
    distance_km: f64,
    speed_kmh: f64,
    again: i64,
    places: Arc<Places>,
}

pub(super) fn read(settings: Settings, places: &Arc<Places>) -> (Travel, Wanted) {
    let kind = Travel {
        distance_km: settings.distance_km.unwrap_or(300.0).max(1.0),
        speed_kmh: settings.speed_kmh.unwrap_or(900.0).max(1.0),
        again: settings.again.unwrap_or(Span::days(1)).0,
        places: Arc::clone(places),
    };
    (kind, Wanted { value: vec![settings.address], ..Wanted::default() })
}

/// Log-ons kept per account.
const KEPT: usize = 8;
/// Times closer than this count as this far apart, for clocks differ.
const CLOCKS: i64 = 60 * SECOND;

#[derive(Clone, Debug, PartialEq)]
struct Stay {
    time: i64,
    event: EventId,
    at: (f64, f64),
    name: Arc<str>,
    address: Box<str>,
}

/// The latest log-ons of an account, in the order of time.
#[derive(Debug, Default)]
pub(in crate::behaviours) struct Stays {
    all: Vec<Stay>,
    /// Times of detections, so that one journey is told once.
    fired: Option<i64>,
}

impl Detect for Travel {
    type State = Stays;

    fn observe(&self, state: &mut Stays, input: &Input<'_>) -> Outcome {
        let place = input.feed.value.parse::<IpAddr>().ok().and_then(|a| self.places.find(a.to_canonical()));
        let Some(place) = place else { return Outcome::default() };
        let stay = Stay {
            time: input.time,
            event: input.seen.event,
            at: (place.latitude, place.longitude),
            name: Arc::clone(&place.name),
            address: input.feed.value.clone(),
        };
        let at = state.all.partition_point(|s| (s.time, s.event) <= (stay.time, stay.event));
        if at == 0 && state.all.len() >= KEPT {
            return Outcome { late: true, ..Outcome::default() };
        }
        let before = at.checked_sub(1).and_then(|n| state.all.get(n));
        let journey =
            before.and_then(|b| self.judge(b, &stay)).or_else(|| state.all.get(at).and_then(|a| self.judge(&stay, a)));
        state.all.insert(at, stay);
        let mut outcome = Outcome::default();
        if state.all.len() > KEPT {
            state.all.remove(0);
        }
        let resting = state.fired.is_some_and(|t| input.time.saturating_sub(t).saturating_abs() < self.again);
        if let Some(journey) = journey.filter(|_| !resting) {
            state.fired = Some(state.fired.map_or(input.time, |t| t.max(input.time)));
            outcome.fired = Some(journey);
        }
        outcome
    }
}

impl Travel {
    fn judge(&self, from: &Stay, to: &Stay) -> Option<Fired> {
        let km = distance_km(from.at, to.at);
        let time = to.time.saturating_sub(from.time);
        #[expect(clippy::cast_precision_loss, reason = "hours")]
        let hours = time.max(CLOCKS) as f64 / HOUR as f64;
        (km >= self.distance_km && km / hours > self.speed_kmh).then(|| Fired {
            events: vec![from.event, to.event],
            count: 2,
            first_time: from.time,
            time: to.time,
            notes: vec![
                ("from.place", from.name.to_string()),
                ("from.address", from.address.to_string()),
                ("to.place", to.name.to_string()),
                ("to.address", to.address.to_string()),
                ("distance_km", format!("{km:.0}")),
                ("minutes", (time / (60 * SECOND)).to_string()),
            ],
        })
    }
}

impl State for Stays {
    fn bytes(&self) -> usize {
        size_of::<Self>() + self.all.iter().map(|s| size_of::<Stay>() + s.name.len() + s.address.len()).sum::<usize>()
    }

    fn write(&self, out: &mut Writer) {
        out.flag(self.fired.is_some());
        out.i64(self.fired.unwrap_or_default());
        out.count(self.all.len());
        for stay in &self.all {
            out.i64(stay.time);
            write_id(stay.event, out);
            out.f64(stay.at.0);
            out.f64(stay.at.1);
            out.text(&stay.name);
            out.text(&stay.address);
        }
    }

    fn read(input: &mut Reader<'_>) -> Option<Self> {
        let (is_some, fired) = (input.flag()?, input.i64()?);
        let mut stays = Stays { all: Vec::new(), fired: is_some.then_some(fired) };
        for _ in 0..input.count(40)? {
            stays.all.push(Stay {
                time: input.i64()?,
                event: read_id(input)?,
                at: (input.f64()?, input.f64()?),
                name: Arc::from(input.text()?),
                address: Box::from(input.text()?),
            });
        }
        Some(stays)
    }
}
