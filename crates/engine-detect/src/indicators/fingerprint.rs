//! Keyed 64-bit fingerprints of values.
//!
//! Fingerprints only find candidates; every candidate is compared with the stored value, so that
//! a collision costs time and never a wrong match. The key is made from the lists themselves, so
//! that nobody can prepare values that all fall into one place without knowing all of them.
//!
//! Names are hashed with bit 5 of every byte set, which folds ASCII letters to lower case (and
//! some other bytes together, which the comparison tells apart).

/// Folds ASCII letters of eight bytes at once.
const FOLD: u64 = 0x2020_2020_2020_2020;
// Odd numbers with about as many ones as noughts (digits of pi).
const K1: u64 = 0x243F_6A88_85A3_08D3;
const K2: u64 = 0x1319_8A2E_0370_7345;
const K3: u64 = 0xA409_3822_299F_31D1;

/// The key, and one start per kind of value.
#[derive(Clone, Copy, Debug)]
pub(super) struct Key(u64);

/// Both halves of the 128-bit product.
#[expect(clippy::cast_possible_truncation, reason = "the two halves of a product")]
const fn mix(a: u64, b: u64) -> u64 {
    let product = (a as u128).wrapping_mul(b as u128);
    (product as u64) ^ ((product >> 64) as u64)
}

impl Key {
    pub(super) const fn new(seed: u64) -> Self {
        Self(seed ^ K2)
    }

    /// Where the hash of a name begins, before any label.
    pub(super) const fn name_start(self) -> u64 {
        mix(self.0, K1)
    }

    /// A name so far (its labels to the right), and the next label to the left.
    pub(super) fn label(self, so_far: u64, label: &[u8]) -> u64 {
        mix(so_far ^ self.folded(label), K3)
    }

    /// Of the last label of a name, for the quick question whether any listed name ends so. One
    /// multiplication: labels of more than eight bytes are told apart by their ends only.
    pub(super) fn top(self, label: &[u8]) -> u64 {
        let ends = label.first_chunk::<8>().map_or_else(|| short(label), |first| u64::from_le_bytes(*first));
        ((ends | FOLD) ^ (label.len() as u64)).wrapping_mul(K1)
    }

    /// A whole name, label by label from the right.
    pub(super) fn name(self, name: &[u8]) -> u64 {
        name.rsplit(|b| *b == b'.').fold(self.name_start(), |so_far, label| self.label(so_far, label))
    }

    /// Text without regard to case of ASCII letters.
    pub(super) fn text(self, text: &[u8]) -> u64 {
        mix(self.folded(text), K1 ^ self.0)
    }

    fn folded(self, text: &[u8]) -> u64 {
        let mut h = self.0 ^ (text.len() as u64).wrapping_mul(K3);
        let (whole, rest) = text.as_chunks::<8>();
        for chunk in whole {
            h = mix(h ^ (u64::from_le_bytes(*chunk) | FOLD), K1);
        }
        if rest.is_empty() { h } else { mix(h ^ (short(rest) | FOLD), K2) }
    }

    /// Binary values of a fixed size.
    pub(super) fn fixed(self, bytes: &[u8]) -> u64 {
        let (whole, rest) = bytes.as_chunks::<8>();
        let start = mix(self.0 ^ bytes.len() as u64, K3);
        let h = whole.iter().fold(start, |h, chunk| mix(h ^ u64::from_le_bytes(*chunk), K1));
        if rest.is_empty() { h } else { mix(h ^ short(rest), K2) }
    }
}

/// One to eight bytes as a number.
fn short(bytes: &[u8]) -> u64 {
    let ends = bytes.first_chunk::<4>().zip(bytes.last_chunk::<4>());
    if let Some((first, last)) = ends {
        return u64::from(u32::from_le_bytes(*first)) | (u64::from(u32::from_le_bytes(*last)) << 32);
    }
    bytes.iter().fold(0, |h, b| (h << 8) | u64::from(*b))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_is_folded_and_order_matters() {
        let key = Key::new(7);
        assert_eq!(key.name(b"A.Evil.COM"), key.name(b"a.evil.com"));
        assert_ne!(key.name(b"a.evil.com"), key.name(b"evil.a.com"));
        assert_ne!(key.text(b"abc"), key.text(b"abd"));
        assert_eq!(key.top(b"COM"), key.top(b"com"));
        let parent = key.label(key.label(key.name_start(), b"com"), b"evil");
        assert_eq!(key.label(parent, b"a"), key.name(b"a.evil.com"));
    }
}
