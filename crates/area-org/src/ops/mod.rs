//! One operation per file: authorise, check, write, audit.

mod apply_succession;
mod contacts;
mod define_set;
mod import;
mod import_sheet;
mod measure;
mod observe;
mod people;
mod record_event;
mod save_unit;
mod settle;

pub use apply_succession::apply_succession;
pub use contacts::{add_contact, contacts, remove_contact};
pub use define_set::{define_set, make_set};
pub use import::{ImportedUnit, import_systems, import_units};
pub use import_sheet::{
    MAX_FILE, Outcome, Plan, PlannedRow, confirm_import, discard_import, plan_import, stage_import,
};
pub use measure::{SEEN_DAYS, measure_antivirus, measure_firewalls};
pub use observe::{observe_devices, observe_machines};
pub use people::{NewEntry, add_entry, remove_entry, unit_of_address};
pub use record_event::{cancel_event, record_event};
pub use save_unit::{Edit, save_unit};
