//! Behaviours from content.

use super::kinds::{Kind, NAMES, Wanted};
use super::places::Places;
use super::span::Memory;
use crate::matcher::Matcher;
use crate::pack::RulePack;
use crate::rule_info::{RuleInfo, RuleKind};
use base_core::{ContentError, ContentFile};
use engine_sigma::{RuleIdx, RuleMeta};
use rustc_hash::FxHashMap;
use serde::Deserialize;
use serde_json::Value;
use std::sync::Arc;

/// One behaviour.
#[derive(Debug)]
pub(super) struct Behaviour {
    pub(super) info: Arc<RuleInfo>,
    pub(super) kind: Kind,
    /// Fields that name the entity; events that lack one are not counted.
    pub(super) by: Vec<String>,
    pub(super) wanted: Wanted,
    pub(super) memory: usize,
    /// Of its settings: memory of other settings is of no use.
    pub(super) print: u64,
}

/// All behaviours, compiled. Shared by all threads.
#[derive(Debug)]
pub struct Behaviours {
    matcher: Matcher,
    all: Vec<Behaviour>,
    /// By rule: the behaviours it feeds, each with the bit of its step.
    by_rule: FxHashMap<RuleIdx, Vec<(usize, u16)>>,
}

/// What every kind has.
#[derive(Deserialize)]
struct Common {
    kind: String,
    #[serde(default)]
    by: Vec<String>,
    #[serde(default)]
    memory: Memory,
}

const REMEDY: &str = "see docs/detection/behaviours.md for the fields of each kind";

impl Behaviours {
    /// Loads behaviours (`*.yml` without `*.test.yml`), with the texts of tactics and the table of
    /// places. Mistakes are returned with file and line, and the rest works.
    #[must_use]
    pub fn load(files: &[ContentFile], tactics: &[ContentFile], places: Places) -> (Behaviours, Vec<ContentError>) {
        let (pack, mut errors) = RulePack::of_behaviours(files, tactics);
        let pack = Arc::new(pack);
        let places = Arc::new(places);
        let rules: Vec<(RuleIdx, Arc<RuleMeta>)> = (0..).map(RuleIdx).zip(pack.rules().rules().cloned()).collect();
        let mut made =
            Behaviours { matcher: Matcher::new(Arc::clone(&pack)), all: Vec::new(), by_rule: FxHashMap::default() };
        let mut used: Vec<RuleIdx> = Vec::new();
        for (rule, meta) in &rules {
            let Some(block) = meta.custom.get("behaviour") else { continue };
            used.push(*rule);
            let added = made.add(*rule, meta, block, &rules, &places);
            match added {
                Ok(steps) => used.extend(steps),
                Err(message) => errors.push(mistake(meta, message, REMEDY)),
            }
        }
        for (_, meta) in rules.iter().filter(|(rule, _)| !used.contains(rule)) {
            let remedy = "give it a `behaviour`, or name it among the steps of a sequence in the same file";
            errors.push(mistake(meta, "is no behaviour and no step of one".to_owned(), remedy));
        }
        for correlation in pack.rules().correlations() {
            let remedy = "keep correlations among the rules; here write a behaviour";
            errors.push(mistake(&correlation.meta, "is a correlation".to_owned(), remedy));
        }
        (made, errors)
    }

