//! A rule set from bytes: everything is looked at before it is believed.

use super::bytes::Reader;
use super::meta::Metas;
use super::question::{read_comparison, read_expr, read_leaf};
use crate::correlation::{Correlation, CorrelationKind, GroupBy, Referred, Together};
use crate::expr::{Fields, Leaves};
use crate::options::CompileOptions;
use crate::rule_set::{Rule, RuleIdx, RuleSet};
use base_core::{ContentError, ContentFile};
use std::sync::Arc;

/// The kinds of correlations, by number.
pub(super) const KINDS: [CorrelationKind; 8] = [
    CorrelationKind::EventCount,
    CorrelationKind::ValueCount,
    CorrelationKind::Temporal,
    CorrelationKind::TemporalOrdered,
    CorrelationKind::ValueSum,
    CorrelationKind::ValueAvg,
    CorrelationKind::ValuePercentile,
    CorrelationKind::ValueShare,
];

/// Deepest nesting of a combination of rules.
const DEEPEST: usize = 100;

pub(super) fn read(
    bytes: &[u8],
    files: &[ContentFile],
    options: &CompileOptions,
) -> Option<(RuleSet, Vec<ContentError>)> {
    let mut from = Reader::new(bytes);
    let mut fields = Fields::default();
    for (n, name) in from.list(|r| r.text())?.into_iter().enumerate() {
        if fields.number(name) as usize != n {
            return None;
        }
    }
    let leaves = from.list(|r| read_leaf(r, fields.len()))?;
    let mut metas = Metas::new(files);
    let mut set = RuleSet::empty(options.routing);
    let rules = from.list(|r| read_rule(r, &mut metas, leaves.len(), fields.len()))?;
    let mut correlations = Vec::new();
    for _ in 0..from.size()? {
        correlations.push(read_correlation(&mut from, &mut metas, rules.len(), correlations.len())?);
    }
    let (foreign, skipped) = (from.size()?, from.size()?);
    let error = |r: &mut Reader<'_>| {
        let (file, line) = (r.owned()?, r.maybe(Reader::size)?);
        Some(ContentError { file, line, message: r.owned()?, remedy: r.owned()? })
    };
    let errors = from.list(error)?;
    set.fill(fields, Leaves::of_distinct(leaves), rules, correlations, [foreign, skipped]);
    from.is_at_end().then_some((set, errors))
}

fn read_rule(from: &mut Reader<'_>, metas: &mut Metas<'_>, leaves: usize, fields: usize) -> Option<Rule> {
    let meta = Arc::new(metas.read(from)?);
    let named = from.list(|r| Some((r.text()?.into(), read_expr(r, leaves, 0)?)))?;
    let conditions = from.list(Reader::owned)?;
    let expr = read_expr(from, leaves, 0)?;
    let standalone = from.flag()?;
    let needs = from.maybe(|r| r.list(|r| r.below(leaves)))?.map(Vec::into_boxed_slice);
    let asked = from.list(|r| r.below(fields))?.into_boxed_slice();
    Some(Rule::stored(meta, named, conditions, expr, standalone, needs, asked))
}

fn read_correlation(from: &mut Reader<'_>, metas: &mut Metas<'_>, rules: usize, earlier: usize) -> Option<Correlation> {
    let meta = Arc::new(metas.read(from)?);
    let kind = *KINDS.get(from.size()?)?;
    let referred = |r: &mut Reader<'_>| match r.byte()? {
        0 => r.below(rules).map(|n| Referred::Rule(RuleIdx(n))),
        // Each stands after those it refers to.
        1 => r.below(earlier).map(|n| Referred::Correlation(n as usize)),
        _ => None,
    };
    let refers_to = from.list(referred)?;
    let group_by = from.list(|r| {
        let (name, fields) = (r.owned()?, r.list(Reader::owned)?);
        (fields.len() == refers_to.len()).then_some(GroupBy { name, fields })
    })?;
    let timespan_micros = from.eight().map(i64::from_le_bytes).filter(|span| *span > 0)?;
    let conditions = from.list(|r| Some((read_comparison(r)?, r.decimal()?)))?;
    let together = read_together(from, refers_to.len(), 0)?;
    let (fields, percentile, standalone) = (from.list(Reader::owned)?, from.decimal()?, from.flag()?);
    Some(Correlation {
        meta,
        kind,
        refers_to,
        group_by,
        timespan_micros,
        conditions,
        together,
        fields,
        percentile,
        standalone,
    })
}

fn read_together(from: &mut Reader<'_>, rules: usize, depth: usize) -> Option<Together> {
    if depth > DEEPEST {
        return None;
    }
    let part = |r: &mut Reader<'_>| read_together(r, rules, depth + 1);
    Some(match from.byte()? {
        0 => Together::All,
        1 => Together::Each(from.list(part)?),
        2 => Together::OneOf(from.list(part)?),
        3 => Together::Rule(from.below(rules)? as usize),
        _ => return None,
    })
}
