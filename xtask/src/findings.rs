//! What a check found: how much it looked at, and each problem with its place.

use std::fmt;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Problem {
    /// File, with line where known, or crate.
    pub(crate) place: String,
    /// What is wrong and what to do about it.
    pub(crate) text: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.text)
    }
}

/// The result of one check.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    /// How many files, crates or strings were looked at; zero would mean that the check is blind.
    pub(crate) looked_at: usize,
    /// What is wrong, in the order found.
    pub(crate) problems: Vec<Problem>,
}

impl Findings {
    /// Notes a problem.
    pub(crate) fn add(&mut self, place: impl Into<String>, text: impl Into<String>) {
        self.problems.push(Problem { place: place.into(), text: text.into() });
    }

    /// Adds what another check found.
    pub(crate) fn merge(&mut self, other: Self) {
        self.looked_at += other.looked_at;
        self.problems.extend(other.problems);
    }

    #[cfg(test)]
    pub(crate) fn texts(&self) -> String {
        self.problems.iter().map(|p| format!("{p}\n")).collect()
    }
}
