//! `mangrove rules`: look after detection rules before they run.
//!
//! * `check` loads rules as production does and tells every mistake with file, line and remedy.
//! * `test` runs the test file beside each rule.
//! * `list` shows what is there.

mod check;
mod list;
mod test;

use crate::content;
use anyhow::{Context, Result, bail};
use base_core::{ContentError, ContentFile};
use clap::{Args, Subcommand};
use engine_hunt::load_rules_dir;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Look after detection rules: check, test, list
#[derive(Args, Clone, Debug)]
pub(crate) struct RulesArgs {
    #[command(subcommand)]
    action: Action,
}

#[derive(Clone, Debug, Subcommand)]
enum Action {
    /// Load rules and tell every mistake with file, line and remedy
    Check(Folder),
    /// Run the test file (`<rule>.test.yml`) beside each rule
    Test(Folder),
    /// List rules
    List(list::ListArgs),
}

/// Rules to work on.
#[derive(Args, Clone, Debug)]
struct Folder {
    /// Folder of rules (a SigmaHQ checkout, any tree of *.yml) or one file; the built-in rules if not given
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
}

/// Runs the command. Exit status 0 when all is well, 1 otherwise.
///
/// # Errors
/// When the folder cannot be read or holds no rules.
pub(crate) fn run(args: &RulesArgs) -> Result<ExitCode> {
    let mut out = io::BufWriter::new(io::stdout());
    let done = act(&args.action, &mut out).and_then(|well| Ok(out.flush().map(|()| well)?));
    match done {
        Ok(true) => Ok(ExitCode::SUCCESS),
        Ok(false) => Ok(ExitCode::FAILURE),
        // The reader of the pipe (`| head`) has seen enough.
        Err(e) if e.downcast_ref::<io::Error>().is_some_and(|e| e.kind() == io::ErrorKind::BrokenPipe) => {
            Ok(ExitCode::SUCCESS)
        }
        Err(e) => Err(e),
    }
}

fn act(action: &Action, out: &mut dyn Write) -> Result<bool> {
    match action {
        Action::Check(folder) => check::run(folder, out),
        Action::Test(folder) => test::run(folder, out),
        Action::List(list) => list::run(list, out),
    }
}

/// Rule files and what could not be read of them.
fn rule_files(dir: Option<&Path>) -> Result<(Vec<ContentFile>, Vec<ContentError>)> {
    let Some(dir) = dir else {
        let mut files = content::embedded("rules", &[".yml"]);
        files.retain(|f| !f.path.ends_with(".test.yml"));
        return Ok((files, Vec::new()));
    };
    let loaded = load_rules_dir(dir)
        .with_context(|| format!("cannot read {}; name a folder of *.yml or one rule file", dir.display()))?;
    if loaded.files.is_empty() && loaded.errors.is_empty() {
        bail!("no Sigma rules in {}; name a folder that holds *.yml files with a detection", dir.display());
    }
    Ok((loaded.files, loaded.errors))
}

/// Texts of the ATT&CK tactics, for rules without an explanation of their own.
fn tactic_files() -> Vec<ContentFile> {
    content::embedded("attack", &[".toml"])
}
