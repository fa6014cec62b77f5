//! The strings of one language, read from its `.ftl` files.

use crate::findings::Findings;
use fluent_syntax::ast::{CallArguments, Entry, Expression, InlineExpression, Pattern, PatternElement};
use fluent_syntax::parser;
use std::collections::{BTreeMap, BTreeSet};

/// A string: where it stands and which variables it shows.
#[derive(Debug)]
pub(super) struct Message {
    pub(super) place: String,
    pub(super) variables: BTreeSet<String>,
}

/// All strings of one language.
#[derive(Debug, Default)]
pub(super) struct Catalogue {
    pub(super) messages: BTreeMap<String, Message>,
    /// Strings that other strings refer to.
    pub(super) referenced: BTreeSet<String>,
}

impl Catalogue {
    /// Reads one file, telling broken and repeated entries.
    pub(super) fn read(&mut self, file: &str, text: &str, findings: &mut Findings) {
        let resource = match parser::parse(text) {
            Ok(resource) => resource,
            Err((resource, errors)) => {
                for error in errors {
                    findings.add(format!("{file}:{}", line_of(text, error.pos.start)), format!("{}", error.kind));
                }
                resource
            }
        };
        for entry in &resource.body {
            let Entry::Message(message) = entry else { continue };
            let key = message.id.name;
            let place = format!("{file}:{}", key_line(text, key, self.messages.contains_key(key)));
            let mut variables = BTreeSet::new();
            for pattern in message.value.iter().chain(message.attributes.iter().map(|a| &a.value)) {
                self.pattern(pattern, &mut variables);
            }
            if let Some(earlier) = self.messages.get(key) {
                findings.add(&place, format!("`{key}` is there twice; the other is at {}", earlier.place));
                continue;
            }
            self.messages.insert(key.to_owned(), Message { place, variables });
        }
    }

    fn pattern(&mut self, pattern: &Pattern<&str>, variables: &mut BTreeSet<String>) {
        for element in &pattern.elements {
            if let PatternElement::Placeable { expression } = element {
                self.expression(expression, variables);
            }
        }
    }

    fn expression(&mut self, expression: &Expression<&str>, variables: &mut BTreeSet<String>) {
        match expression {
            Expression::Select { selector, variants } => {
                self.inline(selector, variables);
                for variant in variants {
                    self.pattern(&variant.value, variables);
                }
            }
            Expression::Inline(inline) => self.inline(inline, variables),
        }
    }

    fn inline(&mut self, inline: &InlineExpression<&str>, variables: &mut BTreeSet<String>) {
        match inline {
            InlineExpression::VariableReference { id } => {
                variables.insert(id.name.to_owned());
            }
            InlineExpression::MessageReference { id, .. } => {
                self.referenced.insert(id.name.to_owned());
            }
            InlineExpression::FunctionReference { arguments, .. } => self.arguments(arguments, variables),
            InlineExpression::TermReference { arguments: Some(arguments), .. } => self.arguments(arguments, variables),
            InlineExpression::Placeable { expression } => self.expression(expression, variables),
            _ => {}
        }
    }

    fn arguments(&mut self, arguments: &CallArguments<&str>, variables: &mut BTreeSet<String>) {
        for inline in arguments.positional.iter().chain(arguments.named.iter().map(|n| &n.value)) {
            self.inline(inline, variables);
        }
    }
}

/// The line, counted from 1, of a byte position.
pub(super) fn line_of(text: &str, position: usize) -> usize {
    text.bytes().take(position).filter(|b| *b == b'\n').count() + 1
}

/// The line of a key: its first, or its last when it is there again.
fn key_line(text: &str, key: &str, again: bool) -> usize {
    let mut lines = text
        .lines()
        .enumerate()
        .filter(|(_, l)| l.strip_prefix(key).is_some_and(|rest| rest.trim_start().starts_with('=')))
        .map(|(n, _)| n + 1);
    let line = if again { lines.last() } else { lines.next() };
    line.unwrap_or(1)
}
