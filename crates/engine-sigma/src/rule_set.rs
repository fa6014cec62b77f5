//! Rules compiled together.

use crate::condition::{Named, compile_detections};
use crate::correlation::{Correlation, compile_correlations};
use crate::document::{self, Body, Document, Place};
use crate::expr::{Expr, Fields, Leaves};
use crate::fault::Fault;
use crate::filter::apply_filters;
use crate::item::Context;
use crate::leaf::{Ask, FieldId, LeafId};
use crate::lens::Lenses;
use crate::meta::RuleMeta;
use crate::need;
use crate::options::CompileOptions;
use crate::pipeline::{Renames, adapt_rule};
use crate::program::{Program, RuleNumber};
use crate::routing::{Class, Router, Wanted};
use base_core::{ContentError, ContentFile};
use engine_event::LogSource;
use rustc_hash::FxHashMap;
use std::sync::{Arc, PoisonError, RwLock};

/// Number of a rule in its [`RuleSet`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RuleIdx(pub u32);

impl RuleIdx {
    /// As an index of [`RuleSet::rules`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0 as usize
    }
}

/// A compiled rule.
#[derive(Debug)]
pub(crate) struct Rule {
    pub(crate) meta: Arc<RuleMeta>,
    pub(crate) named: Named,
    pub(crate) conditions: Vec<String>,
    pub(crate) expr: Expr,
    pub(crate) wanted: Wanted,
    /// Whether it makes detections of its own, or only feeds correlations.
    pub(crate) standalone: bool,
    /// How pipelines renamed its fields.
    pub(crate) renames: Renames,
    /// One of these must hold for the rule to match; `None` when no such set is known.
    pub(crate) needs: Option<Box<[LeafId]>>,
    fields: Box<[FieldId]>,
}

/// Most programs kept; beyond it the store starts over.
const MAX_PROGRAMS: usize = 512;

/// Rules, correlations and filters compiled together. `Send + Sync`: share it behind an `Arc`
/// and give each thread a [`crate::Scratch`].
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    correlations: Vec<Correlation>,
    leaves: Leaves,
    fields: Fields,
    router: Router,
    programs: RwLock<FxHashMap<Class, Arc<Program>>>,
    lenses: Lenses,
    token: Arc<()>,
    foreign: usize,
    skipped: usize,
}

impl RuleSet {
    /// Compiles rules with the default options. Mistakes are returned; the other rules load.
    #[must_use]
    pub fn compile(files: &[ContentFile]) -> (RuleSet, Vec<ContentError>) {
        Self::compile_with(files, &CompileOptions::default())
    }

    /// Compiles rules. Mistakes are returned with file, line and remedy; the other rules load.
    #[must_use]
    pub fn compile_with(files: &[ContentFile], options: &CompileOptions) -> (RuleSet, Vec<ContentError>) {
        let read = document::read(files);
        let mut errors = read.errors;
        let mut set = RuleSet {
            rules: Vec::with_capacity(read.documents.len()),
            correlations: Vec::new(),
            leaves: Leaves::default(),
            fields: Fields::default(),
            router: Router::new(options.routing),
            programs: RwLock::default(),
            lenses: Lenses::default(),
            token: Arc::default(),
            foreign: read.foreign,
            skipped: 0,
        };
        let (mut correlations, mut filters, mut seen) = (Vec::new(), Vec::new(), FxHashMap::default());
        for Document { place, body } in read.documents {
            match body {
                Body::Rule(rule) => set.add(&rule, &place, options, &mut seen).unwrap_or_else(|e| errors.push(e)),
                Body::Correlation(rule, written) => correlations.push((rule, written, place)),
                Body::Filter(rule) => filters.push((rule, place)),
            }
        }
        let mut cx = Context { fields: &mut set.fields, leaves: &mut set.leaves, options };
        apply_filters(filters, &mut set.rules, &correlations, &mut cx, &mut errors);
        set.correlations = compile_correlations(correlations, &mut set.rules, options, &mut errors);
        set.finish();
        (set, errors)
    }

    fn add(
        &mut self,
        rule: &rsigma_parser::SigmaRule,
        place: &Place,
        options: &CompileOptions,
        seen: &mut FxHashMap<Arc<str>, Arc<str>>,
    ) -> Result<(), ContentError> {
        let mut adapted = None;
        let mut renames = Renames::default();
        if !options.pipelines.is_empty() {
            let rule = adapted.insert(rule.clone());
            renames = adapt_rule(rule, &options.pipelines).map_err(|fault| place.error(fault))?;
        }
        let rule = adapted.as_ref().unwrap_or(rule);
        let meta = document::rule_meta(rule, place);
        if meta.status.is_some_and(|s| options.skip_statuses.iter().any(|skip| skip == s)) {
            self.skipped += 1;
            return Ok(());
        }
        if let Some(other) = seen.get(&meta.id) {
            let fault = Fault::new(
                format!("the id {} is already that of {other}", meta.id),
                "give each rule its own id, or remove one of the two",
            );
            return Err(place.error(fault.near("id:")));
        }
        let mut cx = Context { fields: &mut self.fields, leaves: &mut self.leaves, options };
        let (named, expr) = compile_detections(&rule.detection, &mut cx).map_err(|fault| place.error(fault))?;
        let source = &meta.logsource;
        let wanted = self.router.want(source.product.as_deref(), source.category.as_deref(), source.service.as_deref());
        seen.insert(meta.id.clone(), meta.file.clone());
        let conditions = rule.detection.condition_strings.clone();
        self.rules.push(Rule {
            meta: Arc::new(meta),
            named,
            conditions,
            expr,
            wanted,
            standalone: true,
            renames,
            needs: None,
            fields: Box::default(),
        });
        Ok(())
    }

