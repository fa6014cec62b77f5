//! The table of the OWASP ASVS (`docs/security/asvs.md`): tests and files it names exist, and it counts right.

use crate::findings::Findings;
use crate::repo::Repo;
use crate::rust_text;
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};

const FILE: &str = "docs/security/asvs.md";

/// How a requirement can stand, in the order of the columns of the counts.
const STANDINGS: [&str; 3] = ["met", "not applicable", "not met"];

/// A line of the table: `| V6.2.1 | what | **met**: how | where |`.
struct Row<'t> {
    line: usize,
    number: &'t str,
    standing: Option<usize>,
    place: &'t str,
}

pub(super) fn check(repo: &Repo) -> Result<Findings> {
    let mut findings = Findings::default();
    if !repo.has(FILE) {
        return Ok(findings);
    }
    let text = repo.read(FILE)?;
    let rows = rows(&text);
    findings.looked_at = rows.len();
    table(&text, &rows, &mut findings);
    for (line, named) in rows.iter().flat_map(|row| names(row.place).map(move |named| (row.line, named))) {
        if let Some(text) = missing(repo, named)? {
            findings.add(format!("{FILE}:{line}"), text);
        }
    }
    Ok(findings)
}

fn rows(text: &str) -> Vec<Row<'_>> {
    text.lines().enumerate().filter_map(|(at, line)| row(at + 1, line)).collect()
}

fn row(line: usize, text: &str) -> Option<Row<'_>> {
    let mut cells = text.strip_prefix("| V")?.split(" | ");
    // Chapters in the table of counts have no dot.
    let number = cells.next().filter(|number| number.contains('.'))?;
    let how = cells.nth(1).unwrap_or_default();
    let standing = STANDINGS.iter().position(|word| how.starts_with(&format!("**{word}**")));
    Some(Row { line, number, standing, place: cells.next().unwrap_or_default() })
}

/// What stands between backticks: tests (`crate::module::test`) and files (`crates/…`).
fn names(place: &str) -> impl Iterator<Item = &str> {
    place.split('`').skip(1).step_by(2)
}

