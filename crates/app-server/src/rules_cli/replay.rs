//! `mangrove rules replay`: attack samples against rules; the share detected.

use super::{catalog, files_with_tests, tactic_files, write_json};
use anyhow::{Context, Result};
use area_rules::ops::prove::{Replayed, rule_cases, sample_files};
use clap::Args;
use engine_detect::RulePack;
use serde_json::{Value, json};
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Which rules, which samples.
#[derive(Args, Clone, Debug)]
pub(super) struct ReplayArgs {
    /// Folder of rules and their tests; the built-in ones if not given
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Folder of attack samples (EVTX, JSON, logs), one per file
    #[arg(long, value_name = "DIR", env = "MANGROVE_ATTACK_SAMPLES")]
    samples: Option<PathBuf>,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

/// Replays. `true` when every firing case of the rule tests was detected.
pub(super) fn run(args: &ReplayArgs, out: &mut dyn Write) -> Result<bool> {
    let (files, _) = files_with_tests(args.dir.as_deref())?;
    let pack = Arc::new(RulePack::load(&files, &tactic_files()).0);
    let (catalog, _) = catalog();
    let cases = rule_cases(&pack, &catalog, &files);
    let samples = match &args.samples {
        None => None,
        Some(dir) => Some(sample_files(&pack, &catalog, dir).with_context(|| {
            format!("cannot read the samples in {}; name a folder of attack samples", dir.display())
        })?),
    };
    let well = cases.detected == cases.total;
    if args.json {
        let value =
            json!({"rules": pack.len(), "rule_tests": as_json(&cases), "samples": samples.as_ref().map(as_json)});
        write_json(out, &value)?;
        return Ok(well);
    }
    as_text("rule tests", &cases, out)?;
    if let Some(samples) = &samples {
        as_text("samples", samples, out)?;
    }
    Ok(well)
}

#[expect(clippy::cast_precision_loss, reason = "counts of samples")]
fn share(r: &Replayed) -> Option<f64> {
    (r.total > 0).then(|| r.detected as f64 / r.total as f64)
}

fn as_json(r: &Replayed) -> Value {
    json!({"total": r.total, "detected": r.detected, "share": share(r), "missed": r.missed})
}

fn as_text(what: &str, r: &Replayed, out: &mut dyn Write) -> Result<()> {
    for missed in &r.missed {
        writeln!(out, "not detected: {missed}")?;
    }
    let percent = share(r).map(|s| format!(" ({:.1} %)", s * 100.0)).unwrap_or_default();
    writeln!(out, "{what}: {} of {} detected{percent}", r.detected, r.total)?;
    Ok(())
}
