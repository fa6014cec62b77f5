//! Compiled rules together with what people are told about them.

use crate::behaviours::Behaviours;
use crate::rule_info::RuleInfo;
use crate::tactics::Tactics;
use base_core::{ContentError, ContentFile};
use engine_sigma::{CompileOptions, Pipeline, RuleCache, RuleIdx, RuleSet};
use serde::Deserialize;
use std::collections::BTreeMap;
use std::sync::Arc;

/// Rules and correlations, compiled, with their descriptions.
#[derive(Debug)]
pub struct RulePack {
    rules: RuleSet,
    infos: Vec<Arc<RuleInfo>>,
    correlations: Vec<Arc<RuleInfo>>,
}

impl RulePack {
    /// Loads rules and tactic texts. Mistakes are returned with file, line and remedy;
    /// everything else works.
    ///
    /// Among the rule files (`*.yml`), those named `*.test.yml` are passed over, and those named
    /// `placeholders.yml` give the values of placeholders (`expand` modifier): a name without
    /// percent signs, and its list of values. Those named `*.pipeline.yml` adapt the rules
    /// ([`engine_sigma::Pipeline`]).
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
        Self::load_by(rules, tactics, options, role, RuleSet::compile_with)
    }

    /// The rules of behaviours, which [`RulePack::load`] refuses: by themselves they fire far too often.
    pub(crate) fn of_behaviours(rules: &[ContentFile], tactics: &[ContentFile]) -> (RulePack, Vec<ContentError>) {
        Self::load_by(rules, tactics, &CompileOptions::default(), role_by_name, RuleSet::compile_with)
    }

    /// Like [`RulePack::load`], by way of compiled rules kept in `cache` ([`RuleSet::compile_cached`]).
    /// The rules, their descriptions and the mistakes are the same.
    #[must_use]
    pub fn load_cached(
        rules: &[ContentFile],
        tactics: &[ContentFile],
        cache: &dyn RuleCache,
    ) -> (RulePack, Vec<ContentError>) {
        Self::load_by(rules, tactics, &CompileOptions::default(), role, |files, options| {
            let (set, errors, _) = RuleSet::compile_cached(files, options, cache);
            (set, errors)
        })
    }

    fn load_by(
        rules: &[ContentFile],
        tactics: &[ContentFile],
        options: &CompileOptions,
        role: fn(&ContentFile) -> Role,
        compile: impl FnOnce(&[ContentFile], &CompileOptions) -> (RuleSet, Vec<ContentError>),
    ) -> (RulePack, Vec<ContentError>) {
        let (tactics, mut errors) = Tactics::load(tactics);
        let mut options = options.clone();
        let mut kept: Vec<ContentFile> = Vec::new();
        let roles: Vec<Role> = rules.iter().map(role).collect();
        let mixed = roles.iter().any(|r| *r != Role::Rules);
        if mixed {
            for (file, role) in rules.iter().zip(&roles) {
                match role {
                    Role::Rules => kept.push(file.clone()),
                    Role::Placeholders => errors.extend(add_placeholders(file, &mut options)),
                    Role::Pipeline => match Pipeline::read(file) {
                        Ok(pipeline) => options.pipelines.push(pipeline),
                        Err(error) => errors.push(error),
                    },
                    Role::Behaviour => errors.push(behaviour_among_rules(file)),
                    Role::Test => {}
                }
            }
        }
        let files = if mixed { &kept } else { rules };
        errors.extend(files.iter().filter_map(broken));
        let (set, found) = compile(files, &options);
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

/// What a file among the rules is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Role {
    Rules,
    Placeholders,
    Pipeline,
    Test,
    Behaviour,
}

fn role(file: &ContentFile) -> Role {
    match role_by_name(file) {
        Role::Rules if Behaviours::describes(&file.text) => Role::Behaviour,
        role => role,
    }
}

fn behaviour_among_rules(file: &ContentFile) -> ContentError {
    let line = (1..).zip(file.text.lines()).find(|(_, l)| l.trim_start().starts_with("behaviour:")).map(|(n, _)| n);
    ContentError {
        file: file.path.clone(),
        line,
        message: "is a behaviour and not loaded among rules".to_owned(),
        remedy: "put it into the folder `behaviours` of your content".to_owned(),
    }
}

fn role_by_name(file: &ContentFile) -> Role {
    let name = file.path.rsplit('/').next().unwrap_or_default();
    if name == "placeholders.yml" {
        Role::Placeholders
    } else if name.ends_with(".pipeline.yml") {
        Role::Pipeline
    } else if name.ends_with(".test.yml") || name.ends_with(".test.yaml") {
        Role::Test
    } else {
        Role::Rules
    }
}

/// A file that shows nothing of a rule is another program's YAML and passed over; one that is not even
/// YAML is more likely a rule that broke off, which must not be silent.
fn broken(file: &ContentFile) -> Option<ContentError> {
    const KEYS: [&str; 5] = ["detection:", "correlation:", "filter:", "logsource:", "action:"];
    if file.text.lines().any(|l| KEYS.iter().any(|k| l.starts_with(k))) {
        return None;
    }
    let mut documents = serde_yaml_ng::Deserializer::from_str(&file.text);
    let wrong = documents.find_map(|d| serde::de::IgnoredAny::deserialize(d).err())?;
    // A list or a text without any mapping is told by the rule compiler.
    let mapping = file.text.lines().any(|l| l.starts_with(|c: char| c.is_ascii_alphabetic()) && l.contains(':'));
    mapping.then(|| ContentError {
        file: file.path.clone(),
        line: wrong.location().map(|l| l.line()),
        message: format!("is no readable YAML: {wrong}"),
        remedy: "correct the YAML: indentation, quotes, brackets, colons".to_owned(),
    })
}

/// Takes in the lists of a `placeholders.yml`; the caller's own values are kept.
fn add_placeholders(file: &ContentFile, options: &mut CompileOptions) -> Option<ContentError> {
    match serde_yaml_ng::from_str::<BTreeMap<String, Vec<String>>>(&file.text) {
        Ok(lists) => {
            for (name, values) in lists {
                options.placeholders.entry(name).or_insert(values);
            }
            None
        }
        Err(e) => Some(ContentError {
            file: file.path.clone(),
            line: e.location().map(|l| l.line()),
            message: format!("cannot be read: {e}"),
            remedy: "give names of placeholders without percent signs, each with a list of values".to_owned(),
        }),
    }
}
