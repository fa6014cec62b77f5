//! From text to [`Expr`]: one pass, bounded in length, depth and conditions.

use super::range::{is_day, parse_time};
use super::{Expr, FieldRef, Limit, MAX_DEPTH, MAX_QUERY_CHARS, MAX_TERMS, Meta, Pattern, Test, ValueRange};
use super::{QueryError, QueryFault};
use ipnet::IpNet;

pub(super) fn parse(text: &str) -> Result<Expr, QueryError> {
    let chars: Vec<char> = text.chars().take(MAX_QUERY_CHARS + 1).collect();
    if chars.len() > MAX_QUERY_CHARS {
        return Err(QueryError { position: MAX_QUERY_CHARS, fault: QueryFault::TooLong });
    }
    let mut parser = Parser { chars, at: 0, depth: 0, terms: 0, field: None };
    parser.skip_space();
    if parser.peek().is_none() {
        return Ok(Expr::All);
    }
    let expr = parser.or()?;
    match parser.peek() {
        None => Ok(expr),
        Some(_) => Err(parser.fault(parser.at, QueryFault::CloseParenthesis)),
    }
}

struct Parser {
    chars: Vec<char>,
    at: usize,
    depth: usize,
    terms: usize,
    /// The field of a group `field:( … )`.
    field: Option<String>,
}

#[derive(Clone, Copy, PartialEq)]
enum Operator {
    And,
    Or,
    Not,
}

impl Operator {
    /// The English and Vietnamese words, in capitals so that ordinary words stay search text.
    fn named(word: &str) -> Option<Self> {
        match word {
            "AND" | "VÀ" => Some(Self::And),
            "OR" | "HOẶC" => Some(Self::Or),
            "NOT" | "KHÔNG" => Some(Self::Not),
            _ => None,
        }
    }
}

type Parsed<T> = Result<T, QueryError>;

