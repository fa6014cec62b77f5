//! The query language of the search box.
//!
//! | written | finds events … |
//! |---|---|
//! | `mimikatz` | with that text anywhere in the raw record or in a value |
//! | `"failed password"` | with exactly that text, spaces and signs included |
//! | `user.name:admin` | whose value is `admin` |
//! | `process.executable:*\cmd.exe` | whose value fits; `*` any text, `?` one character |
//! | `field:*` | that have the field |
//! | `source.ip:10.0.0.0/8` | with an address in the network |
//! | `source.port:>=1024`, `source.port:[1 TO 1023]`, `{1 TO 5}` | in a range (brackets inclusive, braces exclusive, `*` open) |
//! | `time:2014-03-01`, `time:>=2014-03-01T08:00:00+07:00` | on that day (UTC+7), from that time |
//! | `user.name:(admin OR root)` | with one of several values |
//! | `a AND b`, `a b`, `a OR b`, `NOT a`, `( )` | combined; `VÀ`, `HOẶC`, `KHÔNG` do the same |
//!
//! Letter case and Vietnamese marks do not matter: `tuong lua` finds `Tường lửa`. A backslash is
//! a plain character, so that paths can be pasted; in quotes `""` is one quote, and `*`, `?`
//! are plain. Field names are the common columns (`host.name` …), [`Meta`] names (`unit`,
//! `kind` …), or any name in the record; `fields.NAME` reaches a record's field that has the
//! name of a meta field.

mod complete;
mod complete_value;
mod error;
mod field;
mod matching;
mod parse;
mod pattern;
mod pivot;
mod range;

pub use complete::{Completion, complete, known_fields};
pub use complete_value::{ValueTyping, value_typing, written};
pub use error::{QueryError, QueryFault};
pub use field::{FieldRef, Meta, mark_names};
pub use pattern::{Pattern, fold};
pub use pivot::Pivot;
pub use range::{Limit, ValueRange};

use ipnet::IpNet;
use std::str::FromStr;

/// Longest query, in characters.
pub const MAX_QUERY_CHARS: usize = 4096;
/// Deepest nesting of parentheses.
pub const MAX_DEPTH: usize = 32;
/// Most single conditions.
pub const MAX_TERMS: usize = 128;

/// A query, parsed and checked.
#[derive(Clone, Debug)]
pub struct Query {
    text: String,
    expr: Expr,
}

/// What a query asks.
#[derive(Clone, Debug)]
pub enum Expr {
    /// Everything.
    All,
    /// Each of these.
    And(Vec<Expr>),
    /// At least one of these.
    Or(Vec<Expr>),
    /// Not this.
    Not(Box<Expr>),
    /// A value of the field passes the test.
    Field(FieldRef, Test),
    /// The text is somewhere in the raw record, a value of the record, or `host.name`.
    Text(Pattern),
}

/// What a value is tested for.
#[derive(Clone, Debug)]
pub enum Test {
    /// There is a value.
    Exists,
    /// It is (fits) this.
    Is(Pattern),
    /// It lies in this range.
    Range(Box<ValueRange>),
    /// It is an address of this network.
    Net(IpNet),
}

impl Query {
    /// Parses the text of a search box; empty text asks for everything.
    ///
    /// # Errors
    /// [`QueryError`] with the place and the remedy.
    pub fn parse(text: &str) -> Result<Self, QueryError> {
        let expr = parse::parse(text)?;
        Ok(Self { text: text.trim().to_owned(), expr })
    }

    /// The query for everything.
    #[must_use]
    pub const fn everything() -> Self {
        Self { text: String::new(), expr: Expr::All }
    }

    /// The query for events that have exactly this value in a field, whatever its characters.
    #[must_use]
    pub fn field_is(field: &str, value: &str) -> Self {
        let name = FieldRef::named(field);
        let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
        let plain =
            field.starts_with(char::is_alphabetic) && field.chars().all(|c| c.is_alphanumeric() || "._-".contains(c));
        let field = if plain { field.to_owned() } else { quoted(field) };
        let text = format!("{field}:{}", quoted(value));
        Self { text, expr: Expr::Field(name, Test::Is(Pattern::literal(value))) }
    }

    /// This and the other.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        match (&self.expr, &other.expr) {
            (Expr::All, _) => other,
            (_, Expr::All) => self,
            _ => Self {
                text: format!("({}) AND ({})", self.text, other.text),
                expr: Expr::And(vec![self.expr, other.expr]),
            },
        }
    }

    /// As it was written.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// What it asks.
    #[must_use]
    pub const fn expr(&self) -> &Expr {
        &self.expr
    }

    /// Whether it asks for everything.
    #[must_use]
    pub const fn is_everything(&self) -> bool {
        matches!(self.expr, Expr::All)
    }

    /// The patterns that a result fits, each with its field (`None`: free text), for marking
    /// them on a page. Those under `NOT` are left out.
    #[must_use]
    pub fn needles(&self) -> Vec<(Option<&str>, &Pattern)> {
        let mut found = Vec::new();
        collect_needles(&self.expr, &mut found);
        found
    }
}

fn collect_needles<'a>(expr: &'a Expr, found: &mut Vec<(Option<&'a str>, &'a Pattern)>) {
    match expr {
        Expr::And(parts) | Expr::Or(parts) => parts.iter().for_each(|part| collect_needles(part, found)),
        Expr::Field(field, Test::Is(pattern)) => found.push((Some(field.name()), pattern)),
        Expr::Text(pattern) => found.push((None, pattern)),
        Expr::All | Expr::Not(_) | Expr::Field(..) => {}
    }
}

impl Default for Query {
    fn default() -> Self {
        Self::everything()
    }
}

impl FromStr for Query {
    type Err = QueryError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::parse(text)
    }
}
