//! The real data sets that are not part of the repository.

use std::path::{Path, PathBuf};

/// The folder of shared data (`MANGROVE_SHARED`, default `../shared` beside the repository).
///
/// `None` when it is absent: the test then returns at once, having said that it was skipped.
///
/// # Panics
/// Under `CI=true`, where absence is a failure.
#[must_use]
pub fn shared_dir() -> Option<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let dir = std::env::var_os("MANGROVE_SHARED").map_or_else(|| root.join("../shared"), PathBuf::from);
    if dir.join("data").is_dir() {
        return Some(dir);
    }
    let message = format!("shared data not found at {} (set MANGROVE_SHARED)", dir.display());
    crate::skip(&message);
    None
}

/// Unpacks a `.tar.zst` of the shared data into `into`.
///
/// # Panics
/// When the archive cannot be read or is damaged.
pub fn unpack_tar_zst(archive: &Path, into: &Path) {
    let status = std::process::Command::new("tar")
        .arg("--zstd")
        .arg("-xf")
        .arg(archive)
        .arg("-C")
        .arg(into)
        .status()
        .unwrap_or_else(|e| panic!("tar cannot be started: {e}"));
    assert!(status.success(), "tar failed on {}", archive.display());
}

/// The content of a `.zst` file of the shared data.
///
/// # Panics
/// When the file cannot be read or is damaged.
#[must_use]
pub fn read_zst(file: &Path) -> Vec<u8> {
    let output = std::process::Command::new("zstd")
        .args(["-dcq", "--memory=64MB"])
        .arg(file)
        .output()
        .unwrap_or_else(|e| panic!("zstd cannot be started: {e}"));
    assert!(output.status.success(), "zstd failed on {}", file.display());
    output.stdout
}
