//! A search somebody has kept: its question, its time, its columns, and who may use it.

use base_core::{AccountId, Error, FieldError, Kind, Result, Timestamp, UnitId};

/// Longest name, in characters.
pub const MAX_NAME: usize = 120;
/// Most searches one person keeps.
pub const MAX_SAVED: i64 = 200;

/// A kept search.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SavedSearch {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The address' query: what is asked, over which time, with which columns.
    pub query: String,
    /// Who keeps it.
    pub owner: AccountId,
    /// Their name at the time.
    pub owner_name: String,
    /// Whether others may use it: those who may search the unit's events.
    pub shared: bool,
    /// The unit it belongs to; `None` is the province.
    pub unit: Option<UnitId>,
    /// When it was kept.
    pub at: Timestamp,
}

/// What a person wants to keep.
#[derive(Clone, Debug, Default)]
pub struct NewSearch {
    /// Its name.
    pub name: String,
    /// The address' query.
    pub query: String,
    /// Whether others may use it.
    pub shared: bool,
}

impl NewSearch {
    /// Checked: a name, and a query of reasonable length.
    ///
    /// # Errors
    /// `Invalid` with the code of the field at fault.
    pub fn check(self) -> Result<Self> {
        let name = self.name.split_whitespace().collect::<Vec<_>>().join(" ");
        if name.is_empty() || name.chars().count() > MAX_NAME || self.query.len() > 8_000 {
            let mut error = Error::new(Kind::Invalid, "the search needs a name of at most 120 characters");
            error.fields.push(FieldError { field: "name".to_owned(), message: "saved-name".to_owned() });
            return Err(error);
        }
        Ok(Self { name, ..self })
    }
}
