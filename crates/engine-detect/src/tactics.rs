//! What each ATT&CK tactic means to an officer: the texts behind rules that bring none.
//!
//! A TOML file with a table per tactic short name: `id`, and per language `name`, `why`, `do`.

use base_core::{ContentError, ContentFile, Lang};
use serde::Deserialize;
use std::collections::BTreeMap;

/// A tactic in one language.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TacticTexts {
    /// Name for people.
    pub name: String,
    /// Why it matters.
    pub why: String,
    /// What to do now.
    #[serde(rename = "do")]
    pub do_now: Vec<String>,
}

/// A tactic.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Tactic {
    /// Number, such as `TA0002`.
    #[serde(default)]
    pub id: Option<String>,
    /// Vietnamese.
    pub vi: TacticTexts,
    /// English.
    pub en: TacticTexts,
}

impl Tactic {
    /// In a language.
    #[must_use]
    pub fn texts(&self, lang: Lang) -> &TacticTexts {
        match lang {
            Lang::Vi => &self.vi,
            Lang::En => &self.en,
        }
    }
}

/// All tactics by short name with hyphens.
#[derive(Clone, Debug, Default)]
pub struct Tactics(BTreeMap<String, Tactic>);

/// Which tactic tells an officer most, when a rule names several.
const MOST_TELLING: &[&str] = &[
    "impact",
    "exfiltration",
    "credential-access",
    "lateral-movement",
    "command-and-control",
    "initial-access",
    "defense-impairment",
    "privilege-escalation",
    "persistence",
    "execution",
    "collection",
    "defense-evasion",
    "stealth",
    "discovery",
    "reconnaissance",
    "resource-development",
];

impl Tactics {
    /// Reads the files; mistakes are returned and the rest is used.
    #[must_use]
    pub fn load(files: &[ContentFile]) -> (Tactics, Vec<ContentError>) {
        let (mut all, mut errors) = (BTreeMap::new(), Vec::new());
        for file in files {
            match toml::from_str::<BTreeMap<String, Tactic>>(&file.text) {
                Ok(tactics) => all.extend(tactics),
                Err(e) => errors.push(ContentError {
                    file: file.path.clone(),
                    line: e.span().and_then(|s| file.text.get(..s.start)).map(|head| head.lines().count().max(1)),
                    message: e.message().to_owned(),
                    remedy: "give each tactic `vi` and `en` with `name`, `why` and a list `do`".to_owned(),
                }),
            }
        }
        (Tactics(all), errors)
    }

    /// A tactic by short name. The two tactics into which `defense-evasion` was divided
    /// borrow its texts where they have none.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Tactic> {
        let older = matches!(name, "stealth" | "defense-impairment").then_some("defense-evasion");
        self.0.get(name).or_else(|| self.0.get(older?))
    }

    /// The number the file gives for a tactic.
    pub(crate) fn id(&self, name: &str) -> Option<&str> {
        self.0.get(name)?.id.as_deref()
    }

    /// Of several tactics the one whose text serves best.
    #[must_use]
    pub fn most_telling<'a>(&self, names: impl Iterator<Item = &'a str>) -> Option<&Tactic> {
        let rank = |name: &&str| MOST_TELLING.iter().position(|n| n == name).unwrap_or(MOST_TELLING.len());
        names.filter(|n| self.get(n).is_some()).min_by_key(rank).and_then(|n| self.get(n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_name_their_line() {
        let text = "[impact]\nid = \"TA0040\"\nvi = {name = \"Phá hoại\", why = \"x\", do = []}\n";
        let (_, errors) = Tactics::load(&[ContentFile { path: "tactics.toml".into(), text: text.into() }]);
        assert_eq!(errors.len(), 1);
        assert!(errors[0].message.contains("en"), "{}", errors[0]);
    }
}
