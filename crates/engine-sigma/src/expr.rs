//! The condition of a rule as a tree over leaves, and the store of leaves.

use crate::leaf::{FieldId, Leaf, LeafId};
use engine_event::record::name_hash;
use rustc_hash::FxHashMap;

/// An answer, as far as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    /// It holds.
    Yes,
    /// It does not hold.
    No,
    /// Not known yet.
    Open,
}

/// A condition over leaves.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expr {
    /// Every part holds.
    All(Box<[Expr]>),
    /// One part holds.
    Any(Box<[Expr]>),
    /// So many parts hold.
    AtLeast(usize, Box<[Expr]>),
    /// The part does not hold.
    Not(Box<Expr>),
    /// A leaf holds.
    Leaf(LeafId),
}

impl Expr {
    /// Joined by "and"; nested ones are flattened.
    pub(crate) fn all(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expr::All(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Expr::All(flat.into()) }
    }

    /// Joined by "or"; nested ones are flattened.
    pub(crate) fn any(parts: Vec<Expr>) -> Expr {
        let mut flat = Vec::with_capacity(parts.len());
        for part in parts {
            match part {
                Expr::Any(inner) => flat.extend(inner),
                other => flat.push(other),
            }
        }
        if flat.len() == 1 { flat.swap_remove(0) } else { Expr::Any(flat.into()) }
    }

    /// Negated.
    pub(crate) fn not(part: Expr) -> Expr {
        Expr::Not(Box::new(part))
    }

    /// Gives every leaf the number that `new` has for it.
    pub(crate) fn renumber(&mut self, new: &impl Fn(LeafId) -> LeafId) {
        match self {
            Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                parts.iter_mut().for_each(|p| p.renumber(new));
            }
            Expr::Not(part) => part.renumber(new),
            Expr::Leaf(leaf) => *leaf = new(*leaf),
        }
    }

    /// Calls `each` for every leaf.
    pub(crate) fn for_each_leaf(&self, each: &mut impl FnMut(LeafId)) {
        match self {
            Expr::All(parts) | Expr::Any(parts) | Expr::AtLeast(_, parts) => {
                parts.iter().for_each(|p| p.for_each_leaf(each));
            }
            Expr::Not(part) => part.for_each_leaf(each),
            Expr::Leaf(leaf) => each(*leaf),
        }
    }

    /// Evaluates as far as the answers of `leaf` go (Kleene's logic of three values).
    pub(crate) fn decide(&self, leaf: &impl Fn(LeafId) -> Known) -> Known {
        // One part decides; without it an open part leaves all open.
        let joined = |parts: &[Expr], decides: Known, otherwise: Known| {
            let mut answer = otherwise;
            for part in parts {
                match part.decide(leaf) {
                    known if known == decides => return decides,
                    Known::Open => answer = Known::Open,
                    _ => {}
                }
            }
            answer
        };
        match self {
            Expr::All(parts) => joined(parts, Known::No, Known::Yes),
            Expr::Any(parts) => joined(parts, Known::Yes, Known::No),
            Expr::AtLeast(n, parts) => {
                let (mut yes, mut open) = (0, 0);
                for part in parts {
                    match part.decide(leaf) {
                        Known::Yes => yes += 1,
                        Known::Open => open += 1,
                        Known::No => {}
                    }
                }
                match (yes >= *n, yes + open >= *n) {
                    (true, _) => Known::Yes,
                    (false, true) => Known::Open,
                    (false, false) => Known::No,
                }
            }
            Expr::Not(part) => match part.decide(leaf) {
                Known::Yes => Known::No,
                Known::No => Known::Yes,
                Known::Open => Known::Open,
            },
            Expr::Leaf(id) => leaf(*id),
        }
    }

    /// Evaluates with the answers of `leaf`.
    pub(crate) fn holds(&self, leaf: &mut impl FnMut(LeafId) -> bool) -> bool {
        match self {
            Expr::All(parts) => parts.iter().all(|p| p.holds(leaf)),
            Expr::Any(parts) => parts.iter().any(|p| p.holds(leaf)),
            Expr::AtLeast(n, parts) => parts.iter().filter(|p| p.holds(leaf)).take(*n).count() >= *n,
            Expr::Not(part) => !part.holds(leaf),
            Expr::Leaf(id) => leaf(*id),
        }
    }
}

