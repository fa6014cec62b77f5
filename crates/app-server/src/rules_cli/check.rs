//! `mangrove rules check`

use super::{Folder, Loaded, load, told, write_json};
use anyhow::Result;
use serde_json::json;
use std::io::Write;

/// Loads the rules and writes every mistake. `true` when there is none.
pub(super) fn run(folder: &Folder, out: &mut dyn Write) -> Result<bool> {
    let Loaded { pack, behaviours, files, mistakes: mut errors } = load(folder.dir.as_deref())?;
    let usable = pack.len() + behaviours.len();
    errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    if folder.json {
        let mistakes: Vec<_> = errors.iter().map(told).collect();
        write_json(out, &json!({"files": files, "rules": usable, "mistakes": mistakes}))?;
        return Ok(errors.is_empty());
    }
    for error in &errors {
        writeln!(out, "{error}")?;
    }
    writeln!(out, "{} files, {} rules usable, {} mistakes", files, usable, errors.len())?;
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
    fn a_rule_that_broke_off_is_a_mistake_and_other_yaml_is_none() {
        let (well, text) = check(&[("good.yml", GOOD), ("broken.yml", "title: [\n")], false);
        assert!(!well && text.contains("broken.yml:2: is no readable YAML"), "{text}");
        assert!(text.contains("; correct the YAML"), "{text}");
        let (well, text) = check(&[("good.yml", GOOD), ("notes.yml", "title: Notes\nauthors: [a, b]\n")], false);
        assert!(well, "{text}");
    }

    #[test]
    fn behaviours_are_checked_beside_rules() {
        let behaviour =
            "    behaviour: {kind: scan, by: [source.ip], distinct: destination.ip, within: 5m, at_least: 60}\n";
        let good = format!("{GOOD}mangrove:\n{behaviour}");
        let (well, text) = check(&[("good.yml", &good)], false);
        assert!(well && text.contains("1 rules usable"), "{text}");
        let (well, text) = check(&[("bad.yml", &good.replace("scan", "scam"))], false);
        assert!(!well && text.contains("`scam` is no kind"), "{text}");
    }

    #[test]
    fn the_built_in_rules_have_no_mistake() {
        let mut out = Vec::new();
        let well = run(&Folder { dir: None, json: false }, &mut out).expect("reads");
        assert!(well, "{}", String::from_utf8_lossy(&out));
    }
}
