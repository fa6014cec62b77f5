//! `mangrove rules list`

use super::load;
use super::table::{cell, table};
use anyhow::Result;
use base_core::Severity;
use clap::Args;
use engine_detect::RuleInfo;
use serde::Serialize;
use std::io::Write;
use std::path::PathBuf;

/// Which rules to list, and how.
#[derive(Args, Clone, Debug)]
pub(super) struct ListArgs {
    /// Folder of rules or one file; the built-in rules if not given
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// One JSON object per line instead of a table
    #[arg(long)]
    json: bool,
}

#[derive(Serialize)]
struct Line<'a> {
    id: &'a str,
    title: &'a str,
    level: Severity,
    kind: &'a str,
    status: Option<&'a str>,
    logsource: String,
    tactics: Vec<&'a str>,
    techniques: Vec<&'a str>,
    file: &'a str,
}

impl<'a> From<&'a RuleInfo> for Line<'a> {
    fn from(info: &'a RuleInfo) -> Self {
        let source = &info.logsource;
        let parts = [source.product.as_deref(), source.category.as_deref(), source.service.as_deref()];
        Self {
            id: &info.id,
            title: &info.title,
            level: info.level,
            kind: info.kind.as_str(),
            status: info.status,
            logsource: parts.into_iter().flatten().collect::<Vec<_>>().join("/"),
            tactics: info.tactics().map(|t| t.name.as_str()).collect(),
            techniques: info.techniques().map(|t| t.id.as_str()).collect(),
            file: &info.file,
        }
    }
}

/// Writes the list, gravest first. Always `true`: mistakes are the business of `check`.
pub(super) fn run(args: &ListArgs, out: &mut dyn Write) -> Result<bool> {
    let loaded = load(args.dir.as_deref())?;
    let all = loaded.pack.infos().chain(loaded.behaviours.infos());
    let mut rules: Vec<&RuleInfo> = all.map(AsRef::as_ref).filter(|i| i.standalone).collect();
    rules.sort_by(|a, b| b.level.cmp(&a.level).then_with(|| a.title.cmp(&b.title)).then_with(|| a.id.cmp(&b.id)));
    if args.json {
        for rule in rules {
            serde_json::to_writer(&mut *out, &Line::from(rule))?;
            writeln!(out)?;
        }
        return Ok(true);
    }
    let mut table = table(&["level", "kind", "title", "log source", "techniques", "file"]);
    let count = rules.len();
    for rule in rules {
        let line = Line::from(rule);
        let cells =
            [line.level.as_str(), line.kind, line.title, &line.logsource, &line.techniques.join(" "), line.file];
        table.add_row(cells.map(cell));
    }
    writeln!(out, "{table}\n{count} rules")?;
    Ok(true)
}
