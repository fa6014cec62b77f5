//! Rules compiled together.

use crate::batch::{self, Made, Sketch};
use crate::condition::Named;
use crate::correlation::{Correlation, compile_correlations};
use crate::expr::{Expr, Fields, Leaves};
use crate::fault::Fault;
use crate::filter::apply_filters;
use crate::item::Context;
use crate::leaf::{Ask, FieldId, LeafId};
use crate::lens::Lenses;
use crate::meta::RuleMeta;
use crate::need;
use crate::options::CompileOptions;
use crate::pipeline::Renames;
use crate::program::{Program, RuleNumber};
use crate::routing::{Class, Router, Routing, Wanted};
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
    pub(crate) fields: Box<[FieldId]>,
}

impl Rule {
    /// One that was compiled before.
    pub(crate) fn stored(
        meta: Arc<RuleMeta>,
        named: Named,
        conditions: Vec<String>,
        expr: Expr,
        standalone: bool,
        needs: Option<Box<[LeafId]>>,
        fields: Box<[FieldId]>,
    ) -> Self {
        // Pipelines and log sources matter only while a set is put together.
        let (renames, wanted) = (Renames::default(), Wanted::default());
        Self { meta, named, conditions, expr, wanted, standalone, renames, needs, fields }
    }
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
        let mut set = RuleSet::empty(options.routing);
        let (mut errors, mut later) = (Vec::new(), Vec::new());
        let (mut correlations, mut filters, mut seen) = (Vec::new(), Vec::new(), FxHashMap::default());
        for batch in batch::read(files, options) {
            errors.extend(batch.errors);
            set.foreign += batch.foreign;
            set.skipped += batch.skipped;
            let numbers = set.join(batch.fields, batch.leaves);
            for made in batch.made {
                match made {
                    Made::Rule(sketch) => later.extend(set.add(*sketch, numbers.as_deref(), &mut seen).err()),
                    Made::Correlation(source) => correlations.push(*source),
                    Made::Filter(rule, place) => filters.push((rule, place)),
                    Made::Mistake(error) => later.push(error),
                }
            }
        }
        errors.append(&mut later);
        let mut cx = Context { fields: &mut set.fields, leaves: &mut set.leaves, options };
        apply_filters(filters, &mut set.rules, &correlations, &mut cx, &mut errors);
        set.correlations = compile_correlations(correlations, &mut set.rules, options, &mut errors);
        set.finish();
        (set, errors)
    }

    pub(crate) fn empty(routing: Routing) -> Self {
        RuleSet {
            rules: Vec::new(),
            correlations: Vec::new(),
            leaves: Leaves::default(),
            fields: Fields::default(),
            router: Router::new(routing),
            programs: RwLock::default(),
            lenses: Lenses::default(),
            token: Arc::default(),
            foreign: 0,
            skipped: 0,
        }
    }

    /// Fills a set that is empty with what was compiled before. `counts`: foreign documents, and
    /// rules left out.
    pub(crate) fn fill(
        &mut self,
        fields: Fields,
        leaves: Leaves,
        mut rules: Vec<Rule>,
        correlations: Vec<Correlation>,
        counts: [usize; 2],
    ) {
        for rule in &mut rules {
            let source = &rule.meta.logsource;
            let [product, category, service] =
                [&source.product, &source.category, &source.service].map(Option::as_deref);
            rule.wanted = self.router.want(product, category, service);
        }
        (self.fields, self.leaves, self.rules, self.correlations) = (fields, leaves, rules, correlations);
        [self.foreign, self.skipped] = counts;
    }

    /// Takes in the tables of a batch; the new numbers of its leaves, unless they stay the same.
    fn join(&mut self, fields: Fields, leaves: Leaves) -> Option<Vec<LeafId>> {
        if self.leaves.len() == 0 && self.fields.len() == 0 {
            (self.fields, self.leaves) = (fields, leaves);
            return None;
        }
        Some(self.leaves.merge(leaves, &fields, &mut self.fields))
    }

    fn add(
        &mut self,
        sketch: Sketch,
        numbers: Option<&[LeafId]>,
        seen: &mut FxHashMap<Arc<str>, Arc<str>>,
    ) -> Result<(), ContentError> {
        let Sketch { meta, place, conditions, renames, compiled } = sketch;
        if let Some(other) = seen.get(&meta.id) {
            let fault = Fault::new(
                format!("the id {} is already that of {other}", meta.id),
                "give each rule its own id, or remove one of the two",
            );
            return Err(place.error(fault.near("id:")));
        }
        let (mut named, mut expr) = compiled?;
        if let Some(numbers) = numbers {
            let new = |id: LeafId| numbers.get(id as usize).copied().unwrap_or(LeafId::MAX);
            named.iter_mut().for_each(|(_, part)| part.renumber(&new));
            expr.renumber(&new);
        }
        let source = &meta.logsource;
        let wanted = self.router.want(source.product.as_deref(), source.category.as_deref(), source.service.as_deref());
        seen.insert(meta.id.clone(), meta.file.clone());
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

    /// The rules, by number.
    pub(crate) fn compiled(&self) -> &[Rule] {
        &self.rules
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
