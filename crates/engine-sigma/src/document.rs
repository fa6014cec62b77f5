//! Files to documents: splitting, parsing, and mistakes with their lines.

use crate::fault::{Fault, line_of};
use crate::guard::check_conditions;
use crate::legacy::{self, PART};
use crate::meta::{RuleLogSource, RuleMeta};
use crate::plain::{Conditions, read_rule};
use crate::written::{self, Written};
use base_core::{ContentError, ContentFile, Severity};
use memchr::memmem;
use rsigma_parser::{CorrelationRule, Detections, FilterRule, Level, LogSource, SigmaRule, Status};
use std::collections::HashMap;
use std::sync::Arc;

/// A document that was understood.
pub(crate) struct Document {
    pub(crate) place: Place,
    pub(crate) body: Body,
}

/// Where a document stands.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) file: Arc<str>,
    /// First line, from 1.
    pub(crate) line: usize,
    pub(crate) text: Arc<str>,
}

pub(crate) enum Body {
    Rule(Box<SigmaRule>),
    /// With the numbers of its condition as written.
    Correlation(Box<CorrelationRule>, Written),
    Filter(Box<FilterRule>),
}

/// Reads files one after the other.
#[derive(Default)]
pub(crate) struct Reader {
    /// Documents that were understood.
    pub(crate) documents: Vec<Document>,
    pub(crate) errors: Vec<ContentError>,
    /// YAML documents that are something else than Sigma.
    pub(crate) foreign: usize,
    conditions: Conditions,
}

impl Place {
    pub(crate) fn error(&self, fault: Fault) -> ContentError {
        fault.at(&self.file, &self.text, self.line)
    }
}

impl Reader {
    /// Takes in the documents of a file.
    pub(crate) fn read(&mut self, file: &ContentFile) {
        let name: Arc<str> = file.path.as_str().into();
        for (line, text) in split(&file.text) {
            if text.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#')) {
                continue;
            }
            if !looks_like_sigma(text) {
                self.foreign += 1;
                continue;
            }
            let place = Place { file: name.clone(), line, text: text.into() };
            if let Err(fault) = check_conditions(text) {
                self.errors.push(place.error(fault));
            } else if let Some(rule) = read_rule(text, &mut self.conditions) {
                self.documents.push(Document { place, body: Body::Rule(Box::new(rule)) });
            } else {
                read_document(&place, self);
            }
        }
    }
}

/// Splits at `---` lines, with the line (from 1) each part starts at. Files with collection
/// actions (`action: global`) belong together and are not split.
fn split(text: &str) -> Vec<(usize, &str)> {
    let starts_a_line = |at: usize| at.checked_sub(1).is_none_or(|before| text.as_bytes().get(before) == Some(&b'\n'));
    let lines_with =
        |mark: &str| memmem::find_iter(text.as_bytes(), mark).filter(|at| starts_a_line(*at)).collect::<Vec<_>>();
    if !lines_with("action:").is_empty() {
        return vec![(1, text)];
    }
    let (mut parts, mut start, mut first_line) = (Vec::new(), 0, 1);
    for at in lines_with("---") {
        let (before, rest) = text.split_at_checked(at).unwrap_or((text, ""));
        let line = rest.split_inclusive('\n').next().unwrap_or_default();
        // Inside a mapping nothing else can start a line with three dashes.
        if line.get(3..).is_none_or(|rest| rest.trim().is_empty() || rest.starts_with(' ')) {
            let part = before.get(start..).unwrap_or_default();
            parts.push((first_line, part));
            first_line += memchr::memchr_iter(b'\n', part.as_bytes()).count() + 1;
            start = at + line.len();
        }
    }
    parts.push((first_line, text.get(start..).unwrap_or_default()));
    parts
}

/// Whether a YAML document means to be Sigma: rule folders also hold other YAML files.
fn looks_like_sigma(text: &str) -> bool {
    const KEYS: [&str; 4] = ["detection:", "correlation:", "filter:", "logsource:"];
    let known = text.lines().any(|l| KEYS.iter().any(|k| l.starts_with(k)));
    // Text that is no YAML mapping at all is a mistake worth telling, unless it is another file's.
    known || !text.lines().any(|l| l.starts_with(|c: char| c.is_ascii_alphabetic()) && l.contains(':'))
}

