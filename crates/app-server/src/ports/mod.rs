//! What areas need of each other, wired here: areas never import one another.

mod desk;
mod measures;
mod records;
mod warn;

pub use desk::{FlowPulse, WarningsOfAlerts};
pub use measures::{ALL_UNITS, FieldMeasures};
pub use records::AreaRecords;
pub use warn::{AlertsOfDesk, ContactsOfUnits, mail_settings};
