//! Why a rule matched, or did not: predicate by predicate.
//!
//! This is the slow, plain way: each alternative is tried by itself, so that the one that
//! fitted and its place in the value can be shown.

use crate::expr::Expr;
use crate::fold::fold;
use crate::leaf::{Alternatives, Ask, How, Leaf, LeafId, Seen as Shown};
use crate::rule_set::{RuleIdx, RuleSet};
use engine_event::{Field, Kind, LogSource, Record};
use rustc_hash::FxHashMap;
use serde::Serialize;

/// A rule held against an event.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Explanation {
    /// Whether the rule asks for events of this log source.
    pub applies: bool,
    /// Whether its condition holds (whatever the log source).
    pub matched: bool,
    /// The condition as written (several are joined by "or").
    pub conditions: Vec<String>,
    /// Every predicate, detection by detection.
    pub predicates: Vec<Predicate>,
}

/// One predicate: a field and what is asked of it.
#[derive(Clone, Debug, Serialize)]
pub struct Predicate {
    /// Name of the detection it stands in.
    pub detection: String,
    /// Field; `None` for keywords.
    pub field: Option<String>,
    /// Modifiers as written (`contains|all`), `exists`, `null`, or `equals`.
    pub op: String,
    /// Alternatives as written in the rule.
    pub patterns: Vec<String>,
    /// Whether it holds.
    pub matched: bool,
    /// Whether it made the rule match: it holds, its detection holds, and is not negated.
    pub decisive: bool,
    /// What fitted.
    pub seen: Vec<Seen>,
}

/// A value that fitted a pattern.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Seen {
    /// Field of the event; empty for the raw message.
    pub field: String,
    /// The value.
    pub value: String,
    /// The pattern it fitted.
    pub pattern: String,
    /// Bytes of `value` that fitted: from, and to (exclusive).
    pub span: (usize, usize),
}

/// Whether a leaf holds, and what fitted.
type Answer = (bool, Vec<Seen>);
type Answers = FxHashMap<LeafId, Answer>;

/// Most fitting values told per predicate.
const MAX_SEEN: usize = 20;

impl RuleSet {
    /// Holds one rule against one event and tells the result of every predicate.
    /// `None` when there is no such rule.
    #[must_use]
    pub fn explain(
        &self,
        rule: RuleIdx,
        source: &LogSource,
        record: &Record,
        raw: Option<&str>,
    ) -> Option<Explanation> {
        let compiled = self.rule(rule)?;
        // Each leaf is looked at once, however often the condition names it.
        let mut known = Answers::default();
        let mut ask = |leaf: LeafId| self.answer(leaf, record, raw, &mut known).0;
        let matched = compiled.expr.holds(&mut ask);
        let mut decisive = Vec::new();
        if matched {
            collect_decisive(&compiled.expr, &mut ask, &mut decisive);
        }
        let mut predicates = Vec::new();
        for (detection, expr) in &compiled.named {
            let mut told = Vec::new();
            expr.for_each_leaf(&mut |id| {
                let Some(leaf) = self.leaves().get(id).filter(|_| !told.contains(&id)) else { return };
                told.push(id);
                let (matched, seen) = self.answer(id, record, raw, &mut known).clone();
                predicates.push(Predicate {
                    detection: detection.to_string(),
                    field: leaf.field.map(|f| self.fields().name(f).to_owned()),
                    op: op(leaf).to_owned(),
                    patterns: self.patterns(leaf),
                    matched,
                    decisive: matched && decisive.contains(&id),
                    seen,
                });
            });
        }
        let conditions = compiled.conditions.clone();
        Some(Explanation { applies: self.applies(rule, source), matched, conditions, predicates })
    }

