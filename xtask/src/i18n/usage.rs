//! Where the code names strings.

use super::strings::line_of;
use regex::Regex;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A call that names a string, or the beginning of a family of strings.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) place: String,
    pub(super) key: String,
    /// Names of the variables given; `None` when they are not written in the call itself.
    pub(super) arguments: Option<BTreeSet<String>>,
}

/// Everything the code says about strings.
#[derive(Debug, Default)]
pub(super) struct Usage {
    pub(super) calls: Vec<Call>,
    pub(super) families: Vec<Call>,
    /// Literals that look like keys.
    pub(super) literals: BTreeSet<String>,
}

#[expect(clippy::unwrap_used, reason = "the patterns are constants and a test compiles them")]
static CALL: LazyLock<Regex> =
    LazyLock::new(|| Regex::new(r#"\.(t|ta|dynamic|dynamic_with)\(\s*"([a-z0-9][a-z0-9-]*)"\s*(,|\))"#).unwrap());
#[expect(clippy::unwrap_used, reason = "the patterns are constants and a test compiles them")]
static LITERAL: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#""([a-z][a-z0-9]*(?:-[a-z0-9]+)+)""#).unwrap());
#[expect(clippy::unwrap_used, reason = "the patterns are constants and a test compiles them")]
static ARGUMENT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"\(\s*"([A-Za-z][A-Za-z0-9_-]*)"\s*,"#).unwrap());

/// An act of the audit trail: its action and the kind of its object are shown by name.
#[expect(clippy::unwrap_used, reason = "the patterns are constants and a test compiles them")]
static ACT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r#"Act::new\(\s*"([a-z_.]+)",\s*"([a-z_]+)""#).unwrap());

impl Usage {
    /// Reads one source file, comments and tests already taken out.
    pub(super) fn read(&mut self, file: &str, code: &str) {
        for found in CALL.captures_iter(code) {
            let (Some(whole), Some(kind), Some(key), Some(after)) =
                (found.get(0), found.get(1), found.get(2), found.get(3))
            else {
                continue;
            };
            let place = format!("{file}:{}", line_of(code, key.start()));
            let rest = code.get(whole.end()..).unwrap_or_default();
            let key = key.as_str().to_owned();
            match kind.as_str() {
                "dynamic" | "dynamic_with" => self.families.push(Call { place, key, arguments: None }),
                "ta" => self.calls.push(Call { place, key, arguments: given(rest) }),
                // `.t` with a second argument is somebody else's function.
                _ if after.as_str() == ")" => self.calls.push(Call { place, key, arguments: Some(BTreeSet::new()) }),
                _ => {}
            }
        }
        for found in ACT.captures_iter(code) {
            let names = [("identity-act-", found.get(1)), ("audit-kind-", found.get(2))];
            for (family, name) in names.into_iter().filter_map(|(family, name)| Some((family, name?))) {
                let place = format!("{file}:{}", line_of(code, name.start()));
                let key = format!("{family}{}", name.as_str().replace(['.', '_'], "-"));
                self.calls.push(Call { place, key, arguments: Some(BTreeSet::new()) });
            }
        }
        self.literals.extend(LITERAL.captures_iter(code).filter_map(|c| Some(c.get(1)?.as_str().to_owned())));
    }
}

/// The variables written as `&[("name", …), …]`; `None` when the list is made elsewhere.
fn given(rest: &str) -> Option<BTreeSet<String>> {
    let list = rest.trim_start().trim_start_matches('&').trim_start();
    if !list.starts_with('[') {
        return None;
    }
    let mut depth = 0_i32;
    let end = list.char_indices().find_map(|(at, c)| {
        depth += match c {
            '[' => 1,
            ']' => -1,
            _ => 0,
        };
        (depth == 0).then_some(at)
    })?;
    let inside = list.get(..end)?;
    Some(ARGUMENT.captures_iter(inside).filter_map(|c| Some(c.get(1)?.as_str().to_owned())).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn calls_over_several_lines_are_read() {
        let mut usage = Usage::default();
        usage.read("a.rs", "tr.ta(\n    \"x-many\",\n    &[(\"n\", &tr.number(list[0])), (\"who\", &name)],\n)");
        let call = &usage.calls[0];
        assert_eq!((call.place.as_str(), call.key.as_str()), ("a.rs:2", "x-many"));
        let given: Vec<_> = call.arguments.iter().flatten().cloned().collect();
        assert_eq!(given, ["n", "who"]);
    }

    #[test]
    fn an_act_needs_the_names_of_its_action_and_object() {
        let mut usage = Usage::default();
        usage.read("a.rs", "record(tx, caller, Act::new(\n    \"units.record_event\", \"unit_event\", id))");
        let keys: Vec<_> = usage.calls.iter().map(|c| c.key.as_str()).collect();
        assert_eq!(keys, ["identity-act-units-record-event", "audit-kind-unit-event"]);
    }

    #[test]
    fn a_list_made_elsewhere_is_not_judged() {
        let mut usage = Usage::default();
        usage.read("a.rs", "tr.ta(\"x-many\", &args)");
        assert!(usage.calls[0].arguments.is_none());
    }
}
