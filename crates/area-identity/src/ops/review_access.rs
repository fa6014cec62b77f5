//! Reviewing access rights: beginning, deciding, closing with evidence.

use super::manage_grants::take;
use crate::model::account::{StoredGrant, parse_period};
use crate::model::review::{Decided, Decision, HEADINGS, Item, Review, digest};
use crate::{Identity, store};
use base_audit::{Act, record};
use base_authz::{Action, Caller, GrantScope};
use base_core::{AccountId, Error, Kind, Result, Timestamp};
use base_ui::{Href, Tone};
use base_web::Csv;
use base_web::notice::{Notice, To};
use base_web::ports::UnitDirectory;
use serde_json::json;
use std::collections::{BTreeMap, BTreeSet};

const MAX_TEXT: usize = 300;

/// Begins a review: lists every grant that holds or will. One at a time.
///
/// # Errors
/// `Invalid` without name or day, `Conflict` while another is open, `Forbidden`.
pub(crate) async fn open_review(
    identity: &Identity,
    units: &dyn UnitDirectory,
    caller: &Caller,
    name: &str,
    due: &str,
) -> Result<String> {
    caller.require(Action::AccessReview)?;
    let name = name.trim();
    if name.is_empty() || name.chars().count() > MAX_TEXT {
        return Err(Error::invalid("name", "review-name"));
    }
    let (_, due_at) = parse_period("", due, caller.now)?;
    let review = Review {
        id: identity.ids.next(),
        name: name.to_owned(),
        opened_at: caller.now,
        opened_by: caller.principal.name.clone(),
        due_at: due_at.ok_or_else(|| Error::invalid("until", "review-due-missing"))?,
        closed_at: None,
        closed_by: None,
        digest: None,
        counts: (0, 0, 0),
    };
    let logins: BTreeMap<AccountId, String> =
        store::account::list(&identity.db).await?.into_iter().map(|a| (a.id, a.login)).collect();
    let mut tx = identity.db.begin().await?;
    if store::review::open_in(&mut tx).await?.is_some() {
        return Err(Error::new(Kind::Conflict, "a review is open already; close it first"));
    }
    let seen = store::review::last_seen(&mut tx).await?;
    store::review::insert(&mut tx, &review).await?;
    let mut listed = 0_i64;
    for grant in store::grant::all_in(&mut tx, caller.now).await? {
        let item = item_of(units, grant, &logins, &seen);
        store::review::insert_item(&mut tx, &review.id, &item).await?;
        listed += 1;
    }
    let after = json!({"name": name, "grants": listed, "due": review.due_at.to_string()});
    record(&mut tx, caller, Act::new("access.open_review", "review", &review.id).change(None, Some(after))).await?;
    let href = Href::new("/quan-tri/ra-soat-quyen").segment(&review.id);
    let told = Notice::new("review-opened", &review.id, To::May(Action::AccessReview), href)
        .by(&caller.principal.account)
        .tone(Tone::Warn)
        .word("who", caller.principal.name.as_str())
        .word("name", name)
        .word("due-day", review.due_at.plus_micros(-1).as_micros().to_string());
    identity.notify(&mut tx, told).await?;
    tx.commit().await?;
    Ok(review.id)
}

fn item_of(
    units: &dyn UnitDirectory,
    grant: StoredGrant,
    logins: &BTreeMap<AccountId, String>,
    seen: &BTreeMap<AccountId, Timestamp>,
) -> Item {
    Item {
        login: logins.get(&grant.account).cloned().unwrap_or_default(),
        last_seen: seen.get(&grant.account).copied(),
        unit: match &grant.grant.scope {
            GrantScope::Province => None,
            GrantScope::Unit(unit) => Some(units.name(unit)),
        },
        role: grant.grant.role.as_str().to_owned(),
        valid_until: grant.grant.until,
        delegated: grant.delegated.is_some(),
        grant: grant.id,
        account: grant.account,
        name: grant.account_name,
        granted_at: grant.granted_at,
        granted_by: grant.granted_by,
        decided: None,
    }
}

/// A decision as a form says it.
#[derive(Clone, Debug, Default)]
pub(crate) struct Verdict {
    pub(crate) grant: String,
    /// `kept` or `taken`.
    pub(crate) word: String,
    pub(crate) why: String,
}

