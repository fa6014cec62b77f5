//! One JSON object per line, its members named like the columns of a table.

use super::row::Columns;
use super::{Loader, lines};
use serde_json::{Map, Value};
use std::io::BufRead;

pub(super) fn read(loader: &mut Loader<'_>, input: &mut dyn BufRead) {
    lines::each(loader, input, |loader, number, line| {
        if line.trim().is_empty() {
            return true;
        }
        match serde_json::from_str::<Map<String, Value>>(line) {
            Ok(object) => {
                let texts: Vec<String> = object.values().map(text).collect();
                let cells: Vec<&str> = texts.iter().map(String::as_str).collect();
                let columns = Columns::named(object.keys().map(String::as_str));
                let before = (loader.report.added, loader.report.unwanted);
                let known = loader.report.other_kinds.values().sum::<u64>() + loader.report.mistakes.len() as u64;
                columns.add(loader, number, &cells);
                let after = loader.report.other_kinds.values().sum::<u64>() + loader.report.mistakes.len() as u64;
                let nothing = before == (loader.report.added, loader.report.unwanted) && known == after;
                if nothing && loader.report.further_mistakes == 0 {
                    let remedy = "name a member `value`, `ip`, `domain`, `url`, `sha256` …";
                    loader.mistake(Some(number), "no member holds an indicator".to_owned(), remedy);
                }
            }
            Err(e) => loader.mistake(Some(number), format!("is no JSON object: {e}"), "give one object per line"),
        }
        true
    });
}

fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}
