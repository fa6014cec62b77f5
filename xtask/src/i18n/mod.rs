//! `i18n`: every string exists in both languages, with the same variables, and is used.
//!
//! Code names strings as the first literal in `.t("key")` and `.ta("key", …)`; families are named by
//! their beginning, `.dynamic("prefix-", …)`. A key that stands alone as a literal anywhere else in the
//! code (in a table of navigation items, say) counts as used too.

mod strings;
mod usage;

use crate::findings::Findings;
use crate::repo::Repo;
use crate::rust_text;
use anyhow::Result;
use strings::Catalogue;
use usage::Usage;

/// Defines the functions whose calls are looked for, and tests them with made-up keys.
const DEFINES_THE_CALLS: &str = "crates/base-i18n/";

/// Checks all strings of the workspace.
pub(crate) fn check(repo: &Repo) -> Result<Findings> {
    let mut findings = Findings::default();
    let mut languages = Vec::new();
    for lang in ["vi", "en"] {
        let mut catalogue = Catalogue::default();
        let middle = format!("/locales/{lang}/");
        for file in repo.matching("crates/", ".ftl").filter(|f| f.contains(&middle)) {
            catalogue.read(file, &repo.read(file)?, &mut findings);
        }
        languages.push(catalogue);
    }
    let mut usage = Usage::default();
    for file in repo.matching("crates/", ".rs").filter(|f| f.contains("/src/") && !f.starts_with(DEFINES_THE_CALLS)) {
        let text = rust_text::without_comments(&repo.read(file)?);
        usage.read(file, rust_text::without_tests(&text));
    }
    if let [vi, en] = languages.as_slice() {
        findings.looked_at += vi.messages.len() + en.messages.len();
        equal(vi, en, &mut findings);
        used(vi, &usage, &mut findings);
    }
    Ok(findings)
}

/// The same keys with the same variables on both sides.
fn equal(vi: &Catalogue, en: &Catalogue, findings: &mut Findings) {
    for (from, to, missing) in [(vi, en, "English"), (en, vi, "Vietnamese")] {
        for (key, message) in &from.messages {
            if !to.messages.contains_key(key) {
                findings.add(&message.place, format!("`{key}` has no {missing} text"));
            }
        }
    }
    for (key, message) in &vi.messages {
        let Some(other) = en.messages.get(key).filter(|o| o.variables != message.variables) else { continue };
        findings.add(
            &other.place,
            format!(
                "`{key}` uses {} in English but {} in Vietnamese; both must say the same",
                names(other.variables.iter()),
                names(message.variables.iter())
            ),
        );
    }
}

/// Calls against strings, in both directions.
fn used(strings: &Catalogue, usage: &Usage, findings: &mut Findings) {
    for call in &usage.calls {
        let Some(message) = strings.messages.get(&call.key) else {
            findings.add(&call.place, format!("`{}` is no known string; add it to the locales", call.key));
            continue;
        };
        if let Some(given) = &call.arguments {
            let lacking: Vec<_> = message.variables.iter().filter(|v| !given.contains(*v)).collect();
            if !lacking.is_empty() {
                let lacking = names(lacking.into_iter());
                findings.add(&call.place, format!("`{}` needs {lacking}, which the call does not give", call.key));
            }
        }
    }
    for family in &usage.families {
        if !strings.messages.keys().any(|k| k.starts_with(&family.key)) {
            findings.add(&family.place, format!("no string begins with `{}`", family.key));
        }
    }
    for (key, message) in &strings.messages {
        let named = usage.literals.contains(key) || usage.families.iter().any(|f| key.starts_with(&f.key));
        if !named && !strings.referenced.contains(key) {
            findings.add(&message.place, format!("`{key}` is used nowhere; remove it in both languages"));
        }
    }
}

fn names<'a>(variables: impl Iterator<Item = &'a String>) -> String {
    let list: Vec<String> = variables.map(|v| format!("${v}")).collect();
    if list.is_empty() { "no variable".to_owned() } else { list.join(", ") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(vi: &str, en: &str, code: &str) -> String {
        let (mut a, mut b, mut usage, mut findings) =
            (Catalogue::default(), Catalogue::default(), Usage::default(), Findings::default());
        a.read("vi.ftl", vi, &mut findings);
        b.read("en.ftl", en, &mut findings);
        usage.read("a.rs", code);
        equal(&a, &b, &mut findings);
        used(&a, &usage, &mut findings);
        findings.texts()
    }

    #[test]
    fn equal_and_used_strings_are_fine() {
        let vi = "x-a = Chào\nx-b = { $n } máy\nx-c-one = 1\nx-d = D\n";
        let en = "x-a = Hello\nx-b = { $n ->\n    [one] one machine\n   *[other] { $n } machines\n }\nx-c-one = 1\nx-d = D\n";
        let code =
            "tr.t(\"x-a\"); tr.ta(\n  \"x-b\",\n  &[(\"n\", v)],\n); tr.dynamic(\"x-c-\", k); Nav { key: \"x-d\" }";
        assert_eq!(told(vi, en, code), "");
    }

    #[test]
    fn missing_unknown_and_unused_are_told_with_their_place() {
        let text = told("x-a = A\nx-b = B\n", "x-a = A\nx-e = E\n", "\ntr.t(\"x-a\"); tr.t(\"x-z\")");
        assert!(text.contains("vi.ftl:2: `x-b` has no English"), "{text}");
        assert!(text.contains("en.ftl:2: `x-e` has no Vietnamese"), "{text}");
        assert!(text.contains("a.rs:2: `x-z` is no known string"), "{text}");
        assert!(text.contains("vi.ftl:2: `x-b` is used nowhere"), "{text}");
    }

    #[test]
    fn variables_must_agree_and_be_given() {
        let text = told("x-a = { $n }\n", "x-a = { $m }\n", "tr.ta(\"x-a\", &[(\"m\", 1)])");
        assert!(text.contains("en.ftl:1: `x-a` uses $m in English but $n in Vietnamese"), "{text}");
        assert!(text.contains("a.rs:1: `x-a` needs $n"), "{text}");
        assert!(told("x-a = { $n }\n", "x-a = { $n }\n", "tr.t(\"x-a\")").contains("needs $n"));
    }

    #[test]
    fn broken_and_repeated_entries_are_told() {
        let text = told("x-a = { $n\nx-b = B\nx-b = C\n", "x-b = B\n", "tr.t(\"x-b\")");
        assert!(text.contains("vi.ftl:2: Expected"), "{text}");
        assert!(text.contains("vi.ftl:3: `x-b` is there twice"), "{text}");
    }
}
