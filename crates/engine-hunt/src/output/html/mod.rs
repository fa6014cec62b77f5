//! One self-contained page: no script, no picture, no font from elsewhere. It can be mailed,
//! printed and kept; everything taken from logs is escaped.

mod page;
mod picture;
mod tables;

pub use page::visible;

use crate::report::{Report, count_of};
use crate::words::Words;
use base_core::Severity;
use page::Page;

/// Only the style inside the page applies; nothing is fetched and nothing runs, even if a
/// text should ever escape its escaping.
const HEAD: &str = concat!(
    "<meta charset=\"utf-8\"><meta name=\"viewport\" content=\"width=device-width,initial-scale=1\">",
    "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; ",
    "base-uri 'none'; form-action 'none'\"><meta name=\"referrer\" content=\"no-referrer\">",
    "<meta name=\"color-scheme\" content=\"light dark\"><style>",
    include_str!("style.css"),
    "</style><title>"
);

/// The page of a report.
#[must_use]
pub fn render(report: &Report, words: &Words) -> String {
    let mut page = Page::default();
    page.raw("<!doctype html>\n<html lang=\"").text(words.lang().tag()).raw("\"><head>").raw(HEAD);
    page.text(&words.t("hunt-title")).raw("</title></head><body><header>");
    head(&mut page, report, words);
    page.raw("</header><main>");
    picture::draw(&mut page, report, words);
    tables::hosts(&mut page, report, words);
    tables::rules(&mut page, report, words);
    tables::skips(&mut page, report, words);
    page.raw("</main><footer>").text(&words.t("hunt-footer")).raw("</footer></body></html>\n");
    page.into_string()
}

/// ` class="l…"` of a level: its colour.
const fn level_class(level: Severity) -> &'static str {
    match level {
        Severity::Critical => " class=\"l4\"",
        Severity::High => " class=\"l3\"",
        Severity::Medium => " class=\"l2\"",
        Severity::Low => " class=\"l1\"",
        Severity::Informational => " class=\"l0\"",
    }
}

/// The badge of a level: colour, shape and word.
fn badge(page: &mut Page, level: Severity, words: &Words) {
    page.raw(match level {
        Severity::Critical => "<span class=\"badge l4\">▲ ",
        Severity::High => "<span class=\"badge l3\">◆ ",
        Severity::Medium => "<span class=\"badge l2\">● ",
        Severity::Low => "<span class=\"badge l1\">○ ",
        Severity::Informational => "<span class=\"badge l0\">· ",
    });
    page.text(&words.level(level)).raw("</span>");
}

fn head(page: &mut Page, report: &Report, words: &Words) {
    page.raw("<h1>").text(&words.t("hunt-title")).raw("</h1><p class=\"soft\">");
    page.text(&words.ta("hunt-made", &[("time", &words.time(report.finished))])).raw("</p>");
    page.raw("<p class=\"verdict\">").text(&words.verdict(report)).raw("</p>");
    if report.stopped {
        page.raw("<p class=\"notice\">").text(&words.t("hunt-stopped")).raw("</p>");
    }
    if !report.skips.is_empty() {
        page.raw("<p class=\"notice\">").text(&words.skipped(report)).raw(" <a href=\"#skipped\">");
        page.text(&words.t("hunt-skipped-see")).raw("</a></p>");
    }
    page.raw("<ul class=\"levels\">");
    for level in Severity::ALL.into_iter().rev() {
        page.raw("<li").raw(level_class(level)).raw("><b>").text(&words.number(count_of(&report.levels, level)));
        page.raw("</b>");
        badge(page, level, words);
        page.raw("</li>");
    }
    page.raw("</ul><dl class=\"facts\">");
    for (name, value) in words.facts(report) {
        page.raw("<div><dt>").text(&name).raw("</dt><dd>").text(&value).raw("</dd></div>");
    }
    page.raw("</dl>");
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tests::{card, finding};
    use crate::skip::Skip;
    use base_core::{Lang, Timestamp};

    fn hostile_report() -> Report {
        let mut report = Report::new(Timestamp::from_secs(1_400_000_000));
        let rule = card("a", Severity::Critical, &["credential-access"]);
        for n in 0..40 {
            let mut f = finding(&rule, Some("<img src=x onerror=alert(1)>"), 1_400_000_000 + n * 60);
            f.told.what = "</td><script>alert(1)</script>".to_owned();
            f.matched[0].value = "\"><svg onload=alert(1)>".to_owned();
            report.add(&f);
        }
        report.skips.push(Skip::input("a'b<c>.evtx", "corrupt", "copy it again"));
        report
    }

    #[test]
    fn the_page_is_alone_and_escapes_the_logs() {
        for lang in Lang::ALL {
            let html = render(&hostile_report(), &Words::new(lang));
            assert!(html.starts_with("<!doctype html>"));
            for bad in ["<script", "<img", "<svg onload", "src=", "@import", "url("] {
                assert!(!html.replace("&lt;img src=x", "").contains(bad), "{bad} in the {lang:?} page");
            }
            assert!(html.contains("&lt;script&gt;alert(1)"));
            assert!(html.contains("<svg preserveAspectRatio"));
            assert!(html.contains("id=\"skipped\""));
        }
    }

    #[test]
    fn an_empty_report_says_so() {
        let html = render(&Report::new(Timestamp::EPOCH), &Words::new(Lang::Vi));
        assert!(!html.contains("<svg"));
        assert!(html.contains("class=\"verdict\""));
    }
}
