//! Rules from a folder: our own layout, a SigmaHQ checkout, or any tree of `*.yml`.

use crate::skip::{Skip, SkipKind};
use base_core::content::{ContentError, ContentFile, MAX_CONTENT_BYTES};
use std::path::Path;

/// Folders that hold YAML which is no rule, or rules that are not meant to be run.
///
/// In the root of a SigmaHQ checkout only the `rules*` folders are for use; placeholders
/// need values of the reader's own network before they mean anything.
const NOT_FOR_USE: &[&str] = &["deprecated", "unsupported", "rules-placeholder", "tests", "documentation", "other"];

/// Rule files of a folder, and what could not be read of it.
#[derive(Debug, Default)]
pub struct LoadedRules {
    /// Files that look like Sigma rules, correlations or filters, and values of placeholders;
    /// paths below the folder.
    pub files: Vec<ContentFile>,
    /// Files that could not be read.
    pub errors: Vec<ContentError>,
    /// Folders left out on purpose, see the module.
    pub left_out: Vec<String>,
    /// YAML files that are no rules.
    pub other_yaml: u64,
}

/// Reads every rule below `dir`, sorted by path. Test files (`*.test.yml`) and hidden
/// folders are passed over. A single rule file may be named instead of a folder.
///
/// # Errors
/// When `dir` cannot be listed.
pub fn load_rules_dir(dir: &Path) -> std::io::Result<LoadedRules> {
    let meta = std::fs::metadata(dir)?;
    let mut loaded = LoadedRules::default();
    if meta.is_file() {
        let name = dir.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
        loaded.add(dir, name);
        return Ok(loaded);
    }
    // A folder that cannot be listed is an error of the whole; inside it, of the one entry.
    std::fs::read_dir(dir)?;
    let checkout = dir.join("rules").is_dir();
    let mut left_out = Vec::new();
    let walk = walkdir::WalkDir::new(dir).sort_by_file_name().follow_links(true).into_iter().filter_entry(|entry| {
        let name = entry.file_name().to_string_lossy();
        if entry.depth() == 0 || !entry.file_type().is_dir() {
            return true;
        }
        let skip = name.starts_with('.')
            || (checkout
                && entry.depth() == 1
                && (NOT_FOR_USE.contains(&name.as_ref()) || name.starts_with("regression")));
        if skip && !name.starts_with('.') {
            left_out.push(name.into_owned());
        }
        !skip
    });
    for entry in walk {
        match entry {
            Ok(entry) if entry.file_type().is_file() => {
                let path = entry.path();
                let relative = path.strip_prefix(dir).unwrap_or(path).to_string_lossy().replace('\\', "/");
                let yaml = relative.ends_with(".yml") || relative.ends_with(".yaml");
                if yaml && !relative.ends_with(".test.yml") {
                    loaded.add(path, relative);
                }
            }
            Ok(_) => {}
            Err(e) => loaded.errors.push(ContentError {
                file: e.path().unwrap_or(dir).to_string_lossy().into_owned(),
                line: None,
                message: format!("cannot be listed: {e}"),
                remedy: "make it readable for the user who runs this".to_owned(),
            }),
        }
    }
    loaded.left_out = left_out;
    Ok(loaded)
}

impl LoadedRules {
    fn add(&mut self, path: &Path, relative: String) {
        match read_rule(path) {
            Ok(text) if looks_like_rule(&text) || is_values(&relative) => {
                self.files.push(ContentFile { path: relative, text });
            }
            Ok(_) => self.other_yaml += 1,
            Err(e) => self.errors.push(ContentError {
                file: relative,
                line: None,
                message: format!("cannot be read: {e}"),
                remedy: "make it a readable UTF-8 text file of at most 16 MiB".to_owned(),
            }),
        }
    }
}

fn read_rule(path: &Path) -> std::io::Result<String> {
    let size = std::fs::metadata(path)?.len();
    if size > MAX_CONTENT_BYTES {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, format!("{size} bytes")));
    }
    std::fs::read_to_string(path)
}

/// Values of placeholders, which the rule pack reads along with the rules.
fn is_values(path: &str) -> bool {
    path.rsplit('/').next() == Some("placeholders.yml")
}

/// Whether a YAML text means to be a rule. Deliberately loose: a rule with a mistake must be
/// told as a mistake, while a workflow or a `docker-compose.yml` in a checkout is no rule.
fn looks_like_rule(text: &str) -> bool {
    text.lines().any(|line| {
        let line = line.trim_start_matches('\u{feff}');
        ["detection:", "correlation:", "filter:", "logsource:", "title:"].iter().any(|key| line.starts_with(key))
    })
}

/// A rule that is left out, as a skip of the report.
#[must_use]
pub fn skip_of(error: &ContentError) -> Skip {
    let kind = if error.message.starts_with("placeholder ") { SkipKind::Placeholder } else { SkipKind::Rule };
    Skip {
        kind,
        input: error.file.clone(),
        place: error.line.map_or_else(String::new, |line| format!("line {line}")),
        reason: error.message.clone(),
        remedy: error.remedy.clone(),
        records_lost: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn write(dir: &Path, name: &str, text: &str) {
        let path = dir.join(name);
        std::fs::create_dir_all(path.parent().expect("has a parent")).expect("made");
        std::fs::write(path, text).expect("written");
    }

    #[test]
    fn takes_the_rules_of_a_checkout_and_nothing_else() {
        let dir = tempfile::tempdir().expect("folder");
        let rule = "title: x\nlogsource:\n  product: windows\ndetection:\n  a: 1\n";
        for name in ["rules/a.yml", "rules-emerging-threats/b.yaml", "deprecated/c.yml", "regression_data/d.yml"] {
            write(dir.path(), name, rule);
        }
        write(dir.path(), "rules/a.test.yml", rule);
        write(dir.path(), ".github/workflows/w.yml", rule);
        write(dir.path(), "rules/compose.yml", "services:\n  x: 1\n");
        write(dir.path(), "placeholders.yml", "known_servers: [a]\n");
        let loaded = load_rules_dir(dir.path()).expect("lists");
        let names: Vec<_> = loaded.files.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(names, ["placeholders.yml", "rules/a.yml", "rules-emerging-threats/b.yaml"]);
        assert_eq!(loaded.left_out, ["deprecated", "regression_data"]);
        assert_eq!(loaded.other_yaml, 1);
    }

    #[test]
    fn a_named_folder_of_a_checkout_is_taken_whole() {
        let dir = tempfile::tempdir().expect("folder");
        write(dir.path(), "deprecated/windows/c.yml", "detection:\n");
        let loaded = load_rules_dir(&dir.path().join("deprecated")).expect("lists");
        assert_eq!(loaded.files.len(), 1);
    }

    #[test]
    fn text_that_is_not_utf8_is_reported() {
        let dir = tempfile::tempdir().expect("folder");
        std::fs::write(dir.path().join("bad.yml"), b"detection: \xff").expect("written");
        let loaded = load_rules_dir(dir.path()).expect("lists");
        assert_eq!(loaded.errors.len(), 1);
        assert_eq!(loaded.errors[0].file, "bad.yml");
    }
}
