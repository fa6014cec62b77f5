//! Tests of rules as data: `<rule>.test.yml` beside `<rule>.yml`.
//!
//! Each case gives records exactly as a source sends them; they go through the parser and a
//! detector with the whole pack, as in production. Cases under `fires` must make a rule of the
//! file fire, cases under `quiet` must not.
//!
//! ```yaml
//! fires:
//!   - name: account made on a workstation
//!     source: microsoft/windows-security    # source kind
//!     events: [ {EventID: 4720, …}, "or a line of text" ]
//! quiet:
//!   - …
//! ```

use crate::detector::Detector;
use crate::pack::RulePack;
use base_core::{ContentError, ContentFile, Timestamp};
use engine_event::EventId;
use engine_parse::{Catalog, Parser, ParserOptions, Raw, Transport};
use serde::Deserialize;
use std::sync::Arc;

/// A test file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TestFile {
    /// Cases in which the rule must fire.
    #[serde(default)]
    pub fires: Vec<Case>,
    /// Cases in which it must not.
    #[serde(default)]
    pub quiet: Vec<Case>,
}

/// A case: records in the order in which they are received.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What the case shows.
    pub name: String,
    /// Source kind that sends the records.
    pub source: String,
    /// When they were received (RFC 3339), for sources whose times lack the year.
    #[serde(default)]
    pub received: Option<String>,
    /// Text as sent, or an object that is sent as JSON.
    pub events: Vec<serde_json::Value>,
}

/// What came of testing.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Cases that came out as they should.
    pub passed: usize,
    /// What did not, with file and remedy.
    pub failures: Vec<ContentError>,
    /// Rule files without a test file, or whose tests lack one of the two kinds.
    pub untested: Vec<String>,
}

/// When records are received unless the case says otherwise.
const RECEIVED: &str = "2026-11-22T10:00:00+07:00";

/// Runs every test file among `files` (rules and tests together, as read from one folder)
/// against `pack`, which holds the rules of the same files.
#[must_use]
pub fn run(pack: &Arc<RulePack>, catalog: &Arc<Catalog>, files: &[ContentFile]) -> Report {
    let mut report = Report::default();
    let is_test = |f: &&ContentFile| f.path.ends_with(".test.yml");
    for rule in files.iter().filter(|f| !is_test(f)) {
        let Some(stem) = rule.path.strip_suffix(".yml") else { continue };
        if !files.iter().any(|f| f.path.strip_suffix(".test.yml") == Some(stem)) {
            report.untested.push(rule.path.clone());
        }
    }
    for test in files.iter().filter(is_test) {
        run_file(pack, catalog, test, &mut report);
    }
    report
}

/// How one case came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseOutcome {
    /// Name of the case.
    pub name: String,
    /// Whether the rule must fire.
    pub expected: bool,
    /// Whether it fired; `None` when the case could not be run.
    pub fired: Option<bool>,
    /// How the records were read, or why the case could not be run.
    pub seen: String,
}

impl CaseOutcome {
    /// Whether the case came out as it should.
    #[must_use]
    pub fn passed(&self) -> bool {
        self.fired == Some(self.expected)
    }
}

/// Reads a test file.
///
/// # Errors
/// When it is no list of cases, with line and remedy.
pub fn read(file: &ContentFile) -> Result<TestFile, ContentError> {
    serde_yaml_ng::from_str(&file.text).map_err(|e| ContentError {
        file: file.path.clone(),
        line: e.location().map(|l| l.line()),
        message: format!("cannot be read: {e}"),
        remedy: "give lists `fires` and `quiet` of cases with name, source and events".to_owned(),
    })
}

/// Runs the cases of one test file against `pack`, which holds the rules of the file beside it.
///
/// # Errors
/// When the file is no list of cases, with line and remedy.
pub fn outcomes(
    pack: &Arc<RulePack>,
    catalog: &Arc<Catalog>,
    file: &ContentFile,
) -> Result<Vec<CaseOutcome>, ContentError> {
    let tests = read(file)?;
    let rule_file = file.path.replace(".test.yml", ".yml");
    let both = tests.fires.iter().map(|c| (c, true)).chain(tests.quiet.iter().map(|c| (c, false)));
    let run = |(case, expected): (&Case, bool)| {
        let (fired, seen) = match run_case(pack, catalog, case, &rule_file) {
            Ok(outcome) => (Some(outcome.fired), outcome.seen),
            Err(message) => (None, message),
        };
        CaseOutcome { name: case.name.clone(), expected, fired, seen }
    };
    Ok(both.map(run).collect())
}

fn run_file(pack: &Arc<RulePack>, catalog: &Arc<Catalog>, file: &ContentFile, report: &mut Report) {
    let rule_file = file.path.replace(".test.yml", ".yml");
    let fail = |message: String, remedy: &str| ContentError {
        file: file.path.clone(),
        line: None,
        message,
        remedy: remedy.to_owned(),
    };
    let cases = match outcomes(pack, catalog, file) {
        Ok(cases) => cases,
        Err(error) => {
            report.failures.push(error);
            return;
        }
    };
    if !cases.iter().any(|c| c.expected) || cases.iter().all(|c| c.expected) {
        report.untested.push(rule_file.clone());
    }
    if !pack.infos().any(|i| *i.file == *rule_file) {
        report
            .failures
            .push(fail(format!("no rule of {rule_file} is loaded"), "put the test beside its rule and mend the rule"));
        return;
    }
    for case in cases {
        let CaseOutcome { name, seen, .. } = &case;
        match case.fired {
            _ if case.passed() => report.passed += 1,
            None => report.failures.push(fail(format!("case `{name}`: {seen}"), "correct the case")),
            Some(fired) => {
                let message = if fired { "the rule fires" } else { "the rule does not fire" };
                report.failures.push(fail(
                    format!("case `{name}`: {message} ({seen})"),
                    "correct the rule, the source definition or the case",
                ));
            }
        }
    }
}

struct Outcome {
    fired: bool,
    seen: String,
}

fn run_case(pack: &Arc<RulePack>, catalog: &Arc<Catalog>, case: &Case, rule_file: &str) -> Result<Outcome, String> {
    let received = case.received.as_deref().unwrap_or(RECEIVED);
    let received = Timestamp::parse_rfc3339(received).ok_or_else(|| format!("`{received}` is not a time"))?;
    if case.events.is_empty() {
        return Err("it has no events".to_owned());
    }
    let mut parser = Parser::new(Arc::clone(catalog), ParserOptions::default());
    let mut detector = Detector::new(Arc::clone(pack));
    let (mut detections, mut seen) = (Vec::new(), Vec::new());
    for (n, value) in (0_u64..).zip(&case.events) {
        let text = match value {
            serde_json::Value::String(text) => text.clone(),
            other => other.to_string(),
        };
        let raw =
            Raw { bytes: text.as_bytes(), received, hint: Some(&case.source), peer: None, transport: Transport::File };
        let event = parser.parse(&raw, EventId::from_journal(0, n));
        let words = [&event.logsource.product, &event.logsource.category, &event.logsource.service];
        let source = words.map(|w| w.as_deref().unwrap_or("-")).join("/");
        seen.push(format!(
            "{} {source}, {} fields{}",
            event.kind,
            event.record.len(),
            if event.marks.unparsed { ", unparsed" } else { "" }
        ));
        detector.observe_at(&event, n, &mut detections);
    }
    seen.dedup();
    let fired = detections.iter().any(|d| *d.rule.file == *rule_file);
    Ok(Outcome { fired, seen: seen.join("; ") })
}
