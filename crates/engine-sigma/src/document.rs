//! Files to documents: splitting, parsing, and mistakes with their lines.

use crate::fault::{Fault, line_of};
use crate::meta::{RuleLogSource, RuleMeta};
use base_core::{ContentError, ContentFile, Severity};
use rsigma_parser::{CorrelationRule, FilterRule, Level, LogSource, SigmaRule, Status};
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
    Correlation(Box<CorrelationRule>),
    Filter(Box<FilterRule>),
}

/// What came of reading files.
#[derive(Default)]
pub(crate) struct Documents {
    pub(crate) documents: Vec<Document>,
    pub(crate) errors: Vec<ContentError>,
    /// YAML documents that are something else than Sigma.
    pub(crate) foreign: usize,
}

impl Place {
    pub(crate) fn error(&self, fault: Fault) -> ContentError {
        fault.at(&self.file, &self.text, self.line)
    }
}

/// Reads all files, on as many threads as the machine has cores; the result is in file order.
pub(crate) fn read(files: &[ContentFile]) -> Documents {
    let threads = std::thread::available_parallelism().map_or(1, usize::from).min(8);
    let share = files.len().div_ceil(threads).max(16);
    let mut all = Documents::default();
    std::thread::scope(|scope| {
        let running: Vec<_> = files.chunks(share).map(|part| scope.spawn(|| read_some(part))).collect();
        for (handle, part) in running.into_iter().zip(files.chunks(share)) {
            // A defect in the YAML reader must not take the other rules with it.
            let read = handle.join().unwrap_or_else(|_| read_each(part));
            all.documents.extend(read.documents);
            all.errors.extend(read.errors);
            all.foreign += read.foreign;
        }
    });
    all
}

fn read_some(files: &[ContentFile]) -> Documents {
    let mut out = Documents::default();
    files.iter().for_each(|file| read_file(file, &mut out));
    out
}

/// Reads files one by one, so that one on which the reader breaks down is named and left out.
fn read_each(files: &[ContentFile]) -> Documents {
    let mut all = Documents::default();
    for file in files {
        let one = std::thread::scope(|scope| scope.spawn(|| read_some(std::slice::from_ref(file))).join());
        match one {
            Ok(read) => {
                all.documents.extend(read.documents);
                all.errors.extend(read.errors);
                all.foreign += read.foreign;
            }
            Err(_) => {
                let fault = Fault::new("the YAML reader broke down on this file", "simplify the file, or leave it out");
                all.errors.push(fault.at(&file.path, &file.text, 1));
            }
        }
    }
    all
}

fn read_file(file: &ContentFile, out: &mut Documents) {
    let name: Arc<str> = file.path.as_str().into();
    for (line, text) in split(&file.text) {
        if text.lines().all(|l| l.trim().is_empty() || l.trim_start().starts_with('#')) {
            continue;
        }
        if !looks_like_sigma(text) {
            out.foreign += 1;
            continue;
        }
        read_document(&Place { file: name.clone(), line, text: text.into() }, out);
    }
}

/// Splits at `---` lines, with the line (from 1) each part starts at. Files with collection
/// actions (`action: global`) belong together and are not split.
fn split(text: &str) -> Vec<(usize, &str)> {
    if text.lines().any(|l| l.starts_with("action:")) {
        return vec![(1, text)];
    }
    let (mut parts, mut start, mut first_line) = (Vec::new(), 0, 1);
    let mut at = 0;
    for (n, line) in text.split_inclusive('\n').enumerate() {
        let end = at + line.len();
        // Inside a mapping nothing else can start a line with three dashes.
        if line.starts_with("---") && line.get(3..).is_none_or(|rest| rest.trim().is_empty() || rest.starts_with(' ')) {
            parts.push((first_line, text.get(start..at).unwrap_or_default()));
            (start, first_line) = (end, n + 2);
        }
        at = end;
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

fn read_document(place: &Place, out: &mut Documents) {
    let collection = match rsigma_parser::parse_sigma_yaml(&place.text) {
        Ok(collection) => collection,
        Err(e) => {
            out.errors.push(explain(&e.to_string(), place));
            return;
        }
    };
    out.errors.extend(collection.errors.iter().map(|e| explain(e, place)));
    let mut add = |body| out.documents.push(Document { place: place.clone(), body });
    collection.rules.into_iter().for_each(|r| add(Body::Rule(Box::new(r))));
    collection.correlations.into_iter().for_each(|c| add(Body::Correlation(Box::new(c))));
    collection.filters.into_iter().for_each(|f| add(Body::Filter(Box::new(f))));
}

/// Turns the parser's message into one with line and remedy.
fn explain(message: &str, place: &Place) -> ContentError {
    let condition = condition_line(&place.text);
    if let Some((_, text)) = condition.filter(|(_, text)| is_aggregation(text)) {
        return place.error(
            Fault::new(
                format!(
                    "the condition `{text}` uses the old aggregate syntax (`| count() by …`), which Sigma 2 removed"
                ),
                "write a correlation rule (type event_count or value_count) that refers to this rule",
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
        Fault::new(
            format!("the condition cannot be read: {expected}"),
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

/// `selection | count() by X > 5`, `sel1 | near sel2`
fn is_aggregation(condition: &str) -> bool {
    let Some((_, after)) = condition.split_once('|') else { return false };
    let word = after.trim_start().split(|c: char| !c.is_ascii_alphabetic()).next().unwrap_or_default();
    ["count", "min", "max", "avg", "sum", "near"].contains(&word)
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
            name: $rule.name.clone(),
            title: $rule.title.clone(),
            status: status($rule.status),
            level: severity($rule.level),
            description: $rule.description.clone(),
            author: $rule.author.clone(),
            license: $rule.license.clone(),
            date: $rule.date.clone(),
            modified: $rule.modified.clone(),
            references: $rule.references.clone(),
            tags: $rule.tags.clone(),
            falsepositives: $rule.falsepositives.clone(),
            logsource: $logsource,
            fields: $rule.fields.clone(),
            file: $place.file.clone(),
            line: $place.line,
            source_text: $place.text.clone(),
            custom: custom(&$rule.custom_attributes),
        }
    };
}

/// What a rule says about itself.
pub(crate) fn rule_meta(rule: &SigmaRule, place: &Place) -> RuleMeta {
    let LogSource { product, category, service, definition, .. } = rule.logsource.clone();
    meta_of!(rule, place, RuleLogSource { product, category, service, definition })
}

/// What a correlation says about itself.
pub(crate) fn correlation_meta(rule: &CorrelationRule, place: &Place) -> RuleMeta {
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
    }

    #[test]
    fn aggregations_are_told_from_pipes() {
        assert!(is_aggregation("selection | count() by User > 5"));
        assert!(is_aggregation("sel1 | near sel2"));
        assert!(!is_aggregation("selection and not filter"));
    }
}