impl Parser {
    fn or(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.and()?];
        while self.take_operator(Operator::Or) {
            parts.push(self.and()?);
        }
        Ok(join(parts, Expr::Or))
    }

    fn and(&mut self) -> Parsed<Expr> {
        let mut parts = vec![self.not()?];
        loop {
            let explicit = self.take_operator(Operator::And);
            self.skip_space();
            let ends =
                matches!(self.peek(), None | Some(')')) || self.operator().is_some_and(|(o, _)| o == Operator::Or);
            if ends && !explicit {
                return Ok(join(parts, Expr::And));
            }
            parts.push(self.not()?);
        }
    }

    fn not(&mut self) -> Parsed<Expr> {
        self.skip_space();
        let begin = self.at;
        if self.take_operator(Operator::Not) {
            self.enter(begin)?;
            let inner = self.not()?;
            self.depth -= 1;
            return Ok(Expr::Not(Box::new(inner)));
        }
        self.primary()
    }

    fn primary(&mut self) -> Parsed<Expr> {
        self.skip_space();
        let begin = self.at;
        match self.peek() {
            Some('(') => self.group(),
            None | Some(')') => {
                // Behind an operator, or `()`.
                let before = self.word_before(begin);
                Err(self.fault(begin, QueryFault::NoOperand(before)))
            }
            Some(_) => {
                if let Some((_, word)) = self.operator() {
                    return Err(self.fault(begin, QueryFault::NoOperand(word)));
                }
                self.term()
            }
        }
    }

    fn group(&mut self) -> Parsed<Expr> {
        let open = self.at;
        self.at += 1;
        self.enter(open)?;
        let inner = self.or()?;
        self.depth -= 1;
        self.skip_space();
        if self.peek() != Some(')') {
            return Err(self.fault(open, QueryFault::OpenParenthesis));
        }
        self.at += 1;
        Ok(inner)
    }

    fn enter(&mut self, position: usize) -> Parsed<()> {
        self.depth += 1;
        if self.depth > MAX_DEPTH { Err(self.fault(position, QueryFault::TooDeep)) } else { Ok(()) }
    }

    /// One condition: `field:value`, a value of the group's field, or free text.
    fn term(&mut self) -> Parsed<Expr> {
        self.terms += 1;
        if self.terms > MAX_TERMS {
            return Err(self.fault(self.at, QueryFault::TooManyTerms));
        }
        let begin = self.at;
        if let Some(field) = self.field.clone() {
            return self.value(&field);
        }
        if let Some(field) = self.take_field()? {
            return self.value(&field);
        }
        self.at = begin;
        if self.peek() == Some('"') {
            return Ok(Expr::Text(Pattern::literal(&self.quoted()?)));
        }
        let word = self.bare();
        Ok(if word.chars().all(|c| c == '*') { Expr::All } else { Expr::Text(Pattern::wildcard(&word)) })
    }

    /// `name:` or `"name":`; nothing is taken when it is not one.
    fn take_field(&mut self) -> Parsed<Option<String>> {
        let begin = self.at;
        let name = if self.peek() == Some('"') { self.quoted()? } else { self.name() };
        if name.is_empty() || self.peek() != Some(':') {
            self.at = begin;
            return Ok(None);
        }
        self.at += 1;
        // `http://…`, `C:\…` and `sekurlsa::…` are text, not fields (`source.ip:::1` is a field).
        let rest = self.chars.get(self.at..).unwrap_or_default();
        let address = rest.starts_with(&['/', '/']);
        let drive = name.chars().count() == 1 && matches!(rest.first(), Some('\\' | '/'));
        let path = rest.first() == Some(&':') && !FieldRef::named(&name).is_known();
        if address || drive || path {
            self.at = begin;
            return Ok(None);
        }
        Ok(Some(name))
    }

    /// Characters a field name may have without quotes; it begins with a letter, `_` or `@`.
    fn name(&mut self) -> String {
        let first = self.peek().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '@');
        if !first {
            return String::new();
        }
        self.take_while(|c| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | '@' | '$' | '/' | '[' | ']' | '%'))
    }

    fn value(&mut self, field: &str) -> Parsed<Expr> {
        let begin = self.at;
        let target = FieldRef::named(field);
        let test = match self.peek() {
            None | Some(')') => return Err(self.fault(begin, QueryFault::NoValue(field.to_owned()))),
            Some(c) if c.is_whitespace() => return Err(self.fault(begin, QueryFault::NoValue(field.to_owned()))),
            Some('(') => {
                let outer = self.field.replace(field.to_owned());
                let group = self.group();
                self.field = outer;
                return group;
            }
            Some('"') => self.quoted_test(&target)?,
            Some('>' | '<') => Test::Range(Box::new(self.comparison(field)?)),
            Some('[' | '{') => Test::Range(Box::new(self.bracket_range()?)),
            Some(_) => {
                let word = self.bare();
                bare_test(&word).map_err(|fault| self.fault(begin, fault))?
            }
        };
        meaning(target, test).map_err(|fault| self.fault(begin, fault))
    }

    fn quoted_test(&mut self, target: &FieldRef) -> Parsed<Test> {
        let text = self.quoted()?;
        // In quotes a time is still a time, for the fields that are nothing else.
        let is_time = matches!(target, FieldRef::Meta(Meta::Time | Meta::Received));
        Ok(match is_time.then(|| time_test(&text)).flatten() {
            Some(test) => test,
            None => Test::Is(Pattern::literal(&text)),
        })
    }

    /// `>=a`, `>a`, `<=a`, `<a`.
    fn comparison(&mut self, field: &str) -> Parsed<ValueRange> {
        let begin = self.at;
        let above = self.peek() == Some('>');
        self.at += 1;
        let inclusive = self.peek() == Some('=');
        self.at += usize::from(inclusive);
        let text = if self.peek() == Some('"') { self.quoted()? } else { self.bare() };
        if text.is_empty() {
            return Err(self.fault(begin, QueryFault::NoValue(field.to_owned())));
        }
        let limit = Some(Limit::new(&text, inclusive));
        Ok(if above { ValueRange { low: limit, high: None } } else { ValueRange { low: None, high: limit } })
    }

    /// `[a TO b]` and `{a TO b}`; either end may be `*`.
    fn bracket_range(&mut self) -> Parsed<ValueRange> {
        let begin = self.at;
        let low_inclusive = self.peek() == Some('[');
        let rest = self.chars.get(begin + 1..).unwrap_or_default();
        let bad = |parser: &Self| {
            let text: String = parser.chars.iter().skip(begin).take_while(|c| !c.is_whitespace()).take(40).collect();
            parser.fault(begin, QueryFault::BadRange(text))
        };
        let Some(length) = rest.iter().position(|c| matches!(c, ']' | '}')) else { return Err(bad(self)) };
        let inner: String = rest.iter().take(length).collect();
        let high_inclusive = rest.get(length) == Some(&']');
        let Some((low, high)) = inner.split_once(" TO ") else { return Err(bad(self)) };
        let limit = |text: &str, inclusive| {
            let text = text.trim().trim_matches('"');
            (text != "*" && !text.is_empty()).then(|| Limit::new(text, inclusive))
        };
        let range = ValueRange { low: limit(low, low_inclusive), high: limit(high, high_inclusive) };
        if range.low.is_none() && range.high.is_none() {
            return Err(bad(self));
        }
        self.at = begin + 1 + length + 1;
        Ok(range)
    }

    /// Text in quotes; `""` inside is one quote.
    fn quoted(&mut self) -> Parsed<String> {
        let open = self.at;
        let mut text = String::new();
        self.at += 1;
        loop {
            match self.peek() {
                None => return Err(self.fault(open, QueryFault::OpenQuote)),
                Some('"') if self.chars.get(self.at + 1) == Some(&'"') => {
                    text.push('"');
                    self.at += 2;
                }
                Some('"') => {
                    self.at += 1;
                    return Ok(text);
                }
                Some(c) => {
                    text.push(c);
                    self.at += 1;
                }
            }
        }
    }

    /// A word: up to a space, a parenthesis or a quote.
    fn bare(&mut self) -> String {
        self.take_while(|c| !c.is_whitespace() && !matches!(c, '(' | ')' | '"'))
    }

    fn take_while(&mut self, fits: impl Fn(char) -> bool) -> String {
        let text: String = self.chars.iter().skip(self.at).take_while(|c| fits(**c)).collect();
        self.at += text.chars().count();
        text
    }

    /// The operator that stands here, and its word.
    fn operator(&self) -> Option<(Operator, String)> {
        let word: String = self.chars.iter().skip(self.at).take_while(|c| c.is_alphabetic()).collect();
        let operator = Operator::named(&word)?;
        let behind = self.chars.get(self.at + word.chars().count());
        behind.is_none_or(|c| c.is_whitespace() || matches!(c, '(' | ')' | '"')).then_some((operator, word))
    }

    fn take_operator(&mut self, wanted: Operator) -> bool {
        self.skip_space();
        let word = self.operator().filter(|(found, _)| *found == wanted).map(|(_, word)| word);
        self.at += word.as_ref().map_or(0, |w| w.chars().count());
        word.is_some()
    }

    /// The word that ends before `position`, for the message.
    fn word_before(&self, position: usize) -> String {
        let before: String = self.chars.iter().take(position).collect();
        before.split_whitespace().next_back().unwrap_or("()").trim_start_matches('(').to_owned()
    }

    fn skip_space(&mut self) {
        self.take_while(char::is_whitespace);
    }

    fn peek(&self) -> Option<char> {
        self.chars.get(self.at).copied()
    }

    fn fault(&self, position: usize, fault: QueryFault) -> QueryError {
        QueryError { position: position.min(self.chars.len()), fault }
    }
}