/// Reads a document with the full parser.
fn read_document(place: &Place, out: &mut Reader) {
    let (numbers, readable) = if place.text.lines().any(|l| l.starts_with("correlation:")) {
        written::read(&place.text).unwrap_or_default()
    } else {
        Default::default()
    };
    let parsed = rsigma_parser::parse_sigma_yaml(readable.as_deref().unwrap_or(&place.text));
    let mut add = |body| out.documents.push(Document { place: place.clone(), body });
    let message = match parsed {
        Ok(collection) => {
            let mut collection = collection;
            number_repeats(&mut collection.rules);
            let understood = collection.rules.len() + collection.correlations.len() + collection.filters.len();
            collection.rules.into_iter().for_each(|r| add(Body::Rule(Box::new(r))));
            collection.correlations.into_iter().for_each(|c| add(Body::Correlation(Box::new(c), numbers.clone())));
            collection.filters.into_iter().for_each(|f| add(Body::Filter(Box::new(f))));
            if understood > 0 || collection.errors.is_empty() {
                out.errors.extend(collection.errors.iter().map(|e| explain(e, place)));
                return;
            }
            collection.errors
        }
        Err(e) => vec![e.to_string()],
    };
    match legacy::translate(place) {
        Some(Ok(bodies)) => bodies.into_iter().for_each(add),
        Some(Err(fault)) => out.errors.push(place.error(fault)),
        None => out.errors.extend(message.iter().map(|m| explain(m, place))),
    }
}

/// Rules of one collection take their id from its `action: global` part; the second one and
/// those after it are numbered, so that each has its own.
fn number_repeats(rules: &mut [SigmaRule]) {
    for n in 1..rules.len() {
        let (earlier, later) = rules.split_at_mut(n);
        let Some(rule) = later.first_mut() else { return };
        if rule.id.is_some() && earlier.iter().any(|e| e.id == rule.id) {
            rule.id = rule.id.as_ref().map(|id| format!("{id}{PART}{}", n + 1));
        }
    }
}

/// Turns the parser's message into one with line and remedy.
fn explain(message: &str, place: &Place) -> ContentError {
    if let Some((_, text)) = condition_line(&place.text).filter(|(_, text)| legacy::is_aggregation(text)) {
        return place.error(
            Fault::new(
                format!("the condition `{text}` uses the old aggregate syntax, which Sigma 2 removed; it stands in a collection of documents"),
                "write a correlation rule (type event_count, value_count or temporal) that refers to rules of their own",
            )
            .near("condition:"),
        );
    }
    let first = message.lines().map(str::trim).find(|l| !l.is_empty()).unwrap_or("cannot be read");
    let quoted = message.split('\'').nth(1).unwrap_or_default();
    let fault = if message.contains("YAML") {
        let at = number_after(message, " line ");
        let mut error = place.error(Fault::new(first.to_owned(), "correct the YAML: indentation, quotes, colons"));
        error.line = at.map(|n| place.line + n.saturating_sub(1)).or(error.line);
        return error;
    } else if message.contains("not a value modifier") {
        Fault::new("`not` is not a modifier", "negate in the condition, such as `selection and not filter`")
            .near("|not")
    } else if message.contains("nknown modifier") {
        Fault::new(format!("unknown modifier `{quoted}`"), "use a modifier of Sigma 2.1; see the modifiers appendix")
            .near(format!("|{quoted}"))
    } else if message.contains("Missing required field") {
        Fault::new(format!("`{quoted}` is missing"), format!("add `{quoted}:`"))
    } else if message.contains("timespan") || message.contains("timeframe") {
        Fault::new(first.to_owned(), "write a number and one of s, m, h, d, such as `timespan: 10m`")
            .near("timespan:")
            .near("timeframe:")
    } else if message.contains("-->") {
        // The condition parser draws a picture; its last line says what was expected.
        let expected = message.lines().last().map_or("", |l| l.trim().trim_start_matches("= "));
        let expected = expected.replace("EOI", "its end").replace("or_op", "`or`").replace("and_op", "`and`");
        let text: String = condition_line(&place.text).map_or("", |(_, text)| text).chars().take(60).collect();
        Fault::new(
            format!("the condition `{text}` cannot be read as Sigma: {expected}"),
            "use names of detections with and, or, not, brackets, `1 of x*` and `all of x*`",
        )
        .near("condition:")
    } else {
        Fault::new(first.to_owned(), "correct the rule; see the Sigma rules specification 2.1").near(quoted.to_owned())
    };
    let fault = Fault { near: fault.near.into_iter().filter(|n| !n.is_empty()).collect(), ..fault };
    place.error(fault)
}

