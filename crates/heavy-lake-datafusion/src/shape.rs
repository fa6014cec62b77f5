//! How the fields of a record are found again in its raw bytes.
//!
//! Keeping both `raw` and `fields` would keep most of an event twice. A *shape* says where each
//! field stands in the raw record; it is the same text for all records of one structure, so the
//! column costs next to nothing. A shape is only kept after reading it back gave exactly the
//! record; what it cannot say is kept in the column `fields` as before.
//!
//! A shape is a JSON array of steps, one or more fields each, in the order of the record:
//!
//! | step | meaning |
//! |---|---|
//! | `5` | the next five values of the JSON document in `raw`, under their own names |
//! | `[3,"Image"]` | value number 3 of the document (from 0), under this name |
//! | `["user ",":","User","t"]` | the text behind `user ` up to `:` (`null`: to the end), searched onwards from the last such step |
//! | `{"in":4}` | such texts are from here on searched in field number 4 instead of in `raw` |
//! | `{"is":["Domain","","t"]}` | this name with this text |
//! | `"x"` | the next field of the column `fields` |
//!
//! Kinds are `t` text, `n` number, `b` truth value, `z` null, with `l` behind for an element of a
//! list. The document begins at the first `{` of `raw`.

use crate::fields::Malformed;
use engine_event::Kind;
use serde_json::Value;
use std::fmt::Write;

/// One step of a shape.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    /// So many next values of the document.
    Run(usize),
    /// A value of the document by its number.
    Leaf { at: usize, name: Box<str> },
    /// A piece of text.
    Span { before: Box<str>, stop: Option<Box<str>>, name: Box<str>, kind: Kind, in_list: bool },
    /// The field that further pieces are taken from.
    Within(usize),
    /// A fixed text.
    Is { name: Box<str>, text: Box<str>, kind: Kind, in_list: bool },
    /// The next kept field.
    Kept,
}

/// A shape, ready for use.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Shape {
    /// As it is written.
    pub(crate) text: Box<str>,
    pub(crate) steps: Vec<Step>,
    /// Whether it looks at the JSON document.
    pub(crate) has_leaves: bool,
    /// Numbers of the fields that others are taken from.
    pub(crate) bases: Vec<usize>,
}

const fn kind_letter(kind: Kind) -> char {
    match kind {
        Kind::Text => 't',
        Kind::Number => 'n',
        Kind::Bool => 'b',
        Kind::Null => 'z',
    }
}

fn kind_of(text: &str) -> Option<(Kind, bool)> {
    let (letter, in_list) = match text.strip_suffix('l') {
        Some(letter) => (letter, true),
        None => (text, false),
    };
    let kind = match letter {
        "t" => Kind::Text,
        "n" => Kind::Number,
        "b" => Kind::Bool,
        "z" => Kind::Null,
        _ => return None,
    };
    Some((kind, in_list))
}

impl Shape {
    /// From its steps.
    pub(crate) fn of(steps: Vec<Step>) -> Self {
        let mut text = String::from("[");
        for (index, step) in steps.iter().enumerate() {
            if index > 0 {
                text.push(',');
            }
            write_step(step, &mut text);
        }
        text.push(']');
        Self::with_text(text, steps)
    }

    fn with_text(text: String, steps: Vec<Step>) -> Self {
        let has_leaves = steps.iter().any(|step| matches!(step, Step::Run(_) | Step::Leaf { .. }));
        let bases =
            steps.iter().filter_map(|step| if let Step::Within(at) = step { Some(*at) } else { None }).collect();
        Self { text: text.into_boxed_str(), steps, has_leaves, bases }
    }

    /// From the column `shape`.
    pub(crate) fn parse(text: &str) -> Result<Self, Malformed> {
        let steps: Vec<Value> = serde_json::from_str(text).map_err(|_| Malformed)?;
        let steps = steps.iter().map(step_of).collect::<Option<Vec<_>>>().ok_or(Malformed)?;
        Ok(Self::with_text(text.to_owned(), steps))
    }
}

