//! Which pieces of text stand in a row, as small numbers.
//!
//! Text is folded (letter case and Vietnamese marks aside) as searches compare it. Each byte
//! becomes one of 64 classes: letters and digits have their own, so do the marks that matter in
//! logs; the rest share. A *gram* is three neighbouring classes, 18 bits. Hexadecimal digits and
//! dots say little in threes (every block of a busy log holds all of them), so six of them in a
//! row make a second, longer gram. Shared classes and hashes only
//! let through a block too many; found rows are always compared exactly.

use engine_lake::query::fold;

/// Bits of a gram; the lower half are the short ones, the upper half the long ones.
pub(crate) const GRAM_BITS: u32 = 19;
const SHORT_BITS: u32 = 18;
const WORDS: usize = 1 << (GRAM_BITS - 6);
/// Digits of a long gram.
const LONG: usize = 6;

#[expect(clippy::indexing_slicing, reason = "the loop ends at 256, and tables are made by the compiler")]
const fn classes() -> [u8; 256] {
    let mut table = [0_u8; 256];
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 256")]
        let c = byte as u8;
        table[byte] = match c {
            b'a'..=b'z' => c - b'a',
            b'A'..=b'Z' => c - b'A',
            b'0'..=b'9' => 26 + (c - b'0'),
            b' ' => 36,
            b'.' => 37,
            b',' => 38,
            b':' => 39,
            b';' => 40,
            b'-' => 41,
            b'_' => 42,
            b'/' => 43,
            b'\\' => 44,
            b'"' => 45,
            b'\'' => 46,
            b'(' => 47,
            b')' => 48,
            b'{' | b'}' => 49,
            b'[' | b']' => 50,
            b'<' => 51,
            b'>' => 52,
            b'=' => 53,
            b'+' => 54,
            b'*' => 55,
            b'&' => 56,
            b'%' => 57,
            b'$' => 58,
            b'#' => 59,
            b'@' => 60,
            b'!' | b'?' | b'|' | b'~' | b'`' | b'^' => 61,
            0..=31 | 127 => 62,
            // Parts of characters beyond ASCII that folding has left: a few classes for all.
            128.. => 61 + c % 3,
        };
        byte += 1;
    }
    table
}

static CLASSES: [u8; 256] = classes();

fn class(byte: u8) -> u32 {
    u32::from(CLASSES.get(usize::from(byte)).copied().unwrap_or(63))
}

/// What a digit adds to a long gram; `None` for other characters.
const fn digit(byte: u8) -> Option<u32> {
    match byte {
        b'0'..=b'9' => Some((byte - b'0') as u32),
        b'a'..=b'f' => Some((byte - b'a') as u32 + 10),
        b'A'..=b'F' => Some((byte - b'A') as u32 + 10),
        b'.' => Some(16),
        _ => None,
    }
}

/// Calls `each` with every gram of a folded text; ASCII need not be folded.
fn each_gram(text: &[u8], mut each: impl FnMut(u32)) {
    const MASK: u32 = (1 << SHORT_BITS) - 1;
    let (mut short, mut seen) = (0_u32, 0_usize);
    let (mut long, mut run) = (0_u32, 0_usize);
    for &byte in text {
        short = ((short << 6) | class(byte)) & MASK;
        seen += 1;
        if seen >= 3 {
            each(short);
        }
        match digit(byte) {
            Some(value) => {
                // 17 values fit in 5 bits, six of them in 30.
                long = ((long << 5) | value) & 0x3fff_ffff;
                run += 1;
                if run >= LONG {
                    let hash = long.wrapping_mul(0x9e37_79b1);
                    each((hash >> (32 - SHORT_BITS)) | (1 << SHORT_BITS));
                }
            }
            None => run = 0,
        }
    }
}

/// The grams of a text that is searched for: a row that holds it has them all. Sorted.
pub(crate) fn grams_of(piece: &str) -> Vec<u32> {
    let mut grams = Vec::new();
    each_gram(fold(piece).as_bytes(), |gram| grams.push(gram));
    grams.sort_unstable();
    grams.dedup();
    grams
}

/// The grams of a number of rows.
pub(crate) struct GramSet {
    words: Box<[u64]>,
}

impl Default for GramSet {
    fn default() -> Self {
        Self { words: vec![0; WORDS].into_boxed_slice() }
    }
}

impl std::fmt::Debug for GramSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GramSet").finish_non_exhaustive()
    }
}

impl GramSet {
    /// Adds the grams of a text.
    pub(crate) fn add(&mut self, text: &str) {
        let folded = if text.is_ascii() { std::borrow::Cow::Borrowed(text) } else { fold(text) };
        each_gram(folded.as_bytes(), |gram| {
            if let Some(word) = self.words.get_mut((gram >> 6) as usize) {
                *word |= 1 << (gram & 63);
            }
        });
    }

    /// The grams in order; the set is empty afterwards.
    pub(crate) fn take(&mut self) -> Vec<u32> {
        let mut grams = Vec::new();
        for (index, word) in (0_u32..).zip(&mut self.words) {
            let mut bits = std::mem::take(word);
            while bits != 0 {
                grams.push(index << 6 | bits.trailing_zeros());
                bits &= bits - 1;
            }
        }
        grams
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_text_has_the_grams_of_all_its_pieces(head: String, piece: String, tail: String) {
            // Marks that follow belong to the last letter of the piece; comparing folds them away.
            let mut set = GramSet::default();
            set.add(&format!("{head}{piece}{tail}"));
            let all = set.take();
            let folded = fold(&piece).into_owned();
            if fold(&format!("{head}{piece}{tail}")).contains(&folded) {
                prop_assert!(grams_of(&piece).iter().all(|gram| all.binary_search(gram).is_ok()));
            }
        }
    }

    #[test]
    fn marks_and_letter_case_do_not_matter() {
        assert_eq!(grams_of("Tường LỬA"), grams_of("tuong lua"));
        assert_ne!(grams_of("mimikatz"), grams_of("mimikata"));
        assert!(grams_of("ab").is_empty());
        assert!(grams_of("365abb72-7acc-0000-0010b2470300").iter().any(|gram| gram >> SHORT_BITS == 1));
    }
}
