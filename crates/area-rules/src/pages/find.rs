//! Rules for the quick search.

use crate::book::RuleBook;
use async_trait::async_trait;
use base_authz::Action;
use base_core::{Lang, Result};
use base_i18n::Tr;
use base_ui::Icon;
use base_web::Ctx;
use base_web::find::{Finder, Found, Words, best};
use std::sync::Arc;

/// Rules and behaviours by title and id: some thousand titles in memory.
pub(crate) struct Rules(pub(crate) Arc<RuleBook>);

#[async_trait]
impl Finder for Rules {
    fn label(&self, tr: &Tr) -> String {
        tr.t("rules-nav")
    }

    fn icon(&self) -> Icon {
        Icon::Rules
    }

    fn action(&self) -> Action {
        Action::RulesRead
    }

    fn order(&self) -> u8 {
        70
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        ctx.require(Action::RulesRead)?;
        let active = self.0.active();
        let all = active.pack.infos().chain(self.0.beside().behaviours.infos());
        let ranked = all.filter_map(|info| {
            let vi = info.title_vi.as_deref();
            let own = vi.filter(|_| ctx.tr.lang() == Lang::Vi).unwrap_or(&info.title);
            let rank =
                words.rank(own).or_else(|| words.rank(&format!("{} {} {}", info.title, vi.unwrap_or(""), info.id)))?;
            let other = if own == info.title { String::new() } else { info.title.clone() };
            Some((rank, Found { title: own.to_owned(), hint: other, href: super::rule_href(&info.id) }))
        });
        Ok(best(ranked.collect(), most))
    }
}