    /// Adds a behaviour; gives the rules that are its steps.
    fn add(
        &mut self,
        rule: RuleIdx,
        meta: &RuleMeta,
        block: &Value,
        rules: &[(RuleIdx, Arc<RuleMeta>)],
        places: &Arc<Places>,
    ) -> Result<Vec<RuleIdx>, String> {
        let common: Common =
            serde_json::from_value(block.clone()).map_err(|e| format!("mangrove.behaviour: {e}; `kind` is {NAMES}"))?;
        let mut own = block.as_object().cloned().unwrap_or_default();
        ["kind", "by", "memory"].iter().for_each(|name| drop(own.remove(*name)));
        let (kind, wanted) = Kind::read(&common.kind, Value::Object(own), places)?;
        let mut fed: Vec<(RuleIdx, u16)> = Vec::new();
        match kind.steps() {
            None => fed.push((rule, 1)),
            Some(steps) => {
                for (bit, step) in steps.into_iter().enumerate() {
                    let named = |m: &RuleMeta| m.name.as_deref() == Some(step) && m.file == meta.file;
                    let found = rules.iter().find(|(_, m)| named(m));
                    let (rule, _) = found
                        .ok_or_else(|| format!("mangrove.behaviour: no rule of this file has the name `{step}`"))?;
                    fed.push((*rule, 1 << bit));
                }
            }
        }
        let info = self.matcher.pack().info(rule).ok_or("the rule was left out")?;
        let info = Arc::new(RuleInfo { kind: RuleKind::Behaviour, ..(**info).clone() });
        let place = self.all.len();
        for (rule, bit) in &fed {
            self.by_rule.entry(*rule).or_default().push((place, *bit));
        }
        let print = blake3::hash(block.to_string().as_bytes());
        let print = print.as_bytes().first_chunk::<8>().map_or(0, |b| u64::from_le_bytes(*b));
        self.all.push(Behaviour { info, kind, by: common.by, wanted, memory: common.memory.0, print });
        Ok(fed.into_iter().map(|(rule, _)| rule).collect())
    }

    /// The behaviours as rules, in the order of their files.
    pub fn infos(&self) -> impl Iterator<Item = &Arc<RuleInfo>> {
        self.all.iter().map(|b| &b.info)
    }

    /// The behaviour with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Arc<RuleInfo>> {
        self.infos().find(|i| *i.id == *id)
    }

    /// The rules that select its events: the behaviour's own, or the steps of a sequence in order.
    /// Empty when there is no such behaviour. They are rules of [`Behaviours::pack`].
    #[must_use]
    pub fn rules_of(&self, id: &str) -> Vec<RuleIdx> {
        let Some(place) = self.all.iter().position(|b| *b.info.id == *id) else { return Vec::new() };
        let fed = self.by_rule.iter().flat_map(|(rule, fed)| fed.iter().map(move |(at, bit)| (*rule, *at, *bit)));
        let mut steps: Vec<(u16, RuleIdx)> =
            fed.filter(|(_, at, _)| *at == place).map(|(r, _, bit)| (bit, r)).collect();
        steps.sort_unstable_by_key(|(bit, _)| *bit);
        steps.into_iter().map(|(_, rule)| rule).collect()
    }

    /// Whether it waits for several things in turn.
    #[must_use]
    pub fn is_sequence(&self, id: &str) -> bool {
        self.all.iter().any(|b| *b.info.id == *id && b.kind.steps().is_some())
    }

    /// The rules that select events, compiled: those of all behaviours and their steps.
    #[must_use]
    pub fn pack(&self) -> &Arc<RulePack> {
        self.matcher.pack()
    }

    /// Whether a rule file describes behaviours rather than rules: it has a `behaviour` in a
    /// `mangrove` block.
    #[must_use]
    pub fn describes(text: &str) -> bool {
        // Nearly all rules are none: one look for the word decides.
        text.contains("behaviour:")
            && text.lines().any(|l| l.starts_with([' ', '\t']) && l.trim_start().starts_with("behaviour:"))
    }

    /// How many.
    #[must_use]
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    pub(super) fn all(&self) -> &[Behaviour] {
        &self.all
    }

    pub(super) fn matcher(&self) -> &Matcher {
        &self.matcher
    }

    pub(super) fn fed_by(&self, rule: RuleIdx) -> &[(usize, u16)] {
        self.by_rule.get(&rule).map_or(&[], Vec::as_slice)
    }
}

impl Default for Behaviours {
    /// No behaviours.
    fn default() -> Self {
        Self::load(&[], &[], Places::default()).0
    }
}

fn mistake(meta: &RuleMeta, message: String, remedy: &str) -> ContentError {
    let within = meta.source_text.lines().position(|l| l.trim_start().starts_with("behaviour:")).unwrap_or(0);
    ContentError { file: meta.file.to_string(), line: Some(meta.line + within), message, remedy: remedy.to_owned() }
}
