//! The leaves of a rule: one question about one field.
//!
//! A question is asked of every value of the field and answered yes when one value says yes
//! (lists in an event are several values). Alternatives in the rule are joined by "or".

use crate::expression::Expression;
use crate::number::{Comparison, Number};
use crate::pattern::Pattern;
use crate::time_part::TimePart;
use aho_corasick::AhoCorasick;
use engine_event::Kind;
use ipnet::IpNet;
use rustc_hash::FxHashSet;
use std::net::IpAddr;
use std::sync::OnceLock;

/// Number of a field name in the rule set.
pub(crate) type FieldId = u32;

/// Number of a leaf in the rule set.
pub(crate) type LeafId = u32;

/// One question about one field, or (without a field) about all values and the raw message.
#[derive(Debug)]
pub(crate) struct Leaf {
    pub(crate) field: Option<FieldId>,
    pub(crate) ask: Ask,
    /// Modifiers as written, joined with `|`; empty when there are none.
    pub(crate) modifiers: Box<str>,
}

impl Leaf {
    /// Whether the tables of a [`crate::lens::Lens`] may leave it undecided for a value.
    pub(crate) fn is_open(&self) -> bool {
        match &self.ask {
            Ask::Reference { .. } => true,
            Ask::Any(a) => self.field.is_some() && a.items.iter().any(|i| matches!(i.test, Test::Regex(_))),
            Ask::Null | Ask::Exists(_) => false,
        }
    }

    /// Gives its fields the numbers that `new` has for them.
    pub(crate) fn renumber_fields(&mut self, new: &impl Fn(FieldId) -> FieldId) {
        self.field = self.field.map(new);
        if let Ask::Reference { other, .. } = &mut self.ask {
            *other = new(*other);
        }
    }

    /// Whether it compares two fields.
    pub(crate) fn is_reference(&self) -> bool {
        matches!(self.ask, Ask::Reference { .. })
    }
}

/// What is asked.
#[derive(Debug)]
pub(crate) enum Ask {
    /// The field is absent or null.
    Null,
    /// The field is there (whatever its value), or is not.
    Exists(bool),
    /// A value of this field fits a value of another.
    Reference { other: FieldId, how: How, cased: bool },
    /// One of the alternatives fits.
    Any(Alternatives),
}

/// How the text of another field must lie in this one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// The same text.
    Equals,
    /// This field contains it.
    Contains,
    /// This field starts with it.
    StartsWith,
    /// This field ends with it.
    EndsWith,
}

/// One alternative, and how the rule wrote it.
#[derive(Debug)]
pub(crate) struct Item {
    pub(crate) shown: Box<str>,
    pub(crate) test: Test,
}

/// A test of one value.
#[derive(Debug)]
pub(crate) enum Test {
    /// Wildcard pattern.
    Pattern { pattern: Pattern, cased: bool },
    /// The same number.
    Number(Number),
    /// A comparison of numbers.
    Compare(Comparison, Number),
    /// Regular expression, found anywhere.
    Regex(Box<Expression>),
    /// Address in a network.
    Cidr(IpNet),
    /// Part of a date.
    Time(TimePart, Comparison, Number),
}

/// A value of an event in the forms that tests need.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Seen<'a> {
    pub(crate) text: &'a str,
    pub(crate) folded: &'a str,
    pub(crate) kind: Kind,
}

/// From this many text alternatives on they are searched together.
const TOGETHER: usize = 5;

/// Alternatives joined by "or", with quick ways for long lists.
#[derive(Debug)]
pub(crate) struct Alternatives {
    pub(crate) items: Box<[Item]>,
    /// Made when first needed: most leaves are never tested one by one.
    groups: OnceLock<Groups>,
}

/// Alternatives by the way they are tested.
#[derive(Debug)]
struct Groups {
    /// Folded texts that must be equal, when there are many.
    equal: FxHashSet<Box<str>>,
    /// Texts that must stand inside, when there are many.
    inside: Option<AhoCorasick>,
    /// Items tested one by one.
    rest: Box<[u32]>,
}

