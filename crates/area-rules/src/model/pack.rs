//! Imported rule packs: what they are, and how one differs from another.

use base_core::{ContentError, ContentFile, Timestamp};
use engine_detect::{RuleInfo, RulePack};
use std::collections::{BTreeMap, HashSet};
use std::sync::Arc;

/// Where a pack stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PackState {
    /// Imported and checked, not switched on.
    Staged,
    /// It runs.
    Active,
    /// It ran once.
    Former,
    /// Thrown away before it ran.
    Discarded,
}

impl PackState {
    const ALL: [PackState; 4] = [Self::Staged, Self::Active, Self::Former, Self::Discarded];

    /// The stored word.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Staged => "staged",
            Self::Active => "active",
            Self::Former => "former",
            Self::Discarded => "discarded",
        }
    }

    /// From the stored word.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|s| s.as_str() == text)
    }
}

/// An imported pack.
#[derive(Clone, Debug)]
pub struct Pack {
    /// Identity.
    pub id: String,
    /// Number, rising.
    pub number: i64,
    /// Name of the file or folder it came from.
    pub name: String,
    /// Digest of its files.
    pub digest: String,
    /// Where it stands.
    pub state: PackState,
    /// Rules and correlations in it that load.
    pub rules: i64,
    /// Mistakes the loader told, each with file, line and remedy; at most [`MAX_MISTAKES`].
    pub mistakes: Vec<String>,
    /// What it would have changed over the last days, once that was replayed.
    pub preview: Option<super::Preview>,
    /// Who imported it.
    pub by_name: String,
    /// When.
    pub at: Timestamp,
    /// When it was last switched on.
    pub active_at: Option<Timestamp>,
    /// The pack it took the place of.
    pub former: Option<String>,
}

/// Mistakes of a pack that are kept.
pub const MAX_MISTAKES: usize = 500;

/// How a rule differs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    /// It is new.
    Added,
    /// Its text differs.
    Changed,
    /// It is gone.
    Removed,
}

impl ChangeKind {
    /// The word in links and files.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Changed => "changed",
            Self::Removed => "removed",
        }
    }
}

/// A rule that differs between two sets of rules.
#[derive(Clone, Debug)]
pub struct Change {
    /// How.
    pub kind: ChangeKind,
    /// The rule: the new one, or the one that is gone.
    pub info: Arc<RuleInfo>,
}

/// The rules that differ, by kind and title. What only feeds correlations counts too.
#[must_use]
pub fn compare(now: &RulePack, then: &RulePack) -> Vec<Change> {
    let by_id = |pack: &RulePack| -> BTreeMap<Arc<str>, Arc<RuleInfo>> {
        pack.infos().map(|i| (Arc::clone(&i.id), Arc::clone(i))).collect()
    };
    let (old, new) = (by_id(now), by_id(then));
    let mut changes: Vec<Change> = Vec::new();
    for (id, info) in &new {
        match old.get(id) {
            None => changes.push(Change { kind: ChangeKind::Added, info: Arc::clone(info) }),
            Some(before) if before.source_text.trim() != info.source_text.trim() => {
                changes.push(Change { kind: ChangeKind::Changed, info: Arc::clone(info) });
            }
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|(id, _)| !new.contains_key(*id));
    changes.extend(gone.map(|(_, info)| Change { kind: ChangeKind::Removed, info: Arc::clone(info) }));
    changes.sort_by(|a, b| a.kind.cmp(&b.kind).then_with(|| a.info.title.cmp(&b.info.title)));
    changes
}

/// The folder that imported files get, so that their paths never meet those of the program.
pub const IMPORTED: &str = "imported/";

/// The rules that ship with the program with a pack laid over them: a file of the program that
/// has a rule (by id) of the pack gives way to it, the others stay.
///
/// Returns all files, tests included, with the paths of the pack below [`IMPORTED`].
#[must_use]
pub fn lay_over(base: &[ContentFile], base_pack: &RulePack, files: &[ContentFile]) -> Vec<ContentFile> {
    let (alone, _) = RulePack::load(files, &[]);
    let ids: HashSet<&str> = alone.infos().map(|i| &*i.id).collect();
    let replaced: HashSet<&str> = base_pack.infos().filter(|i| ids.contains(&*i.id)).map(|i| i.file.as_ref()).collect();
    let gives_way = |path: &str| {
        replaced.contains(path)
            || path.strip_suffix(".test.yml").is_some_and(|p| replaced.contains(format!("{p}.yml").as_str()))
    };
    let mut all: Vec<ContentFile> = base.iter().filter(|f| !gives_way(&f.path)).cloned().collect();
    all.extend(files.iter().map(|f| ContentFile { path: format!("{IMPORTED}{}", f.path), text: f.text.clone() }));
    all
}

/// The mistakes as kept: text with file, line and remedy.
#[must_use]
pub fn told(errors: &[ContentError]) -> Vec<String> {
    errors.iter().take(MAX_MISTAKES).map(ToString::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(path: &str, ids: &[&str], value: &str) -> ContentFile {
        let rule = |id: &&str| {
            format!(
                "title: {id}\nid: {id}\nlogsource: {{product: p}}\ndetection:\n  s: {{A: {value}}}\n  condition: s\n"
            )
        };
        ContentFile { path: path.into(), text: ids.iter().map(rule).collect::<Vec<_>>().join("---\n") }
    }

    #[test]
    fn a_pack_takes_the_place_of_the_same_rules_and_leaves_the_others() {
        let test = ContentFile { path: "rules/a.test.yml".into(), text: "fires: []".into() };
        let base = [file("rules/a.yml", &["a"], "1"), test, file("rules/b.yml", &["b"], "1")];
        let (base_pack, _) = RulePack::load(&base, &[]);
        let laid = lay_over(&base, &base_pack, &[file("x.yml", &["a", "c"], "2")]);
        let paths: Vec<&str> = laid.iter().map(|f| f.path.as_str()).collect();
        assert_eq!(paths, ["rules/b.yml", "imported/x.yml"]);
        let (then, errors) = RulePack::load(&laid, &[]);
        assert!(errors.is_empty(), "{errors:?}");
        let changes: Vec<(ChangeKind, &str)> = compare(&base_pack, &then)
            .iter()
            .map(|c| (c.kind, &*c.info.id))
            .map(|(k, id)| (k, if id == "a" { "a" } else { "c" }))
            .collect();
        assert_eq!(changes, [(ChangeKind::Added, "c"), (ChangeKind::Changed, "a")]);
        let back = compare(&then, &base_pack);
        assert!(back.iter().any(|c| c.kind == ChangeKind::Removed && &*c.info.id == "c"));
    }
}
