//! The tree over the hashes of the rows (RFC 6962, section 2.1; RFC 9162): what a checkpoint signs.
//!
//! Only the right edge is kept, one hash per power of two, so a tree of any size costs a few hundred bytes.

use sha2::{Digest, Sha256};

/// A tree that grows at its right end.
#[derive(Clone, Debug, Default)]
pub struct Tree {
    size: u64,
    /// Roots of the perfect subtrees, the largest first, each with its height.
    edge: Vec<(u32, [u8; 32])>,
}

impl Tree {
    /// Adds a leaf: the bytes of a row's hash.
    pub fn push(&mut self, leaf: &[u8]) {
        let mut hash: [u8; 32] = Sha256::new().chain_update([0]).chain_update(leaf).finalize().into();
        let mut height = 0;
        while let Some((_, left)) = self.edge.pop_if(|(h, _)| *h == height) {
            hash = node(&left, &hash);
            height += 1;
        }
        self.edge.push((height, hash));
        self.size += 1;
    }

    /// How many leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The root; of an empty tree the hash of nothing.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let mut parts = self.edge.iter().rev().map(|(_, hash)| *hash);
        match parts.next() {
            None => Sha256::digest([]).into(),
            Some(last) => parts.fold(last, |right, left| node(&left, &right)),
        }
    }
}

fn node(left: &[u8; 32], right: &[u8; 32]) -> [u8; 32] {
    Sha256::new().chain_update([1]).chain_update(left).chain_update(right).finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The definition, as the text has it.
    fn by_definition(leaves: &[Vec<u8>]) -> [u8; 32] {
        match leaves {
            [] => Sha256::digest([]).into(),
            [one] => Sha256::new().chain_update([0]).chain_update(one).finalize().into(),
            many => {
                let split = many.len().next_power_of_two() / 2;
                node(&by_definition(&many[..split]), &by_definition(&many[split..]))
            }
        }
    }

    #[test]
    fn the_edge_gives_the_root_of_the_definition() {
        let leaves: Vec<Vec<u8>> = (0..70_u8).map(|n| vec![n; usize::from(n % 5)]).collect();
        let mut tree = Tree::default();
        for n in 0..=leaves.len() {
            assert_eq!(tree.root(), by_definition(&leaves[..n]), "{n} leaves");
            if let Some(leaf) = leaves.get(n) {
                tree.push(leaf);
            }
        }
    }

    /// The tree heads of the test data that circulates with Certificate Transparency.
    #[test]
    fn roots_that_others_published() {
        let leaves =
            ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];
        let mut tree = Tree::default();
        for leaf in leaves {
            tree.push(&hex::decode(leaf).unwrap());
        }
        assert_eq!(hex::encode(tree.root()), "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328");
        let mut one = Tree::default();
        one.push(&[]);
        assert_eq!(hex::encode(one.root()), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
    }
}
