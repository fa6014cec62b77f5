//! Counts by name in bounded memory: what does not fit is counted as "others".

use std::collections::HashMap;

/// Values by name, at most so many names.
#[derive(Clone, Debug)]
pub struct Tally<V> {
    limit: usize,
    named: HashMap<Box<str>, V>,
    /// How often a name was met that no longer fitted.
    pub others: u64,
}

impl<V: Default> Tally<V> {
    /// An empty tally of at most `limit` names.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self { limit, named: HashMap::new(), others: 0 }
    }

    /// The value of `name`, made when new; `None`, counted as others, when there is no room.
    pub fn of(&mut self, name: &str) -> Option<&mut V> {
        if !self.named.contains_key(name) {
            if self.named.len() >= self.limit {
                self.others += 1;
                return None;
            }
            self.named.insert(Box::from(name), V::default());
        }
        self.named.get_mut(name)
    }

    /// How many names.
    #[must_use]
    pub fn len(&self) -> usize {
        self.named.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.named.is_empty()
    }

    /// Names with values, in no order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &V)> {
        self.named.iter().map(|(name, value)| (name.as_ref(), value))
    }

    /// Names with values, sorted by `key`, then by name.
    pub fn sorted_by<K: Ord>(&self, key: impl Fn(&V) -> K) -> Vec<(&str, &V)> {
        let mut list: Vec<_> = self.iter().collect();
        list.sort_by(|a, b| key(a.1).cmp(&key(b.1)).then_with(|| a.0.cmp(b.0)));
        list
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_full_tally_counts_the_rest() {
        let mut tally: Tally<u64> = Tally::new(2);
        for name in ["a", "b", "a", "c", "d"] {
            if let Some(n) = tally.of(name) {
                *n += 1;
            }
        }
        assert_eq!(tally.sorted_by(|n| std::cmp::Reverse(*n)), [("a", &2), ("b", &1)]);
        assert_eq!(tally.others, 2);
    }
}
