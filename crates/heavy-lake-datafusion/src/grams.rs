//! Which pieces of text stand in a row, as small numbers.
//!
//! Text is folded (letter case and Vietnamese marks aside) as searches compare it. Each byte
//! becomes one of 64 classes: letters and digits have their own, so do the marks that matter in
//! logs; the rest share. A *gram* is three neighbouring classes, 18 bits. Hexadecimal digits and
//! dots say little in threes (every block of a busy log holds all of them), so six of them in a
//! row make a second, longer gram, of which half are kept. Shared classes and hashes only
//! let through a block too many; found rows are always compared exactly.

use engine_lake::query::fold;

/// Bits of a gram; the lower half are the short ones, the upper half the long ones.
pub(crate) const GRAM_BITS: u32 = 19;
const SHORT_BITS: u32 = 18;
const WORDS: usize = 1 << (GRAM_BITS - 6);
/// Digits of a long gram.
const LONG: usize = 6;
/// A bit of a long gram's hash, beyond those that name it, by which half of them are left out.
const KEPT: u32 = 1 << (31 - SHORT_BITS);

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

/// What a digit adds to a long gram, and one; 0 for other characters.
const fn digit(byte: u8) -> u16 {
    match byte {
        b'0'..=b'9' => (byte - b'0') as u16 + 1,
        b'a'..=b'f' => (byte - b'a') as u16 + 11,
        b'A'..=b'F' => (byte - b'A') as u16 + 11,
        b'.' => 17,
        _ => 0,
    }
}

#[expect(clippy::indexing_slicing, reason = "the loop ends at 256, and tables are made by the compiler")]
const fn bytes() -> [u16; 256] {
    let (classes, mut table) = (classes(), [0_u16; 256]);
    let mut byte = 0;
    while byte < 256 {
        #[expect(clippy::cast_possible_truncation, reason = "the loop ends at 256")]
        let digit = digit(byte as u8);
        table[byte] = classes[byte] as u16 | digit << DIGIT_SHIFT;
        byte += 1;
    }
    table
}

/// Where the digit stands in an entry of [`BYTES`]; the class is below.
const DIGIT_SHIFT: u32 = 8;
/// Class and digit of each byte in one look.
static BYTES: [u16; 256] = bytes();

/// Calls `each` with every gram of a folded text; ASCII need not be folded.
fn each_gram(text: &[u8], mut each: impl FnMut(u32)) {
    const MASK: u32 = (1 << SHORT_BITS) - 1;
    let (mut short, mut long, mut run) = (0_u32, 0_u32, 0_usize);
    for (at, &byte) in text.iter().enumerate() {
        let known = u32::from(BYTES.get(usize::from(byte)).copied().unwrap_or(63));
        short = ((short << 6) | (known & 63)) & MASK;
        if at >= 2 {
            each(short);
        }
        let digit = known >> DIGIT_SHIFT;
        // 17 values fit in 5 bits, six of them in 30.
        long = ((long << 5) | digit.wrapping_sub(1) & 31) & 0x3fff_ffff;
        run = if digit == 0 { 0 } else { run + 1 };
        if run >= LONG {
            let hash = long.wrapping_mul(0x9e37_79b1);
            // Every second one by chance of its content: a hash or an address has enough of them
            // left, and the index loses a third of its bytes.
            if hash & KEPT == 0 {
                each((hash >> (32 - SHORT_BITS)) | (1 << SHORT_BITS));
            }
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

/// How common a gram is likely to be in logs; smaller is rarer. Long ones are the rarest.
pub(crate) fn commonness(gram: u32) -> u32 {
    /// Classes of letters that stand everywhere, and of rare ones.
    const COMMON: &[u8] = b"etaoinsrlcdm";
    const RARE: &[u8] = b"zqjxkwyvbh";
    if gram >> SHORT_BITS != 0 {
        return 0;
    }
    let weight = |class: u32| match u8::try_from(class).map(|class| class.saturating_add(b'a')) {
        Ok(letter) if RARE.contains(&letter) => 1,
        Ok(letter) if COMMON.contains(&letter) => 4,
        Ok(b'a'..=b'z') => 2,
        // Digits, and the marks between words.
        _ => 6,
    };
    weight(gram & 63) + weight(gram >> 6 & 63) + weight(gram >> 12 & 63)
}

/// The grams of a number of rows.
pub(crate) struct GramSet {
    words: Box<[u64; WORDS]>,
}

impl Default for GramSet {
    fn default() -> Self {
        Self { words: Box::new([0; WORDS]) }
    }
}

impl std::fmt::Debug for GramSet {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("GramSet").finish_non_exhaustive()
    }
}

impl GramSet {
    /// Adds the grams of a text; bytes that are not UTF-8 count as unknown characters.
    pub(crate) fn add(&mut self, text: &[u8]) {
        let folded;
        let plain = if text.is_ascii() {
            text
        } else {
            folded = fold(&String::from_utf8_lossy(text)).into_owned();
            folded.as_bytes()
        };
        each_gram(plain, |gram| {
            if let Some(word) = self.words.get_mut((gram >> 6) as usize % WORDS) {
                *word |= 1 << (gram & 63);
            }
        });
    }

    /// The grams in order; the set is empty afterwards.
    pub(crate) fn take(&mut self) -> Vec<u32> {
        let mut grams = Vec::new();
        for (index, word) in (0_u32..).zip(self.words.iter_mut()) {
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
            set.add(format!("{head}{piece}{tail}").as_bytes());
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
