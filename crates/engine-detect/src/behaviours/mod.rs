//! Behaviours: what stands out over time, said as data.
//!
//! A behaviour is a Sigma rule whose `mangrove:` block has a `behaviour`: the rule selects the
//! events, the block says what is unusual about them. The kinds are in [`kinds`], one file each:
//!
//! | kind | fires when |
//! |---|---|
//! | `baseline` | an entity does more of something than is normal for it at this hour |
//! | `first-seen` | an entity shows a value it has not shown for so many days |
//! | `rare` | a value appears that hardly any machine or account shows |
//! | `sequence` | steps follow one another in time, with or without something missing |
//! | `travel` | an account appears at two places too far apart for the time between |
//! | `scan` | one source touches many different ports, machines or accounts |
//!
//! * [`Behaviours`]: loaded from content, shared by all threads.
//! * [`BehaviourScratch`] and [`Behaviours::extract`]: any thread; an event to a small [`Observation`].
//! * [`BehaviourDetector`]: one per stream; observations to detections, with bounded memory,
//!   statistics, and a checkpoint from which it goes on exactly as if it had never stopped.
//! * [`content_tests`]: the test files beside behaviours.
//!
//! Formulas and fields are in `docs/detection/behaviours.md`.

mod checkpoint;
mod codec;
pub mod content_tests;
mod detector;
mod entities;
mod extract;
mod kinds;
mod pack;
mod places;
mod span;

pub use checkpoint::{CheckpointError, Restored};
pub use detector::{BehaviourDetector, BehaviourStats};
pub use extract::{BehaviourScratch, Observation};
pub use pack::Behaviours;
pub use places::{Place, Places};
