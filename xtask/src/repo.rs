//! The repository as the checks see it: its root, its files, and what cargo knows of it.

use anyhow::{Context, Result, bail};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use std::process::Command;

/// A checkout.
#[derive(Debug)]
pub(crate) struct Repo {
    /// The folder with the workspace's Cargo.toml.
    pub(crate) root: PathBuf,
    /// Every file that is tracked, or new and not ignored; relative, with `/`, sorted.
    pub(crate) files: Vec<String>,
}

impl Repo {
    /// The checkout this program was built from.
    pub(crate) fn find() -> Result<Self> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent().context("xtask has no parent folder")?.to_path_buf();
        let out = Command::new("git")
            .args(["ls-files", "-z", "--cached", "--others", "--exclude-standard"])
            .current_dir(&root)
            .output()
            .context("git cannot be started; install it, the checks ask it for the list of files")?;
        if !out.status.success() {
            bail!("git ls-files failed: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        let text = String::from_utf8(out.stdout).context("a file name is not UTF-8; rename it")?;
        let mut files: Vec<String> =
            text.split('\0').filter(|f| !f.is_empty() && root.join(f).is_file()).map(str::to_owned).collect();
        files.sort();
        files.dedup();
        Ok(Self { root, files })
    }

    /// The text of a file of the repository.
    pub(crate) fn read(&self, file: &str) -> Result<String> {
        std::fs::read_to_string(self.root.join(file)).with_context(|| format!("{file} cannot be read as UTF-8 text"))
    }

    /// The files whose path begins and ends so.
    pub(crate) fn matching<'a>(&'a self, start: &'a str, end: &'a str) -> impl Iterator<Item = &'a str> {
        self.files.iter().map(String::as_str).filter(move |f| f.starts_with(start) && f.ends_with(end))
    }

    /// Whether the repository has this file.
    pub(crate) fn has(&self, file: &str) -> bool {
        self.files.binary_search_by(|f| f.as_str().cmp(file)).is_ok()
    }

    /// What `cargo metadata` says: only our own packages, or everything.
    pub(crate) fn packages(&self, with_dependencies: bool) -> Result<Vec<Package>> {
        let mut command = Command::new(cargo_program());
        command.args(["metadata", "--format-version", "1", "--locked"]).current_dir(&self.root);
        if !with_dependencies {
            command.arg("--no-deps");
        }
        let out = command.output().context("cargo metadata cannot be started")?;
        if !out.status.success() {
            bail!("cargo metadata failed: {}", String::from_utf8_lossy(&out.stderr).trim());
        }
        let metadata: Metadata = serde_json::from_slice(&out.stdout).context("cargo metadata printed something odd")?;
        Ok(metadata.packages)
    }
}

/// The cargo that runs this program.
pub(crate) fn cargo_program() -> std::ffi::OsString {
    std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into())
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

/// A package as `cargo metadata` describes it.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Package {
    /// Its name.
    pub(crate) name: String,
    /// Its version.
    #[serde(default)]
    pub(crate) version: String,
    /// SPDX expression of its licence.
    #[serde(default)]
    pub(crate) license: Option<String>,
    /// File with its licence, where no expression is given.
    #[serde(default)]
    pub(crate) license_file: Option<String>,
    /// Where it comes from; `None` for our own.
    #[serde(default)]
    pub(crate) source: Option<String>,
    /// What it imports.
    #[serde(default)]
    pub(crate) dependencies: Vec<Dependency>,
}

/// An import of a package.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Dependency {
    /// Name of the imported package.
    pub(crate) name: String,
    /// `None` for a normal one, `dev` or `build`.
    #[serde(default)]
    pub(crate) kind: Option<String>,
}

impl Dependency {
    /// Whether only tests and examples use it.
    pub(crate) fn is_dev(&self) -> bool {
        self.kind.as_deref() == Some("dev")
    }
}
