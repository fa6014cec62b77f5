//! Documents: links that lead somewhere, decisions with a number of their own, the map of bearable length.

use crate::findings::Findings;
use crate::repo::Repo;
use anyhow::Result;
use std::collections::BTreeSet;

/// `ARCHITECTURE.md` is read in one sitting.
const MAX_MAP_LINES: usize = 300;

pub(super) fn check(repo: &Repo) -> Result<Findings> {
    let mut findings = Findings::default();
    for file in repo.files.iter().filter(|f| f.ends_with(".md")) {
        findings.looked_at += 1;
        let text = repo.read(file)?;
        for (line, target) in links(&text) {
            let path = resolve(file, target);
            let exists = repo.has(&path) || repo.files.iter().any(|f| f.starts_with(&format!("{path}/")));
            if !exists {
                findings.add(format!("{file}:{line}"), format!("links to {target}, which is not in the repository"));
            }
        }
    }
    decisions(repo, &mut findings);
    map(repo, &mut findings)?;
    Ok(findings)
}

/// Links and pictures to files of the repository: `](target)` outside code fences.
fn links(text: &str) -> Vec<(usize, &str)> {
    let mut found = Vec::new();
    let mut fenced = false;
    for (number, line) in text.lines().enumerate() {
        if line.trim_start().starts_with("```") {
            fenced = !fenced;
        }
        if fenced {
            continue;
        }
        for part in line.split("](").skip(1) {
            let target = part.split(')').next().unwrap_or_default();
            let target = target.split(['#', ' ']).next().unwrap_or_default();
            if !target.is_empty() && !target.contains("://") && !target.starts_with("mailto:") {
                found.push((number + 1, target));
            }
        }
    }
    found
}

fn resolve(file: &str, target: &str) -> String {
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in target.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            name => parts.push(name),
        }
    }
    parts.join("/")
}

/// A decision is cited by its number, so a number stands for one decision.
fn decisions(repo: &Repo, findings: &mut Findings) {
    let mut taken = BTreeSet::new();
    for file in repo.matching("docs/decisions/", ".md") {
        let name = file.trim_start_matches("docs/decisions/");
        let number = name.split('-').next().unwrap_or_default();
        if number.len() != 4 || !number.bytes().all(|b| b.is_ascii_digit()) {
            findings.add(file, "its name must begin with four digits, as in 0007-title.md");
        } else if !taken.insert(number) {
            findings.add(file, format!("the number {number} is taken; use the next free one"));
        }
    }
}

/// Every crate has its paragraph in the map, and the map stays short.
fn map(repo: &Repo, findings: &mut Findings) -> Result<()> {
    let text = repo.read("ARCHITECTURE.md")?;
    let lines = text.lines().count();
    if lines > MAX_MAP_LINES {
        findings.add("ARCHITECTURE.md", format!("{lines} lines; at most {MAX_MAP_LINES}"));
    }
    for manifest in repo.matching("crates/", "/Cargo.toml") {
        let name = manifest.trim_start_matches("crates/").trim_end_matches("/Cargo.toml");
        if !text.contains(&format!("`{name}`")) {
            findings.add(
                "ARCHITECTURE.md",
                format!("has no paragraph for `{name}`; say what it is and what it must not do"),
            );
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn links_are_found_outside_fences() {
        let text = "a [b](c.md#d) ![e](f/g.png \"t\") [x](https://x.example)\n```\n[no](no.md)\n```\n[last](../z.md)";
        assert_eq!(links(text), [(1, "c.md"), (1, "f/g.png"), (5, "../z.md")]);
    }

    #[test]
    fn targets_are_resolved_from_the_file() {
        assert_eq!(resolve("docs/guides/a.md", "../decisions/b.md"), "docs/decisions/b.md");
        assert_eq!(resolve("README.md", "./docs/images/x.png"), "docs/images/x.png");
    }
}
