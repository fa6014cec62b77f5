//! Replay proof: the attack samples at hand are replayed, and the share detected is kept.

use super::over_province;
use crate::book::Active;
use crate::model::proof::MAX_MISSED;
use crate::model::{Proof, Suite};
use crate::ports::RulesPorts;
use crate::store::proofs;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{ContentFile, Error, IdSource, Result, Timestamp};
use base_db::Db;
use engine_detect::{Detector, RulePack, rule_tests};
use engine_event::EventId;
use engine_parse::files::{Limits, RecordReader};
use engine_parse::{Catalog, Parser, ParserOptions};
use serde_json::json;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// How old the newest proof may become before the job makes a new one.
pub const EVERY_DAYS: i64 = 30;
/// Most files of a folder of samples.
const MAX_SAMPLES: usize = 20_000;
/// Records read of one sample.
const MAX_RECORDS: u64 = 500_000;

/// How a suite came out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// Samples.
    pub total: u64,
    /// Of these, detected.
    pub detected: u64,
    /// Names of those that were not.
    pub missed: Vec<String>,
}

impl Replayed {
    fn add(&mut self, name: impl FnOnce() -> String, detected: bool) {
        self.total += 1;
        if detected {
            self.detected += 1;
        } else {
            self.missed.push(name());
        }
    }
}

/// Replays the firing cases of every test file among `files`. Blocks.
#[must_use]
pub fn rule_cases(pack: &Arc<RulePack>, catalog: &Arc<Catalog>, files: &[ContentFile]) -> Replayed {
    let mut replayed = Replayed::default();
    for file in files.iter().filter(|f| f.path.ends_with(".test.yml")) {
        match rule_tests::outcomes(pack, catalog, file) {
            Ok(cases) => {
                for case in cases.into_iter().filter(|c| c.expected) {
                    let passed = case.passed();
                    replayed.add(|| format!("{}: {}", file.path, case.name), passed);
                }
            }
            // A test that cannot be read proves nothing: it counts as missed, by name.
            Err(error) => replayed.add(|| error.to_string(), false),
        }
    }
    replayed
}

/// Replays every file below `folder`: a sample is detected when a rule fires on it. Files without
/// a single readable record are no samples. Blocks.
///
/// # Errors
/// When the folder cannot be listed.
pub fn sample_files(pack: &Arc<RulePack>, catalog: &Arc<Catalog>, folder: &Path) -> std::io::Result<Replayed> {
    let mut replayed = Replayed::default();
    for path in files_below(folder)? {
        let name = || path.strip_prefix(folder).unwrap_or(&path).to_string_lossy().into_owned();
        match sample(pack, catalog, &path) {
            Some(detected) => replayed.add(name, detected),
            None => continue,
        }
    }
    Ok(replayed)
}

fn files_below(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    let mut waiting = vec![folder.to_path_buf()];
    while let Some(dir) = waiting.pop() {
        for entry in std::fs::read_dir(&dir)? {
            let entry = entry?;
            // Links are not followed, so there is no circle.
            let kind = entry.file_type()?;
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() && found.len() < MAX_SAMPLES {
                found.push(entry.path());
            }
        }
    }
    found.sort();
    Ok(found)
}

/// Whether a rule fires on the file; `None` when it holds no readable record.
fn sample(pack: &Arc<RulePack>, catalog: &Arc<Catalog>, path: &Path) -> Option<bool> {
    let mut reader = RecordReader::open(path, Limits::default()).ok()?;
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    let mut detector = Detector::new(Arc::clone(pack));
    let (mut found, mut read) = (Vec::new(), false);
    let mut position = 0;
    for record in std::iter::from_fn(|| reader.next()).flatten() {
        let event = parser.parse(&record.as_raw(Timestamp::EPOCH, None), EventId::from_journal(0, position));
        if !event.marks.unparsed {
            read = true;
            detector.observe_at(&event, position, &mut found);
        }
        position += 1;
        if !found.is_empty() || position >= MAX_RECORDS {
            break;
        }
    }
    read.then_some(!found.is_empty())
}

/// Replays all suites with the rules that run, and keeps the figures.
///
/// # Errors
/// `Forbidden` without the right; when the folder of samples cannot be read or the database does
/// not answer.
pub async fn prove(db: &Db, ids: &IdSource, ports: &RulesPorts, caller: &Caller) -> Result<Vec<Proof>> {
    over_province(caller, Action::RulesTune)?;
    let (active, catalog, folder) = (ports.book.active(), Arc::clone(&ports.catalog), ports.samples.clone());
    let rules = i64::try_from(active.pack.len()).unwrap_or(i64::MAX);
    let replay = move || replay_all(&active, &catalog, folder.as_deref());
    let done = tokio::task::spawn_blocking(replay).await.map_err(Error::bug)?.map_err(|e| {
        Error::new(base_core::Kind::Unavailable, format!("the folder of attack samples cannot be read: {e}"))
    })?;
    let mut kept = Vec::new();
    let mut tx = db.begin().await?;
    for (suite, mut replayed) in done {
        replayed.missed.truncate(MAX_MISSED);
        let proof = Proof {
            at: caller.now,
            suite,
            total: i64::try_from(replayed.total).unwrap_or(i64::MAX),
            detected: i64::try_from(replayed.detected).unwrap_or(i64::MAX),
            missed: replayed.missed,
            rules,
            by_name: caller.principal.name.clone(),
        };
        proofs::insert(&mut tx, &ids.next(), &proof).await?;
        let after = json!({"suite": suite.as_str(), "total": proof.total, "detected": proof.detected});
        base_audit::record(&mut tx, caller, Act::new("rules.prove", "rules", suite.as_str()).change(None, Some(after)))
            .await?;
        kept.push(proof);
    }
    tx.commit().await?;
    Ok(kept)
}

fn replay_all(
    active: &Active,
    catalog: &Arc<Catalog>,
    folder: Option<&Path>,
) -> std::io::Result<Vec<(Suite, Replayed)>> {
    let mut done = vec![(Suite::RuleTests, rule_cases(&active.pack, catalog, &active.files))];
    if let Some(folder) = folder {
        done.push((Suite::Samples, sample_files(&active.pack, catalog, folder)?));
    }
    Ok(done)
}

/// Replays when the newest proof is a month old or missing: for the job.
///
/// # Errors
/// As [`prove`].
pub async fn prove_if_due(db: &Db, ids: &IdSource, ports: &RulesPorts) -> Result<bool> {
    let caller = Caller::system("replay-proof", ids.now());
    let newest = proofs::latest(db.read(), Suite::RuleTests, 1).await?;
    if newest.first().is_some_and(|p| p.at > caller.now.plus_secs(-EVERY_DAYS * 86_400)) {
        return Ok(false);
    }
    prove(db, ids, ports, &caller).await?;
    Ok(true)
}

/// The replays of each suite, newest first.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn history(db: &Db, caller: &Caller) -> Result<Vec<Proof>> {
    caller.require(Action::RulesRead)?;
    let mut all = Vec::new();
    for suite in Suite::ALL {
        all.extend(proofs::latest(db.read(), suite, 36).await?);
    }
    Ok(all)
}
