//! The real programs that send logs, against which the inputs are tested.
//!
//! rsyslog's modules are ordinary Debian packages. syslog-ng's package and rsyslog's exclude each
//! other, so syslog-ng is downloaded by apt and unpacked into the target folder, without being installed.

use super::tools::{apt, on_path, target_folder};
use crate::repo::Repo;
use anyhow::{Context, Result, bail};
use std::path::Path;
use std::process::Command;

/// The package that brings syslog-ng and its usual modules.
const SYSLOG_NG: &str = "syslog-ng-core";

/// A file of a package below `/usr/lib/<machine>/`, and the package.
const MODULES: [(&str, &str); 2] = [("rsyslog/omrelp.so", "rsyslog-relp"), ("rsyslog/lmnsd_gtls.so", "rsyslog-gnutls")];

/// Packages of rsyslog that are missing.
pub(super) fn missing_packages() -> Vec<&'static str> {
    let server = on_path("rsyslogd") || Path::new("/usr/sbin/rsyslogd").is_file();
    let absent = |file: &str| {
        let mut folders = std::fs::read_dir("/usr/lib").into_iter().flatten().flatten();
        !folders.any(|folder| folder.path().join(file).is_file())
    };
    let modules = MODULES.iter().filter(|(file, _)| absent(file)).map(|(_, package)| *package);
    (!server).then_some("rsyslog").into_iter().chain(modules).collect()
}

/// Unpacks syslog-ng into the target folder, unless it is installed or there already.
pub(super) fn syslog_ng(repo: &Repo) -> Result<()> {
    let to = target_folder(repo).join("syslog-ng");
    let installed = on_path("syslog-ng") || Path::new("/usr/sbin/syslog-ng").is_file();
    if installed || to.join("usr/sbin/syslog-ng").is_file() {
        return Ok(());
    }
    if !on_path("apt-get") || !on_path("dpkg") {
        bail!("missing: {SYSLOG_NG}; install syslog-ng, or run on Debian, where apt-get can download it");
    }
    println!("tools: unpacking {SYSLOG_NG} into {}", to.display());
    let packages = to.join("packages");
    std::fs::create_dir_all(&packages).with_context(|| format!("{} cannot be made", packages.display()))?;
    if Command::new("apt-cache").args(["policy", SYSLOG_NG]).output()?.stdout.is_empty() {
        apt(&["update", "-q"])?;
    }
    let mut command = Command::new("apt-get");
    // Downloading needs no right and no lock; apt writes into the folder it runs in.
    command.current_dir(&packages).args(["download", "-q", SYSLOG_NG]).args(dependencies()?);
    if !command.status().context("apt-get cannot be started")?.success() {
        bail!("apt-get download {SYSLOG_NG} failed; see its messages above");
    }
    for package in std::fs::read_dir(&packages)? {
        let package = package?.path();
        let status =
            Command::new("dpkg").arg("-x").arg(&package).arg(&to).status().context("dpkg cannot be started")?;
        if !status.success() {
            bail!("dpkg -x {} failed; delete {} and try again", package.display(), packages.display());
        }
    }
    Ok(())
}

/// The libraries that syslog-ng needs and that are not installed.
fn dependencies() -> Result<Vec<String>> {
    let out = Command::new("apt-cache").args(["show", "--no-all-versions", SYSLOG_NG]).output()?;
    let text = String::from_utf8_lossy(&out.stdout);
    let names = depends(&text).into_iter().filter(|name| {
        let out = Command::new("dpkg-query").args(["-W", "-f=${db:Status-Status}", name]).output();
        name.starts_with("lib") && !out.is_ok_and(|o| o.stdout == b"installed")
    });
    Ok(names.collect())
}

/// Names of the packages in the `Depends:` line of a package's description; of alternatives the first.
fn depends(description: &str) -> Vec<String> {
    let line = description.lines().find_map(|l| l.strip_prefix("Depends:")).unwrap_or_default();
    line.split(',').filter_map(|d| d.split_whitespace().next()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_taken_from_a_description() {
        let text =
            "Package: syslog-ng-core\nPre-Depends: x\nDepends: libc6 (>= 2.34), libpcre3, lsb-base | other\nSize: 1\n";
        assert_eq!(depends(text), ["libc6", "libpcre3", "lsb-base"]);
    }
}
