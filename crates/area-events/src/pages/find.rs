//! Sources for the quick search.

use crate::model::source::ListFilter;
use crate::store::sources;
use async_trait::async_trait;
use base_authz::Action;
use base_core::Result;
use base_i18n::Tr;
use base_ui::{Href, Icon};
use base_web::Ctx;
use base_web::find::{Finder, Found, Words};

/// Sources by name: the records look through some hundred names.
pub(crate) struct Sources;

#[async_trait]
impl Finder for Sources {
    fn label(&self, tr: &Tr) -> String {
        tr.t("events-nav-sources")
    }

    fn icon(&self) -> Icon {
        Icon::Streams
    }

    fn action(&self) -> Action {
        Action::SourcesRead
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        let scope = ctx.require(Action::SourcesRead)?;
        let filter = ListFilter { text: words.all().join(" "), ..ListFilter::default() };
        let found = sources::names(ctx.db().read(), &scope, &filter, most).await?;
        Ok(found
            .into_iter()
            .map(|(id, name, unit)| Found {
                title: name,
                hint: unit.as_ref().map(|unit| super::unit_name(ctx, unit)).unwrap_or_default(),
                href: Href::new("/nguon").segment(id.as_str()),
            })
            .collect())
    }
}
