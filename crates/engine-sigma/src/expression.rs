//! Regular expressions: checked when a rule is loaded, built when first asked.
//!
//! Building one takes a tenth of a millisecond to several, and most are never reached, since the
//! rest of their rule says no. So loading only parses it, which finds every mistake of writing, and
//! bounds the size of its automaton. Whatever might come near the limit of size is built at once, so
//! that it is refused with its line.

use regex::{Regex, RegexBuilder};
use regex_syntax::ParserBuilder;
use regex_syntax::hir::{Class, Hir, HirKind};
use regex_syntax::utf8::Utf8Sequences;
use std::fmt;
use std::sync::OnceLock;

/// Ignore case, `^` and `$` also at lines, `.` also fits a newline.
pub(crate) type Flags = [bool; 3];

/// Most bytes of one expression's automaton.
const LARGEST: usize = 4 << 20;
/// Deepest nesting of one expression.
const DEEPEST: u32 = 100;
/// Bytes of an automaton for each step counted by [`steps`], more than it ever takes.
const PER_STEP: usize = 64;

/// A regular expression, found anywhere in a value.
pub(crate) struct Expression {
    text: Box<str>,
    flags: Flags,
    built: OnceLock<Option<Regex>>,
}

impl Expression {
    /// Checks `text`.
    ///
    /// # Errors
    /// When it is no regular expression, or too large a one.
    pub(crate) fn new(text: &str, flags: Flags) -> Result<Self, regex::Error> {
        let expression = Self::checked(text, flags);
        let parsed = parser(flags).build().parse(text);
        if !parsed.is_ok_and(|hir| steps(&hir).saturating_mul(PER_STEP) <= LARGEST) {
            let built = builder(text, flags).size_limit(LARGEST).build()?;
            let _ = expression.built.set(Some(built));
        }
        Ok(expression)
    }

    /// One that was checked before.
    pub(crate) fn checked(text: &str, flags: Flags) -> Self {
        Self { text: text.into(), flags, built: OnceLock::new() }
    }

    /// As written.
    pub(crate) fn text(&self) -> &str {
        &self.text
    }

    /// How it is read.
    pub(crate) fn flags(&self) -> Flags {
        self.flags
    }

    fn regex(&self) -> Option<&Regex> {
        // What was checked can be built within the limit. Were the bound of its size wrong all the
        // same, a larger automaton is better than a lost match.
        let build = || {
            let limited = builder(&self.text, self.flags).size_limit(LARGEST).build();
            limited.or_else(|_| builder(&self.text, self.flags).size_limit(8 * LARGEST).build()).ok()
        };
        self.built.get_or_init(build).as_ref()
    }

    /// Whether it is found in `value`.
    pub(crate) fn is_match(&self, value: &str) -> bool {
        self.regex().is_some_and(|regex| regex.is_match(value))
    }

    /// Where it is first found in `value`.
    pub(crate) fn find(&self, value: &str) -> Option<(usize, usize)> {
        self.regex()?.find(value).map(|m| (m.start(), m.end()))
    }
}

impl fmt::Debug for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Expression({:?}, {:?})", self.text, self.flags)
    }
}

fn builder(text: &str, [ignore_case, multi_line, dot_all]: Flags) -> RegexBuilder {
    let mut builder = RegexBuilder::new(text);
    builder.case_insensitive(ignore_case).multi_line(multi_line).dot_matches_new_line(dot_all).nest_limit(DEEPEST);
    builder
}

/// A parser that reads as that of [`builder`].
fn parser([ignore_case, multi_line, dot_all]: Flags) -> ParserBuilder {
    let mut parser = ParserBuilder::new();
    parser.case_insensitive(ignore_case).multi_line(multi_line).dot_matches_new_line(dot_all).nest_limit(DEEPEST);
    parser
}

/// An upper bound of the states and transitions of an automaton.
fn steps(hir: &Hir) -> usize {
    let sum = |parts: &[Hir]| parts.iter().fold(parts.len() + 2, |all, part| all.saturating_add(steps(part)));
    match hir.kind() {
        HirKind::Empty | HirKind::Look(_) => 2,
        HirKind::Literal(literal) => literal.0.len() + 1,
        HirKind::Class(Class::Bytes(class)) => class.ranges().len() + 2,
        // Each range of letters is some sequences of at most four bytes.
        HirKind::Class(Class::Unicode(class)) => {
            let sequences = class.iter().map(|r| Utf8Sequences::new(r.start(), r.end()).count());
            4 * sequences.sum::<usize>() + 2
        }
        HirKind::Capture(capture) => steps(&capture.sub).saturating_add(2),
        HirKind::Repetition(repetition) => {
            // Without an upper bound the last one repeats itself.
            let copies = repetition.max.unwrap_or(0).max(repetition.min).max(1);
            let times = usize::try_from(copies).unwrap_or(usize::MAX);
            steps(&repetition.sub).saturating_add(2).saturating_mul(times)
        }
        HirKind::Concat(parts) | HirKind::Alternation(parts) => sum(parts),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Whether the expression is accepted, and whether it was built for that.
    fn checked(text: &str) -> Option<bool> {
        Expression::new(text, [false; 3]).ok().map(|e| e.built.get().is_some())
    }

    #[test]
    fn mistakes_and_size_are_found_without_building() {
        assert_eq!(checked(r"(?i)\\Device\\[a-z]{1,8}$"), Some(false));
        assert_eq!(checked(r"\w{3}"), Some(false));
        assert_eq!(checked(r"(a"), None);
        assert_eq!(checked(r"a(?=b)"), None);
        assert_eq!(checked(&"(".repeat(2_000)), None);
        assert_eq!(checked(r"(?:\w{100}){100}"), None);
        assert_eq!(checked(r"((((a{999}){999}){999}){999})"), None);
        // Maybe too large, so it is built, and is not.
        assert_eq!(checked(r"[ab]{30000}"), Some(true));
    }

    #[test]
    fn what_was_checked_matches_as_it_is_written() {
        let plain = Expression::new("^b.c$", [false; 3]).expect("good");
        let flagged = Expression::new("^b.c$", [true; 3]).expect("good");
        assert!(plain.is_match("bxc") && !plain.is_match("BxC") && !plain.is_match("a\nb\nc"));
        assert!(flagged.is_match("a\nB\nC"));
        assert_eq!(flagged.find("a\nB\nC"), Some((2, 5)));
    }

    proptest! {
        /// What passes the check without being built can be built within the limit.
        #[test]
        fn the_bound_of_size_holds(text in r"([ab\.]|\\w|\\d|\(a\||\)|\[α-ω\]|\\pL|\*|\{2,9\}|\{1,40\}){1,12}", flags in any::<Flags>()) {
            if let Ok(expression) = Expression::new(&text, flags)
                && expression.built.get().is_none()
            {
                prop_assert!(builder(&text, flags).size_limit(LARGEST).build().is_ok(), "{text}");
            }
        }
    }
}
