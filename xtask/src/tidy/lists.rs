//! Lists in code against folders on disk: modules, migrations, locales, sources, rules.

use crate::findings::Findings;
use crate::repo::Repo;
use crate::rust_text;
use anyhow::Result;
use std::collections::BTreeSet;

pub(super) fn check(repo: &Repo) -> Result<Findings> {
    let mut findings = Findings::default();
    modules(repo, &mut findings)?;
    tests(repo, &mut findings);
    migrations(repo, &mut findings)?;
    locales(repo, &mut findings)?;
    sources(repo, &mut findings);
    rules(repo, &mut findings);
    readmes(repo, &mut findings);
    Ok(findings)
}

/// A `.rs` file that no `mod` names is never compiled.
fn modules(repo: &Repo, findings: &mut Findings) -> Result<()> {
    for file in repo.files.iter().filter(|f| f.ends_with(".rs") && (f.contains("/src/") || f.contains("/tests/it/"))) {
        let Some((folder, name)) = file.rsplit_once('/') else { continue };
        if ["lib.rs", "main.rs"].contains(&name) || folder.ends_with("/bin") {
            continue;
        }
        let (module, folder) = match name.strip_suffix(".rs") {
            Some("mod") | None => match folder.rsplit_once('/') {
                Some((above, module)) => (module, above),
                None => continue,
            },
            Some(module) => (module, folder),
        };
        findings.looked_at += 1;
        let parents = [
            format!("{folder}/lib.rs"),
            format!("{folder}/main.rs"),
            format!("{folder}/mod.rs"),
            format!("{folder}.rs"),
        ];
        let mut named = false;
        for parent in parents.iter().filter(|p| repo.has(p)) {
            named |= names_module(&rust_text::without_comments(&repo.read(parent)?), module);
        }
        if !named {
            findings
                .add(file, format!("no file above says `mod {module};`, so it is never compiled; list or remove it"));
        }
    }
    Ok(())
}

fn names_module(code: &str, module: &str) -> bool {
    let wanted = format!("mod {module};");
    code.lines().any(|l| {
        l.split_once(&wanted).is_some_and(|(before, _)| before.is_empty() || before.ends_with([' ', '\t', ']']))
    })
}

/// Each further test binary links everything once more.
fn tests(repo: &Repo, findings: &mut Findings) {
    for file in repo.matching("crates/", ".rs") {
        let Some((_, inside)) = file.split_once("/tests/") else { continue };
        if !inside.starts_with("it/") {
            findings.add(file, "a second test binary; make it a module of tests/it/main.rs");
        }
    }
}

fn migrations(repo: &Repo, findings: &mut Findings) -> Result<()> {
    for file in repo.matching("crates/", ".sql").filter(|f| f.contains("/migrations/")) {
        let Some((folder, name)) = file.split_once("/migrations/") else { continue };
        findings.looked_at += 1;
        let time = name.split('_').next().unwrap_or_default();
        if !is_utc_time(time) {
            findings.add(file, "its name must begin with its UTC time, as in 20261122T110000_alerts.sql");
        }
        if !any_source(repo, folder, |code| code.contains(name))? {
            findings.add(file, "is in no list of migrations, so it never runs; add it to the area's list");
        }
    }
    Ok(())
}

/// `yyyymmddTHHMM` or `yyyymmddTHHMMSS`: names sort as the tables came to be.
fn is_utc_time(text: &str) -> bool {
    text.split_once('T').is_some_and(|(day, time)| {
        day.len() == 8 && [4, 6].contains(&time.len()) && day.bytes().chain(time.bytes()).all(|b| b.is_ascii_digit())
    })
}

fn any_source(repo: &Repo, folder: &str, test: impl Fn(&str) -> bool) -> Result<bool> {
    let start = format!("{folder}/src/");
    for file in repo.matching(&start, ".rs") {
        if test(&rust_text::without_comments(&repo.read(file)?)) {
            return Ok(true);
        }
    }
    Ok(false)
}

fn locales(repo: &Repo, findings: &mut Findings) -> Result<()> {
    for file in repo.matching("crates/", ".ftl") {
        let Some((folder, inside)) = file.split_once("/locales/") else { continue };
        findings.looked_at += 1;
        let Some((lang, name)) = inside.split_once('/') else {
            findings.add(file, "must be in locales/vi/ or locales/en/");
            continue;
        };
        let other = match lang {
            "vi" => "en",
            "en" => "vi",
            _ => {
                findings.add(file, "must be in locales/vi/ or locales/en/");
                continue;
            }
        };
        let twin = format!("{folder}/locales/{other}/{name}");
        if !repo.has(&twin) {
            findings.add(file, format!("has no {twin}; every text exists in both languages"));
        }
        if !any_source(repo, folder, |code| code.contains(&format!("locales/{inside}")))? {
            findings.add(file, "is loaded by no code; add it to the crate's strings");
        }
    }
    Ok(())
}

