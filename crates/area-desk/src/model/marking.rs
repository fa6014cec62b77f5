//! Which parts of a text to mark: the bytes a rule matched, in a field or in the raw record.

use super::detection::MatchedField;

/// A stretch of text, marked or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece<'a> {
    /// The text.
    pub text: &'a str,
    /// Whether it is to be marked.
    pub marked: bool,
}

/// Shortest value that is looked for in the raw record; shorter ones (`1`, `4`) are everywhere.
const MIN_RAW_NEEDLE: usize = 3;
/// Most places marked in one text, so that a page stays small whatever the input.
const MAX_MARKS: usize = 200;

/// Cuts `text` at the byte ranges given. Ranges may overlap, be out of order, out of
/// bounds or off a character boundary; what cannot be marked stays plain.
#[must_use]
pub fn cut<'a>(text: &'a str, ranges: &[(usize, usize)]) -> Vec<Piece<'a>> {
    let mut sorted: Vec<(usize, usize)> =
        ranges.iter().map(|&(from, to)| (floor(text, from), ceil(text, to))).filter(|(from, to)| from < to).collect();
    sorted.sort_unstable();
    let (mut pieces, mut at) = (Vec::new(), 0_usize);
    for (from, to) in sorted.into_iter().take(MAX_MARKS) {
        let from = from.max(at);
        if from >= to {
            continue;
        }
        push(&mut pieces, text.get(at..from), false);
        push(&mut pieces, text.get(from..to), true);
        at = to;
    }
    push(&mut pieces, text.get(at..), false);
    pieces
}

fn push<'a>(pieces: &mut Vec<Piece<'a>>, text: Option<&'a str>, marked: bool) {
    if let Some(text) = text.filter(|t| !t.is_empty()) {
        pieces.push(Piece { text, marked });
    }
}

fn floor(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at -= 1;
    }
    at
}

fn ceil(text: &str, at: usize) -> usize {
    let mut at = at.min(text.len());
    while !text.is_char_boundary(at) {
        at += 1;
    }
    at
}

/// The ranges to mark in the value of the field `name`: the matched part, or the whole
/// value where the comparison was about the whole. Of very long values the detector keeps
/// the part around the match; it is found again in the whole.
#[must_use]
pub fn field_ranges(name: &str, value: &str, matched: &[MatchedField]) -> Vec<(usize, usize)> {
    matched
        .iter()
        .filter(|m| m.field.eq_ignore_ascii_case(name) && !m.value.is_empty())
        .filter_map(|m| {
            let offset =
                if m.value.len() == value.len() { (m.value == value).then_some(0) } else { value.find(&m.value) };
            let (from, to) = m.span.unwrap_or((0, m.value.len()));
            offset.map(|at| (at + from, at + to))
        })
        .collect()
}

/// The ranges to mark in the raw record: the matched part of each value wherever it
/// stands, as written or as JSON writes it (backslashes and quotes doubled).
#[must_use]
pub fn raw_ranges(raw: &str, matched: &[MatchedField]) -> Vec<(usize, usize)> {
    let mut ranges = Vec::new();
    for m in matched {
        let needle = m.span.and_then(|(from, to)| m.value.get(from..to)).unwrap_or(&m.value);
        for form in [needle.to_owned(), escaped(needle)] {
            if form.len() < MIN_RAW_NEEDLE {
                continue;
            }
            for (at, found) in raw.match_indices(form.as_str()) {
                if ranges.len() >= MAX_MARKS {
                    return ranges;
                }
                ranges.push((at, at + found.len()));
            }
        }
    }
    ranges
}

fn escaped(text: &str) -> String {
    let json = serde_json::Value::from(text).to_string();
    json.strip_prefix('"').and_then(|t| t.strip_suffix('"')).map(str::to_owned).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matched(field: &str, value: &str, span: Option<(usize, usize)>) -> MatchedField {
        MatchedField { field: field.into(), value: value.into(), pattern: String::new(), op: "contains".into(), span }
    }

    fn shown(pieces: &[Piece<'_>]) -> String {
        pieces.iter().map(|p| if p.marked { format!("[{}]", p.text) } else { p.text.to_owned() }).collect()
    }

    #[test]
    fn overlapping_wild_and_split_ranges_are_safe() {
        assert_eq!(shown(&cut("abcdef", &[(3, 5), (1, 4), (9, 12)])), "a[bcd][e]f");
        assert_eq!(shown(&cut("tường", &[(2, 3)])), "t[ư]ờng", "a range inside a character takes the whole character");
        assert_eq!(shown(&cut("", &[(0, 3)])), "");
    }

    #[test]
    fn raw_json_is_marked_in_its_escaped_form() {
        let m = [matched("Image", r"C:\Temp\a.exe", Some((3, 13)))];
        let raw = r#"{"Image":"C:\\Temp\\a.exe"}"#;
        assert_eq!(shown(&cut(raw, &raw_ranges(raw, &m))), r#"{"Image":"C:\\[Temp\\a.exe]"}"#);
    }

    #[test]
    fn only_the_matched_value_of_a_field_is_marked() {
        let m = [matched("CommandLine", "whoami /all", Some((0, 6)))];
        assert_eq!(field_ranges("commandline", "whoami /all", &m), vec![(0, 6)]);
        assert!(field_ranges("CommandLine", "other", &m).is_empty());
        assert_eq!(
            field_ranges("CommandLine", "cmd /c whoami /all", &m),
            vec![(7, 13)],
            "the excerpt of a longer value"
        );
    }
}
