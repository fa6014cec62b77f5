//! `mangrove indicators`: look after lists of indicators.
//!
//! * `check` reads files and tells every mistake with line and remedy.
//! * `test` says which list would match a value and why, or what hides it.
//! * `list`, `import`, `remove` and `allow` work on a data folder, also while a server runs on it: the
//!   server takes the change over within seconds.
//!
//! Exit status: 0 when all is well, 1 otherwise.

mod check;
mod keep;
mod list;
mod test;

use crate::data_dir::DataDir;
use crate::rules_cli::to_stdout;
use crate::{cmd_up, content, records, wire};
use anyhow::Result;
use area_rules::ops::manage_list::Desk;
use area_rules::shelf::Shelf;
use base_authz::Caller;
use base_core::{IdSource, SharedClock, SystemClock};
use base_db::Db;
use clap::{Args, Subcommand};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Look after lists of indicators: check, test, list, import, remove
#[derive(Args, Clone, Debug)]
pub(crate) struct IndicatorsArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Read files of indicators and tell every mistake with line and remedy
    Check(check::CheckArgs),
    /// Say which list would match a value and why, or which entry of what is allowed hides it
    Test(test::TestArgs),
    /// Show the lists of a data folder
    List(list::ListArgs),
    /// Take a file in and put it into force
    Import(keep::ImportArgs),
    /// Remove a list from a data folder
    Remove(keep::RemoveArgs),
    /// Show or replace what is allowed beside what ships
    Allow(keep::AllowArgs),
}

/// Which data folder.
#[derive(Args, Clone, Debug)]
struct DataArgs {
    /// Data folder of the server
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR")]
    data: PathBuf,
    /// Address of the database, where records are kept in PostgreSQL
    #[arg(long, env = "MANGROVE_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Folder with your own content, as given to the server
    #[arg(long, env = "MANGROVE_CONTENT", value_name = "DIR")]
    content: Option<PathBuf>,
}

/// Runs the command.
///
/// # Errors
/// When a file or the data folder cannot be used; the message names it and the remedy.
pub(crate) fn run(args: &IndicatorsArgs) -> Result<ExitCode> {
    to_stdout(|out| act(&args.action, out))
}

fn act(action: &Action, out: &mut dyn Write) -> Result<bool> {
    match action {
        Action::Check(args) => check::run(args, out),
        Action::Test(args) => test::run(args, out),
        Action::List(args) => list::run(args, out),
        Action::Import(args) => keep::import(args, out),
        Action::Remove(args) => keep::remove(args, out),
        Action::Allow(args) => keep::allow(args, out),
    }
}

/// The records and lists of a data folder.
struct Kept {
    db: Db,
    ids: IdSource,
    shelf: Arc<Shelf>,
    caller: Caller,
    /// Held while no server runs on the folder.
    _own: Option<DataDir>,
}

impl Kept {
    fn desk(&self) -> Desk<'_> {
        Desk { db: &self.db, ids: &self.ids, shelf: &self.shelf, caller: &self.caller }
    }
}

/// Opens the records of a data folder, does something with them, and closes them.
fn with_kept<T>(args: &DataArgs, act: impl AsyncFnOnce(&Kept) -> Result<T>) -> Result<T> {
    cmd_up::runtime()?.block_on(async {
        let kept = open(&args.data, args.database.as_deref(), args.content.as_deref()).await?;
        let done = act(&kept).await;
        kept.db.close().await;
        done
    })
}

async fn open(data: &Path, database: Option<&str>, local: Option<&Path>) -> Result<Kept> {
    let db = records::open(data, database).await?;
    // The lock is free while no server runs; a running one looks at the records every few seconds.
    let own = DataDir::open(data).ok();
    let clock: SharedClock = Arc::new(SystemClock);
    if own.is_some() {
        base_db::migrate(&db, &wire::migrations(), clock.now()).await?;
    }
    let (specs, allow, _) = content::indicators(local)?;
    Ok(Kept {
        ids: IdSource::new(Arc::clone(&clock)),
        shelf: Shelf::new(Arc::clone(&clock), data.join(wire::INDICATORS), specs, allow),
        caller: Caller::system("indicators", clock.now()),
        db,
        _own: own,
    })
}
