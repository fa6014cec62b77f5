//! Types and rules, without storage or HTTP.

mod contact;
mod day;
mod electronic_id;
mod event;
mod machine;
mod people;
mod set;
mod staffing;
mod succession;
mod system;
mod timeline;
mod unit;
mod unit_sheet;

pub use contact::{Contact, ContactKind, NewContact};
pub use day::{day_text, next_day, parse_day};
pub use electronic_id::{is_below, is_long_electronic_id, parse_electronic_id};
pub use event::{Change, ChangeKind, Event, NewEvent};
pub use machine::{Licence, Machine, ObservedDevice, ObservedMachine};
pub use people::{Duty, NewDuty, NewStaff, Qualification, Range, Staff, overlap, parse_range};
pub use set::{DenominatorSet, Fact, Facts, Members, NewSet, SetRule};
pub use staffing::{Adequacy, StaffNorm};
pub use succession::Succession;
pub use system::{NewSystem, System};
pub use timeline::{Fault, Form, Life, Mistake, Timeline};
pub use unit::{Block, NewUnit, Unit, UnitRow};
pub use unit_sheet::{CellMistake, Field as SheetField, Names, UnitSheet, as_new, differing, read_row};
