//! The summary as tables for a terminal. Nothing from a log can steer the terminal:
//! every cell goes through [`clean`].

use base_core::Severity;
use comfy_table::{Attribute, Cell, CellAlignment, Color, ContentArrangement, Table, TableComponent, presets};
use engine_hunt::output::html::visible;
use engine_hunt::report::{Report, Span, count_of};
use engine_hunt::{Skip, SkipKind, Words};

/// Rows of the main table; the rest is in the other forms.
const DETECTION_ROWS: usize = 120;
/// Machines listed.
const HOST_ROWS: usize = 30;
/// Skips listed.
const SKIP_ROWS: usize = 25;
/// Width where the output is no terminal.
const PIPE_WIDTH: u16 = 140;

/// The whole summary.
#[must_use]
pub(crate) fn render(report: &Report, words: &Words, colour: bool) -> String {
    let mut out = String::new();
    let mut push = |title: String, table: Option<Table>, rest: usize| {
        let Some(table) = table else { return };
        out.push_str(&format!("\n{title}\n{table}\n"));
        if rest > 0 {
            out.push_str(&format!("{}\n", words.ta("hunt-more", &[("n", &rest)])));
        }
    };
    let (table, rest) = detections(report, words, colour);
    push(words.t("hunt-by-rule"), table, rest);
    let (table, rest) = hosts(report, words, colour);
    push(words.t("hunt-by-host"), table, rest);
    push(words.t("hunt-by-tactic"), tactics(report, words, colour), 0);
    let (table, rest) = skips(report, words);
    push(words.t("hunt-skipped"), table, rest);
    out.push('\n');
    out.push_str(&facts(report, words));
    out
}

/// The run in a few lines: verdict, figures, what was skipped.
#[must_use]
pub(crate) fn facts(report: &Report, words: &Words) -> String {
    let mut out = format!("{}\n", words.verdict(report));
    if report.stopped {
        out.push_str(&format!("{}\n", words.t("hunt-stopped")));
    }
    if !report.skips.is_empty() {
        out.push_str(&format!("{}\n", words.skipped(report)));
    }
    let facts: Vec<String> = words.facts(report).into_iter().map(|(name, value)| format!("{name}: {value}")).collect();
    out.push_str(&facts.join(" · "));
    out.push('\n');
    out
}

/// What was skipped, one line each, for the forms that have no place for it.
#[must_use]
pub(crate) fn skip_lines(report: &Report, words: &Words) -> String {
    let mut out = String::new();
    for skip in inputs_first(report).into_iter().take(SKIP_ROWS) {
        let place = if skip.place.is_empty() { String::new() } else { format!(" ({})", clean(&skip.place)) };
        out.push_str(&format!("{}{place}: {}; {}\n", clean(&skip.input), clean(&skip.reason), clean(&skip.remedy)));
    }
    let rest = usize::try_from(report.skips.total()).unwrap_or(usize::MAX).saturating_sub(SKIP_ROWS);
    if rest > 0 {
        out.push_str(&format!("{}\n", words.ta("hunt-more", &[("n", &rest)])));
    }
    out
}

/// Lost evidence matters more than a rule that could not be used.
fn inputs_first(report: &Report) -> Vec<&Skip> {
    let mut skips: Vec<&Skip> = report.skips.kept().iter().collect();
    skips.sort_by_key(|s| s.kind != SkipKind::Input);
    skips
}

fn clean(text: &str) -> String {
    visible(text).replace(['\n', '\r', '\t'], " ")
}

fn table(headings: Vec<String>) -> Table {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Dynamic);
    // A line between all rows would halve what fits on a screen.
    table.remove_style(TableComponent::HorizontalLines).remove_style(TableComponent::MiddleIntersections);
    if table.width().is_none() {
        table.set_width(PIPE_WIDTH);
    }
    table.set_header(headings.into_iter().map(|h| Cell::new(h).add_attribute(Attribute::Bold)));
    table
}

fn level_cell(level: Severity, words: &Words, colour: bool) -> Cell {
    let cell = Cell::new(words.level(level));
    if !colour {
        return cell;
    }
    match level {
        Severity::Critical => cell.fg(Color::Red).add_attribute(Attribute::Bold).add_attribute(Attribute::Reverse),
        Severity::High => cell.fg(Color::Red).add_attribute(Attribute::Bold),
        Severity::Medium => cell.fg(Color::Yellow),
        Severity::Low => cell.fg(Color::Cyan),
        Severity::Informational => cell,
    }
}

fn number(n: u64, words: &Words) -> Cell {
    Cell::new(words.number(n)).set_alignment(CellAlignment::Right)
}

fn times(span: Span, words: &Words) -> [Cell; 2] {
    [span.first, span.last].map(|t| Cell::new(words.time_opt(t)))
}

