//! Tuning filters: what one would hide, making it, ending it, and what it hid.

use super::over_province;
use super::switch_rule::{known, refresh};
use crate::book::RuleBook;
use crate::model::filter::{FilterInput, check_conditions};
use crate::model::{Condition, Filter, Hidden};
use crate::ports::RulesPorts;
use crate::store::filters;
use base_audit::Act;
use base_authz::{Action, Caller};
use base_core::{Error, IdSource, Kind, Result, Scope};
use base_db::Db;
use engine_detect::indicators::IndicatorWatch;
use engine_detect::{Matcher, RuleIdx, RuleKind, RulePack};
use engine_event::Event;
use engine_lake::{Order, Query, SearchRequest};
use engine_sigma::Referred;
use serde_json::json;
use std::sync::Arc;

/// Days that are looked back.
pub const LOOK_BACK_DAYS: i64 = 7;
/// Stored events that are looked at for a trial.
const LOOK_AT: u64 = 400_000;
/// Events fetched at once.
const PAGE: usize = 2_000;
/// Pages at most.
const PAGES: usize = 10;
/// Events shown.
const SHOWN: usize = 20;

/// What a filter would have hidden of the stored events.
#[derive(Debug, Default)]
pub struct Trial {
    /// Events that fit the conditions.
    pub fitting: u64,
    /// Of these, events that the rule matches: what would have been hidden.
    pub hidden: u64,
    /// The newest of them.
    pub events: Vec<Event>,
    /// Whether there was more than was looked at.
    pub cut: bool,
}

/// Holds conditions against the stored events of the last days.
///
/// # Errors
/// `Forbidden`; `NotFound`; `Invalid` for wrong conditions; when the lake does not answer.
pub async fn try_filter(ports: &RulesPorts, caller: &Caller, rule: &str, conditions: &[Condition]) -> Result<Trial> {
    over_province(caller, Action::RulesTune)?;
    over_province(caller, Action::EventsSearch)?;
    known(&ports.book, rule)?;
    let conditions = check_conditions(conditions)?;
    let mut judge = Judge::of(&ports.book, rule);
    let mut request = SearchRequest {
        from: Some(caller.now.plus_secs(-LOOK_BACK_DAYS * 86_400)),
        query: narrowed(&conditions),
        order: Order::Newest,
        limit: PAGE,
        scan_limit: Some(LOOK_AT),
        ..SearchRequest::default()
    };
    let mut trial = Trial::default();
    for page in 0..=PAGES {
        if page == PAGES {
            trial.cut = true;
            break;
        }
        let found = ports.lake.search(&Scope::province(), &request).await.map_err(lake)?;
        for event in found.events {
            if !conditions.iter().all(|c| c.holds_for(&event)) {
                continue;
            }
            trial.fitting += 1;
            if judge.fires(&event) {
                trial.hidden += 1;
                if trial.events.len() < SHOWN {
                    trial.events.push(event);
                }
            }
        }
        match found.next {
            Some(next) if found.scanned < LOOK_AT => request.after = Some(next),
            next => {
                trial.cut = next.is_some();
                break;
            }
        }
    }
    Ok(trial)
}

pub(crate) fn lake(error: engine_lake::LakeError) -> Error {
    Error::new(Kind::Unavailable, format!("the stored events cannot be searched: {error}")).caused_by(error)
}

/// The search finds at least what the conditions ask for; what is folded there is exact here.
fn narrowed(conditions: &[Condition]) -> Query {
    let literal = conditions.iter().filter(|c| !c.value.contains('*'));
    literal.fold(Query::everything(), |query, c| query.and(Query::field_is(&c.field, &c.value)))
}

/// The rule itself, or what a correlation counts.
pub(crate) fn counted(pack: &RulePack, rule: &str) -> Vec<RuleIdx> {
    if let Some(single) = pack.rules().find(rule) {
        return vec![single];
    }
    let correlations = pack.rules().correlations();
    let mut waiting: Vec<usize> = correlations.iter().position(|c| *c.meta.id == *rule).into_iter().collect();
    let mut found = Vec::new();
    // A correlation only refers to earlier ones, so this ends.
    while let Some(at) = waiting.pop() {
        for referred in correlations.get(at).map(|c| c.refers_to.as_slice()).unwrap_or_default() {
            match referred {
                Referred::Rule(rule) if !found.contains(rule) => found.push(*rule),
                Referred::Rule(_) => {}
                Referred::Correlation(earlier) => waiting.push(*earlier),
            }
        }
    }
    found
}

