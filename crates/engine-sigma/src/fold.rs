//! Case folding: the one definition of "without regard to case" in this engine.
//!
//! Sigma rules specification 2.1, "Detection / General": *all values are treated as
//! case-insensitive strings*. The specification does not say which letters that covers.
//! Here two characters are equal when Unicode's **simple case folding** makes them equal
//! (the same relation as `(?i)` in regular expressions), so `ĐĂNG NHẬP` finds `đăng nhập`.
//! Accents count: `a` is not `á`. No Unicode normal form is applied.

/// The representative of all characters equal to `c` without regard to case.
#[must_use]
pub fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    // Turkish dotted and dotless i have no simple folding.
    if matches!(c, 'İ' | 'ı') {
        return c;
    }
    // By way of the capital, so that ς, σ and Σ meet; letters whose capital is two letters stay.
    let upper = single(c.to_uppercase()).unwrap_or(c);
    single(upper.to_lowercase()).unwrap_or(upper)
}

fn single(mut chars: impl Iterator<Item = char>) -> Option<char> {
    let first = chars.next()?;
    chars.next().is_none().then_some(first)
}

/// Appends the folded form of `text` to `out`.
pub fn fold_into(text: &str, out: &mut String) {
    let mut rest = text;
    while !rest.is_empty() {
        let (ascii, other) = rest.split_at_checked(ascii_start(rest.as_bytes())).unwrap_or((rest, ""));
        let start = out.len();
        out.push_str(ascii);
        if let Some(tail) = out.get_mut(start..) {
            tail.make_ascii_lowercase();
        }
        let end = other.find(|c: char| c.is_ascii()).unwrap_or(other.len());
        let (letters, after) = other.split_at_checked(end).unwrap_or((other, ""));
        out.extend(letters.chars().map(fold_char));
        rest = after;
    }
}

/// How many ASCII bytes `bytes` starts with, many at a time.
fn ascii_start(bytes: &[u8]) -> usize {
    const CHUNK: usize = 64;
    let whole = bytes.chunks_exact(CHUNK).take_while(|chunk| chunk.is_ascii()).count() * CHUNK;
    let rest = bytes.get(whole..).unwrap_or_default();
    whole + rest.iter().take_while(|b| b.is_ascii()).count()
}

/// The folded form of `text`.
#[must_use]
pub fn fold(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    fold_into(text, &mut out);
    out
}

/// The folded form of `text`, and for each of its bytes (and its end) the byte of `text` it came from.
/// Used to tell where in the original a match lies.
pub(crate) fn fold_with_map(text: &str) -> (String, Vec<usize>) {
    let (mut out, mut map) = (String::with_capacity(text.len()), Vec::with_capacity(text.len() + 1));
    for (at, c) in text.char_indices() {
        let folded = fold_char(c);
        out.push(folded);
        map.extend(std::iter::repeat_n(at, folded.len_utf8()));
    }
    map.push(text.len());
    (out, map)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vietnamese_and_ascii() {
        assert_eq!(fold("ĐĂNG NHẬP Cmd.EXE"), "đăng nhập cmd.exe");
        assert_ne!(fold("á"), fold("a"));
    }

    /// `(?i)` of the regex crate follows Unicode's simple case folding; ours must agree on every character.
    #[test]
    fn agrees_with_simple_case_folding_of_regex() {
        let mut checked = 0;
        let unknown = regex::Regex::new(r"^\p{Cn}$").expect("a class");
        for c in '\u{80}'..=char::MAX {
            for other in c.to_lowercase().chain(c.to_uppercase()).chain([fold_char(c)]) {
                if other == c {
                    continue;
                }
                let re = regex::Regex::new(&format!("(?i)^{}$", regex::escape(&c.to_string()))).expect("a character");
                if unknown.is_match(&c.to_string()) || unknown.is_match(&other.to_string()) {
                    // Assigned in a newer Unicode than that crate's tables.
                    continue;
                }
                let same = re.is_match(&other.to_string());
                assert_eq!(same, fold_char(c) == fold_char(other), "{c:?} {other:?}");
                checked += 1;
            }
        }
        assert!(checked > 2000);
    }

    #[test]
    fn map_leads_back_to_the_original() {
        // The Kelvin sign is three bytes and folds to one.
        let (folded, map) = fold_with_map("a\u{212A}b");
        assert_eq!(folded, "akb");
        assert_eq!(map, [0, 1, 4, 5]);
    }
}
