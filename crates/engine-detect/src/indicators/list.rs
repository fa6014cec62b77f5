//! A list: what it is called, what its hits mean, and the rule that stands for it in detections.

use super::kind::Tlp;
use crate::attack::references;
use crate::explain::{Explain, Texts};
use crate::rule_info::{RuleInfo, RuleKind};
use crate::tactics::Tactics;
use base_core::{ContentError, ContentFile, Severity};
use engine_sigma::RuleLogSource;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// Description of a list, one entry of a file under `content/indicators/`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ListSpec {
    /// Id, stable over versions: small letters, digits, `-`. The rule of its detections is
    /// `indicator-<id>`.
    pub id: String,
    /// Title for people.
    pub title: String,
    /// Level of its detections; `high` unless given.
    #[serde(default)]
    pub level: Option<Severity>,
    /// Tags such as `attack.t1071`; command and control unless given.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Who publishes it.
    #[serde(default)]
    pub source: Option<String>,
    /// Where it is published.
    #[serde(default)]
    pub references: Vec<String>,
    /// Confidence of entries that say nothing, 0 to 100.
    #[serde(default)]
    pub confidence: Option<u8>,
    /// Entries of less confidence are left out.
    #[serde(default)]
    pub min_confidence: u8,
    /// How far entries that say nothing may be passed on.
    #[serde(default)]
    pub tlp: Option<Tlp>,
    /// Days after which entries without an end do not count any more, from their last sighting or,
    /// without one, from when the list was loaded.
    #[serde(default)]
    pub lifetime_days: Option<u32>,
    /// Vietnamese texts, with the placeholders of [`ListSpec::rule`].
    #[serde(default)]
    pub vi: Option<Texts>,
    /// English texts.
    #[serde(default)]
    pub en: Option<Texts>,
}

/// Tags of lists that give none.
const DEFAULT_TAGS: &[&str] = &["attack.command-and-control", "attack.t1071"];
const REMEDY: &str = "give a list of entries, each with `id` and `title`";

impl ListSpec {
    /// Reads descriptions (YAML, a list of entries per file). Mistakes are returned and the rest
    /// is used; of two entries with one id the first counts.
    #[must_use]
    pub fn load(files: &[ContentFile]) -> (Vec<ListSpec>, Vec<ContentError>) {
        let (mut specs, mut errors): (Vec<ListSpec>, _) = (Vec::new(), Vec::new());
        for file in files {
            let fail = |line, message, remedy: &str| ContentError {
                file: file.path.clone(),
                line,
                message,
                remedy: remedy.to_owned(),
            };
            let entries: Vec<ListSpec> = match serde_yaml_ng::from_str(&file.text) {
                Ok(entries) => entries,
                Err(e) => {
                    let line = e.location().map(|l| l.line());
                    errors.push(fail(line, format!("cannot be read: {e}"), REMEDY));
                    continue;
                }
            };
            for spec in entries {
                let line = (1..).zip(file.text.lines()).filter(|(_, l)| l.contains(&spec.id)).last().map(|(n, _)| n);
                if !ListSpec::is_id(&spec.id) {
                    let message = format!("`{}` cannot be the id of a list", spec.id);
                    errors.push(fail(line, message, "use small letters, digits and hyphens, at most 64"));
                } else if specs.iter().any(|s| s.id == spec.id) {
                    errors.push(fail(
                        line,
                        format!("the id `{}` is given twice", spec.id),
                        "give each list its own id",
                    ));
                } else {
                    specs.push(spec);
                }
            }
        }
        (specs, errors)
    }

    /// Whether a text can be the id of a list: 1 to 64 small letters, digits and hyphens.
    #[must_use]
    pub fn is_id(text: &str) -> bool {
        let plain = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-';
        (1..=64).contains(&text.len()) && text.bytes().all(plain)
    }

    /// The id of the rule that stands for the list `id`.
    #[must_use]
    pub fn rule_id(id: &str) -> String {
        format!("indicator-{id}")
    }

