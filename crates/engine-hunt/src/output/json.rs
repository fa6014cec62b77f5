//! JSON and JSON lines. Names of members are fixed and English whatever the language.

use super::Sink;
use crate::finding::{AttackLink, Finding, MatchedField, Told};
use crate::report::{HostTally, Report, RuleTally, Span};
use crate::skip::SkipLog;
use base_core::{Severity, Timestamp};
use engine_event::LogSource;
use serde::Serialize;
use std::collections::BTreeMap;
use std::io::{self, Write};

/// Version of the form, raised when a member changes its meaning.
pub const FORMAT_VERSION: u32 = 1;

#[derive(Serialize)]
struct RuleJson<'a> {
    id: &'a str,
    title: &'a str,
    level: Severity,
    file: &'a str,
    tactics: &'a [String],
    attack: &'a [AttackLink],
}

#[derive(Serialize)]
struct FindingJson<'a> {
    time: Option<String>,
    level: Severity,
    rule: RuleJson<'a>,
    what: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    host: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    user: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    source_ip: Option<&'a str>,
    input: &'a str,
    place: String,
    /// Of a stored event: `/su-kien/<id>` is its page.
    #[serde(skip_serializing_if = "Option::is_none")]
    event_id: Option<String>,
    source_kind: &'a str,
    logsource: &'a LogSource,
    #[serde(skip_serializing_if = "Option::is_none")]
    event_code: Option<&'a str>,
    events: u64,
    matched: &'a [MatchedField],
    #[serde(skip_serializing_if = "Option::is_none")]
    event: Option<&'a serde_json::value::RawValue>,
}

fn rfc3339(time: Option<Timestamp>) -> Option<String> {
    time.map(|t| t.to_string())
}

fn finding_json(f: &Finding) -> FindingJson<'_> {
    FindingJson {
        time: rfc3339(f.time),
        level: f.rule.level,
        rule: RuleJson {
            id: &f.rule.id,
            title: &f.rule.title,
            level: f.rule.level,
            file: &f.rule.file,
            tactics: &f.rule.tactics,
            attack: &f.rule.attack,
        },
        what: &f.told.what,
        host: f.host.as_deref(),
        user: f.user.as_deref(),
        source_ip: f.source_ip.as_deref(),
        input: &f.input,
        place: f.place.to_string(),
        event_id: f.id.map(|id| id.to_string()),
        source_kind: &f.kind,
        logsource: &f.logsource,
        event_code: f.event_code.as_deref(),
        events: f.events,
        matched: &f.matched,
        event: f.event.as_deref(),
    }
}

/// One JSON object per line.
#[derive(Debug)]
pub struct JsonLines<W>(W);

impl<W: Write + Send> JsonLines<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self(out)
    }
}

impl<W: Write + Send> Sink for JsonLines<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        serde_json::to_writer(&mut self.0, &finding_json(finding))?;
        self.0.write_all(b"\n")
    }

    fn finish(&mut self, _: &Report) -> io::Result<()> {
        self.0.flush()
    }
}

/// One document: `{"mangrove_hunt":1,"detections":[…],"summary":{…}}`, written as it is found.
#[derive(Debug)]
pub struct Json<W> {
    out: W,
    any: bool,
}

impl<W: Write + Send> Json<W> {
    /// Writes to `out`.
    pub fn new(out: W) -> Self {
        Self { out, any: false }
    }

    fn open(&mut self) -> io::Result<()> {
        write!(self.out, "{{\"mangrove_hunt\":{FORMAT_VERSION},\"detections\":[")
    }
}

impl<W: Write + Send> Sink for Json<W> {
    fn finding(&mut self, finding: &Finding) -> io::Result<()> {
        if self.any {
            self.out.write_all(b",\n")?;
        } else {
            self.open()?;
            self.out.write_all(b"\n")?;
        }
        self.any = true;
        serde_json::to_writer(&mut self.out, &finding_json(finding))?;
        Ok(())
    }

    fn finish(&mut self, report: &Report) -> io::Result<()> {
        if !self.any {
            self.open()?;
        }
        self.out.write_all(b"\n],\"summary\":")?;
        serde_json::to_writer(&mut self.out, &summary(report))?;
        self.out.write_all(b"}\n")?;
        self.out.flush()
    }
}

#[derive(Serialize)]
struct SpanJson {
    first: Option<String>,
    last: Option<String>,
}

impl From<Span> for SpanJson {
    fn from(span: Span) -> Self {
        Self { first: rfc3339(span.first), last: rfc3339(span.last) }
    }
}

#[derive(Serialize)]
struct RuleSummary<'a> {
    id: &'a str,
    title: &'a str,
    level: Severity,
    file: &'a str,
    detections: u64,
    told: &'a Told,
    #[serde(flatten)]
    span: SpanJson,
    hosts: BTreeMap<&'a str, u64>,
    hosts_not_named: u64,
}

