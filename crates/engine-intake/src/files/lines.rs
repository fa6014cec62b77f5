//! Cutting a piece of a file into its lines.

use bytes::Bytes;

/// Limits of reading.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Bytes read at once.
    pub read_bytes: usize,
    /// Longest line in bytes; of a longer one the beginning is kept.
    pub max_record_bytes: usize,
    /// Most lines of one piece.
    pub batch_records: usize,
}

impl Limits {
    /// How much of the file has to be looked at: a line of the longest kind with its CR and LF at least, or
    /// nothing would ever be told to be too long.
    #[must_use]
    pub fn window(&self) -> usize {
        self.read_bytes.max(self.max_record_bytes.saturating_add(2))
    }
}

/// The lines of a piece.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Each without its end, and whether it is only a beginning. Empty ones are left out.
    pub lines: Vec<(Bytes, bool)>,
    /// How many bytes they took.
    pub used: usize,
    /// The rest of a line that was too long is due.
    pub skipping: bool,
}

/// Cuts a piece of a file. `skipping` says that it begins with the rest of a line that was too long, `whole`
/// that nothing will follow it, so that its last line needs no end.
#[must_use]
pub fn cut(bytes: &Bytes, mut skipping: bool, whole: bool, limits: Limits) -> Piece {
    let (mut lines, mut at) = (Vec::new(), 0);
    while lines.len() < limits.batch_records.max(1) {
        let rest = bytes.slice(at..);
        let end = memchr::memchr(b'\n', &rest);
        let taken = match end {
            Some(end) => end + 1,
            None if rest.is_empty() => break,
            // One byte more may be the CR of a line that is just as long as it may be.
            None if skipping || rest.len() > limits.max_record_bytes.saturating_add(1) || whole => rest.len(),
            None => break,
        };
        at += taken;
        let goes_on = end.is_none() && !whole;
        if !skipping {
            let mut line = crate::framing::trim_line(rest.slice(..taken));
            let long = goes_on || line.len() > limits.max_record_bytes;
            line.truncate(limits.max_record_bytes);
            if !line.is_empty() {
                lines.push((line, long));
            }
        }
        skipping = goes_on;
    }
    Piece { lines, used: at, skipping }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMITS: Limits = Limits { read_bytes: 64, max_record_bytes: 10, batch_records: 100 };

    fn texts(bytes: &'static [u8], skipping: bool, whole: bool) -> (Vec<(String, bool)>, usize, bool) {
        let piece = cut(&Bytes::from_static(bytes), skipping, whole, LIMITS);
        let text = |(b, long): (Bytes, bool)| (String::from_utf8_lossy(&b).into_owned(), long);
        (piece.lines.into_iter().map(text).collect(), piece.used, piece.skipping)
    }

    #[test]
    fn only_whole_lines_are_taken_unless_it_is_the_last() {
        let one = |t: &str| (t.to_owned(), false);
        assert_eq!(texts(b"a\r\n\nb\nhalf", false, false), (vec![one("a"), one("b")], 6, false));
        assert_eq!(texts(b"b\nhalf", false, true), (vec![one("b"), one("half")], 6, false));
        assert_eq!(texts(b"half", false, false), (vec![], 0, false));
        assert_eq!(texts(b"0123456789\r", false, false), (vec![], 0, false), "its line feed may come");
        assert_eq!(texts(b"0123456789\r\n", false, false), (vec![one("0123456789")], 12, false));
    }

    #[test]
    fn long_lines_are_kept_in_part_and_their_rest_passed_over() {
        let cut = ("0123456789".to_owned(), true);
        assert_eq!(texts(b"0123456789abc\nx\n", false, false), (vec![cut.clone(), ("x".to_owned(), false)], 16, false));
        assert_eq!(texts(b"0123456789abc", false, false), (vec![cut], 13, true));
        assert_eq!(texts(b"more of it", true, false), (vec![], 10, true));
        assert_eq!(texts(b"end\nx\n", true, false), (vec![("x".to_owned(), false)], 6, false));
    }
}
