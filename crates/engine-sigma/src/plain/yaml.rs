//! The part of YAML that rules use, without copying what stands as it is written.
//!
//! YAML 1.2 as libyaml reads it, with the core schema for scalars; everything doubtful is declined.

use std::borrow::Cow;

/// A value of a document.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Node<'a> {
    Null,
    Bool(bool),
    Int(i64),
    Text(Cow<'a, str>),
    List(Vec<Node<'a>>),
    /// Names differ.
    Map(Members<'a>),
}

/// Members of a mapping in the order written.
pub(super) type Members<'a> = Vec<(Cow<'a, str>, Node<'a>)>;

/// Deepest nesting that is read here; rules go five deep.
const DEEPEST: usize = 16;
/// Most members of one mapping: each name is compared with those before.
const MOST_MEMBERS: usize = 200;

/// Reads a document that is a mapping; `None` when it is not surely of the plain form.
pub(super) fn read(text: &str) -> Option<Members<'_>> {
    if !is_ordinary(text) {
        return None;
    }
    let mut reader = Reader { lines: lines(text)?, at: 0, ends_with_newline: text.ends_with('\n') };
    match reader.next().map(|l| l.indent) {
        Some(0) => {}
        _ => return None,
    }
    let members = reader.map(0, 0)?;
    reader.next().is_none().then_some(members)
}

/// Whether all characters are printable, and none but the newline ends a line or separates words
/// (a tab does in some places and not in others).
fn is_ordinary(text: &str) -> bool {
    let odd = |b: &u8| (*b < b' ' && *b != b'\n') || *b >= 0x7F;
    if !text.as_bytes().iter().any(odd) {
        return true;
    }
    text.chars().all(|c| match c {
        '\n' | ' '..='~' => true,
        '\u{2028}' | '\u{2029}' | '\u{FEFF}' | '\u{FFFE}' | '\u{FFFF}' => false,
        c => c >= '\u{A0}',
    })
}

#[derive(Clone, Copy)]
struct Line<'a> {
    /// Spaces before the text.
    indent: usize,
    /// Without the spaces before and after.
    text: &'a str,
    /// As it stands.
    whole: &'a str,
}

/// The lines; `None` when one is a mark of the stream.
fn lines(text: &str) -> Option<Vec<Line<'_>>> {
    let mut lines = Vec::with_capacity(text.len() / 24 + 1);
    let mut start = 0;
    // What follows the last newline is no line, unless there is something.
    let last = Some(text.len()).filter(|_| !text.is_empty() && !text.ends_with('\n'));
    for end in memchr::memchr_iter(b'\n', text.as_bytes()).chain(last) {
        let whole = text.get(start..end)?;
        start = end + 1;
        let text = whole.trim_start_matches(' ');
        let indent = whole.len() - text.len();
        if indent == 0 && (text.starts_with("---") || text.starts_with("...") || text.starts_with('%')) {
            return None;
        }
        lines.push(Line { indent, text: text.trim_end_matches(' '), whole });
    }
    Some(lines)
}

struct Reader<'a> {
    lines: Vec<Line<'a>>,
    at: usize,
    ends_with_newline: bool,
}

