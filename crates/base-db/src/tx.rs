//! A write transaction with what is to happen once it is committed.

use crate::DbExt;
use base_core::Result;
use sqlx::AnyConnection;
use sqlx::any::Any;
use std::fmt;

type Hook = Box<dyn FnOnce() + Send>;

/// A write transaction. Dropped without [`Tx::commit`], it is rolled back.
///
/// Record, audit line and outgoing news belong into one; what must be told to others (the
/// browsers, a cache) goes into [`Tx::after_commit`], so that nobody hears of what was rolled back.
pub struct Tx {
    inner: sqlx::Transaction<'static, Any>,
    hooks: Vec<Hook>,
}

impl fmt::Debug for Tx {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tx").field("hooks", &self.hooks.len()).finish_non_exhaustive()
    }
}

impl Tx {
    pub(crate) fn new(inner: sqlx::Transaction<'static, Any>) -> Self {
        Self { inner, hooks: Vec::new() }
    }

    /// The connection to run statements on: `sqlx::query(…).execute(tx.conn())`.
    pub fn conn(&mut self) -> &mut AnyConnection {
        &mut self.inner
    }

    /// Runs `hook` after the commit, in the order given; never when the transaction is rolled back.
    pub fn after_commit(&mut self, hook: impl FnOnce() + Send + 'static) {
        self.hooks.push(Box::new(hook));
    }

    /// Commits, then runs the hooks.
    ///
    /// # Errors
    /// When the commit fails; nothing was written then and no hook runs.
    pub async fn commit(self) -> Result<()> {
        self.inner.commit().await.db()?;
        for hook in self.hooks {
            hook();
        }
        Ok(())
    }

    /// Gives up everything done in it.
    ///
    /// # Errors
    /// When the database does not answer; the transaction is given up all the same.
    pub async fn rollback(self) -> Result<()> {
        self.inner.rollback().await.db()
    }
}
