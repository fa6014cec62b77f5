//! The report's sentences in Vietnamese and English.

use crate::report::{Report, count_of};
use base_core::{Lang, Severity, Timestamp};
use base_i18n::{Strings, Tr};
use engine_parse::Place;
use std::ops::Deref;
use std::sync::Arc;

/// The texts of a hunt in one language; everything else comes from [`Tr`].
#[derive(Clone, Debug)]
pub struct Words(Tr);

impl Deref for Words {
    type Target = Tr;

    fn deref(&self) -> &Tr {
        &self.0
    }
}

impl Words {
    /// Texts in `lang`.
    #[must_use]
    #[expect(clippy::expect_used, reason = "the files are compiled in, and the tests below load them")]
    pub fn new(lang: Lang) -> Self {
        let strings = Strings::load(&[
            (Lang::Vi, "hunt", include_str!("../locales/vi/hunt.ftl")),
            (Lang::En, "hunt", include_str!("../locales/en/hunt.ftl")),
        ]);
        Self(Tr::new(lang, Arc::new(strings.expect("the hunt's own texts are whole"))))
    }

    /// The word of a level.
    #[must_use]
    pub fn level(&self, level: Severity) -> String {
        self.dynamic("hunt-level-", level.as_str())
    }

    /// A machine's name, or that none is known.
    #[must_use]
    pub fn host(&self, name: &str) -> String {
        if name.is_empty() { self.t("hunt-host-unknown") } else { name.to_owned() }
    }

    /// A time, or that none is known.
    #[must_use]
    pub fn time_opt(&self, time: Option<Timestamp>) -> String {
        time.map_or_else(|| self.t("hunt-time-unknown"), |t| self.time_secs(t))
    }

    /// Where in its input a record stands.
    #[must_use]
    pub fn place(&self, place: Place) -> String {
        match place {
            Place::Line(n) => self.ta("hunt-place-line", &[("n", &n)]),
            Place::Byte(n) => self.ta("hunt-place-byte", &[("n", &n)]),
            Place::Record(n) => self.ta("hunt-place-record", &[("n", &n)]),
            Place::Chunk(n) => self.ta("hunt-place-chunk", &[("n", &n)]),
            Place::Whole => self.t("hunt-place-whole"),
        }
    }

    /// The result in one or two sentences: the first thing a head of unit reads.
    #[must_use]
    pub fn verdict(&self, report: &Report) -> String {
        let hosts = report.by_host.iter().filter(|(name, _)| !name.is_empty()).count() as u64 + report.by_host.others;
        let grave = [Severity::Critical, Severity::High].map(|l| count_of(&report.levels, l));
        let [critical, high] = grave;
        let all = report.detections();
        if report.events.read == 0 {
            return self.t("hunt-verdict-unread");
        }
        if all == 0 {
            return self.ta("hunt-verdict-none", &[("events", &report.events.read), ("rules", &report.rules)]);
        }
        let counts =
            self.ta("hunt-verdict-some", &[("all", &all), ("rules", &report.by_rule.len()), ("hosts", &hosts)]);
        if critical + high == 0 {
            return format!("{counts} {}", self.t("hunt-verdict-mild"));
        }
        format!("{counts} {}", self.ta("hunt-verdict-grave", &[("critical", &critical), ("high", &high)]))
    }

    /// What was left out, in one sentence.
    #[must_use]
    pub fn skipped(&self, report: &Report) -> String {
        let (inputs, rules) = (report.skips.inputs(), report.skips.rules());
        let mut parts = Vec::new();
        if inputs > 0 {
            parts.push(self.ta("hunt-skipped-inputs", &[("n", &inputs)]));
        }
        if rules > 0 {
            parts.push(self.ta("hunt-skipped-rules", &[("n", &rules)]));
        }
        let mut text = self.ta("hunt-skipped-sum", &[("what", &parts.join("; "))]);
        let lost = report.skips.records_lost();
        if lost > 0 {
            text.push(' ');
            text.push_str(&self.ta("hunt-skipped-lost", &[("n", &lost)]));
        }
        text
    }

    /// The run in figures: names and values.
    #[must_use]
    pub fn facts(&self, report: &Report) -> Vec<(String, String)> {
        let span = match (report.event_span.first, report.event_span.last) {
            (Some(first), Some(last)) => format!("{} – {}", self.time(first), self.time(last)),
            _ => self.t("hunt-time-unknown"),
        };
        let files = [("read", &report.inputs_read), ("all", &report.inputs)];
        let files = files.map(|(k, v)| (k, v as &dyn base_i18n::ToArg));
        let mut facts = vec![
            (self.t("hunt-fact-inputs"), self.ta("hunt-fact-inputs-value", &files)),
            (self.t("hunt-fact-bytes"), self.bytes(report.bytes)),
            (self.t("hunt-fact-events"), self.number(report.events.read)),
            (self.t("hunt-fact-span"), span),
            (self.t("hunt-fact-rules"), self.number(report.rules)),
            (self.t("hunt-fact-elapsed"), self.elapsed(report)),
        ];
        let counts = &report.events;
        for (key, n) in [
            (self.t("hunt-fact-outside"), counts.outside_range),
            (self.t("hunt-fact-unparsed"), counts.unparsed),
            (self.t("hunt-fact-no-time"), counts.no_time),
            (self.t("hunt-fact-truncated"), counts.truncated),
            (self.t("hunt-fact-not-utf8"), counts.not_utf8),
            (self.t("hunt-fact-late"), counts.late),
            (self.t("hunt-fact-below"), report.below_level),
        ] {
            // Only what happened: six zeros would hide the one figure that matters.
            if n > 0 {
                facts.push((key, self.number(n)));
            }
        }
        facts
    }

    fn elapsed(&self, report: &Report) -> String {
        let millis = report.finished.micros_since(report.started).max(0) / 1_000;
        #[expect(clippy::cast_precision_loss, reason = "a run of 2^52 ms is not expected")]
        let secs = (millis as f64 / 1_000.0).max(0.1);
        if secs < 60.0 {
            return self.ta("hunt-fact-seconds", &[("n", &self.decimal(secs))]);
        }
        self.span(millis / 1_000)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::report::tactic::{NO_TACTIC, TACTICS};

    #[test]
    fn every_level_and_tactic_has_a_word_in_both_languages() {
        for lang in Lang::ALL {
            let words = Words::new(lang);
            for level in Severity::ALL {
                assert!(!words.level(level).is_empty());
            }
            if lang == Lang::Vi {
                assert!(Severity::ALL.iter().all(|l| words.level(*l) != l.as_str()));
            }
            for tactic in TACTICS.iter().chain([&NO_TACTIC]) {
                assert_ne!(words.dynamic("hunt-tactic-", tactic), **tactic);
            }
        }
    }

    #[test]
    fn the_verdict_is_a_sentence() {
        let mut report = Report::new(Timestamp::EPOCH);
        let vi = Words::new(Lang::Vi);
        assert_eq!(vi.verdict(&report), "Không đọc được sự kiện nào, vì vậy chưa thể kết luận.");
        report.events.read = 12_345;
        report.rules = 40;
        assert!(vi.verdict(&report).contains("12.345"));
        let rule = crate::report::tests::card("a", Severity::High, &[]);
        report.add(&crate::report::tests::finding(&rule, Some("PC"), 1));
        assert!(Words::new(Lang::En).verdict(&report).starts_with("1 detection by 1 rule on 1 machine."));
    }
}
