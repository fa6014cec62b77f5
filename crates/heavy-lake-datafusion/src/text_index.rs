//! The text index of a data file: which grams stand in which blocks of rows.
//!
//! It lies in the Parquet file itself, between the last row group and the footer, where readers
//! that do not know it never look. Little endian:
//!
//! ```text
//! "MGTI" | version u16 | sections u16 | rows of a block u32 | blocks u32 | end of each section u32…
//! sections: zstd of, for each gram in order: distance to the gram before (LEB128),
//!   0                     it stands in most blocks: says nothing
//!   1, count, distances   it stands in these blocks
//!   2, bytes              one bit per block
//! ```
//!
//! A gram belongs to section `gram mod sections`, so that a search reads only the few sections of
//! the grams it asks for. A gram that is not there stands in no block.

use crate::grams::GramSet;
use engine_lake::LakeError;

/// Rows of a block. Small blocks leave little to compare, large ones take little room.
pub(crate) const BLOCK_ROWS: usize = 1024;
const MAGIC: &[u8; 4] = b"MGTI";
const VERSION: u16 = 1;
const SECTIONS: u32 = 64;
const HEAD_BYTES: usize = 16;
const ZSTD_LEVEL: i32 = 9;
/// Most bytes of a section in memory; a file of a lake's usual size has far less.
const MAX_SECTION: usize = 256 << 20;

/// Makes the index of one file while its rows are written.
#[derive(Debug, Default)]
pub(crate) struct IndexBuilder {
    block: GramSet,
    rows: usize,
    /// Grams of each finished block, in the order of sections.
    blocks: Vec<Packed>,
}

/// Grams of a block: a file has thousands of blocks of ten thousands of grams, which are held until
/// the last row is written. Section by section the distances from gram to gram (LEB128), each section
/// ended by a zero, which is no distance.
#[derive(Debug)]
struct Packed(Box<[u8]>);

impl Packed {
    fn of(mut grams: Vec<u32>) -> Self {
        grams.sort_unstable_by_key(|gram| (gram % SECTIONS, *gram));
        let (mut bytes, mut rest) = (Vec::with_capacity(grams.len() * 3 / 2), grams.as_slice());
        for section in 0..SECTIONS {
            let mine = rest.iter().take_while(|gram| *gram % SECTIONS == section).count();
            let (grams, behind) = rest.split_at(mine);
            // One more than the gram's place in the section, so that the first distance is none of zero.
            let mut last = 0;
            for gram in grams {
                let place = gram / SECTIONS + 1;
                push_number(place - last, &mut bytes);
                last = place;
            }
            bytes.push(0);
            rest = behind;
        }
        Self(bytes.into_boxed_slice())
    }

    /// Calls `each` with the grams of a section, which begins at byte `at`; moves `at` to the next.
    fn section(&self, section: u32, at: &mut usize, mut each: impl FnMut(u32)) {
        let mut bytes = self.0.get(*at..).unwrap_or_default();
        let mut place = 0;
        while let Some(step @ 1..) = take_number(&mut bytes) {
            place += step;
            each((place - 1) * SECTIONS + section);
        }
        *at = self.0.len() - bytes.len();
    }
}

impl IndexBuilder {
    /// Adds a text of the row that is being written.
    pub(crate) fn text(&mut self, text: &[u8]) {
        self.block.add(text);
    }

    /// Whether the next row begins a block: what other rows hold is then not in it yet.
    pub(crate) const fn begins_block(&self) -> bool {
        self.rows.is_multiple_of(BLOCK_ROWS)
    }

    /// The row is complete.
    pub(crate) fn end_row(&mut self) {
        self.rows += 1;
        if self.rows.is_multiple_of(BLOCK_ROWS) {
            self.blocks.push(Packed::of(self.block.take()));
        }
    }

