//! `name=value` pairs as firewalls and daemons write them.

use engine_event::{Kind, Record};
use std::borrow::Cow;

/// How pairs are told apart.
#[derive(Clone, Debug)]
pub struct KvOptions {
    /// Between pairs.
    pub pair: Box<str>,
    /// Between name and value.
    pub assign: Box<str>,
    /// Text up to and including this is left out.
    pub after: Option<Box<str>>,
}

impl Default for KvOptions {
    fn default() -> Self {
        Self { pair: Box::from(" "), assign: Box::from("="), after: None }
    }
}

/// Reads pairs into `record`; returns how many there were.
///
/// Values may be quoted with `"` (backslash escapes) or `'`. With a space between pairs, a word
/// without an assignment continues the value before it (`msg=user logged in`), except after
/// a quoted value, where it is passed over.
pub fn decode(text: &str, options: &KvOptions, record: &mut Record) -> usize {
    let mut rest = match &options.after {
        Some(mark) => text.split_once(&**mark).map_or(text, |(_, rest)| rest),
        None => text,
    };
    let mut count = 0;
    while record.len() < super::windows::MAX_FIELDS {
        rest = rest.trim_start_matches([' ', '\t', '\r', '\n']);
        rest = strip_pairs(rest, &options.pair);
        let Some((name, after)) = name(rest, options) else {
            // Not a pair: go on behind the next separator.
            match rest.split_once(&*options.pair) {
                Some((_, next)) => {
                    rest = next;
                    continue;
                }
                None => break,
            }
        };
        let (value, next) = value(after, options);
        record.push(name, &value, Kind::Text);
        count += 1;
        rest = next;
    }
    count
}

fn strip_pairs<'t>(mut text: &'t str, pair: &str) -> &'t str {
    while let Some(rest) = text.strip_prefix(pair) {
        text = rest;
    }
    text.trim_start()
}

/// A name and what follows its assignment.
fn name<'t>(text: &'t str, options: &KvOptions) -> Option<(&'t str, &'t str)> {
    let end = text.find(&*options.assign)?;
    let name = text.get(..end)?.trim_end();
    let plain = !name.is_empty()
        && name.len() <= 128
        && !name.contains(&*options.pair)
        && !name.contains(['"', '\'', '\t', '\n', '{', '}', '<', '>']);
    // With another separator than a space, names may hold spaces.
    plain.then(|| (name, text.get(end + options.assign.len()..).unwrap_or_default()))
}

fn value<'t>(text: &'t str, options: &KvOptions) -> (Cow<'t, str>, &'t str) {
    // A space after a colon belongs to the assignment, after an equals sign it ends the value.
    let text = if &*options.pair == " " { text } else { text.trim_start_matches(' ') };
    if let Some(rest) = text.strip_prefix('"') {
        if let Some(end) = closing(rest, b'"') {
            let inner = rest.get(..end).unwrap_or_default();
            let after = rest.get(end + 1..).unwrap_or_default();
            if !inner.contains('\\') {
                return (inner.into(), after);
            }
            return (unescape(inner).into(), after);
        }
    } else if let Some(rest) = text.strip_prefix('\'')
        && let Some(end) = closing(rest, b'\'')
    {
        return (rest.get(..end).unwrap_or_default().into(), rest.get(end + 1..).unwrap_or_default());
    }
    let end =
        if &*options.pair == " " { end_before_next_pair(text, &options.assign) } else { text.find(&*options.pair) };
    let end = end.unwrap_or(text.len());
    (text.get(..end).unwrap_or_default().trim_end().into(), text.get(end..).unwrap_or_default())
}

fn closing(text: &str, quote: u8) -> Option<usize> {
    let mut escaped = false;
    text.bytes().position(|b| {
        let end = b == quote && !escaped;
        escaped = b == b'\\' && !escaped;
        end
    })
}

/// Backslash before a quote or a backslash is taken out; elsewhere (Windows paths) it stays.
fn unescape(text: &str) -> String {
    let mut into = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        if c == '\\' && matches!(chars.peek(), Some('"' | '\\')) {
            into.extend(chars.next());
        } else {
            into.push(c);
        }
    }
    into
}

/// The end of a value that may hold spaces: before the word that has an assignment.
fn end_before_next_pair(text: &str, assign: &str) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + text.get(from..)?.find([' ', '\t', '\n'])?;
        let next = text.get(at..)?.trim_start();
        let word = next.split([' ', '\t', '\n']).next().unwrap_or_default();
        let is_pair = word.find(assign).is_some_and(|a| {
            word.get(..a).is_some_and(|n| {
                !n.is_empty() && n.bytes().all(|b| b.is_ascii_alphanumeric() || b"_-.:[]".contains(&b))
            })
        });
        if is_pair || next.is_empty() {
            return Some(at);
        }
        from = text.len() - next.len();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str, options: &KvOptions) -> Vec<(String, String)> {
        let mut record = Record::new();
        decode(text, options, &mut record);
        record.iter().map(|f| (f.name.to_owned(), f.text.to_owned())).collect()
    }

    #[test]
    fn firewall_lines() {
        let got = read(
            r#"date=2026-11-22 devname="FG 1" msg="a \"b\" c" path="C:\x" user= action=deny"#,
            &KvOptions::default(),
        );
        let flat: Vec<_> = got.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(
            flat,
            [
                ("date", "2026-11-22"),
                ("devname", "FG 1"),
                ("msg", "a \"b\" c"),
                ("path", "C:\\x"),
                ("user", ""),
                ("action", "deny")
            ]
        );
        let got = read("IN=eth0 OUT= SRC=192.0.2.1 DF PROTO=TCP SPT=1 SYN URGP=0", &KvOptions::default());
        assert_eq!(got[1], ("OUT".to_owned(), String::new()));
        assert_eq!(got.last(), Some(&("URGP".to_owned(), "0".to_owned())));
        let semicolon = KvOptions { pair: Box::from(";"), assign: Box::from(":"), after: None };
        let got = read("a: x y; b:\"1\";c:", &semicolon);
        assert_eq!(got, [("a", "x y"), ("b", "1"), ("c", "")].map(|(n, v)| (n.to_owned(), v.to_owned())));
    }

    #[test]
    fn rubbish_ends() {
        for text in ["", "=", "===", "\"", "a=\"", "a", " = = ", "a=b=c=d", "\u{0}=\u{0}"] {
            read(text, &KvOptions::default());
        }
    }
}