    /// Chooses what each rule's events must contain, once all rules are known.
    fn finish(&mut self) {
        self.leaves.finish();
        let mut popularity = vec![0_u32; self.leaves.len()];
        for rule in &self.rules {
            rule.expr.for_each_leaf(&mut |id| {
                if let Some(count) = popularity.get_mut(id as usize) {
                    *count += 1;
                }
            });
        }
        for rule in &mut self.rules {
            need::order(&mut rule.expr, &self.leaves);
            rule.needs = need::choose(&rule.expr, &self.leaves, &popularity).map(Vec::into_boxed_slice);
            let mut fields = Vec::new();
            rule.expr.for_each_leaf(&mut |id| {
                let Some(leaf) = self.leaves.get(id) else { return };
                fields.extend(leaf.field);
                if let Ask::Reference { other, .. } = leaf.ask {
                    fields.push(other);
                }
            });
            fields.sort_unstable();
            fields.dedup();
            rule.fields = fields.into();
        }
    }

    /// The prefilter for events of a log source, made when first asked for.
    pub(crate) fn program(&self, source: &LogSource) -> Arc<Program> {
        let class = self.router.class(source);
        if let Some(program) = self.programs.read().unwrap_or_else(PoisonError::into_inner).get(&class) {
            return Arc::clone(program);
        }
        let eligible = (0..).zip(&self.rules).filter(|(_, r): &(RuleNumber, _)| self.router.applies(r.wanted, class));
        let program = Arc::new(Program::build(eligible, &self.leaves, &self.fields, &self.lenses));
        let mut programs = self.programs.write().unwrap_or_else(PoisonError::into_inner);
        if programs.len() >= MAX_PROGRAMS {
            programs.clear();
            self.lenses.tidy();
        }
        Arc::clone(programs.entry(class).or_insert(program))
    }

    /// The rules' descriptions, by number.
    pub fn rules(&self) -> impl ExactSizeIterator<Item = &Arc<RuleMeta>> + '_ {
        self.rules.iter().map(|r| &r.meta)
    }

    /// The description of a rule.
    #[must_use]
    pub fn meta(&self, rule: RuleIdx) -> Option<&Arc<RuleMeta>> {
        self.rules.get(rule.index()).map(|r| &r.meta)
    }

    /// The rule with this id.
    #[must_use]
    pub fn find(&self, id: &str) -> Option<RuleIdx> {
        (0..).zip(&self.rules).find(|(_, r)| *r.meta.id == *id).map(|(n, _)| RuleIdx(n))
    }

    /// Whether a hit of the rule is a detection of its own; `false` when it only feeds correlations.
    #[must_use]
    pub fn is_standalone(&self, rule: RuleIdx) -> bool {
        self.rules.get(rule.index()).is_some_and(|r| r.standalone)
    }

    /// The field names a rule asks for.
    #[must_use]
    pub fn fields_of(&self, rule: RuleIdx) -> Vec<&str> {
        let fields = self.rules.get(rule.index()).map(|r| &*r.fields).unwrap_or_default();
        fields.iter().map(|f| self.fields.name(*f)).collect()
    }

    /// Whether a rule applies to events of a log source.
    #[must_use]
    pub fn applies(&self, rule: RuleIdx, source: &LogSource) -> bool {
        let class = self.router.class(source);
        self.rules.get(rule.index()).is_some_and(|r| self.router.applies(r.wanted, class))
    }

    /// How many rules apply to events of a log source.
    #[must_use]
    pub fn rules_for(&self, source: &LogSource) -> usize {
        self.program(source).rules
    }

    /// The correlations, each after those it refers to.
    #[must_use]
    pub fn correlations(&self) -> &[Correlation] {
        &self.correlations
    }

    /// How many rules (without correlations).
    #[must_use]
    pub fn len(&self) -> usize {
        self.rules.len()
    }

    /// Whether there is neither rule nor correlation.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.rules.is_empty() && self.correlations.is_empty()
    }

    /// YAML documents among the files that are something else than Sigma.
    #[must_use]
    pub fn foreign_documents(&self) -> usize {
        self.foreign
    }

    /// Rules left out because of their status.
    #[must_use]
    pub fn skipped_rules(&self) -> usize {
        self.skipped
    }

    pub(crate) fn rule(&self, rule: RuleIdx) -> Option<&Rule> {
        self.rules.get(rule.index())
    }

    pub(crate) fn expr(&self, rule: RuleNumber) -> Option<&Expr> {
        self.rules.get(rule as usize).map(|r| &r.expr)
    }

    pub(crate) fn leaves(&self) -> &Leaves {
        &self.leaves
    }

    pub(crate) fn fields(&self) -> &Fields {
        &self.fields
    }

    pub(crate) fn token(&self) -> &Arc<()> {
        &self.token
    }
}
