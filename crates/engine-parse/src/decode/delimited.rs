//! Values between separators, named by their place.

use engine_event::{Kind, Record};

/// Names of columns, with further names that depend on the values before them.
#[derive(Debug, Default)]
pub struct Layout {
    /// Between values.
    pub separator: char,
    /// The first columns; an empty name leaves the value out.
    pub columns: Vec<Box<str>>,
    /// What follows, for records that fit; blocks apply in order, each to what is left.
    pub more: Vec<More>,
}

/// Columns for records with certain values.
#[derive(Debug)]
pub struct More {
    /// Field and the values it may have; all must hold.
    pub when: Vec<(Box<str>, Vec<Box<str>>)>,
    /// Names.
    pub columns: Vec<Box<str>>,
}

/// Reads `text` into `record`; `false` when there are fewer values than first columns.
pub fn decode(text: &str, layout: &Layout, record: &mut Record) -> bool {
    // Counted first, so that nothing is added of a line that is too short.
    if text.matches(layout.separator).count() + 1 < layout.columns.len() {
        return false;
    }
    let mut values = Values { rest: Some(text), separator: layout.separator };
    if !fill(&mut values, &layout.columns, record) {
        return false;
    }
    for more in &layout.more {
        let fits = more
            .when
            .iter()
            .all(|(name, wanted)| record.text(name).is_some_and(|v| wanted.iter().any(|w| v.eq_ignore_ascii_case(w))));
        if fits {
            fill(&mut values, &more.columns, record);
        }
    }
    true
}

fn fill(values: &mut Values<'_>, columns: &[Box<str>], record: &mut Record) -> bool {
    for name in columns {
        let Some(value) = values.next() else { return false };
        if !name.is_empty() {
            if value.contains("\"\"") {
                record.push(name, &value.replace("\"\"", "\""), Kind::Text);
            } else {
                record.push(name, value, Kind::Text);
            }
        }
    }
    true
}

/// Values of one line; quoted ones may hold separators and doubled quotes.
struct Values<'t> {
    rest: Option<&'t str>,
    separator: char,
}

impl<'t> Iterator for Values<'t> {
    type Item = &'t str;

    fn next(&mut self) -> Option<&'t str> {
        let rest = self.rest?;
        if let Some(inner) = rest.strip_prefix('"') {
            let mut from = 0;
            while let Some(at) = inner.get(from..).and_then(|t| t.find('"')).map(|at| at + from) {
                let after = inner.get(at + 1..).unwrap_or_default();
                if after.starts_with('"') {
                    from = at + 2;
                    continue;
                }
                self.rest = after.strip_prefix(self.separator);
                return inner.get(..at);
            }
        }
        match rest.split_once(self.separator) {
            Some((value, after)) => {
                self.rest = Some(after);
                Some(value)
            }
            None => {
                self.rest = None;
                Some(rest)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quoted_values_and_dependent_columns() {
        let boxed = |names: &[&str]| names.iter().map(|n| Box::from(*n)).collect::<Vec<Box<str>>>();
        let layout = Layout {
            separator: ',',
            columns: boxed(&["a", "", "version"]),
            more: vec![
                More { when: vec![(Box::from("version"), boxed(&["6"]))], columns: boxed(&["hop"]) },
                More { when: vec![(Box::from("version"), boxed(&["4"]))], columns: boxed(&["ttl", "src"]) },
            ],
        };
        let mut record = Record::new();
        assert!(decode("\"x, \"\"y\"\"\",skip,4,64,192.0.2.1,rest", &layout, &mut record));
        assert_eq!(record.text("a"), Some("x, \"y\""));
        assert_eq!(record.text("src"), Some("192.0.2.1"));
        assert!(record.get("hop").is_none());
        assert!(!decode("x", &layout, &mut Record::new()));
    }
}
