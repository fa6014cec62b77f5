//! `deny`: licence and origin of every dependency, against `deny.toml`.
//!
//! The file is cargo-deny's, and cargo-deny is run too where it is installed (it also knows the
//! advisories). These rules need nothing but cargo, so that they hold on every machine.

use crate::findings::Findings;
use crate::repo::{Package, Repo};
use anyhow::{Context, Result};
use serde::Deserialize;
use std::collections::BTreeMap;

/// The parts of `deny.toml` that are read here.
#[derive(Deserialize)]
struct Deny {
    licenses: Licenses,
    bans: Bans,
    sources: Sources,
}

#[derive(Deserialize)]
struct Licenses {
    allow: Vec<String>,
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
struct Exception {
    #[serde(rename = "crate")]
    name: String,
    allow: Vec<String>,
}

#[derive(Deserialize)]
struct Bans {
    deny: Vec<Ban>,
}

#[derive(Deserialize)]
struct Ban {
    #[serde(rename = "crate")]
    name: String,
    reason: String,
}

#[derive(Deserialize)]
struct Sources {
    #[serde(rename = "allow-registry")]
    allow_registry: Vec<String>,
}

/// Checks every package that cargo would build from.
pub(crate) fn check(repo: &Repo) -> Result<Findings> {
    let deny: Deny = toml::from_str(&repo.read("deny.toml")?).context("deny.toml")?;
    Ok(judge(&deny, &repo.packages(true)?))
}

fn judge(deny: &Deny, packages: &[Package]) -> Findings {
    let mut findings = Findings { looked_at: packages.len(), ..Findings::default() };
    let exceptions: BTreeMap<&str, &[String]> =
        deny.licenses.exceptions.iter().map(|e| (e.name.as_str(), e.allow.as_slice())).collect();
    for package in packages {
        let place = format!("{} {}", package.name, package.version);
        if let Some(ban) = deny.bans.deny.iter().find(|b| b.name == package.name) {
            findings.add(&place, format!("is banned: {}", ban.reason));
        }
        let Some(source) = &package.source else { continue };
        let address = source.trim_start_matches("registry+");
        if !deny.sources.allow_registry.iter().any(|a| a == address) {
            findings.add(&place, format!("comes from {source}; only registries named in deny.toml are trusted"));
        }
        let own = exceptions.get(package.name.as_str()).copied().unwrap_or_default();
        let allowed = |id: &str| deny.licenses.allow.iter().chain(own).any(|a| a == id);
        match (&package.license, &package.license_file) {
            (Some(expression), _) if satisfied(expression, &allowed) => {}
            (Some(expression), _) => {
                findings.add(
                    &place,
                    format!("licence {expression} is not allowed; replace the crate or decide in deny.toml"),
                );
            }
            (None, Some(file)) => {
                findings.add(&place, format!("has no licence expression, only {file}; read it first"));
            }
            (None, None) => findings.add(&place, "has no licence at all; it may not be used"),
        }
    }
    findings
}

/// Whether an SPDX expression can be satisfied with allowed licences. `OR` binds weaker than `AND`;
/// the old spelling `A/B` means `OR`; `X WITH Y` is allowed as a whole or through `X`.
fn satisfied(expression: &str, allowed: &impl Fn(&str) -> bool) -> bool {
    let spaced = expression.replace('/', " OR ").replace('(', " ( ").replace(')', " ) ");
    let words: Vec<&str> = spaced.split_whitespace().collect();
    let mut rest = words.as_slice();
    any(&mut rest, allowed) && rest.is_empty()
}

fn any(rest: &mut &[&str], allowed: &impl Fn(&str) -> bool) -> bool {
    let mut fine = all(rest, allowed);
    while take(rest, "OR") {
        fine |= all(rest, allowed);
    }
    fine
}

fn all(rest: &mut &[&str], allowed: &impl Fn(&str) -> bool) -> bool {
    let mut fine = one(rest, allowed);
    while take(rest, "AND") {
        fine &= one(rest, allowed);
    }
    fine
}

fn one(rest: &mut &[&str], allowed: &impl Fn(&str) -> bool) -> bool {
    if take(rest, "(") {
        let fine = any(rest, allowed);
        return take(rest, ")") && fine;
    }
    let Some((id, tail)) = rest.split_first() else { return false };
    *rest = tail;
    let mut fine = allowed(id);
    if take(rest, "WITH")
        && let Some((exception, tail)) = rest.split_first()
    {
        *rest = tail;
        fine |= allowed(&format!("{id} WITH {exception}"));
    }
    fine
}

fn take(rest: &mut &[&str], word: &str) -> bool {
    match rest.split_first() {
        Some((first, tail)) if *first == word => {
            *rest = tail;
            true
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fine(expression: &str) -> bool {
        satisfied(expression, &|id| ["MIT", "Apache-2.0", "BSD-3-Clause"].contains(&id))
    }

    #[test]
    fn expressions_are_read_as_spdx_means_them() {
        for good in [
            "MIT",
            "MIT/GPL-3.0",
            "GPL-3.0 OR MIT",
            "MIT AND BSD-3-Clause",
            "Apache-2.0 WITH LLVM-exception",
            "(MIT OR GPL-2.0) AND BSD-3-Clause",
            "GPL-2.0 AND Zlib OR MIT",
        ] {
            assert!(fine(good), "{good}");
        }
        for bad in ["GPL-3.0", "MIT AND GPL-3.0", "(MIT", "", "GPL-3.0 WITH X", "(GPL-2.0 OR Zlib) AND MIT"] {
            assert!(!fine(bad), "{bad}");
        }
    }

    #[test]
    fn origin_bans_and_licences_are_judged() {
        let deny: Deny = toml::from_str(
            "[licenses]\nallow = [\"MIT\"]\nexceptions = [{ crate = \"roots\", allow = [\"CDLA\"] }]\n\
             [bans]\ndeny = [{ crate = \"openssl\", reason = \"rustls\" }]\n\
             [sources]\nallow-registry = [\"https://good.example\"]\n",
        )
        .unwrap();
        let package = |name: &str, licence: Option<&str>, source: &str| Package {
            name: name.to_owned(),
            license: licence.map(str::to_owned),
            source: Some(source.to_owned()),
            ..Package::default()
        };
        let good = "registry+https://good.example";
        let list = [
            package("fine", Some("MIT"), good),
            package("roots", Some("CDLA"), good),
            package("gnu", Some("GPL-3.0"), good),
            package("bare", None, good),
            package("openssl", Some("MIT"), good),
            package("away", Some("MIT"), "git+https://elsewhere.example"),
        ];
        let text = judge(&deny, &list).texts();
        for wrong in ["gnu : licence", "bare : has no licence", "openssl : is banned", "away : comes from"] {
            assert!(text.contains(wrong), "{wrong} is not in:\n{text}");
        }
        assert_eq!(text.lines().count(), 4, "{text}");
    }
}