    /// The index as bytes.
    pub(crate) fn finish(mut self) -> std::io::Result<Vec<u8>> {
        if !self.rows.is_multiple_of(BLOCK_ROWS) {
            self.blocks.push(Packed::of(self.block.take()));
        }
        let blocks = u32::try_from(self.blocks.len()).unwrap_or(u32::MAX);
        // Each block gives its part section by section, so that only one section is held turned round.
        let mut taken = vec![0_usize; self.blocks.len()];
        let mut head = Vec::from(*MAGIC);
        head.extend_from_slice(&VERSION.to_le_bytes());
        head.extend_from_slice(&u16::try_from(SECTIONS).unwrap_or(u16::MAX).to_le_bytes());
        head.extend_from_slice(&u32::try_from(BLOCK_ROWS).unwrap_or(u32::MAX).to_le_bytes());
        head.extend_from_slice(&blocks.to_le_bytes());
        let (mut body, mut section_bytes) = (Vec::new(), Vec::new());
        let mut places: Vec<(u32, u32)> = Vec::new();
        for section in 0..SECTIONS {
            places.clear();
            for ((block, grams), taken) in (0..blocks).zip(&self.blocks).zip(&mut taken) {
                grams.section(section, taken, |gram| places.push((gram, block)));
            }
            places.sort_unstable();
            section_bytes.clear();
            write_section(&places, blocks, &mut section_bytes);
            body.extend(zstd::bulk::compress(&section_bytes, ZSTD_LEVEL)?);
            head.extend_from_slice(&u32::try_from(body.len()).unwrap_or(u32::MAX).to_le_bytes());
        }
        head.extend(body);
        Ok(head)
    }
}

fn write_section(places: &[(u32, u32)], blocks: u32, out: &mut Vec<u8>) {
    let mut before = 0;
    for group in places.chunk_by(|a, b| a.0 == b.0) {
        let Some((gram, _)) = group.first() else { continue };
        push_number(gram - before, out);
        before = *gram;
        let count = u32::try_from(group.len()).unwrap_or(u32::MAX);
        if u64::from(count) * 4 > u64::from(blocks) * 3 && blocks > 1 {
            out.push(0);
        } else if count < blocks / 8 + 1 {
            out.push(1);
            push_number(count, out);
            let mut last = 0;
            for (_, block) in group {
                push_number(block - last, out);
                last = *block;
            }
        } else {
            out.push(2);
            let mut bits = vec![0_u8; (blocks as usize).div_ceil(8)];
            for (_, block) in group {
                if let Some(byte) = bits.get_mut((block / 8) as usize) {
                    *byte |= 1 << (block % 8);
                }
            }
            out.extend(bits);
        }
    }
}

fn push_number(mut number: u32, out: &mut Vec<u8>) {
    while number >= 0x80 {
        #[expect(clippy::cast_possible_truncation, reason = "seven bits at a time are meant")]
        out.push(number as u8 | 0x80);
        number >>= 7;
    }
    #[expect(clippy::cast_possible_truncation, reason = "less than 0x80 is left")]
    out.push(number as u8);
}

fn take_number(bytes: &mut &[u8]) -> Option<u32> {
    let mut number = 0_u32;
    for shift in (0..35).step_by(7) {
        let (byte, rest) = bytes.split_first()?;
        *bytes = rest;
        number |= u32::from(byte & 0x7f).checked_shl(shift)?;
        if *byte < 0x80 {
            return Some(number);
        }
    }
    None
}

/// A set of blocks of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Blocks {
    bits: Vec<u64>,
    count: u32,
}

impl Blocks {
    /// All of `count` blocks.
    pub(crate) fn all(count: u32) -> Self {
        let mut all = Self::none(count);
        (0..count).for_each(|block| all.insert(block));
        all
    }

    /// None of them.
    pub(crate) fn none(count: u32) -> Self {
        Self { bits: vec![0; (count as usize).div_ceil(64)], count }
    }

    fn insert(&mut self, block: u32) {
        if block < self.count
            && let Some(word) = self.bits.get_mut((block / 64) as usize)
        {
            *word |= 1 << (block % 64);
        }
    }

    /// Whether a block belongs to it.
    pub(crate) fn contains(&self, block: u32) -> bool {
        self.bits.get((block / 64) as usize).is_some_and(|word| word & (1 << (block % 64)) != 0)
    }