/// Each requirement once, with its standing and, when met, a place; the counts are those of the rows.
fn table(text: &str, rows: &[Row<'_>], findings: &mut Findings) {
    let mut seen = BTreeSet::new();
    let mut counts: BTreeMap<u32, [usize; 3]> = BTreeMap::new();
    for row in rows {
        let place = format!("{FILE}:{}", row.line);
        if !seen.insert(row.number) {
            findings.add(&place, format!("V{} stands there twice", row.number));
        }
        let Some(standing) = row.standing else {
            findings.add(&place, format!("V{}: begin with one of **{}**", row.number, STANDINGS.join("**, **")));
            continue;
        };
        if standing == 0 && names(row.place).next().is_none() {
            findings.add(&place, format!("V{} is met by nothing; name a test or a file", row.number));
        }
        let chapter = row.number.split('.').next().and_then(|chapter| chapter.parse().ok()).unwrap_or_default();
        if let Some(count) = counts.entry(chapter).or_default().get_mut(standing) {
            *count += 1;
        }
    }
    for (chapter, [met, not_applicable, not_met]) in counts {
        let end = format!(" | {met} | {not_applicable} | {not_met} |");
        if !text.lines().any(|l| l.starts_with(&format!("| V{chapter} ")) && l.ends_with(&end)) {
            findings.add(FILE, format!("the counts of V{chapter} must end in “{end}”"));
        }
    }
}

/// What is wrong with a named test or file.
fn missing(repo: &Repo, named: &str) -> Result<Option<String>> {
    if !named.contains("::") {
        let known = repo.has(named) || repo.files.iter().any(|f| f.starts_with(&format!("{named}/")));
        return Ok((!known).then(|| format!("names {named}, which is not in the repository")));
    }
    let Some((files, test)) = places(named) else {
        return Ok(Some(format!("{named}: write crate::module::test, with `it` for tests/it")));
    };
    for file in files.iter().filter(|file| repo.has(file)) {
        if rust_text::without_comments(&repo.read(file)?).contains(&format!("fn {test}(")) {
            return Ok(None);
        }
    }
    Ok(Some(format!("{named} is no test: looked for fn {test} in {}", files.join(", "))))
}

/// Where a test may be: `base_web::it::main::x` is in `crates/base-web/tests/it/main.rs`, `base_web::csrf::tests::x` in
/// `crates/base-web/src/csrf.rs` or a file of the folder `csrf`, `xtask::…` in `xtask/src`.
fn places(named: &str) -> Option<(Vec<String>, &str)> {
    let mut parts: Vec<&str> = named.split("::").collect();
    let test = parts.pop()?;
    let name = parts.first()?.replace('_', "-");
    let (folder, inside) = match parts.get(1..)? {
        ["it", inside @ ..] => ("tests/it", inside),
        inside => ("src", inside),
    };
    let root = if name == "xtask" { format!("xtask/{folder}") } else { format!("crates/{name}/{folder}") };
    let path = inside.iter().fold(root, |path, part| format!("{path}/{part}"));
    let module = path.strip_suffix("/tests").unwrap_or(&path);
    Some((vec![format!("{module}.rs"), format!("{module}/mod.rs"), format!("{path}.rs")], test))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &str = "| V6 Authentication | 1 | 0 | 1 |\n\
        | V6.2.1 | length | **met** | `a_b::c::tests::d`, 10 characters |\n\
        | V6.2.2 | change | **not met**: missing |  |\n";

    fn told(text: &str) -> String {
        let mut findings = Findings::default();
        table(text, &rows(text), &mut findings);
        findings.texts()
    }

    #[test]
    fn rows_are_counted_and_wrong_ones_told_with_their_line() {
        assert_eq!(told(TABLE), "");
        assert!(told(&TABLE.replace("| 1 | 0 | 1 |", "| 2 | 0 | 0 |")).contains("V6 must end in “ | 1 | 0 | 1 |”"));
        assert!(told(&TABLE.replace("6.2.2", "6.2.1")).contains("asvs.md:3: V6.2.1 stands there twice"));
        assert!(told(&TABLE.replace("**not met**", "**done**")).contains("asvs.md:3: V6.2.2: begin with one of"));
        assert!(told(&TABLE.replace("`a_b::c::tests::d`", "somehow")).contains("asvs.md:2: V6.2.1 is met by nothing"));
    }

    #[test]
    fn tests_are_looked_for_where_they_can_be() {
        assert_eq!(names("`a_b::c::d`, 10, `crates/f.rs` |").collect::<Vec<_>>(), ["a_b::c::d", "crates/f.rs"]);
        let first = |named| places(named).map(|(files, test)| (files[0].clone(), test));
        assert_eq!(first("a_b::c::tests::d"), Some(("crates/a-b/src/c.rs".to_owned(), "d")));
        assert_eq!(first("a_b::it::c::d"), Some(("crates/a-b/tests/it/c.rs".to_owned(), "d")));
        assert_eq!(first("xtask::c::tests::d"), Some(("xtask/src/c.rs".to_owned(), "d")));
        assert!(places("a_b::c::tests::d").expect("places").0.contains(&"crates/a-b/src/c/tests.rs".to_owned()));
        assert_eq!(first("d"), None);
    }

    #[test]
    fn a_name_that_nothing_bears_is_told() {
        let repo = Repo::find().expect("a checkout");
        let told = |named| missing(&repo, named).expect("read");
        assert_eq!(told("xtask::tidy::asvs::tests::a_name_that_nothing_bears_is_told"), None);
        assert!(told("xtask::tidy::asvs::tests::nothing_bears_this").expect("told").contains("is no test"));
        assert_eq!(told("xtask/src/tidy"), None);
        assert!(told("xtask/src/tidy/gone.rs").expect("told").contains("not in the repository"));
    }
}