fn condition_line(text: &str) -> Option<(usize, &str)> {
    let n = line_of(text, "condition:")?;
    let line = text.lines().nth(n)?;
    Some((n, line.split_once("condition:")?.1.trim()))
}

fn number_after(message: &str, mark: &str) -> Option<usize> {
    let tail = message.split_once(mark)?.1;
    tail.split(|c: char| !c.is_ascii_digit()).next()?.parse().ok()
}

fn severity(level: Option<Level>) -> Severity {
    match level {
        Some(Level::Informational) => Severity::Informational,
        Some(Level::Low) => Severity::Low,
        Some(Level::Medium) | None => Severity::Medium,
        Some(Level::High) => Severity::High,
        Some(Level::Critical) => Severity::Critical,
    }
}

fn status(status: Option<Status>) -> Option<&'static str> {
    status.map(|s| match s {
        Status::Stable => "stable",
        Status::Test => "test",
        Status::Experimental => "experimental",
        Status::Deprecated => "deprecated",
        Status::Unsupported => "unsupported",
    })
}

fn custom<V: serde::Serialize>(attributes: &HashMap<String, V>) -> serde_json::Value {
    attributes.get("mangrove").and_then(|v| serde_json::to_value(v).ok()).unwrap_or_default()
}

/// Identity where the rule gives none: the same for the same file and title.
fn id(id: Option<&String>, name: Option<&String>, title: &str, place: &Place) -> Arc<str> {
    match id.or(name) {
        Some(id) => id.as_str().into(),
        None => format!("{}#{title}", place.file).into(),
    }
}

macro_rules! meta_of {
    ($rule:ident, $place:ident, $logsource:expr) => {
        RuleMeta {
            id: id($rule.id.as_ref(), $rule.name.as_ref(), &$rule.title, $place),
            name: $rule.name,
            title: $rule.title,
            status: status($rule.status),
            level: severity($rule.level),
            description: $rule.description,
            author: $rule.author,
            license: $rule.license,
            date: $rule.date,
            modified: $rule.modified,
            references: $rule.references,
            tags: $rule.tags,
            falsepositives: $rule.falsepositives,
            logsource: $logsource,
            fields: $rule.fields,
            file: $place.file.clone(),
            line: $place.line,
            source_text: $place.text.clone(),
            custom: custom(&$rule.custom_attributes),
        }
    };
}

/// What a rule says about itself, and its detection.
pub(crate) fn rule_meta(rule: SigmaRule, place: &Place) -> (RuleMeta, Detections) {
    let LogSource { product, category, service, definition, .. } = rule.logsource;
    (meta_of!(rule, place, RuleLogSource { product, category, service, definition }), rule.detection)
}

/// What a correlation says about itself.
pub(crate) fn correlation_meta(rule: &CorrelationRule, place: &Place) -> RuleMeta {
    let rule = rule.clone();
    meta_of!(rule, place, RuleLogSource::default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn documents_know_their_first_line() {
        let parts = split("title: a\nx: 1\n---\ntitle: b\n--- \ntitle: c\n");
        assert_eq!(parts, [(1, "title: a\nx: 1\n"), (4, "title: b\n"), (6, "title: c\n")]);
        assert_eq!(split("action: global\n---\ntitle: x\n").len(), 1);
        assert_eq!(
            split("--- # first\na: '---'\n ---\n----\n---x\n---"),
            [(1, ""), (2, "a: '---'\n ---\n----\n---x\n"), (7, "")]
        );
    }
}
