//! Ordinary lines: raw records with a weight, from every unit or from some.

use super::parse_toml;
use super::story::{Line, LineSpec, Via};
use super::units::{Block, Unit};
use base_core::{ContentError, ContentFile};
use serde::Deserialize;

/// Which units an ordinary line comes from.
#[derive(Clone, Copy, Debug, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Who {
    /// Every unit.
    #[default]
    All,
    /// Units with a standard firewall.
    Firewall,
    /// Departments and districts: the 31 units with a portal.
    Portal,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrdinaryFile {
    line: Vec<OrdinarySpec>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OrdinarySpec {
    kind: String,
    #[serde(default)]
    via: Via,
    /// Share among all ordinary lines.
    weight: u32,
    #[serde(default)]
    who: Who,
    unit: Option<String>,
    from: Option<String>,
    host: Option<String>,
    address: Option<String>,
    raw: String,
}

/// A line that is sent again and again.
pub(crate) struct Ordinary {
    /// The record and who sends it.
    pub(crate) line: Line,
    /// Share among all ordinary lines.
    pub(crate) weight: u32,
    /// Places in the list of units.
    pub(crate) units: Vec<usize>,
}

/// Adds the lines of one file to `into`.
///
/// # Errors
/// When the file is wrong, or a line fits no unit.
pub(crate) fn load_ordinary(file: &ContentFile, units: &[Unit], into: &mut Vec<Ordinary>) -> Result<(), ContentError> {
    let OrdinaryFile { line: lines } = parse_toml(file)?;
    for spec in lines {
        let wrong = |message: String| ContentError {
            file: file.path.clone(),
            line: None,
            message,
            remedy: "content/demo/README.md lists the gaps and senders".to_owned(),
        };
        let weight = spec.weight;
        let chosen: Vec<usize> = (0..units.len())
            .filter(|at| {
                units.get(*at).is_some_and(|u| belongs(u, spec.who, spec.unit.as_deref(), spec.from.as_deref()))
            })
            .collect();
        if chosen.is_empty() {
            return Err(wrong(format!("no unit fits the line of `{}`", spec.kind)));
        }
        let line = LineSpec {
            kind: spec.kind,
            via: spec.via,
            unit: spec.unit,
            from: spec.from,
            host: spec.host,
            address: spec.address,
            raw: spec.raw,
        };
        into.push(Ordinary { line: line.compile().map_err(wrong)?, weight, units: chosen });
    }
    Ok(())
}

fn belongs(unit: &Unit, who: Who, code: Option<&str>, from: Option<&str>) -> bool {
    let group = match who {
        Who::All => true,
        Who::Firewall => unit.standard_firewall,
        Who::Portal => matches!(unit.block, Block::Department | Block::District),
    };
    group && code.is_none_or(|code| unit.code == code) && (from != Some("server") || unit.servers > 0)
}
