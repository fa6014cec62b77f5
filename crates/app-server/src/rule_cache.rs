//! Compiled rules kept in a folder, so that the next start need not compile them.
//!
//! A file per set of rules, named by its key; the engine checks every byte of it. Nothing here is
//! needed: what cannot be read or written only costs the time to compile.

use engine_detect::{LARGEST_STORED, RuleCache, RuleCacheKey};
use std::fs::{DirBuilder, File, OpenOptions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// A folder of compiled rules.
#[derive(Debug)]
pub(crate) struct RuleFolder(PathBuf);

/// Most sets of rules that are kept; the oldest go first.
const KEPT: usize = 8;
/// How the names of the files start and end. A file that is being written ends with `new`.
const PREFIX: &str = "rules-";
const ENDING: &str = "bin";
const UNFINISHED: &str = "new";

impl RuleFolder {
    /// The folder of a server, below its data folder.
    pub(crate) fn of_data(data: &Path) -> Self {
        Self(data.join("cache").join("rules"))
    }

    /// The user's folder for what can be made again: `$XDG_CACHE_HOME`, else `~/.cache` (XDG base
    /// directory specification 0.8); `None` where neither is known.
    pub(crate) fn of_user() -> Option<Self> {
        let absolute = |name: &str| std::env::var_os(name).map(PathBuf::from).filter(|path| path.is_absolute());
        let base = absolute("XDG_CACHE_HOME").or_else(|| Some(absolute("HOME")?.join(".cache")))?;
        Some(Self(base.join("mangrove").join("rules")))
    }

    fn path(&self, key: &RuleCacheKey) -> PathBuf {
        self.0.join(format!("{PREFIX}{}.{ENDING}", key.to_hex()))
    }

    /// Writes a file that only its owner can read, by way of another name, so that it is there as a
    /// whole or not at all. It is not synced: its sum tells whether a power cut took part of it.
    fn write(&self, path: &Path, bytes: &[u8]) -> io::Result<()> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.0)?;
        let unfinished = path.with_extension(format!("{}.{UNFINISHED}", std::process::id()));
        let file = OpenOptions::new().create(true).truncate(true).write(true).mode(0o600).open(&unfinished);
        let written = file.and_then(|mut file| file.write_all(bytes)).and_then(|()| std::fs::rename(&unfinished, path));
        if written.is_err() {
            let _ = std::fs::remove_file(&unfinished);
        }
        written
    }

    /// Removes all but the newest sets, and what a start that was cut off left unfinished.
    fn tidy(&self, own: &Path) -> io::Result<()> {
        let mut kept: Vec<(SystemTime, PathBuf)> = Vec::new();
        for entry in std::fs::read_dir(&self.0)? {
            let entry = entry?;
            let path = entry.path();
            let ends = |ending: &str| path.extension().is_some_and(|e| e == ending);
            if entry.file_name().to_string_lossy().starts_with(PREFIX)
                && (ends(ENDING) || ends(UNFINISHED))
                && path != own
            {
                kept.push((entry.metadata()?.modified()?, path));
            }
        }
        kept.sort_unstable();
        let old = kept.len().saturating_sub(KEPT - 1);
        kept.into_iter().take(old).try_for_each(|(_, path)| std::fs::remove_file(path))
    }
}

impl RuleCache for RuleFolder {
    fn get(&self, key: &RuleCacheKey) -> Option<Vec<u8>> {
        let file = File::open(self.path(key)).ok()?;
        let metadata = file.metadata().ok().filter(std::fs::Metadata::is_file)?;
        let size = usize::try_from(metadata.len()).ok().filter(|size| *size <= LARGEST_STORED)?;
        let mut bytes = Vec::with_capacity(size);
        file.take(LARGEST_STORED as u64).read_to_end(&mut bytes).ok()?;
        Some(bytes)
    }

    fn put(&self, key: &RuleCacheKey, bytes: &[u8]) {
        let path = self.path(key);
        if let Err(error) = self.write(&path, bytes).and_then(|()| self.tidy(&path)) {
            tracing::debug!(%error, folder = %self.0.display(), "compiled rules could not be kept");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base_core::ContentFile;
    use engine_detect::RulePack;
    use std::os::unix::fs::PermissionsExt;

    fn files(title: &str) -> Vec<ContentFile> {
        let text = format!(
            "title: {title}\nlogsource: {{product: x}}\ndetection:\n    s:\n        A: 1\n    condition: s\n---\ntitle: Wrong\nlogsource: {{product: x}}\ndetection:\n    s:\n        A|re: '('\n    condition: s\n"
        );
        vec![ContentFile { path: "a.yml".into(), text }]
    }

    fn load(folder: &Path, title: &str) -> String {
        let (pack, errors) = RulePack::load_cached(&files(title), &[], &RuleFolder(folder.into()));
        format!("{:?} {errors:?}", pack.infos().collect::<Vec<_>>())
    }

    fn kept(folder: &Path) -> Vec<PathBuf> {
        let mut kept: Vec<_> = std::fs::read_dir(folder).expect("folder").map(|e| e.expect("entry").path()).collect();
        kept.sort();
        kept
    }

    #[test]
    fn damaged_and_foreign_files_are_written_anew() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let folder = dir.path().join("below/rules");
        let first = load(&folder, "First");
        let [file] = &*kept(&folder) else { panic!("one file") };
        let good = std::fs::read(file).expect("read");
        assert_eq!(std::fs::metadata(file).expect("there").permissions().mode() & 0o777, 0o600);
        for broken in [&b""[..], b"something else", &good[..good.len() / 2], &[good.as_slice(), b"x"].concat()] {
            std::fs::write(file, broken).expect("written");
            assert_eq!(load(&folder, "First"), first);
            assert!(std::fs::read(file).expect("read") == good);
        }
        std::fs::remove_file(file).expect("removed");
        std::fs::create_dir(file).expect("a folder in its place");
        assert_eq!(load(&folder, "First"), first);
    }

    #[test]
    fn a_folder_that_cannot_be_written_costs_nothing_but_time() {
        let dir = tempfile::tempdir().expect("temporary folder");
        let file = dir.path().join("file");
        std::fs::write(&file, "x").expect("written");
        assert!(load(&file.join("rules"), "First").contains("First"));
    }

    #[test]
    fn the_newest_sets_are_kept() {
        let dir = tempfile::tempdir().expect("temporary folder");
        std::fs::write(dir.path().join("mine.bin"), "x").expect("written");
        std::fs::write(dir.path().join("rules-cut-off.new"), "x").expect("written");
        for n in 0..20 {
            let title = format!("Title {n}");
            assert!(load(dir.path(), &title).contains(&title));
        }
        let names = kept(dir.path());
        assert_eq!(names.len(), KEPT + 1, "{names:?}");
        assert!(dir.path().join("mine.bin").exists() && !dir.path().join("rules-cut-off.new").exists());
    }
}
