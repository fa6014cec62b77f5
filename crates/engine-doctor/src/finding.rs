//! A finding, and how it is told.

use base_core::Lang;
use base_i18n::{Strings, Tr};
use serde_json::{Value, json};
use std::sync::Arc;

/// How grave a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Looked at, and well.
    Well,
    /// Good to know; nothing needs to be done.
    Notice,
    /// Works today, and will not for ever.
    Warning,
    /// Does not work.
    Fault,
}

impl Level {
    /// Its word in JSON.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Well => "well",
            Self::Notice => "notice",
            Self::Warning => "warning",
            Self::Fault => "fault",
        }
    }

    /// Its sign in a terminal, beside which the words stand.
    #[must_use]
    pub const fn sign(self) -> &'static str {
        match self {
            Self::Well => "✓",
            Self::Notice => "i",
            Self::Warning => "!",
            Self::Fault => "✗",
        }
    }
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What was found, such as `disk-full`: part of the keys of its texts.
    pub code: &'static str,
    /// How grave it is.
    pub level: Level,
    /// What was seen: paths, numbers, words of the system; the same in every language.
    pub evidence: String,
}

impl Finding {
    /// A finding.
    #[must_use]
    pub fn new(code: &'static str, level: Level, evidence: impl Into<String>) -> Self {
        Self { code, level, evidence: evidence.into() }
    }

    /// What was found, in words.
    #[must_use]
    pub fn what(&self, tr: &Tr) -> String {
        tr.dynamic("doctor-what-", self.code)
    }

    /// Why it matters; empty where all is well.
    #[must_use]
    pub fn why(&self, tr: &Tr) -> String {
        if self.level == Level::Well { String::new() } else { tr.dynamic("doctor-why-", self.code) }
    }

    /// What to do; empty where all is well.
    #[must_use]
    pub fn remedy(&self, tr: &Tr) -> String {
        if self.level == Level::Well { String::new() } else { tr.dynamic("doctor-remedy-", self.code) }
    }

    /// As lines for a terminal.
    #[must_use]
    pub fn text(&self, tr: &Tr) -> String {
        let evidence = if self.evidence.is_empty() { String::new() } else { format!(": {}", self.evidence) };
        let mut text = format!("{} {}{evidence}\n", self.level.sign(), self.what(tr));
        for (head, line) in [(tr.t("doctor-head-why"), self.why(tr)), (tr.t("doctor-head-remedy"), self.remedy(tr))] {
            if !line.is_empty() {
                text.push_str(&format!("    {head}: {line}\n"));
            }
        }
        text
    }
}

/// All findings as one JSON document; `ok` says that there is neither warning nor fault.
#[must_use]
pub fn as_json(findings: &[Finding], tr: &Tr) -> Value {
    let one = |finding: &Finding| {
        json!({
            "code": finding.code,
            "level": finding.level.word(),
            "evidence": finding.evidence,
            "what": finding.what(tr),
            "why": finding.why(tr),
            "remedy": finding.remedy(tr),
        })
    };
    let ok = findings.iter().all(|finding| finding.level < Level::Warning);
    json!({ "ok": ok, "findings": findings.iter().map(one).collect::<Vec<_>>() })
}

/// The texts of this crate in `lang`.
#[must_use]
#[expect(clippy::expect_used, reason = "the files are compiled in, and a test loads them")]
pub fn texts(lang: Lang) -> Tr {
    let strings = Strings::load(&[
        (Lang::Vi, "doctor", include_str!("../locales/vi/doctor.ftl")),
        (Lang::En, "doctor", include_str!("../locales/en/doctor.ftl")),
    ]);
    Tr::new(lang, Arc::new(strings.expect("the texts of the doctor are whole")))
}