fn quoted(text: &str, out: &mut String) {
    crate::fields::push_string(text, out);
}

fn write_kind(kind: Kind, in_list: bool, out: &mut String) {
    out.push_str(",\"");
    out.push(kind_letter(kind));
    if in_list {
        out.push('l');
    }
    out.push('"');
}

fn write_step(step: &Step, out: &mut String) {
    match step {
        Step::Run(count) => {
            let _ = write!(out, "{count}");
        }
        Step::Leaf { at, name } => {
            let _ = write!(out, "[{at},");
            quoted(name, out);
            out.push(']');
        }
        Step::Span { before, stop, name, kind, in_list } => {
            out.push('[');
            quoted(before, out);
            out.push(',');
            match stop {
                Some(stop) => quoted(stop, out),
                None => out.push_str("null"),
            }
            out.push(',');
            quoted(name, out);
            write_kind(*kind, *in_list, out);
            out.push(']');
        }
        Step::Within(at) => {
            let _ = write!(out, "{{\"in\":{at}}}");
        }
        Step::Is { name, text, kind, in_list } => {
            out.push_str("{\"is\":[");
            quoted(name, out);
            out.push(',');
            quoted(text, out);
            write_kind(*kind, *in_list, out);
            out.push_str("]}");
        }
        Step::Kept => out.push_str("\"x\""),
    }
}

fn step_of(value: &Value) -> Option<Step> {
    let number = |value: &Value| value.as_u64().and_then(|n| usize::try_from(n).ok());
    let text = |value: &Value| value.as_str().map(Box::from);
    match value {
        Value::Number(_) => number(value).map(Step::Run),
        Value::String(mark) => (mark == "x").then_some(Step::Kept),
        Value::Array(parts) => match parts.as_slice() {
            [at, name] => Some(Step::Leaf { at: number(at)?, name: text(name)? }),
            [before, stop, name, kind] => {
                let (kind, in_list) = kind_of(kind.as_str()?)?;
                let stop = if stop.is_null() { None } else { Some(text(stop)?) };
                Some(Step::Span { before: text(before)?, stop, name: text(name)?, kind, in_list })
            }
            _ => None,
        },
        Value::Object(members) => {
            if let Some(at) = members.get("in") {
                return number(at).map(Step::Within);
            }
            let [name, fixed, kind] = members.get("is")?.as_array()?.as_slice() else { return None };
            let (kind, in_list) = kind_of(kind.as_str()?)?;
            Some(Step::Is { name: text(name)?, text: text(fixed)?, kind, in_list })
        }
        Value::Null | Value::Bool(_) => None,
    }
}

/// Where a piece of text stands in `base`, searched from `from` on: its begin and end.
pub(crate) fn find_span(base: &str, from: usize, before: &str, stop: Option<&str>) -> Option<(usize, usize)> {
    let rest = base.get(from..)?;
    let start = if before.is_empty() { from } else { from + rest.find(before)? + before.len() };
    let end = match stop {
        Some(stop) => start + base.get(start..)?.find(stop)?,
        None => base.len(),
    };
    Some((start, end))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn written_and_read_again() {
        let steps = vec![
            Step::Run(3),
            Step::Leaf { at: 7, name: "Im\"age".into() },
            Step::Within(2),
            Step::Span {
                before: "u\\ ".into(),
                stop: Some("\n".into()),
                name: "n".into(),
                kind: Kind::Number,
                in_list: true,
            },
            Step::Span { before: "".into(), stop: None, name: "m".into(), kind: Kind::Text, in_list: false },
            Step::Is { name: "e".into(), text: "".into(), kind: Kind::Null, in_list: false },
            Step::Kept,
        ];
        let shape = Shape::of(steps);
        assert_eq!(Shape::parse(&shape.text), Ok(shape));
        for bad in ["", "{}", "[-1]", "[\"y\"]", "[[1]]", "[[\"a\",1,\"b\",\"t\"]]", "[{\"is\":[]}]", "[null]"] {
            assert_eq!(Shape::parse(bad), Err(Malformed), "{bad}");
        }
    }
}
