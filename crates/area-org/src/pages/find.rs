//! Units and machines for the quick search.

use super::block_name;
use crate::org::Org;
use crate::store::machine;
use async_trait::async_trait;
use base_authz::Action;
use base_core::Result;
use base_i18n::Tr;
use base_ui::{Href, Icon};
use base_web::Ctx;
use base_web::find::{Finder, Found, Words, best};
use base_web::ports::UnitDirectory;
use std::sync::Arc;

/// Units by name, short name and code: some hundred names in memory.
pub(crate) struct Units(pub(crate) Arc<Org>);

#[async_trait]
impl Finder for Units {
    fn label(&self, tr: &Tr) -> String {
        tr.t("org-nav-units")
    }

    fn icon(&self) -> Icon {
        Icon::Building
    }

    fn action(&self) -> Action {
        Action::UnitsRead
    }

    fn order(&self) -> u8 {
        10
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        let scope = ctx.require(Action::UnitsRead)?;
        let all = self.0.all();
        let ranked = all.iter().filter(|unit| scope.contains(&unit.id)).filter_map(|unit| {
            let rank = words.rank(&unit.name).into_iter().chain(words.rank(&unit.short)).chain(words.rank(&unit.code));
            let rank = rank.min().or_else(|| words.rank(&format!("{} {} {}", unit.name, unit.short, unit.code)))?;
            let block = crate::model::Block::parse(&unit.block).map_or_else(String::new, |b| block_name(&ctx.tr, b));
            let hint = format!("{} · {block}", unit.code);
            // What exists comes before what was dissolved.
            let rank = if unit.active { rank } else { rank + 10 };
            Some((rank, Found { title: unit.name.clone(), hint, href: Href::new("/don-vi").segment(&unit.code) }))
        });
        Ok(best(ranked.collect(), most))
    }
}

/// Machines by name and address, among those heard of last ([`machine::LOOKED_THROUGH`]).
pub(crate) struct Machines(pub(crate) Arc<Org>);

#[async_trait]
impl Finder for Machines {
    fn label(&self, tr: &Tr) -> String {
        tr.t("org-find-machines")
    }

    fn icon(&self) -> Icon {
        Icon::Machine
    }

    fn action(&self) -> Action {
        Action::UnitsRead
    }

    fn order(&self) -> u8 {
        30
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        let scope = ctx.require(Action::UnitsRead)?;
        let found = machine::find(&self.0.db, &scope, &words.patterns(), most).await?;
        Ok(found
            .into_iter()
            .map(|(unit, host, ip)| {
                let info = ctx.web.units().unit(&unit);
                let (code, name) = info.map_or_else(|| (unit.to_string(), unit.to_string()), |u| (u.code, u.name));
                let hint = ip.map_or_else(|| name.clone(), |ip| format!("{ip} · {name}"));
                let href = Href::new("/don-vi").segment(code).with("q", &host);
                Found { title: host, hint, href }
            })
            .collect())
    }
}
