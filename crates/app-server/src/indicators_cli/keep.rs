//! `mangrove indicators import`, `remove` and `allow`

use super::{DataArgs, with_kept};
use crate::rules_cli::write_json;
use anyhow::{Context, Result, bail};
use area_rules::model::ListFile;
use area_rules::ops::manage_list::{self, NewFile, NewList, Which};
use area_rules::ops::read_lists;
use base_core::{Error, Severity};
use clap::Args;
use engine_detect::indicators::Tlp;
use serde_json::json;
use std::io::Write;
use std::path::PathBuf;

/// What to import, and where to.
#[derive(Args, Clone, Debug)]
pub(super) struct ImportArgs {
    /// File of indicators: text, CSV, JSON lines, MISP or STIX, also gzip and zstd
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    data: DataArgs,
    /// List whose values the file replaces; `mangrove indicators list` shows the ids
    #[arg(long, value_name = "ID", required_unless_present = "title", conflicts_with = "title")]
    list: Option<String>,
    /// Title of a new list
    #[arg(long, value_name = "TEXT")]
    title: Option<String>,
    /// Id of the new list; made from the title if not given
    #[arg(long, value_name = "ID", requires = "title")]
    id: Option<String>,
    /// Level of the new list's alerts: informational, low, medium, high, critical
    #[arg(long, requires = "title", value_parser = level)]
    level: Option<Severity>,
    /// Who publishes the new list
    #[arg(long, value_name = "TEXT", requires = "title")]
    source: Option<String>,
    /// Days after which an indicator of the new list without an end does not count any more
    #[arg(long, value_name = "DAYS", requires = "title")]
    lifetime: Option<u32>,
    /// Least confidence of indicators of the new list, 0 to 100
    #[arg(long, value_name = "N", requires = "title")]
    min_confidence: Option<u8>,
    /// How far indicators of the new list that say nothing may be passed on: clear, green, amber, amber+strict, red
    #[arg(long, requires = "title", value_parser = tlp)]
    tlp: Option<Tlp>,
    /// Only take the file in: it waits on the list's page of the console
    #[arg(long)]
    stage: bool,
    /// One JSON object instead of text
    #[arg(long)]
    json: bool,
}

fn level(text: &str) -> Result<Severity, String> {
    Severity::parse(text).ok_or_else(|| "must be informational, low, medium, high or critical".to_owned())
}

fn tlp(text: &str) -> Result<Tlp, String> {
    Tlp::parse(text).ok_or_else(|| "must be clear, green, amber, amber+strict or red".to_owned())
}

impl ImportArgs {
    fn which(&self) -> Which {
        let Some(title) = &self.title else { return Which::Known(self.list.clone().unwrap_or_default()) };
        Which::New(NewList {
            title: title.clone(),
            id: self.id.clone().unwrap_or_default(),
            level: self.level,
            source: self.source.clone().unwrap_or_default(),
            lifetime_days: self.lifetime.map(|n| n.to_string()).unwrap_or_default(),
            min_confidence: self.min_confidence.map(|n| n.to_string()).unwrap_or_default(),
            tlp: self.tlp,
        })
    }
}

/// Takes a file in. `true` when no line of it has a mistake.
pub(super) fn import(args: &ImportArgs, out: &mut dyn Write) -> Result<bool> {
    let name = args.file.file_name().map_or_else(|| "list".to_owned(), |n| n.to_string_lossy().into_owned());
    if !args.file.is_file() {
        bail!("{} is no file; give a file of indicators", args.file.display());
    }
    let file = with_kept(&args.data, async |kept| {
        let new = NewFile { list: args.which(), name, raw: args.file.clone() };
        let file = manage_list::stage(kept.desk(), new).await.map_err(plain)?;
        if !args.stage {
            manage_list::activate(kept.desk(), &file.list).await.map_err(plain)?;
        }
        Ok(file)
    })?;
    let state = if args.stage { "staged" } else { "in force" };
    if args.json {
        write_json(
            out,
            &json!({
                "list": file.list, "state": state, "file": file.name, "format": file.format.as_str(), "indicators": file.report.added,
                "left_out": file.report.unwanted, "other_kinds": file.report.other_kinds, "mistakes": file.report.mistakes,
                "further_mistakes": file.report.more_mistakes,
            }),
        )?;
    } else {
        told(&file, state, out)?;
    }
    Ok(file.report.wrong() == 0)
}

