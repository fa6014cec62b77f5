//! Help while typing: field names and operators that could stand at the caret.

use super::{FieldRef, Meta};
use engine_event::CommonField;

/// Most proposals.
const MAX_PROPOSALS: usize = 20;

/// A proposal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Completion {
    /// The whole query with the proposal in it.
    pub query: String,
    /// What is proposed, such as `user.name:`.
    pub label: String,
    /// Where the caret then stands, in characters.
    pub caret: usize,
}

/// Names of all fields that every lake knows: common columns first, then meta fields.
pub fn known_fields() -> impl Iterator<Item = &'static str> {
    CommonField::ALL.iter().map(|field| field.name()).chain(Meta::ALL.into_iter().map(Meta::name))
}

/// Proposals for the word that ends at `caret` (in characters). `seen` are names of original
/// fields worth proposing besides the known ones, such as those of the events on the page.
#[must_use]
pub fn complete(text: &str, caret: usize, seen: &[&str]) -> Vec<Completion> {
    let before: String = text.chars().take(caret).collect();
    let after: String = text.chars().skip(caret).collect();
    // The character before the word may have several bytes, as a no-break space from a pasted text has.
    let ends = |c: char| c.is_whitespace() || c == '(';
    let start = before.char_indices().rfind(|(_, c)| ends(*c)).map_or(0, |(at, c)| at + c.len_utf8());
    let (head, word) = before.split_at(start);
    // In quotes or behind a colon there is a value, which nobody can guess.
    if word.contains([':', '"']) || before.matches('"').count() % 2 == 1 {
        return Vec::new();
    }
    let operators = if head.trim().is_empty() { &["NOT"][..] } else { &["AND", "OR", "NOT"][..] };
    let seen = seen.iter().map(|name| format!("{name}:"));
    let fields = known_fields().map(|name| format!("{name}:")).chain(seen);
    let operators = operators.iter().map(|name| format!("{name} "));
    let typed = word.to_ascii_lowercase();
    let mut labels: Vec<String> = Vec::new();
    for label in fields.chain(operators) {
        let fits = label.to_ascii_lowercase().contains(&typed);
        if fits && !labels.iter().any(|known| known.eq_ignore_ascii_case(&label)) {
            labels.push(label);
        }
    }
    // Names that begin with what was typed come before those that only contain it.
    labels.sort_by_key(|label| !label.to_ascii_lowercase().starts_with(&typed));
    labels.truncate(MAX_PROPOSALS);
    labels
        .into_iter()
        .map(|label| {
            let caret = head.chars().count() + label.chars().count();
            Completion { query: format!("{head}{label}{after}"), label, caret }
        })
        .collect()
}

impl FieldRef {
    /// Whether the field is one of the columns every event may have (not an original field).
    #[must_use]
    pub const fn is_known(&self) -> bool {
        !matches!(self, Self::Record(_))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn labels(text: &str, seen: &[&str]) -> Vec<String> {
        complete(text, text.chars().count(), seen).into_iter().map(|c| c.label).collect()
    }

    #[test]
    fn proposes_what_begins_with_the_word_first() {
        let found = labels("a AND user", &["TargetUserName"]);
        assert_eq!(found.first().map(String::as_str), Some("user.name:"));
        assert!(found.contains(&"TargetUserName:".to_owned()));
        let done = complete("x us y", 4, &[]).remove(0);
        assert_eq!((done.query.as_str(), done.caret), ("x user.name: y", 12));
        // A space of two bytes, as comes with text from a web page.
        assert_eq!(complete("x\u{a0}us", 4, &[]).remove(0).query, "x\u{a0}user.name:");
    }

    #[test]
    fn proposes_nothing_for_values() {
        assert!(labels("user.name:ad", &[]).is_empty());
        assert!(labels("\"some us", &[]).is_empty());
        assert!(labels("", &[]).contains(&"host.name:".to_owned()));
    }
}
