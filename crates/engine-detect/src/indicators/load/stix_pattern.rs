//! The part of the STIX pattern language (STIX 2.1 part 9) that is a list of values: comparisons
//! with `=`, `IN` and `ISSUBSET`, joined by `OR`, in one or more observations joined by `OR`.
//!
//! Of comparisons joined by `AND` a hash of a file may stand for all, since it names one file by
//! itself; other conjunctions are refused, for a list cannot say them.

use crate::indicators::kind::IndicatorKind;

/// What a pattern asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Part {
    /// A value, and its kind where the object path tells.
    Value(String, Option<IndicatorKind>),
    /// An object path that is not looked for.
    Other(String),
}

/// Place in characters and message.
type Mistake = (usize, &'static str);

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// Word: operator, path.
    Word(String),
    Text(String),
    Sign(char),
}

/// Longest pattern, in bytes, and deepest brackets.
const MAX_PATTERN: usize = 1024 * 1024;
const MAX_DEPTH: usize = 32;

/// The values of a pattern.
pub(super) fn parts(pattern: &str) -> Result<Vec<Part>, Mistake> {
    if pattern.len() > MAX_PATTERN {
        return Err((0, "is longer than 1 MiB"));
    }
    let mut parser = Parser { tokens: tokens(pattern)?, at: 0, end: pattern.chars().count() };
    let found = parser.observations(MAX_DEPTH)?;
    if parser.peek().is_some() {
        return Err(parser.mistake("has more than observations joined with OR"));
    }
    Ok(found)
}

fn tokens(pattern: &str) -> Result<Vec<(usize, Token)>, Mistake> {
    let mut all = Vec::new();
    let mut chars = pattern.chars().enumerate().peekable();
    while let Some((at, c)) = chars.next() {
        match c {
            c if c.is_whitespace() => {}
            '\'' => {
                let mut text = String::new();
                loop {
                    match chars.next() {
                        Some((_, '\\')) => text.extend(chars.next().map(|(_, c)| c)),
                        Some((_, '\'')) => break,
                        Some((_, c)) => text.push(c),
                        None => return Err((at, "a text is not closed")),
                    }
                }
                all.push((at, Token::Text(text)));
            }
            '[' | ']' | '(' | ')' | '=' | '!' | '<' | '>' | ',' => all.push((at, Token::Sign(c))),
            first => all.push((at, Token::Word(word(first, &mut chars)))),
        }
    }
    Ok(all)
}

/// An object path keeps its quoted parts and its list index: `file:hashes.'SHA-256'`, `a[*].b`.
fn word(first: char, chars: &mut std::iter::Peekable<impl Iterator<Item = (usize, char)>>) -> String {
    let mut word = String::from(first);
    let mut quoted = false;
    while let Some((_, c)) = chars.peek().copied() {
        let index = c == '[' || (c == ']' && word.contains('['));
        let opens = c == '\'' && word.ends_with('.');
        let plain = c.is_alphanumeric() || matches!(c, ':' | '.' | '-' | '_' | '*');
        if !(quoted || index || opens || plain) {
            break;
        }
        chars.next();
        if c == '\'' {
            quoted = opens;
        } else {
            word.push(c);
        }
    }
    word
}

struct Parser {
    tokens: Vec<(usize, Token)>,
    at: usize,
    end: usize,
}

impl Parser {
    fn peek(&self) -> Option<&Token> {
        self.tokens.get(self.at).map(|(_, t)| t)
    }

    fn mistake(&self, message: &'static str) -> Mistake {
        (self.tokens.get(self.at).map_or(self.end, |(at, _)| *at) + 1, message)
    }

    fn sign(&mut self, sign: char) -> bool {
        let found = self.peek() == Some(&Token::Sign(sign));
        self.at += usize::from(found);
        found
    }

    fn keyword(&mut self, word: &str) -> bool {
        let found = matches!(self.peek(), Some(Token::Word(w)) if w.eq_ignore_ascii_case(word));
        self.at += usize::from(found);
        found
    }

