//! Whose the data folder is, and who can read it and the keys in it.

use crate::finding::{Finding, Level};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

/// Rights of everybody but the owner.
const OTHERS: u32 = 0o077;

/// Looks at the data folder and its keys; `config` is the configuration file, if there is one, and `secret`
/// whether a secret stands in it.
#[must_use]
pub fn permissions(data: &Path, config: Option<(&Path, bool)>) -> Vec<Finding> {
    let mut findings = Vec::new();
    let Ok(found) = fs::metadata(data) else {
        return vec![Finding::new("data-absent", Level::Notice, data.display().to_string())];
    };
    let own = rustix::process::geteuid().as_raw();
    let mode = |mode: u32| format!("{:o}", mode & 0o7777);
    // The administrator may look at everything; the server runs as somebody else.
    if found.uid() != own && own != 0 {
        findings.push(Finding::new(
            "data-other-owner",
            Level::Fault,
            format!("{}: uid {} ≠ {own}", data.display(), found.uid()),
        ));
    }
    if found.permissions().mode() & OTHERS != 0 {
        let evidence = format!("{}: {}", data.display(), mode(found.permissions().mode()));
        findings.push(Finding::new("data-open", Level::Warning, evidence));
    }
    let keys = data.join("keys");
    for item in fs::read_dir(&keys).into_iter().flatten().flatten() {
        let Ok(key) = item.metadata() else { continue };
        if key.permissions().mode() & OTHERS != 0 {
            let evidence = format!("{}: {}", item.path().display(), mode(key.permissions().mode()));
            findings.push(Finding::new("key-open", Level::Fault, evidence));
        }
        let raw = item.path().extension().is_some_and(|extension| extension == "key");
        // A raw key has 32 bytes; PEM is longer.
        if raw && key.len() < 32 {
            findings.push(Finding::new("key-short", Level::Fault, format!("{}: {}", item.path().display(), key.len())));
        }
    }
    if let Some((file, true)) = config
        && let Ok(found) = fs::metadata(file)
        && found.permissions().mode() & OTHERS & 0o007 != 0
    {
        findings.push(Finding::new(
            "config-open",
            Level::Fault,
            format!("{}: {}", file.display(), mode(found.permissions().mode())),
        ));
    }
    if findings.is_empty() {
        findings.push(Finding::new("data-well", Level::Well, data.display().to_string()));
    }
    findings
}
