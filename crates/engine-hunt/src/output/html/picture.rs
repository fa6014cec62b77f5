//! The time-line: one row for everything, one per tactic, drawn as inline SVG that stretches with the page.

use super::page::Page;
use crate::report::tactic::{LANE_ALL, LANE_NONE, NO_TACTIC, TACTICS, lane_of};
use crate::report::timeline::{Column, LevelCounts, Plot};
use crate::report::{Report, count_of};
use crate::words::Words;
use base_core::Severity;

/// Columns of the picture: each still 3 px wide on the narrowest phone.
const COLUMNS: usize = 96;
/// Width of a column and of a break, in units of the drawing.
const COLUMN_WIDTH: usize = 10;
const BREAK_WIDTH: usize = 12;
/// Height of the drawing, in units.
const HEIGHT: f64 = 100.0;
/// A column with anything in it is at least so high, or nobody would see it.
const LEAST_BAR: f64 = 14.0;

/// Draws the time-line, or nothing when no detection has a time.
pub(super) fn draw(page: &mut Page, report: &Report, words: &Words) {
    let plot = report.timeline.plot(COLUMNS);
    if plot.columns.is_empty() {
        return;
    }
    page.raw("<section><h2>").text(&words.t("hunt-timeline")).raw("</h2><figure class=\"card\">");
    lane(page, &plot, LANE_ALL, &words.t("hunt-timeline-all"), report.detections(), words);
    for tactic in TACTICS.iter().copied().chain([NO_TACTIC]) {
        let Some(counts) = report.by_tactic.get(tactic) else { continue };
        let number = if tactic == NO_TACTIC { LANE_NONE } else { lane_of(tactic) };
        lane(page, &plot, number, &words.dynamic("hunt-tactic-", tactic), counts.iter().sum(), words);
    }
    axis(page, &plot, words);
    key(page, words);
    page.raw("</figure></section>");
}

fn lane(page: &mut Page, plot: &Plot, number: u8, name: &str, total: u64, words: &Words) {
    let class = if number == LANE_ALL { "<div class=\"lane all\"><span>" } else { "<div class=\"lane\"><span>" };
    let width = plot.columns.iter().map(advance).sum::<usize>();
    page.raw(class).text(name).raw("</span><svg preserveAspectRatio=\"none\" role=\"img\" aria-label=\"");
    page.text(name).raw(": ").text(&words.number(total)).raw("\" viewBox=\"0 0 ").number(width).raw(" 100\">");
    let peak = plot.peak(number).max(1);
    let mut x = 0;
    for column in &plot.columns {
        if column.after_break {
            page.raw("<line class=\"cut\" y1=\"0\" y2=\"100\" x1=\"").number(x + BREAK_WIDTH / 2);
            page.raw("\" x2=\"").number(x + BREAK_WIDTH / 2).raw("\"/>");
            x += BREAK_WIDTH;
        }
        if let Some(counts) = column.lanes.get(&number) {
            bar(page, column, counts, x, peak, words);
        }
        x += COLUMN_WIDTH;
    }
    page.raw("</svg><span>").text(&words.number(total)).raw("</span></div>");
}

fn advance(column: &Column) -> usize {
    COLUMN_WIDTH + if column.after_break { BREAK_WIDTH } else { 0 }
}

/// One column: levels stacked, gravest at the foot. Heights follow the square root, so that
/// a single critical detection is not flattened by a thousand of another hour.
fn bar(page: &mut Page, column: &Column, counts: &LevelCounts, x: usize, peak: u64, words: &Words) {
    let total: u64 = counts.iter().sum();
    let share = as_f64(total) / as_f64(peak);
    let height = (share.sqrt() * HEIGHT).max(LEAST_BAR);
    page.raw("<g><title>").text(&words.time(column.from)).raw(" – ").text(&words.time(column.to));
    for level in Severity::ALL.into_iter().rev().filter(|l| count_of(counts, *l) > 0) {
        page.raw("\n").text(&words.level(level)).raw(": ").text(&words.number(count_of(counts, level)));
    }
    page.raw("</title>");
    let mut foot = HEIGHT;
    for level in Severity::ALL.into_iter().rev() {
        let n = count_of(counts, level);
        if n == 0 {
            continue;
        }
        let part = height * as_f64(n) / as_f64(total);
        foot -= part;
        page.raw(level_fill(level))
            .raw(" width=\"8.6\" x=\"")
            .number(x)
            .raw("\" y=\"")
            .number(format_args!("{foot:.1}"));
        page.raw("\" height=\"").number(format_args!("{part:.1}")).raw("\"/>");
    }
    page.raw("</g>");
}

#[expect(clippy::cast_precision_loss, reason = "the height of a bar needs no more than 52 bits")]
fn as_f64(n: u64) -> f64 {
    n as f64
}

const fn level_fill(level: Severity) -> &'static str {
    match level {
        Severity::Critical => "<rect class=\"s4\"",
        Severity::High => "<rect class=\"s3\"",
        Severity::Medium => "<rect class=\"s2\"",
        Severity::Low => "<rect class=\"s1\"",
        Severity::Informational => "<rect class=\"s0\"",
    }
}

/// Times below the lanes: both ends, or the number of each stretch and a list of stretches.
fn axis(page: &mut Page, plot: &Plot, words: &Words) {
    let stretches: Vec<&[Column]> = plot.columns.chunk_by(|_, next| !next.after_break).collect();
    page.raw("<div class=\"axis\"><div>");
    if let [one] = stretches.as_slice() {
        for end in [one.first().map(|c| c.from), one.last().map(|c| c.to)].into_iter().flatten() {
            page.raw("<span>").text(&words.time(end)).raw("</span>");
        }
        page.raw("</div></div>");
        return;
    }
    for (n, stretch) in stretches.iter().enumerate() {
        page.raw("<span style=\"flex:").number(stretch.len()).raw(" 1 0\">").text(&circled(n)).raw("</span>");
    }
    page.raw("</div></div><ol class=\"key\">");
    for (n, stretch) in stretches.iter().enumerate() {
        let (Some(first), Some(last)) = (stretch.first(), stretch.last()) else { continue };
        page.raw("<li>").text(&circled(n)).raw(" ").text(&words.time(first.from)).raw(" – ");
        page.text(&words.time(last.to)).raw("</li>");
    }
    page.raw("</ol>");
}

fn circled(n: usize) -> String {
    u32::try_from(n).ok().and_then(|n| char::from_u32(0x2460 + n)).unwrap_or('•').to_string()
}

fn key(page: &mut Page, words: &Words) {
    page.raw("<ul class=\"key\">");
    for level in Severity::ALL.into_iter().rev() {
        page.raw("<li").raw(super::level_class(level)).raw("><i></i>").text(&words.level(level)).raw("</li>");
    }
    page.raw("<li>").text(&words.t("hunt-timeline-key")).raw("</li></ul>");
}
