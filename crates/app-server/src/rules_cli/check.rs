//! `mangrove rules check`

use super::{Folder, rule_files, tactic_files, told, write_json};
use anyhow::Result;
use engine_detect::RulePack;
use serde_json::json;
use std::io::Write;

/// Loads the rules and writes every mistake. `true` when there is none.
pub(super) fn run(folder: &Folder, out: &mut dyn Write) -> Result<bool> {
    let (files, mut errors) = rule_files(folder.dir.as_deref())?;
    let (pack, mistakes) = RulePack::load(&files, &tactic_files());
    errors.extend(mistakes);
    errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if folder.json {
        let mistakes: Vec<_> = errors.iter().map(told).collect();
        write_json(out, &json!({"files": files.len(), "rules": pack.len(), "mistakes": mistakes}))?;
        return Ok(errors.is_empty());
    }
    for error in &errors {
        writeln!(out, "{error}")?;
    }
    writeln!(out, "{} files, {} rules usable, {} mistakes", files.len(), pack.len(), errors.len())?;
    Ok(errors.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[(&str, &str)], json: bool) -> (bool, String) {
        let dir = tempfile::tempdir().expect("folder");
        for (name, text) in texts {
            std::fs::write(dir.path().join(name), text).expect("written");
        }
        let mut out = Vec::new();
        let well = run(&Folder { dir: Some(dir.path().to_path_buf()), json }, &mut out).expect("reads");
        (well, String::from_utf8(out).expect("UTF-8"))
    }

    const GOOD: &str = "title: a\nid: 4d9f5a0e-6a6c-4c0f-9a30-0f6b8d7f3c11\nlogsource:\n    product: linux\ndetection:\n    s:\n        a: b\n    condition: s\n";
    const BAD: &str = "title: b\ndetection:\n    s: [1, 2\n    condition: s\n";

    #[test]
    fn a_mistake_is_told_with_file_line_and_remedy() {
        let (well, text) = check(&[("good.yml", GOOD)], false);
        assert!(well, "{text}");
        let (well, text) = check(&[("good.yml", GOOD), ("bad.yml", BAD)], false);
        assert!(!well);
        let line = text.lines().next().expect("a line");
        assert!(line.starts_with("bad.yml:") && line.contains("; "), "{line}");
        assert!(text.ends_with("2 files, 1 rules usable, 1 mistakes\n"), "{text}");
        let (_, text) = check(&[("bad.yml", BAD)], true);
        let told: serde_json::Value = serde_json::from_str(&text).expect("JSON");
        assert_eq!(told["mistakes"][0]["file"], "bad.yml");
        assert!(told["mistakes"][0]["remedy"].is_string() && told["mistakes"][0]["line"].is_number(), "{text}");
    }

    #[test]
    fn the_built_in_rules_have_no_mistake() {
        let mut out = Vec::new();
        let well = run(&Folder { dir: None, json: false }, &mut out).expect("reads");
        assert!(well, "{}", String::from_utf8_lossy(&out));
    }
}
