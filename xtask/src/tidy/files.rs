//! Rules for single files: module docs, sizes, unfinished work, paths of somebody's machine.

use crate::findings::Findings;
use crate::repo::Repo;
use crate::rust_text;
use anyhow::{Context, Result};

/// A Rust file longer than this does more than one thing.
const MAX_RUST_LINES: usize = 800;
/// A larger file belongs beside the repository, not into every clone of it, bytes.
const MAX_FILE_BYTES: u64 = 2 * 1024 * 1024;

/// Paths and words that only mean something on one machine. Put together from halves, so that this
/// file does not name them itself.
const MACHINE_PATHS: [&str; 4] =
    [concat!("/wo", "rk/"), concat!("/ro", "ot/"), concat!("/fa", "rm/"), concat!(".lib", "rary")];

/// Marks of unfinished work.
const UNFINISHED: [&str; 5] = [
    concat!("to", "do!("),
    concat!("unimpl", "emented!("),
    concat!("FIX", "ME"),
    concat!("#[ig", "nore"),
    concat!("not yet impl", "emented"),
];

/// Endings of files that are not text for people.
const BINARY: [&str; 9] = [".png", ".webp", ".ico", ".evtx", ".gz", ".zst", ".bin", ".woff2", ".parquet"];

pub(super) fn check(repo: &Repo) -> Result<Findings> {
    let mut findings = Findings { looked_at: repo.files.len(), ..Findings::default() };
    for file in &repo.files {
        let bytes = std::fs::metadata(repo.root.join(file)).with_context(|| format!("{file} cannot be read"))?.len();
        if bytes > MAX_FILE_BYTES {
            findings.add(file, format!("{bytes} bytes; files over {MAX_FILE_BYTES} do not belong into the repository"));
        }
        let raw = std::fs::read(repo.root.join(file)).with_context(|| format!("{file} cannot be read"))?;
        // Samples may hold invalid UTF-8 on purpose.
        let text = String::from_utf8_lossy(&raw);
        if file.ends_with(".rs") {
            rust(file, &text, &mut findings);
        }
        if !BINARY.iter().any(|b| file.ends_with(b)) && !file.ends_with(".lock") {
            words(file, &text, &mut findings);
        }
    }
    Ok(findings)
}

fn rust(file: &str, text: &str, findings: &mut Findings) {
    if !text.starts_with("//!") {
        findings.add(format!("{file}:1"), "no module doc; begin with `//!` and say what the file is for");
    }
    let lines = text.lines().count();
    if lines > MAX_RUST_LINES {
        findings.add(file, format!("{lines} lines; split it by what it does (at most {MAX_RUST_LINES}, better 300)"));
    }
    let code = rust_text::without_comments(text);
    for (number, line) in code.lines().enumerate() {
        if line.contains("#[allow(") && !line.contains("reason") {
            findings.add(format!("{file}:{}", number + 1), "`allow` without a reason; use `expect(lint, reason = …)`");
        }
    }
}

fn words(file: &str, text: &str, findings: &mut Findings) {
    for (number, line) in text.lines().enumerate() {
        let place = || format!("{file}:{}", number + 1);
        // Logs name paths of other machines: that is what they are for.
        for path in MACHINE_PATHS.into_iter().filter(|_| !file.starts_with("content/")) {
            if line.contains(path) {
                findings.add(place(), format!("`{path}` is a path of one machine; use a relative or made-up one"));
            }
        }
        let code = file.ends_with(".rs") || file.ends_with(".toml") || file.ends_with(".yml");
        for mark in UNFINISHED.iter().filter(|m| code && line.contains(**m)) {
            findings.add(place(), format!("`{mark}`: finish it or take it out"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(file: &str, text: &str) -> String {
        let mut findings = Findings::default();
        if file.ends_with(".rs") {
            rust(file, text, &mut findings);
        }
        words(file, text, &mut findings);
        findings.texts()
    }

    #[test]
    fn a_file_owes_its_reader_a_doc_and_a_bearable_length() {
        assert!(told("a.rs", "fn f() {}\n").contains("a.rs:1: no module doc"));
        assert_eq!(told("a.rs", "//! Doc.\nfn f() {}\n"), "");
        assert!(told("a.rs", &format!("//! Doc.\n{}", "\n".repeat(900))).contains("901 lines"));
    }

    #[test]
    fn machine_paths_and_unfinished_work_are_told_with_their_line() {
        let path = format!("see {}x", MACHINE_PATHS[0]);
        assert!(told("README.md", &format!("one\n{path}\n")).starts_with("README.md:2: "));
        assert_eq!(told("content/sources/a/b/samples/c.log", &path), "");
        let unfinished = format!("//! Doc.\nfn f() {{ {}) }}\n", UNFINISHED[0]);
        assert!(told("a.rs", &unfinished).starts_with("a.rs:2: "));
        assert_eq!(told("notes.md", UNFINISHED[2]), "");
    }

    #[test]
    fn an_exception_has_a_reason() {
        let attribute = concat!("#[al", "low(dead_code)]");
        assert!(told("a.rs", &format!("//! Doc.\n{attribute}\nfn f() {{}}\n")).contains("a.rs:2"));
    }
}
