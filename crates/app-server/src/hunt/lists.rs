//! Lists of indicators given on the command line.

use crate::content;
use anyhow::{Context, Result, bail};
use area_rules::shelf::file;
use base_core::{Clock, ContentError, ContentFile, SharedClock, SystemClock};
use engine_detect::indicators::load::{self, Format, LoadReport};
use engine_detect::indicators::{Allow, Builder, IndicatorStore, ListSpec};
use std::io::BufRead;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// A list as read.
#[derive(Debug)]
pub(crate) struct Read {
    /// Its file.
    pub path: PathBuf,
    /// How it is written.
    pub format: Format,
    /// What the reader said.
    pub report: LoadReport,
}

/// Reads lists, one per file, and what is allowed beside what content allows. One that holds not a
/// single indicator is an error.
///
/// # Errors
/// When a file cannot be read or holds nothing; the message names it and the remedy.
pub(crate) fn read(
    files: &[PathBuf],
    allow: &[PathBuf],
) -> Result<(Arc<IndicatorStore>, Vec<Read>, Vec<ContentError>)> {
    let clock: SharedClock = Arc::new(SystemClock);
    let store = IndicatorStore::new(Arc::clone(&clock));
    let (allowed, mistakes) = allowed(allow)?;
    store.replace_allow(Arc::new(allowed));
    let (mut builder, mut read) = (Builder::new(), Vec::new());
    for path in files {
        read.push(read_one(&mut builder, path, &*clock)?);
    }
    store.replace(Arc::new(builder.build()));
    Ok((store, read, mistakes))
}

/// What is allowed: that of content, and that of these files.
///
/// # Errors
/// When a file cannot be read.
pub(crate) fn allowed(files: &[PathBuf]) -> Result<(Allow, Vec<ContentError>)> {
    let (_, mut all, _) = content::indicators(None)?;
    for path in files {
        let text = std::fs::read_to_string(path)
            .with_context(|| format!("cannot read {}; give a text file with one value per line", path.display()))?;
        all.push(ContentFile { path: path.display().to_string(), text });
    }
    Ok(Allow::load(&all))
}

/// Reads a list without keeping it.
///
/// # Errors
/// When the file cannot be read or holds nothing.
pub(crate) fn check(path: &Path) -> Result<Read> {
    read_one(&mut Builder::checking(), path, &SystemClock)
}

fn read_one(builder: &mut Builder, path: &Path, clock: &dyn Clock) -> Result<Read> {
    let name = path.display().to_string();
    let title = path.file_name().map_or_else(|| name.clone(), |n| n.to_string_lossy().into_owned());
    let spec = ListSpec { id: id_of(path), title, ..ListSpec::default() };
    let Some(list) = builder.list(spec) else { bail!("there are too many lists; give fewer") };
    let before = builder.len();
    let mut text = file::open_any(path).map_err(|refused| anyhow::anyhow!("{name} {refused}"))?;
    let head = text.fill_buf().map_err(|e| anyhow::anyhow!("{name} cannot be read: {e}"))?;
    let format = Format::guess(head);
    let report = load::read(builder, list, &name, format, &mut text, clock.now());
    if builder.len() == before {
        let first = report.mistakes.first().map(|m| format!("\n{m}")).unwrap_or_default();
        bail!("{name} holds no indicator; give text, CSV, JSON lines, MISP or STIX{first}");
    }
    Ok(Read { path: path.to_path_buf(), format, report })
}

/// An id that tells lists apart in the results: the same for the same path.
fn id_of(path: &Path) -> String {
    let name: String = path.file_stem().unwrap_or_default().to_string_lossy().to_ascii_lowercase();
    let plain: String =
        name.chars().map(|c| if c.is_ascii_lowercase() || c.is_ascii_digit() { c } else { '-' }).take(40).collect();
    let digest = engine_event::EventId::from_content(&[path.to_string_lossy().as_bytes()]).to_string();
    format!("{}-{}", plain.trim_matches('-'), digest.get(..8).unwrap_or_default()).trim_matches('-').to_owned()
}