impl<'a> Reader<'a> {
    /// The next line that says something; empty ones and comments are passed over.
    fn next(&mut self) -> Option<Line<'a>> {
        while let Some(line) = self.lines.get(self.at) {
            if !line.text.is_empty() && !line.text.starts_with('#') {
                return Some(*line);
            }
            self.at += 1;
        }
        None
    }

    /// A list or a mapping that starts at the next line.
    fn block(&mut self, depth: usize) -> Option<Node<'a>> {
        if depth > DEEPEST {
            return None;
        }
        let line = self.next()?;
        if is_entry(line.text) {
            return self.list(line.indent, depth).map(Node::List);
        }
        self.map(line.indent, depth).map(Node::Map)
    }

    fn map(&mut self, indent: usize, depth: usize) -> Option<Members<'a>> {
        let mut members = Members::new();
        while let Some(line) = self.next().filter(|l| l.indent >= indent) {
            if line.indent > indent || members.len() >= MOST_MEMBERS {
                return None;
            }
            let (name, rest) = split_name(line.text)?;
            if members.iter().any(|(n, _)| *n == name) {
                return None;
            }
            self.at += 1;
            let value = self.value(rest, indent, true, depth)?;
            members.push((name, value));
        }
        Some(members)
    }

    fn list(&mut self, indent: usize, depth: usize) -> Option<Vec<Node<'a>>> {
        let mut items = Vec::new();
        while let Some(line) = self.next().filter(|l| l.indent >= indent) {
            if line.indent > indent {
                return None;
            }
            // A list may stand as far left as the name it belongs to.
            let Some(rest) = line.text.strip_prefix('-').filter(|_| is_entry(line.text)) else { break };
            let text = rest.trim_start_matches(' ');
            if !text.starts_with('#') && (is_entry(text) || starts_mapping(text)) {
                // What follows the dash is a block of its own, that far to the right.
                let indent = line.indent + line.text.len() - text.len();
                *self.lines.get_mut(self.at)? = Line { indent, text, whole: "" };
                items.push(self.block(depth + 1)?);
            } else {
                self.at += 1;
                items.push(self.value(rest, indent, false, depth)?);
            }
        }
        Some(items)
    }

    /// The value after a name or a dash, which stand `indent` spaces from the left.
    fn value(&mut self, rest: &'a str, indent: usize, in_map: bool, depth: usize) -> Option<Node<'a>> {
        let rest = rest.trim_start_matches(' ');
        match rest.as_bytes().first() {
            None | Some(b'#') => match self.next() {
                Some(line) if line.indent > indent => self.block(depth + 1),
                Some(line) if in_map && line.indent == indent && is_entry(line.text) => {
                    if depth >= DEEPEST {
                        return None;
                    }
                    self.list(indent, depth + 1).map(Node::List)
                }
                _ => Some(Node::Null),
            },
            Some(b'|') => self.literal(rest, indent),
            Some(b'\'' | b'"') => {
                let (text, after) = quoted(rest)?;
                ends(after).then_some(Node::Text(text))
            }
            Some(_) => self.plain(rest, indent),
        }
    }

    /// Text without quotes, which may go on in lines further to the right.
    fn plain(&mut self, rest: &'a str, indent: usize) -> Option<Node<'a>> {
        if !starts_plain(rest) {
            return None;
        }
        let (first, commented) = match rest.find(" #") {
            Some(at) => (rest.get(..at)?.trim_end_matches(' '), true),
            None => (rest, false),
        };
        if has_colon(first) {
            return None;
        }
        let (mut whole, mut empty) = (None::<String>, 0);
        for (n, line) in self.lines.iter().enumerate().skip(self.at) {
            if line.text.is_empty() {
                empty += 1;
                continue;
            }
            if line.indent <= indent || line.text.starts_with('#') {
                break;
            }
            let letter = line.text.starts_with(|c: char| c.is_alphanumeric() || c == '(');
            if commented || !letter || has_colon(line.text) || line.text.contains(" #") {
                return None;
            }
            let text = whole.get_or_insert_with(|| first.to_owned());
            match empty {
                0 => text.push(' '),
                _ => text.extend(std::iter::repeat_n('\n', empty)),
            }
            text.push_str(line.text);
            empty = 0;
            self.at = n + 1;
        }
        match whole {
            // Several words are no number and no word of the schema.
            Some(text) => Some(Node::Text(Cow::Owned(text))),
            None => scalar(first),
        }
    }

    /// A block of text as it stands (`|`).
    fn literal(&mut self, header: &str, indent: usize) -> Option<Node<'a>> {
        if header != "|" && header != "|-" {
            return None;
        }
        let (mut text, mut empty, mut left) = (String::new(), 0, None);
        while let Some(line) = self.lines.get(self.at) {
            if line.text.is_empty() {
                // More spaces than the text is indented by would be part of it.
                if line.whole.len() > left.unwrap_or(0) {
                    return None;
                }
                empty += 1;
            } else if line.indent <= indent {
                break;
            } else {
                let left = *left.get_or_insert(line.indent);
                if !text.is_empty() {
                    text.push('\n');
                }
                text.extend(std::iter::repeat_n('\n', empty));
                empty = 0;
                text.push_str(line.whole.get(left..).filter(|_| line.indent >= left)?);
            }
            self.at += 1;
        }
        let cut_short = self.at >= self.lines.len() && !self.ends_with_newline;
        if text.is_empty() || cut_short {
            return None;
        }
        if header == "|" {
            text.push('\n');
        }
        Some(Node::Text(Cow::Owned(text)))
    }
}

/// Whether a line is an entry of a list.
fn is_entry(text: &str) -> bool {
    text == "-" || text.starts_with("- ")
}

/// Whether nothing but a comment follows.
fn ends(after: &str) -> bool {
    after.is_empty()
        || after.trim_start_matches(' ').is_empty()
        || after.trim_start_matches(' ').starts_with('#') && after.starts_with(' ')
}

