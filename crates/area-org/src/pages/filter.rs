//! Filtering and sorting the list of units, for the page and for the file.

use super::as_of::AsOf;
use crate::model::{Block, DenominatorSet, UnitRow};
use crate::org::Org;
use crate::{ops, store};
use base_authz::Action;
use base_core::{Result, Timestamp, fold::fold};
use base_ui::Href;
use base_web::Ctx;
use serde::Deserialize;
use std::net::IpAddr;

/// What the address asks for.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Filter {
    #[serde(default)]
    pub(crate) q: String,
    #[serde(default)]
    pub(crate) block: String,
    /// `active` (when empty), `planned`, `ended`, `all`.
    #[serde(default)]
    pub(crate) state: String,
    /// Code of a denominator set.
    #[serde(default)]
    pub(crate) set: String,
    /// Code of the unit they stand below.
    #[serde(default)]
    pub(crate) parent: String,
    /// The day of which the list is; today when empty.
    #[serde(default)]
    pub(crate) at: AsOf,
    #[serde(default)]
    pub(crate) sort: String,
    #[serde(default)]
    pub(crate) dir: String,
    pub(crate) page: Option<i64>,
}

impl Filter {
    pub(crate) fn href(&self, path: &str) -> Href {
        Href::new(path)
            .with("q", &self.q)
            .with("block", &self.block)
            .with("state", &self.state)
            .with("set", &self.set)
            .with("parent", &self.parent)
            .with("at", self.at.text())
            .with("sort", &self.sort)
            .with("dir", &self.dir)
    }

    pub(crate) fn descending(&self) -> bool {
        self.dir == "desc"
    }

    fn fits(&self, row: &UnitRow, set: Option<&DenominatorSet>, now: Timestamp) -> bool {
        let unit = &row.unit;
        let q = fold(self.q.trim());
        let text = q.is_empty() || fold(&format!("{} {} {}", unit.code, unit.name, unit.short)).contains(&q);
        let block = self.block.is_empty() || Block::parse(&self.block) == Some(unit.block);
        let state = match self.state.as_str() {
            "all" => true,
            "planned" => unit.valid_from.is_some_and(|t| now < t),
            "ended" => unit.valid_to.is_some_and(|t| t <= now),
            _ => unit.active_at(now),
        };
        let parent = self.parent.is_empty() || unit.parent.as_ref().is_some_and(|p| p.as_str() == self.parent);
        text && block && state && parent && set.is_none_or(|s| s.units.contains(&unit.id))
    }
}

/// The units the person may see and asked for, in the order asked for.
pub(crate) async fn units(ctx: &Ctx, org: &Org, filter: &Filter) -> Result<Vec<UnitRow>> {
    let scope = ctx.require(Action::UnitsRead)?;
    let now = filter.at.moment(ctx.now);
    let since = now.plus_secs(-ops::SEEN_DAYS * 86_400);
    let timeline = org.timeline();
    let mut rows = store::unit::rows(&org.db, &scope, (since, filter.at.end(ctx.now))).await?;
    for row in &mut rows {
        row.unit = row.unit.clone().seen_at(&timeline, now);
    }
    let set = if filter.set.is_empty() { None } else { store::set::newest_of(&org.db, &filter.set).await? };
    // An address in the search finds the unit whose network it lies in.
    let asked: Option<IpAddr> = filter.q.trim().parse().ok();
    let of_address = match asked {
        Some(address) => ops::unit_of_address(org, &scope, address).await?,
        None => None,
    };
    rows.retain(|row| match asked {
        Some(_) => of_address.as_ref() == Some(&row.unit.id),
        None => filter.fits(row, set.as_ref(), now),
    });
    match filter.sort.as_str() {
        "code" => rows.sort_by(|a, b| a.unit.code.cmp(&b.unit.code)),
        "name" => rows.sort_by_key(|r| fold(&r.unit.name)),
        "declared" => rows.sort_by_key(|r| r.unit.machines_declared),
        "seen" => rows.sort_by_key(|r| r.machines_seen),
        "licensed" => rows.sort_by_key(|r| r.licensed),
        "last" => rows.sort_by_key(|r| r.last_seen),
        // The order of the official list.
        _ => {}
    }
    if filter.descending() {
        rows.reverse();
    }
    Ok(rows)
}