    fn answer<'a>(&self, id: LeafId, record: &Record, raw: Option<&str>, known: &'a mut Answers) -> &'a Answer {
        known.entry(id).or_insert_with(|| self.leaves().get(id).map(|l| self.seen(l, record, raw)).unwrap_or_default())
    }

    fn patterns(&self, leaf: &Leaf) -> Vec<String> {
        match &leaf.ask {
            Ask::Null => vec!["null".to_owned()],
            Ask::Exists(wanted) => vec![wanted.to_string()],
            Ask::Reference { other, .. } => vec![self.fields().name(*other).to_owned()],
            Ask::Any(alternatives) => {
                // Variants of one written value (dashes, Base64 shifts) show as that value.
                let mut shown: Vec<String> = alternatives.items.iter().map(|i| i.shown.to_string()).collect();
                shown.dedup();
                shown
            }
        }
    }

    fn seen(&self, leaf: &Leaf, record: &Record, raw: Option<&str>) -> Answer {
        let name = leaf.field.map(|f| self.fields().name(f));
        let values: Vec<Field<'_>> = match name {
            Some(name) => record.get_all(name).collect(),
            None => record
                .iter()
                .chain(raw.map(|text| Field { name: "", text, kind: Kind::Text, in_list: false }))
                .collect(),
        };
        let told = |field: &Field<'_>, pattern: &str, span| Seen {
            field: field.name.to_owned(),
            value: field.text.to_owned(),
            pattern: pattern.to_owned(),
            span,
        };
        match &leaf.ask {
            Ask::Null => (values.iter().all(|v| v.kind == Kind::Null), Vec::new()),
            Ask::Exists(wanted) => {
                let seen = values.iter().take(1).map(|v| told(v, "exists", (0, v.text.len()))).collect();
                (values.is_empty() != *wanted, seen)
            }
            Ask::Reference { other, how, cased } => {
                let other = self.fields().name(*other);
                let others: Vec<Field<'_>> = record.get_all(other).filter(|f| f.kind != Kind::Null).collect();
                let fits = |v: &&Field<'_>| {
                    v.kind != Kind::Null && others.iter().any(|o| refers(*how, *cased, v.text, o.text))
                };
                let seen: Vec<Seen> = values.iter().filter(fits).map(|v| told(v, other, (0, v.text.len()))).collect();
                (!seen.is_empty(), seen)
            }
            Ask::Any(alternatives) => {
                let mut seen = Vec::new();
                for value in values.iter().filter(|v| v.kind != Kind::Null) {
                    seen.extend(fitting(alternatives, value).map(|(pattern, span)| told(value, pattern, span)));
                    seen.truncate(MAX_SEEN);
                }
                (!seen.is_empty(), seen)
            }
        }
    }
}

fn fitting<'a>(
    alternatives: &'a Alternatives,
    value: &'a Field<'_>,
) -> impl Iterator<Item = (&'a str, (usize, usize))> {
    let folded = fold(value.text);
    alternatives.items.iter().filter_map(move |item| {
        let shown = Shown { text: value.text, folded: &folded, kind: value.kind };
        item.test.matches(shown).then(|| (&*item.shown, item.test.span(value.text)))
    })
}

fn refers(how: How, cased: bool, this: &str, other: &str) -> bool {
    if cased { how.holds(this, other) } else { how.holds(&fold(this), &fold(other)) }
}

fn op(leaf: &Leaf) -> &str {
    match (&leaf.ask, &*leaf.modifiers) {
        (Ask::Null, _) => "null",
        (_, "") if leaf.field.is_none() => "keyword",
        (_, "") => "equals",
        (_, modifiers) => modifiers,
    }
}

/// The leaves that hold on a path without negation to the top.
fn collect_decisive(expr: &Expr, ask: &mut impl FnMut(LeafId) -> bool, out: &mut Vec<LeafId>) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
            for part in parts {
                if part.holds(ask) {
                    collect_decisive(part, ask, out);
                }
            }
        }
        Expr::Leaf(id) => out.push(*id),
        Expr::Not(_) => {}
    }
}
