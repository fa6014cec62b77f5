//! People for the quick search.

use crate::store;
use async_trait::async_trait;
use base_authz::Action;
use base_core::Result;
use base_i18n::Tr;
use base_ui::{Href, Icon};
use base_web::Ctx;
use base_web::find::{Finder, Found, Words, best};

/// Accounts by name and sign-in name: some thousand at most, read and compared without accents.
pub(crate) struct People;

#[async_trait]
impl Finder for People {
    fn label(&self, tr: &Tr) -> String {
        tr.t("identity-nav-accounts")
    }

    fn icon(&self) -> Icon {
        Icon::People
    }

    fn action(&self) -> Action {
        Action::AccountsRead
    }

    fn order(&self) -> u8 {
        60
    }

    async fn find(&self, ctx: &Ctx, words: &Words, most: usize) -> Result<Vec<Found>> {
        let scope = ctx.require(Action::AccountsRead)?;
        // Accounts belong to no unit: only who sees the whole province finds them.
        if !scope.contains_opt(None) {
            return Ok(Vec::new());
        }
        let names = store::account::names(ctx.db()).await?;
        let ranked = names.into_iter().filter_map(|(id, login, name)| {
            let rank = words.rank(&name).or_else(|| words.rank(&format!("{name} {login}")))?;
            Some((
                rank,
                Found { title: name, hint: login, href: Href::new("/quan-tri/tai-khoan").segment(id.as_str()) },
            ))
        });
        Ok(best(ranked.collect(), most))
    }
}