    fn observations(&mut self, depth: usize) -> Result<Vec<Part>, Mistake> {
        let mut all = self.observation(depth)?;
        loop {
            if self.keyword("OR") {
                all.extend(self.observation(depth)?);
            } else if matches!(self.peek(), Some(Token::Word(_))) {
                return Err(self.mistake("observations joined with AND or FOLLOWEDBY, or with a time, are no list"));
            } else {
                return Ok(all);
            }
        }
    }

    fn observation(&mut self, depth: usize) -> Result<Vec<Part>, Mistake> {
        if depth == 0 {
            return Err(self.mistake("brackets are nested too deeply"));
        }
        if self.sign('(') {
            let all = self.observations(depth - 1)?;
            return if self.sign(')') { Ok(all) } else { Err(self.mistake("`)` is missing")) };
        }
        if !self.sign('[') {
            return Err(self.mistake("`[` is missing"));
        }
        let all = self.either(depth)?;
        if self.sign(']') { Ok(all) } else { Err(self.mistake("`]` is missing")) }
    }

    fn either(&mut self, depth: usize) -> Result<Vec<Part>, Mistake> {
        let mut all = self.both(depth)?;
        while self.keyword("OR") {
            all.extend(self.both(depth)?);
        }
        Ok(all)
    }

    /// Comparisons joined with AND, which binds more tightly.
    fn both(&mut self, depth: usize) -> Result<Vec<Part>, Mistake> {
        let begin = self.at;
        let mut sides = vec![self.comparison(depth)?];
        while self.keyword("AND") {
            sides.push(self.comparison(depth)?);
        }
        if sides.len() > 1 {
            let hash = |p: &Part| {
                matches!(p, Part::Value(_, Some(IndicatorKind::Md5 | IndicatorKind::Sha1 | IndicatorKind::Sha256)))
            };
            let of_hashes = sides.iter().position(|s| !s.is_empty() && s.iter().all(hash));
            let Some(side) = of_hashes else {
                self.at = begin;
                return Err(self.mistake("comparisons joined with AND are no list"));
            };
            return Ok(sides.swap_remove(side));
        }
        Ok(sides.pop().unwrap_or_default())
    }

    fn comparison(&mut self, depth: usize) -> Result<Vec<Part>, Mistake> {
        if depth == 0 {
            return Err(self.mistake("brackets are nested too deeply"));
        }
        if self.sign('(') {
            let all = self.either(depth - 1)?;
            return if self.sign(')') { Ok(all) } else { Err(self.mistake("`)` is missing")) };
        }
        let Some(Token::Word(path)) = self.peek().cloned() else {
            return Err(self.mistake("an object path is missing"));
        };
        self.at += 1;
        if self.keyword("IN") {
            return self.set(&path);
        }
        if self.sign('=') {
            // `==` is written too.
            self.sign('=');
        } else if !self.keyword("ISSUBSET") {
            return self.other(path);
        }
        let value = self.value()?;
        Ok(vec![part(&path, value)])
    }

    /// A comparison by another operator: passed over with what it compares.
    fn other(&mut self, path: String) -> Result<Vec<Part>, Mistake> {
        let negated = self.keyword("NOT") || self.peek() == Some(&Token::Sign('!'));
        if negated {
            return Err(self.mistake("a comparison that is negated is no list"));
        }
        let begin = self.at;
        while matches!(self.peek(), Some(Token::Sign('<' | '>' | '='))) {
            self.at += 1;
        }
        let named = ["LIKE", "MATCHES", "ISSUPERSET"].iter().any(|word| self.keyword(word));
        if self.at == begin && !named {
            return Err(self.mistake("an operator is missing"));
        }
        self.value()?;
        Ok(vec![Part::Other(path)])
    }

