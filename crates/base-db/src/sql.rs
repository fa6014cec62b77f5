//! A small builder for queries whose filters vary: text and bound values grow together.

use crate::clean;
use crate::{DbExt, Tx};
use base_core::{Result, Scope};
use sqlx::any::{AnyArguments, AnyRow};
use sqlx::error::BoxDynError;
use sqlx::{AnyPool, Arguments, AssertSqlSafe};
use std::fmt::Write as _;

/// What can be bound. Texts are made such that both databases can keep them ([`clean`]).
pub trait Param {
    /// Adds the value to those of a query.
    ///
    /// # Errors
    /// When the value cannot be encoded.
    fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError>;
}

macro_rules! plain {
    ($($name:ty),+) => { $(
        impl Param for $name {
            fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
                arguments.add(self)
            }
        }
    )+ };
}

plain!(i32, i64, f64, Option<i32>, Option<i64>, Option<f64>);

impl Param for &str {
    fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
        arguments.add(clean(self).into_owned())
    }
}

impl Param for String {
    fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
        if self.contains('\0') { self.as_str().add_to(arguments) } else { arguments.add(self) }
    }
}

impl Param for &String {
    fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
        self.as_str().add_to(arguments)
    }
}

impl Param for Option<&str> {
    fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
        arguments.add(self.map(|text| clean(text).into_owned()))
    }
}

impl Param for Option<String> {
    fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
        self.as_deref().add_to(arguments)
    }
}

impl Param for Option<&String> {
    fn add_to(self, arguments: &mut AnyArguments) -> std::result::Result<(), BoxDynError> {
        self.map(String::as_str).add_to(arguments)
    }
}

/// A query under construction. Text comes from the program only; every value from outside is bound.
///
/// ```
/// # use base_db::Sql; use base_core::Scope;
/// let q = Sql::new("SELECT id FROM desk_alert WHERE 1 = 1")
///     .scope("unit_id", &Scope::province())
///     .push(" AND severity >= ").bind(3_i64)
///     .push(" ORDER BY last_seen DESC").page(50, 0);
/// assert!(q.text().ends_with("LIMIT $2 OFFSET $3"));
/// ```
#[derive(Default)]
pub struct Sql {
    text: String,
    arguments: AnyArguments,
    /// First value that could not be encoded; told when the query runs.
    failed: Option<sqlx::Error>,
}

impl Sql {
    /// Starts with this text.
    #[must_use]
    pub fn new(text: &'static str) -> Self {
        Self { text: text.to_owned(), ..Self::default() }
    }

    /// Adds text. `'static`, so that nothing from outside gets into it.
    #[must_use]
    pub fn push(mut self, text: &'static str) -> Self {
        self.text.push_str(text);
        self
    }

    /// Adds text when `condition` holds and passes the query through `then`.
    #[must_use]
    pub fn when(self, condition: bool, then: impl FnOnce(Self) -> Self) -> Self {
        if condition { then(self) } else { self }
    }

    /// Binds a value and adds its placeholder.
    #[must_use]
    pub fn bind<T: Param>(mut self, value: T) -> Self {
        if let Err(e) = value.add_to(&mut self.arguments) {
            self.failed.get_or_insert(sqlx::Error::Encode(e));
        }
        // Writing to a String cannot fail.
        let _ = write!(self.text, "${}", self.arguments.len());
        self
    }

    /// Adds `, ` and binds a value: the next of a list of values or assignments.
    #[must_use]
    pub fn comma<T: Param>(self, value: T) -> Self {
        self.push(", ").bind(value)
    }

    /// Binds a list and adds `(…)`; an empty list becomes `(NULL)`, which matches nothing.
    #[must_use]
    pub fn bind_list<T: Param>(mut self, values: impl IntoIterator<Item = T>) -> Self {
        self.text.push('(');
        let mut any = false;
        for value in values {
            if any {
                self.text.push_str(", ");
            }
            any = true;
            self = self.bind(value);
        }
        self.text.push_str(if any { ")" } else { "NULL)" });
        self
    }

