//! The setting of a watched folder: `NAME=DIR/PATTERN`.

use anyhow::{Result, bail};
use std::collections::HashSet;
use std::path::PathBuf;

/// How its files are read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How {
    /// Line by line, as they are appended.
    Lines,
    /// Each once, when it is finished.
    Files,
}

/// A watched folder.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Watched {
    /// Its name: the source of its records.
    pub name: String,
    /// How its files are read.
    pub how: How,
    /// Where it is.
    pub folder: PathBuf,
    /// Which of its files.
    pub pattern: String,
}

/// Checks the settings.
///
/// # Errors
/// When one is not of the form, or two have one name; the message says which, and the form.
pub(crate) fn all(given: [(How, Vec<String>); 2]) -> Result<Vec<Watched>> {
    let mut names = HashSet::new();
    let mut watched = Vec::new();
    for (how, text) in given.into_iter().flat_map(|(how, texts)| texts.into_iter().map(move |t| (how, t))) {
        let flag = if how == How::Lines { "watch-lines" } else { "watch-files" };
        let Some(one) = parse(how, &text) else {
            bail!(
                "--{flag} {text} is not NAME=DIR/PATTERN; write e.g. web=/var/log/nginx/*.log, the name of small letters, digits and '-'"
            )
        };
        if !names.insert(one.name.clone()) {
            bail!("--{flag} {text}: another watched folder is called {}; give each its own name", one.name)
        }
        watched.push(one);
    }
    Ok(watched)
}

fn parse(how: How, text: &str) -> Option<Watched> {
    let (name, path) = text.split_once('=')?;
    let (folder, pattern) = path.rsplit_once('/')?;
    let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    // The name is that of a file of the data folder, too.
    let fits = !name.is_empty() && name.len() <= 60 && name.chars().all(plain) && !pattern.is_empty();
    let folder = PathBuf::from(if folder.is_empty() { "/" } else { folder });
    fits.then(|| Watched { name: name.to_owned(), how, folder, pattern: pattern.to_owned() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_a_name_a_place_and_a_pattern() {
        let both = |lines: &[&str], files: &[&str]| {
            let own = |all: &[&str]| all.iter().map(|t| (*t).to_owned()).collect();
            all([(How::Lines, own(lines)), (How::Files, own(files))])
        };
        let good = both(&["web=/var/log/nginx/*.log"], &["evtx=drop/*"]).expect("is right");
        assert_eq!((good[0].folder.to_str(), good[0].pattern.as_str()), (Some("/var/log/nginx"), "*.log"));
        assert_eq!((good[1].how, good[1].folder.to_str()), (How::Files, Some("drop")));
        for wrong in ["web", "web=", "web=/var/log/", "Web=/a/*", "=/a/*", "../x=/a/*"] {
            let told = both(&[wrong], &[]).expect_err("refused").to_string();
            assert!(told.contains("--watch-lines") && told.contains("NAME=DIR/PATTERN"), "{told}");
        }
        let told = both(&["web=/a/*"], &["web=/b/*"]).expect_err("twice").to_string();
        assert!(told.contains("another watched folder is called web"), "{told}");
    }
}