fn join(mut parts: Vec<Expr>, kind: fn(Vec<Expr>) -> Expr) -> Expr {
    match parts.len() {
        1 => parts.pop().unwrap_or(Expr::All),
        _ => kind(parts),
    }
}

/// What a word behind a colon tests for.
fn bare_test(word: &str) -> Result<Test, QueryFault> {
    if !word.is_empty() && word.chars().all(|c| c == '*') {
        return Ok(Test::Exists);
    }
    if let Some((address, bits)) = word.split_once('/')
        && address.parse::<std::net::IpAddr>().is_ok()
    {
        let bits_like = !bits.is_empty() && bits.bytes().all(|b| b.is_ascii_digit());
        return match word.parse::<IpNet>() {
            Ok(net) => Ok(Test::Net(net)),
            Err(_) if bits_like => Err(QueryFault::BadNetwork(word.to_owned())),
            Err(_) => Ok(Test::Is(Pattern::wildcard(word))),
        };
    }
    Ok(Test::Is(Pattern::wildcard(word)))
}

/// A day or a moment as a range of times.
fn time_test(text: &str) -> Option<Test> {
    let start = parse_time(text)?;
    let high = if is_day(text) { Limit::at(start.plus_secs(86_400), false) } else { Limit::at(start, true) };
    Some(Test::Range(Box::new(ValueRange { low: Some(Limit::at(start, true)), high: Some(high) })))
}

/// Checks that the test suits the field, and gives times their meaning.
fn meaning(field: FieldRef, test: Test) -> Result<Expr, QueryFault> {
    let FieldRef::Meta(meta) = field else { return Ok(Expr::Field(field, test)) };
    match (meta, test) {
        (Meta::Time | Meta::Received | Meta::Id | Meta::Kind | Meta::Raw, Test::Exists) => Ok(Expr::All),
        (Meta::Time | Meta::Received, Test::Range(range)) => {
            for limit in [&range.low, &range.high].into_iter().flatten() {
                if limit.time().is_none() {
                    return Err(QueryFault::BadTime(limit.text().to_owned()));
                }
            }
            Ok(Expr::Field(FieldRef::Meta(meta), Test::Range(range)))
        }
        (Meta::Time | Meta::Received, Test::Is(pattern)) => match time_test(pattern.typed()) {
            Some(test) => Ok(Expr::Field(FieldRef::Meta(meta), test)),
            None => Err(QueryFault::BadTime(pattern.typed().to_owned())),
        },
        (Meta::Time | Meta::Received, Test::Net(net)) => Err(QueryFault::BadTime(net.to_string())),
        (Meta::Id | Meta::Mark | Meta::Raw, Test::Range(_) | Test::Net(_)) => {
            Err(QueryFault::NotForField(meta.name().to_owned()))
        }
        (meta, test) => Ok(Expr::Field(FieldRef::Meta(meta), test)),
    }
}