    fn set(&mut self, path: &str) -> Result<Vec<Part>, Mistake> {
        if !self.sign('(') {
            return Err(self.mistake("`(` is missing after IN"));
        }
        let mut all = vec![part(path, self.value()?)];
        while self.sign(',') {
            all.push(part(path, self.value()?));
        }
        if self.sign(')') { Ok(all) } else { Err(self.mistake("`)` is missing")) }
    }

    /// A text, or a number or the like, which no value of ours is.
    fn value(&mut self) -> Result<String, Mistake> {
        let value = match self.peek() {
            Some(Token::Text(text) | Token::Word(text)) => text.clone(),
            _ => return Err(self.mistake("a value is missing")),
        };
        self.at += 1;
        // `t'2014-01-13T07:03:17Z'`, `h'ffee'`, `b'…'`.
        if matches!(value.as_str(), "t" | "h" | "b") && matches!(self.peek(), Some(Token::Text(_))) {
            self.at += 1;
        }
        Ok(value)
    }
}

/// The kind that an object path asks for (STIX 2.1 part 6).
fn part(path: &str, value: String) -> Part {
    let lower = path.to_ascii_lowercase().replace(['\'', '_'], "").replace("sha-", "sha");
    let kind = match lower.as_str() {
        "ipv4-addr:value" | "ipv6-addr:value" | "network-traffic:dstref.value" | "network-traffic:srcref.value" => None,
        "domain-name:value" => Some(IndicatorKind::Domain),
        "url:value" => Some(IndicatorKind::Url),
        "email-addr:value" | "email-message:fromref.value" | "email-message:senderref.value" => {
            Some(IndicatorKind::Mail)
        }
        hash if hash.contains("hashes.md5") => Some(IndicatorKind::Md5),
        hash if hash.contains("hashes.sha1") => Some(IndicatorKind::Sha1),
        hash if hash.contains("hashes.sha256") => Some(IndicatorKind::Sha256),
        _ => return Part::Other(path.to_owned()),
    };
    Part::Value(value, kind)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pattern: &str) -> Vec<String> {
        let parts = parts(pattern).unwrap_or_else(|e| panic!("{pattern}: {e:?}"));
        let text = |p| match p {
            Part::Value(value, _) => value,
            Part::Other(path) => format!("({path})"),
        };
        parts.into_iter().map(text).collect()
    }

    #[test]
    fn lists_are_read() {
        assert_eq!(values("[ ipv4-addr:value = '192.0.2.1' ]"), ["192.0.2.1"]);
        assert_eq!(values("[ipv4-addr:value ISSUBSET '192.0.2.0/24']"), ["192.0.2.0/24"]);
        assert_eq!(
            values("[domain-name:value IN ('a.vn', 'b.vn')] OR [url:value = 'http://x.vn/\\'']"),
            ["a.vn", "b.vn", "http://x.vn/'"]
        );
        assert_eq!(values("([file:hashes.MD5 = 'x' OR (file:hashes.'SHA-256' = 'y')])"), ["x", "y"]);
        assert_eq!(
            values("[file:name = 'a.exe' AND file:hashes.'SHA-1' = 'z' OR file:size > 7]"),
            ["z", "(file:size)"]
        );
        assert_eq!(values("[email-message:subject MATCHES '^x']"), ["(email-message:subject)"]);
    }

    #[test]
    fn what_is_no_list_is_refused() {
        for pattern in [
            "",
            "[",
            "[ipv4-addr:value = 'x'",
            "[ipv4-addr:value = 'x' AND domain-name:value = 'y']",
            "[ipv4-addr:value = 'x'] AND [domain-name:value = 'y']",
            "[ipv4-addr:value = 'x'] WITHIN 5 SECONDS",
            "[ipv4-addr:value != 'x']",
            "[ipv4-addr:value NOT = 'x']",
            "[ipv4-addr:value = 'x]",
        ] {
            assert!(parts(pattern).is_err(), "{pattern}");
        }
        assert!(parts(&"(".repeat(100_000)).is_err());
    }
}
