//! Compiled rules together with what people are told about them.

use crate::rule_info::RuleInfo;
use crate::tactics::Tactics;
use base_core::{ContentError, ContentFile};
use engine_sigma::{CompileOptions, RuleIdx, RuleSet};
use std::sync::Arc;

/// Rules and correlations, compiled, with their descriptions.
#[derive(Debug)]
pub struct RulePack {
    rules: RuleSet,
    infos: Vec<Arc<RuleInfo>>,
    correlations: Vec<Arc<RuleInfo>>,
}

impl RulePack {
    /// Loads rules (`*.yml`; `*.test.yml` among them are passed over) and tactic texts.
    /// Mistakes are returned with file, line and remedy; everything else works.
    #[must_use]
    pub fn load(rules: &[ContentFile], tactics: &[ContentFile]) -> (RulePack, Vec<ContentError>) {
        Self::load_with(rules, tactics, &CompileOptions::default())
    }

    /// Like [`RulePack::load`], with placeholder values and other options.
    #[must_use]
    pub fn load_with(
        rules: &[ContentFile],
        tactics: &[ContentFile],
        options: &CompileOptions,
    ) -> (RulePack, Vec<ContentError>) {
        let is_test = |f: &ContentFile| f.path.ends_with(".test.yml") || f.path.ends_with(".test.yaml");
        let (tactics, mut errors) = Tactics::load(tactics);
        let (set, found) = if rules.iter().any(is_test) {
            let kept: Vec<ContentFile> = rules.iter().filter(|f| !is_test(f)).cloned().collect();
            RuleSet::compile_with(&kept, options)
        } else {
            RuleSet::compile_with(rules, options)
        };
        errors.extend(found);
        let mut info = |meta: &engine_sigma::RuleMeta, correlation, standalone| {
            let (info, error) = RuleInfo::new(meta, &tactics, correlation, standalone);
            errors.extend(error);
            Arc::new(info)
        };
        let infos = (0..).zip(set.rules()).map(|(n, meta)| info(meta, false, set.is_standalone(RuleIdx(n)))).collect();
        let correlations = set.correlations().iter().map(|c| info(&c.meta, true, c.standalone)).collect();
        (RulePack { infos, correlations, rules: set }, errors)
    }

    /// The compiled rules.
    #[must_use]
    pub fn rules(&self) -> &RuleSet {
        &self.rules
    }

    /// The description of a rule.
    #[must_use]
    pub fn info(&self, rule: RuleIdx) -> Option<&Arc<RuleInfo>> {
        self.infos.get(rule.index())
    }

    /// The description of a correlation, by its place in [`RuleSet::correlations`].
    #[must_use]
    pub fn correlation_info(&self, correlation: usize) -> Option<&Arc<RuleInfo>> {
        self.correlations.get(correlation)
    }

    /// Every rule and correlation, in file order.
    pub fn infos(&self) -> impl Iterator<Item = &Arc<RuleInfo>> {
        self.infos.iter().chain(&self.correlations)
    }

    /// The rule or correlation with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<&Arc<RuleInfo>> {
        self.infos().find(|i| *i.id == *id)
    }

    /// How many rules and correlations.
    #[must_use]
    pub fn len(&self) -> usize {
        self.infos.len() + self.correlations.len()
    }

    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }
}
