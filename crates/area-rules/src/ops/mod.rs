//! Use cases of the rules: authorise → check → write → audit → tell.

pub mod commit_figures;
pub mod explain_event;
pub mod keep_memory;
pub mod manage_list;
pub mod manage_pack;
pub mod prove;
pub mod read_lists;
pub mod read_rules;
pub mod replay_pack;
pub mod retro_hunt;
pub mod switch_rule;
pub mod tune_rule;

use base_authz::{Action, Caller};
use base_core::{Error, Kind, Result, Scope};

/// The right to `action` over the whole province: rules and filters work on the events of every unit.
fn over_province(caller: &Caller, action: Action) -> Result<()> {
    if caller.require(action)? == Scope::province() {
        return Ok(());
    }
    Err(Error::new(Kind::Forbidden, "rules work for the whole province; a right over some units is not enough"))
}
