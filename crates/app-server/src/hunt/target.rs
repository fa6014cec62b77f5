//! Where the result goes: standard output, or a file that appears under its name only when whole.

use anyhow::{Context, Result};
use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Bytes gathered before a write.
const BUFFER: usize = 256 * 1024;

/// The place a result is written to.
pub(crate) struct Target {
    /// Written first, then renamed to the second.
    rename: Option<(PathBuf, PathBuf)>,
}

impl Target {
    /// Opens standard output (`None`) or a file. A file is written as `<name>.part` and renamed
    /// by [`Target::finish`]; a device or pipe is written as it is.
    ///
    /// # Errors
    /// When the file cannot be made.
    pub(crate) fn open(file: Option<&Path>, with_bom: bool) -> Result<(Self, Box<dyn Write + Send>)> {
        let Some(path) = file else {
            return Ok((Self { rename: None }, Box::new(BufWriter::with_capacity(BUFFER, io::stdout()))));
        };
        let special = std::fs::metadata(path).is_ok_and(|m| !m.is_file());
        let part = if special { path.to_path_buf() } else { with_suffix(path, ".part") };
        let made = File::create(&part).with_context(|| {
            format!("cannot write {}; name a file in a folder that exists and may be written to", path.display())
        })?;
        let mut out = BufWriter::with_capacity(BUFFER, made);
        if with_bom && !special {
            // Spreadsheets take a file without this mark for the local eight-bit alphabet.
            out.write_all(b"\xef\xbb\xbf").with_context(|| format!("cannot write {}", part.display()))?;
        }
        let rename = (!special).then(|| (part, path.to_path_buf()));
        Ok((Self { rename }, Box::new(out)))
    }

    /// Gives a file its name, now that it is whole.
    ///
    /// # Errors
    /// When it cannot be renamed; the result then stays in `<name>.part`.
    pub(crate) fn finish(self) -> Result<()> {
        if let Some((part, path)) = self.rename {
            std::fs::rename(&part, &path)
                .with_context(|| format!("cannot rename {} to {}", part.display(), path.display()))?;
        }
        Ok(())
    }

    /// Removes what was written of a file that will never be whole.
    pub(crate) fn discard(self) {
        if let Some((part, _)) = self.rename {
            // Nothing is lost when this fails: the name says that the file is a part.
            let _ = std::fs::remove_file(part);
        }
    }
}

fn with_suffix(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(suffix);
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_appears_when_it_is_whole() {
        let dir = tempfile::tempdir().expect("folder");
        let path = dir.path().join("kết quả.csv");
        let (target, mut out) = Target::open(Some(&path), true).expect("opens");
        out.write_all(b"a,b\n").expect("written");
        drop(out);
        assert!(!path.exists());
        target.finish().expect("renamed");
        assert_eq!(std::fs::read(&path).expect("there"), b"\xef\xbb\xbfa,b\n");
        assert_eq!(std::fs::read_dir(dir.path()).expect("lists").count(), 1);
    }

    #[test]
    fn a_device_is_never_renamed_over() {
        let (target, mut out) = Target::open(Some(Path::new("/dev/null")), false).expect("opens");
        out.write_all(b"x").expect("written");
        target.finish().expect("nothing to rename");
        assert!(!Path::new("/dev/null.part").exists());
    }
}