/// Says whether a rule has to do with an event.
enum Judge {
    /// Any of these rules matches it: of a correlation those it counts, of a behaviour those that
    /// select its events.
    Rules(Matcher, Vec<RuleIdx>),
    /// It has an indicator of the list.
    List(Box<IndicatorWatch>, String),
}

impl Judge {
    fn of(book: &RuleBook, rule: &str) -> Self {
        let beside = book.beside();
        match (book.find(rule).map(|i| i.kind), &beside.lists) {
            (Some(RuleKind::Behaviour), _) => {
                let behaviours = &beside.behaviours;
                Judge::Rules(Matcher::new(Arc::clone(behaviours.pack())), behaviours.rules_of(rule))
            }
            (Some(RuleKind::Indicators), Some(shelf)) => {
                Judge::List(Box::new(IndicatorWatch::new(Arc::clone(shelf.store()))), rule.to_owned())
            }
            _ => {
                let pack = Arc::clone(&book.active().pack);
                let rules = counted(&pack, rule);
                Judge::Rules(Matcher::new(pack), rules)
            }
        }
    }

    fn fires(&mut self, event: &Event) -> bool {
        match self {
            Judge::Rules(matcher, rules) => {
                rules.iter().any(|r| matcher.explain(event, *r).is_some_and(|e| e.applies && e.matched))
            }
            Judge::List(watch, rule) => {
                let mut found = Vec::new();
                watch.observe(event, &mut found);
                found.iter().any(|d| *d.rule.id == **rule)
            }
        }
    }
}

/// Makes a filter; it holds from now on.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Invalid` with the fields at fault.
pub async fn add_filter(
    db: &Db,
    ids: &IdSource,
    ports: &RulesPorts,
    caller: &Caller,
    rule: &str,
    input: &FilterInput,
) -> Result<String> {
    over_province(caller, Action::RulesTune)?;
    known(&ports.book, rule)?;
    let (conditions, until, reason) = input.check(caller.now)?;
    let filter = Filter {
        id: ids.next(),
        rule: rule.to_owned(),
        conditions,
        reason,
        by_name: caller.principal.name.clone(),
        at: caller.now,
        until,
        ended: None,
        hidden: 0,
        last_hidden: None,
    };
    let mut tx = db.begin().await?;
    filters::insert(&mut tx, &filter, caller.principal.account.as_str()).await?;
    let after = json!({"filter": filter.id, "conditions": filter.conditions, "until": filter.until.to_string()});
    let act = Act::new("rules.tune", "rule", rule).change(None, Some(after)).why(filter.reason.clone());
    base_audit::record(&mut tx, caller, act).await?;
    refresh(&mut tx, &ports.book, caller.now).await?;
    tx.commit().await?;
    Ok(filter.id)
}

/// Ends a filter before its time.
///
/// # Errors
/// `Forbidden` without the right over the province; `NotFound`; `Conflict` when it has ended.
pub async fn end_filter(db: &Db, ports: &RulesPorts, caller: &Caller, id: &str) -> Result<Filter> {
    over_province(caller, Action::RulesTune)?;
    let filter = filters::get(db.read(), id).await?.ok_or_else(|| Error::not_found(format!("no filter {id}")))?;
    let mut tx = db.begin().await?;
    if !filters::end(&mut tx, id, &caller.principal.name, caller.now).await? {
        return Err(Error::new(Kind::Conflict, "the filter has ended already"));
    }
    let before = json!({"filter": filter.id, "until": filter.until.to_string()});
    let act = Act::new("rules.tune", "rule", filter.rule.clone()).change(Some(before), Some(json!({"ended": true})));
    base_audit::record(&mut tx, caller, act).await?;
    refresh(&mut tx, &ports.book, caller.now).await?;
    tx.commit().await?;
    Ok(filter)
}

/// A filter with one page of what it hid, and how many of these are kept.
///
/// # Errors
/// `Forbidden` without the right; `NotFound`.
pub async fn read_filter(
    db: &Db,
    caller: &Caller,
    id: &str,
    limit: i64,
    offset: i64,
) -> Result<(Filter, Vec<Hidden>, i64)> {
    let scope = caller.require(Action::RulesRead)?;
    let filter = filters::get(db.read(), id).await?.ok_or_else(|| Error::not_found(format!("no filter {id}")))?;
    let (hidden, kept) = filters::hidden(db.read(), &scope, id, limit, offset).await?;
    Ok((filter, hidden, kept))
}