    /// Adds ` AND column IN (units of the scope)`, or nothing for the whole province.
    /// Rows that belong to no unit are outside the scope of a unit.
    #[must_use]
    pub fn scope(self, column: &'static str, scope: &Scope) -> Self {
        match scope.as_units() {
            None => self,
            Some(units) => {
                self.push(" AND ").push(column).push(" IN ").bind_list(units.iter().map(|u| u.as_str().to_owned()))
            }
        }
    }

    /// Adds `LIMIT` and `OFFSET`.
    #[must_use]
    pub fn page(self, limit: i64, offset: i64) -> Self {
        self.push(" LIMIT ").bind(limit).push(" OFFSET ").bind(offset)
    }

    /// The text so far.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    fn finish(self) -> Result<(String, AnyArguments)> {
        match self.failed {
            Some(e) => Err(e).db(),
            None => Ok((self.text, self.arguments)),
        }
    }

    /// Every row, through the read pool.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn all(self, pool: &AnyPool) -> Result<Vec<AnyRow>> {
        let (text, arguments) = self.finish()?;
        sqlx::query_with(AssertSqlSafe(text), arguments).fetch_all(pool).await.db()
    }

    /// The first row, if any, through the read pool.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn optional(self, pool: &AnyPool) -> Result<Option<AnyRow>> {
        let (text, arguments) = self.finish()?;
        sqlx::query_with(AssertSqlSafe(text), arguments).fetch_optional(pool).await.db()
    }

    /// The one row; its absence is "not found".
    ///
    /// # Errors
    /// When there is no row, or the database refuses or does not answer.
    pub async fn one(self, pool: &AnyPool) -> Result<AnyRow> {
        let (text, arguments) = self.finish()?;
        sqlx::query_with(AssertSqlSafe(text), arguments).fetch_one(pool).await.db()
    }

    /// The number in the first column of the one row (`SELECT count(*) …`).
    ///
    /// # Errors
    /// When there is no row or no number, or the database refuses or does not answer.
    pub async fn count(self, pool: &AnyPool) -> Result<i64> {
        let (text, arguments) = self.finish()?;
        sqlx::query_scalar_with(AssertSqlSafe(text), arguments).fetch_one(pool).await.db()
    }

    /// Runs inside a write transaction; how many rows were touched.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn run(self, tx: &mut Tx) -> Result<u64> {
        let (text, arguments) = self.finish()?;
        Ok(sqlx::query_with(AssertSqlSafe(text), arguments).execute(tx.conn()).await.db()?.rows_affected())
    }

    /// Every row, seen from inside a write transaction.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn all_in(self, tx: &mut Tx) -> Result<Vec<AnyRow>> {
        let (text, arguments) = self.finish()?;
        sqlx::query_with(AssertSqlSafe(text), arguments).fetch_all(tx.conn()).await.db()
    }

    /// The first row, if any, seen from inside a write transaction.
    ///
    /// # Errors
    /// When the database refuses or does not answer.
    pub async fn optional_in(self, tx: &mut Tx) -> Result<Option<AnyRow>> {
        let (text, arguments) = self.finish()?;
        sqlx::query_with(AssertSqlSafe(text), arguments).fetch_optional(tx.conn()).await.db()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::UnitId;

    #[test]
    fn a_scope_without_units_matches_nothing() {
        let q = Sql::new("SELECT 1 WHERE 1 = 1").scope("unit_id", &Scope::units([]));
        assert_eq!(q.text(), "SELECT 1 WHERE 1 = 1 AND unit_id IN (NULL)");
    }

    #[test]
    fn placeholders_count_up() {
        let scope = Scope::units([UnitId::new("a"), UnitId::new("b")]);
        let q = Sql::new("SELECT 1 WHERE x = ").bind("v").scope("u", &scope).page(10, 0);
        assert_eq!(q.text(), "SELECT 1 WHERE x = $1 AND u IN ($2, $3) LIMIT $4 OFFSET $5");
    }
}
