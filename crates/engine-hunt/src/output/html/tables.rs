//! Machines, rules with their detections, and what was skipped.

use super::page::Page;
use super::{badge, level_class};
use crate::finding::{Finding, MatchedField, Told};
use crate::report::{Report, RuleTally, Span, count_of};
use crate::skip::SkipKind;
use crate::words::Words;
use base_core::Severity;

/// Machines listed; the rest is named as a number.
const LISTED_HOSTS: usize = 200;
/// Rules listed under a machine.
const RULES_OF_HOST: usize = 40;

/// Machines, gravest first, each with the rules that fired on it.
pub(super) fn hosts(page: &mut Page, report: &Report, words: &Words) {
    let hosts = report.hosts_by_weight();
    if hosts.is_empty() {
        return;
    }
    let rules = report.rules_by_weight();
    page.raw("<section><h2>").text(&words.t("hunt-by-host")).raw("</h2>");
    for (name, host) in hosts.iter().take(LISTED_HOSTS) {
        page.raw("<details").raw(level_class(host.worst())).raw("><summary><span class=\"name\">");
        page.text(&words.host(name)).raw("</span>");
        for level in Severity::ALL.into_iter().rev().filter(|l| count_of(&host.levels, *l) > 0) {
            page.raw("<span").raw(level_class(level)).raw("><span class=\"badge\">").text(&words.level(level)).raw(" ");
            page.text(&words.number(count_of(&host.levels, level))).raw("</span></span>");
        }
        page.raw("<span class=\"n\">").text(&span(host.span, words)).raw("</span></summary><div class=\"body\"><ul>");
        let fired: Vec<(usize, &&RuleTally, u64)> = rules
            .iter()
            .enumerate()
            .filter_map(|(n, rule)| rule.hosts.iter().find(|(h, _)| h == name).map(|(_, place)| (n, rule, place.count)))
            .collect();
        for (n, rule, count) in fired.iter().take(RULES_OF_HOST) {
            page.raw("<li><a href=\"#r").number(n).raw("\">").text(&rule.card.title).raw("</a> ");
            badge(page, rule.card.level, words);
            page.raw(" × ").text(&words.number(*count)).raw("</li>");
        }
        page.raw("</ul>");
        more(page, fired.len().saturating_sub(RULES_OF_HOST), words);
        page.raw("</div></details>");
    }
    more(page, hosts.len().saturating_sub(LISTED_HOSTS), words);
    page.raw("</section>");
}

/// Rules, gravest first, each explained and with its first detections.
pub(super) fn rules(page: &mut Page, report: &Report, words: &Words) {
    let rules = report.rules_by_weight();
    if rules.is_empty() {
        return;
    }
    page.raw("<section><h2>").text(&words.t("hunt-by-rule")).raw("</h2>");
    for (n, rule) in rules.iter().enumerate() {
        page.raw("<details id=\"r").number(n).raw("\"").raw(level_class(rule.card.level)).raw("><summary>");
        badge(page, rule.card.level, words);
        page.raw("<span class=\"name\">").text(&rule.card.title).raw("</span><span class=\"n\">");
        let hosts = rule.hosts.len() as u64 + rule.hosts.others;
        page.text(&words.ta("hunt-times-on-hosts", &[("times", &rule.count), ("hosts", &hosts)])).raw("</span>");
        // A rule that explains itself says more in the reader's language than its title does.
        if !rule.told.what.is_empty() && !rule.told.what.contains(&rule.card.title) {
            page.raw("<span class=\"say\">").text(&rule.told.what).raw("</span>");
        }
        page.raw("</summary><div class=\"body\">");
        explain(page, rule, words);
        findings(page, rule, words);
        page.raw("</div></details>");
    }
    page.raw("</section>");
}

fn explain(page: &mut Page, rule: &RuleTally, words: &Words) {
    let Told { what, why, do_now: steps } = &rule.told;
    if !what.is_empty() {
        page.raw("<h3>").text(&words.t("hunt-what")).raw("</h3>");
        if let (Some(first), true) = (rule.samples.first(), rule.count > 1) {
            // The text speaks of one event: say of which, where there are several.
            let host = words.host(first.host.as_deref().unwrap_or_default());
            let time = words.time_opt(first.time);
            page.raw("<p class=\"small soft\">");
            page.text(&words.ta("hunt-what-first", &[("host", &host), ("time", &time)])).raw("</p>");
        }
        page.raw("<p>").text(what).raw("</p>");
    }
    if !why.is_empty() {
        page.raw("<h3>").text(&words.t("hunt-why")).raw("</h3><p>").text(why).raw("</p>");
    }
    if !steps.is_empty() {
        page.raw("<h3>").text(&words.t("hunt-do")).raw("</h3><ol>");
        for step in steps {
            page.raw("<li>").text(step).raw("</li>");
        }
        page.raw("</ol>");
    }
    if !rule.card.attack.is_empty() {
        page.raw("<p class=\"small\"><span class=\"soft\">MITRE ATT&amp;CK:</span>");
        for link in &rule.card.attack {
            // Links come from rules, and rules from anywhere: only this one site is linked to.
            if link.url.starts_with("https://attack.mitre.org/") {
                page.raw(" <a rel=\"noreferrer noopener\" href=\"")
                    .text(&link.url)
                    .raw("\">")
                    .text(&link.id)
                    .raw("</a>");
            } else {
                page.raw(" ").text(&link.id);
            }
        }
        page.raw("</p>");
    }
    if !rule.card.false_positives.is_empty() {
        page.raw("<p class=\"small soft\">").text(&words.t("hunt-false-positives")).raw(" ");
        page.text(&rule.card.false_positives.join("; ")).raw("</p>");
    }
}

