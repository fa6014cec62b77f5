//! Content files (rules, sources, demo data …): where they come from and how their mistakes are told.

use std::fmt;
use std::io::Read;
use std::path::Path;

/// One file of `content/`: its path inside the folder, with `/`, and its text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentFile {
    /// Path relative to the folder that was loaded, with `/` between parts.
    pub path: String,
    /// The text.
    pub text: String,
}

/// A mistake in a content file. The rest of the content goes on working.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContentError {
    /// Path of the file.
    pub file: String,
    /// Line, counted from 1, when known.
    pub line: Option<usize>,
    /// What is wrong.
    pub message: String,
    /// What to do about it.
    pub remedy: String,
}

impl fmt::Display for ContentError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(f, "{}:{line}: {}; {}", self.file, self.message, self.remedy),
            None => write!(f, "{}: {}; {}", self.file, self.message, self.remedy),
        }
    }
}

impl std::error::Error for ContentError {}

/// Longest content file that is read, in bytes.
pub const MAX_CONTENT_BYTES: u64 = 16 * 1024 * 1024;

/// Reads every file below `dir` whose name ends with one of `endings` (such as `.yml`),
/// sorted by path. Files that cannot be read as UTF-8 text are reported, not fatal.
///
/// # Errors
/// When `dir` itself cannot be listed.
pub fn read_dir(dir: &Path, endings: &[&str]) -> std::io::Result<(Vec<ContentFile>, Vec<ContentError>)> {
    let (mut files, mut errors) = (Vec::new(), Vec::new());
    let mut stack = vec![dir.to_path_buf()];
    while let Some(folder) = stack.pop() {
        for entry in std::fs::read_dir(&folder)? {
            let entry = entry?;
            let path = entry.path();
            let kind = entry.file_type()?;
            if kind.is_dir() {
                stack.push(path);
                continue;
            }
            let relative = path.strip_prefix(dir).unwrap_or(&path).to_string_lossy().replace('\\', "/");
            if !kind.is_file() || !endings.iter().any(|e| relative.ends_with(e)) {
                continue;
            }
            match read_text(&path) {
                Ok(text) => files.push(ContentFile { path: relative, text }),
                Err(e) => errors.push(ContentError {
                    file: relative,
                    line: None,
                    message: format!("cannot be read: {e}"),
                    remedy: "make it a readable UTF-8 text file of at most 16 MiB".to_owned(),
                }),
            }
        }
    }
    files.sort_by(|a, b| a.path.cmp(&b.path));
    errors.sort_by(|a, b| a.file.cmp(&b.file));
    Ok((files, errors))
}

fn read_text(path: &Path) -> std::io::Result<String> {
    let mut file = std::fs::File::open(path)?;
    let size = file.metadata()?.len();
    if size > MAX_CONTENT_BYTES {
        return Err(std::io::Error::new(std::io::ErrorKind::FileTooLarge, format!("{size} bytes")));
    }
    // Room for all of it, and not more than allowed should it grow meanwhile.
    let mut text = String::with_capacity(usize::try_from(size).unwrap_or_default());
    (&mut file).take(MAX_CONTENT_BYTES).read_to_string(&mut text)?;
    Ok(text)
}
