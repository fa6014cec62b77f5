//! Detections and conditions of a rule, compiled to one tree.

use crate::expr::Expr;
use crate::fault::{Fault, Outcome};
use crate::item::{Context, compile_item};
use rsigma_parser::{ConditionExpr, Detection, DetectionItem, Detections, FieldSpec, Quantifier, SelectorPattern};

/// Named detections of a rule, in the order of their names.
pub(crate) type Named = Vec<(Box<str>, Expr)>;

/// How names of detections start that a pipeline added: no pattern of the rule may find them.
pub(crate) const ADDED: &str = "pipeline: ";

/// Compiles every named detection, then the condition (several are joined by "or").
pub(crate) fn compile_detections(detections: &Detections, cx: &mut Context<'_>) -> Outcome<(Named, Expr)> {
    let mut names: Vec<&String> = detections.named.keys().collect();
    names.sort();
    let mut named = Named::with_capacity(names.len());
    for name in names {
        let Some(detection) = detections.named.get(name) else { continue };
        let expr = compile_detection(detection, cx).map_err(|f| f.near(format!("{name}:")))?;
        named.push((name.as_str().into(), expr));
    }
    if detections.conditions.is_empty() {
        return Err(Fault::new("the condition is empty", "write `condition: selection`").near("condition:"));
    }
    let mut room = LARGEST;
    let conditions: Outcome<Vec<Expr>> =
        detections.conditions.iter().map(|c| compile_condition(c, &named, &mut room)).collect();
    Ok((named, Expr::any(conditions.map_err(|f| f.near("condition:"))?)))
}

/// Most questions of one condition, repeated ones included: `1 of them or 1 of them …` over
/// thousands of detections would otherwise fill the memory.
const LARGEST: usize = 500_000;

/// A copy of a named detection, as long as there is room for it.
fn take(expr: &Expr, room: &mut usize) -> Outcome<Expr> {
    let mut size = 1;
    expr.for_each_leaf(&mut |_| size += 1);
    *room = room.checked_sub(size).ok_or_else(|| {
        Fault::new(
            format!("the condition asks more than {LARGEST} questions"),
            "name each detection once, and put long lists of values into one field",
        )
    })?;
    Ok(expr.clone())
}

fn compile_detection(detection: &Detection, cx: &mut Context<'_>) -> Outcome<Expr> {
    match detection {
        Detection::AllOf(items) if items.is_empty() => {
            Err(Fault::new("a selection is empty", "give it at least one field, or remove it"))
        }
        Detection::AllOf(items) => items.iter().map(|i| compile_item(i, cx)).collect::<Outcome<_>>().map(Expr::all),
        Detection::AnyOf(parts) | Detection::And(parts) if parts.is_empty() => {
            Err(Fault::new("a selection is an empty list", "give it at least one entry, or remove it"))
        }
        Detection::AnyOf(parts) => {
            parts.iter().map(|p| compile_detection(p, cx)).collect::<Outcome<_>>().map(Expr::any)
        }
        Detection::And(parts) => parts.iter().map(|p| compile_detection(p, cx)).collect::<Outcome<_>>().map(Expr::all),
        Detection::Keywords(values) => {
            let item = DetectionItem { field: FieldSpec::new(None, Vec::new()), values: values.clone() };
            compile_item(&item, cx)
        }
        Detection::ArrayMatch { field, .. } => Err(Fault::new(
            format!("`{field}[…]` matches elements of a list, which came after Sigma 2.1"),
            "name the field without brackets: any element of a list may then match",
        )),
        Detection::Conditional { .. } => Err(Fault::new(
            "a condition inside a selection came after Sigma 2.1",
            "move it to the condition of the rule",
        )),
    }
}

/// Compiles a condition over named detections.
fn compile_condition(condition: &ConditionExpr, named: &Named, room: &mut usize) -> Outcome<Expr> {
    let mut each =
        |parts: &[ConditionExpr]| parts.iter().map(|p| compile_condition(p, named, room)).collect::<Outcome<Vec<_>>>();
    match condition {
        ConditionExpr::And(parts) => each(parts).map(Expr::all),
        ConditionExpr::Or(parts) => each(parts).map(Expr::any),
        ConditionExpr::Not(part) => compile_condition(part, named, room).map(Expr::not),
        ConditionExpr::Identifier(name) => {
            let found = named.iter().find(|(n, _)| **n == **name).ok_or_else(|| {
                Fault::new(
                    format!("the condition names `{name}`, which the rule does not define"),
                    "define it under detection, or correct the name",
                )
            })?;
            take(&found.1, room)
        }
        ConditionExpr::Selector { quantifier, pattern } => select(quantifier, pattern, named, room),
    }
}

fn select(quantifier: &Quantifier, pattern: &SelectorPattern, named: &Named, room: &mut usize) -> Outcome<Expr> {
    let fits = |name: &str| match pattern {
        // Names that start with an underscore are left out of "them" by convention.
        SelectorPattern::Them => !name.starts_with('_'),
        SelectorPattern::Pattern(p) => name_matches(p, name),
    };
    let own = named.iter().filter(|(name, _)| !name.starts_with(ADDED) && fits(name));
    let chosen: Vec<Expr> = own.map(|(_, e)| take(e, room)).collect::<Outcome<_>>()?;
    if chosen.is_empty() {
        return Err(Fault::new(
            format!("`{quantifier} of {pattern}` finds no detection"),
            "define one whose name fits, or correct the pattern",
        ));
    }
    match quantifier {
        Quantifier::Any => Ok(Expr::any(chosen)),
        Quantifier::All => Ok(Expr::all(chosen)),
        Quantifier::Count(n) => match usize::try_from(*n) {
            Ok(n) if (1..=chosen.len()).contains(&n) => Ok(Expr::AtLeast(n, chosen.into())),
            _ => Err(Fault::new(
                format!("`{quantifier} of {pattern}` can never hold: {} fit the pattern", chosen.len()),
                "correct the number",
            )),
        },
    }
}

/// Whether a detection's name fits `pattern`, whose `*` stand for any number of characters
/// at any place (rules specification 2.1, "1/all of search-identifier-pattern").
pub(crate) fn name_matches(pattern: &str, name: &str) -> bool {
    let mut parts = pattern.split('*');
    let Some(mut rest) = parts.next().and_then(|first| name.strip_prefix(first)) else { return false };
    let mut parts = parts.peekable();
    if parts.peek().is_none() {
        return rest.is_empty();
    }
    while let Some(part) = parts.next() {
        if parts.peek().is_none() {
            return rest.ends_with(part);
        }
        match rest.find(part) {
            Some(at) => rest = rest.get(at + part.len()..).unwrap_or_default(),
            None => return false,
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::name_matches;

    #[test]
    fn stars_stand_anywhere_in_names() {
        for (pattern, name, fits) in [
            ("selection*", "selection_img", true),
            ("*_main", "filter_main", true),
            ("sel*_a*", "selection_b_a_c", true),
            ("sel*", "filter", false),
            ("a*a", "a", false),
            ("*", "anything", true),
            ("selection", "selection_a", false),
        ] {
            assert_eq!(name_matches(pattern, name), fits, "{pattern} {name}");
        }
    }
}
