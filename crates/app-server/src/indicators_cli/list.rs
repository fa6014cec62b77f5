//! `mangrove indicators list`

use super::{DataArgs, with_kept};
use crate::rules_cli::table::{cell, table};
use crate::rules_cli::write_json;
use anyhow::Result;
use area_rules::ops::read_lists::{self, ListView};
use base_core::Severity;
use clap::Args;
use serde_json::json;
use std::io::Write;

/// Whose lists, and how they are shown.
#[derive(Args, Clone, Debug)]
pub(super) struct ListArgs {
    #[command(flatten)]
    data: DataArgs,
    /// One JSON object instead of a table
    #[arg(long)]
    json: bool,
}

fn state(view: &ListView) -> &'static str {
    match (&view.list.active, &view.list.staged, view.list.is_on) {
        (_, _, false) => "off",
        (Some(_), Some(_), true) => "in force, new file waits",
        (Some(_), None, true) => "in force",
        (None, Some(_), true) => "waits",
        (None, None, true) => "empty",
    }
}

/// Writes the lists. Always `true`.
pub(super) fn run(args: &ListArgs, out: &mut dyn Write) -> Result<bool> {
    let (lists, own) =
        with_kept(&args.data, async |kept| Ok(read_lists::all(&kept.db, &kept.shelf, &kept.caller).await?))?;
    if args.json {
        let list = |v: &ListView| {
            let file = v.list.active.as_ref().or(v.list.staged.as_ref());
            json!({
                "id": v.list.spec.id, "title": v.list.spec.title, "state": state(v), "shipped": v.list.shipped,
                "level": v.list.spec.level.unwrap_or(Severity::High), "file": file.map(|f| &f.name),
                "format": file.map(|f| f.format.as_str()), "indicators": file.map(|f| f.report.added),
                "mistakes": file.map(|f| f.report.wrong()), "at": file.map(|f| f.at.to_string()),
                "hits_7d": v.hits.week, "hits_30d": v.hits.month, "allowed_30d": v.hits.allowed, "expired_30d": v.hits.expired,
            })
        };
        let value = json!({"lists": lists.iter().map(list).collect::<Vec<_>>(), "allow": own.map(|o| o.text)});
        write_json(out, &value)?;
        return Ok(true);
    }
    let mut table = table(&["id", "title", "state", "indicators", "mistakes", "taken in", "hits 7d", "hits 30d"]);
    for v in &lists {
        let file = v.list.active.as_ref().or(v.list.staged.as_ref());
        table.add_row([
            cell(&v.list.spec.id),
            cell(&v.list.spec.title),
            state(v).to_owned(),
            file.map(|f| f.report.added.to_string()).unwrap_or_default(),
            file.map(|f| f.report.wrong().to_string()).unwrap_or_default(),
            file.map(|f| f.at.utc_day()).unwrap_or_default(),
            v.hits.week.to_string(),
            v.hits.month.to_string(),
        ]);
    }
    writeln!(out, "{table}\n{} lists", lists.len())?;
    Ok(true)
}
