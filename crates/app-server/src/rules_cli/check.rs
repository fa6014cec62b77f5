//! `mangrove rules check`

use super::{Folder, rule_files, tactic_files};
use anyhow::Result;
use engine_detect::RulePack;
use std::io::Write;

/// Loads the rules and writes every mistake. `true` when there is none.
pub(super) fn run(folder: &Folder, out: &mut dyn Write) -> Result<bool> {
    let (files, mut errors) = rule_files(folder.dir.as_deref())?;
    let (pack, mistakes) = RulePack::load(&files, &tactic_files());
    errors.extend(mistakes);
    errors.sort_by(|a, b| (&a.file, a.line).cmp(&(&b.file, b.line)));
    for error in &errors {
        writeln!(out, "{error}")?;
    }
    writeln!(out, "{} files, {} rules usable, {} mistakes", files.len(), pack.len(), errors.len())?;
    Ok(errors.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(texts: &[(&str, &str)]) -> (bool, String) {
        let dir = tempfile::tempdir().expect("folder");
        for (name, text) in texts {
            std::fs::write(dir.path().join(name), text).expect("written");
        }
        let mut out = Vec::new();
        let well = run(&Folder { dir: Some(dir.path().to_path_buf()) }, &mut out).expect("reads");
        (well, String::from_utf8(out).expect("UTF-8"))
    }

    #[test]
    fn a_mistake_is_told_with_file_line_and_remedy() {
        let good = "title: a\nid: 4d9f5a0e-6a6c-4c0f-9a30-0f6b8d7f3c11\nlogsource:\n    product: linux\ndetection:\n    s:\n        a: b\n    condition: s\n";
        let (well, text) = check(&[("good.yml", good)]);
        assert!(well, "{text}");
        let (well, text) =
            check(&[("good.yml", good), ("bad.yml", "title: b\ndetection:\n    s: [1, 2\n    condition: s\n")]);
        assert!(!well);
        let line = text.lines().next().expect("a line");
        assert!(line.starts_with("bad.yml:") && line.contains("; "), "{line}");
        assert!(text.ends_with("2 files, 1 rules usable, 1 mistakes\n"), "{text}");
    }

    #[test]
    fn the_built_in_rules_have_no_mistake() {
        let mut out = Vec::new();
        let well = run(&Folder { dir: None }, &mut out).expect("reads");
        assert!(well, "{}", String::from_utf8_lossy(&out));
    }
}
