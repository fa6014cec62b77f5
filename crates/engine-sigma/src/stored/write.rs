//! A rule set as bytes.

use super::bytes::Writer;
use super::meta::{self, Places};
use super::question::{write_comparison, write_expr, write_leaf};
use super::read::KINDS;
use crate::correlation::{Correlation, Referred, Together};
use crate::rule_set::{Rule, RuleSet};
use base_core::{ContentError, ContentFile};

pub(super) fn write(set: &RuleSet, errors: &[ContentError], files: &[ContentFile]) -> Vec<u8> {
    let (mut to, places) = (Writer::default(), Places::new(files));
    let names: Vec<&str> = set.fields().names().collect();
    to.list(&names, |w, name| w.text(name));
    let leaves: Vec<_> = set.leaves().iter().collect();
    to.list(&leaves, |w, leaf| write_leaf(leaf, w));
    to.list(set.compiled(), |w, rule| write_rule(rule, &places, w));
    to.list(set.correlations(), |w, correlation| write_correlation(correlation, &places, w));
    to.size(set.foreign_documents());
    to.size(set.skipped_rules());
    to.list(errors, |w, error| {
        w.text(&error.file);
        w.maybe(error.line, Writer::size);
        w.text(&error.message);
        w.text(&error.remedy);
    });
    to.into_bytes()
}

fn write_rule(rule: &Rule, places: &Places<'_>, to: &mut Writer) {
    meta::write(&rule.meta, places, to);
    to.list(&rule.named, |w, (name, expr)| {
        w.text(name);
        write_expr(expr, w);
    });
    to.list(&rule.conditions, |w, condition| w.text(condition));
    write_expr(&rule.expr, to);
    to.flag(rule.standalone);
    let numbers = |w: &mut Writer, numbers: &[u32]| w.list(numbers, |w, n| w.number(u64::from(*n)));
    to.maybe(rule.needs.as_deref(), numbers);
    numbers(to, &rule.fields);
}

fn write_correlation(correlation: &Correlation, places: &Places<'_>, to: &mut Writer) {
    meta::write(&correlation.meta, places, to);
    to.size(KINDS.iter().position(|kind| *kind == correlation.kind).unwrap_or(KINDS.len()));
    to.list(&correlation.refers_to, |w, referred| match referred {
        Referred::Rule(rule) => {
            w.byte(0);
            w.size(rule.index());
        }
        Referred::Correlation(n) => {
            w.byte(1);
            w.size(*n);
        }
    });
    to.list(&correlation.group_by, |w, by| {
        w.text(&by.name);
        w.list(&by.fields, |w, field| w.text(field));
    });
    to.eight(correlation.timespan_micros.to_le_bytes());
    to.list(&correlation.conditions, |w, (comparison, n)| {
        write_comparison(*comparison, w);
        w.eight(n.to_le_bytes());
    });
    write_together(&correlation.together, to);
    to.list(&correlation.fields, |w, field| w.text(field));
    to.eight(correlation.percentile.to_le_bytes());
    to.flag(correlation.standalone);
}

fn write_together(together: &Together, to: &mut Writer) {
    let parts = |w: &mut Writer, parts: &[Together]| w.list(parts, |w, part| write_together(part, w));
    match together {
        Together::All => to.byte(0),
        Together::Each(each) => {
            to.byte(1);
            parts(to, each);
        }
        Together::OneOf(some) => {
            to.byte(2);
            parts(to, some);
        }
        Together::Rule(n) => {
            to.byte(3);
            to.size(*n);
        }
    }
}
