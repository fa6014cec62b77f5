//! Help while typing a value: which field it is for, and what the query becomes with a proposal.

use super::{Completion, Expr, FieldRef, Meta, Pattern, Query, Test};

/// A value under way, such as `user.name:ad`.
#[derive(Clone, Debug)]
pub struct ValueTyping {
    /// The field as written.
    pub name: String,
    /// What it stands for.
    pub field: FieldRef,
    /// What is typed of the value, without quotes.
    pub typed: String,
    head: String,
    tail: String,
}

/// The value that is being typed where the caret stands (in characters), if one is.
#[must_use]
pub fn value_typing(text: &str, caret: usize) -> Option<ValueTyping> {
    let before: String = text.chars().take(caret).collect();
    let tail: String = text.chars().skip(caret).collect();
    let start = word_start(&before);
    let (head, word) = before.split_at(start);
    let (name, typed) = word.split_once(':')?;
    let (name, typed) = (name.trim_matches('"'), typed.trim_start_matches('"'));
    let starts = name.chars().next().is_some_and(|c| c.is_alphabetic() || c == '_' || c == '@');
    // Ranges and groups are not completed, nor what is text although it has a colon.
    if !starts || typed.starts_with(['>', '<', '[', '{', '(', ':', '/', '\\']) {
        return None;
    }
    let field = FieldRef::named(name);
    let countable = !matches!(field, FieldRef::Meta(Meta::Time | Meta::Received | Meta::Id | Meta::Raw));
    countable.then(|| ValueTyping {
        name: name.to_owned(),
        field,
        typed: typed.to_owned(),
        head: head.to_owned(),
        tail: tail.trim_start_matches(|c: char| !c.is_whitespace() && c != ')').to_owned(),
    })
}

/// Byte at which the last word begins; spaces in quotes do not end a word.
fn word_start(text: &str) -> usize {
    let (mut start, mut quoted) = (0, false);
    for (at, c) in text.char_indices() {
        if c == '"' {
            quoted = !quoted;
        } else if !quoted && (c.is_whitespace() || c == '(') {
            start = at + c.len_utf8();
        }
    }
    start
}

impl ValueTyping {
    /// What the events must fit for their values to be proposed: the value begins with what is
    /// typed, and the conditions written before hold, where they are complete.
    #[must_use]
    pub fn query(&self) -> Query {
        let begins = format!("{}*", self.typed.replace('*', ""));
        let test = if self.typed.is_empty() { Test::Exists } else { Test::Is(Pattern::wildcard(&begins)) };
        let own = Query { text: String::new(), expr: Expr::Field(self.field.clone(), test) };
        let head = self.head.trim_end();
        let head = ["AND", "VÀ"].iter().find_map(|word| head.strip_suffix(word)).unwrap_or(head);
        match Query::parse(head) {
            Ok(before) if matches!(before.expr(), Expr::And(_) | Expr::Field(..) | Expr::Text(_)) => before.and(own),
            _ => own,
        }
    }

    /// The query with one of `values` in place of what is typed.
    #[must_use]
    pub fn proposals(&self, values: &[&str]) -> Vec<Completion> {
        let one = |value: &&str| {
            let written = format!("{}:{}", self.name, written(value));
            let caret = self.head.chars().count() + written.chars().count();
            Completion { query: format!("{}{written}{}", self.head, self.tail), label: written, caret }
        };
        values.iter().map(one).collect()
    }
}

/// A value as a query takes it literally: in quotes unless it is a plain word.
#[must_use]
pub fn written(value: &str) -> String {
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '@' | '$');
    if !value.is_empty() && value.chars().all(plain) {
        return value.to_owned();
    }
    format!("\"{}\"", value.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn typing(text: &str) -> Option<(String, String)> {
        value_typing(text, text.chars().count()).map(|v| (v.name, v.typed))
    }

    #[test]
    fn finds_the_value_being_typed() {
        let pair = |a: &str, b: &str| Some((a.to_owned(), b.to_owned()));
        assert_eq!(typing("user.name:ad"), pair("user.name", "ad"));
        assert_eq!(typing("x AND (host.name:\"PC 0"), pair("host.name", "PC 0"));
        assert_eq!(typing("kind:"), pair("kind", ""));
        for text in ["user", "time:2014", "source.port:>1", "http://x", r"C:\Windows", "a b", "\"x y"] {
            assert_eq!(typing(text), None, "{text}");
        }
    }

    #[test]
    fn proposals_fit_into_the_query_and_find_that_value() {
        let text = "kind:x AND user.name:ng sekurlsa";
        let typing = value_typing(text, 23).expect("a value");
        let done = typing.proposals(&["nguyễn văn \"an\"", "ngoc"]);
        assert_eq!(done[0].query, "kind:x AND user.name:\"nguyễn văn \"\"an\"\"\" sekurlsa");
        assert_eq!(done[1].query, "kind:x AND user.name:ngoc sekurlsa");
        assert!(done.iter().all(|c| Query::parse(&c.query).is_ok()));
        assert!(matches!(typing.query().expr(), Expr::And(parts) if parts.len() == 2));
    }
}
