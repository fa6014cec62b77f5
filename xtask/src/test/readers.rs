//! The foreign readers that the lake's files are tested with: pyarrow and DuckDB from PyPI, in a
//! Python environment of their own in the target folder.

use super::tools::target_folder;
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use std::process::Command;

/// Where the pinned packages are listed.
const REQUIREMENTS: &str = "crates/heavy-lake-datafusion/tests/python/requirements.txt";

/// Installs them unless the pinned versions are there already.
pub(super) fn python(repo: &Repo) -> Result<()> {
    let to = target_folder(repo).join("lake-readers");
    let wanted = std::fs::read(repo.root.join(REQUIREMENTS)).context(REQUIREMENTS)?;
    let mark = to.join("requirements.txt");
    if std::fs::read(&mark).ok().as_deref() == Some(wanted.as_slice()) {
        return Ok(());
    }
    println!("tools: installing pyarrow and duckdb into {}", to.display());
    let run = |program: &std::path::Path, arguments: &[&str]| -> Result<()> {
        let status = Command::new(program)
            .args(arguments)
            .status()
            .with_context(|| format!("{} cannot be started; install python3-venv", program.display()))?;
        if !status.success() {
            bail!("{} {} failed; see its messages above", program.display(), arguments.join(" "));
        }
        Ok(())
    };
    let folder = to.to_string_lossy();
    run("python3".as_ref(), &["-m", "venv", &folder])?;
    let list = repo.root.join(REQUIREMENTS);
    run(&to.join("bin/pip"), &["install", "--quiet", "-r", &list.to_string_lossy()])?;
    std::fs::write(&mark, wanted).with_context(|| format!("{} cannot be written", mark.display()))
}
