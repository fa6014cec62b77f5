//! The configuration file: TOML with the names of the settings as keys, each value with its place.

use crate::mistake::{Mistake, Place, Wrong};
use crate::resolve::nearest;
use crate::table::{Kind, Setting, TABLE};
use crate::value::{self, Value};
use std::io::Read;
use std::path::Path;
use toml::de::{DeTable, DeValue};

/// Largest file, in bytes.
const LARGEST: u64 = 1 << 20;

/// A value of the file.
pub(crate) struct Found {
    /// The setting it is for.
    pub(crate) setting: &'static Setting,
    /// Whether it is the name of a file with the secret.
    pub(crate) names_file: bool,
    pub(crate) value: Value,
    pub(crate) place: Place,
}

/// Reads the file; every mistake in it goes to `mistakes`.
pub(crate) fn read(path: &Path, mistakes: &mut Vec<Mistake>) -> Vec<Found> {
    let mut tell = |wrong| mistakes.push(at(path, 0, 0, None, wrong));
    let text = match text_of(path) {
        Ok(text) => text,
        Err(wrong) => {
            tell(wrong);
            return Vec::new();
        }
    };
    let (table, errors) = DeTable::parse_recoverable(&text);
    for error in errors {
        let (line, column) = error.span().map_or((0, 0), |span| line_of(&text, span.start));
        mistakes.push(at(path, line, column, None, Wrong::Syntax(error.message().to_owned())));
    }
    let mut found = Vec::new();
    for (key, value) in table.get_ref() {
        let name: &str = key.get_ref();
        let Some((setting, names_file)) = known(name) else {
            let (line, column) = line_of(&text, key.span().start);
            mistakes.push(at(path, line, column, None, Wrong::Unknown(name.to_owned(), nearest(name))));
            continue;
        };
        let (line, column) = line_of(&text, value.span().start);
        let place = Place::File(path.to_path_buf(), line, column);
        let kind = if names_file { Kind::File } else { setting.kind };
        match value_of(kind, value.get_ref()) {
            Ok(value) => found.push(Found { setting, names_file, value, place }),
            Err(wrong) => mistakes.push(at(path, line, column, Some(setting.name), wrong)),
        }
    }
    found
}

/// A setting by its key, or by the key of the file with its secret.
pub(crate) fn known(name: &str) -> Option<(&'static Setting, bool)> {
    TABLE.iter().find_map(|setting| {
        let file = setting.secret_file == Some(name);
        (file || setting.name == name).then_some((setting, file))
    })
}

/// The text of a file of settings or of a secret.
pub(crate) fn text_of(path: &Path) -> Result<String, Wrong> {
    let unreadable = |e: std::io::Error| Wrong::Unreadable(e.to_string());
    let mut bytes = Vec::new();
    // One more than allowed, so that a longer one shows.
    std::fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes)).map_err(unreadable)?;
    if bytes.len() as u64 > LARGEST {
        return Err(Wrong::TooLarge(LARGEST));
    }
    String::from_utf8(bytes).map_err(|e| Wrong::Syntax(format!("byte {} is not UTF-8", e.utf8_error().valid_up_to())))
}

fn at(path: &Path, line: usize, column: usize, name: Option<&'static str>, wrong: Wrong) -> Mistake {
    Mistake { place: Place::File(path.to_path_buf(), line, column), name, wrong, harmless: false }
}

/// Line and column, from 1, of a byte offset; columns are characters.
fn line_of(text: &str, offset: usize) -> (usize, usize) {
    let before = text.get(..offset).unwrap_or(text);
    let line = before.matches('\n').count() + 1;
    let column = before.rsplit('\n').next().map_or(0, |tail| tail.chars().count()) + 1;
    (line, column)
}

fn value_of(kind: Kind, value: &DeValue<'_>) -> Result<Value, Wrong> {
    match (kind, value) {
        (Kind::Flag, DeValue::Boolean(flag)) => Ok(Value::Flag(*flag)),
        (Kind::Port | Kind::Number(..), DeValue::Integer(number)) if number.radix() == 10 => {
            value::parse(kind, number.as_str())
        }
        (Kind::List, DeValue::Array(items)) => {
            let text = |item: &toml::Spanned<DeValue<'_>>| match item.get_ref() {
                DeValue::String(text) => Ok(text.to_string()),
                other => Err(Wrong::Type(other.type_str(), "string")),
            };
            items.iter().map(text).collect::<Result<_, _>>().map(Value::List)
        }
        (Kind::Flag, other) => Err(Wrong::Type(other.type_str(), "boolean")),
        (Kind::Port | Kind::Number(..), other) => Err(Wrong::Type(other.type_str(), "integer")),
        (Kind::List, other) => Err(Wrong::Type(other.type_str(), "array")),
        (_, DeValue::String(text)) => value::parse(kind, text),
        (_, other) => Err(Wrong::Type(other.type_str(), "string")),
    }
}
