//! `tidy`: what every file owes its reader, and lists that must equal their folders.

mod asvs;
mod docs;
mod files;
mod lists;

use crate::findings::Findings;
use crate::repo::Repo;
use anyhow::Result;

/// Runs every tidy rule.
pub(crate) fn check(repo: &Repo) -> Result<Findings> {
    let mut findings = files::check(repo)?;
    findings.merge(lists::check(repo)?);
    findings.merge(docs::check(repo)?);
    findings.merge(asvs::check(repo)?);
    Ok(findings)
}
