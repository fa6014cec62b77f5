//! `arch`: the arrows between crates go down, and heavy things stay where they belong.
//!
//! The name's prefix is the layer. `app → area → {engine, base}`, `engine → base`, `heavy → engine or
//! base`, and only `app` imports `heavy`. The table below says where third-party crates may appear.

mod features;
mod unused;

use crate::findings::Findings;
use crate::repo::{Package, Repo};
use crate::rust_text;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

/// Layers a layer may import, for what is built into the program.
const ARROWS: [(&str, &[&str]); 6] = [
    ("base", &["base"]),
    ("engine", &["engine", "base"]),
    ("heavy", &["engine", "base"]),
    ("area", &["engine", "base"]),
    ("app", &["area", "engine", "base", "heavy"]),
    ("xtask", &[]),
];

/// Only tests import it.
const TESTKIT: &str = "base-testkit";

/// A third-party crate (or a family of them) and the crates that may import it.
struct Fence {
    /// Crates; one ending in `*` stands for all that begin so.
    crates: &'static [&'static str],
    /// Where they may appear: layer prefixes ending in `-`, or whole names.
    allowed: &'static [&'static str],
    reason: &'static str,
}

const FENCES: [Fence; 6] = [
    Fence {
        crates: &["axum", "axum-*", "tower-http"],
        allowed: &["base-web", "area-", "app-", TESTKIT],
        reason: "engines and shared ground know nothing of HTTP handlers",
    },
    Fence {
        crates: &["sqlx", "sqlx-*", "rusqlite"],
        allowed: &["base-db", "base-audit", "area-"],
        reason: "SQL lives in base-db, in the audit trail and in the areas' store",
    },
    Fence {
        crates: &["datafusion", "datafusion-*", "arrow", "arrow-*", "parquet"],
        allowed: &["heavy-lake-datafusion"],
        reason: "minutes of compile time stay behind the lake's trait",
    },
    Fence {
        crates: &["yara-x", "typst", "typst-*"],
        allowed: &["heavy-"],
        reason: "minutes of compile time stay behind an engine's trait",
    },
    Fence { crates: &["anyhow"], allowed: &["app-", "xtask", TESTKIT], reason: "libraries have typed errors" },
    Fence {
        crates: &["openssl", "openssl-sys", "native-tls"],
        allowed: &[],
        reason: "TLS is rustls; no OpenSSL in the server",
    },
];

/// Checks the workspace.
pub(crate) fn check(repo: &Repo) -> Result<Findings> {
    let ours = repo.packages(false)?;
    let mut findings = packages(&ours);
    unused::check(repo, &ours, &mut findings)?;
    features::check(repo, &mut findings)?;
    for package in crate_folders(repo) {
        if !repo.has(&format!("crates/{package}/Cargo.toml")) {
            findings.add(format!("crates/{package}"), "a folder without Cargo.toml; remove it or give it one");
        }
    }
    for file in repo.matching("crates/area-", ".rs") {
        let Some((_, inside)) = file.split_once("/src/") else { continue };
        if inside.starts_with("store/") || inside == "store.rs" {
            continue;
        }
        let code = rust_text::without_tests(&rust_text::without_comments(&repo.read(file)?)).to_owned();
        for (number, line) in code.lines().enumerate() {
            if line.contains("sqlx::") {
                findings.add(
                    format!("{file}:{}", number + 1),
                    "sqlx outside the area's store; move the query to src/store/",
                );
                break;
            }
        }
    }
    Ok(findings)
}

fn crate_folders(repo: &Repo) -> BTreeSet<&str> {
    repo.matching("crates/", "").filter_map(|f| f.split('/').nth(1)).collect()
}

/// The rules that need only what cargo knows.
fn packages(packages: &[Package]) -> Findings {
    let mut findings = Findings { looked_at: packages.len(), ..Findings::default() };
    let ours: BTreeSet<&str> = packages.iter().map(|p| p.name.as_str()).collect();
    for package in packages {
        arrows(package, &ours, &mut findings);
        fences(package, &mut findings);
    }
    cycles(packages, &ours, &mut findings);
    findings
}