impl<'a> From<&'a RuleTally> for RuleSummary<'a> {
    fn from(rule: &'a RuleTally) -> Self {
        Self {
            id: &rule.card.id,
            title: &rule.card.title,
            level: rule.card.level,
            file: &rule.card.file,
            detections: rule.count,
            told: &rule.told,
            span: rule.span.into(),
            hosts: rule.hosts.iter().map(|(name, place)| (name, place.count)).collect(),
            hosts_not_named: rule.hosts.others,
        }
    }
}

#[derive(Serialize)]
struct HostSummary<'a> {
    host: &'a str,
    detections: u64,
    levels: BTreeMap<&'static str, u64>,
    rules: usize,
    #[serde(flatten)]
    span: SpanJson,
}

fn host_summary<'a>(name: &'a str, host: &HostTally) -> HostSummary<'a> {
    HostSummary {
        host: name,
        detections: host.total(),
        levels: levels(&host.levels),
        rules: host.rules.len(),
        span: host.span.into(),
    }
}

fn levels(counts: &[u64; 5]) -> BTreeMap<&'static str, u64> {
    Severity::ALL.iter().map(|l| l.as_str()).zip(counts.iter().copied()).collect()
}

#[derive(Serialize)]
struct InputSummary<'a> {
    input: &'a str,
    events: u64,
    detections: u64,
    unparsed: u64,
}

#[derive(Serialize)]
struct Summary<'a> {
    started: String,
    finished: String,
    stopped: bool,
    inputs: u64,
    inputs_read: u64,
    bytes: u64,
    rules_in_use: u64,
    events: crate::report::EventCounts,
    event_time: SpanJson,
    detections: u64,
    below_level: u64,
    levels: BTreeMap<&'static str, u64>,
    by_rule: Vec<RuleSummary<'a>>,
    by_host: Vec<HostSummary<'a>>,
    by_tactic: BTreeMap<&'static str, BTreeMap<&'static str, u64>>,
    by_input: Vec<InputSummary<'a>>,
    skipped: &'a SkipLog,
}

fn summary(report: &Report) -> Summary<'_> {
    Summary {
        started: report.started.to_string(),
        finished: report.finished.to_string(),
        stopped: report.stopped,
        inputs: report.inputs,
        inputs_read: report.inputs_read,
        bytes: report.bytes,
        rules_in_use: report.rules,
        events: report.events,
        event_time: report.event_span.into(),
        detections: report.detections(),
        below_level: report.below_level,
        levels: levels(&report.levels),
        by_rule: report.rules_by_weight().into_iter().map(RuleSummary::from).collect(),
        by_host: report.hosts_by_weight().into_iter().map(|(name, host)| host_summary(name, host)).collect(),
        by_tactic: report.tactics_in_order().into_iter().map(|(t, c)| (t, levels(c))).collect(),
        by_input: report
            .by_input
            .sorted_by(|_| 0)
            .into_iter()
            .map(|(input, t)| InputSummary { input, events: t.events, detections: t.detections, unparsed: t.unparsed })
            .collect(),
        skipped: &report.skips,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{card, finding};
    use crate::skip::Skip;

    #[test]
    fn the_document_parses_back_with_and_without_detections() {
        for count in [0, 1, 3] {
            let mut report = Report::new(Timestamp::EPOCH);
            report.skips.push(Skip::input("x\u{1b}[31m.evtx", "corrupt \"chunk\"", "copy it again"));
            let mut bytes = Vec::new();
            let mut sink = Json::new(&mut bytes);
            let rule = card("a", Severity::High, &["impact"]);
            for n in 0..count {
                let f = finding(&rule, Some("PC-01"), n);
                report.add(&f);
                sink.finding(&f).expect("written");
            }
            sink.finish(&report).expect("written");
            let doc: serde_json::Value = serde_json::from_slice(&bytes).expect("is JSON");
            assert_eq!(doc["mangrove_hunt"], FORMAT_VERSION);
            assert_eq!(doc["detections"].as_array().map(Vec::len), usize::try_from(count).ok());
            assert_eq!(doc["summary"]["detections"], count);
            assert_eq!(doc["summary"]["skipped"]["kept"][0]["remedy"], "copy it again");
        }
    }

    #[test]
    fn a_line_is_an_object_with_the_event_inside() {
        let rule = card("a", Severity::High, &["impact"]);
        let mut f = finding(&rule, None, 1_400_000_000);
        f.told.what = "hai\ndòng".to_owned();
        f.event = serde_json::value::RawValue::from_string("{\"EventID\":1}".to_owned()).ok();
        let mut bytes = Vec::new();
        JsonLines::new(&mut bytes).finding(&f).expect("written");
        let text = String::from_utf8(bytes).expect("UTF-8");
        assert_eq!(text.lines().count(), 1);
        let line: serde_json::Value = serde_json::from_str(&text).expect("is JSON");
        assert_eq!(line["time"], "2014-05-13T16:53:20Z");
        assert_eq!(line["event"]["EventID"], 1);
        assert_eq!(line["rule"]["attack"][0]["id"], "T1003");
        assert!(line.get("host").is_none());
    }
}
