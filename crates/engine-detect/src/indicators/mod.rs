//! Indicator lists: up to ten million addresses, networks, domains, URLs, hashes and mail
//! addresses, looked for in every field of every event.
//!
//! * [`ListSpec`]: a list as content: title, level, ATT&CK, texts in both languages.
//! * [`Builder`] and [`load`]: values from text, CSV, JSON lines, MISP events and STIX bundles.
//! * [`Indicators`]: the compact index; [`IndicatorStore`]: the one in force, replaced while
//!   events go on; [`Allow`]: what is never told.
//! * [`IndicatorWatch`]: one per thread; events in, [`crate::Detection`]s out.
//!
//! How values are compared, and what it costs, is in `docs/detection/indicators.md`.

mod allow;
mod builder;
mod filter;
mod fingerprint;
mod index;
mod kind;
mod list;
pub mod load;
mod meta;
mod networks;
mod probe;
mod punycode;
mod scan;
mod store;
mod table;
mod url;
mod value;
mod watch;

pub use allow::Allow;
pub use builder::Builder;
pub use index::{IndicatorCounts, Indicators, ListCount, ListId, ListInfo};
pub use kind::{IndicatorKind, Tlp};
pub use list::ListSpec;
pub use meta::Remarks;
pub use probe::{Listed, Probe, Verdict};
pub use store::IndicatorStore;
pub use watch::{IndicatorWatch, ListTally, WatchOptions, WatchTally};
