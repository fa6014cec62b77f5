//! Types and rules, without storage or HTTP.

mod contact;
mod machine;
mod set;
mod system;
mod unit;

pub use contact::{Contact, ContactKind, NewContact};
pub use machine::{Licence, Machine, ObservedDevice, ObservedMachine};
pub use set::{DenominatorSet, Fact, Facts};
pub use system::{NewSystem, System};
pub use unit::{Block, NewUnit, Unit, UnitRow};
