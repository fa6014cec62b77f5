//! Indicator lists: reading, finding, telling.

mod content;
mod lists;
mod naive;
mod watching;

use base_core::Timestamp;
use engine_detect::indicators::load::{Format, LoadReport, read};
use engine_detect::indicators::{Builder, IndicatorStore, IndicatorWatch, ListSpec};
use std::sync::Arc;

pub(crate) const NOW: Timestamp = Timestamp::from_secs(1_790_000_000);

pub(crate) fn spec(id: &str) -> ListSpec {
    ListSpec { id: id.to_owned(), title: format!("List {id}"), ..ListSpec::default() }
}

/// Reads a list of its own into `builder`.
pub(crate) fn add(builder: &mut Builder, spec: ListSpec, format: Format, text: &str) -> LoadReport {
    let list = builder.list(spec).expect("room");
    read(builder, list, "list.txt", format, &mut text.as_bytes(), NOW)
}

/// A store in which one list of plain lines is in force.
pub(crate) fn store_of(text: &str) -> Arc<IndicatorStore> {
    let mut builder = Builder::new();
    let report = add(&mut builder, spec("test"), Format::Text, text);
    assert_eq!(report.mistakes, []);
    let store = IndicatorStore::new(base_core::ManualClock::at(NOW));
    store.replace(Arc::new(builder.build()));
    store
}

pub(crate) fn watch_of(text: &str) -> IndicatorWatch {
    IndicatorWatch::new(store_of(text))
}
