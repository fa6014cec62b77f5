//! Who may do what: roles, actions, grants, and one table between them.
//!
//! A person has grants; a grant is a role over the province or over one unit, for a time. An
//! operation asks [`Principal::scope_for`] an [`Action`] and gets the units it may touch, or
//! nothing. The table is [`policy::POLICY`]; its golden form is `policy.golden.txt`.

mod caller;
pub mod policy;
mod principal;

pub use caller::Caller;
pub use policy::{Action, Role};
pub use principal::{Grant, GrantScope, Limit, Principal};
