//! Dependencies that are declared but named nowhere in the crate: compile time for nothing.

use crate::findings::Findings;
use crate::repo::{Dependency, Package, Repo};
use crate::rust_text;
use anyhow::Result;

/// Tells every declared dependency that no file of its crate names.
pub(super) fn check(repo: &Repo, packages: &[Package], findings: &mut Findings) -> Result<()> {
    for package in packages {
        let folder = if package.name == "xtask" { "xtask/".to_owned() } else { format!("crates/{}/", package.name) };
        let (mut program, mut tests) = (String::new(), String::new());
        for file in repo.matching(&folder, ".rs") {
            let code = rust_text::without_comments(&repo.read(file)?);
            if file.contains("/src/") {
                program.push_str(rust_text::without_tests(&code));
            }
            // Unit tests, integration tests, examples and benches may use either kind.
            tests.push_str(&code);
        }
        for dependency in &package.dependencies {
            let code = if dependency.kind.is_none() { &program } else { &tests };
            if !names(code, dependency) {
                findings.add(format!("crate {}", package.name), unused(dependency, &tests));
            }
        }
    }
    Ok(())
}

fn names(code: &str, dependency: &Dependency) -> bool {
    let name = dependency.name.replace('-', "_");
    code.match_indices(&name).any(|(at, _)| {
        let before = code.get(..at).and_then(|b| b.chars().next_back());
        let after = code.get(at + name.len()..).and_then(|a| a.chars().next());
        let word = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !word(before) && !word(after)
    })
}

fn unused(dependency: &Dependency, tests: &str) -> String {
    let name = &dependency.name;
    if dependency.kind.is_none() && names(tests, dependency) {
        format!("only its tests use {name}; move it to dev-dependencies")
    } else {
        format!("declares {name} but names it nowhere; take it out of Cargo.toml")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_counts_as_a_whole_word() {
        let dependency = |name: &str| Dependency { name: name.to_owned(), kind: None };
        assert!(names("use serde_json::Value;", &dependency("serde-json")));
        assert!(!names("use serde_json::Value;", &dependency("serde")));
        assert!(names("#[serde(default)]", &dependency("serde")));
        assert!(unused(&dependency("tempfile"), "tempfile::tempdir()").contains("dev-dependencies"));
    }
}
