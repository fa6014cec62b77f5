//! Tests of behaviours as data: `<name>.test.yml` beside `<name>.yml`.
//!
//! As for rules ([`crate::rule_tests`]) cases stand under `fires` and `quiet`, with records as the
//! source sends them. Since behaviours look at weeks, a record may be repeated:
//!
//! ```yaml
//! fires:
//!   - name: three hundred mails in an hour after two quiet weeks
//!     source: postfix/postfix
//!     events:
//!       - repeat: {from: "2026-03-02T08:00:00+07:00", every: 1h, times: 336}
//!         event: "{time:%b %e %H:%M:%S} mail postfix/qmgr[1]: …"
//! ```
//!
//! In a repeated record `{time:…}` is its time in Vietnam (format of `strftime`), `{n}` counts from
//! nought. Every record is received when it happened, so that cases do not depend on the day.

use super::{BehaviourDetector, Behaviours};
use crate::detection::Detection;
use crate::rule_tests::{CaseOutcome, Report};
use base_core::{ContentError, ContentFile, Timestamp};
use engine_event::EventId;
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use serde::Deserialize;
use std::sync::Arc;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TestFile {
    #[serde(default)]
    fires: Vec<Case>,
    #[serde(default)]
    quiet: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    source: String,
    events: Vec<serde_json::Value>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeated {
    repeat: Repeat,
    event: serde_json::Value,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Repeat {
    from: String,
    every: super::span::Span,
    times: u32,
}

/// Most records of one case.
const MAX_RECORDS: usize = 200_000;
/// When records whose own time is not readable were received.
const RECEIVED: &str = "2026-11-22T10:00:00+07:00";

/// Runs every test file among `files` against `behaviours`, which holds the behaviours of the same files.
#[must_use]
pub fn run(behaviours: &Arc<Behaviours>, catalog: &Arc<Catalog>, files: &[ContentFile]) -> Report {
    let mut report = Report::default();
    for info in behaviours.infos() {
        let test = info.file.replace(".yml", ".test.yml");
        if !files.iter().any(|f| f.path == test) {
            report.untested.push(info.file.to_string());
        }
    }
    for file in files.iter().filter(|f| f.path.ends_with(".test.yml")) {
        let of = file.path.replace(".test.yml", ".yml");
        let cases = match outcomes(behaviours, catalog, file) {
            Ok(cases) => cases,
            Err(error) => {
                report.failures.push(error);
                continue;
            }
        };
        if !cases.iter().any(|c| c.expected) || cases.iter().all(|c| c.expected) {
            report.untested.push(of);
        }
        for case in cases {
            if case.passed() {
                report.passed += 1;
                continue;
            }
            let what = match case.fired {
                None => case.seen.as_str(),
                Some(false) => "the behaviour does not fire",
                Some(true) => "the behaviour fires",
            };
            report.failures.push(ContentError {
                file: file.path.clone(),
                line: file.text.lines().position(|l| l.contains(&case.name)).map(|n| n + 1),
                message: format!("case `{}`: {what}", case.name),
                remedy: "correct the behaviour, the source definition or the case".to_owned(),
            });
        }
    }
    report
}

/// Runs the cases of one test file against `behaviours`, which holds those of the file beside it.
///
/// # Errors
/// When the file is no list of cases, with line and remedy.
pub fn outcomes(
    behaviours: &Arc<Behaviours>,
    catalog: &Arc<Catalog>,
    file: &ContentFile,
) -> Result<Vec<CaseOutcome>, ContentError> {
    let tests: TestFile = serde_yaml_ng::from_str(&file.text).map_err(|e| ContentError {
        file: file.path.clone(),
        line: e.location().map(|l| l.line()),
        message: format!("cannot be read: {e}"),
        remedy: "give lists `fires` and `quiet` of cases with name, source and events".to_owned(),
    })?;
    let of = file.path.replace(".test.yml", ".yml");
    let both = tests.fires.iter().map(|c| (c, true)).chain(tests.quiet.iter().map(|c| (c, false)));
    let run = |(case, expected): (&Case, bool)| {
        let (fired, seen) = match run_case(behaviours, catalog, case) {
            Ok((found, seen)) => (Some(found.iter().any(|d| *d.rule.file == *of)), seen),
            Err(message) => (None, message),
        };
        CaseOutcome { name: case.name.clone(), expected, fired, seen }
    };
    Ok(both.map(run).collect())
}

/// The detections of a case, and how its records were read.
fn run_case(
    behaviours: &Arc<Behaviours>,
    catalog: &Arc<Catalog>,
    case: &Case,
) -> Result<(Vec<Detection>, String), String> {
    let fallback = Timestamp::parse_rfc3339(RECEIVED).unwrap_or_default();
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    let mut events = Vec::new();
    for (text, at) in records(case)? {
        let received = at.unwrap_or(fallback);
        let raw =
            Raw { bytes: text.as_bytes(), received, hint: Some(&case.source), peer: None, transport: Transport::File };
        let mut event = parser.parse(&raw, EventId::from_journal(0, events.len() as u64));
        if event.marks.unparsed {
            return Err(format!("`{}` does not read `{text}`", case.source));
        }
        event.received = event.time;
        events.push(event);
    }
    // Several repeated records run beside one another.
    events.sort_by_key(|e| (e.time, e.id));
    let (mut detector, mut found) = (BehaviourDetector::new(Arc::clone(behaviours)), Vec::new());
    for event in &events {
        detector.observe_event(event, &mut found);
    }
    if let Some(last) = events.last() {
        detector.advance(last.received.plus_secs(86_400), &mut found);
    }
    let last = events.last().map(|e| format!("; the last one as {}, {} fields", e.kind, e.record.len()));
    Ok((found, format!("{} records{}", events.len(), last.unwrap_or_default())))
}

/// Texts of all records; of repeated ones with their time.
fn records(case: &Case) -> Result<Vec<(String, Option<Timestamp>)>, String> {
    let text = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        other => other.to_string(),
    };
    let mut all = Vec::new();
    for value in &case.events {
        if value.get("repeat").is_none() {
            all.push((text(value), None));
            continue;
        }
        let repeated: Repeated =
            serde_json::from_value(value.clone()).map_err(|e| format!("a repeated record: {e}"))?;
        let from = Timestamp::parse_rfc3339(&repeated.repeat.from)
            .ok_or_else(|| format!("`{}` is not a time", repeated.repeat.from))?;
        let template = text(&repeated.event);
        for n in 0..repeated.repeat.times {
            let time = from.plus_micros(repeated.repeat.every.0.saturating_mul(i64::from(n)));
            all.push((fill(&template, time, n)?, Some(time)));
            if all.len() > MAX_RECORDS {
                return Err(format!("has more than {MAX_RECORDS} records"));
            }
        }
    }
    if all.is_empty() { Err("it has no events".to_owned()) } else { Ok(all) }
}

fn fill(template: &str, time: Timestamp, n: u32) -> Result<String, String> {
    let mut out = template.replace("{n}", &n.to_string());
    while let Some(at) = out.find("{time:") {
        let (head, rest) = out.split_at(at);
        let (format, tail) = rest.split_once('}').ok_or("`{time:` is not closed")?;
        let format = format.trim_start_matches("{time:");
        // Vietnam is seven hours ahead of UTC all year.
        let local = time.plus_secs(7 * 3_600).to_jiff().ok_or("a time beyond the calendar")?;
        let written = local.strftime(format).to_string();
        out = format!("{head}{written}{tail}");
    }
    Ok(out)
}
