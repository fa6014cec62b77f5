//! `mangrove rules`: look after detection rules before and while they run.
//!
//! * `check` loads rules as production does and tells every mistake with file, line and remedy.
//! * `test` runs the test file beside each rule; `replay` the attack samples at hand.
//! * `explain` says why an event did or did not match, predicate by predicate.
//! * `stats` holds rules against events: hits, cost, what is dead, starved or shadowed.
//! * `coverage` shows the techniques rules look for, also as a layer of the ATT&CK Navigator.
//! * `import` takes a rule pack into the data folder.
//! * `list` shows what is there.
//!
//! Exit status: 0 when all is well, 1 otherwise.

mod check;
mod coverage;
mod events;
mod explain;
mod import;
mod list;
mod replay;
mod stats;
pub(crate) mod table;
mod test;

use crate::content;
use anyhow::{Context, Result, bail};
use base_core::{ContentError, ContentFile};
use clap::{Args, Subcommand};
use engine_detect::RulePack;
use engine_detect::behaviours::Behaviours;
use engine_hunt::load_rules_dir;
use engine_parse::Catalog;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

/// Look after detection rules: check, test, explain, measure, import
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
    /// Say why the events of a file did or did not match a rule, predicate by predicate
    Explain(explain::ExplainArgs),
    /// Hold rules against events: hits, noise, cost, and rules that are dead, starved or shadowed
    Stats(stats::StatsArgs),
    /// Show the ATT&CK techniques that rules look for; --json writes a layer for the Navigator
    Coverage(coverage::CoverageArgs),
    /// Check a folder or archive of rules and take it in as a rule pack
    Import(import::ImportArgs),
    /// Replay attack samples and tell the share that is detected
    Replay(replay::ReplayArgs),
    /// List rules
    List(list::ListArgs),
}

/// Rules to work on.
#[derive(Args, Clone, Debug)]
struct Folder {
    /// Folder of rules (a SigmaHQ checkout, any tree of *.yml) or one file; the built-in rules if not given
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// Runs the command. Exit status 0 when all is well, 1 otherwise.
///
/// # Errors
/// When the folder cannot be read or holds no rules.
pub(crate) fn run(args: &RulesArgs) -> Result<ExitCode> {
    to_stdout(|out| act(&args.action, out))
}

/// Runs a command that writes to standard output. Exit status 0 when all is well, 1 otherwise.
pub(crate) fn to_stdout(act: impl FnOnce(&mut dyn Write) -> Result<bool>) -> Result<ExitCode> {
    let mut out = io::BufWriter::new(io::stdout());
    let done = act(&mut out).and_then(|well| Ok(out.flush().map(|()| well)?));
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
        Action::Explain(args) => explain::run(args, out),
        Action::Stats(args) => stats::run(args, out),
        Action::Coverage(args) => coverage::run(args, out),
        Action::Import(args) => import::run(args, out),
        Action::Replay(args) => replay::run(args, out),
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

/// The rules of a folder, or the built-in ones; mistakes are the business of `check`.
fn pack_of(dir: Option<&Path>) -> Result<Arc<RulePack>> {
    let (files, _) = rule_files(dir)?;
    Ok(Arc::new(RulePack::load(&files, &tactic_files()).0))
}

/// Rules and, apart from them, behaviours: of the built-in content, or of the files of a folder.
struct Loaded {
    pack: Arc<RulePack>,
    behaviours: Arc<Behaviours>,
    files: usize,
    mistakes: Vec<ContentError>,
}

/// Loads rules and behaviours as production does.
fn load(dir: Option<&Path>) -> Result<Loaded> {
    let (files, mut mistakes) = rule_files(dir)?;
    let (mut behaving, rules): (Vec<ContentFile>, Vec<ContentFile>) =
        files.into_iter().partition(|f| Behaviours::describes(&f.text));
    if dir.is_none() {
        behaving = content::embedded("behaviours", &[".yml"]);
        behaving.retain(|f| !f.path.ends_with(".test.yml"));
    }
    let (pack, more) = RulePack::load(&rules, &tactic_files());
    mistakes.extend(more);
    let (behaviours, more) = content::behaviours(&behaving, &tactic_files(), None)?;
    mistakes.extend(more);
    let files = rules.len() + behaving.len();
    Ok(Loaded { pack: Arc::new(pack), behaviours: Arc::new(behaviours), files, mistakes })
}

/// Rules and tests together, unlike where rules are loaded to run.
fn files_with_tests(dir: Option<&Path>) -> Result<(Vec<ContentFile>, Vec<ContentError>)> {
    match dir {
        None => Ok((content::embedded("rules", &[".yml"]), Vec::new())),
        Some(dir) => base_core::content::read_dir(dir, &[".yml"])
            .with_context(|| format!("cannot read {}; name a folder of rules and their *.test.yml", dir.display())),
    }
}

/// The built-in source definitions.
fn catalog() -> (Arc<Catalog>, Vec<ContentError>) {
    let (catalog, mistakes) = Catalog::load(&content::embedded("sources", &[".toml"]));
    (Arc::new(catalog), mistakes)
}

/// Texts of the ATT&CK tactics, for rules without an explanation of their own.
fn tactic_files() -> Vec<ContentFile> {
    content::embedded("attack", &[".toml"])
}

/// A mistake as JSON.
fn told(error: &ContentError) -> serde_json::Value {
    serde_json::json!({
        "file": error.file, "line": error.line, "message": error.message, "remedy": error.remedy,
    })
}

/// Writes one JSON value and a line break.
pub(crate) fn write_json(out: &mut dyn Write, value: &serde_json::Value) -> Result<()> {
    serde_json::to_writer_pretty(&mut *out, value)?;
    writeln!(out)?;
    Ok(())
}
