//! How the rules fare: the whole list, and everything about one of them.

use super::read_lists;
use crate::model::beside;
use crate::model::liveness::liveness;
use crate::model::{Filter, Liveness, Observed, Proof, Suite};
use crate::ports::RulesPorts;
use crate::store::{figures, filters, proofs, switches};
use base_audit::AuditRow;
use base_authz::{Action, Caller};
use base_core::{Error, Result, Timestamp};
use base_db::Db;
use engine_detect::behaviours::content_tests;
use engine_detect::rule_tests::{self, CaseOutcome};
use engine_detect::{RuleInfo, RuleKind};
use std::sync::Arc;

/// Days whose alerts count as feedback.
pub const FEEDBACK_DAYS: i64 = 30;
/// Days on the chart of hits.
pub const CHART_DAYS: i64 = 30;
/// Acts shown on a rule's page.
const HISTORY: i64 = 50;

/// How all rules fare.
#[derive(Debug)]
pub struct Overview {
    /// Every rule, also those that only feed correlations.
    pub rules: Vec<Liveness>,
    /// Since when events are counted; `None` before the first.
    pub since: Option<Timestamp>,
    /// The latest replay proof of each suite.
    pub proofs: Vec<Proof>,
}

/// Reads how all rules fare.
///
/// # Errors
/// `Forbidden` without the right; when the database does not answer.
pub async fn overview(db: &Db, ports: &RulesPorts, caller: &Caller) -> Result<Overview> {
    let scope = caller.require(Action::RulesRead)?;
    let (pool, now) = (db.read(), caller.now);
    let since = figures::since(pool).await?;
    let observed = Observed {
        since: since.unwrap_or(now),
        sources: figures::sources(pool, now).await?,
        fields: figures::fields(pool, now).await?,
        hits: figures::hits(pool, now).await?,
        feedback: ports.feedback.of_rules(&scope, now.plus_secs(-FEEDBACK_DAYS * 86_400)).await?,
        off: switches::all(pool).await?,
        filters: filters::holding(pool, now).await?.into_iter().collect(),
        costs: ports.book.costs(),
        holdings: ports.book.holdings(),
        behaviours: ports.book.behaviour_stats(),
    };
    let mut newest = Vec::new();
    for suite in Suite::ALL {
        newest.extend(proofs::latest(pool, suite, 1).await?);
    }
    let pack = Arc::clone(&ports.book.active().pack);
    let mut rules = liveness(&pack, &observed);
    rules.extend(beside::of_behaviours(&ports.book.beside().behaviours, &observed));
    if let Some(shelf) = &ports.book.beside().lists {
        rules.extend(beside::of_lists(&read_lists::live(db, shelf).await?, &observed));
    }
    Ok(Overview { rules, since, proofs: newest })
}

/// Everything about one rule.
#[derive(Debug)]
pub struct Full {
    /// How it fares.
    pub live: Liveness,
    /// Since when events are counted.
    pub since: Option<Timestamp>,
    /// Its filters, newest first.
    pub filters: Vec<Filter>,
    /// Hits and hidden ones per day, from [`Full::first_day`] on, without gaps.
    pub days: Vec<(i64, i64)>,
    /// First day of the chart, counted from 1970 in Cà Mau.
    pub first_day: i64,
    /// File of its tests, and how they come out; `None` without tests.
    pub tests: Option<(String, Result<Vec<CaseOutcome>, String>)>,
    /// What people did with it, newest first.
    pub history: Vec<AuditRow>,
    /// Correlations that count it, and rules it counts: id and title.
    pub related: Vec<(String, String)>,
}

/// Reads everything about a rule. Its tests are run now.
///
/// # Errors
/// `Forbidden` without the right; `NotFound`.
pub async fn one(db: &Db, ports: &RulesPorts, caller: &Caller, id: &str) -> Result<Full> {
    let Overview { rules, since, .. } = overview(db, ports, caller).await?;
    let scope = caller.require(Action::RulesRead)?;
    let at = rules.iter().position(|l| *l.info.id == *id).ok_or_else(|| Error::not_found(format!("no rule {id}")))?;
    let related = related(&rules, id);
    let mut rules = rules;
    let live = rules.swap_remove(at);
    let first_day = (caller.now.as_secs() + 7 * 3_600).div_euclid(86_400) - CHART_DAYS + 1;
    let counted = figures::per_day(db.read(), id, first_day).await?;
    let day = |n: i64| counted.iter().find(|d| d.0 == n).map_or((0, 0), |d| (d.1, d.2));
    Ok(Full {
        since,
        filters: filters::of_rule(db.read(), id).await?,
        days: (first_day..first_day + CHART_DAYS).map(day).collect(),
        first_day,
        tests: tests(ports, &live.info).await?,
        history: base_audit::of_object(db, &scope, "rule", id, HISTORY).await?,
        related,
        live,
    })
}

fn related(rules: &[Liveness], id: &str) -> Vec<(String, String)> {
    let counts_it = rules.iter().filter(|l| l.built_on.iter().any(|b| **b == *id));
    let own = rules.iter().find(|l| *l.info.id == *id);
    let counted = rules.iter().filter(|l| own.is_some_and(|o| o.built_on.contains(&l.info.id)));
    counts_it.chain(counted).map(|l| (l.info.id.to_string(), l.info.title.clone())).collect()
}

type Tests = Option<(String, Result<Vec<CaseOutcome>, String>)>;

async fn tests(ports: &RulesPorts, rule: &RuleInfo) -> Result<Tests> {
    let active = ports.book.active();
    let beside = ports.book.beside().clone();
    let is_behaviour = rule.kind == RuleKind::Behaviour;
    let files = if is_behaviour { &beside.files } else { &active.files };
    let Some(stem) = rule.file.strip_suffix(".yml") else { return Ok(None) };
    let wanted = format!("{stem}.test.yml");
    let Some(file) = files.iter().find(|f| f.path == wanted).cloned() else { return Ok(None) };
    let catalog = Arc::clone(&ports.catalog);
    let run = move || {
        let cases = if is_behaviour {
            content_tests::outcomes(&beside.behaviours, &catalog, &file)
        } else {
            rule_tests::outcomes(&active.pack, &catalog, &file)
        };
        cases.map_err(|e| e.to_string())
    };
    let outcome = tokio::task::spawn_blocking(run).await.map_err(Error::bug)?;
    Ok(Some((wanted, outcome)))
}
