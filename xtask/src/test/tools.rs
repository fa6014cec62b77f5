//! What the tests need beyond Rust and a C compiler, and getting it where that is possible.
//!
//! As root on a Debian-like system missing packages are installed; otherwise the command to run is
//! named and nothing else is tried. axe-core, the accessibility checker that runs inside the browser,
//! comes from npm, pinned by a lock file, into the target folder; so does the provider of sign-ins. The programs that send logs to the
//! inputs under test are in [`senders`], what comes from PyPI in [`python`].

use super::{postgres, python, senders};
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use std::path::{Path, PathBuf};
use std::process::Command;

/// A program and the Debian package that brings it.
const NEEDED: [(&str, &str); 9] = [
    ("git", "git"),
    ("zstd", "zstd"),
    // Opens the backups that ours makes, and the other way round.
    ("age", "age"),
    ("chromium", "chromium"),
    ("chromedriver", "chromium-driver"),
    ("npm", "npm"),
    // libFuzzer is C++.
    ("c++", "g++"),
    ("python3", "python3-venv"),
    // Judges our unit file.
    ("systemd-analyze", "systemd"),
];

/// Vietnamese on screenshots needs a font that has its accents.
const FONT: (&str, &str) = ("/usr/share/fonts/truetype/noto/NotoSans-Regular.ttf", "fonts-noto-core");

/// Where the pinned npm packages are described.
const BROWSER_FOLDER: &str = "crates/base-testkit/browser";
const PROVIDER_FOLDER: &str = "crates/area-identity/tests/provider";

/// Makes sure that everything is there.
pub(super) fn check(repo: &Repo) -> Result<()> {
    let mut missing: Vec<&str> = NEEDED.iter().filter(|(p, _)| !on_path(p)).map(|(_, package)| *package).collect();
    if !missing.is_empty() && !Path::new(FONT.0).exists() {
        missing.push(FONT.1);
    }
    if !postgres::is_there() {
        missing.push(postgres::PACKAGE);
    }
    missing.extend(senders::missing_packages());
    if !missing.is_empty() {
        install(&missing)?;
    }
    senders::syslog_ng(repo)?;
    python::environments(repo)?;
    axe(repo)?;
    provider(repo)?;
    println!(
        "tools: {}, PostgreSQL 15, rsyslog, syslog-ng, what comes from PyPI, axe-core and oidc-provider are there",
        NEEDED.map(|(program, _)| program).join(", ")
    );
    Ok(())
}

/// Whether a program of this name can be started.
pub(super) fn on_path(program: &str) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).any(|folder| folder.join(program).is_file())
}

fn install(packages: &[&str]) -> Result<()> {
    let command = format!("apt-get install --no-install-recommends {}", packages.join(" "));
    if !is_root() || !on_path("apt-get") {
        bail!("missing: {}; install them first, on Debian as root with: {command}", packages.join(", "));
    }
    println!("tools: installing {}", packages.join(", "));
    apt(&["update", "-q"])?;
    let mut arguments = vec!["install", "-y", "-q", "--no-install-recommends"];
    arguments.extend(packages);
    apt(&arguments)
}

pub(super) fn apt(arguments: &[&str]) -> Result<()> {
    let status = Command::new("apt-get")
        // Another installation may be under way; wait for it instead of failing.
        .args(["-o", "DPkg::Lock::Timeout=600"])
        .args(arguments)
        .env("DEBIAN_FRONTEND", "noninteractive")
        .status()
        .context("apt-get cannot be started")?;
    if !status.success() {
        bail!("apt-get {} failed; see its messages above", arguments.join(" "));
    }
    Ok(())
}

pub(super) fn is_root() -> bool {
    let out = Command::new("id").arg("-u").output();
    out.is_ok_and(|o| o.stdout.trim_ascii() == b"0")
}

/// axe-core, the accessibility checker that runs inside the browser.
fn axe(repo: &Repo) -> Result<()> {
    npm(repo, BROWSER_FOLDER, &browser_folder(repo), "node_modules/axe-core/axe.min.js")
}

/// The OpenID provider that sign-ins are tested against, with the script that starts it.
fn provider(repo: &Repo) -> Result<()> {
    let to = target_folder(repo).join("oidc-provider");
    npm(repo, PROVIDER_FOLDER, &to, "node_modules/oidc-provider/package.json")?;
    let script = repo.root.join(PROVIDER_FOLDER).join("provider.mjs");
    std::fs::copy(&script, to.join("provider.mjs"))
        .with_context(|| format!("{} cannot be copied", script.display()))?;
    Ok(())
}

/// Installs what the lock file of a folder pins, unless it is there already, so that a second run needs no network.
fn npm(repo: &Repo, from: &str, to: &Path, there: &str) -> Result<()> {
    let from = repo.root.join(from);
    let (package, locked) = (from.join("package.json"), from.join("package-lock.json"));
    let lock = std::fs::read(&locked).with_context(|| format!("{} cannot be read", locked.display()))?;
    let installed = std::fs::read(to.join("package-lock.json")).ok();
    if installed.as_deref() == Some(lock.as_slice()) && to.join(there).is_file() {
        return Ok(());
    }
    std::fs::create_dir_all(to).with_context(|| format!("{} cannot be made", to.display()))?;
    std::fs::copy(&package, to.join("package.json"))
        .with_context(|| format!("{} cannot be copied", package.display()))?;
    std::fs::write(to.join("package-lock.json"), &lock)
        .with_context(|| format!("{} cannot be written", to.display()))?;
    let status = Command::new("npm")
        .args(["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"])
        .current_dir(to)
        .status()
        .context("npm cannot be started")?;
    if !status.success() {
        // A half-made folder must not look finished the next time.
        let _ = std::fs::remove_file(to.join("package-lock.json"));
        bail!("npm ci failed in {}; it needs the npm registry once", to.display());
    }
    Ok(())
}

/// The folder in the target folder that holds axe-core; `base_testkit::axe` looks there too.
pub(super) fn browser_folder(repo: &Repo) -> PathBuf {
    target_folder(repo).join("browser-tests")
}

/// Where cargo builds: this program lies in `<target>/<profile>/`.
pub(super) fn target_folder(repo: &Repo) -> PathBuf {
    let own = std::env::current_exe().ok();
    let built = own.as_deref().and_then(Path::parent).and_then(Path::parent).map(Path::to_path_buf);
    built.unwrap_or_else(|| repo.root.join("target"))
}
