//! Behaviours: content with its tests, kinds against the obvious way, restarts.

mod content;
mod kinds;
mod loading;
mod restart;

use base_core::ContentFile;
use engine_detect::Detection;
use engine_detect::behaviours::{BehaviourDetector, Behaviours, Places};
use engine_event::Event;
use std::sync::Arc;

/// Documentation networks (RFC 5737) with made-up places; `203.0.113.0/24` is nowhere.
pub(crate) const PLACES: &str = "network,name,latitude,longitude\n192.0.2.0/25,Cà Mau,9.18,105.15\n192.0.2.128/25,Bạc Liêu,9.29,105.72\n\
                                 198.51.100.0/24,Hà Nội,21.03,105.85\n";

pub(crate) fn places() -> Places {
    let (places, errors) = Places::load(&[ContentFile { path: "places.csv".into(), text: PLACES.into() }]);
    assert!(errors.is_empty(), "{errors:?}");
    places
}

/// A behaviour that takes every event, with these settings.
pub(crate) fn behaviours(settings: &str) -> Arc<Behaviours> {
    let text = format!(
        "title: T\nid: t\nlevel: low\nlogsource: {{product: windows}}\ndetection: {{a: {{x: '*'}}, condition: a}}\n\
         mangrove: {{behaviour: {settings}}}\n"
    );
    load(&text)
}

pub(crate) fn load(text: &str) -> Arc<Behaviours> {
    let file = ContentFile { path: "t.yml".into(), text: text.into() };
    let (behaviours, errors) = Behaviours::load(&[file], &[], places());
    assert!(errors.is_empty(), "{errors:?}");
    Arc::new(behaviours)
}

pub(crate) fn observe(behaviours: &Arc<Behaviours>, events: &[Event]) -> Vec<Detection> {
    let (mut detector, mut out) = (BehaviourDetector::new(Arc::clone(behaviours)), Vec::new());
    events.iter().for_each(|e| detector.observe_event(e, &mut out));
    out
}
