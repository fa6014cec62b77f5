//! Regular expressions with named groups.

use super::kv::{self, KvOptions};
use engine_event::{Kind, Record};
use regex::Regex;

/// One expression and what it adds.
#[derive(Debug)]
pub struct Pattern {
    regex: Regex,
    names: Vec<(usize, Box<str>)>,
    set: Vec<(Box<str>, Box<str>)>,
    pairs: Option<usize>,
    options: KvOptions,
}

/// Largest compiled expression, in bytes.
const SIZE_LIMIT: usize = 2 * 1024 * 1024;

impl Pattern {
    /// Compiles `regex`. Groups with a name become fields; `pairs` names a group whose text is
    /// read as `name=value` pairs; `set` adds fields with fixed values.
    ///
    /// # Errors
    /// A text that says what is wrong with the expression.
    pub fn new(
        regex: &str,
        set: Vec<(Box<str>, Box<str>)>,
        pairs: Option<&str>,
        options: KvOptions,
    ) -> Result<Self, String> {
        let regex = regex::RegexBuilder::new(regex).size_limit(SIZE_LIMIT).build().map_err(|e| e.to_string())?;
        let mut names = Vec::new();
        let mut pairs_at = None;
        for (at, name) in regex.capture_names().enumerate() {
            match name {
                Some(name) if Some(name) == pairs => pairs_at = Some(at),
                Some(name) => names.push((at, Box::from(name))),
                None => {}
            }
        }
        if pairs.is_some() && pairs_at.is_none() {
            return Err("`pairs` names a group that the expression does not have".to_owned());
        }
        Ok(Self { regex, names, set, pairs: pairs_at, options })
    }

    /// Adds the fields of `text` to `record` if it fits.
    pub fn decode(&self, text: &str, record: &mut Record) -> bool {
        let Some(found) = self.regex.captures(text) else { return false };
        for (at, name) in &self.names {
            if let Some(group) = found.get(*at) {
                record.push(name, group.as_str(), Kind::Text);
            }
        }
        for (name, value) in &self.set {
            record.push(name, value, Kind::Text);
        }
        if let Some(group) = self.pairs.and_then(|at| found.get(at)) {
            kv::decode(group.as_str(), &self.options, record);
        }
        true
    }
}
