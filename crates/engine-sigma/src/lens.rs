//! All questions about one field, asked of a value at once.
//!
//! The texts of all alternatives stand in common tables by where they must stand in the
//! value; a text that is found answers its questions, or makes one exact test worth while.

use crate::expr::Leaves;
use crate::fold::fold;
use crate::leaf::{Ask, Leaf, LeafId, Seen, Test};
use crate::number::Number;
use crate::pattern::{Pattern, Place};
use crate::scan::{Ends, Scanner};
use engine_event::Kind;
use rustc_hash::FxHashMap;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

/// A question that a found text answers.
#[derive(Clone, Copy, Debug)]
struct Claim {
    leaf: LeafId,
    /// The alternative to be tested exactly; [`SURE`] when the text alone decides.
    item: u32,
}

const SURE: u32 = u32::MAX;
/// Bytes from which on a text tells events apart: shorter ones stand somewhere in nearly every event.
const TELLING: usize = 3;
/// From here on decimals do not tell whole numbers apart.
const EXACT: f64 = 9_007_199_254_740_992.0;

/// Lenses that are made: classes of events share those whose rules ask the same.
#[derive(Debug, Default)]
pub(crate) struct Lenses(Mutex<FxHashMap<Box<[u32]>, Arc<Lens>>>);

impl Lenses {
    /// The lens for `asked`, made when it is the first.
    pub(crate) fn get(&self, mut asked: Vec<LeafId>, leaves: &Leaves, tested: impl Fn(LeafId) -> bool) -> Arc<Lens> {
        asked.sort_unstable();
        let is_tested = |id: &LeafId| leaves.get(*id).is_some_and(Leaf::is_open) && tested(*id);
        let key: Box<[u32]> = asked.iter().map(|id| id << 1 | u32::from(is_tested(id))).collect();
        let mut lenses = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(lenses.entry(key).or_insert_with(|| Arc::new(Lens::new(&asked, leaves, tested))))
    }

    /// Forgets those that no program uses.
    pub(crate) fn tidy(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, lens| Arc::strong_count(lens) > 1);
    }
}

/// Tables of one field's questions.
#[derive(Debug, Default)]
pub(crate) struct Lens {
    whole: FxHashMap<Box<str>, u32>,
    starts: Ends,
    ends: Ends,
    inside: Option<Scanner>,
    /// The text of `inside` by its number there.
    inside_ids: Box<[u32]>,
    /// By number of text: where its claims end in `claims`; they start where the last one's end.
    stops: Box<[u32]>,
    claims: Box<[Claim]>,
    /// Whole numbers that are asked for.
    numbers: FxHashMap<i64, Box<[Claim]>>,
    /// Alternatives without a text to look for, tested on every value.
    others: Box<[Claim]>,
    /// Bytes of the shortest text.
    shortest: usize,
    /// Finds any of the texts wherever it stands; made when it is first wanted.
    anywhere: OnceLock<Option<Scanner>>,
}

impl Lens {
    /// A lens for `asked`, leaves of one field (or of none). Regular expressions are tested
    /// on every value that is looked at where `tested` says so, and else left open.
    pub(crate) fn new(asked: &[LeafId], leaves: &Leaves, tested: impl Fn(LeafId) -> bool) -> Self {
        let mut texts: FxHashMap<(Box<str>, Place), Vec<Claim>> = FxHashMap::default();
        let mut numbers: FxHashMap<i64, Vec<Claim>> = FxHashMap::default();
        let mut others = Vec::new();
        for leaf in asked {
            let Some(Ask::Any(alternatives)) = leaves.get(*leaf).map(|l| &l.ask) else { continue };
            for (item, n) in alternatives.items.iter().zip(0_u32..) {
                let claim = Claim { leaf: *leaf, item: n };
                match &item.test {
                    Test::Regex(_) if !tested(*leaf) => {}
                    Test::Pattern { pattern, cased } => match pattern.literal() {
                        Some((text, place)) if !text.is_empty() || place == Place::Whole => {
                            let decides = !cased && !matches!(pattern, Pattern::Glob(_));
                            let text = if *cased { fold(text) } else { text.to_owned() };
                            let claim = Claim { item: if decides { SURE } else { n }, ..claim };
                            texts.entry((text.into(), place)).or_default().push(claim);
                        }
                        _ => others.push(claim),
                    },
                    Test::Number(Number::Int(i)) => numbers.entry(*i).or_default().push(claim),
                    _ => others.push(claim),
                }
            }
        }
        let numbers = numbers.into_iter().map(|(n, claims)| (n, claims.into())).collect();
        Self { numbers, others: others.into(), ..Self::of_texts(texts) }
    }

