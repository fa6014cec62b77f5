//! Alerts for the quick search.

use crate::ops::list_alerts;
use async_trait::async_trait;
use base_authz::Action;
use base_core::Result;
use base_i18n::Tr;
use base_ui::Icon;
use base_web::Ctx;
use base_web::find::{Finder, Found, Words};

/// Alerts by what the list searches, among the newest.
pub(crate) struct Alerts;

#[async_trait]
impl Finder for Alerts {
    fn label(&self, tr: &Tr) -> String {
        tr.t("desk-nav-alerts")
    }

    fn icon(&self) -> Icon {
        Icon::Bell
    }

    fn action(&self) -> Action {
        Action::AlertsRead
    }

    fn order(&self) -> u8 {
        20
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        let scope = ctx.require(Action::AlertsRead)?;
        let found = list_alerts::find(ctx.db(), &scope, words, most).await?;
        let tr = &ctx.tr;
        Ok(found
            .into_iter()
            .map(|alert| {
                let unit = alert.unit.as_ref().and_then(|id| ctx.web.units().unit(id)).map(|u| u.short);
                let state = tr.dynamic("desk-state-", alert.state.as_str());
                let parts = [Some(alert.entity.name.clone()), unit, Some(state), Some(tr.time(alert.raised_at))];
                let hint = parts.into_iter().flatten().filter(|p| !p.is_empty()).collect::<Vec<_>>().join(" · ");
                Found { title: alert.headline(tr.lang()), hint, href: super::alert::href(&alert.id) }
            })
            .collect())
    }
}
