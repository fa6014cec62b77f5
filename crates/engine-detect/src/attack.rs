//! ATT&CK references in the tags of rules (tags appendix of the Sigma specification 2.1).

use crate::tactics::Tactics;
use serde::{Deserialize, Serialize};

/// What a reference names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AttackKind {
    /// `attack.execution`
    Tactic,
    /// `attack.t1059.001`
    Technique,
    /// `attack.g0016`
    Group,
    /// `attack.s0002`
    Software,
}

/// A reference to the ATT&CK knowledge base.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct AttackRef {
    /// What it names.
    pub kind: AttackKind,
    /// `T1059.001`, `TA0002`, `G0016`; for a tactic without a known number its short name.
    pub id: String,
    /// For tactics the short name with hyphens (`initial-access`); else the id.
    pub name: String,
    /// Page at attack.mitre.org.
    pub url: String,
}

/// Numbers of the Enterprise tactics by short name, used where the texts give none.
/// `stealth` and `defense-impairment` are the two halves of what was `defense-evasion`.
const TACTIC_IDS: &[(&str, &str)] = &[
    ("reconnaissance", "TA0043"),
    ("resource-development", "TA0042"),
    ("initial-access", "TA0001"),
    ("execution", "TA0002"),
    ("persistence", "TA0003"),
    ("privilege-escalation", "TA0004"),
    ("defense-evasion", "TA0005"),
    ("stealth", "TA0005"),
    ("credential-access", "TA0006"),
    ("discovery", "TA0007"),
    ("lateral-movement", "TA0008"),
    ("collection", "TA0009"),
    ("exfiltration", "TA0010"),
    ("command-and-control", "TA0011"),
    ("impact", "TA0040"),
];

/// Every ATT&CK reference among `tags`, in their order.
#[must_use]
pub(crate) fn references(tags: &[String], tactics: &Tactics) -> Vec<AttackRef> {
    tags.iter().filter_map(|tag| reference(tag, tactics)).collect()
}

fn reference(tag: &str, tactics: &Tactics) -> Option<AttackRef> {
    let tag = tag.to_ascii_lowercase();
    let name = tag.strip_prefix("attack.")?;
    let site = "https://attack.mitre.org";
    let numbered = |prefix: char| {
        let digits = name.strip_prefix(prefix)?;
        let plain = digits.split('.').all(|part| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit()));
        plain.then(|| name.to_ascii_uppercase())
    };
    let made = |kind, id: String, url| AttackRef { kind, name: id.clone(), id, url };
    if let Some(id) = numbered('t') {
        let url = format!("{site}/techniques/{}/", id.replace('.', "/"));
        return Some(made(AttackKind::Technique, id, url));
    }
    if let Some(id) = numbered('g') {
        let url = format!("{site}/groups/{id}/");
        return Some(made(AttackKind::Group, id, url));
    }
    if let Some(id) = numbered('s') {
        let url = format!("{site}/software/{id}/");
        return Some(made(AttackKind::Software, id, url));
    }
    let name = name.replace('_', "-");
    let known = TACTIC_IDS.iter().find(|(n, _)| *n == name).map(|(_, id)| (*id).to_owned());
    let id = tactics.id(&name).map(str::to_owned).or(known);
    let url = id.as_ref().map_or_else(|| format!("{site}/tactics/enterprise/"), |id| format!("{site}/tactics/{id}/"));
    Some(AttackRef { kind: AttackKind::Tactic, id: id.unwrap_or_else(|| name.clone()), name, url })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_become_references() {
        let tags = ["attack.t1059.001", "attack.defense_evasion", "attack.g0016", "cve.2021-44228", "attack.s0002"];
        let tags: Vec<String> = tags.iter().map(|t| (*t).to_owned()).collect();
        let made = references(&tags, &Tactics::default());
        let urls: Vec<&str> = made.iter().map(|r| r.url.as_str()).collect();
        assert_eq!(
            urls,
            [
                "https://attack.mitre.org/techniques/T1059/001/",
                "https://attack.mitre.org/tactics/TA0005/",
                "https://attack.mitre.org/groups/G0016/",
                "https://attack.mitre.org/software/S0002/",
            ]
        );
        assert_eq!(made[1].name, "defense-evasion");
    }
}