    /// The rule that stands for the list. Its texts may contain, beside fields of the event,
    /// `{indicator}`, `{indicator.kind}`, `{indicator.source}`, `{indicator.confidence}`,
    /// `{indicator.first_seen}`, `{indicator.last_seen}` and `{indicator.tlp}`.
    #[must_use]
    pub fn rule(&self) -> Arc<RuleInfo> {
        let tags: Vec<String> = match self.tags.as_slice() {
            [] => DEFAULT_TAGS.iter().map(|t| (*t).to_owned()).collect(),
            own => own.to_vec(),
        };
        let fallback = self.default_texts();
        Arc::new(RuleInfo {
            id: Self::rule_id(&self.id).into(),
            title: self.title.clone(),
            title_vi: None,
            level: self.level.unwrap_or(Severity::High),
            status: None,
            description: self.source.clone(),
            author: self.source.clone(),
            license: None,
            references: self.references.clone(),
            attack: references(&tags, &Tactics::default()),
            tags,
            falsepositives: Vec::new(),
            logsource: RuleLogSource::default(),
            fields: Vec::new(),
            explain: Explain { vi: self.vi.clone().unwrap_or(fallback.vi), en: self.en.clone().unwrap_or(fallback.en) },
            entity: None,
            across_units: false,
            correlation: false,
            kind: RuleKind::Indicators,
            standalone: true,
            source_text: Arc::from(""),
            file: format!("indicators/{}", self.id).into(),
            line: 1,
        })
    }

    fn default_texts(&self) -> Explain {
        let title = self.title.replace('{', "{{").replace('}', "}}");
        let steps = |texts: &[&str]| texts.iter().map(|t| (*t).to_owned()).collect();
        Explain {
            vi: Texts {
                what: format!(
                    "Sự kiện trên {{host.name}} có {{indicator}}, một dấu hiệu nhận diện tấn công trong danh sách “{title}” (nguồn: {{indicator.source}})."
                ),
                why: "Dấu hiệu này đã được ghi nhận trong các cuộc tấn công trước đó; máy có thể đã nhiễm mã độc hoặc đang liên lạc với kẻ tấn công.".to_owned(),
                do_now: steps(&[
                    "Xác định máy và người sử dụng liên quan, xem các sự kiện trước và sau.",
                    "Chặn {indicator} trên tường lửa, máy chủ DNS hoặc phần mềm phòng, chống mã độc.",
                    "Nếu không phải hoạt động hợp lệ, cách ly máy khỏi mạng, giữ nguyên chứng cứ và báo cáo sự cố.",
                ]),
            },
            en: Texts {
                what: format!(
                    "An event on {{host.name}} contains {{indicator}}, an indicator of attacks from the list “{title}” (source: {{indicator.source}})."
                ),
                why: "It was seen in earlier attacks; the machine may carry malware or be talking to an attacker.".to_owned(),
                do_now: steps(&[
                    "Find out which machine and whose account it was, and look at the events before and after.",
                    "Block {indicator} on the firewall, the DNS server or in the antivirus software.",
                    "If it was not legitimate, take the machine off the network, keep the evidence and report an incident.",
                ]),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_read_and_mistakes_told() {
        let text = "- {id: own, title: Own, level: critical, lifetime_days: 30}\n- {id: own, title: Twice}\n- {id: Bad Id, title: x}\n";
        let file = |text: &str| ContentFile { path: "lists.yml".into(), text: text.into() };
        let (specs, errors) = ListSpec::load(&[file(text), file("- {id: x}")]);
        assert_eq!(specs.len(), 1);
        assert_eq!(errors.iter().map(|e| e.line).collect::<Vec<_>>(), [Some(2), Some(3), Some(1)]);
        let rule = specs[0].rule();
        assert_eq!((&*rule.id, rule.level), ("indicator-own", Severity::Critical));
        assert!(rule.techniques().any(|t| t.id == "T1071"));
        assert!(rule.explain.vi.what.contains("{indicator}"));
    }
}
