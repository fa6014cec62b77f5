//! Reading Rust source as text, as far as the checks need it: comments away, tests away.

/// The source with comments blanked out; strings and line numbers stay as they are.
pub(crate) fn without_comments(source: &str) -> String {
    let mut out = String::with_capacity(source.len());
    let mut rest = source;
    while let Some(c) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            blank(rest, line_end(rest), &mut out)
        } else if rest.starts_with("/*") {
            blank(rest, block_end(rest), &mut out)
        } else if let Some(end) = literal_end(rest, out.chars().next_back()) {
            copy(rest, end, &mut out)
        } else {
            copy(rest, c.len_utf8(), &mut out)
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    out
}

/// The part before the unit tests, which by custom end a file.
pub(crate) fn without_tests(source: &str) -> &str {
    let cut = source.find("#[cfg(test)]\nmod ").unwrap_or(source.len());
    source.get(..cut).unwrap_or(source)
}

fn copy(rest: &str, end: usize, out: &mut String) -> usize {
    out.push_str(rest.get(..end).unwrap_or_default());
    end
}

fn blank(rest: &str, end: usize, out: &mut String) -> usize {
    out.extend(rest.get(..end).unwrap_or_default().chars().map(|c| if c == '\n' { '\n' } else { ' ' }));
    end
}

fn line_end(rest: &str) -> usize {
    rest.find('\n').unwrap_or(rest.len())
}

/// Block comments nest in Rust.
fn block_end(rest: &str) -> usize {
    let (mut depth, mut at) = (0_usize, 0_usize);
    while let Some(tail) = rest.get(at..).filter(|t| !t.is_empty()) {
        if tail.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if tail.starts_with("*/") {
            depth = depth.saturating_sub(1);
            at += 2;
            if depth == 0 {
                return at;
            }
        } else {
            at += tail.chars().next().map_or(1, char::len_utf8);
        }
    }
    rest.len()
}

/// Length of the string or character literal that `rest` begins with, if it does.
fn literal_end(rest: &str, before: Option<char>) -> Option<usize> {
    if rest.starts_with('"') {
        return Some(quoted_end(rest, '"'));
    }
    if rest.starts_with('\'') {
        // A character, not a lifetime: one character or an escape, then the closing quote.
        let mut chars = rest.char_indices().skip(1);
        let (_, first) = chars.next()?;
        let (at, second) = chars.next()?;
        return match (first, second) {
            ('\\', _) => Some(quoted_end(rest, '\'')),
            (_, '\'') => Some(at + 1),
            _ => None,
        };
    }
    let in_word = before.is_some_and(|c| c.is_alphanumeric() || c == '_');
    let raw = rest.strip_prefix("br").or_else(|| rest.strip_prefix('r')).filter(|_| !in_word)?;
    let hashes = raw.len() - raw.trim_start_matches('#').len();
    let body = raw.get(hashes..)?.strip_prefix('"')?;
    let close = format!("\"{}", "#".repeat(hashes));
    let end = body.find(&close).map_or(body.len(), |at| at + close.len());
    Some(rest.len() - body.len() + end)
}

fn quoted_end(rest: &str, quote: char) -> usize {
    let mut escaped = false;
    for (at, c) in rest.char_indices().skip(1) {
        if escaped {
            escaped = false;
        } else if c == '\\' {
            escaped = true;
        } else if c == quote {
            return at + c.len_utf8();
        }
    }
    rest.len()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn comments_go_and_strings_stay() {
        let source = "let a = \"// no\"; // yes\n/* x /* y */ z */ let b = r#\"/* \" \"#;\nlet c = '\"'; // \"\n";
        let text = without_comments(source);
        assert!(text.contains("\"// no\""));
        assert!(!text.contains("yes"));
        assert!(!text.contains('z'));
        assert!(text.contains("r#\"/* \" \"#"));
        assert_eq!(text.lines().count(), 3);
        assert_eq!(text.len(), source.len());
    }

    #[test]
    fn lifetimes_are_not_characters() {
        let text = without_comments("fn f<'a>(x: &'a str) -> char { '\\'' } // gone");
        assert!(text.starts_with("fn f<'a>(x: &'a str) -> char { '\\'' }"));
        assert!(!text.contains("gone"));
    }

    #[test]
    fn unit_tests_are_cut() {
        assert_eq!(without_tests("a\n#[cfg(test)]\nmod tests { b }"), "a\n");
    }
}
