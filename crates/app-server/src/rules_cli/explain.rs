//! `mangrove rules explain`: why an event did or did not match, predicate by predicate.

use super::events::each_event;
use super::table::cell;
use super::{Loaded, catalog, load, write_json};
use anyhow::{Result, bail};
use area_rules::book::{Active, Beside, RuleBook};
use area_rules::ops::explain_event::{Explained, against_any};
use clap::Args;
use engine_detect::{Explanation, RuleInfo};
use engine_event::Kind;
use serde_json::{Value, json};
use std::io::Write;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::Arc;

/// Which rule, which events.
#[derive(Args, Clone, Debug)]
pub(super) struct ExplainArgs {
    /// Id or title of the rule
    #[arg(long, value_name = "ID")]
    rule: String,
    /// Folder of rules or one file; the built-in rules if not given
    #[arg(long, value_name = "DIR")]
    rules: Option<PathBuf>,
    /// Only this event of the input, counted from 1
    #[arg(long, value_name = "N")]
    event: Option<u64>,
    /// Most events explained
    #[arg(long, value_name = "N", default_value_t = 10)]
    most: u64,
    /// One JSON object per event and rule instead of text
    #[arg(long)]
    json: bool,
    /// Files of events (EVTX, JSON, syslog …); - for standard input
    #[arg(value_name = "EVENT-FILE", required = true)]
    files: Vec<PathBuf>,
}

/// Explains. `true` when at least one event could be explained.
pub(super) fn run(args: &ExplainArgs, out: &mut dyn Write) -> Result<bool> {
    let Loaded { pack, behaviours, .. } = load(args.rules.as_deref())?;
    let mut all = pack.infos().chain(behaviours.infos());
    let by_id = pack.find(&args.rule).or_else(|| behaviours.find(&args.rule));
    let found = by_id.or_else(|| all.find(|i| i.title.eq_ignore_ascii_case(&args.rule)));
    let Some(info) = found else {
        bail!("there is no rule {:?}; `mangrove rules list` shows ids and titles", args.rule);
    };
    let id = info.id.to_string();
    let active = Active { pack: Arc::clone(&pack), files: Arc::from([]), imported: None };
    let book = RuleBook::with(active, Beside { behaviours: Arc::clone(&behaviours), ..Beside::default() });
    let mut told = 0_u64;
    let mut failed: Option<anyhow::Error> = None;
    let (catalog, _) = catalog();
    let read = each_event(&args.files, &catalog, |event, input, place, n| {
        if args.event.is_some_and(|wanted| wanted != n + 1) {
            return ControlFlow::Continue(());
        }
        let place = format!("{input}, {place}");
        let done = against_any(&book, &id, event).map_err(anyhow::Error::from).and_then(|explained| {
            if args.json { as_json(&explained, &place, out) } else { as_text(&explained, &place, out) }
        });
        if let Err(error) = done {
            failed = Some(error);
            return ControlFlow::Break(());
        }
        told += 1;
        if told >= args.most || args.event.is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    })?;
    if let Some(error) = failed {
        return Err(error);
    }
    if told == 0 {
        match args.event {
            Some(n) => bail!("there is no event {n}; the input has {} events", read.events),
            None => bail!("the input has no events; name a file of events such as an EVTX, JSON or log file"),
        }
    }
    Ok(true)
}

fn source(explained: &Explained) -> String {
    let s = &explained.event.logsource;
    let parts = [s.product.as_deref(), s.category.as_deref(), s.service.as_deref()];
    parts.into_iter().flatten().collect::<Vec<_>>().join("/")
}

fn values(explained: &Explained, field: &str) -> Vec<String> {
    let kept = explained.event.record.get_all(field).filter(|f| f.kind != Kind::Null);
    kept.map(|f| f.text.chars().take(300).collect()).collect()
}

fn as_json(explained: &Explained, place: &str, out: &mut dyn Write) -> Result<()> {
    for (info, e) in &explained.rules {
        let predicates: Vec<Value> = e
            .predicates
            .iter()
            .map(|p| {
                let mut value = json!(p);
                if let (Some(object), Some(field)) = (value.as_object_mut(), &p.field) {
                    object.insert("values".to_owned(), json!(values(explained, field)));
                }
                value
            })
            .collect();
        let value = json!({
            "place": place, "rule": info.id, "title": info.title, "logsource": source(explained), "kind": explained.event.kind,
            "applies": e.applies, "condition": e.conditions.join(" or "), "holds": e.matched,
            "matched": e.applies && e.matched, "predicates": predicates,
        });
        write_json(out, &value)?;
    }
    Ok(())
}

fn as_text(explained: &Explained, place: &str, out: &mut dyn Write) -> Result<()> {
    writeln!(out, "{}", cell(place))?;
    writeln!(
        out,
        "  read as {}, log source {}{}",
        explained.event.kind,
        cell(&source(explained)),
        if explained.event.marks.unparsed { " (no source definition could read it)" } else { "" }
    )?;
    for (info, e) in &explained.rules {
        one(explained, info, e, out)?;
    }
    writeln!(out)?;
    Ok(())
}

fn one(explained: &Explained, info: &RuleInfo, e: &Explanation, out: &mut dyn Write) -> Result<()> {
    let said = match (e.applies, e.matched) {
        (true, true) => "MATCHES",
        (true, false) => "does not match: its condition does not hold",
        (false, true) => "does not match: it asks for another log source, though its condition holds",
        (false, false) => "does not match: it asks for another log source",
    };
    writeln!(out, "  {} {said}", cell(&info.title))?;
    if !e.applies {
        writeln!(out, "    it asks for {}", area_rules::model::listing::source_name(info))?;
    }
    writeln!(out, "    condition: {}", cell(&e.conditions.join(" or ")))?;
    for p in &e.predicates {
        let mark = if p.matched { "yes" } else { "no " };
        let field = p.field.as_deref().unwrap_or("(anywhere)");
        let mut patterns = p.patterns.iter().take(5).map(|t| cell(t)).collect::<Vec<_>>().join(" | ");
        if p.patterns.len() > 5 {
            patterns.push_str(&format!(" | … {} more", p.patterns.len() - 5));
        }
        writeln!(out, "    {mark} {}: {} {} {patterns}", p.detection, cell(field), p.op)?;
        for seen in p.seen.iter().take(3) {
            let fits = seen.value.get(seen.span.0..seen.span.1).unwrap_or_default();
            writeln!(out, "          fits: {}", cell(fits))?;
        }
        if let (false, Some(name)) = (p.matched, &p.field) {
            let has = values(explained, name);
            if has.is_empty() {
                writeln!(out, "          the event has no such field")?;
            }
            for value in has.iter().take(3) {
                writeln!(out, "          the event has: {}", cell(value))?;
            }
        }
    }
    Ok(())
}
