//! A mistake in a query: where, what, and how to write it instead.

use std::fmt;

/// A mistake in a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct QueryError {
    /// Place, in characters from 0.
    pub position: usize,
    /// What is wrong.
    pub fault: QueryFault,
}

/// What is wrong with a query. Pages translate it by [`QueryFault::key`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QueryFault {
    /// A `(` without its `)`.
    OpenParenthesis,
    /// A `)` without its `(`.
    CloseParenthesis,
    /// A `"` without its end.
    OpenQuote,
    /// An operator with nothing to work on.
    NoOperand(String),
    /// `field:` with nothing behind.
    NoValue(String),
    /// Not a range as it should be.
    BadRange(String),
    /// Not an address range.
    BadNetwork(String),
    /// Not a time.
    BadTime(String),
    /// Only an exact value or range works for this field.
    NotForField(String),
    /// Too many characters.
    TooLong,
    /// Parentheses nested too deeply.
    TooDeep,
    /// Too many conditions.
    TooManyTerms,
}

impl QueryFault {
    /// Every key, so that a page can check that it has all the strings.
    pub const KEYS: [&'static str; 12] = [
        "open-parenthesis",
        "close-parenthesis",
        "open-quote",
        "no-operand",
        "no-value",
        "bad-range",
        "bad-network",
        "bad-time",
        "not-for-field",
        "too-long",
        "too-deep",
        "too-many-terms",
    ];

    /// A stable word for translations.
    #[must_use]
    pub const fn key(&self) -> &'static str {
        match self {
            Self::OpenParenthesis => "open-parenthesis",
            Self::CloseParenthesis => "close-parenthesis",
            Self::OpenQuote => "open-quote",
            Self::NoOperand(_) => "no-operand",
            Self::NoValue(_) => "no-value",
            Self::BadRange(_) => "bad-range",
            Self::BadNetwork(_) => "bad-network",
            Self::BadTime(_) => "bad-time",
            Self::NotForField(_) => "not-for-field",
            Self::TooLong => "too-long",
            Self::TooDeep => "too-deep",
            Self::TooManyTerms => "too-many-terms",
        }
    }

    /// The part of the query it is about, for the translation's placeholder; may be empty.
    #[must_use]
    pub fn subject(&self) -> &str {
        match self {
            Self::NoOperand(s)
            | Self::NoValue(s)
            | Self::BadRange(s)
            | Self::BadNetwork(s)
            | Self::BadTime(s)
            | Self::NotForField(s) => s,
            _ => "",
        }
    }
}

impl fmt::Display for QueryFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OpenParenthesis => f.write_str("this parenthesis is never closed; add `)` or put the text in quotes"),
            Self::CloseParenthesis => f.write_str("this `)` closes nothing; remove it or put the text in quotes"),
            Self::OpenQuote => {
                f.write_str("this quote is never closed; add `\"` (a quote inside quotes is written twice)")
            }
            Self::NoOperand(word) => {
                write!(
                    f,
                    "{word} needs a condition on each side it works on; add it, or write \"{word}\" in quotes to search for the word"
                )
            }
            Self::NoValue(field) => {
                write!(f, "{field}: needs a value right behind the colon; {field}:* finds events that have the field")
            }
            Self::BadRange(text) => {
                write!(f, "{text} is not a range; write [a TO b], {{a TO b}}, >=a or <b, or put the text in quotes")
            }
            Self::BadNetwork(text) => write!(f, "{text} is not an address range; write it as 10.0.0.0/8 or fe80::/10"),
            Self::BadTime(text) => write!(f, "{text} is not a time; write 2014-03-01 or 2014-03-01T08:00:00+07:00"),
            Self::NotForField(field) => write!(f, "{field} does not take this kind of value; write {field}:NAME"),
            Self::TooLong => write!(f, "the query is longer than {} characters; shorten it", super::MAX_QUERY_CHARS),
            Self::TooDeep => write!(f, "parentheses are nested deeper than {}; write it flatter", super::MAX_DEPTH),
            Self::TooManyTerms => write!(f, "the query has more than {} conditions; shorten it", super::MAX_TERMS),
        }
    }
}

impl fmt::Display for QueryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "character {}: {}", self.position + 1, self.fault)
    }
}

impl std::error::Error for QueryError {}
