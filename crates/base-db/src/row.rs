//! Reading rows: truth values, times and ids in the stored form.

use crate::DbExt;
use base_core::{Result, Timestamp};
use sqlx::Row;
use sqlx::any::AnyRow;
use std::borrow::Cow;

/// A truth value as it is stored: 0 or 1.
#[must_use]
pub const fn flag(value: bool) -> i64 {
    if value { 1 } else { 0 }
}

/// A text from outside in the form both databases can keep: a zero character, which PostgreSQL refuses,
/// becomes the replacement character.
#[must_use]
pub fn clean(text: &str) -> Cow<'_, str> {
    if text.contains('\0') { Cow::Owned(text.replace('\0', "\u{fffd}")) } else { Cow::Borrowed(text) }
}

/// Column readers with the error of the areas. Columns are named, never counted.
pub trait RowExt {
    /// A TEXT column.
    ///
    /// # Errors
    /// When the column is missing, null or of another type: a defect of the query.
    fn text(&self, column: &str) -> Result<String>;
    /// A TEXT column that may be null.
    ///
    /// # Errors
    /// As [`RowExt::text`], except for null.
    fn text_opt(&self, column: &str) -> Result<Option<String>>;
    /// A BIGINT column.
    ///
    /// # Errors
    /// As [`RowExt::text`].
    fn int(&self, column: &str) -> Result<i64>;
    /// A BIGINT column that may be null.
    ///
    /// # Errors
    /// As [`RowExt::text_opt`].
    fn int_opt(&self, column: &str) -> Result<Option<i64>>;
    /// A DOUBLE PRECISION column that may be null.
    ///
    /// # Errors
    /// As [`RowExt::text_opt`].
    fn real_opt(&self, column: &str) -> Result<Option<f64>>;
    /// A BIGINT column read as a truth value.
    ///
    /// # Errors
    /// As [`RowExt::text`].
    fn flag(&self, column: &str) -> Result<bool> {
        Ok(self.int(column)? != 0)
    }
    /// A BIGINT column of microseconds.
    ///
    /// # Errors
    /// As [`RowExt::text`].
    fn time(&self, column: &str) -> Result<Timestamp> {
        Ok(Timestamp::from_micros(self.int(column)?))
    }
    /// A BIGINT column of microseconds that may be null.
    ///
    /// # Errors
    /// As [`RowExt::text_opt`].
    fn time_opt(&self, column: &str) -> Result<Option<Timestamp>> {
        Ok(self.int_opt(column)?.map(Timestamp::from_micros))
    }
}

impl RowExt for AnyRow {
    fn text(&self, column: &str) -> Result<String> {
        self.try_get(column).db()
    }

    fn text_opt(&self, column: &str) -> Result<Option<String>> {
        self.try_get(column).db()
    }

    fn int(&self, column: &str) -> Result<i64> {
        self.try_get(column).db()
    }

    fn int_opt(&self, column: &str) -> Result<Option<i64>> {
        self.try_get(column).db()
    }

    fn real_opt(&self, column: &str) -> Result<Option<f64>> {
        self.try_get(column).db()
    }
}