/// One row per rule and machine: repeats are a number, not a screenful.
fn detections(report: &Report, words: &Words, colour: bool) -> (Option<Table>, usize) {
    if report.by_rule.is_empty() {
        return (None, 0);
    }
    let mut table = table(vec![
        words.t("hunt-level"),
        words.t("hunt-rule"),
        words.t("hunt-host"),
        words.t("hunt-count"),
        words.t("hunt-first"),
        words.t("hunt-last"),
    ]);
    let mut rows = 0_usize;
    for rule in report.rules_by_weight() {
        for (host, place) in rule.hosts.sorted_by(|p| std::cmp::Reverse(p.count)) {
            rows += 1;
            if rows > DETECTION_ROWS {
                continue;
            }
            let [first, last] = times(place.span, words);
            table.add_row(vec![
                level_cell(rule.card.level, words, colour),
                Cell::new(clean(&rule.card.title)),
                Cell::new(clean(&words.host(host))),
                number(place.count, words),
                first,
                last,
            ]);
        }
    }
    (Some(table), rows.saturating_sub(DETECTION_ROWS))
}

fn hosts(report: &Report, words: &Words, colour: bool) -> (Option<Table>, usize) {
    let hosts = report.hosts_by_weight();
    if hosts.is_empty() {
        return (None, 0);
    }
    let mut headings = vec![words.t("hunt-host")];
    headings.extend(Severity::ALL.into_iter().rev().map(|l| words.level(l)));
    headings.extend([words.t("hunt-first"), words.t("hunt-last")]);
    let mut table = table(headings);
    for (name, host) in hosts.iter().take(HOST_ROWS) {
        let mut row = vec![Cell::new(clean(&words.host(name)))];
        row.extend(level_counts(&host.levels, words, colour));
        row.extend(times(host.span, words));
        table.add_row(row);
    }
    (Some(table), hosts.len().saturating_sub(HOST_ROWS))
}

fn level_counts(levels: &[u64; 5], words: &Words, colour: bool) -> Vec<Cell> {
    let cell = |level: Severity| {
        let n = count_of(levels, level);
        let cell = if n == 0 { Cell::new("·").set_alignment(CellAlignment::Right) } else { number(n, words) };
        if colour && n > 0 && level >= Severity::High { cell.fg(Color::Red) } else { cell }
    };
    Severity::ALL.into_iter().rev().map(cell).collect()
}

fn tactics(report: &Report, words: &Words, colour: bool) -> Option<Table> {
    if report.by_tactic.is_empty() {
        return None;
    }
    let mut headings = vec![words.t("hunt-tactic")];
    headings.extend(Severity::ALL.into_iter().rev().map(|l| words.level(l)));
    let mut table = table(headings);
    for (tactic, levels) in report.tactics_in_order() {
        let mut row = vec![Cell::new(words.dynamic("hunt-tactic-", tactic))];
        row.extend(level_counts(levels, words, colour));
        table.add_row(row);
    }
    Some(table)
}

fn skips(report: &Report, words: &Words) -> (Option<Table>, usize) {
    if report.skips.is_empty() {
        return (None, 0);
    }
    let mut table = table(vec![words.t("hunt-input"), words.t("hunt-reason"), words.t("hunt-remedy")]);
    for skip in inputs_first(report).into_iter().take(SKIP_ROWS) {
        let input = if skip.place.is_empty() { skip.input.clone() } else { format!("{} ({})", skip.input, skip.place) };
        table.add_row([clean(&input), clean(&skip.reason), clean(&skip.remedy)]);
    }
    let total = usize::try_from(report.skips.total()).unwrap_or(usize::MAX);
    (Some(table), total.saturating_sub(SKIP_ROWS))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::{Lang, Timestamp};
    use engine_hunt::{Finding, RuleCard, Told};
    use engine_parse::Place;
    use std::sync::Arc;

    fn report() -> Report {
        let mut report = Report::new(Timestamp::from_secs(1_400_000_000));
        let rule = Arc::new(RuleCard {
            id: "a".to_owned(),
            title: "Log cleared".to_owned(),
            level: Severity::High,
            file: "a.yml".to_owned(),
            tactics: vec!["stealth".to_owned()],
            attack: Vec::new(),
            false_positives: Vec::new(),
        });
        report.add(&Finding {
            rule,
            time: Some(Timestamp::from_secs(1_400_000_000)),
            host: Some(Box::from("PC\u{1b}[2J\u{1b}]0;x\u{7}\n-1")),
            user: None,
            source_ip: None,
            input: Arc::from("a.evtx"),
            place: Place::Record(1),
            id: None,
            kind: Arc::from("microsoft/windows-security"),
            logsource: Arc::default(),
            event_code: None,
            told: Told::default(),
            matched: Vec::new(),
            events: 1,
            event: None,
        });
        report.skips.push(Skip::input("b\u{1b}[31m.evtx", "corrupt", "copy it again"));
        report
    }

    #[test]
    fn a_log_cannot_steer_the_terminal() {
        let text = render(&report(), &Words::new(Lang::Vi), false) + &skip_lines(&report(), &Words::new(Lang::Vi));
        assert!(text.chars().all(|c| !c.is_control() || c == '\n'), "{text:?}");
        assert!(text.contains("13/05/2014 23:53:20") && text.contains("Log cleared") && text.contains("copy it again"));
    }

    #[test]
    fn colour_is_only_for_terminals() {
        assert!(!render(&report(), &Words::new(Lang::En), false).contains('\u{1b}'));
    }
}
