//! Lines of a watched file: read in pieces, with the offset kept in between, they are the lines of the whole.
#![no_main]

use bytes::Bytes;
use engine_intake::files::lines::{Limits, cut};
use libfuzzer_sys::fuzz_target;

/// Longest line that is kept.
const MOST: usize = 16;

type Lines = Vec<(Vec<u8>, bool)>;

/// As a file is read: a window from the offset, again and again.
fn in_pieces(file: &Bytes, limits: Limits) -> Lines {
    let (mut lines, mut offset, mut skipping) = (Vec::new(), 0, false);
    loop {
        let window = file.slice(offset..file.len().min(offset + limits.window()));
        let piece = cut(&window, skipping, window.len() < limits.window(), limits);
        assert!(piece.used <= window.len() && piece.lines.len() <= limits.batch_records);
        if piece.used == 0 {
            assert!(window.is_empty(), "nothing is left over at the end");
            return lines;
        }
        (offset, skipping) = (offset + piece.used, piece.skipping);
        lines.extend(piece.lines.iter().map(|(line, long)| (line.to_vec(), *long)));
    }
}

/// The same said in one sentence: between line feeds, without what ends a line, no empty ones, the beginning of long ones.
fn at_once(file: &[u8]) -> Lines {
    let kept = |line: &[u8]| {
        let end = line.iter().rposition(|b| !matches!(b, b'\r' | 0)).map_or(0, |at| at + 1);
        let long = end > MOST;
        (end > 0).then(|| (line[..end.min(MOST)].to_vec(), long))
    };
    file.split(|b| *b == b'\n').filter_map(kept).collect()
}

fuzz_target!(|input: (u8, u8, &[u8])| {
    let (read_bytes, batch_records, file) = input;
    // Line ends of several bytes beyond a long line are a matter of taste: they are left out here.
    let file: Vec<u8> = file.iter().copied().filter(|b| !matches!(b, b'\r' | 0)).collect();
    let limits = Limits {
        read_bytes: usize::from(read_bytes).max(1),
        max_record_bytes: MOST,
        batch_records: usize::from(batch_records).max(1),
    };
    assert_eq!(in_pieces(&Bytes::from(file.clone()), limits), at_once(&file));
});
