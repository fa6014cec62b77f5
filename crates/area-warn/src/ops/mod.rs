//! Use cases of warnings: authorise → check → write → audit → tell.

pub mod acknowledge;
pub mod draft_warning;
pub mod issue;
pub mod read_warning;
pub mod remind;
pub mod resend;

use crate::ports::WarnPorts;
use base_core::IdSource;
use base_db::Db;
use base_i18n::Tr;

/// What every operation works with.
#[derive(Clone, Copy, Debug)]
pub struct Office<'a> {
    /// The records.
    pub db: &'a Db,
    /// New ids and the time.
    pub ids: &'a IdSource,
    /// The rest of the program.
    pub ports: &'a WarnPorts,
    /// Vietnamese texts: what leaves the house is Vietnamese, whoever sends it.
    pub vi: &'a Tr,
}