/// Each source definition comes with samples, and each sample with the events expected of it.
fn sources(repo: &Repo, findings: &mut Findings) {
    for file in repo.matching("content/sources/", "/source.toml") {
        findings.looked_at += 1;
        let folder = file.trim_end_matches("source.toml");
        let samples = stems(repo, &format!("{folder}samples/"));
        let expected = stems(repo, &format!("{folder}expected/"));
        if samples.is_empty() {
            findings.add(file, "has no samples/; add at least one real-looking input");
        }
        for lone in samples.symmetric_difference(&expected) {
            findings.add(file, format!("`{lone}` must be both in samples/ and in expected/"));
        }
    }
}

fn stems(repo: &Repo, folder: &str) -> BTreeSet<String> {
    let inside = repo.matching(folder, "").filter_map(|f| f.strip_prefix(folder));
    inside.map(|f| f.split('.').next().unwrap_or(f).to_owned()).collect()
}

fn rules(repo: &Repo, findings: &mut Findings) {
    for file in repo.matching("content/rules/", ".yml") {
        findings.looked_at += 1;
        match file.strip_suffix(".test.yml") {
            Some(rule) if !repo.has(&format!("{rule}.yml")) => {
                findings.add(file, "tests a rule that does not exist; remove or rename it");
            }
            None => {
                let test = format!("{}.test.yml", file.trim_end_matches(".yml"));
                if !repo.has(&test) {
                    findings.add(file, format!("has no {test}; give it a firing and a quiet event"));
                }
            }
            Some(_) => {}
        }
    }
}

/// An area's README says what it owns.
fn readmes(repo: &Repo, findings: &mut Findings) {
    for file in repo.matching("crates/area-", "/Cargo.toml") {
        let readme = file.replace("Cargo.toml", "README.md");
        if !repo.has(&readme) {
            findings.add(file, format!("has no {readme}; say which tables, events, permissions and jobs it owns"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::path::PathBuf;

    fn repo(files: &[&str]) -> Repo {
        let mut files: Vec<String> = files.iter().map(|f| (*f).to_owned()).collect();
        files.sort();
        Repo { root: PathBuf::new(), files }
    }

    #[test]
    fn a_module_is_named_with_or_without_visibility() {
        assert!(names_module("mod a;\npub(crate) mod b;\n#[cfg(unix)] mod c;", "a"));
        assert!(names_module("mod a;\npub(crate) mod b;", "b"));
        assert!(names_module("#[cfg(unix)] mod c;", "c"));
        assert!(!names_module("mod bc;", "c"));
    }

    #[test]
    fn migrations_are_named_by_time() {
        assert!(is_utc_time("20261122T110000") && is_utc_time("20261122T0300"));
        assert!(!is_utc_time("20261122") && !is_utc_time("2026T110000") && !is_utc_time("2026112aT110000"));
    }

    #[test]
    fn a_rule_without_a_test_is_told_and_the_reverse() {
        let mut findings = Findings::default();
        let files = [
            "content/rules/a/x.yml",
            "content/rules/a/y.test.yml",
            "content/rules/a/z.yml",
            "content/rules/a/z.test.yml",
        ];
        rules(&repo(&files), &mut findings);
        let text = findings.texts();
        assert!(text.contains("x.yml: has no"), "{text}");
        assert!(text.contains("y.test.yml: tests a rule"), "{text}");
        assert_eq!(findings.problems.len(), 2);
    }

    #[test]
    fn samples_and_expected_events_come_in_pairs() {
        let mut findings = Findings::default();
        let files = [
            "content/sources/v/p/source.toml",
            "content/sources/v/p/samples/a.log",
            "content/sources/v/p/samples/b.log",
            "content/sources/v/p/expected/a.jsonl",
            "content/sources/v/q/source.toml",
        ];
        sources(&repo(&files), &mut findings);
        let text = findings.texts();
        assert!(text.contains("`b` must be both"), "{text}");
        assert!(text.contains("q/source.toml: has no samples"), "{text}");
        assert_eq!(findings.problems.len(), 2);
    }
}