fn findings(page: &mut Page, rule: &RuleTally, words: &Words) {
    let columns = [
        words.t("hunt-time"),
        words.t("hunt-host"),
        words.t("hunt-user"),
        words.t("hunt-matched"),
        words.t("hunt-place"),
    ];
    page.raw("<table class=\"hits\"><thead><tr>");
    for column in &columns {
        page.raw("<th>").text(column).raw("</th>");
    }
    page.raw("</tr></thead><tbody>");
    let mut samples: Vec<&Finding> = rule.samples.iter().collect();
    samples.sort_by_key(|f| f.time);
    let [time, host, user, matched, place] = &columns;
    for f in samples {
        page.raw("<tr><td class=\"t\" data-l=\"").text(time).raw("\">").text(&words.time_opt(f.time));
        page.raw("</td><td data-l=\"").text(host).raw("\">").text(&words.host(f.host.as_deref().unwrap_or_default()));
        page.raw("</td><td data-l=\"").text(user).raw("\">").text(f.user.as_deref().unwrap_or_default());
        page.raw("</td><td data-l=\"").text(matched).raw("\">");
        if !f.told.what.is_empty() {
            page.raw("<span class=\"m\">").text(&f.told.what).raw("</span>");
        }
        values(page, &f.matched);
        page.raw("</td><td class=\"soft\" data-l=\"")
            .text(place)
            .raw("\">")
            .text(&f.input)
            .raw(" · ")
            .text(&words.place(f.place));
        page.raw("</td></tr>");
    }
    page.raw("</tbody></table>");
    let shown = rule.samples.len() as u64;
    more(page, usize::try_from(rule.count.saturating_sub(shown)).unwrap_or(usize::MAX), words);
    page.raw("<p class=\"small soft\">").text(&rule.card.file).raw(" · ").text(&rule.card.id).raw("</p>");
}

/// Each value once, with everything in it that fitted the rule marked.
fn values(page: &mut Page, matched: &[MatchedField]) {
    let same = |a: &MatchedField, b: &MatchedField| a.field == b.field && a.value == b.value;
    for (n, m) in matched.iter().enumerate() {
        if matched.iter().take(n).any(|before| same(before, m)) {
            continue;
        }
        let mut spans: Vec<(usize, usize)> = matched.iter().filter(|o| same(o, m)).filter_map(|o| o.span).collect();
        // Marking the whole would mark nothing.
        spans.retain(|(from, to)| to - from < m.value.len());
        spans.sort_unstable();
        page.raw("<span class=\"m\"><span class=\"soft\">").text(&m.field).raw("</span> <code>");
        let mut at = 0;
        for (from, to) in spans {
            let from = from.max(at);
            if let (Some(before), Some(hit)) = (m.value.get(at..from), m.value.get(from..to)) {
                page.text(before).raw("<mark>").text(hit).raw("</mark>");
                at = to;
            }
        }
        page.text(m.value.get(at..).unwrap_or_default()).raw("</code></span>");
    }
}

/// What was left out, with place, reason and remedy.
pub(super) fn skips(page: &mut Page, report: &Report, words: &Words) {
    if report.skips.is_empty() {
        return;
    }
    page.raw("<section id=\"skipped\"><h2>").text(&words.t("hunt-skipped")).raw("</h2><p>");
    page.text(&words.skipped(report)).raw("</p><div class=\"card\"><table><thead><tr>");
    let columns = [words.t("hunt-input"), words.t("hunt-reason"), words.t("hunt-remedy")];
    for column in &columns {
        page.raw("<th>").text(column).raw("</th>");
    }
    page.raw("</tr></thead><tbody>");
    let [input, reason, remedy] = &columns;
    let mut kept: Vec<_> = report.skips.kept().iter().collect();
    kept.sort_by_key(|s| s.kind != SkipKind::Input);
    for skip in kept {
        page.raw("<tr><td data-l=\"").text(input).raw("\">").text(&skip.input);
        if !skip.place.is_empty() {
            page.raw(" <span class=\"soft\">").text(&skip.place).raw("</span>");
        }
        page.raw("</td><td data-l=\"").text(reason).raw("\">").text(&skip.reason);
        page.raw("</td><td data-l=\"").text(remedy).raw("\">").text(&skip.remedy).raw("</td></tr>");
    }
    page.raw("</tbody></table></div>");
    let rest = report.skips.total().saturating_sub(report.skips.kept().len() as u64);
    more(page, usize::try_from(rest).unwrap_or(usize::MAX), words);
    page.raw("</section>");
}

fn more(page: &mut Page, rest: usize, words: &Words) {
    if rest > 0 {
        page.raw("<p class=\"small soft\">").text(&words.ta("hunt-more", &[("n", &rest)])).raw("</p>");
    }
}

/// `first – last`, or one time when both are the same minute.
fn span(span: Span, words: &Words) -> String {
    let (first, last) = (words.time_opt(span.first), words.time_opt(span.last));
    if first == last { first } else { format!("{first} – {last}") }
}
