//! The content that ships inside the program: rules, sources, demo data.

use area_rules::book::Beside;
use area_rules::shelf::Shelf;
use base_core::{ContentError, ContentFile, SharedClock};
use engine_detect::behaviours::{Behaviours, Places};
use engine_detect::indicators::{Allow, ListSpec};
use include_dir::{Dir, include_dir};
use std::path::{Path, PathBuf};
use std::sync::Arc;

static CONTENT: Dir<'static> = include_dir!("$CARGO_MANIFEST_DIR/../../content");

/// Every embedded file below `folder` (such as `rules`) whose name has one of `endings`,
/// with paths relative to `content/`, sorted.
#[must_use]
pub(crate) fn embedded(folder: &str, endings: &[&str]) -> Vec<ContentFile> {
    let mut files = Vec::new();
    if let Some(dir) = CONTENT.get_dir(folder) {
        collect(dir, endings, &mut files);
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    files
}

fn collect(dir: &Dir<'_>, endings: &[&str], into: &mut Vec<ContentFile>) {
    for file in dir.files() {
        let path = file.path().to_string_lossy().replace('\\', "/");
        if let Some(text) = file.contents_utf8().filter(|_| endings.iter().any(|e| path.ends_with(e))) {
            into.push(ContentFile { path, text: text.to_owned() });
        }
    }
    for child in dir.dirs() {
        collect(child, endings, into);
    }
}

/// The embedded content of `folder`, and over it the files of `<extra>/<folder>` where given:
/// a file of the same path replaces the embedded one, others are added.
///
/// # Errors
/// When the extra folder exists but cannot be listed.
pub(crate) fn with_local(
    folder: &str,
    endings: &[&str],
    extra: Option<&Path>,
) -> std::io::Result<(Vec<ContentFile>, Vec<ContentError>)> {
    let mut files = embedded(folder, endings);
    let mut errors = Vec::new();
    if let Some(local) = extra.map(|dir| dir.join(folder)).filter(|dir| dir.is_dir()) {
        let (own, mistakes) = base_core::content::read_dir(&local, endings)?;
        errors.extend(mistakes);
        for mut file in own {
            file.path = format!("{folder}/{}", file.path);
            match files.iter_mut().find(|f| f.path == file.path) {
                Some(shipped) => *shipped = file,
                None => files.push(file),
            }
        }
        files.sort_by(|a, b| a.path.cmp(&b.path));
    }
    Ok((files, errors))
}

/// Behaviours from their files, with the table of places.
///
/// # Errors
/// When the extra folder exists but cannot be listed.
pub(crate) fn behaviours(
    files: &[ContentFile],
    tactics: &[ContentFile],
    extra: Option<&Path>,
) -> std::io::Result<(Behaviours, Vec<ContentError>)> {
    let (tables, mut errors) = with_local("places", &[".csv"], extra)?;
    let (places, more) = Places::load(&tables);
    errors.extend(more);
    let rules: Vec<ContentFile> = files.iter().filter(|f| !f.path.ends_with(".test.yml")).cloned().collect();
    let (behaviours, more) = Behaviours::load(&rules, tactics, places);
    errors.extend(more);
    Ok((behaviours, errors))
}

/// Descriptions of lists of indicators, what is allowed, and mistakes in either.
type Described = (Vec<ListSpec>, Vec<ContentFile>, Vec<ContentError>);

/// Descriptions of lists of indicators, and what is allowed.
///
/// # Errors
/// When the extra folder exists but cannot be listed.
pub(crate) fn indicators(extra: Option<&Path>) -> std::io::Result<Described> {
    let (described, mut errors) = with_local("indicators", &[".yml"], extra)?;
    let (specs, more) = ListSpec::load(&described);
    errors.extend(more);
    let (allow, more) = with_local("indicators/allow", &[".txt"], extra)?;
    errors.extend(more);
    errors.extend(Allow::load(&allow).1);
    Ok((specs, allow, errors))
}

/// What runs beside the Sigma rules; lists of indicators are kept in `folder`.
///
/// # Errors
/// When the extra folder exists but cannot be listed.
pub(crate) fn beside(
    extra: Option<&Path>,
    tactics: &[ContentFile],
    folder: PathBuf,
    clock: SharedClock,
) -> std::io::Result<(Beside, Vec<ContentError>)> {
    let (files, mut errors) = with_local("behaviours", &[".yml"], extra)?;
    let (behaviours, more) = behaviours(&files, tactics, extra)?;
    errors.extend(more);
    let (specs, allow, more) = indicators(extra)?;
    errors.extend(more);
    let lists = Shelf::new(clock, folder, specs, allow);
    Ok((Beside { behaviours: Arc::new(behaviours), files: files.into(), lists: Some(lists) }, errors))
}
