//! Warnings for the quick search.

use crate::store::warnings;
use async_trait::async_trait;
use base_authz::Action;
use base_core::Result;
use base_i18n::Tr;
use base_ui::Icon;
use base_web::Ctx;
use base_web::find::{Finder, Found, Words};

/// Warnings by number, subject and text, among the newest ([`warnings::LOOKED_THROUGH`]).
pub(crate) struct Warnings;

#[async_trait]
impl Finder for Warnings {
    fn label(&self, tr: &Tr) -> String {
        tr.t("warn-nav")
    }

    fn icon(&self) -> Icon {
        Icon::Megaphone
    }

    fn action(&self) -> Action {
        Action::WarningsRead
    }

    fn order(&self) -> u8 {
        40
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        let scope = ctx.require(Action::WarningsRead)?;
        let found = warnings::find(ctx.db().read(), &scope, &words.patterns(), most).await?;
        Ok(found
            .into_iter()
            .map(|(id, code, unit, subject)| Found {
                title: format!("{code}: {subject}"),
                hint: ctx.web.units().name(&unit),
                href: super::href(&id),
            })
            .collect())
    }
}
