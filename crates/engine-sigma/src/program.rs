//! The prefilter of one class of events: which rules are worth evaluating.

use crate::leaf::FieldId;
use crate::need::Need;
use crate::pattern::Place;
use crate::scan::{Ends, Scanner};
use engine_event::{Field, Kind};
use rustc_hash::FxHashMap;

/// Number of a rule in its set.
pub(crate) type RuleNumber = u32;

/// What to look for in events of one class, and which rules each find makes worth evaluating.
#[derive(Debug)]
pub(crate) struct Program {
    /// Rules of the class without needs.
    pub(crate) always: Box<[RuleNumber]>,
    /// Fields that rules of the class name, by the hash of their name.
    slots: FxHashMap<u32, Box<[Slot]>>,
    /// Needs that may be met anywhere in the event.
    pub(crate) anywhere: Option<Probe>,
    /// How many rules apply to the class.
    pub(crate) rules: usize,
}

/// A field that rules of the class name.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) field: FieldId,
    pub(crate) name: Box<str>,
    pub(crate) probe: Option<Probe>,
    /// Rules that need the field to be there.
    pub(crate) present: Box<[RuleNumber]>,
}

/// Texts looked for in one value.
#[derive(Debug)]
pub(crate) struct Probe {
    whole: FxHashMap<Box<str>, Box<[RuleNumber]>>,
    starts: Ends,
    ends: Ends,
    inside: Option<Scanner>,
    /// The rules that each literal makes worth evaluating.
    rules: Vec<Box<[RuleNumber]>>,
    /// As above, for literals that may stand anywhere.
    inside_rules: Vec<Box<[RuleNumber]>>,
}

impl Program {
    /// Makes the program of `rules`: number, needs, and the fields its leaves name.
    pub(crate) fn build<'a>(
        rules: impl Iterator<Item = (RuleNumber, Option<&'a [Need]>, &'a [FieldId])>,
        name_of: impl Fn(FieldId) -> (u32, &'a str),
    ) -> Self {
        let (mut always, mut count) = (Vec::new(), 0);
        let mut gathered: FxHashMap<Option<FieldId>, Gathered> = FxHashMap::default();
        for (rule, needs, fields) in rules {
            count += 1;
            for field in fields {
                gathered.entry(Some(*field)).or_default();
            }
            match needs {
                None => always.push(rule),
                Some(needs) => needs.iter().for_each(|need| match need {
                    Need::Present(field) => gathered.entry(Some(*field)).or_default().present.push(rule),
                    Need::Text { field, text, place } => {
                        gathered.entry(*field).or_default().texts.entry((text.clone(), *place)).or_default().push(rule);
                    }
                }),
            }
        }
        let anywhere = gathered.remove(&None).and_then(|g| Probe::build(g.texts));
        let mut slots: FxHashMap<u32, Vec<Slot>> = FxHashMap::default();
        for (field, found) in gathered {
            let Some(field) = field else { continue };
            let (hash, name) = name_of(field);
            let present = found.present.into();
            slots.entry(hash).or_default().push(Slot {
                field,
                name: name.into(),
                probe: Probe::build(found.texts),
                present,
            });
        }
        let slots = slots.into_iter().map(|(hash, slots)| (hash, slots.into())).collect();
        Self { always: always.into(), slots, anywhere, rules: count }
    }

    /// The slot of a field of an event, if a rule of the class names it.
    pub(crate) fn slot(&self, hash: u32, name: &str) -> Option<&Slot> {
        self.slots.get(&hash)?.iter().find(|s| *s.name == *name)
    }
}

#[derive(Default)]
struct Gathered {
    texts: FxHashMap<(Box<str>, Place), Vec<RuleNumber>>,
    present: Vec<RuleNumber>,
}

impl Probe {
    fn build(texts: FxHashMap<(Box<str>, Place), Vec<RuleNumber>>) -> Option<Self> {
        if texts.is_empty() {
            return None;
        }
        let mut made = Self {
            whole: FxHashMap::default(),
            starts: Ends::default(),
            ends: Ends::default(),
            inside: None,
            rules: Vec::new(),
            inside_rules: Vec::new(),
        };
        let mut inside = Vec::new();
        for ((text, place), mut rules) in texts {
            rules.dedup();
            let id = u32::try_from(made.rules.len()).unwrap_or(u32::MAX);
            match place {
                Place::Whole => {
                    made.whole.insert(text, rules.into());
                    continue;
                }
                Place::Start => made.starts.add(id, text, true),
                Place::End => made.ends.add(id, text, false),
                Place::Inside => {
                    inside.push(text);
                    made.inside_rules.push(rules.into());
                    continue;
                }
            }
            made.rules.push(rules.into());
        }
        made.inside = Scanner::new(&inside);
        Some(made)
    }

    /// Calls `mark` with the rules whose need `folded`, the folded form of `field`, meets.
    pub(crate) fn scan(&self, folded: &str, field: Field<'_>, mark: &mut impl FnMut(&[RuleNumber])) {
        if !self.whole.is_empty() {
            if let Some(rules) = self.whole.get(folded) {
                mark(rules);
            } else if field.kind == Kind::Number {
                // A number of the event may be written otherwise than in the rule.
                if let Some(rules) = plain_number(folded).and_then(|n| self.whole.get(n.as_str())) {
                    mark(rules);
                }
            }
        }
        let mut at_end = |id: u32| {
            if let Some(rules) = self.rules.get(id as usize) {
                mark(rules);
            }
        };
        self.starts.scan(folded, true, &mut at_end);
        self.ends.scan(folded, false, &mut at_end);
        if let Some(inside) = &self.inside {
            inside.scan(folded, &mut |id| {
                if let Some(rules) = self.inside_rules.get(id as usize) {
                    mark(rules);
                }
            });
        }
    }
}

/// The plain decimal form of a whole number written with a point, exponent, sign or zeros.
fn plain_number(text: &str) -> Option<String> {
    let text = text.trim();
    if let Ok(n) = text.parse::<i64>() {
        return Some(n.to_string());
    }
    let n: f64 = text.parse().ok()?;
    (n.is_finite() && n.fract() == 0.0 && n.abs() < 1e18).then(|| format!("{n:.0}"))
}

#[cfg(test)]
mod tests {
    use super::plain_number;

    #[test]
    fn numbers_find_their_plain_form() {
        assert_eq!(plain_number("1.0").as_deref(), Some("1"));
        assert_eq!(plain_number("+7").as_deref(), Some("7"));
        assert_eq!(plain_number("4.6e3").as_deref(), Some("4600"));
        assert_eq!(plain_number("1.5"), None);
        assert_eq!(plain_number("x"), None);
    }
}
