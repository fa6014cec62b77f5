//! Hygiene reports: every workstation tells of its anti-virus and firewall, in turn.

use super::parse_toml;
use super::story::Via;
use super::stream::{HOUR, SECOND, StreamOptions};
use super::template::Template;
use base_core::{ContentError, ContentFile, Timestamp};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct HygieneFile {
    kind: String,
    via: Via,
    /// Hours within which each machine reports once.
    every_hours: u32,
    raw: String,
}

/// The round of reports.
pub(crate) struct Hygiene {
    /// Id of the source definition that reads it.
    pub(crate) kind: Arc<str>,
    /// How it comes in.
    pub(crate) via: Via,
    /// Microseconds within which each machine reports once.
    pub(crate) every: i64,
    /// The record.
    pub(crate) raw: Template,
    /// Number of the next report of the round.
    pub(crate) next: usize,
    /// From one report to the next so many machines further: the fleet is in order of units, and all units are to be
    /// heard of all the time. Without a factor in common with the number of machines, so that a round meets each.
    pub(crate) stride: usize,
    /// When it reports.
    pub(crate) at: Timestamp,
    /// Microseconds from one machine to the next.
    pub(crate) gap: i64,
}

/// Reads the report and plans the first round.
///
/// # Errors
/// When the file is wrong.
pub(crate) fn load_hygiene(
    file: &ContentFile,
    options: &StreamOptions,
    machines: usize,
) -> Result<Hygiene, ContentError> {
    let spec: HygieneFile = parse_toml(file)?;
    let raw = Template::compile(spec.raw.trim_end_matches('\n')).map_err(|message| ContentError {
        file: file.path.clone(),
        line: None,
        message,
        remedy: "content/demo/README.md lists the gaps".to_owned(),
    })?;
    let count = i64::try_from(machines.max(1)).unwrap_or(i64::MAX);
    // All machines report once in the past; without one, within the first ten minutes.
    let first_round =
        if options.past_secs > 0 { options.past_secs.saturating_mul(SECOND).min(12 * HOUR) } else { 600 * SECOND };
    let begin = if options.past_secs > 0 { options.start.plus_micros(-first_round) } else { options.start };
    let every = i64::from(spec.every_hours.max(1)) * HOUR;
    Ok(Hygiene {
        kind: Arc::from(spec.kind.as_str()),
        via: spec.via,
        every,
        raw,
        next: 0,
        stride: stride(machines),
        at: begin,
        gap: first_round / count,
    })
}

/// About the golden section of the fleet, without a common factor.
fn stride(machines: usize) -> usize {
    const fn common(a: usize, b: usize) -> usize {
        if b == 0 { a } else { common(b, a % b) }
    }
    (machines * 618 / 1000..machines).find(|step| common(*step, machines) == 1).unwrap_or(1)
}
