//! Archives made, opened by others, spoiled in every way, and restored.
#![expect(clippy::expect_used, reason = "a test fails by panicking and speaks through its own output")]

mod round;
mod spoiled;

use engine_backup::{BackupError, FORMAT, Head, Identities, Item, Recipients, create, new_key};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A folder with a key and what is to be backed up.
pub(crate) struct Case {
    pub(crate) dir: tempfile::TempDir,
    pub(crate) public: String,
}

impl Case {
    pub(crate) fn new() -> Self {
        let dir = tempfile::tempdir().expect("folder");
        let (text, public) = new_key().expect("random bytes");
        std::fs::write(dir.path().join("key"), text).expect("written");
        Self { dir, public }
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.dir.path().join(name)
    }

    pub(crate) fn keys(&self) -> Identities {
        Identities::file(&self.path("key")).expect("the key is read")
    }

    pub(crate) fn recipients(&self) -> Recipients {
        Recipients::keys([(self.public.as_str(), "test".to_owned())]).expect("a key")
    }

    pub(crate) fn make(&self, items: Vec<Item>) -> PathBuf {
        let out = self.path("backup");
        create(&out, &self.recipients(), &head(), items.into_iter().map(Ok), &mut |_| true).expect("made");
        out
    }

    /// What lies beside the things a test has made.
    pub(crate) fn names(&self) -> Vec<String> {
        let mut names: Vec<String> = std::fs::read_dir(self.dir.path())
            .expect("listed")
            .map(|item| item.expect("an item").file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }
}

pub(crate) fn head() -> Head {
    let facts = BTreeMap::from([("events".to_owned(), "7".to_owned())]);
    Head { format: FORMAT, program: "0.1.0".to_owned(), created: 1_790_000_000_000_000, facts }
}

/// A few files: empty, small, larger than a chunk, with Vietnamese letters.
pub(crate) fn samples() -> Vec<Item> {
    vec![
        Item::here("mangrove.db", (0..3_000_000_u32).flat_map(u32::to_le_bytes).collect()),
        Item::here("keys/session.key", vec![7; 32]),
        Item::here("lake/data/day=2026-11-22/rỗng.parquet", Vec::new()),
        Item::here("lake/manifests/00000000000000000001.json", b"{}".to_vec()),
    ]
}

pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut found = BTreeMap::new();
    let mut folders = vec![root.to_path_buf()];
    while let Some(folder) = folders.pop() {
        for item in std::fs::read_dir(folder).expect("listed") {
            let path = item.expect("an item").path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).expect("below").to_string_lossy().into_owned();
                found.insert(name, std::fs::read(&path).expect("read"));
            }
        }
    }
    found
}

pub(crate) fn told(error: &BackupError) -> String {
    error.to_string()
}
