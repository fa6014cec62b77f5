//! `mangrove rules stats`: rules held against given events.

use super::events::each_event;
use super::table::{cell, table};
use super::{catalog, pack_of, write_json};
use anyhow::Result;
use area_rules::model::listing::source_name;
use area_rules::model::liveness::liveness;
use area_rules::model::{Flag, Liveness, Observed, RuleHits, SourceCount, cost};
use clap::Args;
use engine_detect::{Detection, Detector, RulePack, Tally};
use engine_event::{Event, LogSource};
use serde_json::json;
use std::collections::HashMap;
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Which rules, which events.
#[derive(Args, Clone, Debug)]
pub(super) struct StatsArgs {
    /// Folder of rules or one file; the built-in rules if not given
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Also rules without hit or flag, and those that are dead
    #[arg(long)]
    all: bool,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
    /// Files and folders of events (EVTX, JSON, syslog …); - for standard input
    #[arg(value_name = "EVENTS", required = true)]
    files: Vec<PathBuf>,
}

/// Events kept per log source to measure the cost of rules.
const SAMPLES: usize = 64;
/// Log sources of which events are kept.
const SAMPLED: usize = 256;

/// Counts and writes. Always `true`: figures are no judgement.
pub(super) fn run(args: &StatsArgs, out: &mut dyn Write) -> Result<bool> {
    let pack = pack_of(args.rules.as_deref())?;
    let (catalog, _) = catalog();
    let mut detector = Detector::new(Arc::clone(&pack));
    let mut samples: HashMap<LogSource, Vec<Event>> = HashMap::new();
    let mut fired: HashMap<Arc<str>, (i64, base_core::Timestamp)> = HashMap::new();
    let mut found: Vec<Detection> = Vec::new();
    let mut unplaced = 0_u64;
    let read = each_event(&args.files, &catalog, |event, _, _, n| {
        // As in the server: a record of no known log source is evidence for no rule.
        if *event.logsource == LogSource::default() {
            unplaced += 1;
            return ControlFlow::Continue(());
        }
        detector.observe_at(&event, n, &mut found);
        for detection in found.drain(..).filter(|d| d.rule.correlation) {
            let counted = fired.entry(Arc::clone(&detection.rule.id)).or_insert((0, detection.time));
            *counted = (counted.0 + 1, counted.1.max(detection.time));
        }
        let room = samples.len() < SAMPLED || samples.contains_key(&*event.logsource);
        if room {
            let kept = samples.entry((*event.logsource).clone()).or_default();
            if kept.len() < SAMPLES {
                kept.push(event);
            }
        }
        ControlFlow::Continue(())
    })?;
    let tally = detector.take_tally();
    let samples: Vec<Event> = samples.into_values().flatten().collect();
    let observed = observed(&pack, &tally, fired, cost::measure(&pack, &samples));
    let mut rules = liveness(&pack, &observed);
    rules.sort_by(|a, b| {
        b.hits.week.cmp(&a.hits.week).then_with(|| a.flags.cmp(&b.flags)).then_with(|| a.info.title.cmp(&b.info.title))
    });
    let whole = Whole { events: read.events, unplaced, unparsed: tally.unparsed(), skipped: read.skipped };
    if args.json {
        as_json(&rules, &whole, out)?;
    } else {
        as_table(&rules, &whole, args.all, out)?;
    }
    Ok(true)
}

struct Whole {
    events: u64,
    unplaced: u64,
    unparsed: u64,
    skipped: u64,
}

fn observed(
    pack: &RulePack,
    tally: &Tally,
    fired: HashMap<Arc<str>, (i64, base_core::Timestamp)>,
    costs: cost::Costs,
) -> Observed {
    let mut observed = Observed { costs: Arc::new(costs), ..Observed::default() };
    for (source, n) in tally.by_source() {
        let n = i64::try_from(n).unwrap_or(i64::MAX);
        observed.sources.insert(source.clone(), SourceCount { day: n, week: n });
    }
    for (source, field) in tally.fields() {
        observed.fields.entry(source.clone()).or_default().insert(field.to_string());
    }
    for (rule, counted) in tally.hits() {
        let Some(info) = pack.info(rule) else { continue };
        let n = i64::try_from(counted.hits).unwrap_or(i64::MAX);
        let companions = counted.companions.iter().filter_map(|c| pack.info(*c)).map(|i| i.id.to_string()).collect();
        // Files span any time: how many hits of a day there are cannot be told.
        let hits = RuleHits { day: 0, week: n, last: Some(counted.last), companions, ..RuleHits::default() };
        observed.hits.insert(info.id.to_string(), hits);
    }
    for (rule, (n, last)) in fired {
        observed.hits.insert(rule.to_string(), RuleHits { week: n, last: Some(last), ..RuleHits::default() });
    }
    observed
}

fn as_json(rules: &[Liveness], whole: &Whole, out: &mut dyn Write) -> Result<()> {
    let rule = |l: &Liveness| {
        json!({
            "id": l.info.id, "title": l.info.title, "level": l.info.level, "logsource": source_name(&l.info),
            "correlation": l.info.correlation, "standalone": l.info.standalone,
            "events": l.events.week, "hits": l.hits.week, "per_million": l.per_million(),
            "last_hit": l.hits.last.map(|t| t.to_string()), "nanos_per_event": l.cost,
            "flags": l.flags.iter().map(|f| f.as_str()).collect::<Vec<_>>(),
            "missing_fields": l.missing, "goes_along_with": l.hits.companions, "file": l.info.file,
        })
    };
    let value = json!({
        "events": whole.events, "unplaced": whole.unplaced, "unparsed": whole.unparsed, "skipped": whole.skipped,
        "rules": rules.iter().map(rule).collect::<Vec<_>>(),
    });
    write_json(out, &value)
}

fn as_table(rules: &[Liveness], whole: &Whole, all: bool, out: &mut dyn Write) -> Result<()> {
    let mut table = table(&["level", "title", "state", "events", "hits", "per million", "ns/event", "missing fields"]);
    let shown = |l: &&Liveness| all || l.hits.week > 0 || l.flags.iter().any(|f| *f != Flag::Dead);
    for l in rules.iter().filter(shown) {
        let flags: Vec<&str> = l.flags.iter().map(|f| f.as_str()).collect();
        table.add_row([
            l.info.level.as_str().to_owned(),
            cell(&l.info.title),
            flags.join(" "),
            l.events.week.to_string(),
            l.hits.week.to_string(),
            l.per_million().map(|r| format!("{r:.1}")).unwrap_or_default(),
            l.cost.map(|c| format!("{c:.0}")).unwrap_or_default(),
            cell(&l.missing.join(" ")),
        ]);
    }
    writeln!(out, "{table}")?;
    let count = |flag: Flag| rules.iter().filter(|l| l.info.standalone && l.flags.contains(&flag)).count();
    writeln!(
        out,
        "{} events ({} of no known log source, {} unreadable by any source definition, {} inputs or parts skipped)",
        whole.events, whole.unplaced, whole.unparsed, whole.skipped
    )?;
    let standalone = rules.iter().filter(|l| l.info.standalone);
    let silent = standalone.clone().filter(|l| l.hits.week == 0).count();
    writeln!(
        out,
        "{} rules: {} silent, {} dead (no event of their log source), {} starved, {} shadowed",
        standalone.count(),
        silent,
        count(Flag::Dead),
        count(Flag::Starved),
        count(Flag::Shadowed)
    )?;
    Ok(())
}