    fn of_texts(texts: FxHashMap<(Box<str>, Place), Vec<Claim>>) -> Self {
        let mut made =
            Self { shortest: texts.keys().map(|(text, _)| text.len()).min().unwrap_or(0), ..Self::default() };
        let (mut stops, mut claims) = (Vec::with_capacity(texts.len()), Vec::with_capacity(texts.len()));
        let (mut inside, mut inside_ids) = (Vec::new(), Vec::new());
        for (id, ((text, place), mut of_text)) in (0_u32..).zip(texts) {
            of_text.dedup_by_key(|c| (c.leaf, c.item));
            claims.extend(of_text);
            stops.push(u32::try_from(claims.len()).unwrap_or(u32::MAX));
            match place {
                Place::Whole => drop(made.whole.insert(text, id)),
                Place::Start => made.starts.add(id, text, true),
                Place::End => made.ends.add(id, text, false),
                Place::Inside => {
                    inside.push(text);
                    inside_ids.push(id);
                }
            }
        }
        Self {
            inside: Scanner::new(&inside),
            inside_ids: inside_ids.into(),
            stops: stops.into(),
            claims: claims.into(),
            ..made
        }
    }

    /// Whether no question can be answered by a value.
    pub(crate) fn is_blind(&self) -> bool {
        self.stops.is_empty() && self.numbers.is_empty() && self.others.is_empty()
    }

    /// Whether a question may be answered by one of the values that stand in `folded` one after the
    /// other, or by a part of them.
    pub(crate) fn may_fit_in(&self, folded: &str) -> bool {
        if !self.numbers.is_empty() || !self.others.is_empty() || self.shortest < TELLING {
            return true;
        }
        let inside_only = self.inside_ids.len() == self.stops.len();
        let anywhere = || self.anywhere.get_or_init(|| Scanner::new(&self.texts())).as_ref();
        let scanner = if inside_only { self.inside.as_ref() } else { anywhere() };
        scanner.is_some_and(|s| s.finds(folded))
    }

    /// All texts looked for, wherever they must stand.
    fn texts(&self) -> Vec<Box<str>> {
        let inside = self.inside.iter().flat_map(Scanner::literals);
        let placed = self.starts.literals().chain(self.ends.literals());
        let placed = self.whole.keys().map(|t| &**t).chain(placed);
        let mut texts: Vec<Box<str>> = placed.map(Into::into).chain(inside.map(Into::into)).collect();
        texts.sort_unstable();
        texts.dedup();
        texts
    }

    /// Appends the leaves that `seen`, which is not null, answers with yes; maybe more than once.
    pub(crate) fn look(&self, seen: Seen<'_>, leaves: &Leaves, found: &mut Vec<LeafId>) {
        let mut take = |claims: &[Claim]| {
            for claim in claims {
                if claim.item == SURE || fits(*claim, seen, leaves) {
                    found.push(claim.leaf);
                }
            }
        };
        if let Some(id) = self.whole.get(seen.folded) {
            take(self.claims(*id));
        }
        self.starts.scan(seen.folded, true, &mut |id| take(self.claims(id)));
        self.ends.scan(seen.folded, false, &mut |id| take(self.claims(id)));
        if let Some(inside) = &self.inside {
            inside.scan(seen.folded, &mut |n| {
                if let Some(id) = self.inside_ids.get(n as usize) {
                    take(self.claims(*id));
                }
            });
        }
        take(&self.others);
        if !self.numbers.is_empty() {
            self.number(seen, &mut take);
        }
    }

    fn number(&self, seen: Seen<'_>, take: &mut impl FnMut(&[Claim])) {
        if seen.kind != Kind::Number && !seen.text.starts_with(|c: char| c.is_ascii_digit() || c == '-') {
            return;
        }
        match Number::parse(seen.text) {
            Some(Number::Int(i)) => self.numbers.get(&i).into_iter().for_each(|claims| take(claims)),
            // What a decimal equals depends on its precision; such values are rare.
            Some(Number::Float(f)) if f.fract() == 0.0 || f.abs() >= EXACT => {
                self.numbers.values().for_each(|claims| take(claims));
            }
            _ => {}
        }
    }

    fn claims(&self, id: u32) -> &[Claim] {
        let id = id as usize;
        let start = id.checked_sub(1).and_then(|before| self.stops.get(before)).copied().unwrap_or(0);
        let stop = self.stops.get(id).copied().unwrap_or(start);
        self.claims.get(start as usize..stop as usize).unwrap_or_default()
    }
}

fn fits(claim: Claim, seen: Seen<'_>, leaves: &Leaves) -> bool {
    match leaves.get(claim.leaf).map(|l| &l.ask) {
        Some(Ask::Any(alternatives)) => {
            alternatives.items.get(claim.item as usize).is_some_and(|item| item.test.matches(seen))
        }
        _ => false,
    }
}