    pub(crate) fn and(mut self, other: &Self) -> Self {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a &= b);
        self
    }

    pub(crate) fn or(mut self, other: &Self) -> Self {
        self.bits.iter_mut().zip(&other.bits).for_each(|(a, b)| *a |= b);
        self
    }

    /// How many.
    pub(crate) fn len(&self) -> u32 {
        self.bits.iter().map(|word| word.count_ones()).sum()
    }

    /// How many there could be.
    pub(crate) const fn of(&self) -> u32 {
        self.count
    }
}

/// The head of an index.
#[derive(Clone, Debug)]
pub(crate) struct IndexHead {
    pub(crate) block_rows: usize,
    pub(crate) blocks: u32,
    ends: Vec<u32>,
}

/// Bytes of a head that this program writes.
pub(crate) const fn head_bytes() -> u64 {
    HEAD_BYTES as u64 + 4 * SECTIONS as u64
}

fn damaged(file: &str) -> LakeError {
    LakeError::Damaged { file: file.to_owned(), reason: "its text index is not as this program writes it".to_owned() }
}

impl IndexHead {
    /// From the first [`head_bytes`] of an index.
    pub(crate) fn parse(file: &str, bytes: &[u8]) -> Result<Self, LakeError> {
        let head = || -> Option<Self> {
            let rest = bytes.strip_prefix(MAGIC)?;
            let short = |at: usize| Some(u16::from_le_bytes(*rest.get(at..)?.first_chunk()?));
            let long = |at: usize| Some(u32::from_le_bytes(*rest.get(at..)?.first_chunk()?));
            if short(0)? != VERSION || u32::from(short(2)?) != SECTIONS {
                return None;
            }
            let (block_rows, blocks) = (long(4)?, long(8)?);
            let ends: Vec<u32> = (0..SECTIONS as usize).map(|n| long(12 + 4 * n)).collect::<Option<_>>()?;
            let sound = block_rows > 0 && blocks < 1 << 28 && ends.is_sorted();
            sound.then_some(Self { block_rows: block_rows as usize, blocks, ends })
        };
        head().ok_or_else(|| damaged(file))
    }

    /// Which section a gram is in.
    pub(crate) const fn section_of(gram: u32) -> u32 {
        gram % SECTIONS
    }

    /// Where a section lies, from the begin of the index.
    pub(crate) fn place(&self, section: u32) -> std::ops::Range<u64> {
        let end = |section: u32| self.ends.get(section as usize).copied().unwrap_or(0);
        let begin = section.checked_sub(1).map_or(0, end);
        head_bytes() + u64::from(begin)..head_bytes() + u64::from(end(section))
    }

    /// The blocks that hold each of `grams`, which are in order and of this section.
    pub(crate) fn blocks_with(
        &self,
        file: &str,
        section: &[u8],
        grams: &[u32],
    ) -> Result<Vec<(u32, Blocks)>, LakeError> {
        let size = zstd::bulk::Decompressor::upper_bound(section).unwrap_or(MAX_SECTION).min(MAX_SECTION);
        let plain = zstd::bulk::decompress(section, size).map_err(|_| damaged(file))?;
        self.search(&plain, grams).ok_or_else(|| damaged(file))
    }