/// Decides about grants of an open review; those taken end at once. All or none; how many.
///
/// # Errors
/// `Invalid` for one taken without reason, `Conflict` when the review is closed or nobody would be left to administer,
/// `NotFound`, `Forbidden`.
pub(crate) async fn decide(identity: &Identity, caller: &Caller, review: &str, verdicts: &[Verdict]) -> Result<usize> {
    caller.require(Action::AccessReview)?;
    let mut tx = identity.db.begin().await?;
    still_open(&store::review::open_in(&mut tx).await?, review)?;
    let items = store::review::items_in(&mut tx, review).await?;
    let mut done = 0;
    for verdict in verdicts {
        let item = items.iter().find(|i| i.grant == verdict.grant);
        let item = item.ok_or_else(|| Error::not_found("the review has no such grant"))?;
        let decision = match verdict.word.as_str() {
            "kept" => Decision::Kept,
            "taken" => Decision::Taken,
            _ => continue,
        };
        let why: String = verdict.why.trim().chars().take(MAX_TEXT).collect();
        if decision == Decision::Taken && why.is_empty() {
            return Err(Error::invalid(format!("why-{}", item.grant), "review-why-missing"));
        }
        // What was taken is gone; deciding anew would make the evidence contradict itself.
        let same = item.decided.as_ref().is_some_and(|d| d.decision == decision && d.why == why);
        if same || item.decided.as_ref().is_some_and(|d| d.decision != Decision::Kept) {
            continue;
        }
        if decision == Decision::Taken {
            take(&mut tx, caller, &item.account, &item.grant, Some(&why)).await?;
        }
        let own = item.account == caller.principal.account;
        let decided = Decided { decision, why, at: caller.now, by: caller.principal.name.clone(), own };
        store::review::decide(&mut tx, review, &item.grant, &decided).await?;
        done += 1;
    }
    if done > 0 {
        let after = json!({"decided": done});
        record(&mut tx, caller, Act::new("access.decide", "review", review).change(None, Some(after))).await?;
    }
    tx.commit().await?;
    Ok(done)
}

fn still_open(open: &Option<Review>, review: &str) -> Result<()> {
    match open {
        Some(open) if open.id == review => Ok(()),
        _ => Err(Error::new(Kind::Conflict, "this review is closed; its evidence no longer changes")),
    }
}

/// Closes a review in which everything is decided. Grants that ended meanwhile are noted as such. The digest of the
/// evidence goes into the audit trail, which is signed for by its chain.
///
/// # Errors
/// `Conflict` while grants are undecided, or when it is closed; `Forbidden`.
pub(crate) async fn close_review(identity: &Identity, caller: &Caller, review: &str) -> Result<()> {
    caller.require(Action::AccessReview)?;
    let mut tx = identity.db.begin().await?;
    still_open(&store::review::open_in(&mut tx).await?, review)?;
    let held: BTreeSet<String> = store::grant::all_in(&mut tx, caller.now).await?.into_iter().map(|g| g.id).collect();
    let mut undecided = 0;
    for item in store::review::items_in(&mut tx, review).await? {
        if item.decided.is_some() {
            continue;
        }
        if held.contains(&item.grant) {
            undecided += 1;
            continue;
        }
        let by = caller.principal.name.clone();
        let over = Decided { decision: Decision::Over, why: String::new(), at: caller.now, by, own: false };
        store::review::decide(&mut tx, review, &item.grant, &over).await?;
    }
    if undecided > 0 {
        return Err(Error::new(Kind::Conflict, format!("{undecided} grants are not decided yet")));
    }
    let items = store::review::items_in(&mut tx, review).await?;
    let digest = digest(evidence(&items).text());
    store::review::close(&mut tx, review, &caller.principal.name, &digest, caller.now).await?;
    let of = |decision| items.iter().filter(|i| i.decided.as_ref().is_some_and(|d| d.decision == decision)).count();
    let after = json!({
        "kept": of(Decision::Kept), "taken": of(Decision::Taken), "over": of(Decision::Over), "sha256": digest,
    });
    record(&mut tx, caller, Act::new("access.close_review", "review", review).change(None, Some(after))).await?;
    tx.commit().await
}

/// The evidence as a file.
pub(crate) fn evidence(items: &[Item]) -> Csv {
    let mut csv = Csv::new(&HEADINGS);
    for item in items {
        let cells = item.evidence();
        csv.row(&cells.each_ref().map(String::as_str));
    }
    csv
}