fn told(file: &ListFile, state: &str, out: &mut dyn Write) -> Result<()> {
    for mistake in &file.report.mistakes {
        writeln!(out, "{mistake}")?;
    }
    if file.report.more_mistakes > 0 {
        writeln!(out, "{}: {} further mistakes", file.name, file.report.more_mistakes)?;
    }
    for (kind, n) in &file.report.other_kinds {
        writeln!(out, "{}: {n} of kind {kind}, which is not looked for", file.name)?;
    }
    writeln!(
        out,
        "list {}: {}, {} indicators, {} left out, {} mistakes; {state}",
        file.list,
        file.format.as_str(),
        file.report.added,
        file.report.unwanted,
        file.report.wrong()
    )?;
    Ok(())
}

/// What went wrong, in words where the operation gives the code of a form.
fn plain(error: Error) -> anyhow::Error {
    let said = match error.message.as_str() {
        "list-known" => "there is such a list; name it with --list, or give another --id",
        "list-id" => "the id must be made of small letters, digits and hyphens; give one with --id",
        "title-missing" => "the list needs a title; give one with --title",
        "number" => "the number is beyond its range",
        _ => return error.into(),
    };
    anyhow::anyhow!(said)
}

/// What to remove.
#[derive(Args, Clone, Debug)]
pub(super) struct RemoveArgs {
    /// Id of the list; `mangrove indicators list` shows it
    #[arg(value_name = "ID")]
    list: String,
    #[command(flatten)]
    data: DataArgs,
}

/// Removes a list.
pub(super) fn remove(args: &RemoveArgs, out: &mut dyn Write) -> Result<bool> {
    with_kept(&args.data, async |kept| {
        manage_list::remove(kept.desk(), &args.list)
            .await
            .map_err(plain)
            .with_context(|| format!("cannot remove the list {}; `mangrove indicators list` shows the ids", args.list))
    })?;
    writeln!(out, "list {} removed", args.list)?;
    Ok(true)
}

/// What is allowed.
#[derive(Args, Clone, Debug)]
pub(super) struct AllowArgs {
    /// File with one value per line that replaces what is allowed; without it the present one is written
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    #[command(flatten)]
    data: DataArgs,
}

/// Shows or replaces what is allowed.
pub(super) fn allow(args: &AllowArgs, out: &mut dyn Write) -> Result<bool> {
    let Some(path) = &args.file else {
        let (_, own) =
            with_kept(&args.data, async |kept| Ok(read_lists::all(&kept.db, &kept.shelf, &kept.caller).await?))?;
        out.write_all(own.map(|o| o.text).unwrap_or_default().as_bytes())?;
        return Ok(true);
    };
    let text = std::fs::read_to_string(path)
        .with_context(|| format!("cannot read {}; give a text file with one value per line", path.display()))?;
    let (_, mistakes) = manage_list::look_at_allow(&text);
    for mistake in &mistakes {
        writeln!(out, "{}:{}: {}; {}", path.display(), mistake.line.unwrap_or(0), mistake.message, mistake.remedy)?;
    }
    if !mistakes.is_empty() {
        return Ok(false);
    }
    let entries = with_kept(&args.data, async |kept| Ok(manage_list::set_allow(kept.desk(), &text).await?))?;
    writeln!(out, "{entries} entries allowed beside those that ship")?;
    Ok(true)
}
