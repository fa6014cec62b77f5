//! The prefilter of one class of events: which rules are worth evaluating.

use crate::leaf::FieldId;
use crate::need::Need;
use crate::pattern::Place;
use aho_corasick::{AhoCorasick, MatchKind};
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
    automaton: Option<AhoCorasick>,
    /// By pattern of the automaton.
    finds: Vec<Find>,
}

#[derive(Debug)]
struct Find {
    place: Place,
    rules: Box<[RuleNumber]>,
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
        let (mut whole, mut literals, mut finds) = (FxHashMap::default(), Vec::new(), Vec::new());
        for ((text, place), mut rules) in texts {
            rules.dedup();
            if place == Place::Whole {
                whole.insert(text, rules.into());
            } else {
                literals.push(text);
                finds.push(Find { place, rules: rules.into() });
            }
        }
        let build =
            || AhoCorasick::builder().match_kind(MatchKind::Standard).build(literals.iter().map(|l| l.as_bytes()));
        let automaton = if literals.is_empty() { None } else { Some(build().ok()?) };
        Some(Self { whole, automaton, finds })
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
        let Some(automaton) = &self.automaton else { return };
        for found in automaton.find_overlapping_iter(folded) {
            let Some(find) = self.finds.get(found.pattern().as_usize()) else { continue };
            let stands = match find.place {
                Place::Whole => found.start() == 0 && found.end() == folded.len(),
                Place::Start => found.start() == 0,
                Place::End => found.end() == folded.len(),
                Place::Inside => true,
            };
            if stands {
                mark(&find.rules);
            }
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