/// The field names rules ask for.
#[derive(Debug, Default)]
pub(crate) struct Fields {
    names: Vec<Box<str>>,
    numbers: FxHashMap<Box<str>, FieldId>,
}

impl Fields {
    /// The number of `name`, new if needed.
    pub(crate) fn number(&mut self, name: &str) -> FieldId {
        if let Some(n) = self.numbers.get(name) {
            return *n;
        }
        let n = FieldId::try_from(self.names.len()).unwrap_or(FieldId::MAX);
        self.names.push(name.into());
        self.numbers.insert(name.into(), n);
        n
    }

    /// The name of a field.
    pub(crate) fn name(&self, field: FieldId) -> &str {
        self.names.get(field as usize).map_or("", |n| n)
    }

    /// All names, in the order of their numbers.
    pub(crate) fn names(&self) -> impl ExactSizeIterator<Item = &str> {
        self.names.iter().map(|name| &**name)
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.names.len()
    }

    /// The hash by which a record knows the field.
    pub(crate) fn hash(&self, field: FieldId) -> u32 {
        name_hash(self.name(field))
    }
}

/// The leaves of all rules; equal ones are kept once, so that an answer found for one rule
/// serves the others.
#[derive(Debug, Default)]
pub(crate) struct Leaves {
    leaves: Vec<Leaf>,
    known: FxHashMap<Box<str>, LeafId>,
}

impl Leaves {
    /// Adds a leaf unless `key`, which says all that matters of it, is known. Keys name fields
    /// instead of numbering them, so that they mean the same in every table of fields.
    pub(crate) fn add(&mut self, key: &str, make: impl FnOnce() -> Leaf) -> LeafId {
        if let Some(n) = self.known.get(key) {
            return *n;
        }
        let n = LeafId::try_from(self.leaves.len()).unwrap_or(LeafId::MAX);
        self.leaves.push(make());
        self.known.insert(key.into(), n);
        n
    }

    /// Takes in all leaves of `other`, whose fields are those of `other_fields`. Returns their
    /// numbers here, by their numbers there.
    pub(crate) fn merge(&mut self, other: Leaves, other_fields: &Fields, fields: &mut Fields) -> Vec<LeafId> {
        let field_numbers: Vec<FieldId> = other_fields.names.iter().map(|name| fields.number(name)).collect();
        let field_here = |field: FieldId| field_numbers.get(field as usize).copied().unwrap_or(FieldId::MAX);
        let mut keys: Vec<(LeafId, Box<str>)> = other.known.into_iter().map(|(key, n)| (n, key)).collect();
        keys.sort_unstable_by_key(|(n, _)| *n);
        let add = |(mut leaf, (_, key)): (Leaf, (LeafId, Box<str>))| {
            leaf.renumber_fields(&field_here);
            self.add(&key, || leaf)
        };
        other.leaves.into_iter().zip(keys).map(add).collect()
    }

    /// Leaves that are known to differ, in the order of their numbers.
    pub(crate) fn of_distinct(leaves: Vec<Leaf>) -> Self {
        Self { leaves, known: FxHashMap::default() }
    }

    /// All of them, in the order of their numbers.
    pub(crate) fn iter(&self) -> impl ExactSizeIterator<Item = &Leaf> {
        self.leaves.iter()
    }

    /// The leaf of a number.
    pub(crate) fn get(&self, leaf: LeafId) -> Option<&Leaf> {
        self.leaves.get(leaf as usize)
    }

    /// How many.
    pub(crate) fn len(&self) -> usize {
        self.leaves.len()
    }

    /// Frees what only compiling needs.
    pub(crate) fn finish(&mut self) {
        self.known = FxHashMap::default();
        self.leaves.shrink_to_fit();
    }
}
