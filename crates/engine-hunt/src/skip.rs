//! What could not be read: told with input, place, reason and remedy, counted whatever the number.

use serde::Serialize;

/// Skips kept word for word; of the rest only the number is known.
pub const KEPT_SKIPS: usize = 1_000;

/// What a skip was about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum SkipKind {
    /// A file, a folder or a part of one.
    Input,
    /// A detection rule with a mistake.
    Rule,
    /// A rule that is sound but needs values of the reader's own network, which nobody gave.
    Placeholder,
}

/// Something that was left out of the hunt.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skip {
    /// Input or rule.
    pub kind: SkipKind,
    /// The file as the person named it, or `-` for standard input.
    pub input: String,
    /// Where in it: `record 12`, `byte 65536`, `line 3`; empty for the whole.
    pub place: String,
    /// What was wrong.
    pub reason: String,
    /// What to do about it.
    pub remedy: String,
    /// How many records are thought to be lost, when that is known.
    pub records_lost: Option<u64>,
}

impl Skip {
    /// A whole input that was left out.
    pub fn input(input: impl Into<String>, reason: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self {
            kind: SkipKind::Input,
            input: input.into(),
            place: String::new(),
            reason: reason.into(),
            remedy: remedy.into(),
            records_lost: None,
        }
    }
}

/// Every skip of a run: the first ones word for word, all of them counted.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SkipLog {
    kept: Vec<Skip>,
    inputs: u64,
    rules: u64,
    placeholders: u64,
    records_lost: u64,
}

impl SkipLog {
    /// Adds one.
    pub fn push(&mut self, skip: Skip) {
        match skip.kind {
            SkipKind::Input => self.inputs += 1,
            SkipKind::Rule => self.rules += 1,
            SkipKind::Placeholder => self.placeholders += 1,
        }
        self.records_lost = self.records_lost.saturating_add(skip.records_lost.unwrap_or(0));
        if self.kept.len() < KEPT_SKIPS {
            self.kept.push(skip);
        }
    }

    /// The ones kept word for word, at most [`KEPT_SKIPS`].
    #[must_use]
    pub fn kept(&self) -> &[Skip] {
        &self.kept
    }

    /// How many there were in all.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.inputs + self.rules + self.placeholders
    }

    /// How many concern inputs.
    #[must_use]
    pub fn inputs(&self) -> u64 {
        self.inputs
    }

    /// How many concern rules, with a mistake or without the values they need.
    #[must_use]
    pub fn rules(&self) -> u64 {
        self.rules + self.placeholders
    }

    /// Whether something was skipped that should not have been: a rule that only lacks
    /// values of the reader's own network is told, but is no fault of this run.
    #[must_use]
    pub fn any_fault(&self) -> bool {
        self.inputs + self.rules > 0
    }

    /// Records thought to be lost, as far as known.
    #[must_use]
    pub fn records_lost(&self) -> u64 {
        self.records_lost
    }

    /// Whether nothing was skipped.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn counts_beyond_what_it_keeps() {
        let mut log = SkipLog::default();
        for n in 0..KEPT_SKIPS as u64 + 5 {
            log.push(Skip { records_lost: Some(2), ..Skip::input(format!("f{n}"), "r", "m") });
        }
        assert_eq!(log.kept().len(), KEPT_SKIPS);
        assert_eq!(log.total(), KEPT_SKIPS as u64 + 5);
        assert_eq!(log.records_lost(), 2 * log.total());
    }
}