impl Groups {
    fn of(items: &[Item]) -> Self {
        let (mut equal, mut inside, mut rest) = (Vec::new(), Vec::new(), Vec::new());
        for (n, item) in (0_u32..).zip(items) {
            match &item.test {
                Test::Pattern { pattern: Pattern::Equals(text), cased: false } => equal.push((n, text)),
                Test::Pattern { pattern: Pattern::Contains(needle), cased: false } => inside.push((n, needle)),
                _ => rest.push(n),
            }
        }
        if equal.len() < TOGETHER {
            rest.extend(equal.drain(..).map(|(n, _)| n));
        }
        let mut automaton = None;
        if inside.len() >= TOGETHER {
            automaton = AhoCorasick::builder().build(inside.iter().map(|(_, needle)| needle.text())).ok();
        }
        if automaton.is_none() {
            rest.extend(inside.iter().map(|(n, _)| n));
        }
        Self { equal: equal.into_iter().map(|(_, text)| text.clone()).collect(), inside: automaton, rest: rest.into() }
    }
}

impl Alternatives {
    pub(crate) fn new(items: Vec<Item>) -> Self {
        Self { items: items.into(), groups: OnceLock::new() }
    }

    /// Whether one of the alternatives fits `seen`, which is not null.
    pub(crate) fn matches(&self, seen: Seen<'_>) -> bool {
        if let [only] = &*self.items {
            return only.test.matches(seen);
        }
        let groups = self.groups.get_or_init(|| Groups::of(&self.items));
        (!groups.equal.is_empty() && groups.equal.contains(seen.folded))
            || groups.inside.as_ref().is_some_and(|automaton| automaton.is_match(seen.folded))
            || groups.rest.iter().any(|n| self.items.get(*n as usize).is_some_and(|i| i.test.matches(seen)))
    }
}

impl Test {
    /// Whether the test fits `seen`, which is not null.
    pub(crate) fn matches(&self, seen: Seen<'_>) -> bool {
        match self {
            Test::Pattern { pattern, cased: true } => pattern.matches(seen.text),
            Test::Pattern { pattern, cased: false } => pattern.matches(seen.folded),
            Test::Number(n) => same_number(*n, seen),
            Test::Compare(op, n) => Number::parse(seen.text).and_then(|v| v.compare(*n)).is_some_and(|o| op.holds(o)),
            Test::Regex(re) => re.is_match(seen.text),
            Test::Cidr(net) => address(seen.text).is_some_and(|a| net.contains(&a)),
            Test::Time(part, op, n) => {
                part.of(seen.text).and_then(|v| Number::Int(v).compare(*n)).is_some_and(|o| op.holds(o))
            }
        }
    }

    /// The bytes of `text` that made the test fit; the whole value where nothing narrower is known.
    pub(crate) fn span(&self, text: &str) -> (usize, usize) {
        let whole = (0, text.len());
        match self {
            Test::Pattern { pattern, cased } => pattern.span(text, *cased).unwrap_or(whole),
            Test::Regex(re) => re.find(text).unwrap_or(whole),
            _ => whole,
        }
    }
}

/// A number in a rule equals its decimal text; a value that is a number in the event also
/// equals it when written differently (`1.0` and `1`).
fn same_number(n: Number, seen: Seen<'_>) -> bool {
    if seen.kind != Kind::Number && !seen.text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
        return false;
    }
    match Number::parse(seen.text) {
        Some(v) if seen.kind == Kind::Number => v.compare(n).is_some_and(std::cmp::Ordering::is_eq),
        Some(v @ Number::Int(i)) => {
            // A text of digits counts when it is the plain decimal form: `007` is not 7.
            v.compare(n).is_some_and(std::cmp::Ordering::is_eq) && i.to_string() == seen.text
        }
        Some(v @ Number::Float(_)) => {
            matches!(n, Number::Float(_)) && v.compare(n).is_some_and(std::cmp::Ordering::is_eq)
        }
        None => false,
    }
}

/// An IP address as logs write it: also in brackets, with a zone, or IPv4 inside IPv6.
fn address(text: &str) -> Option<IpAddr> {
    let text = text.trim();
    let text = text.strip_prefix('[').and_then(|t| t.strip_suffix(']')).unwrap_or(text);
    let text = text.split_once('%').map_or(text, |(head, _)| head);
    text.parse::<IpAddr>().ok().map(|a| a.to_canonical())
}

impl How {
    /// Whether `other` lies in `this` in this way.
    pub(crate) fn holds(self, this: &str, other: &str) -> bool {
        match self {
            How::Equals => this == other,
            How::Contains => this.contains(other),
            How::StartsWith => this.starts_with(other),
            How::EndsWith => this.ends_with(other),
        }
    }
}
