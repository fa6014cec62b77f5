//! The text format.

use std::fmt::{Display, Write};

/// What a family of figures is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Only rises, until the program ends. Its name ends with `_total`.
    Counter,
    /// Rises and falls.
    Gauge,
    /// Counts in buckets, with sum and count.
    Histogram,
}

/// A page of figures.
#[derive(Debug, Default)]
pub struct Page {
    text: String,
}

/// The figures of one name.
#[derive(Debug)]
pub struct Family<'a> {
    page: &'a mut Page,
    name: &'static str,
}

impl Page {
    /// Begins a family: name with unit by convention (`_seconds`, `_bytes`, `_total`), and what it means.
    pub fn family(&mut self, name: &'static str, kind: Kind, help: &'static str) -> Family<'_> {
        let kind = match kind {
            Kind::Counter => "counter",
            Kind::Gauge => "gauge",
            Kind::Histogram => "histogram",
        };
        let help = help.replace('\\', "\\\\").replace('\n', "\\n");
        // Writing to a String cannot fail, here and below.
        let _ = write!(self.text, "# HELP {name} {help}\n# TYPE {name} {kind}\n");
        Family { page: self, name }
    }

    /// A family of one figure without labels.
    pub fn one(&mut self, name: &'static str, kind: Kind, help: &'static str, value: impl Display) {
        self.family(name, kind, help).sample(&[], value);
    }

    /// The text.
    #[must_use]
    pub fn into_text(self) -> String {
        self.text
    }
}

impl Family<'_> {
    /// A figure with its labels.
    pub fn sample(&mut self, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        self.part("", labels, value)
    }

    /// A part of a histogram: `_bucket`, `_sum` or `_count`.
    pub fn part(&mut self, ending: &str, labels: &[(&str, &str)], value: impl Display) -> &mut Self {
        let text = &mut self.page.text;
        let _ = write!(text, "{}{ending}", self.name);
        for (index, (name, value)) in labels.iter().enumerate() {
            let begin = if index == 0 { '{' } else { ',' };
            let value = value.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n");
            let _ = write!(text, "{begin}{name}=\"{value}\"");
        }
        let end = if labels.is_empty() { "" } else { "}" };
        let _ = writeln!(text, "{end} {value}");
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_are_quoted() {
        let mut page = Page::default();
        page.family("mangrove_inputs", Kind::Gauge, "a\\b\nc").sample(&[("place", "a\"b\\c\nd"), ("x", "ữ")], 1);
        page.one("mangrove_lag", Kind::Gauge, "d", 2.5);
        let text = page.into_text();
        assert_eq!(
            text,
            "# HELP mangrove_inputs a\\\\b\\nc\n# TYPE mangrove_inputs gauge\n\
             mangrove_inputs{place=\"a\\\"b\\\\c\\nd\",x=\"ữ\"} 1\n\
             # HELP mangrove_lag d\n# TYPE mangrove_lag gauge\nmangrove_lag 2.5\n"
        );
    }
}