    fn search(&self, plain: &[u8], grams: &[u32]) -> Option<Vec<(u32, Blocks)>> {
        let mut found = Vec::with_capacity(grams.len());
        let (mut rest, mut gram, mut wanted) = (plain, 0_u32, grams.iter().peekable());
        while !rest.is_empty() && wanted.peek().is_some() {
            gram = gram.checked_add(take_number(&mut rest)?)?;
            while let Some(absent) = wanted.next_if(|wanted| **wanted < gram) {
                found.push((*absent, Blocks::none(self.blocks)));
            }
            let is_wanted = wanted.next_if(|wanted| **wanted == gram).is_some();
            let (tag, behind) = rest.split_first()?;
            rest = behind;
            let mut blocks = Blocks::none(if is_wanted { self.blocks } else { 0 });
            match tag {
                0 if is_wanted => blocks = Blocks::all(self.blocks),
                0 => {}
                1 => {
                    let mut block = 0_u32;
                    for _ in 0..take_number(&mut rest)? {
                        block = block.checked_add(take_number(&mut rest)?)?;
                        blocks.insert(block);
                    }
                }
                2 => {
                    let (bits, behind) = rest.split_at_checked((self.blocks as usize).div_ceil(8))?;
                    rest = behind;
                    for block in (0..blocks.count)
                        .filter(|b| bits.get((b / 8) as usize).is_some_and(|byte| byte & (1 << (b % 8)) != 0))
                    {
                        blocks.insert(block);
                    }
                }
                _ => return None,
            }
            if is_wanted {
                found.push((gram, blocks));
            }
        }
        // What is left of the wanted stands nowhere.
        found.extend(wanted.map(|absent| (*absent, Blocks::none(self.blocks))));
        Some(found)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grams::grams_of;

    fn ask(index: &[u8], piece: &str) -> Vec<u32> {
        let head = IndexHead::parse("f", index).expect("a head");
        let mut found = Blocks::all(head.blocks);
        for gram in grams_of(piece) {
            let place = head.place(IndexHead::section_of(gram));
            let section =
                &index[usize::try_from(place.start).expect("small")..usize::try_from(place.end).expect("small")];
            found = found.and(&head.blocks_with("f", section, &[gram]).expect("a section")[0].1);
        }
        (0..head.blocks).filter(|block| found.contains(*block)).collect()
    }

    #[test]
    fn words_are_found_in_their_blocks() {
        let mut builder = IndexBuilder::default();
        for row in 0..20 * BLOCK_ROWS + 5 {
            builder.text(format!("everywhere row {row} of User-{}", row / 4096).as_bytes());
            if row == 3 * BLOCK_ROWS + 7 || row == 20 * BLOCK_ROWS + 4 {
                builder.text(b"run MimiKatz now, md5 0a1b2c3d4e5f60718293a4b5c6d7e8f9");
            }
            builder.end_row();
        }
        let index = builder.finish().expect("an index");
        assert_eq!(ask(&index, "mimikatz"), [3, 20]);
        assert_eq!(ask(&index, "imika"), [3, 20]);
        assert_eq!(ask(&index, "0A1B2C3D4E5F60718293A4B5C6D7E8F9"), [3, 20]);
        assert_eq!(ask(&index, "everywhere").len(), 21);
        assert!(ask(&index, "xyzzy").is_empty());
        assert!(ask(&index, "user-2").contains(&8));
        assert!(index.len() < 40_000, "{}", index.len());
    }

    #[test]
    fn packed_grams_come_back_by_section() {
        let grams: Vec<u32> = (0..5000).map(|n| n * 97 % (1 << 19)).chain([0, 63, 64, (1 << 19) - 1]).collect();
        let wanted: std::collections::BTreeSet<u32> = grams.iter().copied().collect();
        let packed = Packed::of(wanted.iter().copied().collect());
        let (mut at, mut found) = (0, std::collections::BTreeSet::new());
        for section in 0..SECTIONS {
            packed.section(section, &mut at, |gram| {
                assert_eq!(gram % SECTIONS, section);
                assert!(found.insert(gram));
            });
        }
        assert_eq!((found, at), (wanted, packed.0.len()));
    }

    #[test]
    fn damaged_bytes_are_told() {
        let mut builder = IndexBuilder::default();
        (0..3000).for_each(|row| {
            builder.text(format!("text {row}").as_bytes());
            builder.end_row();
        });
        let index = builder.finish().expect("an index");
        let head = IndexHead::parse("f", &index).expect("a head");
        assert!(IndexHead::parse("f", &index[1..]).is_err());
        assert!(IndexHead::parse("f", &index[..40]).is_err());
        assert!(head.blocks_with("f", b"nonsense", &[1]).is_err());
        for cut in 0..40 {
            let _ = head.search(&vec![0xff; cut], &[5]);
            let _ = head.search(&vec![1; cut], &[5]);
        }
    }
}
