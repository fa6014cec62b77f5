//! ArcSight CEF and IBM LEEF.

use engine_event::{Kind, Record};

/// Where the CEF or LEEF part of a message starts.
#[must_use]
pub fn start(text: &str, mark: &str) -> Option<usize> {
    let at = text.find(mark)?;
    // Only at the start or after a header, and with a version.
    let before = text.get(..at)?;
    let version = text.get(at + mark.len()..)?.as_bytes().first()?;
    (version.is_ascii_digit() && (before.is_empty() || before.ends_with([' ', '\t', ':']))).then_some(at)
}

/// Reads `CEF:0|vendor|product|version|class|name|severity|extension` into `record`.
///
/// `false`, with nothing added, when the header is not whole.
pub fn decode_cef(text: &str, record: &mut Record) -> bool {
    let Some(rest) = text.strip_prefix("CEF:") else { return false };
    let names =
        ["cefVersion", "deviceVendor", "deviceProduct", "deviceVersion", "deviceEventClassId", "name", "severity"];
    let mut values: [String; 7] = Default::default();
    let mut rest = rest;
    let last = values.len() - 1;
    for (index, value) in values.iter_mut().enumerate() {
        match header_part(rest, value) {
            Some(after) => rest = after,
            // The bar before an empty extension may be missing.
            None if index == last => rest = "",
            None => return false,
        }
    }
    for (name, value) in names.iter().zip(&values) {
        record.push(name, value.trim(), Kind::Text);
    }
    extension(rest, record);
    custom_labels(record);
    true
}

/// One header value up to the next bar; `None` when there is no bar (the value is filled all the same).
fn header_part<'t>(text: &'t str, value: &mut String) -> Option<&'t str> {
    let mut chars = text.char_indices();
    while let Some((at, c)) = chars.next() {
        match c {
            '|' => return text.get(at + 1..),
            '\\' => match chars.clone().next() {
                Some((_, next @ ('|' | '\\'))) => {
                    chars.next();
                    value.push(next);
                }
                _ => value.push('\\'),
            },
            c => value.push(c),
        }
    }
    None
}

/// `key=value key=value`: a value runs to the last space before the next `key=`.
fn extension(text: &str, record: &mut Record) {
    let mut rest = text.trim_start();
    let mut scratch = String::new();
    while record.len() < super::windows::MAX_FIELDS {
        let Some(end) = key_end(rest) else { break };
        let Some((key, after)) = rest.split_at_checked(end) else { break };
        let after = after.get(1..).unwrap_or_default();
        let value_end = next_key(after).unwrap_or(after.len());
        let (value, next) = after.split_at(value_end);
        scratch.clear();
        unescape(value.trim_end_matches([' ', '\r', '\n']), &mut scratch);
        record.push(key, &scratch, Kind::Text);
        rest = next.trim_start();
    }
}

/// Where the key at the start of `text` ends, if a key stands there.
fn key_end(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let end = bytes.iter().position(|b| *b == b'=')?;
    let key = text.get(..end)?;
    let plain = !key.is_empty()
        && key.len() <= 256
        && key.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.,-[]:/@#".contains(&b) || b >= 0x80);
    plain.then_some(end)
}

/// The space after which the next key starts.
fn next_key(text: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find([' ', '\n'])?;
        let next = text.get(at + 1..)?;
        if key_end(next).is_some() && !text.get(..at)?.ends_with('\\') {
            return Some(at);
        }
        from = at + 1;
    }
}

fn unescape(text: &str, into: &mut String) {
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match (c, chars.peek()) {
            ('\\', Some('=' | '\\')) => into.extend(chars.next()),
            ('\\', Some('n')) => {
                chars.next();
                into.push('\n');
            }
            ('\\', Some('r')) => {
                chars.next();
                into.push('\r');
            }
            _ => into.push(c),
        }
    }
}

/// `cs1Label=Rule cs1=Allow` also as `Rule=Allow`.
fn custom_labels(record: &mut Record) {
    let mut found: Vec<(String, String)> = Vec::new();
    for field in record.iter() {
        let Some(stem) = field.name.strip_suffix("Label") else { continue };
        let custom = stem.starts_with(['c', 'd', 'f']) && stem.ends_with(|c: char| c.is_ascii_digit());
        if let Some(value) = record.text(stem).filter(|_| custom && !field.text.is_empty()) {
            found.push((field.text.to_owned(), value.to_owned()));
        }
    }
    for (name, value) in found {
        if record.get(&name).is_none() {
            record.push(&name, &value, Kind::Text);
        }
    }
}

/// Reads `LEEF:1.0|vendor|product|version|event|pairs` (pairs between tabs) and
/// `LEEF:2.0|vendor|product|version|event|separator|pairs` into `record`.
pub fn decode_leef(text: &str, record: &mut Record) -> bool {
    let Some(rest) = text.strip_prefix("LEEF:") else { return false };
    let mut parts = rest.splitn(6, '|');
    let mut header = || parts.next();
    let (Some(version), Some(vendor), Some(product), Some(product_version), Some(event)) =
        (header(), header(), header(), header(), header())
    else {
        return false;
    };
    let mut body = parts.next().unwrap_or_default();
    let mut separator = '\t';
    if version.starts_with('2')
        && let Some((mark, rest)) = body.split_once('|')
        && let Some(chosen) = leef_separator(mark)
    {
        separator = chosen;
        body = rest;
    }
    for (name, value) in [
        ("leefVersion", version),
        ("deviceVendor", vendor),
        ("deviceProduct", product),
        ("deviceVersion", product_version),
        ("eventID", event),
    ] {
        record.push(name, value.trim(), Kind::Text);
    }
    for pair in body.split(separator) {
        if let Some((name, value)) = pair.split_once('=')
            && record.len() < super::windows::MAX_FIELDS
            && !name.trim().is_empty()
        {
            record.push(name.trim(), value, Kind::Text);
        }
    }
    true
}

fn leef_separator(mark: &str) -> Option<char> {
    let hex = mark.strip_prefix("0x").or_else(|| mark.strip_prefix('x'));
    match hex {
        Some(digits) => u32::from_str_radix(digits, 16).ok().and_then(char::from_u32),
        None if mark.is_empty() => Some('\t'),
        None => mark.chars().next().filter(|_| mark.chars().count() == 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_escapes() {
        let mut record = Record::new();
        assert!(decode_cef(
            r"CEF:0|Ven\|dor|P|1|100|name|5|cs1Label=Rule cs1=Allow all request=http://a/?x\=1 msg=a b\nc",
            &mut record
        ));
        for (name, want) in [
            ("deviceVendor", "Ven|dor"),
            ("cs1", "Allow all"),
            ("Rule", "Allow all"),
            ("request", "http://a/?x=1"),
            ("msg", "a b\nc"),
        ] {
            assert_eq!(record.text(name), Some(want), "{name}");
        }
        assert!(!decode_cef("CEF:0|short", &mut Record::new()));
    }

    #[test]
    fn leef_versions() {
        let mut record = Record::new();
        assert!(decode_leef("LEEF:1.0|V|P|1|login|src=192.0.2.1\tusrName=a b", &mut record));
        assert_eq!(record.text("usrName"), Some("a b"));
        let mut record = Record::new();
        assert!(decode_leef("LEEF:2.0|V|P|1|login|^|src=192.0.2.1^usrName=a", &mut record));
        assert_eq!(record.text("src"), Some("192.0.2.1"));
        assert!(!decode_leef("LEEF:1.0|V", &mut Record::new()));
    }
}
