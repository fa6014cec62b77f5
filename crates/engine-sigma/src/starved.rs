//! Whether a rule can match at all when some fields never come.
//!
//! The answer is about presence alone: a field that comes may hold any value. So a rule that is
//! called able to match may still wait for a value forever, but one that is called unable cannot
//! match, whatever the values.

use crate::expr::Expr;
use crate::leaf::{Ask, Leaf};
use crate::rule_set::{RuleIdx, RuleSet};

/// What can come of a condition: whether it may hold, and whether it may fail to hold.
#[derive(Clone, Copy)]
struct Outcomes {
    holds: bool,
    fails: bool,
}

const BOTH: Outcomes = Outcomes { holds: true, fails: true };
const NEVER: Outcomes = Outcomes { holds: false, fails: true };
const ALWAYS: Outcomes = Outcomes { holds: true, fails: false };

impl RuleSet {
    /// The fields whose absence keeps a rule from ever matching, sorted; empty when events that
    /// have only the fields for which `present` says yes can match it.
    ///
    /// A field the rule only excludes by (`and not filter`) never keeps it from matching.
    #[must_use]
    pub fn starved_of(&self, rule: RuleIdx, present: &dyn Fn(&str) -> bool) -> Vec<&str> {
        let Some(compiled) = self.rule(rule) else { return Vec::new() };
        if self.outcomes(&compiled.expr, present).holds {
            return Vec::new();
        }
        let mut missing = Vec::new();
        self.collect_missing(&compiled.expr, present, &mut missing);
        missing.sort_unstable();
        missing.dedup();
        missing
    }

    fn outcomes(&self, expr: &Expr, present: &dyn Fn(&str) -> bool) -> Outcomes {
        let of = |part: &Expr| self.outcomes(part, present);
        match expr {
            Expr::All(parts) => {
                Outcomes { holds: parts.iter().all(|p| of(p).holds), fails: parts.iter().any(|p| of(p).fails) }
            }
            Expr::Any(parts) => {
                Outcomes { holds: parts.iter().any(|p| of(p).holds), fails: parts.iter().all(|p| of(p).fails) }
            }
            Expr::AtLeast(n, parts) => Outcomes {
                holds: parts.iter().filter(|p| of(p).holds).count() >= *n,
                fails: parts.iter().filter(|p| !of(p).fails).count() < *n,
            },
            Expr::Not(part) => {
                let Outcomes { holds, fails } = of(part);
                Outcomes { holds: fails, fails: holds }
            }
            Expr::Leaf(id) => self.leaves().get(*id).map_or(BOTH, |leaf| self.leaf_outcomes(leaf, present)),
        }
    }

    fn leaf_outcomes(&self, leaf: &Leaf, present: &dyn Fn(&str) -> bool) -> Outcomes {
        let Some(field) = leaf.field else { return BOTH };
        let here = present(self.fields().name(field));
        match &leaf.ask {
            // A field that comes at times may also be absent at times.
            _ if here => match &leaf.ask {
                Ask::Reference { other, .. } if !present(self.fields().name(*other)) => NEVER,
                _ => BOTH,
            },
            Ask::Null | Ask::Exists(false) => ALWAYS,
            _ => NEVER,
        }
    }

    /// The absent fields on the paths that cannot hold.
    fn collect_missing<'a>(&'a self, expr: &Expr, present: &dyn Fn(&str) -> bool, into: &mut Vec<&'a str>) {
        match expr {
            Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                for part in parts.iter().filter(|p| !self.outcomes(p, present).holds) {
                    self.collect_missing(part, present, into);
                }
            }
            // What is negated cannot hold only where the part always does: no field is missing.
            Expr::Not(_) => {}
            Expr::Leaf(id) => {
                let Some(leaf) = self.leaves().get(*id) else { return };
                let mut named: Vec<_> = leaf.field.into_iter().collect();
                if let Ask::Reference { other, .. } = &leaf.ask {
                    named.push(*other);
                }
                into.extend(named.into_iter().map(|f| self.fields().name(f)).filter(|name| !present(name)));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::ContentFile;

    fn starved(detection: &str, present: &[&str]) -> Vec<String> {
        let text = format!("title: t\nlogsource: {{product: p}}\ndetection:\n{detection}\n");
        let (set, errors) = RuleSet::compile(&[ContentFile { path: "a.yml".into(), text }]);
        assert!(errors.is_empty(), "{errors:?}");
        let fields = set.starved_of(RuleIdx(0), &|name| present.contains(&name));
        fields.into_iter().map(str::to_owned).collect()
    }

    #[test]
    fn only_what_keeps_a_rule_from_matching_is_named() {
        let both = "    s:\n        A: 1\n        B: 2\n    condition: s";
        assert_eq!(starved(both, &["A"]), ["B"]);
        assert_eq!(starved(both, &["A", "B"]), [""; 0]);
        let either = "    s:\n        - A: 1\n        - B: 2\n    condition: s";
        assert_eq!(starved(either, &["A"]), [""; 0]);
        assert_eq!(starved(either, &[]), ["A", "B"]);
        let filtered = "    s:\n        A: 1\n    f:\n        B: 2\n    condition: s and not f";
        assert_eq!(starved(filtered, &["A"]), [""; 0], "a filter on a field that never comes filters nothing");
        let absent = "    s:\n        A: 1\n        B: null\n    condition: s";
        assert_eq!(starved(absent, &["A"]), [""; 0]);
        let keyword = "    k:\n        - word\n    condition: k";
        assert_eq!(starved(keyword, &[]), [""; 0]);
    }
}
