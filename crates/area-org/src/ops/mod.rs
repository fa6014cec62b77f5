//! One operation per file: authorise, check, write, audit.

mod contacts;
mod define_set;
mod import;
mod measure;
mod observe;
mod save_unit;

pub use contacts::{add_contact, contacts, remove_contact};
pub use define_set::define_set;
pub use import::{ImportedUnit, import_systems, import_units};
pub use measure::{SEEN_DAYS, measure_antivirus, measure_firewalls};
pub use observe::{observe_devices, observe_machines};
pub use save_unit::{Edit, save_unit};
