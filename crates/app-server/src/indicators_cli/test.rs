//! `mangrove indicators test`: which list would match a value and why, or what hides it.

use super::open;
use crate::cmd_up;
use crate::hunt::lists;
use crate::rules_cli::table::cell;
use crate::rules_cli::write_json;
use anyhow::{Result, bail};
use area_rules::model::Standing;
use area_rules::ops::read_lists;
use base_core::{Clock, SystemClock};
use clap::Args;
use engine_detect::indicators::{IndicatorStore, Listed, Probe, Verdict};
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;
use std::sync::Arc;

/// Which value, which lists.
#[derive(Args, Clone, Debug)]
pub(super) struct TestArgs {
    /// An address, domain, URL, hash or mail address, or a text that may hold some; `hxxp` and `[.]` are understood
    #[arg(value_name = "VALUE", required = true)]
    values: Vec<String>,
    /// Files of indicators to look in, in place of those of a data folder
    #[arg(long, short = 'i', value_name = "FILE", required_unless_present = "data")]
    indicators: Vec<PathBuf>,
    /// Values that are allowed beside those that ship, one per line
    #[arg(long, value_name = "FILE", requires = "indicators")]
    allow: Vec<PathBuf>,
    /// Data folder of the server
    #[arg(long, env = "MANGROVE_DATA", value_name = "DIR", conflicts_with = "indicators")]
    data: Option<PathBuf>,
    /// Address of the database, where records are kept in PostgreSQL
    #[arg(long, env = "MANGROVE_DATABASE", value_name = "URL", hide_env_values = true)]
    database: Option<String>,
    /// Folder with your own content, as given to the server
    #[arg(long, env = "MANGROVE_CONTENT", value_name = "DIR")]
    content: Option<PathBuf>,
    /// One JSON object per value instead of text
    #[arg(long)]
    json: bool,
}

/// Tells what each value would do. `true` always: to be listed is no failure.
pub(super) fn run(args: &TestArgs, out: &mut dyn Write) -> Result<bool> {
    let store = store(args)?;
    let now = SystemClock.now();
    for value in &args.values {
        let probe = store.probe(value, now);
        if args.json { as_json(value, &probe, out)? } else { as_text(value, &probe, out)? }
    }
    Ok(true)
}

fn store(args: &TestArgs) -> Result<Arc<IndicatorStore>> {
    let Some(data) = &args.data else { return Ok(lists::read(&args.indicators, &args.allow)?.0) };
    cmd_up::runtime()?.block_on(async {
        let kept = open(data, args.database.as_deref(), args.content.as_deref()).await?;
        kept.shelf.catch_up(&kept.db).await?;
        let (lists, _) = read_lists::all(&kept.db, &kept.shelf, &kept.caller).await?;
        kept.db.close().await;
        if let Some(Standing::Failed(why)) = lists.iter().find_map(|l| match &l.standing {
            Some(failed @ Standing::Failed(_)) => Some(failed.clone()),
            _ => None,
        }) {
            bail!("{why}");
        }
        Ok(Arc::clone(kept.shelf.store()))
    })
}

fn said(verdict: &Verdict) -> String {
    match verdict {
        Verdict::Told => "raises an alert".to_owned(),
        Verdict::Expired => "tells nothing: the indicator has expired".to_owned(),
        Verdict::Allowed(entry) => format!("tells nothing: the allowed entry {entry} hides it"),
    }
}

fn remarks(l: &Listed) -> String {
    let parts = [
        l.source.clone().map(|s| format!("source {s}")),
        l.confidence.map(|n| format!("confidence {n}")),
        l.sightings.0.map(|t| format!("first seen {}", t.utc_day())),
        l.sightings.1.map(|t| format!("last seen {}", t.utc_day())),
        l.expires.map(|t| format!("expires {t}")),
        Some(format!("TLP:{}", l.tlp.as_str().to_uppercase())),
    ];
    parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
}

fn as_text(value: &str, probe: &Probe, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}", cell(value))?;
    for l in &probe.listed {
        writeln!(
            out,
            "  {} ({}) of “{}” fits {}: {}",
            cell(&l.indicator),
            l.kind.as_str(),
            cell(&l.title),
            cell(&l.seen),
            said(&l.verdict)
        )?;
        writeln!(out, "    {}", cell(&remarks(l)))?;
    }
    match (&probe.allowed_by, probe.listed.is_empty()) {
        (Some(entry), true) => writeln!(out, "  in no list; the allowed entry {entry} would hide it")?,
        (None, true) => writeln!(out, "  in no list")?,
        _ => {}
    }
    Ok(())
}

fn as_json(value: &str, probe: &Probe, out: &mut dyn Write) -> Result<()> {
    let listed = |l: &Listed| {
        let (verdict, entry) = match &l.verdict {
            Verdict::Told => ("told", None),
            Verdict::Expired => ("expired", None),
            Verdict::Allowed(entry) => ("allowed", Some(entry)),
        };
        json!({
            "list": l.list, "title": l.title, "indicator": l.indicator, "kind": l.kind.as_str(), "seen": l.seen,
            "source": l.source, "confidence": l.confidence, "tlp": l.tlp.as_str(),
            "first_seen": l.sightings.0.map(|t| t.utc_day()), "last_seen": l.sightings.1.map(|t| t.utc_day()),
            "expires": l.expires.map(|t| t.to_string()), "verdict": verdict, "allowed_by": entry,
        })
    };
    let listed: Vec<_> = probe.listed.iter().map(listed).collect();
    write_json(out, &json!({"value": value, "listed": listed, "allowed_by": probe.allowed_by}))
}
