//! The demo province: its units, accounts and plan, and a stream of events as if from them.
//!
//! Everything comes from `content/demo`; this module only reads it and unrolls it. It opens no
//! file and no socket and asks no clock: texts and times are handed in, so that a test can run
//! a day of the province in a moment.

pub(crate) mod fleet;
pub(crate) mod hygiene;
pub(crate) mod ordinary;
#[cfg(test)]
mod proof;
pub(crate) mod setup;
pub(crate) mod story;
pub(crate) mod stream;
pub(crate) mod template;
pub(crate) mod units;

use base_core::{ContentError, ContentFile};
use serde::de::DeserializeOwned;

/// Reads the TOML file `path` (relative to `content/demo`) out of `files`.
///
/// # Errors
/// When the file is absent or not what is expected; names file, line and remedy.
pub(crate) fn read_toml<T: DeserializeOwned>(files: &[ContentFile], path: &str) -> Result<T, ContentError> {
    let file = files.iter().find(|f| relative(&f.path) == path).ok_or_else(|| ContentError {
        file: path.to_owned(),
        line: None,
        message: "is missing from the demo content".to_owned(),
        remedy: "restore the file in content/demo".to_owned(),
    })?;
    parse_toml(file)
}

/// Parses one TOML file.
fn parse_toml<T: DeserializeOwned>(file: &ContentFile) -> Result<T, ContentError> {
    toml::from_str(&file.text).map_err(|e| ContentError {
        file: file.path.clone(),
        line: e.span().map(|span| line_at(&file.text, span.start)),
        message: e.message().to_owned(),
        remedy: "correct the entry; the files beside it show the expected form".to_owned(),
    })
}

/// Files below `folder` of the demo content that are TOML.
fn below<'a>(files: &'a [ContentFile], folder: &'a str) -> impl Iterator<Item = &'a ContentFile> {
    files.iter().filter(move |f| relative(&f.path).starts_with(folder) && f.path.ends_with(".toml"))
}

/// The path inside `content/demo`, whether the files were loaded from there or from `content`.
fn relative(path: &str) -> &str {
    path.strip_prefix("demo/").unwrap_or(path)
}

/// The line, counted from 1, of the byte at `at`.
fn line_at(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|b| *b == b'\n').count() + 1
}

/// The demo content of the repository, for tests.
#[cfg(test)]
fn shipped() -> Vec<ContentFile> {
    let dir = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../content/demo");
    let (files, errors) = base_core::content::read_dir(&dir, &[".toml"]).expect("content/demo is there");
    assert!(errors.is_empty(), "{errors:?}");
    files
}
