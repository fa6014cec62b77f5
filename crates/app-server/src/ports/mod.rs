//! What areas need of each other, wired here: areas never import one another.

mod audit;
mod desk;
mod letters;
mod measures;
mod neighbours;
mod records;
mod rules;
mod silence;
mod warn;

pub(crate) use audit::couriers;
pub(crate) use desk::{FlowPulse, WarningsOfAlerts};
pub(crate) use letters::LettersBySmtp;
pub(crate) use measures::{ALL_UNITS, FieldMeasures};
pub(crate) use neighbours::NeighboursOfUnits;
pub(crate) use records::AreaRecords;
pub(crate) use rules::VerdictsOfDesk;
pub(crate) use silence::SilencesOnDesk;
pub(crate) use warn::{AlertsOfDesk, ContactsOfUnits, mail_settings};
