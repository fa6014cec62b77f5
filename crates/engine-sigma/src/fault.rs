//! Mistakes in a rule, before it is known where they stand, and how they get their line.

use base_core::ContentError;

/// Something wrong in a rule: what, what to do, and a text to find the line by.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) message: String,
    pub(crate) remedy: String,
    /// Text that stands on the line at fault (tried in order).
    pub(crate) near: Vec<String>,
}

pub(crate) type Outcome<T> = Result<T, Fault>;

impl Fault {
    pub(crate) fn new(message: impl Into<String>, remedy: impl Into<String>) -> Self {
        Self { message: message.into(), remedy: remedy.into(), near: Vec::new() }
    }

    /// Adds a text by which the line is found; the innermost is tried first.
    pub(crate) fn near(mut self, text: impl Into<String>) -> Self {
        self.near.push(text.into());
        self
    }

    /// With file and line. `text` is the document, `first_line` the line (from 1) it starts at.
    pub(crate) fn at(self, file: &str, text: &str, first_line: usize) -> ContentError {
        let line = self.near.iter().find_map(|needle| line_of(text, needle)).map(|n| first_line + n);
        ContentError {
            file: file.to_owned(),
            line: line.or(Some(first_line)),
            message: self.message,
            remedy: self.remedy,
        }
    }
}

/// The line (from 0) of `text` on which `needle` stands outside a comment.
pub(crate) fn line_of(text: &str, needle: &str) -> Option<usize> {
    text.lines().position(|line| !line.trim_start().starts_with('#') && line.contains(needle))
}
