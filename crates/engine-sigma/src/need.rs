//! What an event must say for a rule to have any chance.
//!
//! For each rule one set of leaves is chosen such that the rule can only match when at least
//! one of them holds. Only rules with such a leaf are looked at ([`crate::program`]), and
//! those without any such set.

use crate::expr::{Expr, Leaves};
use crate::leaf::{Ask, Leaf, LeafId, Test};
use crate::pattern::Place;

/// The cheapest set of needed leaves of a condition; `None` when there is none.
pub(crate) fn choose(expr: &Expr, leaves: &Leaves, popularity: &[u32]) -> Option<Vec<LeafId>> {
    match expr {
        Expr::All(parts) => parts
            .iter()
            .filter_map(|p| choose(p, leaves, popularity))
            .map(|needs| (needs.iter().map(|id| cost(*id, leaves, popularity)).sum::<f64>(), needs))
            .min_by(|a, b| a.0.total_cmp(&b.0))
            .map(|(_, needs)| needs),
        Expr::Any(parts) | Expr::AtLeast(_, parts) => {
            let mut all = Vec::new();
            for part in parts {
                all.extend(choose(part, leaves, popularity)?);
            }
            Some(all)
        }
        Expr::Not(_) => None,
        // These hold for events that do not have the field.
        Expr::Leaf(id) => match leaves.get(*id)?.ask {
            Ask::Null | Ask::Exists(false) => None,
            _ => Some(vec![*id]),
        },
    }
}

/// A guess at how many events make a leaf hold, in events per event. A leaf of many rules
/// is likely common in events too.
fn cost(id: LeafId, leaves: &Leaves, popularity: &[u32]) -> f64 {
    let rules = popularity.get(id as usize).copied().unwrap_or(0);
    leaves.get(id).map_or(1.0, rarity) + 0.001 * f64::from(rules)
}

fn rarity(leaf: &Leaf) -> f64 {
    let Ask::Any(alternatives) = &leaf.ask else { return 1.0 };
    let each = alternatives.items.iter().map(|item| match &item.test {
        Test::Number(_) => 0.01,
        Test::Pattern { pattern, .. } => match pattern.literal() {
            Some((_, Place::Whole)) => 0.01,
            Some((text, _)) => match text.len() {
                0 | 1 => 0.8,
                2 => 0.2,
                3 | 4 => 0.05,
                5..=7 => 0.01,
                _ => 0.005,
            },
            None => 1.0,
        },
        _ => 1.0,
    });
    each.sum::<f64>().min(1.0)
}

/// Puts cheap and telling parts of "and" and "or" first. Order does not change the answer.
pub(crate) fn order(expr: &mut Expr, leaves: &Leaves) {
    match expr {
        Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
            parts.iter_mut().for_each(|p| order(p, leaves));
            parts.sort_by_cached_key(|p| weight(p, leaves));
        }
        Expr::Not(part) => order(part, leaves),
        Expr::Leaf(_) => {}
    }
}

fn weight(expr: &Expr, leaves: &Leaves) -> usize {
    match expr {
        Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => parts.iter().map(|p| weight(p, leaves)).sum(),
        Expr::Not(part) => weight(part, leaves) + 1,
        Expr::Leaf(id) => match leaves.get(*id).map(|l| (l.field, &l.ask)) {
            Some((_, Ask::Null | Ask::Exists(_))) => 1,
            Some((_, Ask::Reference { .. })) => 10,
            Some((field, Ask::Any(a))) => {
                let slow = a.items.iter().filter(|i| matches!(i.test, Test::Regex(_))).count();
                // A keyword looks at every value of the event.
                (2 + a.items.len() / 4 + slow * 30) * if field.is_none() { 20 } else { 1 }
            }
            None => 0,
        },
    }
}
