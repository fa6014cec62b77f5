//! Programs from PyPI that tests use, each list of pinned versions in an environment of its own in the target folder.

use super::tools::target_folder;
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// The environments: folder in the target folder, and where the pinned versions are listed.
const ENVIRONMENTS: [(&str, &str); 3] = [
    // The official clients of Elasticsearch, OpenTelemetry and Prometheus.
    ("python-senders", "crates/engine-intake/tests/python/requirements.txt"),
    // Foreign readers of the lake's files: pyarrow and DuckDB.
    ("lake-readers", "crates/heavy-lake-datafusion/tests/python/requirements.txt"),
    // Asks the whole console what its OpenAPI text promises.
    ("schemathesis", "crates/app-server/tests/python/requirements.txt"),
];

/// Installs what is not there in the pinned versions, so that a second run needs no network.
pub(super) fn environments(repo: &Repo) -> Result<()> {
    ENVIRONMENTS.iter().try_for_each(|(folder, list)| environment(repo, folder, list))
}

fn environment(repo: &Repo, folder: &str, list: &str) -> Result<()> {
    let list = repo.root.join(list);
    let wanted = std::fs::read(&list).with_context(|| format!("{} cannot be read", list.display()))?;
    let to = target_folder(repo).join(folder);
    let installed = to.join("installed.txt");
    if std::fs::read(&installed).is_ok_and(|there| there == wanted) && to.join("bin/python").is_file() {
        return Ok(());
    }
    println!("tools: installing {} from PyPI into {}", list.display(), to.display());
    run(Command::new("python3").args(["-m", "venv", "--clear"]).arg(&to), "python3 -m venv")?;
    let pip: &Path = &to.join("bin/pip");
    run(Command::new(pip).args(["install", "--quiet", "--disable-pip-version-check", "-r"]).arg(&list), "pip install")?;
    // Written last: a half-made environment must not look finished the next time.
    std::fs::write(&installed, &wanted).with_context(|| format!("{} cannot be written", installed.display()))
}

fn run(command: &mut Command, what: &str) -> Result<()> {
    let status = command.status().with_context(|| format!("{what} cannot be started"))?;
    if !status.success() {
        bail!("{what} failed; see its messages above (Debian: apt-get install python3-venv; PyPI is needed once)");
    }
    Ok(())
}
