//! `mangrove rules coverage`: the techniques that rules look for.
//!
//! The JSON is a layer of the ATT&CK Navigator, format 4.5
//! (<https://github.com/mitre-attack/attack-navigator/blob/master/layers/spec/v4.5/layerformat.md>).

use super::table::{cell, table};
use super::{pack_of, write_json};
use anyhow::{Context, Result};
use clap::Args;
use engine_detect::{RuleInfo, RulePack};
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::PathBuf;

/// Which rules, in which form.
#[derive(Args, Clone, Debug)]
pub(super) struct CoverageArgs {
    /// Folder of rules or one file; the built-in rules if not given
    #[arg(value_name = "DIR")]
    dir: Option<PathBuf>,
    /// A layer for the ATT&CK Navigator (format 4.5) instead of a table
    #[arg(long)]
    json: bool,
    /// Write to this file instead of standard output
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Name of the layer
    #[arg(long, value_name = "NAME", default_value = "Mangrove")]
    name: String,
}

/// Rules by technique. Technique ids have the form T1059 or T1059.001.
type ByTechnique<'a> = BTreeMap<&'a str, Vec<&'a RuleInfo>>;

/// Rule titles told in a comment.
const TITLES: usize = 12;

/// Writes the coverage. Always `true`: how much is enough is not for this command to judge.
pub(super) fn run(args: &CoverageArgs, out: &mut dyn Write) -> Result<bool> {
    let pack = pack_of(args.dir.as_deref())?;
    let mut text = Vec::new();
    if args.json {
        write_json(&mut text, &layer(&pack, &args.name))?;
    } else {
        write_table(&pack, &mut text)?;
    }
    match &args.output {
        None => out.write_all(&text)?,
        Some(path) => std::fs::write(path, &text)
            .with_context(|| format!("cannot write {}; name a file in a folder that exists", path.display()))?,
    }
    Ok(true)
}

fn by_technique(pack: &RulePack) -> ByTechnique<'_> {
    let mut found = ByTechnique::new();
    for info in pack.infos().filter(|i| i.standalone) {
        for technique in info.techniques() {
            found.entry(&technique.id).or_default().push(info);
        }
    }
    found
}

fn layer(pack: &RulePack, name: &str) -> Value {
    let found = by_technique(pack);
    let most = found.values().map(Vec::len).max().unwrap_or(1);
    let parents: BTreeSet<&str> = found.keys().filter_map(|id| id.split_once('.').map(|(parent, _)| parent)).collect();
    let technique = |(id, rules): (&&str, &Vec<&RuleInfo>)| {
        let mut titles: Vec<String> =
            rules.iter().take(TITLES).map(|r| format!("{} ({})", r.title, r.level.as_str())).collect();
        if rules.len() > TITLES {
            titles.push(format!("… {} more", rules.len() - TITLES));
        }
        json!({
            "techniqueID": id, "score": rules.len(), "comment": titles.join("\n"), "enabled": true,
            "showSubtechniques": parents.contains(id),
            "metadata": [{"name": "rules", "value": rules.len().to_string()}],
        })
    };
    let standalone = pack.infos().filter(|i| i.standalone).count();
    json!({
        "name": name,
        "versions": {"navigator": "5.2.0", "layer": "4.5"},
        "domain": "enterprise-attack",
        "description": format!("{standalone} detection rules over {} techniques; the score is the number of rules", found.len()),
        "sorting": 3,
        "layout": {"layout": "side", "showID": true, "showName": true, "expandedSubtechniques": "annotated"},
        "hideDisabled": false,
        "techniques": found.iter().map(technique).collect::<Vec<_>>(),
        // The upper bound must lie above the lower.
        "gradient": {"colors": ["#e6f4ea", "#0b7a4b"], "minValue": 0, "maxValue": most.max(1)},
        "legendItems": [],
    })
}

fn write_table(pack: &RulePack, out: &mut Vec<u8>) -> Result<()> {
    let found = by_technique(pack);
    let mut tactics: BTreeMap<(String, String), (BTreeSet<&str>, usize)> = BTreeMap::new();
    for info in pack.infos().filter(|i| i.standalone) {
        for tactic in info.tactics() {
            let entry = tactics.entry((tactic.id.clone(), tactic.name.clone())).or_default();
            entry.0.extend(info.techniques().map(|t| t.id.as_str()));
            entry.1 += 1;
        }
    }
    let mut by_tactic = table(&["tactic", "name", "rules", "techniques"]);
    for ((id, name), (techniques, rules)) in &tactics {
        by_tactic.add_row([cell(id), cell(&name.replace('-', " ")), rules.to_string(), techniques.len().to_string()]);
    }
    writeln!(out, "{by_tactic}")?;
    let mut by_id = table(&["technique", "rules", "highest level", "titles"]);
    for (id, rules) in &found {
        let level = rules.iter().map(|r| r.level).max().map(|l| l.as_str()).unwrap_or_default();
        let titles = rules.iter().take(3).map(|r| cell(&r.title)).collect::<Vec<_>>().join("; ");
        let titles = if rules.len() > 3 { format!("{titles}; …") } else { titles };
        by_id.add_row([(*id).to_owned(), rules.len().to_string(), level.to_owned(), titles]);
    }
    let untagged = pack.infos().filter(|i| i.standalone && i.techniques().next().is_none()).count();
    writeln!(out, "{by_id}\n{} techniques, {untagged} rules without a technique", found.len())?;
    Ok(())
}
