//! What an event must contain for a rule to have any chance: the literals of the prefilter.
//!
//! For each rule one set of needs is chosen such that the rule can only match when at least
//! one of them is met. Programs ([`crate::program`]) look for the needs of all rules at once
//! and evaluate only rules one of whose needs was met, plus those without needs.

use crate::expr::{Expr, Leaves};
use crate::fold::fold;
use crate::leaf::{Ask, FieldId, Leaf, LeafId, Test};
use crate::number::Number;
use crate::pattern::Place;
use rustc_hash::FxHashMap;

/// One thing to look for.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Need {
    /// A folded text in the values of a field, or (without a field) anywhere in the event.
    Text { field: Option<FieldId>, text: Box<str>, place: Place },
    /// The field is there.
    Present(FieldId),
}

/// How many rules name each text: a text in many rules is likely common in events too.
pub(crate) type Popularity = FxHashMap<Need, u32>;

/// Counts the needs of the leaves of a rule.
pub(crate) fn count(expr: &Expr, leaves: &Leaves, popularity: &mut Popularity) {
    expr.for_each_leaf(&mut |id: LeafId| {
        for need in leaves.get(id).and_then(of_leaf).unwrap_or_default() {
            *popularity.entry(need).or_default() += 1;
        }
    });
}

/// The cheapest set of needs of a condition; `None` when there is none.
pub(crate) fn choose(expr: &Expr, leaves: &Leaves, popularity: &Popularity) -> Option<Vec<Need>> {
    match expr {
        Expr::All(parts) => parts
            .iter()
            .filter_map(|p| choose(p, leaves, popularity))
            .map(|needs| (cost(&needs, popularity), needs))
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
        Expr::Leaf(id) => of_leaf(leaves.get(*id)?),
    }
}

/// A guess at how many events meet one of `needs`, in events per event.
fn cost(needs: &[Need], popularity: &Popularity) -> f64 {
    let each = needs.iter().map(|need| {
        let rarity = match need {
            Need::Present(_) => return 1.0,
            Need::Text { place: Place::Whole, .. } => 0.01,
            Need::Text { text, .. } => match text.len() {
                0 | 1 => 0.8,
                2 => 0.2,
                3 | 4 => 0.05,
                5..=7 => 0.01,
                _ => 0.005,
            },
        };
        rarity + 0.001 * f64::from(popularity.get(need).copied().unwrap_or(0))
    });
    each.sum()
}

fn of_leaf(leaf: &Leaf) -> Option<Vec<Need>> {
    let present = || leaf.field.map(|f| vec![Need::Present(f)]);
    match &leaf.ask {
        Ask::Null | Ask::Exists(false) => None,
        Ask::Exists(true) | Ask::Reference { .. } => present(),
        Ask::Any(alternatives) => {
            let mut needs = Vec::with_capacity(alternatives.items.len());
            for item in &alternatives.items {
                let (text, place) = match &item.test {
                    Test::Pattern { pattern, cased } => match pattern.literal() {
                        Some((text, place)) if !text.is_empty() || place == Place::Whole => {
                            (if *cased { fold(text) } else { text.to_owned() }, place)
                        }
                        _ => return present(),
                    },
                    Test::Number(Number::Int(n)) => (n.to_string(), Place::Whole),
                    _ => return present(),
                };
                needs.push(Need::Text { field: leaf.field, text: text.into(), place });
            }
            Some(needs)
        }
    }
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
