//! Reads indicators with declared and measured values, within the person's scope.

use crate::model::{Declared, Indicator, Measurement};
use crate::store::{declared, measured};
use base_authz::{Action, Caller};
use base_core::Result;
use base_db::Db;

/// A point of the history: when, how many, out of how many.
pub type Point = (base_core::Timestamp, i64, i64);

/// One indicator with all that is known of it.
#[derive(Clone, Debug)]
pub struct Known {
    /// Which.
    pub indicator: Indicator,
    /// Declarations, newest first.
    pub declared: Vec<Declared>,
    /// The newest measurement over the units in scope.
    pub measured: Option<Measurement>,
    /// Earlier measurements, oldest first.
    pub history: Vec<Point>,
    /// Whether the figures cover the whole province.
    pub whole: bool,
}

/// Reads one indicator.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn read(db: &Db, caller: &Caller, indicator: Indicator) -> Result<Known> {
    let scope = caller.require(Action::PlanRead)?;
    let pool = db.read();
    Ok(Known {
        indicator,
        declared: declared::all(pool, indicator).await?,
        measured: measured::newest(pool, &scope, indicator).await?,
        history: measured::history(pool, &scope, indicator).await?,
        whole: scope.as_units().is_none(),
    })
}