/// Whether text without quotes may start so.
fn starts_plain(text: &str) -> bool {
    match text.as_bytes() {
        [b'-' | b':', second, ..] => *second != b' ',
        [
            b'-' | b':' | b'?' | b',' | b'[' | b']' | b'{' | b'}' | b'#' | b'&' | b'*' | b'!' | b'|' | b'>' | b'\''
            | b'"' | b'%' | b'@' | b'`',
            ..,
        ] => false,
        bytes => !bytes.is_empty(),
    }
}

/// Where the colon stands that makes what is before it a name.
fn colon(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    memchr::memchr_iter(b':', bytes).find(|at| bytes.get(at + 1).is_none_or(|b| *b == b' '))
}

fn has_colon(text: &str) -> bool {
    colon(text).is_some()
}

/// Whether a list entry is a mapping.
fn starts_mapping(text: &str) -> bool {
    if text.starts_with(['\'', '"']) {
        return quoted(text).is_some_and(|(_, after)| after.starts_with(':'));
    }
    !text.starts_with('|') && colon(text).is_some_and(|at| text.find(" #").is_none_or(|comment| at < comment))
}

/// A name and what follows its colon.
fn split_name(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if text.starts_with(['\'', '"']) {
        let (name, after) = quoted(text)?;
        let rest = after.strip_prefix(':').filter(|r| r.is_empty() || r.starts_with(' '))?;
        return Some((name, rest));
    }
    let at = colon(text)?;
    let (name, rest) = text.split_at_checked(at)?;
    if !starts_plain(name) || name.contains(" #") || name.ends_with(' ') || name.len() > 500 || name == "<<" {
        return None;
    }
    match scalar(name)? {
        Node::Text(name) => Some((name, rest.get(1..)?)),
        _ => None,
    }
}

/// Text in quotes at the start, and what follows it; it must end on its line.
fn quoted(text: &str) -> Option<(Cow<'_, str>, &str)> {
    if let Some(body) = text.strip_prefix('\'') {
        let mut from = 0;
        loop {
            let at = from + memchr::memchr(b'\'', body.as_bytes().get(from..)?)?;
            let after = body.get(at + 1..)?;
            if after.starts_with('\'') {
                from = at + 2;
                continue;
            }
            let inner = body.get(..at)?;
            let inner = if from == 0 { Cow::Borrowed(inner) } else { Cow::Owned(inner.replace("''", "'")) };
            return Some((inner, after));
        }
    }
    let body = text.strip_prefix('"')?;
    let end = memchr::memchr2(b'"', b'\\', body.as_bytes())?;
    if body.as_bytes().get(end) == Some(&b'"') {
        return Some((Cow::Borrowed(body.get(..end)?), body.get(end + 1..)?));
    }
    let mut inner = String::with_capacity(body.len());
    let mut chars = body.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '"' => return Some((Cow::Owned(inner), body.get(at + 1..)?)),
            '\\' => match chars.next()?.1 {
                c @ ('\\' | '"') => inner.push(c),
                'n' => inner.push('\n'),
                't' => inner.push('\t'),
                _ => return None,
            },
            c => inner.push(c),
        }
    }
    None
}

/// Text without quotes by the core schema. Numbers in other forms than plain decimals are declined.
fn scalar(text: &str) -> Option<Node<'_>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    if unsigned.starts_with(|c: char| c.is_ascii_digit() || c == '.') {
        return number(text, unsigned);
    }
    Some(match text {
        "" => return None,
        "~" | "null" | "Null" | "NULL" => Node::Null,
        "true" | "True" | "TRUE" => Node::Bool(true),
        "false" | "False" | "FALSE" => Node::Bool(false),
        text => Node::Text(Cow::Borrowed(text)),
    })
}

fn number<'a>(text: &'a str, unsigned: &str) -> Option<Node<'a>> {
    let digits = unsigned.bytes().all(|b| b.is_ascii_digit());
    // With a zero in front it is text (`007`).
    if digits && (unsigned.len() == 1 || !unsigned.starts_with('0')) {
        let plain = unsigned.len() <= 18 && !text.starts_with('+') && text != "-0";
        return plain.then(|| text.parse().ok().map(Node::Int)).flatten();
    }
    let based = ["0x", "0o", "0b"].iter().any(|base| unsigned.starts_with(base));
    let special = [".inf", ".nan"].iter().any(|word| unsigned.eq_ignore_ascii_case(word));
    if based || special || (!digits && text.parse::<f64>().is_ok()) {
        return None;
    }
    Some(Node::Text(Cow::Borrowed(text)))
}