fn layer(name: &str) -> Option<(&'static str, &'static [&'static str])> {
    let prefix = name.split_once('-').map_or(name, |(prefix, _)| prefix);
    ARROWS.iter().find(|(layer, _)| *layer == prefix).map(|&(layer, to)| (layer, to))
}

fn arrows(package: &Package, ours: &BTreeSet<&str>, findings: &mut Findings) {
    let place = format!("crate {}", package.name);
    let Some((from, allowed)) = layer(&package.name) else {
        findings.add(place, "its name begins with no layer; use base-, engine-, heavy-, area- or app-");
        return;
    };
    for dependency in package.dependencies.iter().filter(|d| ours.contains(d.name.as_str())) {
        let to = dependency.name.as_str();
        if to == TESTKIT {
            if !dependency.is_dev() {
                findings.add(&place, format!("imports {TESTKIT} outside dev-dependencies; only tests may"));
            }
            continue;
        }
        let fine = layer(to).is_some_and(|(layer, _)| allowed.contains(&layer));
        if !fine {
            findings.add(
                &place,
                format!("imports {to}: {from} may import only {}; meet through a trait below both", list(allowed)),
            );
        }
        if package.name == "app-agent" && (to.starts_with("area-") || to == "heavy-lake-datafusion") {
            findings.add(&place, format!("imports {to}: the agent is small and has no area and no lake"));
        }
    }
}

fn list(layers: &[&str]) -> String {
    if layers.is_empty() { "nothing of ours".to_owned() } else { layers.join(", ") }
}

fn fences(package: &Package, findings: &mut Findings) {
    for dependency in &package.dependencies {
        for fence in &FENCES {
            let hit = fence.crates.iter().any(|c| fits(c, &dependency.name));
            let allowed = fence
                .allowed
                .iter()
                .any(|a| if a.ends_with('-') { package.name.starts_with(a) } else { package.name == *a });
            if hit && !allowed {
                findings.add(
                    format!("crate {}", package.name),
                    format!("imports {}: {}; allowed in {}", dependency.name, fence.reason, list(fence.allowed)),
                );
            }
        }
    }
}

fn fits(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

/// Cargo refuses cycles of normal dependencies; through dev-dependencies it allows them, and then a
/// change low down rebuilds everything. Only the test kit may close such a circle.
fn cycles(packages: &[Package], ours: &BTreeSet<&str>, findings: &mut Findings) {
    let mut edges: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for package in packages {
        let to = package.dependencies.iter().map(|d| d.name.as_str());
        edges.insert(&package.name, to.filter(|d| ours.contains(d) && *d != TESTKIT).collect());
    }
    let mut done = BTreeSet::new();
    for start in edges.keys() {
        let mut path = Vec::new();
        if let Some(circle) = walk(start, &edges, &mut done, &mut path) {
            findings.add(format!("crate {start}"), format!("imports go round in a circle: {circle}"));
        }
    }
}

fn walk<'a>(
    at: &'a str,
    edges: &BTreeMap<&'a str, Vec<&'a str>>,
    done: &mut BTreeSet<&'a str>,
    path: &mut Vec<&'a str>,
) -> Option<String> {
    if let Some(first) = path.iter().position(|p| *p == at) {
        let circle = path.iter().skip(first).copied().chain([at]);
        return Some(circle.collect::<Vec<_>>().join(" → "));
    }
    if !done.insert(at) {
        return None;
    }
    path.push(at);
    let found = edges.get(at).into_iter().flatten().find_map(|to| walk(to, edges, done, path));
    path.pop();
    found
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::repo::Dependency;

    fn package(name: &str, imports: &[&str]) -> Package {
        let dependencies = imports
            .iter()
            .map(|i| match i.strip_prefix("dev:") {
                Some(name) => Dependency { name: name.to_owned(), kind: Some("dev".to_owned()) },
                None => Dependency { name: (*i).to_owned(), kind: None },
            })
            .collect();
        Package { name: name.to_owned(), dependencies, ..Package::default() }
    }

    fn problems(list: &[(&str, &[&str])]) -> String {
        let list: Vec<Package> = list.iter().map(|(name, imports)| package(name, imports)).collect();
        packages(&list).texts()
    }

    #[test]
    fn downward_arrows_are_fine() {
        let text = problems(&[
            ("base-core", &["serde", "dev:base-testkit"]),
            ("base-testkit", &["base-core", "anyhow"]),
            ("engine-lake", &["base-core"]),
            ("heavy-lake-datafusion", &["engine-lake", "datafusion"]),
            ("area-desk", &["engine-lake", "base-core", "axum", "sqlx"]),
            ("app-server", &["area-desk", "heavy-lake-datafusion", "axum"]),
            ("xtask", &["anyhow"]),
        ]);
        assert_eq!(text, "");
    }

    #[test]
    fn upward_and_sideways_arrows_are_told() {
        let text = problems(&[
            ("base-core", &["engine-lake"]),
            ("engine-lake", &["area-desk"]),
            ("area-desk", &["area-warn", "heavy-scan-yara"]),
            ("area-warn", &["dev:area-org"]),
            ("area-org", &[]),
            ("heavy-scan-yara", &[]),
            ("base-testkit", &[]),
            ("app-server", &["base-testkit"]),
        ]);
        for wrong in [
            "base-core: imports engine-lake",
            "engine-lake: imports area-desk",
            "area-desk: imports area-warn",
            "area-desk: imports heavy-scan-yara",
            "area-warn: imports area-org",
            "app-server: imports base-testkit",
        ] {
            assert!(text.contains(wrong), "{wrong} is not in:\n{text}");
        }
        assert_eq!(text.lines().count(), 6, "{text}");
    }

    #[test]
    fn fences_hold() {
        let text = problems(&[
            ("engine-lake", &["axum", "parquet"]),
            ("base-ui", &["axum-core"]),
            ("base-web", &["sqlx", "axum"]),
            ("area-desk", &["anyhow", "datafusion-expr"]),
            ("app-server", &["openssl", "anyhow"]),
        ]);
        assert_eq!(text.lines().count(), 7, "{text}");
    }

    #[test]
    fn circles_through_dev_dependencies_are_told() {
        let text = problems(&[("engine-a", &["engine-b"]), ("engine-b", &["dev:engine-a"])]);
        assert!(text.contains("engine-a → engine-b → engine-a"), "{text}");
    }

    #[test]
    fn unknown_layer_is_told() {
        assert!(problems(&[("common", &[])]).contains("no layer"));
    }
}
